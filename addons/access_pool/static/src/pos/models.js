import {PosOrder} from "@point_of_sale/app/models/pos_order";
import {PosOrderline} from "@point_of_sale/app/models/pos_order_line";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

const nothing = () => ({
    stays: [],
    // Those of the stays whose bands were held to the reader.
    read: [],
    charges: {},
    what: "all",
    asked: false,
});

patch(PosOrder.prototype, {
    initState() {
        super.initState();
        this.uiState.access = nothing();
    },

    restoreState(uiState) {
        super.restoreState({...uiState, access: {...nothing(), ...uiState.access}});
    },

    get accessCharges() {
        return this.lines.filter((line) => line.access_charge_uuid);
    },

    get accessStayIds() {
        return this.uiState.access.stays.map((stay) => stay.id);
    },

    /** Something that a guest may put on a band: neither an entry nor a bill. */
    get accessIsPlainSale() {
        return (
            this.lines.length > 0 &&
            !this.isRefund &&
            !this.accessStayIds.length &&
            !this.lines.some((line) => line.access_charge_uuid || line.accessAdmission)
        );
    },

    accessHasBand(id) {
        return this.lines.some((line) =>
            line.accessBands.some((band) => band.id === id)
        );
    },

    /** A card that is sold now, not topped up, needs somebody who holds it. */
    get accessWantsHolder() {
        const isNew = (line) =>
            line.accessAdmission?.type === "card" &&
            !line.access_card_id &&
            line.qty > 0;
        return !this.partner_id && this.lines.some(isNew);
    },

    get accessMissing() {
        return this.lines.flatMap((line) => line.accessMissing);
    },

    /** Stays on the bill whose bands nobody held to the reader, but may be there. */
    get accessNotRead() {
        const {stays, read} = this.uiState.access;
        return stays.filter(({id, state}) => state === "out" && !read.includes(id));
    },

    /** How many bands come back with a refund, and the numbers of those still missing. */
    get accessReturns() {
        const returns = this.lines.map((line) => line.accessReturns);
        return {
            count: returns.reduce((all, {count}) => all + count, 0),
            bands: this.lines.flatMap((line) =>
                line.accessIsReturn ? line.accessBands : []
            ),
            open: returns.flatMap(({open}) => open.map(({number}) => number)),
        };
    },

    /**
     * Who gets a band of this colour next. If nobody does, the first that has none:
     * the server says why that one gets another colour.
     */
    accessSlot(color) {
        const selected = this.getSelectedOrderline();
        const slots = this.accessMissing.sort(
            (a, b) => (b.line === selected) - (a.line === selected)
        );
        return slots.find((slot) => slot.color === color) || slots[0];
    },
});

patch(PosOrderline.prototype, {
    setFullProductName() {
        // A line of a bill says what it is for, in the words of the price list.
        if (!this.access_charge_uuid || !this.full_product_name) {
            super.setFullProductName();
        }
    },

    get orderDisplayProductName() {
        const names = super.orderDisplayProductName;
        return this.access_charge_uuid
            ? {...names, name: this.full_product_name}
            : names;
    },

    get accessStayId() {
        return this.order_id.uiState.access.charges[this.access_charge_uuid];
    },

    get accessAdmission() {
        return this.product_id?.product_tmpl_id?.access_admission_id;
    },

    get accessBands() {
        return this.access_bands || [];
    },

    /** For whom bands are given with this line, and which of them are there. */
    get accessEntries() {
        const admission = this.accessAdmission;
        if (!admission || admission.type !== "bands" || this.qty <= 0) {
            return [];
        }
        return admission.line_ids.map((entry) => {
            const held = this.accessBands.filter((band) => band.line === entry.id);
            const count = this.qty * entry.count;
            return {
                line: this,
                entry,
                kind: entry.kind_id?.name || "",
                color: entry.kind_id?.band_color || "",
                bands: held,
                missing: Math.max(count - held.length, 0),
                surplus: held.slice(count),
            };
        });
    },

    get accessMissing() {
        return this.accessEntries.filter((entry) => entry.missing);
    },

    get accessIsReturn() {
        return Boolean(this.refunded_orderline_id) && this.qty < 0;
    },

    /** How many bands come back with what is refunded, and which may be among them. */
    get accessReturns() {
        const admission = this.accessAdmission;
        if (!this.accessIsReturn || admission?.type !== "bands") {
            return {count: 0, open: []};
        }
        const sold = this.refunded_orderline_id;
        const others = sold.refund_orderline_ids.filter(({uuid}) => uuid !== this.uuid);
        const back = new Set(
            others.flatMap((line) => line.accessBands).map(({id}) => id)
        );
        const given = sold.accessBands.filter(({id}) => !back.has(id));
        const each = admission.line_ids.reduce((all, {count}) => all + count, 0);
        const here = new Set(this.accessBands.map(({id}) => id));
        const count = Math.min(-this.qty * each, given.length);
        const open = here.size < count ? given.filter(({id}) => !here.has(id)) : [];
        return {count, open};
    },

    canBeMergedWith(other) {
        return (
            !this.access_charge_uuid &&
            (this.access_card_id || false) === (other.access_card_id || false) &&
            super.canBeMergedWith(...arguments)
        );
    },

    merge(other) {
        super.merge(...arguments);
        if (other.accessBands.length) {
            this.access_bands = [...this.accessBands, ...other.accessBands];
        }
    },

    setQuantity(quantity) {
        if (this.access_charge_uuid && quantity !== this.qty) {
            return {
                title: _t("A guest's bill"),
                body: _t("What a guest owes cannot be changed here."),
            };
        }
        return super.setQuantity(...arguments);
    },
});

/** In words: how many bands are still to be held to the reader. */
export function missingWords(entry) {
    const {missing, color, kind} = entry;
    const words = {count: missing, color, kind};
    // A colour that was picked is shown and not said.
    if (!color || color.startsWith("#")) {
        return missing === 1
            ? _t("1 more band, %(kind)s", words)
            : _t("%(count)s more bands, %(kind)s", words);
    }
    return missing === 1
        ? _t("1 more %(color)s band, %(kind)s", words)
        : _t("%(count)s more %(color)s bands, %(kind)s", words);
}
