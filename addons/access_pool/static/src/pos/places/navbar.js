import {Navbar} from "@point_of_sale/app/components/navbar/navbar";
import {PlacesDialog} from "@access_pool/pos/places/places_dialog";
import {patch} from "@web/core/utils/patch";
import {useEffect} from "@odoo/owl";

const MINUTE = 60 * 1000;

patch(Navbar.prototype, {
    setup() {
        super.setup();
        useEffect(
            () => {
                this.places.refresh();
                const timer = setInterval(() => this.places.refresh(), MINUTE);
                return () => clearInterval(timer);
            },
            () => []
        );
    },

    get places() {
        return this.pos.accessDesk.places;
    },

    openPlaces() {
        this.dialog.add(PlacesDialog);
    },
});
