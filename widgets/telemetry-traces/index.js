// TelemetryTraces: laps over distance. Python sends the samples of the chosen laps; which part
// is in view and where the cursor is are decided here, which laps are shown is asked of Python.

import { html } from "../shared/dom.js";
import { followTheme } from "../shared/theme.js";
import { copied, drawnLaps, unpack } from "./data.js";
import { trackMap } from "./map.js";
import { partsTable } from "./parts.js";
import { pickers } from "./pickers.js";
import { mountStage } from "./stage.js";
import { placeText } from "./words.js";

/** @typedef {import("./data.js").Wire} Wire */
/** @typedef {import("./pickers.js").Pick} Pick */
/** @typedef {{get(name: string): any, on(event: string, call: () => void): void, off(event: string, call: () => void): void, send(content: unknown): void}} Model */

/**
 * @param {{model: Model, el: HTMLElement}} context
 * @returns {() => void} what to do when the view goes
 */
function render({ model, el }) {
  const root = html("section", { class: "f1lab-card f1lab-tt", "aria-label": "Telemetry traces" });
  el.append(root);
  const stopTheme = followTheme(root);
  /** @type {Shown | null} */
  let shown = null;
  /** @type {Map<string, Pick[]>} last choice of each mode */
  const remembered = new Map();

  /** @param {Pick[]} laps */
  const choose = (laps) => {
    root.setAttribute("aria-busy", "true");
    model.send({ kind: "choose", laps });
  };

  const load = () => {
    /** @type {Wire} */
    const wire = model.get("data");
    /** @type {DataView} */
    const samples = model.get("samples");
    // Words and samples come in one message, but their changes are told one by one.
    if (!wire?.laps || samples?.byteLength !== wire.bytes || shown?.revision === wire.revision) return;
    remembered.set(wire.mode, wire.laps.map(({ driver, lap }) => [driver, lap]));
    const focus = focusOf(root);
    const view = shown?.key === keyOf(wire) ? (shown?.view() ?? null) : null;
    shown?.destroy();
    shown = show(root, wire, copied(samples), { view, choose, remembered });
    root.removeAttribute("aria-busy");
    refocus(root, focus);
  };

  const recolour = new MutationObserver(() => shown?.recolour());
  recolour.observe(root, { attributes: true, attributeFilter: ["data-theme"] });
  model.on("change:data", load);
  model.on("change:samples", load);
  load();
  return () => {
    model.off("change:data", load);
    model.off("change:samples", load);
    recolour.disconnect();
    stopTheme();
    shown?.destroy();
  };
}

/**
 * What a view belongs to: it stays while laps of one track are exchanged.
 * @param {Wire} wire
 */
function keyOf(wire) {
  return `${wire.mode} ${Math.round(wire.length_m / 100)}`;
}

/**
 * The control that has the focus, by its place, for it is about to be made anew.
 * @param {HTMLElement} root
 */
function focusOf(root) {
  const active = document.activeElement;
  if (!active || !root.contains(active)) return -1;
  return focusable(root).indexOf(/** @type {HTMLElement} */ (active));
}

/** @param {HTMLElement} root @param {number} index */
function refocus(root, index) {
  if (index >= 0) focusable(root)[index]?.focus({ preventScroll: true });
}

/** @param {HTMLElement} root @returns {HTMLElement[]} */
function focusable(root) {
  return [...root.querySelectorAll("select, button, .tt-stage, summary")].map(
    (element) => /** @type {HTMLElement} */ (element),
  );
}

/**
 * @typedef {object} Shown
 * @property {number} revision
 * @property {string} key
 * @property {() => import("./view.js").View} view
 * @property {() => void} recolour
 * @property {() => void} destroy
 */

/**
 * @param {HTMLElement} root
 * @param {Wire} wire
 * @param {ArrayBuffer} buffer
 * @param {object} options
 * @param {import("./view.js").View | null} options.view
 * @param {(laps: Pick[]) => void} options.choose
 * @param {Map<string, Pick[]>} options.remembered
 * @returns {Shown}
 */
function show(root, wire, buffer, { view, choose, remembered }) {
  const laps = drawnLaps(wire, buffer);
  const palette = paletteOf(root);
  const table = pickers(wire, choose);
  const where = html("span", { class: "tt-where" });
  const map = wire.map && trackMap(wire, unpack(wire.map, buffer), (place) => stage.point(place));
  const stage = mountStage(wire, laps, {
    view,
    palette: palette.read,
    onMove(now, place) {
      where.textContent = placeText(wire, place);
      table.showValues(laps, place);
      map?.showView(now);
      map?.showCursor(place);
    },
  });
  const parts = partsTable(wire);
  root.setAttribute("aria-label", wire.title);
  root.replaceChildren(
    html("header", { class: "tt-header" }, html("h3", { class: "f1-title" }, wire.title), modes(wire, choose, remembered)),
    html("p", { class: "tt-notice", role: "status" }, wire.problem),
    html(
      "div",
      { class: "tt-top" },
      html("div", { class: "tt-left" }, table.element, html("p", { class: "tt-note" }, wire.note)),
      map && html("figure", { class: "tt-side" }, map.element),
    ),
    html(
      "div",
      { class: "tt-tools" },
      where,
      html("span", { class: "tt-hint" }, "Drag to zoom, shift and drag to move; click, then use wheel or keys (← → + − 0, page up and down)"),
      tool("−", "Zoom out", () => stage.zoom("out")),
      tool("+", "Zoom in", () => stage.zoom("in")),
      tool("All", "Show all", () => stage.zoom("all")),
    ),
    stage.element,
    ...(parts ? [parts] : []),
  );
  return {
    revision: wire.revision,
    key: keyOf(wire),
    view: stage.view,
    recolour() {
      palette.refresh();
      stage.recolour();
    },
    destroy: stage.destroy,
  };
}

/**
 * @param {string} words
 * @param {string} label
 * @param {() => void} onClick
 */
function tool(words, label, onClick) {
  const button = html("button", { type: "button", class: "tt-button", "aria-label": label }, words);
  button.addEventListener("click", onClick);
  return button;
}

/**
 * Single laps or the whole race; only where there is more than one lap to choose.
 * @param {Wire} wire
 * @param {(laps: Pick[]) => void} choose
 * @param {Map<string, Pick[]>} remembered
 */
function modes(wire, choose, remembered) {
  const drivers = [...new Set(wire.laps.map(({ driver }) => driver))];
  /** @param {"laps" | "race"} mode @param {string} words */
  const button = (mode, words) => {
    const element = html("button", { type: "button", class: "tt-button", "aria-pressed": String(wire.mode === mode) }, words);
    element.addEventListener("click", () => {
      if (wire.mode === mode) return;
      const kept = mode === "laps" ? remembered.get(mode) : undefined;
      choose(kept ?? drivers.slice(0, 4).map((driver) => [driver, mode === "race" ? "race" : "fastest"]));
    });
    return element;
  };
  return html("div", { class: "tt-modes", role: "group", "aria-label": "What is shown" }, button("laps", "Single laps"), button("race", "Whole session"));
}

/**
 * Colours of the lines as the style sheet has them for the theme.
 * @param {HTMLElement} root
 */
function paletteOf(root) {
  const look = () => {
    const style = getComputedStyle(root);
    /** @param {string} name */
    const colour = (name) => style.getPropertyValue(name).trim();
    return {
      lines: Array.from({ length: 6 }, (_, i) => colour(`--tt-line-${i}`)),
      ink: colour("--f1-muted"),
      grid: colour("--f1-grid"),
    };
  };
  // A notebook attaches the view after it is made; until then there are no colours to read.
  let known = look();
  return {
    read: () => (known.ink ? known : (known = look())),
    refresh: () => {
      known = look();
    },
  };
}

export default { render };
