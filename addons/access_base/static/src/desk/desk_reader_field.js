import {Component, useExternalListener, useRef, xml} from "@odoo/owl";
import {DeskReader} from "./desk_reader";
import {registry} from "@web/core/registry";
import {standardFieldProps} from "@web/views/fields/standard_field_props";
import {useService} from "@web/core/utils/hooks";

/**
 * Hands what a desk reader types to the server, wherever the focus is in the form.
 *
 * Only a new record takes it: a card that is held to the reader while another one's
 * form is open must not change that one.
 */
export class DeskReaderField extends Component {
    static template = xml`<span t-ref="root" class="d-none"/>`;
    static props = {...standardFieldProps};

    setup() {
        this.ui = useService("ui");
        this.root = useRef("root");
        const reader = new DeskReader((text) => this.onScan(text));
        const onKeydown = (ev) => reader.onKeydown(ev);
        useExternalListener(window, "keydown", onKeydown, {capture: true});
    }

    /** Tells whether the scan was taken: a form below a dialog takes none. */
    onScan(text) {
        const {name, record} = this.props;
        if (!record.isNew || !this.ui.activeElement.contains(this.root.el)) {
            return false;
        }
        record.update({[name]: text});
        return true;
    }
}

registry.category("fields").add("access_desk_reader", {
    component: DeskReaderField,
    supportedTypes: ["char"],
});
