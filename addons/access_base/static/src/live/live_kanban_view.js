import {registry} from "@web/core/registry";
import {KanbanController} from "@web/views/kanban/kanban_controller";
import {KanbanRecord} from "@web/views/kanban/kanban_record";
import {KanbanRenderer} from "@web/views/kanban/kanban_renderer";
import {kanbanView} from "@web/views/kanban/kanban_view";
import {useState} from "@odoo/owl";
import {useLive} from "./live_hook";
import {LiveIndicator} from "./live_indicator";

export class LiveKanbanController extends KanbanController {
    static template = "access_base.LiveKanbanView";
    static components = {...KanbanController.components, LiveIndicator};

    setup() {
        super.setup();
        this.live = useLive(this.model);
    }
}

export class LiveKanbanRecord extends KanbanRecord {
    setup() {
        super.setup();
        this.live = useState(this.env.live);
    }

    /** @override */
    getRecordClasses() {
        const classNames = super.getRecordClasses();
        const isNew = this.live.newIds.has(this.props.record.resId);
        return isNew ? `${classNames} o_access_new` : classNames;
    }
}

export class LiveKanbanRenderer extends KanbanRenderer {
    static template = "access_base.LiveKanbanRenderer";
    static components = {...KanbanRenderer.components, KanbanRecord: LiveKanbanRecord};

    /**
     * A card stays the same element when the list is loaded anew: what the user is about
     * to press does not vanish under their finger.
     *
     * @override
     */
    getGroupsOrRecords() {
        return super.getGroupsOrRecords().map((shown) => {
            return shown.record ? {...shown, key: shown.record.resId} : shown;
        });
    }
}

export const liveKanbanView = {
    ...kanbanView,
    Controller: LiveKanbanController,
    Renderer: LiveKanbanRenderer,
};

registry.category("views").add("access_live_kanban", liveKanbanView);
