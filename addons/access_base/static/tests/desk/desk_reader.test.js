import {
    contains,
    defineModels,
    fields,
    models,
    mountView,
    patchWithCleanup,
} from "@web/../tests/web_test_helpers";
import {describe, expect, test} from "@odoo/hoot";
import {press, queryFirst} from "@odoo/hoot-dom";
import {animationFrame} from "@odoo/hoot-mock";
import {defineMailModels} from "@mail/../tests/mail_test_helpers";

describe.current.tags("desktop");

class AccessCredential extends models.Model {
    _name = "access.credential";

    value = fields.Char();
    note = fields.Char();
    desk_scan = fields.Char({
        onChange: (record) => {
            record.value = record.desk_scan || record.value;
            record.desk_scan = false;
        },
    });

    _records = [{id: 1, value: "11223344"}];
}

defineMailModels();
defineModels([AccessCredential]);

const FORM = `
    <form>
        <field name="desk_scan" widget="access_desk_reader"/>
        <field name="value"/>
        <field name="note"/>
        <button class="other" type="object" name="action_print"/>
    </form>`;
const VALUE = ".o_field_widget[name=value] input";
const NOTE = ".o_field_widget[name=note] input";

function open(resId) {
    return mountView({resModel: "access.credential", type: "form", arch: FORM, resId});
}

/** Types signs and Enter, with a pause before each. */
async function type(text, pause) {
    let now = 1e9; // Long after what was typed before
    patchWithCleanup(KeyboardEvent.prototype, {
        get timeStamp() {
            return now;
        },
    });
    for (const key of [...text, "Enter"]) {
        now += pause;
        await press(key);
    }
    await animationFrame();
}

const scan = (text) => type(text, 5);

test("a card is read while the focus is in its own field", async () => {
    await open();
    await contains(VALUE).click();
    await scan("04A1B2C3");
    expect(VALUE).toHaveValue("04A1B2C3");
});

test("a card is read while the focus is in another field, which stays as it was", async () => {
    await open();
    await contains(NOTE).edit("for Anna", {confirm: false});
    await scan("04A1B2C3");
    expect(VALUE).toHaveValue("04A1B2C3");
    expect(NOTE).toHaveValue("for Anna");
});

test("a card is read while nothing has the focus", async () => {
    await open();
    queryFirst(":focus")?.blur();
    await scan("0077738691");
    expect(VALUE).toHaveValue("0077738691");
});

test("the last of two cards counts", async () => {
    await open();
    await contains(NOTE).click();
    await scan("04A1B2C3");
    await scan("DEADBEEF");
    expect(VALUE).toHaveValue("DEADBEEF");
});

test("what a person types stays where it is", async () => {
    await open();
    await contains(NOTE).click();
    await type("0077738691", 80);
    expect(NOTE).toHaveValue("0077738691");
    expect(VALUE).toHaveValue("");
});

test("a few fast keys are no card", async () => {
    await open();
    await contains(NOTE).click();
    await scan("00777");
    expect(NOTE).toHaveValue("00777");
    expect(VALUE).toHaveValue("");
});

test("an issued credential keeps its number", async () => {
    await open(1);
    await contains(NOTE).click();
    await scan("04A1B2C3");
    expect(VALUE).toHaveValue("11223344");
});
