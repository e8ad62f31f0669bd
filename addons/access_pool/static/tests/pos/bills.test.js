import {
    bill,
    charge,
    openTill,
    refuse,
    sell,
    stay,
} from "@access_pool/../tests/pos/till";
import {click, waitFor, waitUntil} from "@odoo/hoot-dom";
import {describe, expect, test} from "@odoo/hoot";
import {ConnectionLostError} from "@web/core/network/rpc";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {OrderSummary} from "@point_of_sale/app/screens/product_screen/order_summary/order_summary";
import {animationFrame} from "@odoo/hoot-mock";
import {dialogActions} from "@point_of_sale/../tests/unit/utils";
import {definePosModels} from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import {mountWithCleanup, onRpc} from "@web/../tests/web_test_helpers";

describe.current.tags("desktop");
definePosModels();

const OWED = {"A-017": 6, "A-018": 4};
const read = (value) => ({type: "stay", stay: stay(value)});
const billOf = (owed) => (ids) =>
    bill(Object.fromEntries(ids.map((id) => [`A-0${id}`, owed[`A-0${id}`] || 0])));
const prices = (order) => order.lines.map((line) => line.price_unit);

async function atExit(owed, answers = {}) {
    const till = await openTill({read, bill: billOf(owed), release: true, ...answers});
    till.pos.addNewOrder();
    return till;
}

test("bands that are read make one bill, line by line", async () => {
    const {pos, desk, asked} = await atExit(OWED);
    await desk.take("A-017");
    await desk.take("A-018");
    const order = pos.getOrder();
    expect(prices(order)).toEqual([6, 4]);
    expect(asked.at(-1)).toEqual(["bill", [17, 18], order.uuid, "all", false]);
});

test("a line says whose it is, in the words of the price list", async () => {
    const {pos, desk} = await atExit(OWED);
    await desk.take("A-017");
    const [line] = pos.getOrder().lines;
    expect(line.orderDisplayProductName.name).toBe("A-017: Overtime");
    expect(line.full_product_name).toBe("A-017: Overtime");
});

test("the same band read again is on the bill once", async () => {
    const {pos, desk} = await atExit(OWED);
    await desk.take("A-017");
    await desk.take("A-017");
    expect(prices(pos.getOrder())).toEqual([6]);
});

test("before it is paid the bill is brought up to now", async () => {
    const owed = {...OWED};
    const {pos, desk} = await atExit(owed);
    await desk.take("A-017");
    owed["A-017"] = 7;
    expect(await desk.bills.beforePayment(pos.getOrder())).toBe(true);
    expect(prices(pos.getOrder())).toEqual([7]);
});

test("what a guest owes cannot be changed at the till", async () => {
    const {pos, desk} = await atExit(OWED);
    await desk.take("A-017");
    const order = pos.getOrder();
    const summary = await mountWithCleanup(OrderSummary);
    order.selectOrderline(order.lines[0]);
    for (const mode of ["quantity", "price", "discount"]) {
        pos.numpadMode = mode;
        summary._setValue("2");
    }
    const [line] = order.lines;
    expect([line.qty, line.price_unit, line.discount || 0]).toEqual([1, 6, 0]);
});

test("a line taken off takes the guest's whole bill off", async () => {
    const lines = [charge("A-017", 6), charge("A-017", 3), charge("A-018", 4)];
    const stays = [stay("A-017"), stay("A-018")];
    const {pos, desk, asked} = await atExit(OWED, {
        bill: {lines, stays, claimed_by: false},
    });
    await desk.take("A-017");
    const order = pos.getOrder();
    const summary = await mountWithCleanup(OrderSummary);
    order.selectOrderline(order.lines[0]);
    summary._setValue("remove");
    expect(prices(order)).toEqual([4]);
    expect(order.accessStayIds).toEqual([18]);
    await animationFrame();
    expect(asked.at(-1)).toEqual(["release", order.uuid, [17]]);
});

test("a bill at another till is taken over when the cashier says so", async () => {
    const {pos, desk, asked} = await atExit(OWED, {
        bill: (ids, uuid, what, takeOver) =>
            takeOver ? bill({"A-017": 6}) : bill({}, {claimed_by: "Till 2"}),
    });
    await mountWithCleanup(MainComponentsContainer);
    await desk.take("A-017");
    await waitFor(".modal:contains(Till 2 has this bill)");
    expect(pos.getOrder().lines).toHaveLength(0);
    await click(".modal button:contains(Take Over)");
    await waitUntil(() => pos.getOrder().lines.length);
    expect(asked.at(-1)[4]).toBe(true);
    expect(prices(pos.getOrder())).toEqual([6]);
});

test("nothing owed: the ticket is printed at once", async () => {
    const tickets = [{stay: "A-017", code: "1234", valid_to: "", lines: []}];
    const {pos, desk, asked, printed} = await atExit({}, {exit: {tickets}});
    await mountWithCleanup(MainComponentsContainer);
    await desk.take("A-017");
    await desk.bills.exit(pos.getOrder());
    expect(asked.at(-1)).toEqual(["exit", [17], pos.getOrder().uuid]);
    expect(printed).toHaveLength(1);
    expect(printed[0]).toInclude("A-017");
    expect(pos.getOrder().accessStayIds).toEqual([]);
});

test("a locked locker keeps the guest at the desk", async () => {
    const {pos, desk, told, printed} = await atExit(
        {},
        {
            exit: refuse("Locker 12 is locked"),
        }
    );
    desk.pos.user._role = "cashier";
    await desk.take("A-017");
    await desk.bills.exit(pos.getOrder());
    expect(told).toEqual([["danger", "Locker 12 is locked"]]);
    expect(printed).toEqual([]);
    expect(pos.getOrder().accessStayIds).toEqual([17]);
});

/** Bring the order to the server, paid; it tells the till that it has it. */
async function send(pos) {
    const order = pos.getOrder();
    order.state = "paid";
    await pos.syncAllOrders({orders: [order], force: true});
}

test("after the payment all on the bill get tickets", async () => {
    const slip = (number) => ({stay: number, code: number, valid_to: "", lines: []});
    const {pos, desk, asked, printed} = await atExit(
        {"A-017": 6},
        {exit: {tickets: [slip("A-018")]}}
    );
    await mountWithCleanup(MainComponentsContainer);
    await desk.take("A-017");
    await desk.take("A-018");
    const order = pos.getOrder();
    order.access_exit_tickets = [slip("A-017")];
    await send(pos);
    expect(asked.at(-1)).toEqual(["exit", [18], order.uuid]);
    expect(printed.map((text) => text.slice(0, 5))).toEqual(["A-017", "A-018"]);
});

test("an order that is sent again prints no ticket again", async () => {
    const {pos, desk, printed} = await atExit(OWED, {
        exit: {tickets: [{stay: "A-017", code: "1", valid_to: "", lines: []}]},
    });
    await mountWithCleanup(MainComponentsContainer);
    await desk.take("A-017");
    await send(pos);
    await send(pos);
    expect(printed).toHaveLength(1);
});

test("while the server is away there is no ticket, and one when it is back", async () => {
    let isAway = true;
    const {pos, desk, printed} = await atExit(OWED, {
        exit: {tickets: [{stay: "A-017", code: "1", valid_to: "", lines: []}]},
    });
    onRpc("pos.order", "sync_from_ui", () => {
        if (isAway) {
            throw new ConnectionLostError();
        }
    });
    await mountWithCleanup(MainComponentsContainer);
    await desk.take("A-017");
    await send(pos);
    expect(printed).toEqual([]);
    isAway = false;
    pos.data.network.offline = false;
    await send(pos);
    expect(printed).toHaveLength(1);
});

test("who has paid and has a locker locked gets no ticket, and is told why", async () => {
    const {pos, desk, told, printed} = await atExit(OWED, {
        exit: refuse("Locker 12 is locked"),
    });
    await desk.take("A-017");
    await send(pos);
    expect(told).toEqual([["danger", "Locker 12 is locked"]]);
    expect(printed).toEqual([]);
});

test("who pays the tab alone stays inside", async () => {
    const {pos, desk, asked, printed} = await atExit(OWED);
    await desk.take("A-017");
    const order = pos.getOrder();
    await desk.bills.make(order, [17], {what: "tab"});
    await send(pos);
    expect(asked.map(([name]) => name)).not.toInclude("exit");
    expect(printed).toEqual([]);
});

test("an order that is given up lets go of what it claimed", async () => {
    const {pos, desk, asked} = await atExit(OWED);
    await desk.take("A-017");
    const order = pos.getOrder();
    await pos.deleteOrders([order]);
    expect(asked.at(-1)).toEqual(["release", order.uuid, false]);
});

test("a sale and a bill can be paid together", async () => {
    const {pos, desk} = await atExit(OWED);
    await desk.take("A-017");
    await sell(pos, 5);
    expect(pos.getOrder().lines).toHaveLength(2);
    await desk.take("A-018");
    expect(pos.getOrder().lines).toHaveLength(3);
});

const leader = (value) => ({
    type: "stay",
    stay: stay(value, {
        is_leader: value === "A-017",
        party: [18, 19].filter((id) => `A-0${id}` !== value),
        party_numbers: ["A-018", "A-019"].filter((number) => number !== value),
    }),
});

test("with the leader comes the group, whose bands are to be read", async () => {
    const {pos, desk} = await atExit(OWED, {read: leader});
    await desk.take("A-017");
    const order = pos.getOrder();
    expect(order.accessStayIds).toEqual([17, 18, 19]);
    expect(order.accessNotRead.map(({number}) => number)).toEqual(["A-018", "A-019"]);
});

test("a band that is on the bill already asks for no other bill", async () => {
    const {pos, desk, asked} = await atExit(OWED, {read: leader});
    await desk.take("A-017");
    await desk.take("A-018");
    expect(asked.map(([name]) => name)).toEqual(["read", "bill", "read"]);
    expect(pos.getOrder().accessNotRead.map(({number}) => number)).toEqual(["A-019"]);
});

test("a bill is not paid before all bands are back", async () => {
    const {pos, desk} = await atExit(OWED, {read: leader});
    await desk.take("A-017");
    const answer = await dialogActions(
        () => desk.bills.beforePayment(pos.getOrder()),
        [
            () => waitFor(".modal:contains(A-018, A-019)"),
            () => click(".modal button:contains(Back to the Bill)"),
        ]
    );
    expect(answer).toBe(false);
});

test("a bill is not put on an order that refunds", async () => {
    const {pos, desk} = await atExit(OWED);
    const refund = pos.getOrder();
    refund.is_refund = true;
    await desk.take("A-017");
    expect(refund.lines).toHaveLength(0);
    expect(prices(pos.getOrder())).toEqual([6]);
});
