import {registry} from "@web/core/registry";

/** How long a PIN is shown: enough to write it down, not to be found by the next one. */
export const SHOWN_MS = 30_000;

/** Shows a PIN for a while, and no longer than the page on which it was asked for. */
export function showPin(env, action) {
    const {title, message} = action.params;
    const close = env.services.notification.add(message, {
        title,
        type: "info",
        sticky: true,
    });
    let timer = null;
    const end = () => {
        clearTimeout(timer);
        env.bus.removeEventListener("ACTION_MANAGER:UPDATE", end);
        close();
    };
    timer = setTimeout(end, SHOWN_MS);
    env.bus.addEventListener("ACTION_MANAGER:UPDATE", end);
    // The form is read again, with the note that the PIN was shown.
    return {type: "ir.actions.act_window_close"};
}

registry.category("actions").add("access_show_pin", showPin);
