import {makeServerError, onRpc} from "@web/../tests/web_test_helpers";
import {FAMILY} from "@access_pool/../tests/pos/pool_models";
import {patch} from "@web/core/utils/patch";
import {setupPosEnv} from "@point_of_sale/../tests/unit/utils";

/**
 * A till whose server answers by these functions, and what it was asked.
 *
 * @param {object} answers of methods of the till, without their "action_access_"
 * @returns {Promise<object>}
 */
export async function openTill(answers = {}) {
    const asked = [];
    for (const [name, answer] of Object.entries(answers)) {
        onRpc("pos.config", `action_access_${name}`, ({args, kwargs}) => {
            asked.push([name, ...args.slice(1)]);
            return typeof answer === "function"
                ? answer(...args.slice(1), kwargs)
                : answer;
        });
    }
    const pos = await setupPosEnv();
    const told = [];
    patch(pos.notification, {
        add: (message, {type}) => told.push([type, message.toString()]),
    });
    const printed = [];
    pos.hardwareProxy.printer = {
        printReceipt: async (sheet) => {
            printed.push(sheet.textContent.trim());
            return {successful: true};
        },
    };
    return {pos, desk: pos.accessDesk, asked, told, printed};
}

export const refuse = (message) => () => {
    throw makeServerError({type: "UserError", message});
};

export const band = (number, color = "blue") => ({
    type: "band",
    id: Number(number.slice(-3)),
    number,
    color,
});

export const stay = (number, values = {}) => ({
    id: Number(number.slice(-3)),
    number,
    kind: "Adult",
    color: "blue",
    since: "2026-11-22 12:00:00",
    zone: "Pool",
    owed: 0,
    tab: 0,
    limit_left: 50,
    lockers: [],
    state: "out",
    party: [],
    party_numbers: [],
    photo: false,
    ...values,
});

/** A charge of a bill: by product 6, which comes without a price of its own. */
export const charge = (number, price, values = {}) => ({
    uuid: `charge-${number}-${price}`,
    product_id: 6,
    name: "Overtime",
    qty: 1,
    price_unit: price,
    stay_id: Number(number.slice(-3)),
    stay: number,
    group: "time",
    ...values,
});

/** A bill by the numbers of bands and what each owes. */
export const bill = (owed, values = {}) => ({
    lines: Object.entries(owed)
        .filter(([, price]) => price)
        .map(([number, price]) => charge(number, price)),
    stays: Object.keys(owed).map((number) => stay(number, {owed: owed[number]})),
    claimed_by: false,
    ...values,
});

export async function sell(pos, templateId = FAMILY, qty = 1) {
    const product = pos.models["product.template"].get(templateId);
    const order = pos.getOrder() || pos.addNewOrder();
    return await pos.addLineToOrder({product_tmpl_id: product, qty}, order);
}
