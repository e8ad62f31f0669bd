import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {StayDialog} from "@access_pool/pos/stay_dialog/stay_dialog";
import {useAsyncLockedMethod} from "@point_of_sale/app/hooks/hooks";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * The bands on the bill, what is to be seen to before their guests leave, and the
 * tickets if nothing is owed.
 */
export class BillPanel extends Component {
    static template = "access_pool.BillPanel";
    static props = {};

    setup() {
        this.pos = usePos();
        this.exit = useAsyncLockedMethod(() => this.bills.exit(this.order));
    }

    get order() {
        return this.pos.getOrder();
    }

    get bills() {
        return this.pos.accessDesk.bills;
    }

    get access() {
        return this.order?.uiState.access;
    }

    get stays() {
        return this.access?.stays || [];
    }

    get hasTab() {
        return this.access.what === "tab" || this.stays.some((stay) => stay.tab > 0);
    }

    get nothingOwed() {
        return this.access.what === "all" && !this.order.lines.length;
    }

    isRead(stay) {
        return this.access.read.includes(stay.id);
    }

    /** Bands of the same family that nobody held to the reader. */
    get unread() {
        const here = new Set(this.order.accessStayIds);
        const left = new Map(this.order.accessNotRead.map((s) => [s.id, s.number]));
        for (const {party, party_numbers} of this.stays) {
            party.forEach((id, index) => {
                if (!here.has(id)) {
                    left.set(id, party_numbers[index]);
                }
            });
        }
        return [...left.values()];
    }

    get unreadText() {
        const numbers = this.unread.join(", ");
        return _t("Not read yet, came together: %s", numbers);
    }

    amount(value) {
        return this.pos.accessDesk.amount(value);
    }

    owed(stay) {
        return this.amount(this.access.what === "tab" ? stay.tab : stay.owed);
    }

    lockerText(stay) {
        const lockers = stay.lockers.join(", ");
        return stay.lockers.length === 1
            ? _t("Locker %s is still locked", lockers)
            : _t("Lockers %s are still locked", lockers);
    }

    open(stay) {
        const {order} = this;
        this.pos.dialog.add(StayDialog, {order, stayId: stay.id});
    }

    async choose(what) {
        await this.bills.make(this.order, this.order.accessStayIds, {what});
    }
}
