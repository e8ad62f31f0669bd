import {expect, test} from "@odoo/hoot";
import {Deferred, advanceTime, mockDate} from "@odoo/hoot-mock";

import {RotatingCodes} from "@access_base/portal/rotating_codes";

const MINUTE = 60 * 1000;

/**
 * A server whose clock may differ from the phone's, and that may be out of reach.
 */
class Server {
    constructor(ahead = 0) {
        this.ahead = ahead;
        this.isReachable = true;
        this.asked = 0;
    }

    get now() {
        return Date.now() + this.ahead;
    }

    get step() {
        return Math.floor(this.now / 30000);
    }

    async answer() {
        this.asked++;
        if (!this.isReachable) {
            throw new Error("no network");
        }
        const codes = [...Array(10).keys()].map((n) => ({step: this.step + n}));
        return {now: this.now, step_ms: 30000, codes};
    }
}

async function start(server) {
    mockDate("2026-11-21 07:30:00", 0);
    const codes = new RotatingCodes(() => server.answer());
    await codes.refill();
    return codes;
}

/**
 * Let time pass as the page does: it looks once a second.
 */
async function pass(codes, seconds, look = () => null) {
    for (let second = 0; second < seconds; second++) {
        await advanceTime(1000);
        await codes.refill();
        look();
    }
}

test("the code is the one of the server's half minute", async () => {
    const server = new Server();
    const codes = await start(server);
    expect(codes.secondsLeft).toBe(30);
    await pass(codes, 95, () => expect(codes.current.step).toBe(server.step));
    expect(codes.secondsLeft).toBe(25);
});

test("a wrong clock of the phone does not matter", async () => {
    for (const ahead of [-7 * MINUTE, 3 * 60 * MINUTE + 12345]) {
        const server = new Server(ahead);
        const codes = await start(server);
        await pass(codes, 65, () => expect(codes.current.step).toBe(server.step));
    }
});

test("a clock that is set while the page is open is noticed", async () => {
    const server = new Server();
    const codes = await start(server);
    mockDate("2026-11-21 07:32:00", 0);
    server.ahead = -2 * MINUTE;
    await pass(codes, 1);
    expect(codes.current.step).toBe(server.step);
});

test("at any moment it lasts two minutes without a network", async () => {
    for (let second = 0; second < 180; second += 10) {
        const server = new Server();
        const codes = await start(server);
        await pass(codes, second);
        server.isReachable = false;
        await pass(codes, 120, () => expect(codes.current.step).toBe(server.step));
    }
});

test("codes are not asked for while there are enough", async () => {
    const server = new Server();
    const codes = await start(server);
    await pass(codes, 120);
    expect(server.asked).toBe(1);
    await pass(codes, 60);
    expect(server.asked).toBe(2);
});

test("when the last code is over there is none, until the network is back", async () => {
    const server = new Server();
    const codes = await start(server);
    server.isReachable = false;
    await pass(codes, 301);
    expect(codes.current).toBe(undefined);
    expect(codes.hasFailed).toBe(true);
    server.isReachable = true;
    await codes.retry();
    expect(codes.current.step).toBe(server.step);
    expect(codes.hasFailed).toBe(false);
});

test("out of reach, it asks every five seconds", async () => {
    const server = new Server();
    server.isReachable = false;
    const codes = await start(server);
    await pass(codes, 20);
    expect(server.asked).toBe(5);
});

test("a slow answer is waited for, and half of its time counts", async () => {
    mockDate("2026-11-21 07:30:00", 0);
    const server = new Server();
    const answer = new Deferred();
    const codes = new RotatingCodes(() => {
        expect.step("asked");
        return answer;
    });
    codes.refill();
    await advanceTime(5000);
    const reply = await server.answer();
    await advanceTime(5000);
    codes.refill();
    answer.resolve(reply);
    await advanceTime(0);
    expect.verifySteps(["asked"]);
    expect(Math.abs(codes.offset)).toBeLessThan(50);
});
