import {post} from "@web/core/network/http_service";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

import {RotatingCodes} from "./rotating_codes";

const QUIET = 4;

/**
 * Shows the rotating QR code: the words are the page's, translated by the server.
 */
export class AccessQr extends Interaction {
    static selector = ".o_access_qr";
    dynamicContent = {
        _window: {"t-on-online": () => this.codes.retry()},
        _document: {"t-on-visibilitychange": this.onVisibilityChange},
        ".o_access_qr_code": {
            "t-att-viewBox": () => this.viewBox,
            "t-att-class": () => ({invisible: !this.code}),
        },
        ".o_access_qr_code path": {"t-att-d": () => this.code?.path ?? ""},
        ".o_access_qr_next": {"t-att-class": () => ({invisible: !this.code})},
        ".o_access_qr_seconds": {"t-out": () => String(this.codes.secondsLeft)},
        ".o_access_qr_bar": {
            "t-att-style": () => ({width: `${(this.codes.secondsLeft / 30) * 100}%`}),
        },
        ".o_access_qr_offline": {
            "t-att-class": () => ({"d-none": !(this.codes.hasFailed && this.code)}),
        },
        ".o_access_qr_none": {
            "t-att-class": () => ({"d-none": !(this.codes.hasFailed && !this.code)}),
        },
        ".o_access_qr_refused": {
            "t-att-class": () => ({"d-none": !this.refused}),
            "t-out": () => this.refused,
        },
    };

    setup() {
        this.refused = "";
        this.codes = new RotatingCodes(() => this.ask());
    }

    async willStart() {
        // Without a network the page starts all the same.
        await this.codes.refill();
    }

    start() {
        const timer = setInterval(() => this.tick(), 250);
        this.registerCleanup(() => clearInterval(timer));
        this.keepAwake();
    }

    get code() {
        return this.codes.current;
    }

    get viewBox() {
        const size = (this.code?.size ?? 1) + 2 * QUIET;
        return `${-QUIET} ${-QUIET} ${size} ${size}`;
    }

    async ask() {
        const answer = await post("/my/access/qr", {csrf_token: odoo.csrf_token});
        this.refused = answer.error ?? "";
        if (this.refused) {
            this.codes.codes.clear();
            throw new Error("refused");
        }
        return answer;
    }

    tick() {
        this.codes.refill();
        this.updateContent();
    }

    onVisibilityChange() {
        if (!document.hidden) {
            this.codes.retry();
            this.keepAwake();
        }
    }

    /**
     * Keep the screen on at the reader, where the browser can.
     */
    async keepAwake() {
        try {
            await navigator.wakeLock?.request("screen");
        } catch {
            // The battery is low: the page works all the same.
        }
    }
}

registry.category("public.interactions").add("access_base.access_qr", AccessQr);
