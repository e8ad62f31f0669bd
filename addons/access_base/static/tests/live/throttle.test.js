import {expect, test} from "@odoo/hoot";
import {Deferred, advanceTime} from "@odoo/hoot-mock";

import {Throttle} from "@access_base/live/throttle";

test("a single request runs at once, and once", async () => {
    const throttle = new Throttle(() => expect.step("run"), 1000);
    throttle.request();
    expect.verifySteps(["run"]);
    await advanceTime(5000);
    expect.verifySteps([]);
});

test("requests in between are answered by one run at the end", async () => {
    const throttle = new Throttle(() => expect.step("run"), 1000);
    throttle.request();
    throttle.request();
    await advanceTime(900);
    throttle.request();
    expect.verifySteps(["run"]);
    await advanceTime(100);
    expect.verifySteps(["run"]);
    await advanceTime(5000);
    expect.verifySteps([]);
});

test("a steady stream runs once per interval", async () => {
    const throttle = new Throttle(() => expect.step("run"), 1000);
    for (let i = 0; i < 25; i++) {
        throttle.request();
        await advanceTime(100);
    }
    await advanceTime(1000);
    expect.verifySteps(["run", "run", "run", "run"]);
});

test("a slow task never runs twice at a time", async () => {
    const tasks = [];
    const throttle = new Throttle(() => {
        expect.step("run");
        tasks.push(new Deferred());
        return tasks.at(-1);
    }, 1000);
    throttle.request();
    await advanceTime(3000);
    throttle.request();
    await advanceTime(3000);
    expect.verifySteps(["run"]);
    tasks[0].resolve();
    await advanceTime(0);
    expect.verifySteps(["run"]);
});

test("a request during the task is not lost", async () => {
    const task = new Deferred();
    const throttle = new Throttle(() => {
        expect.step("run");
        return task;
    }, 1000);
    throttle.request();
    throttle.request();
    task.resolve();
    await advanceTime(1000);
    expect.verifySteps(["run", "run"]);
});

test("nothing runs once it is stopped", async () => {
    const throttle = new Throttle(() => expect.step("run"), 1000);
    throttle.request();
    throttle.request();
    throttle.stop();
    throttle.request();
    await advanceTime(5000);
    expect.verifySteps(["run"]);
});
