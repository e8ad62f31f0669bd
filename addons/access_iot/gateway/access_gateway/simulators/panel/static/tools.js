// Small tools of the page, and how it tells the server what persons do.

export const byId = (id) => document.getElementById(id);
const kept = new Map();

export function make(tag, properties = {}, ...children) {
    const {dataset, aria, ...rest} = properties;
    const element = Object.assign(document.createElement(tag), rest);
    for (const [name, value] of Object.entries(aria ?? {})) {
        element.setAttribute(`aria-${name}`, value);
    }
    Object.assign(element.dataset, dataset ?? {});
    element.append(...children);
    return element;
}

// The element of a key, made once.
export function keep(key, build) {
    if (!kept.has(key)) {
        kept.set(key, build());
    }
    return kept.get(key);
}

export function setText(element, text) {
    if (element.textContent !== text) {
        element.textContent = text;
    }
}

export function setData(element, values) {
    for (const [name, value] of Object.entries(values)) {
        const told = String(value ?? "");
        if (element.dataset[name] !== told) {
            element.dataset[name] = told;
        }
    }
}

export function setChildren(parent, children) {
    const same =
        parent.childNodes.length === children.length &&
        children.every((child, place) => parent.childNodes[place] === child);
    if (!same) {
        parent.replaceChildren(...children);
    }
}

export function button(words, act, properties = {}) {
    const made = make("button", {type: "button", textContent: words, ...properties});
    made.addEventListener("click", act);
    return made;
}

let silence = null;
export function say(words) {
    setText(byId("said"), words);
    byId("said").classList.add("shown");
    clearTimeout(silence);
    silence = setTimeout(() => byId("said").classList.remove("shown"), 3500);
}

export async function order(name, told) {
    try {
        const answer = await fetch(`/do/${name}`, {
            method: "POST",
            body: JSON.stringify(told),
            headers: {"Content-Type": "application/json", "X-Panel": "1"},
        });
        const said = await answer.json();
        if (said.message) {
            say(said.message);
        }
    } catch {
        say("The simulated devices have gone.");
    }
}
