import {BandInput} from "@access_pool/pos/band_input/band_input";
import {Component} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * Asks for the bands that come back with a refund. With the last one it goes on;
 * a manager may do without.
 */
export class ReturnDialog extends Component {
    static template = "access_pool.ReturnDialog";
    static components = {BandInput, Dialog};
    static props = {
        order: Object,
        getPayload: Function,
        close: Function,
    };

    setup() {
        this.pos = usePos();
    }

    get desk() {
        return this.pos.accessDesk;
    }

    get returns() {
        return this.props.order.accessReturns;
    }

    get hint() {
        return _t("Hold the bands to the reader: %(here)s of %(most)s", {
            here: this.returns.bands.length,
            most: this.returns.count,
        });
    }

    get soldText() {
        return _t("Sold with it: %s", this.returns.open.join(", "));
    }

    get mayGoOn() {
        return this.desk.isManager;
    }

    async onRead(value) {
        let refused = null;
        try {
            const {type, stay, message} = await this.desk.read(value);
            refused =
                type === "stay"
                    ? this.desk.bands.takeBack(this.props.order, stay)
                    : message || _t("No guest has this band.");
        } catch (error) {
            return this.desk.reason(error);
        }
        if (!refused && !this.returns.open.length) {
            this.goOn();
        }
        return refused;
    }

    goOn() {
        this.props.getPayload(true);
        this.props.close();
    }
}
