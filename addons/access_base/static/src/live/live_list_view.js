import {registry} from "@web/core/registry";
import {ListController} from "@web/views/list/list_controller";
import {ListRenderer} from "@web/views/list/list_renderer";
import {listView} from "@web/views/list/list_view";
import {useState} from "@odoo/owl";
import {useLive} from "./live_hook";
import {LiveIndicator} from "./live_indicator";

export class LiveListController extends ListController {
    static template = "access_base.LiveListView";
    static components = {...ListController.components, LiveIndicator};

    setup() {
        super.setup();
        this.live = useLive(this.model);
    }
}

export class LiveListRenderer extends ListRenderer {
    static rowsTemplate = "access_base.LiveListRenderer.Rows";
    static recordRowTemplate = "access_base.LiveListRenderer.RecordRow";

    setup() {
        super.setup();
        this.live = useState(this.env.live);
    }

    /** @override */
    getRowClass(record) {
        const classNames = super.getRowClass(record);
        const isNew = this.live.newIds.has(record.resId);
        return isNew ? `${classNames} o_access_new` : classNames;
    }
}

export const liveListView = {
    ...listView,
    Controller: LiveListController,
    Renderer: LiveListRenderer,
};

registry.category("views").add("access_live_list", liveListView);
