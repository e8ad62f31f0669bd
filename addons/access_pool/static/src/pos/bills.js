import {_t} from "@web/core/l10n/translation";
import {ConfirmationDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {ConnectionLostError} from "@web/core/network/rpc";
import {ExitTicket} from "@access_pool/pos/exit_ticket/exit_ticket";
import {ask} from "@point_of_sale/app/utils/make_awaitable_dialog";
import {waitImages} from "@point_of_sale/utils";

const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve));

/**
 * What guests owe who leave: their bills on orders, and their exit tickets.
 */
export class Bills {
    constructor(desk) {
        this.desk = desk;
    }

    get pos() {
        return this.desk.pos;
    }

    /**
     * The order that a bill goes to: the one at hand, unless it refunds something or a
     * terminal has taken money for it. A line for cash is there before the money is.
     *
     * @returns {object}
     */
    orderFor() {
        const {order} = this.desk;
        const paying = order?.payment_ids.some(
            (payment) => payment.payment_status && payment.isDone()
        );
        return !order || order.finalized || order.isRefund || paying
            ? this.pos.addNewOrder()
            : order;
    }

    /**
     * Put a guest on the bill whose band was read; with a leader comes the group.
     *
     * @param {object} order
     * @param {object} stay
     */
    async add(order, stay) {
        const here = order.accessNotRead.some(({id}) => id === stay.id);
        this.noteRead(order, [stay.id]);
        const {what} = order.uiState.access;
        const came = stay.is_leader && what === "all" ? stay.party : [];
        const ids = [...new Set([...order.accessStayIds, stay.id, ...came])];
        if (here || (await this.make(order, ids, {what}))) {
            this.show(order);
        }
    }

    noteRead(order, ids) {
        const {access} = order.uiState;
        const read = [...new Set([...access.read, ...ids])];
        order.uiState.access = {...access, read};
    }

    /**
     * Who leaves brings the band back: ask for those that nobody held to the reader.
     *
     * @param {object} order
     * @returns {Promise<boolean>}
     */
    async areBandsBack(order) {
        const stays = order.uiState.access.what === "all" ? order.accessNotRead : [];
        if (!stays.length) {
            return true;
        }
        const numbers = stays.map(({number}) => number).join(", ");
        const areBack = await ask(this.pos.dialog, {
            title: _t("Are all bands back?"),
            body: _t("These were not held to the reader: %s", numbers),
            confirmLabel: _t("All Are Back"),
            cancelLabel: _t("Back to the Bill"),
        });
        if (areBack) {
            const ids = stays.map(({id}) => id);
            this.noteRead(order, ids);
        }
        return areBack;
    }

    show(order) {
        this.pos.setOrder(order);
        // On a phone the bill is behind the products.
        this.pos.mobile_pane = "left";
        this.pos.navigate("ProductScreen", {orderUuid: order.uuid});
    }

    /**
     * Ask for the bill of these stays, and bring the order to what it says.
     *
     * @param {object} order
     * @param {Array} ids
     * @param {object} options
     * @returns {Promise<boolean>} whether the order has the bill
     */
    async make(order, ids, options) {
        const {what = "all", takeOver = false} = options;
        const bill = await this.desk.attempt(() =>
            this.ask(order, ids, what, takeOver)
        );
        if (!bill) {
            return false;
        }
        if (bill.claimed_by) {
            this.offerTakeOver(order, ids, what, bill.claimed_by);
            return false;
        }
        await this.apply(order, bill, what);
        return true;
    }

    async ask(order, ids, what, takeOver = false) {
        const args = [ids, order.uuid, what, takeOver];
        return await this.desk.call("action_access_bill", args);
    }

    offerTakeOver(order, ids, what, till) {
        this.pos.dialog.add(ConfirmationDialog, {
            title: _t("Being paid at another till"),
            body: _t("%s has this bill. Take it over?", till),
            confirmLabel: _t("Take Over"),
            confirm: async () => {
                if (await this.make(order, ids, {what, takeOver: true})) {
                    this.show(order);
                }
            },
            cancel: () => {}, // eslint-disable-line no-empty-function
        });
    }

    async apply(order, bill, what) {
        await this.loadProducts(bill.lines);
        const wanted = new Map(bill.lines.map((charge) => [charge.uuid, charge]));
        for (const line of order.accessCharges) {
            if (!wanted.has(line.access_charge_uuid)) {
                line.delete();
            }
        }
        for (const charge of bill.lines) {
            await this.put(order, charge);
        }
        order.uiState.access = {
            ...order.uiState.access,
            what,
            stays: bill.stays,
            charges: Object.fromEntries(
                bill.lines.map((charge) => [charge.uuid, charge.stay_id])
            ),
        };
        order.deselectOrderline();
    }

    async loadProducts(charges) {
        const known = this.pos.models["product.product"];
        const ids = charges.map((charge) => charge.product_id);
        const missing = [...new Set(ids)].filter((id) => !known.get(id));
        if (missing.length) {
            await this.pos.loadNewProducts([["product_variant_ids", "in", missing]]);
        }
    }

    async put(order, charge) {
        const found = order.accessCharges.find(
            (line) => line.access_charge_uuid === charge.uuid
        );
        const {qty, price_unit} = charge;
        const full_product_name = `${charge.stay}: ${charge.name}`;
        if (found) {
            found.update({qty, price_unit, full_product_name});
            return;
        }
        const product = this.pos.models["product.product"].get(charge.product_id);
        const values = {
            product_id: product,
            product_tmpl_id: product.product_tmpl_id,
            qty,
            price_unit,
            full_product_name,
            access_charge_uuid: charge.uuid,
        };
        await this.pos.addLineToOrder(values, order, {}, false);
    }

    /**
     * Take stays off an order; other tills may have them then.
     *
     * @param {object} order
     * @param {Array} ids
     */
    async release(order, ids) {
        const {access} = order.uiState;
        for (const line of order.accessCharges) {
            if (ids.includes(line.accessStayId)) {
                line.delete();
            }
        }
        order.uiState.access = {
            ...access,
            stays: access.stays.filter((stay) => !ids.includes(stay.id)),
        };
        await this.desk.attempt(() =>
            this.desk.call("action_access_release", [order.uuid, ids])
        );
    }

    /**
     * Bring the bill up to now before it is paid: time has gone on meanwhile.
     *
     * @param {object} order
     * @returns {Promise<boolean>} whether it can be paid
     */
    async beforePayment(order) {
        const {what, stays} = order.uiState.access;
        if (!stays.length) {
            return true;
        }
        if (!(await this.areBandsBack(order))) {
            return false;
        }
        const ids = stays.map((stay) => stay.id);
        try {
            const bill = await this.ask(order, ids, what);
            if (bill.claimed_by) {
                this.offerTakeOver(order, ids, what, bill.claimed_by);
                return false;
            }
            await this.apply(order, bill, what);
            return order.lines.length > 0;
        } catch (error) {
            // Without a server the bill is paid as it was read.
            if (!(error instanceof ConnectionLostError)) {
                this.desk.refuse(this.desk.reason(error));
                return false;
            }
            return true;
        }
    }

    /**
     * Nothing is owed: straight to the tickets.
     *
     * @param {object} order
     * @param {boolean} ignoreLockers
     */
    async exit(order, ignoreLockers = false) {
        if (!(await this.areBandsBack(order))) {
            return;
        }
        const options = ignoreLockers ? {ignore_lockers: true} : {};
        try {
            const tickets = await this.leave(order.accessStayIds, order, options);
            order.uiState.access = {...order.uiState.access, stays: []};
            await this.print(tickets);
        } catch (error) {
            const reason = this.desk.reason(error);
            const locked = order.uiState.access.stays.some(
                (stay) => stay.lockers.length
            );
            if (locked && this.desk.isManager && !ignoreLockers) {
                this.offerToIgnore(order, reason);
            } else {
                this.desk.refuse(reason);
            }
        }
    }

    /**
     * Once the server knows of the payment: tickets for all on the bill, also for who
     * owed nothing. It may know at once, or when it is back and after a new start.
     *
     * @param {object} order
     */
    async letGo(order) {
        const {what, stays} = order.uiState.access;
        if (!stays.length || what !== "all" || !order.finalized || !order.isSynced) {
            return;
        }
        order.uiState.access = {...order.uiState.access, stays: []};
        const tickets = [...(order.access_exit_tickets || [])];
        const done = new Set(tickets.map((ticket) => ticket.stay));
        for (const stay of stays.filter(({number}) => !done.has(number))) {
            const left = await this.desk.attempt(() => this.leave([stay.id], order));
            tickets.push(...(left || []));
        }
        order.uiState.access = {...order.uiState.access, tickets};
        if (tickets.length) {
            await this.print(tickets);
        }
    }

    async leave(ids, order, options = {}) {
        const args = [ids, order.uuid];
        const {tickets} = await this.desk.call("action_access_exit", args, options);
        return tickets;
    }

    offerToIgnore(order, reason) {
        this.pos.dialog.add(ConfirmationDialog, {
            title: _t("A locker is still locked"),
            body: reason,
            confirmLabel: _t("Let Out Anyway"),
            confirm: () => this.exit(order, true),
            cancel: () => {}, // eslint-disable-line no-empty-function
        });
    }

    /**
     * Print each ticket by itself, so that the printer cuts between them.
     *
     * @param {Array} tickets
     */
    async print(tickets) {
        const {printer, printOptions, hardwareProxy, env} = this.pos;
        // The renderer takes the next only when the one before is off the screen.
        await nextFrame();
        await nextFrame();
        const all = await env.services.renderer.toHtml(ExitTicket, {tickets});
        await waitImages(all);
        const sheets = hardwareProxy.printer ? cut(all) : [all];
        for (const sheet of sheets) {
            await printer.printHtml(sheet, printOptions);
        }
        const numbers = tickets.map((ticket) => ticket.stay).join(", ");
        this.desk.tell(_t("Exit ticket printed: %s", numbers));
    }
}

function cut(all) {
    return [...all.children].map((ticket) => {
        const sheet = all.cloneNode(false);
        sheet.append(ticket);
        return sheet;
    });
}
