import {LiveKanbanRenderer, liveKanbanView} from "@access_base/live/live_kanban_view";
import {_t} from "@web/core/l10n/translation";
import {KanbanHeader} from "@web/views/kanban/kanban_header";
import {PointKanbanController} from "@access_base/live/point_kanban_view";
import {registry} from "@web/core/registry";

/** Rows have numbers: alone such a number says nothing. */
export class LockerPlanHeader extends KanbanHeader {
    static template = "access_iot.LockerPlanHeader";

    get title() {
        const {displayName, groupByField, value} = this.group;
        return groupByField.name === "row" ? _t("Row %s", value) : displayName;
    }
}

export class LockerPlanRenderer extends LiveKanbanRenderer {
    static components = {
        ...LiveKanbanRenderer.components,
        KanbanHeader: LockerPlanHeader,
    };
}

export const lockerPlanView = {
    ...liveKanbanView,
    Controller: PointKanbanController,
    Renderer: LockerPlanRenderer,
};

registry.category("views").add("access_locker_plan", lockerPlanView);
