// Small things several parts are made of.

import { html } from "../shared/dom.js";
import { tyreName } from "./words.js";

/** @typedef {import("./wire.js").Race} Race */

/**
 * A disc with the letter of the tyres, in their colour.
 * @param {Race} race
 * @param {string} compound
 * @param {string} [size] of the style sheet
 */
export function disc(race, compound, size = "") {
  const [fill, ink, letter] = race.compounds[compound] ?? ["#9aa0a6", "#1b1b1b", "?"];
  const element = html("span", { class: `sc-disc ${size}`, title: tyreName(compound), "aria-hidden": "true" }, letter);
  element.style.background = fill;
  element.style.color = ink;
  return element;
}

/**
 * A button that calls once it is pressed.
 * @param {string} css
 * @param {(string | Node)[]} content
 * @param {() => void} onPress
 * @param {Record<string, string | boolean>} [more]
 */
export function button(css, content, onPress, more = {}) {
  const element = html("button", { type: "button", class: css, ...more }, ...content);
  element.addEventListener("click", onPress);
  return element;
}

/** @param {string} name of a key */
export function kbd(name) {
  return html("kbd", { "aria-hidden": "true" }, name);
}

/**
 * A part of the card with a heading.
 * @param {string} css
 * @param {string} title
 * @param {(Node | null)[]} tools beside the heading
 */
export function panel(css, title, tools = []) {
  const body = html("div", { class: "sc-body" });
  const element = html(
    "section",
    { class: `sc-panel ${css}`, "aria-label": title },
    html("header", { class: "sc-panel-head" }, html("h4", {}, title), ...tools),
    body,
  );
  return { element, body };
}

/**
 * Text only written when it differs: what has not changed is not said again.
 * @param {Element} element
 * @param {string} text
 */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @type {WeakMap<Element, string>} */
const drawnAs = new WeakMap();

/**
 * Children only made when what they say differs: most of what is pressed changes one thing.
 * @param {Element} element
 * @param {string} key what they say
 * @param {() => (string | Node)[]} children
 */
export function redraw(element, key, children) {
  if (drawnAs.get(element) === key) return;
  drawnAs.set(element, key);
  element.replaceChildren(...children());
}
