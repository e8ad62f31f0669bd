import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {onWillDestroy} from "@odoo/owl";
import {LiveKanbanController, liveKanbanView} from "./live_kanban_view";

const CLOCK_INTERVAL = 30_000;

/** What holds at a point follows the clock too: of that no server tells. */
export class PointKanbanController extends LiveKanbanController {
    setup() {
        super.setup();
        const timer = browser.setInterval(this.live.refresh, CLOCK_INTERVAL);
        onWillDestroy(() => browser.clearInterval(timer));
    }
}

export const pointKanbanView = {
    ...liveKanbanView,
    Controller: PointKanbanController,
};

registry.category("views").add("access_point_kanban", pointKanbanView);
