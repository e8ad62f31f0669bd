import {post} from "@web/core/network/http_service";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

export const SHOWN_MS = 20000;

/**
 * Shows a PIN for a short while.
 */
export class AccessPin extends Interaction {
    static selector = ".o_access_pin";
    dynamicContent = {
        _document: {"t-on-visibilitychange": () => document.hidden && this.hide()},
        ".o_access_pin_show": {
            "t-on-click": this.show,
            "t-att-class": () => ({"d-none": this.pin}),
        },
        ".o_access_pin_hide": {
            "t-on-click": this.hide,
            "t-att-class": () => ({"d-none": !this.pin}),
        },
        ".o_access_pin_digits": {"t-out": () => this.pin || "••••••"},
        ".o_access_pin_refused": {
            "t-att-class": () => ({"d-none": !this.refused}),
            "t-out": () => this.refused,
        },
        ".o_access_pin_offline": {"t-att-class": () => ({"d-none": !this.isOffline})},
    };

    setup() {
        this.hide();
        this.refused = "";
        this.isOffline = false;
    }

    async show() {
        const url = `/my/access/pin/${this.el.dataset.id}`;
        let answer = {};
        try {
            answer = await this.waitFor(post(url, {csrf_token: odoo.csrf_token}));
            this.isOffline = false;
        } catch {
            this.isOffline = true;
        }
        this.pin = answer.pin ?? "";
        this.refused = answer.error ?? "";
        clearTimeout(this.timer);
        this.timer = this.waitForTimeout(this.hide, SHOWN_MS);
    }

    hide() {
        this.pin = "";
    }
}

registry.category("public.interactions").add("access_base.access_pin", AccessPin);
