import {Component, onWillStart} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {free} from "@access_pool/pos/places/places";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * How full each zone is now, and when the next one may come in.
 */
export class PlacesDialog extends Component {
    static template = "access_pool.PlacesDialog";
    static components = {Dialog};
    static props = {close: Function};

    setup() {
        this.pos = usePos();
        this.free = free;
        onWillStart(() => this.places.refresh());
    }

    get places() {
        return this.pos.accessDesk.places;
    }

    filled({inside, capacity}) {
        return Math.min((100 * inside) / capacity, 100);
    }
}
