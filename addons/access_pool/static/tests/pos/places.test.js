import {describe, expect, test} from "@odoo/hoot";
import {openTill, sell} from "@access_pool/../tests/pos/till";
import {definePosModels} from "@point_of_sale/../tests/unit/data/generate_model_definitions";

describe.current.tags("desktop");
definePosModels();

const zone = (values) => ({
    id: 1,
    zone: "Pool",
    inside: 0,
    capacity: 10,
    next_free_minutes: 0,
    admission_ids: [1],
    ...values,
});

/** What a till tells who sells a family ticket, which is for three. */
async function warnings(...zones) {
    const {pos, desk} = await openTill({places: zones});
    await sell(pos);
    await desk.places.refresh();
    return desk.places.warnings(pos.getOrder());
}

test("where there is room nothing is told", async () => {
    expect(await warnings(zone({inside: 7}))).toEqual([]);
});

test("where there is room for some of them it is told for how many", async () => {
    expect(await warnings(zone({inside: 8}))).toEqual(["Pool: 2 places left"]);
});

test("of a full zone it is told when the next place is free", async () => {
    const full = {inside: 10, next_free_minutes: 12};
    expect(await warnings(zone(full))).toEqual([
        "Pool is full. Next free place in about 12 min",
    ]);
});

test("when nobody can tell, it is full and no more", async () => {
    const full = {inside: 12, next_free_minutes: null};
    expect(await warnings(zone(full))).toEqual(["Pool is full"]);
});

test("a full zone to which no ticket leads is no matter", async () => {
    expect(await warnings(zone({inside: 10, admission_ids: [2]}))).toEqual([]);
});

test("without a server nothing is told", async () => {
    const {desk} = await openTill();
    desk.places.zones = [zone()];
    await desk.places.refresh();
    expect(desk.places.zones).toEqual([]);
});
