import {expect, test} from "@odoo/hoot";
import {advanceTime, animationFrame, mockFetch} from "@odoo/hoot-mock";
import {startInteraction} from "@web/../tests/public/helpers";

import {REFRESH_MS, StayPage} from "@access_pool/guest/stay_page";
import {SHOWN_SECONDS, Terminal} from "@access_pool/guest/terminal";

const TERMINAL = `
    <div class="o_access_terminal" data-path="/terminal/read">
        <div class="o_access_terminal_idle"/>
        <div class="o_access_terminal_failed d-none"/>
        <div class="o_access_terminal_answer d-none">
            <div class="o_access_terminal_content"/>
            <button class="o_access_terminal_close">
                <span class="o_access_terminal_seconds"/>
            </button>
        </div>
    </div>`;
const stayPage = (facts) => `
    <div class="o_access_stay" data-path="/stay">
        <div class="o_access_stay_offline d-none"/>
        <div class="o_access_stay_facts">${facts}</div>
    </div>`;
const html = (text) => new Response(text, {headers: {"Content-Type": "text/html"}});

function hold(value) {
    for (const key of [...value, "Enter"]) {
        document.body.dispatchEvent(new KeyboardEvent("keydown", {key, bubbles: true}));
    }
    return animationFrame();
}

test("a band is posted, shown for a while and forgotten", async () => {
    mockFetch((url, {method, body}) => {
        expect.step(`${method} ${url} ${body.get("value")}`);
        return html("<p>A-017</p>");
    });
    await startInteraction(Terminal, TERMINAL);
    await hold("04AABBCC");
    expect.verifySteps(["POST /terminal/read 04AABBCC"]);
    expect(".o_access_terminal_content").toHaveText("A-017");
    expect(".o_access_terminal_idle").toHaveClass("d-none");
    await advanceTime(SHOWN_SECONDS * 1000);
    expect(".o_access_terminal_content").toHaveText("");
    expect(".o_access_terminal_idle").not.toHaveClass("d-none");
});

test("the next guest's band takes the place of the last one's", async () => {
    mockFetch((url, {body}) => html(`<p>${body.get("value")}</p>`));
    await startInteraction(Terminal, TERMINAL);
    await hold("04AABBCC");
    await hold("04DDEEFF");
    expect(".o_access_terminal_content").toHaveText("04DDEEFF");
});

test("a terminal without a connection says so, then waits for the next band", async () => {
    mockFetch(() => {
        throw new Error("no network");
    });
    await startInteraction(Terminal, TERMINAL);
    await hold("04AABBCC");
    expect(".o_access_terminal_failed").not.toHaveClass("d-none");
    await advanceTime(SHOWN_SECONDS * 1000);
    expect(".o_access_terminal_failed").toHaveClass("d-none");
});

test("what changed on a guest's page comes by itself", async () => {
    mockFetch(() => html(stayPage("<p>20 min</p>")));
    await startInteraction(StayPage, stayPage("<p>21 min</p>"));
    await advanceTime(REFRESH_MS);
    await animationFrame();
    expect(".o_access_stay_facts").toHaveText("20 min");
});

test("what did not change stays the same element", async () => {
    const facts = (token) => `<p>20 min</p><input name="csrf_token" value="${token}">`;
    mockFetch(() => html(stayPage(facts("b"))));
    await startInteraction(StayPage, stayPage(facts("a")));
    const before = document.querySelector(".o_access_stay_facts p");
    await advanceTime(REFRESH_MS);
    await animationFrame();
    expect(before.isConnected).toBe(true);
});

test("a phone without a network is told that the page may be old", async () => {
    mockFetch(() => {
        throw new Error("no network");
    });
    await startInteraction(StayPage, stayPage("<p>20 min</p>"));
    await advanceTime(REFRESH_MS);
    await animationFrame();
    expect(".o_access_stay_offline").not.toHaveClass("d-none");
    expect(".o_access_stay_facts").toHaveText("20 min");
});
