import {BandDialog} from "@access_pool/pos/band_dialog/band_dialog";
import {ExitTicket} from "@access_pool/pos/exit_ticket/exit_ticket";
import {ReceiptScreen} from "@point_of_sale/app/screens/receipt_screen/receipt_screen";
import {_t} from "@web/core/l10n/translation";
import {missingWords} from "@access_pool/pos/models";
import {patch} from "@web/core/utils/patch";

ReceiptScreen.components = {...ReceiptScreen.components, ExitTicket};

patch(ReceiptScreen.prototype, {
    get exitTickets() {
        const order = this.currentOrder;
        return order.uiState.access.tickets || order.access_exit_tickets || [];
    },

    get missingBands() {
        return this.currentOrder.access_missing_bands
            ? this.currentOrder.accessMissing
            : [];
    },

    get missingBandsText() {
        return this.missingBands.map(missingWords).join("; ");
    },

    async printExitTickets() {
        await this.pos.accessDesk.bills.print(this.exitTickets);
    },

    giveBand() {
        this.pos.dialog.add(BandDialog, {
            title: _t("Give a Band"),
            hint: this.missingBandsText,
            onRead: (value) => this.pos.accessDesk.type(value),
        });
    },
});
