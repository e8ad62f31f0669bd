import {Component} from "@odoo/owl";

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
}
