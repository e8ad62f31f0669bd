import {expect, test} from "@odoo/hoot";
import {
    contains,
    defineModels,
    fields,
    makeMockEnv,
    models,
    mountView,
    onRpc,
} from "@web/../tests/web_test_helpers";

import {defineMailModels} from "@mail/../tests/mail_test_helpers";
import {typedNumber} from "@access_iot/settings/settings_field";

class Kind extends models.Model {
    _name = "kind";
    definition = fields.PropertiesDefinition();
    _records = [
        {
            id: 1,
            definition: [
                {
                    name: "unit",
                    string: "Unit",
                    type: "integer",
                    help: "As on its label",
                },
                {name: "port", string: "Port", type: "integer"},
            ],
        },
    ];
}

class Device extends models.Model {
    _name = "device";
    kind_id = fields.Many2one({relation: "kind"});
    settings = fields.Properties({
        definition_record: "kind_id",
        definition_record_field: "definition",
    });
    _records = [{id: 1, kind_id: 1, settings: {unit: 405419896}}];
}

defineMailModels();
defineModels([Kind, Device]);
onRpc("has_access", () => true);

test("what is no number stays as it was typed, for the server to refuse", async () => {
    await makeMockEnv();
    expect(typedNumber("integer", " abc ")).toBe("abc");
    expect(typedNumber("integer", "1.5")).toBe("1.5");
    expect(typedNumber("float", "1.5")).toBe(1.5);
    expect(typedNumber("integer", "4294967295")).toBe(4294967295);
    expect(typedNumber("integer", "")).toBe(false);
});

test("a number is shown as it is typed, with the driver's help, and sent so", async () => {
    onRpc("web_save", ({args}) => {
        expect.step(args[1].settings[0].value);
    });
    await mountView({
        type: "form",
        resModel: "device",
        resId: 1,
        arch: `<form>
            <field name="kind_id" invisible="1"/>
            <field name="settings" widget="access_settings"/>
        </form>`,
    });
    expect("[property-name=unit] input").toHaveValue("405419896");
    expect("sup[data-tooltip='As on its label']").toHaveCount(1);
    expect("[property-name=unit] label").toHaveText("Unit?");
    expect("[property-name=port] label").toHaveText("Port");
    await contains("[property-name=unit] input").edit("seven");
    expect("[property-name=unit] input").toHaveValue("seven");
    await contains(".o_form_button_save").click();
    expect.verifySteps(["seven"]);
});
