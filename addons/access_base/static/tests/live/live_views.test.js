import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {queryAllTexts, waitFor, waitForNone} from "@odoo/hoot-dom";
import {advanceTime, animationFrame, runAllTimers} from "@odoo/hoot-mock";
import {
    MockServer,
    contains,
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
    serverState,
    toggleMenuItem,
    toggleSearchBarMenu,
} from "@web/../tests/web_test_helpers";
import {WEBSOCKET_CLOSE_CODES} from "@bus/workers/websocket_worker";

describe.current.tags("desktop");

class AccessEvent extends models.Model {
    _name = "access.event";

    person = fields.Char();
    granted = fields.Boolean();

    _records = [
        {id: 1, person: "Anna", granted: true},
        {id: 2, person: "Piotr", granted: false},
    ];
}

defineMailModels();
defineModels([AccessEvent]);

const LIST = `
    <list js_class="access_live_list" default_order="id desc">
        <field name="person"/>
    </list>`;
const KANBAN = `
    <kanban js_class="access_live_kanban" default_order="id desc">
        <templates><t t-name="card"><field name="person"/></t></templates>
    </kanban>`;
const SEARCH = `
    <search>
        <filter name="granted" string="Granted" domain="[('granted', '=', True)]"/>
    </search>`;
const STATE = ".o_access_live";
const MARIA = ".o_data_row:contains(Maria)";
const MARIAS_CARD = ".o_kanban_record:contains(Maria)";
// A machine with other work draws late. What is to come at once may not take the second
// that the next one waits for.
const AT_ONCE = {timeout: 900};
const IN_TIME = {timeout: 5000};

/** Mounts the live view and waits until it is connected. */
async function mountLive(type, arch) {
    const searchViewArch = SEARCH;
    await mountView({resModel: "access.event", type, arch, searchViewArch});
    await waitFor(`${STATE}[data-state=connected]`);
    await runAllTimers();
}

function pass(person, granted = true) {
    MockServer.env["access.event"].create({person, granted});
    MockServer.env["bus.bus"]._sendone(serverState.partnerId, "access_event", {});
}

const rows = () => queryAllTexts(".o_data_row .o_data_cell");
const cards = () => queryAllTexts(".o_kanban_record:not(.o_kanban_ghost)");

test("a passage appears by itself, and only it is new", async () => {
    await mountLive("list", LIST);
    expect(rows()).toEqual(["Piotr", "Anna"]);
    expect(STATE).toHaveText("Live");
    pass("Maria");
    await waitFor(MARIA, AT_ONCE);
    expect(rows()).toEqual(["Maria", "Piotr", "Anna"]);
    expect(".o_access_new").toHaveCount(1);
    expect(".o_access_new").toHaveText("Maria");
    await advanceTime(1000);
    await waitForNone(".o_access_new", IN_TIME);
});

test("many passages reload once per second, and the last one is seen", async () => {
    await mountLive("list", LIST);
    onRpc("access.event", "web_search_read", () => expect.step("reload"));
    for (let i = 0; i < 10; i++) {
        pass(`Guest ${i}`);
        await advanceTime(50);
    }
    await advanceTime(3000);
    await waitFor(".o_data_row:contains(Guest 9)", IN_TIME);
    expect(rows()[0]).toBe("Guest 9");
    expect.verifySteps(["reload", "reload"]);
});

test("filters stay", async () => {
    await mountLive("list", LIST);
    await toggleSearchBarMenu();
    await toggleMenuItem("Granted");
    expect(rows()).toEqual(["Anna"]);
    pass("Stranger", false);
    await advanceTime(1000);
    pass("Maria");
    await advanceTime(2000);
    await waitFor(MARIA, IN_TIME);
    expect(rows()).toEqual(["Maria", "Anna"]);
});

test("it holds still while rows are selected", async () => {
    await mountLive("list", LIST);
    await contains(".o_data_row:first .o_list_record_selector input").click();
    await waitFor(`${STATE}:contains(Paused)`);
    pass("Maria");
    await advanceTime(2000);
    expect(rows()).toEqual(["Piotr", "Anna"]);
    expect(".o_data_row_selected").toHaveCount(1);

    await contains(".o_data_row:first .o_list_record_selector input").click();
    await advanceTime(2000);
    await waitFor(MARIA, IN_TIME);
    expect(STATE).toHaveText("Live");
    expect(rows()).toEqual(["Maria", "Piotr", "Anna"]);
});

test("a row can be selected after it was loaded anew", async () => {
    await mountLive("list", LIST);
    pass("Maria");
    await advanceTime(2000);
    await waitFor(MARIA, IN_TIME);
    expect(rows()).toEqual(["Maria", "Piotr", "Anna"]);
    await contains(".o_data_row:last .o_list_record_selector input").click();
    expect(".o_data_row_selected").toHaveCount(1);
    expect(".o_data_row_selected").toHaveText("Anna");
});

test("focus stays with its row", async () => {
    await mountLive("list", LIST);
    const cell = document.querySelector(".o_data_row .o_data_cell");
    cell.focus();
    pass("Maria");
    await advanceTime(2000);
    await waitFor(MARIA, IN_TIME);
    expect(rows()).toEqual(["Maria", "Piotr", "Anna"]);
    expect(document.activeElement).toBe(cell);
    expect(cell).toHaveText("Piotr");
});

test("what was missed while the connection was down appears", async () => {
    await mountLive("list", LIST);
    MockServer.env["bus.bus"]._simulateDisconnection(
        WEBSOCKET_CLOSE_CODES.ABNORMAL_CLOSURE
    );
    await waitFor(`${STATE}:contains(Reconnecting…)`);
    MockServer.env["access.event"].create({person: "Maria", granted: true});
    await runAllTimers();
    await waitFor(`${STATE}:contains(Live)`);
    await waitFor(MARIA, IN_TIME);
    expect(rows()).toEqual(["Maria", "Piotr", "Anna"]);
});

test("cards are live as well", async () => {
    await mountLive("kanban", KANBAN);
    pass("Maria");
    await waitFor(MARIAS_CARD, AT_ONCE);
    expect(cards()).toEqual(["Maria", "Piotr", "Anna"]);
    expect(".o_access_new").toHaveText("Maria");
    expect(STATE).toHaveText("Live");
});

test("points are read anew by the clock: nobody tells when an order is over", async () => {
    await mountLive("kanban", KANBAN.replace("access_live", "access_point"));
    MockServer.env["access.event"].create({person: "Maria"});
    await animationFrame();
    expect(cards()).toEqual(["Piotr", "Anna"]);
    await advanceTime(30_000);
    await waitFor(MARIAS_CARD, IN_TIME);
    expect(cards()).toEqual(["Maria", "Piotr", "Anna"]);
});
