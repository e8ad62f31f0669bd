import {registry} from "@web/core/registry";

const PAGE = ".o_access_page";

function goTo(path) {
    return {
        content: `Go to ${path}`,
        trigger: `${PAGE} nav a[href='${path}']`,
        run: "click",
        expectUnloadPage: true,
    };
}

registry.category("web_tour.tours").add("access_portal", {
    steps: () => [
        {
            content: "My account leads there",
            trigger: ".o_portal_docs a[href='/my/access']",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "No page is wider than the phone",
            trigger: `${PAGE} button:contains(Get my QR code)`,
            run: () => {
                if (document.documentElement.scrollWidth > window.innerWidth) {
                    throw new Error("The page is wider than the screen");
                }
            },
        },
        {
            content: "Get a QR code",
            trigger: `${PAGE} button:contains(Get my QR code)`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is there, with its time",
            trigger: ".o_access_qr_next:not(.invisible):contains(/New code in \\d+ s/)",
        },
        {
            content: "It is as wide as the phone allows, and black on white",
            trigger: ".o_access_qr_code path[d^=M]",
            run() {
                const box = this.anchor.closest("svg").getBoundingClientRect();
                if (box.width < 280) {
                    throw new Error(`Only ${box.width} pixels wide`);
                }
            },
        },
        {
            content: "The PIN is hidden",
            trigger: ".o_access_pin_digits:contains(••••••)",
        },
        {
            content: "Show it",
            trigger: ".o_access_pin_show",
            run: "click",
        },
        {
            content: "Here it is",
            trigger: ".o_access_pin_digits:contains(/^\\d{6}$/)",
        },
        {
            content: "Hide it",
            trigger: ".o_access_pin_hide:not(.d-none)",
            run: "click",
        },
        {
            content: "It is hidden again",
            trigger: ".o_access_pin_digits:contains(••••••)",
        },
        {
            content: "A plate that is none",
            trigger: "#add-plate",
            run: "edit ?",
        },
        {
            content: "Add it",
            trigger: "#plate button:contains(Add)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is said beside the field",
            trigger: "#error-plate:contains(A number plate has)",
        },
        {
            content: "One that is right",
            trigger: "#add-plate",
            run: "edit wa 12-345",
        },
        {
            content: "Add it, too",
            trigger: "#plate button:contains(Add)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Remove it again",
            trigger: "#plate:contains(WA12345) .o_access_remove",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is gone; report the card lost",
            trigger: "body:not(:contains(WA12345)) .o_access_lost summary",
            run: "click",
        },
        {
            content: "Yes",
            trigger: ".o_access_lost[open] button:contains(Yes)",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "It is lost",
            trigger: "#card .badge:contains(Lost)",
        },
        goTo("/my/access/rights"),
        {
            content: "A ticket with what is left",
            trigger: ".o_access_ticket:contains(10 of 10 entries left)",
        },
        goTo("/my/access/visits"),
        {
            content: "Ask about a refusal",
            trigger: ".o_access_visit:contains(Outside the hours) a",
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "There is an answer; and now?",
            trigger: `${PAGE}:has(.alert) a:contains(Can I get in now?)`,
            run: "click",
            expectUnloadPage: true,
        },
        {
            content: "Yes",
            trigger: "#answer .alert-success:contains(May pass)",
        },
    ],
});
