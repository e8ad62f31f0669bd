import {_t} from "@web/core/l10n/translation";
import {ConnectionLostError, RPCError} from "@web/core/network/rpc";
import {SelectionPopup} from "@point_of_sale/app/components/popups/selection_popup/selection_popup";
import {makeAwaitable} from "@point_of_sale/app/utils/make_awaitable_dialog";
import {markRaw} from "@odoo/owl";
import {Bands} from "@access_pool/pos/bands";
import {Bills} from "@access_pool/pos/bills";
import {CardDialog} from "@access_pool/pos/card_dialog/card_dialog";
import {Places} from "@access_pool/pos/places/places";

const isRefusal = (error) =>
    error instanceof RPCError && error.exceptionName?.startsWith("odoo.exceptions.");

/**
 * What a till does with bands, cards and exit tickets that are held to its reader.
 *
 * All that counts is decided by the server; the till shows it and asks.
 */
export class AccessDesk {
    constructor(pos) {
        this.pos = pos;
        this.bands = new Bands(this);
        this.bills = new Bills(this);
        this.places = new Places(this);
        // Dialogs that want what is read next; the one on top gets it.
        this.captures = markRaw([]);
    }

    get isManager() {
        const cashier = this.pos.getCashier();
        return cashier?._role === "manager";
    }

    async call(method, args, kwargs = {}) {
        const {config, data} = this.pos;
        return await data.call("pos.config", method, [[config.id], ...args], kwargs);
    }

    /**
     * Do it; what the server refuses is told to the cashier in the server's words.
     *
     * @param {Function} doing
     * @returns {Promise<any>} what came of it, undefined if nothing
     */
    async attempt(doing) {
        try {
            return await doing();
        } catch (error) {
            this.refuse(this.reason(error));
        }
    }

    /**
     * Why the server did not do it; whatever is no refusal is a defect, and thrown.
     *
     * @param {Error} error
     * @returns {string}
     */
    reason(error) {
        if (error instanceof ConnectionLostError) {
            return _t("No connection to the server: bands cannot be read now.");
        }
        if (!isRefusal(error)) {
            throw error;
        }
        return error.data.message;
    }

    refuse(message) {
        this.pos.sound?.play("error");
        this.pos.notification.add(message, {type: "danger"});
    }

    tell(message, type = "success") {
        this.pos.notification.add(message, {type});
    }

    async read(value) {
        return await this.call("action_access_read", [
            value,
            this.order?.uuid || false,
        ]);
    }

    get order() {
        return this.pos.getOrder();
    }

    /**
     * An order was paid while the server is away: tell what that means for its guests.
     *
     * @param {object} order
     */
    waitForServer(order) {
        if (order.lines.some((line) => line.accessBands.length)) {
            const text = _t(
                "No connection: bands open nothing until the server is back."
            );
            this.tell(text, "warning");
        }
        if (order.accessStayIds.length) {
            const text = _t(
                "No connection: exit tickets come when the server is back."
            );
            this.tell(text, "warning");
        }
        // From here on the till asks by itself whether it is; guests wait for it.
        this.pos.data.checkConnectivity();
    }

    amount(value) {
        return this.pos.env.utils.formatCurrency(value);
    }

    /**
     * Take what was read, unless it is for others: a product, a coupon, a customer.
     *
     * @param {string} code
     * @returns {Promise<boolean>} whether it was ours
     */
    async take(code) {
        if (this.captures.length) {
            this.captures.at(-1)(code);
            return true;
        }
        if (!this.pos.cashier || this.isKnownHere(code)) {
            return false;
        }
        const found = await this.readOrLeave(code);
        if (!found || found.type === "unknown") {
            return false;
        }
        await this.handle(found);
        return true;
    }

    isKnownHere(code) {
        return ["product.product", "product.uom", "res.partner"].some((model) =>
            this.pos.models[model].getBy("barcode", code)
        );
    }

    async readOrLeave(code) {
        try {
            return await this.read(code);
        } catch (error) {
            if (error instanceof ConnectionLostError) {
                // Products can be scanned without a server.
                return null;
            }
            return {type: "refused", message: this.reason(error)};
        }
    }

    /**
     * A number that was typed, for a chip that is broken.
     *
     * @param {string} value
     * @returns {Promise<string | null>} why it came to nothing
     */
    async type(value) {
        let found = null;
        try {
            found = await this.read(value);
        } catch (error) {
            return this.reason(error);
        }
        if (found.type === "unknown") {
            return _t("No band, card or ticket has this number.");
        }
        if (found.type === "refused") {
            return found.message;
        }
        await this.handle(found);
        return null;
    }

    async handle(found) {
        if (found.type === "band") {
            await this.bands.take(found);
        } else if (found.type === "stay") {
            await this.takeStay(found.stay);
        } else if (found.type === "card") {
            this.pos.dialog.add(CardDialog, {card: found.card});
        } else {
            this.refuse(found.message);
        }
    }

    async takeStay(stay) {
        if (this.order?.accessReturns.open.length) {
            const refused = this.bands.takeBack(this.order, stay);
            if (refused) {
                this.refuse(refused);
            } else {
                this.tell(_t("Band %s comes back.", stay.number));
            }
            return;
        }
        const order = this.bills.orderFor();
        if (order.accessIsPlainSale) {
            // Not awaited: the reader waits for what was read before.
            this.chooseFor(stay, order);
            return;
        }
        await this.bills.add(order, stay);
    }

    /**
     * There are drinks on the order: are they put on the band, or is the bill paid?
     *
     * @param {object} stay
     * @param {object} order
     */
    async chooseFor(stay, order) {
        const chosen = await makeAwaitable(this.pos.dialog, SelectionPopup, {
            title: _t("Band %s", stay.number),
            list: [
                {
                    id: "put",
                    label: _t("Put %s on the band", this.amount(order.priceIncl)),
                    item: "put",
                },
                {id: "pay", label: _t("Pay the bill of the band as well"), item: "pay"},
            ],
        });
        if (chosen === "put") {
            await this.attempt(() => this.bands.putOrderOn(order, stay.number));
        } else if (chosen === "pay") {
            await this.bills.add(order, stay);
        }
    }
}
