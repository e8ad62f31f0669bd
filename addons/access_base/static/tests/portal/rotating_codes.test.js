import {expect, test} from "@odoo/hoot";
import {Deferred} from "@odoo/hoot-mock";

import {RotatingCodes} from "@access_base/portal/rotating_codes";

const MINUTE = 60 * 1000;

/**
 * A phone, and a server whose clock may differ from the phone's or be out of reach.
 */
class World {
    constructor(ahead = 0) {
        this.time = Date.UTC(2026, 10, 21, 7, 30);
        this.ahead = ahead;
        this.wasSet = 0;
        this.isReachable = true;
        this.asked = 0;
        this.codes = new RotatingCodes(() => this.answer(), {
            now: () => this.time + this.wasSet - this.ahead,
            ticks: () => this.time,
        });
    }

    get step() {
        return Math.floor(this.time / 30000);
    }

    async answer() {
        this.asked++;
        if (!this.isReachable) {
            throw new Error("no network");
        }
        const codes = [...Array(10).keys()].map((n) => ({step: this.step + n}));
        return {now: this.time, step_ms: 30000, codes};
    }

    /**
     * Let time pass as the page does: it looks each second.
     */
    async pass(seconds) {
        const shown = [];
        for (let second = 0; second < seconds; second++) {
            this.time += 1000;
            await this.codes.refill();
            shown.push(this.codes.current?.step - this.step);
        }
        return shown;
    }

    /**
     * Expect that each second of some shows the code of then.
     */
    async passWell(seconds) {
        const shown = await this.pass(seconds);
        expect(shown.every((difference) => difference === 0)).toBe(true);
    }
}

async function start(ahead) {
    const world = new World(ahead);
    await world.codes.refill();
    return world;
}

test("the code is the one of the server's half minute", async () => {
    const world = await start();
    expect(world.codes.secondsLeft).toBe(30);
    await world.passWell(95);
    expect(world.codes.secondsLeft).toBe(25);
});

test("a wrong clock of the phone does not matter", async () => {
    for (const ahead of [-7 * MINUTE, 3 * 60 * MINUTE + 12345]) {
        const world = await start(ahead);
        await world.passWell(65);
    }
});

test("a clock that is set while the page is open is noticed", async () => {
    const world = await start();
    world.wasSet = 2 * MINUTE;
    await world.passWell(1);
});

test("at any moment it lasts two minutes without a network", async () => {
    for (let second = 0; second < 180; second++) {
        const world = await start();
        await world.pass(second);
        world.isReachable = false;
        await world.passWell(120);
    }
});

test("codes are not asked for while there are enough", async () => {
    const world = await start();
    await world.pass(149);
    expect(world.asked).toBe(1);
    await world.pass(1);
    expect(world.asked).toBe(2);
});

test("when the last code is over there is none, until the network is back", async () => {
    const world = await start();
    world.isReachable = false;
    await world.passWell(299);
    await world.pass(1);
    expect(world.codes.current).toBe(undefined);
    expect(world.codes.hasFailed).toBe(true);
    world.isReachable = true;
    await world.codes.retry();
    expect(world.codes.current.step).toBe(world.step);
    expect(world.codes.hasFailed).toBe(false);
});

test("out of reach, it asks every five seconds", async () => {
    const world = new World();
    world.isReachable = false;
    await world.pass(21);
    expect(world.asked).toBe(5);
});

test("a slow answer is waited for, and half of its time counts", async () => {
    const world = new World();
    const answer = new Deferred();
    world.codes.ask = () => {
        expect.step("asked");
        return answer;
    };
    const asked = world.codes.refill();
    world.time += 5000;
    const reply = await world.answer();
    await world.codes.refill();
    world.time += 5000;
    answer.resolve(reply);
    await asked;
    expect.verifySteps(["asked"]);
    expect(world.codes.offset).toBe(0);
});
