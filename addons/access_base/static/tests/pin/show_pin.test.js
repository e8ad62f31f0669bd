import {beforeEach, expect, test} from "@odoo/hoot";
import {EventBus} from "@odoo/owl";
import {advanceTime} from "@odoo/hoot-mock";

import {SHOWN_MS, showPin} from "@access_base/pin/show_pin";

let env = null;

beforeEach(() => {
    env = {
        bus: new EventBus(),
        services: {
            notification: {
                add(message, {title}) {
                    expect.step(`show ${title} ${message}`);
                    return () => expect.step("close");
                },
            },
        },
    };
    const next = showPin(env, {params: {title: "PIN", message: "4711"}});
    expect(next.type).toBe("ir.actions.act_window_close");
    expect.verifySteps(["show PIN 4711"]);
});

test("a PIN goes by itself", async () => {
    // The clock goes on by itself as well, so not to the millisecond.
    await advanceTime(SHOWN_MS - 5000);
    expect.verifySteps([]);
    await advanceTime(5000);
    expect.verifySteps(["close"]);
});

test("a PIN goes with the page, and only once", async () => {
    env.bus.trigger("ACTION_MANAGER:UPDATE", {});
    expect.verifySteps(["close"]);
    env.bus.trigger("ACTION_MANAGER:UPDATE", {});
    await advanceTime(SHOWN_MS);
    expect.verifySteps([]);
});
