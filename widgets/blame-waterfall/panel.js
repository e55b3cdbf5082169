// The evidence behind one bar: what was read, from which laps, worth how many seconds.

import { html } from "../shared/dom.js";
import { lapRanges, secondsText } from "../shared/format.js";
import { facts } from "./words.js";

/** @typedef {import("./geometry.js").Step} Step */
/** @typedef {import("./report.js").Report} Report */
/** @typedef {import("./report.js").Evidence} Evidence */

const MOST_CHIPS = 12;

/**
 * @typedef {object} PanelEvents
 * @property {() => void} onClose
 * @property {(laps: readonly number[]) => void} onPoint laps of the line pointed at
 */

/**
 * What the panel shows for a bar.
 * @param {Report} report
 * @param {readonly Step[]} steps
 * @param {Step} step
 * @param {PanelEvents} events
 * @returns {HTMLElement[]}
 */
export function panelContent(report, steps, step, events) {
  const close = html("button", { type: "button", class: "wf-close", "aria-label": "Close" }, "×");
  close.addEventListener("click", events.onClose);
  const head = html(
    "div",
    { class: "wf-panel-head" },
    html("strong", {}, step.label),
    html("span", { class: "wf-panel-seconds" }, secondsText(step.seconds, 3)),
    close,
  );
  const known = facts(step);
  const line = known.length > 0 && html("p", { class: "wf-facts" }, known.join(" · "));
  return [head, ...(line ? [line] : []), detail(report, steps, step, events)];
}

/**
 * All laps a bar was read from.
 * @param {Report} report
 * @param {string} key
 * @returns {number[]}
 */
export function evidenceLaps(report, key) {
  const evidence = report.categories[key]?.evidence ?? [];
  return [...new Set(evidence.flatMap((item) => item.laps))].sort((a, b) => a - b);
}

/**
 * @param {Report} report
 * @param {readonly Step[]} steps
 * @param {Step} step
 * @param {PanelEvents} events
 */
function detail(report, steps, step, events) {
  if (step.kind === "total") return sum(steps);
  if (step.kind === "unexplained") {
    return html(
      "p",
      { class: "wf-note" },
      "What the model cannot book on a cause. It is shown, so that the bars add up to the gap.",
    );
  }
  const evidence = report.categories[step.key]?.evidence ?? [];
  if (evidence.length === 0) {
    return html("p", { class: "wf-note" }, "No single lap stands out here.");
  }
  return html("ul", { class: "wf-evidence" }, ...evidence.map((item) => line(item, events)));
}

/**
 * @param {Evidence} item
 * @param {PanelEvents} events
 */
function line(item, events) {
  const element = html(
    "li",
    {},
    html(
      "span",
      { class: "wf-evidence-seconds" },
      item.seconds === null ? "" : secondsText(item.seconds, 3),
    ),
    html(
      "span",
      { class: "wf-evidence-text" },
      item.text,
      item.laps.length > 0 && html("span", { class: "wf-chips" }, ...chips(item.laps)),
    ),
  );
  element.addEventListener("pointerenter", () => events.onPoint(item.laps));
  element.addEventListener("pointerleave", () => events.onPoint([]));
  return element;
}

/** @param {number[]} laps */
function chips(laps) {
  const ranges = lapRanges(laps);
  const shown = ranges.slice(0, MOST_CHIPS).map(([first, last]) =>
    html(
      "span",
      { class: "wf-chip" },
      first === last ? `lap ${first}` : `laps ${first}–${last}`,
    ),
  );
  const hidden = ranges.length - shown.length;
  return hidden > 0 ? [...shown, html("span", { class: "wf-more" }, `and ${hidden} more`)] : shown;
}

/**
 * The bars as a sum, to the millisecond.
 * @param {readonly Step[]} steps
 */
function sum(steps) {
  return html(
    "table",
    { class: "wf-sum" },
    ...steps.map((step) =>
      html(
        "tr",
        { class: step.kind === "total" ? "wf-sum-total" : null },
        html("th", { scope: "row" }, step.label),
        html("td", {}, secondsText(step.seconds, 3)),
      ),
    ),
  );
}
