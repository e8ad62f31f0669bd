import {bill, openTill, refuse, sell, stay} from "@access_pool/../tests/pos/till";
import {click, waitFor, waitUntil} from "@odoo/hoot-dom";
import {describe, expect, test} from "@odoo/hoot";
import {BandDialog} from "@access_pool/pos/band_dialog/band_dialog";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {animationFrame} from "@odoo/hoot-mock";
import {definePosModels} from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import {mountWithCleanup} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
definePosModels();

test("a product's barcode is no business of ours", async () => {
    const {desk, asked} = await openTill({read: {type: "unknown"}});
    expect(await desk.take("test_test")).toBe(false);
    expect(asked).toEqual([]);
});

test("what the server does not know is left to others", async () => {
    const {desk} = await openTill({read: {type: "unknown"}});
    expect(await desk.take("4711")).toBe(false);
});

test("what is refused is told", async () => {
    const {desk, told} = await openTill({
        read: {type: "refused", message: "Reported lost"},
    });
    expect(await desk.take("0401")).toBe(true);
    expect(told).toEqual([["danger", "Reported lost"]]);
});

test("a dialog that waits for a band gets what is read", async () => {
    const {pos, desk, asked} = await openTill({read: {type: "unknown"}});
    await mountWithCleanup(MainComponentsContainer);
    const read = [];
    pos.dialog.add(BandDialog, {
        title: "Band",
        hint: "Hold",
        onRead: (value) => {
            read.push(value);
        },
    });
    await waitFor(".access-band-input");
    expect(await desk.take("0401")).toBe(true);
    await animationFrame();
    expect(read).toEqual(["0401"]);
    expect(".access-band-input").toHaveCount(0);
    await desk.take("0402");
    expect(asked.map(([, value]) => value)).toEqual(["0402"]);
});

test("a dialog says why a band was not taken, and stays", async () => {
    const {pos, desk} = await openTill({read: {type: "unknown"}});
    await mountWithCleanup(MainComponentsContainer);
    pos.dialog.add(BandDialog, {
        title: "Band",
        hint: "Hold",
        onRead: (value) => desk.type(value),
    });
    await waitFor(".access-band-input");
    await desk.take("0401");
    await waitFor(".access-band-input .alert:contains(No band)");
});

test("a sale is put on a band and is gone from the till", async () => {
    const {pos, desk, asked, told} = await openTill({
        put_on_band: {number: "A-007", limit_left: 7.5},
    });
    await sell(pos, 5);
    const order = pos.getOrder();
    await desk.bands.putOrderOn(order, "0407");
    expect(asked).toEqual([["put_on_band", order.id, "0407"]]);
    expect(pos.models["pos.order"].getBy("uuid", order.uuid)).toBe(undefined);
    expect(pos.getOrder().isEmpty()).toBe(true);
    expect(told[0][1]).toMatch(/on band A-007\. .*7\.50.* left/);
});

test("over the limit a sale stays at the till", async () => {
    const {pos, desk} = await openTill({put_on_band: refuse("Over the limit: 5")});
    await sell(pos, 5);
    const order = pos.getOrder();
    const reason = await desk.bands.putOrderOn(order, "0407").catch(desk.reason);
    expect(reason).toBe("Over the limit: 5");
    expect(pos.getOrder()).toBe(order);
});

test("with drinks on the order a band asks what to do", async () => {
    const {pos, desk, asked} = await openTill({
        read: {type: "stay", stay: stay("A-007")},
        put_on_band: {number: "A-007", limit_left: 7.5},
        bill: bill({}),
    });
    await mountWithCleanup(MainComponentsContainer);
    await sell(pos, 5);
    await desk.take("0407");
    await waitFor(".modal:contains(Band A-007)");
    await click(".selection-item:contains(on the band)");
    await waitUntil(() => asked.length === 2);
    expect(asked.map(([name]) => name)).toEqual(["read", "put_on_band"]);
});
