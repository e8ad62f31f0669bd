// People, what they have with them, and what of it is in the hand.

import {button, byId, make, order, say, setText} from "./tools.js";

const KINDS = {
    card: "Card",
    wristband: "Band",
    qr: "QR",
    barcode: "Barcode",
    plate: "Plate",
    pin: "PIN",
    phone: "Phone",
    mobile_key: "Key",
};
// What a reader of a kind takes.
const TAKES = {
    card: ["card", "wristband"],
    barcode: ["barcode", "qr"],
    plate: ["plate"],
    pin: ["pin"],
};
export const READS = {
    card: "cards and bands",
    barcode: "barcodes and QR codes",
    plate: "number plates",
    pin: "PINs",
};
let hand = null;

export function take(token) {
    hand = hand === token ? null : token;
    for (const chip of document.querySelectorAll(".chip")) {
        chip.setAttribute(
            "aria-pressed",
            String(hand !== null && chip.dataset.key === hand.key)
        );
    }
    setText(byId("hand"), hand ? `In hand: ${hand.who}` : "");
    document.body.classList.toggle("holding", hand !== null);
}

export function hold(reader) {
    if (!hand) {
        say("Take a card of somebody first.");
        return;
    }
    const who = hand.who;
    if (hand.kind === "pin" && reader.keypad) {
        order("type", {reader: reader.id, keys: `${hand.value}#`, who});
    } else if ((TAKES[reader.reads] ?? []).includes(hand.kind)) {
        order("hold", {reader: reader.id, value: hand.value, who});
    } else {
        say(`${reader.name} reads ${READS[reader.reads] ?? reader.reads}.`);
    }
}

export function showPeople(people) {
    if (byId("people").childElementCount) {
        return;
    }
    for (const [place, person] of people.entries()) {
        // Bands are found by the number on them as well.
        const labels = person.tokens.map((token) => token.label ?? "");
        const chips = person.tokens.map((token, number) => {
            const key = `${place}.${number}`;
            const label = token.label ?? KINDS[token.kind] ?? token.kind;
            const known = {...token, key, who: `${person.name} · ${label}`};
            const chip = button(label, () => take(known), {
                className: `chip ${token.kind}`,
                draggable: true,
                title: token.value,
                dataset: {key, kind: token.kind},
                aria: {pressed: "false", label: `${known.who} ${token.value}`},
            });
            chip.addEventListener("dragstart", (event) => {
                event.dataTransfer.setData("text/plain", token.value);
                hand = null;
                take(known);
            });
            return chip;
        });
        const row = make(
            "li",
            {dataset: {name: [person.name, ...labels].join(" ").toLowerCase()}},
            make("span", {className: "name", textContent: person.name}),
            make("span", {className: "chips"}, ...chips)
        );
        if (person.note) {
            row.append(make("span", {className: "note", textContent: person.note}));
        }
        byId("people").append(row);
    }
}

/** Something that nobody here has: a ticket that a till printed, say. */
export function showTyped(text) {
    const row = byId("typed");
    row.replaceChildren();
    for (const kind of text ? ["card", "barcode"] : []) {
        const token = {kind, value: text, key: `typed.${kind}`, who: text};
        const chip = button(`${KINDS[kind]} ${text}`, () => take(token), {
            className: `chip ${kind}`,
            dataset: {key: token.key, kind},
            aria: {pressed: "false"},
        });
        row.append(chip);
    }
}

export function putAway() {
    if (hand) {
        take(hand);
    }
}
