import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {deserializeDateTime} from "@web/core/l10n/dates";

/**
 * Tickets for the exit gate, one for each band.
 */
export class ExitTicket extends Component {
    static template = "access_pool.ExitTicket";
    static props = {tickets: Array};

    barcode(ticket) {
        const code = encodeURIComponent(ticket.code);
        return `/report/barcode/Code128/${code}?width=600&height=160`;
    }

    validTo(ticket) {
        const until = deserializeDateTime(ticket.valid_to);
        return _t("Valid until %s", until.toLocaleString(luxon.DateTime.TIME_SIMPLE));
    }
}
