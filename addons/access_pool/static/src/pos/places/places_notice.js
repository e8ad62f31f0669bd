import {Component, useEffect} from "@odoo/owl";
import {PlacesDialog} from "@access_pool/pos/places/places_dialog";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * Under an order that lets guests in: where there is no place for them now.
 */
export class PlacesNotice extends Component {
    static template = "access_pool.PlacesNotice";
    static props = {};

    setup() {
        this.pos = usePos();
        useEffect(
            (sold) => {
                if (sold) {
                    this.places.refresh();
                }
            },
            () => [this.sold]
        );
    }

    get places() {
        return this.pos.accessDesk.places;
    }

    /** What is asked anew when it changes: which tickets are sold, and how many. */
    get sold() {
        const lines = this.pos.getOrder()?.lines || [];
        return lines
            .filter((line) => line.accessEntries.length)
            .map((line) => `${line.uuid} ${line.qty}`)
            .join();
    }

    get warnings() {
        return this.sold ? this.places.warnings(this.pos.getOrder()) : [];
    }

    open() {
        this.pos.dialog.add(PlacesDialog);
    }
}
