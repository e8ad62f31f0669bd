import {Component, onMounted, onWillUnmount, useState} from "@odoo/owl";
import {useAutofocus} from "@web/core/utils/hooks";
import {usePos} from "@point_of_sale/app/hooks/pos_hook";

/**
 * Takes the next bands: held to the reader, or typed where a chip is broken.
 *
 * While it is on the screen, what is read comes here and nowhere else.
 */
export class BandInput extends Component {
    static template = "access_pool.BandInput";
    static props = {
        hint: String,
        onRead: Function,
    };

    setup() {
        const {captures} = usePos().accessDesk;
        this.state = useState({value: "", error: null, busy: false});
        // On a touch screen the keyboard would cover what is asked.
        useAutofocus({refName: "input"});
        const take = (value) => this.take(value);
        onMounted(() => captures.push(take));
        onWillUnmount(() => captures.splice(captures.indexOf(take), 1));
    }

    async take(value) {
        if (!value.trim() || this.state.busy) {
            return;
        }
        this.state.busy = true;
        try {
            this.state.error = await this.props.onRead(value.trim());
        } finally {
            this.state.busy = false;
            this.state.value = "";
        }
    }

    onKeydown(ev) {
        if (ev.key === "Enter") {
            ev.preventDefault();
            this.take(this.state.value);
        }
    }
}
