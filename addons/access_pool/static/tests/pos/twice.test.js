import {describe, expect, test} from "@odoo/hoot";
import {CardDialog} from "@access_pool/pos/card_dialog/card_dialog";
import {Deferred} from "@odoo/hoot-mock";
import {MainComponentsContainer} from "@web/core/main_components_container";
import {ReasonDialog} from "@access_pool/pos/stay_dialog/reason_dialog";
import {definePosModels} from "@point_of_sale/../tests/unit/data/generate_model_definitions";
import {click, edit, queryFirst, waitFor, waitForNone} from "@odoo/hoot-dom";
import {mountWithCleanup} from "@web/../tests/web_test_helpers";
import {openTill} from "@access_pool/../tests/pos/till";

describe.current.tags("desktop");
definePosModels();

const card = (values) => ({
    id: 1,
    name: "Fatima",
    number: "C-000003",
    balance: [{name: "Hours card", left: -35, unit: "min"}],
    debt: true,
    blocked: false,
    bands_most: 4,
    bands_out: 0,
    product_ids: [5],
    ...values,
});

test("what is confirmed by two touches is done once", async () => {
    const {pos} = await openTill();
    await mountWithCleanup(MainComponentsContainer);
    const done = new Deferred();
    const asked = [];
    pos.dialog.add(ReasonDialog, {
        title: "Band",
        body: "So much less is owed.",
        confirmLabel: "Correct",
        onConfirm: async ({reason}) => {
            asked.push(reason);
            return await done;
        },
    });
    await waitFor(".access-confirm");
    await click(".modal input");
    await edit("Cold coffee");
    await waitFor(".access-confirm:enabled");
    const button = queryFirst(".access-confirm");
    button.click();
    button.click();
    done.resolve(null);
    await waitForNone(".access-confirm");
    expect(asked).toEqual(["Cold coffee"]);
});

test("a card is topped up once by two touches, and its debt is told", async () => {
    const {pos} = await openTill();
    await mountWithCleanup(MainComponentsContainer);
    pos.addNewOrder();
    pos.dialog.add(CardDialog, {card: card()});
    await waitFor(".modal dd:contains(-0 h 35 min)");
    const button = queryFirst(".access-top-up");
    button.click();
    button.click();
    await waitForNone(".access-top-up");
    await new Promise((resolve) => requestAnimationFrame(resolve));
    expect(pos.getOrder().lines.map((line) => line.qty)).toEqual([1]);
});
