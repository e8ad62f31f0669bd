// The front panel: shows each picture that comes from the server, sends what persons do.

import {drawn, scene, waves} from "./scenes.js";
import {READS, hold, putAway, showPeople, showTyped} from "./people.js";
import {
    button,
    byId,
    keep,
    make,
    order,
    setChildren,
    setData,
    setText,
} from "./tools.js";

const KEYS = ["1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "0", "#"];
let readers = {};

// -- readers -----------------------------------------------------------------------

function buildReader(reader) {
    const screen = make("span", {className: "screen"});
    const face = button("", () => hold(readers[reader.id]), {
        className: "reader",
        aria: {label: `Hold to ${reader.name}`},
    });
    face.append(make("span", {className: "led"}), waves(), screen);
    face.addEventListener("dragover", (event) => event.preventDefault());
    face.addEventListener("drop", (event) => {
        event.preventDefault();
        hold(readers[reader.id]);
    });
    const told = make("ol", {
        className: "attempts",
        aria: {label: `At ${reader.name}`},
    });
    const body = make("div", {className: "face"}, face);
    if (reader.keypad) {
        body.append(buildKeys(reader));
    }
    const all = make(
        "div",
        {className: "at", dataset: {reader: reader.id}},
        body,
        told
    );
    return Object.assign(all, {parts: {face, screen, told, beeps: reader.beeps}});
}

function buildKeys(reader) {
    const keys = KEYS.map((key) =>
        button(key, () => order("type", {reader: reader.id, keys: key, who: "PIN"}), {
            className: "key",
        })
    );
    return make(
        "div",
        {className: "keys", role: "group", ariaLabel: `Keys of ${reader.name}`},
        ...keys
    );
}

function showReader(id) {
    const reader = readers[id];
    const all = keep(`reader ${id}`, () => buildReader(reader));
    const {parts} = all;
    setData(parts.face, {
        lamp: reader.lamp ?? "off",
        lit: reader.hasLamp,
        plugged: reader.plugged,
    });
    setText(
        parts.screen,
        reader.plugged ? reader.text || READS[reader.reads] : "unplugged"
    );
    parts.screen.classList.toggle("idle", !reader.text);
    if (parts.beeps !== reader.beeps) {
        parts.beeps = reader.beeps;
        parts.face.classList.remove("beeping");
        void parts.face.offsetWidth;
        parts.face.classList.add("beeping");
    }
    const lines = reader.attempts.map(
        (one) => `${one.clock}  ${one.who}: ${one.result ?? "…"}`
    );
    const known = lines.join("\n");
    if (parts.known !== known) {
        parts.known = known;
        parts.told.replaceChildren(
            ...reader.attempts.map((one) =>
                make(
                    "li",
                    {
                        className: /opened (again )?after/.test(one.result)
                            ? "yes"
                            : one.result
                              ? "no"
                              : "open",
                    },
                    make("time", {textContent: one.clock}),
                    make("b", {textContent: one.who}),
                    make("span", {textContent: one.result ?? "…"})
                )
            )
        );
    }
    return all;
}

// -- doors, gates, barriers --------------------------------------------------------------

function buildPoint(point) {
    const does = (name) => () => order(name, {point: point.id});
    const has = (sense) => point.senses.includes(sense);
    const buttons = [];
    if (point.lock) {
        const words = point.kind === "barrier" ? "Drive through" : "Walk through";
        buttons.push(button(words, does("walk"), {className: "main"}));
    }
    const door = has("contact")
        ? button("Open", does("door"), {className: "door"})
        : null;
    if (door) {
        buttons.push(door);
    }
    if (has("exit_button")) {
        buttons.push(button("Exit button", does("button")));
    }
    if (has("reverse_passage")) {
        buttons.push(button("Come back", does("back")));
    }
    if (has("contact") || has("passage")) {
        buttons.push(button("Force", does("force"), {className: "danger"}));
    }
    const pill = make("span", {className: "pill"});
    const view = make("div", {className: "scene"});
    view.innerHTML = scene(point.kind);
    const at = make("div", {className: "readers"});
    const card = make(
        "article",
        {className: "point", dataset: {point: point.id}},
        make("h2", {}, make("span", {textContent: point.name}), pill),
        view,
        at,
        make("div", {className: "actions"}, ...buttons)
    );
    return Object.assign(card, {parts: {pill, at, door}});
}

function showPoint(point) {
    const card = keep(`point ${point.id}`, () => buildPoint(point));
    const state = point.forced
        ? "forced"
        : point.open
          ? "open"
          : point.released
            ? "released"
            : "shut";
    setData(card, {
        state,
        kind: point.kind,
        released: point.released,
        open: point.open,
        passing: point.passing,
    });
    setText(card.parts.pill, state);
    if (card.parts.door) {
        setText(card.parts.door, point.open ? "Shut" : "Open");
    }
    setChildren(
        card.parts.at,
        point.readers.filter((id) => readers[id]).map(showReader)
    );
    return card;
}

// -- lockers, printers, the rest --------------------------------------------------------------

function showLocker(locker) {
    const door = keep(`locker ${locker.id}`, () =>
        button("", () => order("shut", {locker: locker.id}), {
            className: "locker",
            dataset: {locker: locker.number},
        })
    );
    if (!door.firstChild) {
        door.append(
            make("span", {className: "inside"}),
            make("span", {className: "front", textContent: locker.number})
        );
    }
    setData(door, {open: locker.open, broken: locker.outOfOrder});
    const state = locker.outOfOrder
        ? "out of order"
        : locker.open
          ? "open: push it shut"
          : "shut";
    door.setAttribute("aria-label", `Locker ${locker.number}, ${state}`);
    door.title = state;
    return door;
}

function showBank(bank) {
    const card = keep(`bank ${bank.id}`, () =>
        make(
            "article",
            {className: "bank"},
            make("h2", {textContent: bank.name}),
            ...bank.rows.map((row) =>
                Object.assign(
                    make(
                        "div",
                        {className: "row", dataset: {row: row.row}},
                        make("h3", {textContent: `Row ${row.row}`}),
                        make("div", {className: "terminals"}),
                        make("div", {className: "doors"})
                    )
                )
            )
        )
    );
    for (const row of bank.rows) {
        const place = card.querySelector(`[data-row="${row.row}"]`);
        setChildren(place.querySelector(".terminals"), row.terminals.map(showReader));
        setChildren(place.querySelector(".doors"), row.lockers.map(showLocker));
    }
    return card;
}

function showSlip(slip) {
    const paper = make(
        "div",
        {className: "slip"},
        ...slip.title.map((line) => make("strong", {textContent: line})),
        ...slip.lines.map((line) => make("span", {textContent: line || " "}))
    );
    if (slip.bars) {
        paper.append(
            drawn(slip.bars, slip.barcode),
            make("code", {textContent: slip.barcode})
        );
    }
    if (slip.squares) {
        paper.append(make("div", {className: "qr"}, drawn(slip.squares, slip.qr)));
    }
    return paper;
}

function showPrinter(printer) {
    const card = keep(`printer ${printer.id}`, () =>
        make(
            "article",
            {className: "printer"},
            make("h2", {textContent: printer.name}),
            make("div", {className: "slot"}),
            make("div", {className: "paper"})
        )
    );
    const known = JSON.stringify(printer.slips);
    if (card.known !== known) {
        card.known = known;
        card.lastChild.replaceChildren(...[...printer.slips].reverse().map(showSlip));
    }
    return card;
}

function showDetectors(detectors) {
    setChildren(
        byId("detectors"),
        detectors.map((one, place) => {
            const key = `fire ${one.device} ${one.number}`;
            const alarm = keep(key, () =>
                button(
                    "Fire alarm",
                    () => order("fire", {device: one.device, number: one.number}),
                    {className: "switch fire", dataset: {place}}
                )
            );
            alarm.setAttribute("aria-pressed", String(one.alarm));
            return alarm;
        })
    );
    document.body.classList.toggle(
        "burning",
        detectors.some((one) => one.alarm)
    );
}

function showBoards(boards) {
    setChildren(
        byId("boards"),
        boards.map((board) => {
            const plug = keep(`board ${board.id}`, () =>
                button(board.name, () => order("plug", {device: board.id}), {
                    className: "switch plug",
                    title: board.driver,
                })
            );
            plug.setAttribute("aria-pressed", String(board.plugged));
            return plug;
        })
    );
}

// -- the whole ---------------------------------------------------------------------

function show(picture) {
    readers = picture.readers;
    setText(byId("title"), picture.title);
    document.title = `${picture.title} · front panel`;
    byId("erp").hidden = !picture.erp;
    if (picture.erp) {
        byId("erp").href = picture.erp;
    }
    byId("visitors").hidden = picture.visitors === null;
    byId("visitors").setAttribute("aria-pressed", String(picture.visitors === true));
    showPeople(picture.people);
    showDetectors(picture.detectors);
    setChildren(byId("points"), picture.points.map(showPoint));
    setChildren(byId("banks"), picture.banks.map(showBank));
    setChildren(byId("printers"), picture.printers.map(showPrinter));
    showBoards(picture.boards);
}

function listen() {
    const live = new EventSource("/live");
    live.onopen = () => setText(byId("live"), "live");
    live.onmessage = (event) => show(JSON.parse(event.data));
    live.onerror = () => setText(byId("live"), "connecting");
    live.addEventListener("open", () => byId("live").classList.add("on"));
    live.addEventListener("error", () => byId("live").classList.remove("on"));
}

byId("visitors").addEventListener("click", (event) =>
    order("visitors", {on: event.target.getAttribute("aria-pressed") !== "true"})
);
byId("search").addEventListener("input", (event) => {
    const wanted = event.target.value.trim().toLowerCase();
    for (const row of byId("people").children) {
        row.hidden = !row.dataset.name.includes(wanted);
    }
    showTyped(event.target.value.trim());
});
document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
        putAway();
    }
    if (event.key === "/" && event.target.tagName !== "INPUT") {
        event.preventDefault();
        byId("search").focus();
    }
});
listen();
