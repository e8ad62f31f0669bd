import {PosOrder} from "@point_of_sale/app/models/pos_order";
import {PosOrderline} from "@point_of_sale/app/models/pos_order_line";
import {_t} from "@web/core/l10n/translation";
import {patch} from "@web/core/utils/patch";

const nothing = () => ({stays: [], charges: {}, what: "all", asked: false});

patch(PosOrder.prototype, {
    initState() {
        super.initState();
        this.uiState.access = nothing();
    },

    restoreState(uiState) {
        super.restoreState({access: nothing(), ...uiState});
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
