import {Component} from "@odoo/owl";
import {_t} from "@web/core/l10n/translation";
import {missingWords} from "@access_pool/pos/models";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * Under an order line: the bands that are given with it, and those still to come.
 */
export class LineBands extends Component {
    static template = "access_pool.LineBands";
    static props = {line: Object};

    setup() {
        this.pos = usePos();
        this.missingWords = missingWords;
    }

    style(entry) {
        // The colour is a word that the venue chose; a browser knows the English ones.
        return CSS.supports("color", entry.color)
            ? `background-color: ${entry.color}`
            : "";
    }

    surplusWords(entry) {
        const numbers = entry.surplus.map((band) => band.number).join(", ");
        return _t("Too many: %s", numbers);
    }

    drop(band) {
        this.pos.accessDesk.bands.drop(this.props.line, band);
    }
}
