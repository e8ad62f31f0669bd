import {_t} from "@web/core/l10n/translation";

export const free = ({capacity, inside}) => Math.max(capacity - inside, 0);

function guestsOf(order, zone) {
    return order.lines
        .filter(({accessAdmission: sold}) => zone.admission_ids.includes(sold?.id))
        .flatMap((line) => line.accessEntries)
        .reduce((all, entry) => all + entry.bands.length + entry.missing, 0);
}

/**
 * How full the zones are, as the server told last; nothing where it cannot be asked.
 */
export class Places {
    constructor(desk) {
        this.desk = desk;
        this.zones = [];
    }

    async refresh() {
        const {config, data} = this.desk.pos;
        const found = await data.silentCall("pos.config", "action_access_places", [
            [config.id],
        ]);
        this.zones = found || [];
    }

    get anyFull() {
        return this.zones.some((zone) => !free(zone));
    }

    /**
     * In words: the zones where there is no place for whom an order lets in.
     *
     * @param {object} order
     * @returns {Array}
     */
    warnings(order) {
        return this.zones
            .map((zone) => this.warning(zone, guestsOf(order, zone)))
            .filter(Boolean);
    }

    warning(zone, guests) {
        const left = free(zone);
        if (guests <= left) {
            return "";
        }
        if (left) {
            return _t("%(zone)s: %(left)s places left", {zone: zone.zone, left});
        }
        return [_t("%s is full", zone.zone), this.nextWords(zone)]
            .filter(Boolean)
            .join(". ");
    }

    nextWords({next_free_minutes: minutes}) {
        return minutes ? _t("Next free place in about %s min", minutes) : "";
    }
}
