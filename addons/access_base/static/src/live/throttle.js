import {browser} from "@web/core/browser/browser";

/**
 * Runs a task at once when it is asked for, but at most once per interval and never
 * twice at a time. Whatever is asked for meanwhile is answered by one more run at the
 * end of the interval, so the last request is never lost.
 */
export class Throttle {
    /**
     * @param {() => any} task
     * @param {number} interval in milliseconds, from start to start
     */
    constructor(task, interval) {
        this.task = task;
        this.interval = interval;
        this.isResting = false;
        this.isAsked = false;
        this.isStopped = false;
    }

    request() {
        this.isAsked = true;
        if (!this.isResting && !this.isStopped) {
            this._run();
        }
    }

    stop() {
        this.isStopped = true;
        browser.clearTimeout(this.timer);
    }

    async _run() {
        this.isAsked = false;
        this.isResting = true;
        const rest = new Promise((resolve) => {
            this.timer = browser.setTimeout(resolve, this.interval);
        });
        try {
            await this.task();
        } finally {
            await rest;
            this.isResting = false;
            if (this.isAsked) {
                this.request();
            }
        }
    }
}
