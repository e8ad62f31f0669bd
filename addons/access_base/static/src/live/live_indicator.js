import {_t} from "@web/core/l10n/translation";
import {Component} from "@odoo/owl";

/** Says in the control panel whether new passages appear by themselves. */
export class LiveIndicator extends Component {
    static template = "access_base.LiveIndicator";
    static props = {live: Object};

    get state() {
        const {isConnected, isHeld} = this.props.live;
        if (!isConnected) {
            return {
                name: "disconnected",
                color: "text-muted",
                label: _t("Reconnecting…"),
                help: _t("What is new appears once the connection is back."),
            };
        }
        if (isHeld) {
            return {
                name: "held",
                color: "text-warning",
                label: _t("Paused"),
                help: _t("Deselect the rows and go to the first page to go on."),
            };
        }
        return {
            name: "connected",
            color: "text-success",
            label: _t("Live"),
            help: _t("What is new appears by itself."),
        };
    }
}
