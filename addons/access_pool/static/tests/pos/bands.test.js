import {band, openTill, refuse, sell} from "@access_pool/../tests/pos/till";
import {describe, expect, test} from "@odoo/hoot";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";
import {missingWords} from "@access_pool/pos/models";
import {definePosModels} from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import {dialogActions} from "@point_of_sale/../tests/unit/utils";
import {click, waitFor} from "@odoo/hoot-dom";

describe.current.tags("desktop");
definePosModels();

const kept = (id) => band(`A-00${id}`);
const words = (order) => order.accessMissing.map(missingWords);

test("a line says which bands are still to be held to the reader", async () => {
    const {pos} = await openTill();
    await sell(pos);
    expect(words(pos.getOrder())).toEqual([
        "2 more blue bands, Adult",
        "1 more green band, Child",
    ]);
});

test("a colour that was picked is not said", async () => {
    const {pos} = await openTill();
    pos.models["access.customer.kind"].get(2).band_color = "#00ff00";
    await sell(pos);
    expect(words(pos.getOrder())[1]).toBe("1 more band, Child");
});

test("a band goes to who gets one of its colour", async () => {
    const {pos, desk} = await openTill({
        read: band("A-001", "green"),
        reserve: kept,
    });
    const line = await sell(pos);
    expect(await desk.take("0401")).toBe(true);
    expect(line.access_bands).toEqual([{id: 1, number: "A-001", line: 2}]);
    expect(words(pos.getOrder())).toEqual(["2 more blue bands, Adult"]);
});

test("a band is kept for the order that it was read for", async () => {
    const {pos, desk, asked} = await openTill({read: band("A-001"), reserve: kept});
    await sell(pos);
    await desk.take("0401");
    expect(asked).toEqual([
        ["read", "0401", pos.getOrder().uuid],
        ["reserve", 1, 1, pos.getOrder().uuid],
    ]);
});

test("a refused band is told in the server's words, and not given", async () => {
    const {pos, desk, told} = await openTill({
        read: band("A-001", "red"),
        reserve: refuse("This band is red: an adult gets a blue one."),
    });
    const line = await sell(pos);
    await desk.take("0401");
    expect(told).toEqual([["danger", "This band is red: an adult gets a blue one."]]);
    expect(line.accessBands).toEqual([]);
});

test("a band is not held to the reader twice", async () => {
    const {pos, desk, told} = await openTill({read: band("A-001"), reserve: kept});
    const line = await sell(pos);
    await desk.take("0401");
    await desk.take("0401");
    expect(line.accessBands).toHaveLength(1);
    expect(told.map(([type]) => type)).toEqual(["info"]);
});

test("a band is not given with a sale that has none", async () => {
    const {pos, desk, told} = await openTill({read: band("A-001")});
    await sell(pos, 5);
    await desk.take("0401");
    expect(told.map(([type]) => type)).toEqual(["warning"]);
});

test("more of the same ticket on one line keeps the bands", async () => {
    const {pos, desk} = await openTill({read: band("A-001"), reserve: kept});
    const line = await sell(pos);
    await desk.take("0401");
    await sell(pos);
    expect(pos.getOrder().lines).toHaveLength(1);
    expect(line.accessBands).toHaveLength(1);
    expect(words(pos.getOrder())[0]).toBe("3 more blue bands, Adult");
});

test("bands that are too many are not sold", async () => {
    const {pos} = await openTill();
    const line = await sell(pos, undefined, 2);
    line.access_bands = [1, 2, 3].map((id) => ({id, number: `A-00${id}`, line: 1}));
    line.setQuantity(1);
    expect(line.accessEntries[0].surplus).toHaveLength(1);
    await pos.pay();
    expect(line.access_bands.map(({id}) => id)).toEqual([1, 2]);
});

test("the server gets the bands with the order", async () => {
    const {pos} = await openTill();
    const line = await sell(pos);
    line.access_bands = [{id: 1, number: "A-001", line: 1}];
    const [[, , values]] = pos.getOrder().serializeForORM().lines;
    expect(values.access_bands).toEqual([{id: 1, number: "A-001", line: 1}]);
});

test("a missing band is asked for once and refuses no payment", async () => {
    const {pos} = await openTill();
    await sell(pos);
    const validation = new OrderPaymentValidation({
        pos,
        orderUuid: pos.getOrder().uuid,
    });
    const answer = await dialogActions(
        () => validation.askBeforeValidation(),
        [
            () => waitFor(".modal:contains(2 more blue bands)"),
            () => click(".modal button:contains(Give Them Later)"),
        ]
    );
    expect(answer).toBe(true);
    expect(await validation.askBeforeValidation()).toBe(true);
});

test("a band that was missing is given after the payment", async () => {
    const {pos, desk, asked} = await openTill({
        read: band("A-003"),
        give: {missing: 1},
    });
    const line = await sell(pos);
    const order = pos.getOrder();
    line.access_bands = [{id: 1, number: "A-001", line: 1}];
    order.access_missing_bands = 2;
    order.state = "paid";
    await desk.take("0403");
    expect(asked[1]).toEqual(["give", order.id, [{id: 3, number: "A-003", line: 1}]]);
    expect(order.access_missing_bands).toBe(1);
});
