import {AlertDialog} from "@web/core/confirmation_dialog/confirmation_dialog";
import {BarcodeReader} from "@point_of_sale/app/services/barcode_reader_service";
import OrderPaymentValidation from "@point_of_sale/app/utils/order_payment_validation";
import {PosStore} from "@point_of_sale/app/services/pos_store";
import {_t} from "@web/core/l10n/translation";
import {ask} from "@point_of_sale/app/utils/make_awaitable_dialog";
import {patch} from "@web/core/utils/patch";
import {AccessDesk} from "@access_pool/pos/access_desk";
import {missingWords} from "@access_pool/pos/models";

patch(BarcodeReader.prototype, {
    async _scan(code) {
        const ours = code && !this.exclusiveCbMap && this.accessDesk;
        if (ours && (await this.accessDesk.take(code))) {
            return;
        }
        await super._scan(code);
    },
});

patch(PosStore.prototype, {
    async setup() {
        await super.setup(...arguments);
        this.accessDesk = new AccessDesk(this);
        if (this.barcodeReader) {
            this.barcodeReader.accessDesk = this.accessDesk;
        }
        // Of what was paid before a new start and is sent with it. Nothing can be
        // printed before the till is on the screen, which waits for this.
        this.letGuestsGo(this.models["pos.order"].getAll());
    },

    async postSyncAllOrders(orders) {
        await super.postSyncAllOrders(...arguments);
        if (this.accessDesk) {
            await this.letGuestsGo(orders);
        }
    },

    async letGuestsGo(orders) {
        for (const order of orders) {
            await this.accessDesk.bills.letGo(order);
        }
    },

    async pay() {
        const order = this.getOrder();
        order.lines.forEach((line) => this.dropSurplusBands(line));
        if (await this.accessDesk.bills.beforePayment(order)) {
            await super.pay(...arguments);
        }
    },

    dropSurplusBands(line) {
        for (const entry of line.accessEntries) {
            for (const band of entry.surplus) {
                this.accessDesk.bands.drop(line, band);
            }
        }
    },

    async setDiscountFromUI(line) {
        if (!line.access_charge_uuid) {
            await super.setDiscountFromUI(...arguments);
        }
    },

    async _onBeforeDeleteOrder(order) {
        const {accessDesk} = this;
        if (order.accessStayIds.length || order.lines.some((l) => l.access_bands)) {
            await accessDesk.attempt(() =>
                accessDesk.call("action_access_release", [order.uuid, false])
            );
        }
        return await super._onBeforeDeleteOrder(...arguments);
    },
});

patch(OrderPaymentValidation.prototype, {
    /** Bands can be given after the payment, but the cashier should know. */
    async askBeforeValidation() {
        const {order} = this;
        if (order.accessWantsHolder) {
            this.pos.dialog.add(AlertDialog, {
                title: _t("Whose card is it?"),
                body: _t("Choose the customer who gets the card."),
            });
            return false;
        }
        if (!(await this.pos.accessDesk.bands.askToTakeBack(order))) {
            return false;
        }
        const missing = order.accessMissing;
        if (missing.length && !order.uiState.access.asked) {
            order.uiState.access.asked = true;
            const goOn = await ask(this.pos.dialog, {
                title: _t("Bands are missing"),
                body: missing.map(missingWords).join("\n"),
                confirmLabel: _t("Give Them Later"),
                cancelLabel: _t("Back"),
            });
            if (!goOn) {
                return false;
            }
        }
        return await super.askBeforeValidation(...arguments);
    },

    async afterOrderValidation() {
        if (!this.order.isSynced) {
            this.pos.accessDesk.waitForServer(this.order);
        }
        await super.afterOrderValidation(...arguments);
    },
});
