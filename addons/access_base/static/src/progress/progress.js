import {Component, reactive, useState} from "@odoo/owl";
import {Dialog} from "@web/core/dialog/dialog";
import {registry} from "@web/core/registry";

/** Shows how far some work is that the server does step by step. */
export class ProgressDialog extends Component {
    static template = "access_base.ProgressDialog";
    static components = {Dialog};
    static props = {title: String, progress: Object, close: Function};

    setup() {
        this.progress = useState(this.props.progress);
    }

    get percent() {
        const {done, total} = this.progress;
        return total ? Math.min(100, Math.floor((100 * done) / total)) : 0;
    }
}

/** Has the server do one step after the other, until all is done or somebody stops it. */
export async function accessProgress(env, action) {
    const {model, id} = action.params;
    const call = (method) => env.services.orm.silent.call(model, method, [[id]]);
    const progress = reactive({done: 0, total: 0});
    let isStopped = false;
    const close = env.services.dialog.add(
        ProgressDialog,
        {title: action.name, progress},
        {
            onClose: () => {
                isStopped = true;
            },
        }
    );
    try {
        while (!isStopped) {
            const {done, total, next} = await call("action_step");
            Object.assign(progress, {done, total});
            if (next) {
                return next;
            }
        }
        return await call("action_stop");
    } finally {
        close();
    }
}

registry.category("actions").add("access_progress", accessProgress);
