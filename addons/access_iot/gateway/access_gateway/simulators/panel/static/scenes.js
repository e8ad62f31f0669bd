// What points look like. Moving is done by panel.css, told by attributes of the card.

const PERSON = `<g class="walker"><circle cx="0" cy="-46" r="9"/>
<path d="M-11 -18 q0 -16 11 -16 q11 0 11 16 v12 h-5 v22 h-12 v-22 h-5 z"/></g>`;

const CAR = `<g class="walker car"><path d="M-40 0 v-14 q0 -5 6 -6 l12 -2 l9 -14 q2 -3 6 -3
h18 q4 0 7 3 l10 13 l8 2 q5 1 5 6 v15 z"/><path class="pane" d="M-15 -24 l7 -10 h9 v10 z M6 -24
v-10 h8 l8 10 z"/><circle class="tyre" cx="-21" cy="1" r="8"/><circle class="tyre" cx="23"
cy="1" r="8"/></g>`;

const FLOOR = '<path class="floor" d="M6 124 H234"/>';

const DOOR = `${FLOOR}<rect class="opening" x="84" y="20" width="72" height="104"/>
<path class="frame" d="M80 124 V16 H160 V124"/>
<g class="leaf"><rect x="84" y="20" width="72" height="104" rx="2"/><rect class="panelled" x="94"
y="30" width="52" height="36" rx="2"/><rect class="panelled" x="94" y="76" width="52" height="38"
rx="2"/><circle class="knob" cx="148" cy="74" r="4"/></g>
<rect class="bolt" x="150" y="84" width="14" height="7" rx="2"/>
<circle class="sign" cx="120" cy="8" r="5"/>${PERSON}`;

const GATE = `${FLOOR}<g class="wing left"><path d="M74 56 h40 q4 0 4 4 v44 q0 4 -4 4 h-40 z"/></g>
<g class="wing right"><path d="M166 56 h-40 q-4 0 -4 4 v44 q0 4 4 4 h40 z"/></g>
${PERSON}<rect class="post" x="56" y="46" width="24" height="78" rx="5"/>
<rect class="post" x="160" y="46" width="24" height="78" rx="5"/>
<circle class="sign" cx="68" cy="58" r="5"/><circle class="sign" cx="172" cy="58" r="5"/>`;

const BARRIER = `${FLOOR}${CAR}<rect class="post" x="52" y="66" width="26" height="58" rx="4"/>
<g class="arm"><rect class="beam" x="62" y="72" width="160" height="9" rx="4"/>
<path class="stripes" d="M96 72 h18 v9 h-18 z M136 72 h18 v9 h-18 z M176 72 h18 v9 h-18 z"/></g>
<circle class="sign" cx="65" cy="94" r="5"/>`;

const SCENES = {turnstile: GATE, gate: GATE, barrier: BARRIER};

export function scene(kind) {
    return `<svg viewBox="0 0 240 130" aria-hidden="true">${SCENES[kind] ?? DOOR}</svg>`;
}

// What readers have on them.
export function waves() {
    const holder = document.createElement("template");
    holder.innerHTML = `<svg class="waves" viewBox="0 0 24 24" aria-hidden="true">
<path d="M6 9 q3 3 0 6 M11 6 q6 6 0 12 M16 3 q9 9 0 18"/></svg>`;
    return holder.content.firstChild;
}

// A code as the server drew it: numbers and a path, no markup.
export function drawn(code, title) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    svg.setAttribute("viewBox", `0 0 ${code.width} ${code.height}`);
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", title);
    svg.setAttribute("shape-rendering", "crispEdges");
    const path = document.createElementNS(svg.namespaceURI, "path");
    path.setAttribute("d", code.path);
    svg.append(path);
    return svg;
}
