// The circuit from above: the part in view, the corners, and where the cursor is.

import { svg } from "../shared/dom.js";
import { valueAt } from "./data.js";

/** @typedef {import("./data.js").Wire} Wire */
/** @typedef {import("./view.js").View} View */

const SIZE = 232;
const MARGIN = 20;

/**
 * @typedef {object} TrackMap
 * @property {SVGElement} element
 * @property {(view: View) => void} showView
 * @property {(place: number | null) => void} showCursor
 */

/**
 * Draw the circuit, or nothing when no lap has places.
 * @param {Wire} wire
 * @param {Record<string, import("./data.js").Samples>} places
 * @param {(place: number) => void} onPoint place under the pointer
 * @returns {TrackMap | null}
 */
export function trackMap(wire, places, onPoint) {
  const { at, x, y } = places;
  if (!(at instanceof Float32Array) || !x || !y || at.length < 2) return null;
  const [toX, toY, width, height] = fitted(x, y);
  /** @param {number} place */
  const point = (place) => {
    const [px, py] = [valueAt(at, x, place), valueAt(at, y, place)];
    return px === null || py === null ? null : { x: toX(px), y: toY(py) };
  };
  const length = at[at.length - 1] ?? wire.lap_m;
  const d = outline(x, y, toX, toY);
  const seen = svg("path", { class: "tt-map-view", d, pathLength: length });
  const dot = svg("circle", { class: "tt-map-cursor", r: 6, visibility: "hidden" });
  const middle = { x: width / 2, y: height / 2 };
  const start = point(0);
  const element = svg(
    "svg",
    { class: "tt-map", viewBox: `0 0 ${Math.round(width)} ${Math.round(height)}`, role: "img" },
    svg("title", {}, `Circuit map with ${wire.corners.length} corners`),
    svg("path", { class: "tt-map-track", d }),
    seen,
    start && svg("rect", { class: "tt-map-start", x: start.x - 4, y: start.y - 4, width: 8, height: 8 }),
    ...wire.corners.map((corner) => cornerLabel(corner, point(corner.apex_m), middle)),
    dot,
  );
  element.addEventListener("pointermove", (event) => {
    const frame = element.getBoundingClientRect();
    const scale = width / (frame.width || 1);
    const [px, py] = [(event.clientX - frame.left) * scale, (event.clientY - frame.top) * scale];
    let best = Infinity;
    let place = 0;
    for (let i = 0; i < at.length; i++) {
      const far = (toX(x[i] ?? NaN) - px) ** 2 + (toY(y[i] ?? NaN) - py) ** 2;
      if (far < best) [best, place] = [far, at[i] ?? 0];
    }
    if (best < 40 ** 2) onPoint(place);
  });
  return {
    element,
    showView([low, high]) {
      const whole = high - low >= wire.lap_m * 0.999;
      const from = wire.mode === "race" ? low % wire.lap_m : low;
      const to = Math.min(from + (high - low), length);
      seen.setAttribute("visibility", whole ? "hidden" : "visible");
      seen.setAttribute("stroke-dasharray", `0 ${Math.max(from, 0)} ${to - Math.max(from, 0)} ${length}`);
    },
    showCursor(place) {
      const at = place === null ? null : point(wire.mode === "race" ? place % wire.lap_m : place);
      dot.setAttribute("visibility", at ? "visible" : "hidden");
      if (at) dot.setAttribute("transform", `translate(${at.x.toFixed(1)} ${at.y.toFixed(1)})`);
    },
  };
}

/**
 * @param {import("./data.js").Samples} x
 * @param {import("./data.js").Samples} y
 * @returns {[toX: (x: number) => number, toY: (y: number) => number, width: number, height: number]}
 */
function fitted(x, y) {
  const known = [...x].map((_, i) => i).filter((i) => !Number.isNaN(x[i]) && !Number.isNaN(y[i]));
  const xs = known.map((i) => x[i] ?? 0);
  const ys = known.map((i) => y[i] ?? 0);
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [low, high] = [Math.min(...ys), Math.max(...ys)];
  const scale = (SIZE - 2 * MARGIN) / Math.max(right - left, high - low, 1);
  return [
    (value) => MARGIN + (value - left) * scale,
    (value) => MARGIN + (high - value) * scale,
    2 * MARGIN + (right - left) * scale,
    2 * MARGIN + (high - low) * scale,
  ];
}

/**
 * @param {import("./data.js").Samples} x
 * @param {import("./data.js").Samples} y
 * @param {(x: number) => number} toX
 * @param {(y: number) => number} toY
 */
function outline(x, y, toX, toY) {
  let d = "";
  for (let i = 0; i < x.length; i++) {
    const [px, py] = [x[i] ?? NaN, y[i] ?? NaN];
    if (Number.isNaN(px) || Number.isNaN(py)) continue;
    d += `${d ? "L" : "M"}${toX(px).toFixed(1)} ${toY(py).toFixed(1)}`;
  }
  return d;
}

/**
 * @param {{label: string}} corner
 * @param {{x: number, y: number} | null} at
 * @param {{x: number, y: number}} middle labels stand on the side away from it
 */
function cornerLabel({ label }, at, middle) {
  if (!at) return null;
  const [dx, dy] = [at.x - middle.x, at.y - middle.y];
  const far = Math.hypot(dx, dy) || 1;
  return svg(
    "text",
    { class: "tt-map-corner", x: at.x + (dx / far) * 12, y: at.y + (dy / far) * 12 + 3.5 },
    label,
  );
}
