import {ReturnDialog} from "@access_pool/pos/return_dialog/return_dialog";
import {_t} from "@web/core/l10n/translation";
import {makeAwaitable} from "@point_of_sale/app/utils/make_awaitable_dialog";

/**
 * Bands that are given, and sales that are put on a band.
 */
export class Bands {
    constructor(desk) {
        this.desk = desk;
    }

    get pos() {
        return this.desk.pos;
    }

    /**
     * Give a band from the store to whoever on the order has none yet.
     *
     * @param {object} band
     */
    async take(band) {
        const {order} = this.desk;
        if (order?.accessHasBand(band.id)) {
            this.desk.tell(
                _t("Band %s is on this order already.", band.number),
                "info"
            );
            return;
        }
        const slot = order?.accessSlot(band.color);
        if (!slot) {
            this.desk.tell(
                _t("Band %s is in store. Choose first what it is for.", band.number),
                "warning"
            );
            return;
        }
        await this.desk.attempt(() =>
            order.finalized
                ? this.giveLater(order, slot, band)
                : this.reserve(order, slot, band)
        );
    }

    async reserve(order, slot, band) {
        const given = [band.id, slot.entry.id, order.uuid];
        const kept = await this.desk.call("action_access_reserve", given);
        this.hold(slot, {...band, ...kept});
        order.selectOrderline(slot.line);
    }

    async giveLater(order, slot, band) {
        const given = {id: band.id, number: band.number, line: slot.entry.id};
        const args = [order.id, [given]];
        const {missing} = await this.desk.call("action_access_give", args);
        if (missing === order.access_missing_bands) {
            this.desk.refuse(_t("Band %s cannot be given.", band.number));
            return;
        }
        this.hold(slot, band);
        order.access_missing_bands = missing;
        this.desk.tell(_t("Band %s was given.", band.number));
    }

    hold({line, entry}, {id, number}) {
        line.access_bands = [...line.accessBands, {id, number, line: entry.id}];
    }

    drop(line, band) {
        line.access_bands = line.accessBands.filter((one) => one.id !== band.id);
    }

    /**
     * Take a band back with the refund of what it was sold with.
     *
     * @param {object} order
     * @param {object} stay of the guest who has the band
     * @returns {string | null} why it was not taken
     */
    takeBack(order, stay) {
        const {number, since} = stay;
        for (const line of order.lines) {
            const band = line.accessReturns.open.find((one) => one.number === number);
            if (band && since) {
                return _t(
                    "The guest of band %s has come in already: correct the bill at the exit instead.",
                    number
                );
            }
            if (band) {
                line.access_bands = [...line.accessBands, band];
                return null;
            }
        }
        return _t("Band %s was not sold with what is refunded.", number);
    }

    /**
     * Ask for the bands that come back with a refund.
     *
     * @param {object} order
     * @returns {Promise<boolean>} whether it goes on
     */
    async askToTakeBack(order) {
        if (!order.accessReturns.open.length) {
            return true;
        }
        return Boolean(await makeAwaitable(this.pos.dialog, ReturnDialog, {order}));
    }

    /**
     * Put a sale on a band, to be paid at the exit.
     *
     * @param {object} order
     * @param {string} value what was read, or typed
     */
    async putOrderOn(order, value) {
        const {pos} = this;
        const amount = this.desk.amount(order.priceIncl);
        await pos.syncAllOrders({orders: [order], throw: true});
        const put = await this.desk.call("action_access_put_on_band", [
            order.id,
            value,
        ]);
        pos.removeOrder(order, false);
        pos.removePendingOrder(order);
        pos.addNewOrder();
        const {page, params} = pos.defaultPage;
        pos.navigate(page, params);
        this.desk.tell(
            _t("%(amount)s put on band %(band)s. %(left)s left.", {
                amount,
                band: put.number,
                left: this.desk.amount(put.limit_left),
            })
        );
    }
}
