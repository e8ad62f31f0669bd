import {WORKER_STATE} from "@bus/workers/websocket_worker";
import {ConnectionLostError} from "@web/core/network/rpc";
import {delay} from "@web/core/utils/concurrency";
import {useBus, useService} from "@web/core/utils/hooks";
import {
    onWillDestroy,
    useEffect,
    useExternalListener,
    useState,
    useSubEnv,
} from "@odoo/owl";
import {Throttle} from "./throttle";

const RELOAD_INTERVAL = 1000;
const HIGHLIGHT = 1000; // as long as the animation in live.scss

/**
 * Reloads the list of a view whenever the server says that somebody passed. Filters,
 * grouping and order stay as they are.
 *
 * It holds still while the user works on what is shown: has selected rows, has turned
 * the page, or looks at another browser tab. What was missed comes as soon as they are
 * back, and so does what was missed while the connection was down.
 *
 * @param {import("@web/model/relational_model/relational_model").RelationalModel} model
 * @returns {{isConnected: boolean, isHeld: boolean, newIds: Set<number>,
 *     refresh: () => void}}
 */
export function useLive(model) {
    const bus = useService("bus_service");
    const live = useState({
        isConnected: bus.workerState === WORKER_STATE.CONNECTED,
        isHeld: false,
        newIds: new Set(),
        refresh,
    });
    useSubEnv({live});

    let isBehind = false;
    const throttle = new Throttle(reload, RELOAD_INTERVAL);

    function refresh() {
        throttle.request();
    }

    async function reload() {
        isBehind = !model.isReady || isHeld() || document.hidden;
        if (isBehind) {
            return;
        }
        const list = model.root;
        const shown = new Set(list.records.map((record) => record.resId));
        try {
            await list.load();
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                isBehind = true;
                return;
            }
            throttle.stop();
            throw error;
        }
        const ids = list.records.map((record) => record.resId);
        live.newIds = new Set(ids.filter((id) => !shown.has(id)));
        await delay(HIGHLIGHT);
        live.newIds = new Set();
    }

    function isHeld() {
        const {isDomainSelected, offset, selection} = model.root;
        return Boolean(isDomainSelected || offset || selection.length);
    }

    function catchUp() {
        if (isBehind) {
            throttle.request();
        }
    }

    function onConnected() {
        live.isConnected = true;
        throttle.request();
    }

    function onDisconnected() {
        live.isConnected = false;
    }

    const onPassage = () => throttle.request();
    bus.subscribe("access_event", onPassage);
    onWillDestroy(() => {
        bus.unsubscribe("access_event", onPassage);
        throttle.stop();
    });
    // A connection that was closed on purpose, as when the network is gone, comes back
    // by a CONNECT, one that broke by a RECONNECT.
    useBus(bus, "BUS:CONNECT", onConnected);
    useBus(bus, "BUS:RECONNECT", onConnected);
    useBus(bus, "BUS:DISCONNECT", onDisconnected);
    useBus(bus, "BUS:WORKER_STATE_UPDATED", ({detail}) => {
        live.isConnected = detail === WORKER_STATE.CONNECTED;
    });
    bus.start();

    model.whenReady.then(catchUp);
    useExternalListener(document, "visibilitychange", catchUp);
    useEffect(
        (isHeldNow) => {
            live.isHeld = isHeldNow;
            catchUp();
        },
        () => [isHeld()]
    );
    return live;
}
