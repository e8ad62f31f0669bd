/** What a person does not type: longer than a slip, and faster than fingers. */
const SHORTEST = 6;
const LONGEST_PAUSE = 50;

const isValue = (target) => "value" in target && !target.readOnly;

/**
 * Tells what a desk reader types from what a person types.
 *
 * A desk reader is a keyboard to the computer: it types a number and Enter, into
 * whatever has the focus. What it typed there is taken out again.
 */
export class DeskReader {
    constructor(onScan) {
        this.onScan = onScan;
        this.forget();
    }

    forget() {
        this.text = "";
        this.last = -Infinity;
        this.target = null;
        this.before = null;
    }

    /**
     * To be called before anybody else sees the key.
     */
    onKeydown(ev) {
        if (ev.ctrlKey || ev.altKey || ev.metaKey) {
            this.forget();
        } else if (ev.key === "Enter") {
            this.onEnter(ev);
        } else if (ev.key && ev.key.length === 1) {
            this.onSign(ev);
        } else if (ev.key !== "Shift") {
            this.forget();
        }
    }

    onSign(ev) {
        // When it was typed, not when a busy browser came to look at it.
        const now = ev.timeStamp;
        if (now - this.last > LONGEST_PAUSE || ev.target !== this.target) {
            this.text = "";
            this.target = ev.target;
            this.before = isValue(ev.target) ? ev.target.value : null;
        }
        this.text += ev.key;
        this.last = now;
    }

    onEnter(ev) {
        const {text, target, before} = this;
        const fast = ev.timeStamp - this.last <= LONGEST_PAUSE;
        this.forget();
        if (!fast || text.length < SHORTEST || !this.onScan(text)) {
            return;
        }
        ev.preventDefault();
        ev.stopImmediatePropagation();
        if (before !== null && target.value !== before) {
            target.value = before;
            target.dispatchEvent(new InputEvent("input", {bubbles: true}));
            target.dispatchEvent(new Event("change", {bubbles: true}));
        }
    }
}
