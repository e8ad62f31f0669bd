import {BandInput} from "@access_pool/pos/band_input/band_input";
import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";

/**
 * Asks for one band. It stays until a band was taken, and says why one was not.
 */
export class BandDialog extends Component {
    static template = "access_pool.BandDialog";
    static components = {BandInput, Dialog};
    static props = {
        title: String,
        hint: String,
        // Gives why the band was not taken, or nothing.
        onRead: Function,
        close: Function,
    };

    async onRead(value) {
        const reason = await this.props.onRead(value);
        if (!reason) {
            this.props.close();
        }
        return reason || null;
    }
}
