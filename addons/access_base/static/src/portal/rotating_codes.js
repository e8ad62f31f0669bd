const RETRY_MS = 5000;
const CLOCK_SET_MS = 2000;

// A phone that has these many more shows codes for two minutes without a network.
export const ENOUGH_AHEAD = 4;

/**
 * The codes of the next half minutes, by the server's clock, however wrong the phone's
 * own one is.
 */
export class RotatingCodes {
    /**
     * @param {Function} ask gives ``{now, step_ms, codes}`` or fails
     */
    constructor(ask) {
        this.ask = ask;
        this.codes = new Map();
        this.stepMs = 30000;
        this.offset = 0;
        this.began = 0;
        this.isAsking = false;
        this.hasFailed = false;
        this.nextTry = -Infinity;
    }

    get step() {
        return Math.floor((Date.now() + this.offset) / this.stepMs);
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
        const passed = (Date.now() + this.offset) % this.stepMs;
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
        return Math.abs(Date.now() - performance.now() - this.began) > CLOCK_SET_MS;
    }

    /**
     * Ask for more where there are few; never twice at a time.
     */
    async refill() {
        const isEnough = this.current && this.ahead > ENOUGH_AHEAD;
        // More than that to wait: the clock was put back since the last failure.
        const wait = this.nextTry - Date.now();
        const isTooSoon = wait > 0 && wait <= RETRY_MS;
        if ((isEnough && !this.isClockSet) || this.isAsking || isTooSoon) {
            return;
        }
        this.isAsking = true;
        const asked = Date.now();
        try {
            this._take(await this.ask(), asked);
            this.hasFailed = false;
        } catch {
            this.hasFailed = true;
            this.nextTry = Date.now() + RETRY_MS;
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
        this.offset = answer.now - (asked + Date.now()) / 2;
        this.began = Date.now() - performance.now();
        this.stepMs = answer.step_ms;
        this.codes = new Map(answer.codes.map((code) => [code.step, code]));
    }
}
