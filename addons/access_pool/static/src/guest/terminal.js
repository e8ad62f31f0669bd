import {DeskReader} from "@access_base/desk/desk_reader";
import {browser} from "@web/core/browser/browser";
import {registry} from "@web/core/registry";
import {Interaction} from "@web/public/interaction";

export const SHOWN_SECONDS = 15;

/**
 * Shows what is on a band that is held to the reader, for a short while.
 *
 * The number is kept nowhere: it is posted, and forgotten.
 */
export class Terminal extends Interaction {
    static selector = ".o_access_terminal";
    dynamicContent = {
        _document: {
            "t-on-keydown.capture": (ev) => this.reader.onKeydown(ev),
        },
        ".o_access_terminal_close": {"t-on-click": this.close},
        ".o_access_terminal_idle": {
            "t-att-class": () => ({"d-none": this.state !== "idle"}),
        },
        ".o_access_terminal_failed": {
            "t-att-class": () => ({"d-none": this.state !== "failed"}),
        },
        ".o_access_terminal_answer": {
            "t-att-class": () => ({"d-none": this.state !== "answer"}),
        },
        ".o_access_terminal_seconds": {"t-out": () => String(this.seconds)},
    };

    setup() {
        this.state = "idle";
        this.seconds = 0;
        this.asked = 0;
        this.reader = new DeskReader((value) => {
            this.ask(value);
            return true;
        });
    }

    start() {
        const timer = setInterval(() => this.tick(), 1000);
        this.registerCleanup(() => clearInterval(timer));
    }

    async ask(value) {
        // Of two bands in a row the last one counts.
        const asked = ++this.asked;
        const body = new FormData();
        body.set("value", value);
        body.set("csrf_token", odoo.csrf_token);
        let html = null;
        try {
            const answer = await browser.fetch(this.el.dataset.path, {
                method: "POST",
                body,
            });
            if (answer.status === 400 || answer.status === 404) {
                // The session has ended, or the address is another one.
                browser.location.reload();
                return;
            }
            html = answer.ok ? await answer.text() : null;
        } catch {
            html = null;
        }
        if (asked === this.asked && !this.isDestroyed) {
            this.show(html);
        }
    }

    show(html) {
        const content = this.el.querySelector(".o_access_terminal_content");
        content.replaceChildren();
        this.state = html === null ? "failed" : "answer";
        this.seconds = SHOWN_SECONDS;
        if (html !== null) {
            const page = new DOMParser().parseFromString(html, "text/html");
            content.replaceChildren(...page.body.childNodes);
        }
        this.updateContent();
    }

    tick() {
        if (this.state === "idle") {
            return;
        }
        this.seconds -= 1;
        if (this.seconds <= 0) {
            this.close();
        } else {
            this.updateContent();
        }
    }

    close() {
        this.asked++;
        this.state = "idle";
        this.el.querySelector(".o_access_terminal_content").replaceChildren();
        this.updateContent();
    }
}

registry.category("public.interactions").add("access_pool.terminal", Terminal);
