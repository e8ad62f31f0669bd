/* global posmodel */
import * as Chrome from "@point_of_sale/../tests/pos/tours/utils/chrome_util";
import * as Dialog from "@point_of_sale/../tests/generic_helpers/dialog_util";
import * as PaymentScreen from "@point_of_sale/../tests/pos/tours/utils/payment_screen_util";
import * as ReceiptScreen from "@point_of_sale/../tests/pos/tours/utils/receipt_screen_util";
import {registry} from "@web/core/registry";

const printed = [];

export const begin = () => [
    Chrome.startPoS(),
    Dialog.confirm("Open Register"),
    {
        content: "a printer that keeps what it printed",
        trigger: ".product-screen",
        run: () => {
            printed.length = 0;
            posmodel.hardwareProxy.printer = {
                printReceipt: async (element) => {
                    printed.push(element.innerText);
                    return {successful: true};
                },
            };
        },
    },
];
export const see = (trigger) => ({content: `see ${trigger}`, trigger});
export const touch = (trigger) => ({
    content: `touch ${trigger}`,
    trigger,
    run: "click",
});
export const type = (trigger, text) => ({
    content: `type ${text}`,
    trigger,
    run: `edit ${text}`,
});
export const told = (text) => see(`.o_notification:contains("${text}")`);
export const line = (text) => see(`.orderline:contains("${text}")`);
export const onBill = (number) => see(`.access-stay:contains("${number}")`);
export const printedTickets = (...numbers) => ({
    content: `tickets of ${numbers} were printed, one by one`,
    trigger: "body",
    run: async () => {
        const are = () => {
            const found = printed.filter((text) => text.includes("Exit ticket"));
            const all = numbers.every((one, index) => found[index]?.includes(one));
            return all && found.length === numbers.length;
        };
        for (let times = 0; times < 50 && !are(); times++) {
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        if (!are()) {
            throw new Error(`Printed: ${JSON.stringify(printed)}`);
        }
    },
});
export const payCash = () => [
    // The one method of payment is there already.
    PaymentScreen.clickValidate(),
    ReceiptScreen.isShown(),
];

export function tour(name, ...steps) {
    registry.category("web_tour.tours").add(`access_pool_${name}`, {
        steps: () => [begin(), ...steps, Chrome.endTour()].flat(Infinity),
    });
}

let touches = 0;
const count = () => (touches += 1);

/** From here on each touch of the screen is counted. */
export const countTouches = () => ({
    content: "count touches",
    trigger: "body",
    run: () => {
        touches = 0;
        document.addEventListener("click", count, true);
    },
});

/** The payment screen is there after so many touches. */
export const counted = (most) => ({
    content: `at most ${most} touches to the payment screen`,
    trigger: ".payment-screen",
    run: () => {
        if (touches > most) {
            throw new Error(`It took ${touches} touches`);
        }
    },
});

/** What was kept while the server was away is there, with so many bands. */
export const sent = (bands) => ({
    content: `an order with ${bands} bands was sent`,
    trigger: "body",
    run: async () => {
        const isSent = (order) =>
            order.state === "paid" &&
            order.isSynced &&
            order.lines.flatMap((one) => one.accessBands).length === bands;
        for (let times = 0; times < 100; times++) {
            if (window.posmodel?.models["pos.order"].some(isSent)) {
                return;
            }
            await new Promise((resolve) => setTimeout(resolve, 100));
        }
        throw new Error("The order was not sent");
    },
});
