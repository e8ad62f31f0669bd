import {expect, test} from "@odoo/hoot";
import {Deferred} from "@odoo/hoot-mock";

import {accessProgress} from "@access_base/progress/progress";

const ACTION = {name: "Checking", params: {model: "access.check", id: 7}};

function environment(answers) {
    const dialog = {};
    return {
        dialog,
        services: {
            orm: {
                silent: {
                    async call(model, method, [ids]) {
                        expect.step(`${model} ${ids} ${method}`);
                        return answers.shift();
                    },
                },
            },
            dialog: {
                add(component, props, {onClose}) {
                    Object.assign(dialog, {props, close: onClose});
                    return () => expect.step("closed");
                },
            },
        },
    };
}

test("steps are done until the last one says what is next", async () => {
    const next = {type: "ir.actions.act_window_close"};
    const env = environment([
        {done: 1, total: 2},
        {done: 2, total: 2, next},
    ]);
    expect(await accessProgress(env, ACTION)).toBe(next);
    const step = "access.check 7 action_step";
    expect.verifySteps([step, step, "closed"]);
    expect(env.dialog.props.progress.done).toBe(2);
});

test("who closes the dialog stops the work", async () => {
    const first = new Deferred();
    const env = environment([first, {type: "stopped"}]);
    const ended = accessProgress(env, ACTION);
    env.dialog.close();
    first.resolve({done: 1, total: 2});
    expect((await ended).type).toBe("stopped");
    expect.verifySteps([
        "access.check 7 action_step",
        "access.check 7 action_stop",
        "closed",
    ]);
});
