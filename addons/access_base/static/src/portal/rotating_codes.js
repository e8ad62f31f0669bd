const RETRY_MS = 5000;
const CLOCK_SET_MS = 2000;

// A phone that has these many more shows codes for two minutes without a network.
export const ENOUGH_AHEAD = 4;

const CLOCK = {now: () => Date.now(), ticks: () => performance.now()};

/**
 * The codes of the next half minutes, by the server's clock, however wrong the phone's
 * own one is.
 */
export class RotatingCodes {
    /**
     * @param {Function} ask gives ``{now, step_ms, codes}`` or fails
     * @param {object} clock time of day, which may be set, and ticks, which may sleep
     */
    constructor(ask, clock = CLOCK) {
        this.ask = ask;
        this.clock = clock;
        this.codes = new Map();
        this.stepMs = 30000;
        this.offset = 0;
        this.began = 0;
        this.isAsking = false;
        this.hasFailed = false;
        this.nextTry = -Infinity;
    }

    get step() {
        return Math.floor((this.clock.now() + this.offset) / this.stepMs);
    }

    /**
     * The code of this half minute, if there is one.
     *
     * @returns {object | undefined}
     */
    get current() {
        return this.codes.get(this.step);
    }

    get secondsLeft() {
        const passed = (this.clock.now() + this.offset) % this.stepMs;
        return Math.ceil((this.stepMs - passed) / 1000);
    }

    get ahead() {
        return [...this.codes.keys()].filter((step) => step > this.step).length;
    }

    /**
     * Whether the phone's clock was set (or slept) since the server was asked.
     *
     * @returns {boolean}
     */
    get isClockSet() {
        return (
            Math.abs(this.clock.now() - this.clock.ticks() - this.began) > CLOCK_SET_MS
        );
    }

    /**
     * Ask for more where there are few; never twice at a time.
     */
    async refill() {
        const isEnough = this.current && this.ahead > ENOUGH_AHEAD;
        // More than that to wait: the clock was put back since the last failure.
        const wait = this.nextTry - this.clock.now();
        const isTooSoon = wait > 0 && wait <= RETRY_MS;
        if ((isEnough && !this.isClockSet) || this.isAsking || isTooSoon) {
            return;
        }
        this.isAsking = true;
        const asked = this.clock.now();
        try {
            this._take(await this.ask(), asked);
            this.hasFailed = false;
        } catch {
            this.hasFailed = true;
            this.nextTry = this.clock.now() + RETRY_MS;
        } finally {
            this.isAsking = false;
        }
    }

    /**
     * Ask again at once: the network is back.
     */
    retry() {
        this.nextTry = -Infinity;
        return this.refill();
    }

    _take(answer, asked) {
        // The server looked at its clock about halfway between question and answer.
        this.offset = answer.now - (asked + this.clock.now()) / 2;
        this.began = this.clock.now() - this.clock.ticks();
        this.stepMs = answer.step_ms;
        this.codes = new Map(answer.codes.map((code) => [code.step, code]));
    }
}
