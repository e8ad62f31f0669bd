import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

export const REFRESH_MS = 30000;

/**
 * Keeps a guest's page up to date: what has changed is put in its place.
 */
export class StayPage extends Interaction {
    static selector = ".o_access_stay";
    dynamicContent = {
        _document: {"t-on-visibilitychange": () => document.hidden || this.refresh()},
        _window: {"t-on-online": () => this.refresh()},
        ".o_access_stay_offline": {"t-att-class": () => ({"d-none": !this.isOffline})},
    };

    setup() {
        this.isOffline = false;
    }

    start() {
        const timer = setInterval(() => document.hidden || this.refresh(), REFRESH_MS);
        this.registerCleanup(() => clearInterval(timer));
    }

    async refresh() {
        let answer = null;
        try {
            const path = this.el.dataset.path;
            answer = await this.waitFor(browser.fetch(path, {cache: "no-store"}));
        } catch {
            this.isOffline = true;
            this.updateContent();
            return;
        }
        if (answer.status === 404) {
            // The page has ended: what it says now, the server says.
            browser.location.reload();
            return;
        }
        this.isOffline = !answer.ok;
        if (answer.ok) {
            this.show(await this.waitFor(answer.text()));
        }
        this.updateContent();
    }

    show(html) {
        const page = new DOMParser().parseFromString(html, "text/html");
        const facts = this.el.querySelector(".o_access_stay_facts");
        const fresh = page.querySelector(".o_access_stay_facts");
        const token = facts.querySelector("[name=csrf_token]");
        const freshToken = fresh?.querySelector("[name=csrf_token]");
        if (token && freshToken) {
            // It is another one each time.
            freshToken.setAttribute("value", token.value);
        }
        if (fresh && !facts.isEqualNode(fresh)) {
            facts.replaceChildren(...fresh.childNodes);
        }
    }
}

registry.category("public.interactions").add("access_pool.stay_page", StayPage);
