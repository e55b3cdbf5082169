// The drawn traces with their cursor: pointer, wheel and keys move the view.

import { html } from "../shared/dom.js";
import { LEFT, RIGHT, drawPanels } from "./panels.js";
import { between, nextOf, panned, showing, zoomed } from "./view.js";
import { placeSentence } from "./words.js";

/** @typedef {import("./data.js").Lap} Lap */
/** @typedef {import("./data.js").Wire} Wire */
/** @typedef {import("./view.js").View} View */

const LEAST_WIDTH = 220;
/** Corner numbers stand no closer than this [px]. */
const LABEL_ROOM = 17;
/** One notch of the wheel, and one press of a key. */
const WHEEL = 1.0016;
const KEY_ZOOM = 1.6;

/**
 * @typedef {object} Stage
 * @property {HTMLElement} element
 * @property {() => View} view
 * @property {(place: number) => void} point put the cursor somewhere
 * @property {(how: "in" | "out" | "all") => void} zoom
 * @property {() => void} recolour
 * @property {() => void} destroy
 */

/**
 * @param {Wire} wire
 * @param {readonly Lap[]} laps
 * @param {object} options
 * @param {View | null} options.view to begin with; null for all of it
 * @param {() => import("./panels.js").Palette} options.palette
 * @param {(view: View, place: number) => void} options.onMove once a frame at most
 * @returns {Stage}
 */
export function mountStage(wire, laps, { view: first, palette, onMove }) {
  const length = wire.length_m;
  /** @type {View} */
  let view = first ?? [0, length];
  let place = Math.min(Math.max(view[0], 0), length);
  let width = 0;
  /** @type {import("./panels.js").Panels | null} */
  let panels = null;

  const corners = wire.corners.map((corner) => {
    const button = html("button", { type: "button", class: "tt-corner", tabindex: -1, title: `Turn ${corner.label}` }, corner.label);
    button.addEventListener("click", () => {
      view = between(corner.begin_m - 60, corner.end_m + 60, length);
      place = corner.apex_m;
      changed(true);
    });
    return { corner, button };
  });
  const strip = html("div", { class: "tt-corners" }, html("span", { "aria-hidden": "true" }, corners.length > 0 ? "Turn" : ""), ...corners.map(({ button }) => button));
  const line = html("div", { class: "tt-cursor" });
  const range = html("div", { class: "tt-range", hidden: true });
  const plot = html("div", { class: "tt-plot" });
  const element = html(
    "div",
    {
      class: "tt-stage",
      role: "slider",
      tabindex: 0,
      "aria-label": "Cursor along the traces",
      "aria-valuemin": 0,
      "aria-valuemax": Math.round(length),
      "aria-orientation": "horizontal",
    },
    html("div", { class: "tt-canvas" }, plot, range, line),
  );

  const inner = () => Math.max(width - LEFT - RIGHT, 1);
  /** @param {number} at */
  const toPixel = (at) => LEFT + ((at - view[0]) / (view[1] - view[0])) * inner();
  /** @param {number} pixel */
  const toPlace = (pixel) =>
    Math.min(Math.max(view[0] + ((pixel - LEFT) / inner()) * (view[1] - view[0]), view[0]), view[1]);
  /** @param {MouseEvent} event */
  const pixelOf = (event) => event.clientX - element.getBoundingClientRect().left;

  let frame = 0;
  let moved = false;
  /** @param {boolean} viewToo whether the view changed, not the cursor alone */
  const changed = (viewToo) => {
    moved ||= viewToo;
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (moved) {
        panels?.show(view);
        placeCorners();
      }
      moved = false;
      line.style.transform = `translateX(${toPixel(place).toFixed(1)}px)`;
      line.hidden = place < view[0] || place > view[1];
      element.setAttribute("aria-valuenow", String(Math.round(place)));
      element.dataset["view"] = view.map((at) => at.toFixed(1)).join(" ");
      onMove(view, place);
    });
  };
  const speak = () => element.setAttribute("aria-valuetext", placeSentence(wire, laps, place));

  const placeCorners = () => {
    let taken = -Infinity;
    for (const { corner, button } of corners) {
      const x = toPixel(corner.apex_m);
      const fits = x >= LEFT && x <= width - RIGHT + 1 && x - taken >= LABEL_ROOM;
      button.hidden = !fits;
      if (!fits) continue;
      taken = x;
      button.style.transform = `translateX(${x.toFixed(1)}px) translateX(-50%)`;
    }
  };

  /** @type {{from: number, view: View, pan: boolean} | null} */
  let drag = null;
  element.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    element.focus({ preventScroll: true });
    drag = { from: pixelOf(event), view, pan: event.shiftKey };
    if (element.setPointerCapture) element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    const x = pixelOf(event);
    if (drag?.pan) {
      const metres = ((drag.from - x) / inner()) * (drag.view[1] - drag.view[0]);
      view = panned(drag.view, metres, length);
      changed(true);
      return;
    }
    place = toPlace(x);
    if (drag) {
      const [a, b] = [drag.from, x].map((pixel) => toPixel(toPlace(pixel)));
      range.hidden = Math.abs((b ?? 0) - (a ?? 0)) < 5;
      range.style.left = `${Math.min(a ?? 0, b ?? 0)}px`;
      range.style.width = `${Math.abs((b ?? 0) - (a ?? 0))}px`;
    }
    changed(false);
  });
  const endDrag = () => {
    range.hidden = true;
    drag = null;
    speak();
  };
  element.addEventListener("pointerup", (event) => {
    if (drag && !drag.pan && Math.abs(pixelOf(event) - drag.from) >= 5) {
      view = between(toPlace(drag.from), toPlace(pixelOf(event)), length);
      changed(true);
    }
    endDrag();
  });
  element.addEventListener("pointercancel", endDrag);
  element.addEventListener("dblclick", () => zoom("all"));
  element.addEventListener(
    "wheel",
    (event) => {
      // Where the page can scroll, the wheel is the page's until the traces are chosen.
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== element) return;
      event.preventDefault();
      const unit = event.deltaMode === 1 ? 30 : 1;
      const sideways = event.shiftKey ? event.deltaY || event.deltaX : event.deltaX;
      if (Math.abs(sideways) > Math.abs(event.deltaY) || event.shiftKey) {
        view = panned(view, (sideways * unit * (view[1] - view[0])) / inner(), length);
      } else {
        view = zoomed(view, WHEEL ** (event.deltaY * unit), toPlace(pixelOf(event)), length);
      }
      changed(true);
    },
    { passive: false },
  );
  element.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    // A notebook would take a plain key for its own: "x" cuts the cell.
    event.stopPropagation();
    if (onKey(event.key, event.shiftKey)) {
      event.preventDefault();
      speak();
    }
  });

  /**
   * @param {string} key
   * @param {boolean} shift
   * @returns {boolean} whether the key meant something
   */
  const onKey = (key, shift) => {
    const span = view[1] - view[0];
    const step = Math.max(span / 200, 1);
    const apexes =
      wire.mode === "race"
        ? Array.from({ length: Math.round(length / wire.lap_m) }, (_, i) => i * wire.lap_m)
        : wire.corners.map(({ apex_m }) => apex_m);
    /** @param {number | null} to */
    const go = (to) => {
      place = Math.min(Math.max(to ?? place, 0), length);
      view = showing(view, place, length);
    };
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => (shift ? (view = panned(view, -span / 8, length)) : go(place - step)),
      ArrowRight: () => (shift ? (view = panned(view, span / 8, length)) : go(place + step)),
      Home: () => go(0),
      End: () => go(length),
      PageUp: () => go(nextOf(apexes, place, -1)),
      PageDown: () => go(nextOf(apexes, place, 1)),
      "+": () => (view = zoomed(view, 1 / KEY_ZOOM, place, length)),
      "=": () => (view = zoomed(view, 1 / KEY_ZOOM, place, length)),
      "-": () => (view = zoomed(view, KEY_ZOOM, place, length)),
      "0": () => (view = [0, length]),
      Escape: () => (view = [0, length]),
    };
    const action = keys[key];
    if (!action) return false;
    action();
    changed(true);
    return true;
  };

  /** @param {"in" | "out" | "all"} how */
  const zoom = (how) => {
    if (how === "all") view = [0, length];
    else {
      const anchor = Math.min(Math.max(place, view[0]), view[1]);
      view = zoomed(view, how === "in" ? 1 / KEY_ZOOM : KEY_ZOOM, anchor, length);
    }
    changed(true);
  };

  const observer = new ResizeObserver(() => {
    const now = Math.max(Math.floor(element.clientWidth), LEAST_WIDTH);
    if (element.clientWidth <= 0 || now === width) return;
    width = now;
    if (panels) panels.resize(width);
    else {
      panels = drawPanels(wire, laps, { view, width, palette });
      plot.append(panels.element);
    }
    changed(true);
  });
  observer.observe(element);
  speak();
  return {
    element: html("div", { class: "tt-frame" }, strip, element), // no buttons within a slider
    view: () => view,
    point(at) {
      place = at;
      view = showing(view, at, length);
      changed(true);
    },
    zoom,
    recolour: () => panels?.recolour(),
    destroy() {
      observer.disconnect();
      if (frame) cancelAnimationFrame(frame);
      panels?.destroy();
    },
  };
}
