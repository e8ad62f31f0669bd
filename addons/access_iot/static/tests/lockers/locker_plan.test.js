import {
    defineModels,
    fields,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";
import {expect, test} from "@odoo/hoot";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {queryAllTexts} from "@odoo/hoot-dom";

class Locker extends models.Model {
    _name = "locker";
    number = fields.Char();
    row = fields.Integer();
    bank = fields.Char();
    _records = [
        {id: 1, number: "A1", row: 1, bank: "Pool"},
        {id: 2, number: "A2", row: 2, bank: "Pool"},
    ];
}

defineMailModels();
defineModels([Locker]);
onRpc("has_access", () => true);

async function headings(groupBy) {
    await mountView({
        type: "kanban",
        resModel: "locker",
        groupBy: [groupBy],
        arch: `
            <kanban js_class="access_locker_plan">
                <templates><t t-name="card"><field name="number"/></t></templates>
            </kanban>`,
    });
    return queryAllTexts(".o_kanban_header_title .text-truncate");
}

test("a row of lockers is called so", async () => {
    expect(await headings("row")).toEqual(["Row 1", "Row 2"]);
});

test("what is no row has its own name", async () => {
    expect(await headings("bank")).toEqual(["Pool"]);
});
