import {registry} from "@web/core/registry";

const see = (trigger) => ({content: `See ${trigger}`, trigger});

/**
 * Hold a band to the reader, which types like a keyboard, as soon as the page listens.
 *
 * @param {string} value of the chip
 * @returns {object}
 */
const hold = (value) => ({
    content: `Hold ${value} to the reader`,
    trigger: ".o_access_terminal",
    run: async () => {
        const seconds = document.querySelector(".o_access_terminal_seconds");
        while (!seconds.textContent) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        for (const key of [...value, "Enter"]) {
            const press = new KeyboardEvent("keydown", {key, bubbles: true});
            document.body.dispatchEvent(press);
        }
    },
});

registry.category("web_tour.tours").add("access_pool_terminal", {
    steps: () => [
        see(".o_access_terminal_idle"),
        hold("04AA0001"),
        see(".o_access_terminal_content:contains(A-001)"),
        see(".o_access_terminal_content .o_access_stay_qr"),
        hold("04FFFFFF"),
        see(".o_access_terminal_content:not(:contains(A-001)):contains(not known)"),
        {
            content: "Done before the time is over",
            trigger: ".o_access_terminal_close",
            run: "click",
        },
        see(".o_access_terminal_idle"),
    ],
});

registry.category("web_tour.tours").add("access_pool_stay", {
    steps: () => [
        {
            content: "What is shown is old",
            trigger: ".o_access_stay_facts p:contains(Nothing to pay)",
            run: ({anchor}) => {
                anchor.textContent = "something old";
                document.dispatchEvent(new Event("visibilitychange"));
            },
        },
        see(".o_access_stay_facts p:contains(Nothing to pay)"),
        {
            content: "No wider than the screen",
            trigger: ".o_access_stay",
            run: () => {
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("The page is wider than the screen");
                }
            },
        },
    ],
});
