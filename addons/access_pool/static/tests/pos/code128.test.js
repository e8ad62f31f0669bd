import {code128, code128Url} from "@access_pool/pos/exit_ticket/code128";
import {describe, expect, test} from "@odoo/hoot";

describe.current.tags("desktop");

// As reportlab makes them.
const DIGITS = "2112322122222312122231121113231321313113211214213111412331112";
const LETTERS = "2112141113231221321231221232213121311242112331112";

test("a ticket's number is two digits to a sign", () => {
    expect(code128("00112233445566").join("")).toBe(DIGITS);
});

test("other codes are sign by sign", () => {
    expect(code128("A-017").join("")).toBe(LETTERS);
});

test("what no reader could read is refused", () => {
    expect(() => code128("Ü")).toThrow();
});

test("there is white before and behind the bars", () => {
    const [, svg] = decodeURIComponent(code128Url("00112233445566")).split(",");
    expect(svg).toMatch(/viewBox="0 0 132 50"/);
    expect(svg).toMatch(/d="M10 0h2/);
});
