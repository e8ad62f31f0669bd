import {Component, useState} from "@odoo/owl";
import {BandInput} from "@access_pool/pos/band_input/band_input";
import {Dialog} from "@web/core/dialog/dialog";
import {_t} from "@web/core/l10n/translation";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * A season or group card: whose it is, what is left of it, and bands against it.
 */
export class CardDialog extends Component {
    static template = "access_pool.CardDialog";
    static components = {BandInput, Dialog};
    static props = {
        card: Object,
        close: Function,
    };

    setup() {
        this.pos = usePos();
        this.state = useState({bands: [], card: this.props.card, isBusy: false});
    }

    get desk() {
        return this.pos.accessDesk;
    }

    get card() {
        return this.state.card;
    }

    get most() {
        return Math.max(this.card.bands_most - this.card.bands_out, 0);
    }

    get canHandOut() {
        return !this.card.debt && !this.card.blocked && this.most > 0;
    }

    get hint() {
        return this.most > this.state.bands.length
            ? _t("Hold bands to the reader: %(here)s of %(most)s", {
                  here: this.state.bands.length,
                  most: this.most,
              })
            : _t("These are all bands for this card.");
    }

    get products() {
        const known = this.pos.models["product.product"];
        return this.card.product_ids.map((id) => known.get(id)).filter(Boolean);
    }

    left({left, unit}) {
        if (unit === "min") {
            const all = Math.abs(left);
            const hours = Math.floor(all / 60);
            // Less than an hour of debt is a debt, too.
            return _t("%(hours)s h %(minutes)s min", {
                hours: left < 0 ? `-${hours}` : hours,
                minutes: all % 60,
            });
        }
        const words = {
            entries: _t("%s entries", left),
            sessions: _t("%s sessions", left),
            days: _t("%s days", left),
        };
        return words[unit];
    }

    async onRead(value) {
        const found = await this.desk.read(value);
        if (found.type !== "band") {
            return found.message || _t("This is no band from the store.");
        }
        if (this.state.bands.length >= this.most) {
            return _t("No more bands are given for this card now.");
        }
        if (!this.state.bands.some((band) => band.id === found.id)) {
            this.state.bands.push(found);
        }
        return null;
    }

    drop(band) {
        this.state.bands = this.state.bands.filter((one) => one !== band);
    }

    async handOut() {
        if (this.state.isBusy) {
            return;
        }
        const {bands} = this.state;
        const ids = bands.map((band) => band.id);
        const args = [this.card.id, ids];
        this.state.isBusy = true;
        let given = null;
        try {
            given = await this.desk.attempt(() =>
                this.desk.call("action_access_hand_out", args)
            );
        } finally {
            this.state.isBusy = false;
        }
        if (given) {
            const numbers = bands.map((band) => band.number).join(", ");
            this.desk.tell(_t("Given: %s", numbers));
            this.props.close();
        }
    }

    async topUp(product) {
        // Touched twice it is sold once: the dialog goes a moment later.
        if (this.isSold) {
            return;
        }
        this.isSold = true;
        this.props.close();
        await this.pos.addLineToCurrentOrder({
            product_id: product,
            product_tmpl_id: product.product_tmpl_id,
            access_card_id: this.card.id,
            customer_note: this.card.number,
        });
    }
}
