import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {ReasonDialog} from "@access_pool/pos/stay_dialog/reason_dialog";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime} from "@web/core/l10n/dates";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * A guest's stay, and what is seldom done with it.
 */
export class StayDialog extends Component {
    static template = "access_pool.StayDialog";
    static components = {Dialog};
    static props = {
        order: Object,
        stayId: Number,
        close: Function,
    };

    setup() {
        this.pos = usePos();
    }

    get desk() {
        return this.pos.accessDesk;
    }

    get stay() {
        const {stays} = this.props.order.uiState.access;
        // Taken off the bill, it is shown until the dialog is gone.
        this.shown = stays.find((stay) => stay.id === this.props.stayId) || this.shown;
        return this.shown;
    }

    get since() {
        const {since} = this.stay;
        return since
            ? deserializeDateTime(since).toLocaleString(luxon.DateTime.DATETIME_SHORT)
            : "";
    }

    amount(value) {
        return this.desk.amount(value);
    }

    async takeOff() {
        this.props.close();
        await this.desk.bills.release(this.props.order, [this.props.stayId]);
    }

    ask(props) {
        const {number} = this.stay;
        this.props.close();
        this.pos.dialog.add(ReasonDialog, {
            ...props,
            title: _t("Band %s", number),
            onConfirm: (answer) => this.carryOut(() => props.onConfirm(answer)),
        });
    }

    /** Do it and bring the bill up to date; give why it was not done. */
    async carryOut(doing) {
        const {order} = this.props;
        try {
            await doing();
        } catch (error) {
            return this.desk.reason(error);
        }
        const {what} = order.uiState.access;
        await this.desk.bills.make(order, order.accessStayIds, {what});
        return null;
    }

    lost() {
        this.ask({
            body: _t(
                "The lost band opens nothing from now on, and its fee is added to the bill."
            ),
            confirmLabel: _t("Report Lost"),
            withBand: true,
            onConfirm: ({reason, band}) =>
                this.desk.call("action_access_lost", [
                    this.props.stayId,
                    band ? band.id : false,
                    reason,
                ]),
        });
    }

    correct() {
        this.ask({
            body: _t("So much less is owed."),
            confirmLabel: _t("Correct"),
            withAmount: true,
            onConfirm: ({reason, amount}) =>
                this.desk.call("action_access_correct", [
                    this.props.stayId,
                    amount,
                    reason,
                ]),
        });
    }
}
