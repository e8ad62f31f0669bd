import {Component, useState} from "@odoo/owl";
import {BandInput} from "@access_pool/pos/band_input/band_input";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {parseFloat} from "@web/views/fields/parsers";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * Asks why, and with it for an amount or for a new band.
 */
export class ReasonDialog extends Component {
    static template = "access_pool.ReasonDialog";
    static components = {BandInput, Dialog};
    static props = {
        title: String,
        body: String,
        confirmLabel: String,
        withAmount: {type: Boolean, optional: true},
        withBand: {type: Boolean, optional: true},
        // Gives why it was not done, or nothing.
        onConfirm: Function,
        close: Function,
    };

    setup() {
        this.pos = usePos();
        this.state = useState({
            reason: "",
            amount: "",
            band: null,
            error: null,
            isBusy: false,
        });
        this.bandHint = _t("Hold the new band to the reader, if there is one");
    }

    get amount() {
        try {
            return parseFloat(this.state.amount);
        } catch {
            return NaN;
        }
    }

    get isComplete() {
        return this.state.reason.trim() && (!this.props.withAmount || this.amount);
    }

    async onRead(value) {
        const found = await this.pos.accessDesk.read(value);
        if (found.type !== "band") {
            return found.message || _t("This is no band from the store.");
        }
        this.state.band = found;
        return null;
    }

    async confirm() {
        // Touched twice it is done once.
        if (this.state.isBusy) {
            return;
        }
        const {reason, band} = this.state;
        const {amount} = this;
        this.state.isBusy = true;
        try {
            this.state.error = await this.props.onConfirm({
                reason: reason.trim(),
                amount,
                band,
            });
        } catch (error) {
            this.state.isBusy = false;
            throw error;
        }
        if (this.state.error) {
            this.state.isBusy = false;
        } else {
            this.props.close();
        }
    }
}
