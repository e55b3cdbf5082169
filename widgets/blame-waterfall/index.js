// BlameWaterfall: what cost a driver the race, bar by bar. The report arrives once from
// Python; which bar is open and which theme is on are decided here.

import { html, svg } from "../shared/dom.js";
import { followTheme } from "../shared/theme.js";
import { buildUp, drawChart, roleOf, token, whisker } from "./chart.js";
import { hatching, layout } from "./geometry.js";
import { evidenceLaps, panelContent } from "./panel.js";
import { sentence, subtitle, title } from "./words.js";

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {import("./geometry.js").Layout} Layout */
/** @typedef {import("./geometry.js").Step} Step */
/** @typedef {import("./report.js").Report} Report */
/** @typedef {{get(name: string): any}} Model */

const LEAST_WIDTH = 280;

/** @type {[kind: string, name: string][]} */
const MARK_NAMES = [
  ["stop", "pit stop"],
  ["penalty", "penalty"],
  ["incident", "incident"],
  ["rain", "rain"],
  ["retirement", "retirement"],
];

let count = 0;

/**
 * @param {{model: Model, el: HTMLElement}} context
 * @returns {(() => void) | undefined} what to do when the view goes
 */
function render({ model, el }) {
  /** @type {Report} */
  const report = model.get("data");
  if (!report?.driver) return undefined;
  const root = html(
    "section",
    {
      class: "f1lab-card f1lab-wf",
      "aria-label": `Blame waterfall: ${title(report)}`,
    },
    header(report),
  );
  el.append(root);
  const stopTheme = followTheme(root);
  if (report.refusal) {
    root.append(refusal(report.refusal));
    return stopTheme;
  }
  const stopChart = mountChart(root, report, {
    animate: model.get("animate") !== false,
    timeline: model.get("timeline") !== false,
  });
  return () => {
    stopTheme();
    stopChart();
  };
}

/** @param {Report} report */
function header(report) {
  const colour = /^#[0-9a-f]{6}$/i.test(report.team_colour ?? "") ? report.team_colour : null;
  const element = html(
    "header",
    { class: "wf-header" },
    html("h3", { class: "f1-title" }, ...titleParts(title(report))),
    html("p", { class: "wf-subtitle" }, subtitle(report)),
  );
  if (colour) element.style.setProperty("--wf-team", colour);
  const verdict = report.verdict && html("p", { class: "wf-verdict" }, report.verdict);
  return html("div", {}, element, verdict);
}

/**
 * The parts of a title, each kept on a line of its own rather than broken.
 * @param {string} words
 */
function titleParts(words) {
  const parts = words.split(" · ");
  return parts.flatMap((part, i) =>
    i < parts.length - 1 ? [html("span", {}, `${part} ·`), " "] : [html("span", {}, part)],
  );
}

/** @param {string} reason */
function refusal(reason) {
  return html(
    "div",
    { class: "wf-refusal", role: "note" },
    html("strong", {}, "No blame can be given here"),
    html("p", {}, reason),
  );
}

/**
 * @param {HTMLElement} root
 * @param {Report} report
 * @param {{animate: boolean, timeline: boolean}} options
 * @returns {() => void} stops watching the width
 */
function mountChart(root, report, options) {
  const id = `f1lab-wf-${++count}`;
  const stage = html("div", { class: "wf-stage" });
  const legend = html("div", { class: "wf-legend" });
  const panel = html("div", { class: "wf-panel", id, role: "region", hidden: true });
  const live = html("div", { class: "f1-unseen", role: "status" });
  root.append(stage, legend, panel, live);

  /** @type {string | null} */
  let open = null;
  let current = "";
  /** @type {Step[]} */
  let steps = [];
  /** @type {Chart | null} */
  let chart = null;

  /** @param {readonly number[]} pointed laps of the evidence line under the pointer */
  const showLaps = (pointed = []) => {
    const step = steps.find(({ key }) => key === open);
    const laps = pointed.length > 0 ? pointed : step ? evidenceLaps(report, step.key) : [];
    chart?.showLaps(laps, step ? roleOf(step) : "total");
  };

  const close = () => {
    toggle(null);
    chart?.bars.get(current)?.focus();
  };

  /** @param {string | null} key the bar to open, null to close */
  const toggle = (key) => {
    open = key;
    for (const [name, bar] of chart?.bars ?? []) {
      bar.setAttribute("aria-expanded", String(name === open));
    }
    const step = steps.find((candidate) => candidate.key === open);
    panel.hidden = !step;
    panel.replaceChildren(
      ...(step ? panelContent(report, steps, step, { onClose: close, onPoint: showLaps }) : []),
    );
    panel.setAttribute("aria-label", step ? `Evidence: ${step.label}` : "Evidence");
    panel.dataset["role"] = step ? roleOf(step) : "";
    live.textContent = step ? `Evidence for ${sentence(step)}` : "";
    showLaps();
  };

  /** @param {string} key the one bar the Tab key reaches */
  const reach = (key) => {
    current = key;
    for (const [name, bar] of chart?.bars ?? []) {
      bar.setAttribute("tabindex", name === key ? "0" : "-1");
    }
  };

  /** @param {number} width */
  const draw = (width) => {
    const focused = stage.contains(document.activeElement);
    const first = chart === null;
    const place = layout(report, Math.max(width, LEAST_WIDTH), options);
    steps = place.rows.map(({ step }) => step);
    chart = drawChart(report, place, id);
    stage.replaceChildren(chart.element);
    legend.replaceChildren(...legendItems(place));
    reach(current || (steps[0]?.key ?? ""));
    if (open !== null) toggle(open);
    if (focused) chart.bars.get(current)?.focus();
    if (first && options.animate) buildUp(chart);
  };

  stage.addEventListener("click", (event) => {
    const key = keyOf(event);
    if (key === null) return;
    reach(key);
    chart?.bars.get(key)?.focus();
    toggle(key === open ? null : key);
  });
  root.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // A notebook would take a plain key for its own: "x" cuts the cell, Enter edits it.
    event.stopPropagation();
    if (onKey(event.key, keyOf(event))) event.preventDefault();
  });

  /**
   * @param {string} pressed
   * @param {string | null} key the bar it was pressed on, if any
   * @returns {boolean} whether the key meant something
   */
  const onKey = (pressed, key) => {
    if (pressed === "Escape" && open !== null) {
      close();
      return true;
    }
    if (key === null) return false;
    if (pressed === "Enter" || pressed === " ") {
      toggle(key === open ? null : key);
      return true;
    }
    const next = neighbour(steps, key, pressed);
    if (next === undefined) return false;
    reach(next);
    chart?.bars.get(next)?.focus();
    if (open !== null) toggle(next);
    return true;
  };

  let drawn = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.floor(stage.clientWidth);
    if (width <= 0 || width === drawn) return;
    drawn = width;
    draw(width);
  });
  observer.observe(stage);
  return () => observer.disconnect();
}

/**
 * The bar an event happened on.
 * @param {Event} event
 */
function keyOf(event) {
  const bar = event.target instanceof Element ? event.target.closest(".wf-bar") : null;
  return bar?.getAttribute("data-key") ?? null;
}

/**
 * The bar a key leads to.
 * @param {readonly Step[]} steps
 * @param {string} from
 * @param {string} pressed
 * @returns {string | undefined} undefined when the key does not move
 */
export function neighbour(steps, from, pressed) {
  const at = steps.findIndex(({ key }) => key === from);
  const last = steps.length - 1;
  /** @type {Record<string, number>} */
  const targets = {
    ArrowDown: Math.min(at + 1, last),
    ArrowRight: Math.min(at + 1, last),
    ArrowUp: Math.max(at - 1, 0),
    ArrowLeft: Math.max(at - 1, 0),
    Home: 0,
    End: last,
  };
  const target = targets[pressed];
  return target === undefined ? undefined : steps[target]?.key;
}

/** @param {Layout} place */
function legendItems(place) {
  const lost = { x: 0, y: 1, width: 16, height: 11 };
  /** @param {string} words @param {number} width @param {SVGElement[]} drawing */
  const item = (words, width, ...drawing) =>
    html(
      "span",
      { class: "wf-legend-item" },
      svg("svg", { width, height: 15, "aria-hidden": "true" }, ...drawing),
      words,
    );
  /** @param {string} role */
  const fill = (role) => svg("rect", { class: `wf-fill-${role}`, ...lost, rx: 2 });
  const tokens = new Map(place.strip?.marks.map((mark) => [mark.kind, mark.token]));
  return [
    item("time lost", 16, fill("lost")),
    item("time gained", 16, fill("gained"), svg("path", { class: "wf-hatch", d: hatching(lost) })),
    item("not explained", 16, fill("unexplained")),
    item("90 % interval", 18, ...whisker([1, 17], 7)),
    ...MARK_NAMES.filter(([kind]) => tokens.has(kind)).map(([kind, name]) =>
      item(name, 16, ...token(8, 7.5, tokens.get(kind) ?? "")),
    ),
    ...(place.narrow ? [html("span", { class: "wf-hint" }, "Open a bar for evidence")] : []),
  ];
}

export default { render };
