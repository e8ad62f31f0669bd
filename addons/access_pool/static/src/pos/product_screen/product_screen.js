import {BillPanel} from "@access_pool/pos/bill_panel/bill_panel";
import {AlertDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {BandDialog} from "@access_pool/pos/band_dialog/band_dialog";
import {ControlButtons} from "@point_of_sale/app/screens/product_screen/control_buttons/control_buttons";
import {LineBands} from "@access_pool/pos/product_screen/line_bands";
import {OrderSummary} from "@point_of_sale/app/screens/product_screen/order_summary/order_summary";
import {PlacesNotice} from "@access_pool/pos/places/places_notice";
import {ProductScreen} from "@point_of_sale/app/screens/product_screen/product_screen";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

ProductScreen.components = {...ProductScreen.components, BillPanel, PlacesNotice};
OrderSummary.components = {...OrderSummary.components, LineBands};

patch(OrderSummary.prototype, {
    _setValue(value) {
        const line = this.currentOrder.getSelectedOrderline();
        if (!line?.access_charge_uuid) {
            super._setValue(...arguments);
            return;
        }
        this.numberBuffer.reset();
        if (value === "remove") {
            const {bills} = this.pos.accessDesk;
            bills.release(this.currentOrder, [line.accessStayId]);
            return;
        }
        this.dialog.add(AlertDialog, {
            title: _t("A guest's bill"),
            body: _t("What a guest owes cannot be changed here."),
        });
    },
});

patch(ControlButtons.prototype, {
    /** In the row there is room for one of them; all are behind the three dots. */
    get showsBand() {
        return this.props.showRemainingButtons || !this.showsPutOnBand;
    },

    get showsPutOnBand() {
        return Boolean(this.currentOrder?.accessIsPlainSale);
    },

    askForBand() {
        this.props.close?.();
        this.pos.dialog.add(BandDialog, {
            title: _t("Band or Card"),
            hint: _t("Hold a band, a card or an exit ticket to the reader"),
            onRead: (value) => this.pos.accessDesk.type(value),
        });
    },

    putOnBand() {
        this.props.close?.();
        const {accessDesk} = this.pos;
        const order = this.currentOrder;
        this.pos.dialog.add(BandDialog, {
            title: _t("Put %s on a Band", accessDesk.amount(order.priceIncl)),
            hint: _t("Hold the guest's band to the reader"),
            onRead: async (value) => {
                try {
                    await accessDesk.bands.putOrderOn(order, value);
                    return null;
                } catch (error) {
                    return accessDesk.reason(error);
                }
            },
        });
    },
});
