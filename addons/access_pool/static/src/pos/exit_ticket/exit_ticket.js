import {Component} from "@odoo/owl";
import {code128Url} from "@access_pool/pos/exit_ticket/code128";

/**
 * Tickets for the exit gate, one for each band.
 */
export class ExitTicket extends Component {
    static template = "access_pool.ExitTicket";
    static props = {tickets: Array};

    setup() {
        this.code128Url = code128Url;
    }
}
