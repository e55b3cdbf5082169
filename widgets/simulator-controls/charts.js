// Gaps to the cars around, or places, over the laps; lap times on this set and to come.

import { html, svg } from "../shared/dom.js";
import { DASHES } from "../race-timeline/chart.js";
import { shown } from "./game.js";
import { WINDOW, axis, flagSpans, gapAxis, gapLines, lapTicks, pathOf, placeLines, spread, stintTimes } from "./geometry.js";
import { button, panel } from "./parts.js";
import { stopCost } from "./wire.js";
import { clockText, gapText } from "./words.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./geometry.js").Line} Line */
/** @typedef {import("./wire.js").Frame} Frame */
/** @typedef {import("./wire.js").Race} Race */

const LABEL = 13;
let clips = 0;

/**
 * @typedef {object} Box where things are drawn [px]
 * @property {number} width
 * @property {number} height
 * @property {number} left
 * @property {number} right
 * @property {number} top
 * @property {number} bottom
 */

/** @param {Race} race */
export function lineChart(race) {
  let places = false;
  let width = 0;
  /** @type {Game | null} */
  let last = null;
  /** @param {boolean} to @param {string} name */
  const mode = (to, name) =>
    button("sc-link", [name], () => {
      places = to;
      if (last) update(last, false);
    });
  const modes = [mode(false, "Gaps"), mode(true, "Places")];
  const { element, body } = panel("sc-chart", "Cars around you", [html("div", { role: "group", "aria-label": "Chart", class: "sc-tools" }, ...modes)]);

  /** @param {Game} game @param {boolean} measure whether the room may have changed */
  const update = (game, measure) => {
    last = game;
    if (measure) width = Math.floor(body.clientWidth);
    modes.forEach((m, i) => m.setAttribute("aria-pressed", String(places === (i === 1))));
    const frame = shown(game);
    const frames = game.frames.slice(0, frame.lap + 1);
    if (width <= 0) return;
    body.replaceChildren(frame.lap === 0 ? grid() : places ? placeChart(race, frames, width) : gapChart(race, frames, stopCost(frame), width));
  };
  return { element, update };
}

function grid() {
  return html("p", { class: "sc-hint sc-empty" }, "The cars are on the grid. Their gaps are drawn here from the first lap.");
}

/**
 * @param {Race} race
 * @param {readonly Frame[]} frames
 * @param {ReturnType<typeof stopCost>} cost of a stop now
 * @param {number} width
 */
function gapChart(race, frames, cost, width) {
  const now = /** @type {Frame} */ (frames.at(-1));
  const reach = cost?.usual ?? null;
  const lines = gapLines(frames, race.driver, reach);
  const { low, high, ticks } = gapAxis(lines, reach);
  const box = boxOf(width, 236);
  const first = Math.max(now.lap - WINDOW, 1);
  const x = scale(first, Math.max(now.lap, first + 4), box.left, box.right);
  const y = scale(low, high, box.top, box.bottom);
  const said = lines.map(({ driver, points }) => `${driver} ${gapText(points.at(-1)?.[1] ?? 0)}`);
  return chart(box, `Gaps in seconds to the cars around: ${said.join(", ") || "none in reach"}`, [
    ...bands(frames, first, now.lap, x, box),
    ...ticks.flatMap((tick) => [
      svg("line", { class: tick === 0 ? "sc-zero" : "sc-gridline", x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }),
      svg("text", { class: "sc-tick", x: box.left - 6, y: y(tick) + 4, "text-anchor": "end" }, tick === 0 ? "you" : `${tick > 0 ? "+" : "−"}${Math.abs(tick)}`),
    ]),
    ...lapLabels(first, Math.max(now.lap, first + 4), x, box),
    lines.length === 0 ? svg("text", { class: "sc-tick", x: (box.left + box.right) / 2, y: y(0) - 8, "text-anchor": "middle" }, "no car on the same lap within reach") : null,
    clipped(box, lines.map((line) => linePath(race, line, x, y))),
    cost && cost.usual <= high ? stopLine(cost, y, box, high) : null,
    ...labels(race, lines, box, x, y, (gap) => gapText(gap), true),
  ]);
}

/**
 * Where a stop now would bring one out, and the range that is known to.
 * @param {{usual: number, low: number, high: number}} cost [s]
 * @param {(value: number) => number} y
 * @param {Box} box
 * @param {number} deepest gap drawn
 */
function stopLine({ usual, low, high }, y, { left, right }, deepest) {
  return svg(
    "g",
    { class: "sc-reach" },
    svg("rect", { x: left, width: right - left, y: y(low), height: Math.max(y(Math.min(high, deepest)) - y(low), 0) }),
    svg("line", { x1: left, x2: right, y1: y(usual), y2: y(usual) }),
    svg("text", { x: left + 4, y: y(low) - 4 }, `after a stop now: ${usual.toFixed(0)} s`),
  );
}

/**
 * @param {Race} race
 * @param {readonly Frame[]} frames
 * @param {number} width
 */
function placeChart(race, frames, width) {
  const now = /** @type {Frame} */ (frames.at(-1));
  const lines = placeLines(frames);
  const box = boxOf(width, 236 + 60);
  const x = scale(0, Math.max(now.lap, 5), box.left, box.right);
  const y = scale(1, now.tower.length, box.top, box.bottom);
  const order = lines.filter(({ driver }) => driver !== race.driver).concat(lines.filter(({ driver }) => driver === race.driver));
  const ended = order.filter(({ points }) => points.at(-1)?.[0] === now.lap);
  return chart(box, `Places by lap: ${now.tower.map(([driver], i) => `${i + 1} ${driver}`).join(", ")}`, [
    ...bands(frames, 1, now.lap, x, box),
    ...[1, 5, 10, 15, 20].filter((place) => place <= now.tower.length).flatMap((place) => [
      svg("line", { class: "sc-gridline", x1: box.left, x2: box.right, y1: y(place), y2: y(place) }),
      svg("text", { class: "sc-tick", x: box.left - 6, y: y(place) + 4, "text-anchor": "end" }, `${place}`),
    ]),
    ...lapLabels(0, Math.max(now.lap, 5), x, box),
    svg("g", { class: "sc-places" }, ...order.map((line) => linePath(race, line, x, y))),
    ...labels(race, ended, box, x, y, (place) => String(place), false),
  ]);
}

/**
 * Lap times on this set, and those expected, with their range.
 * @param {readonly Frame[]} frames up to the lap looked at
 * @param {number} width
 */
export function timeChart(frames, width) {
  const now = /** @type {Frame} */ (frames.at(-1));
  const driven = stintTimes(frames).slice(-12);
  const coming = now.forecast;
  if (driven.length + coming.length < 2) return null;
  const box = { ...boxOf(width, 132), left: 56, right: width - 12 };
  const values = [...driven.map(([, s]) => s), ...coming.flatMap(([, , low, high]) => [low, high])];
  const { low, high, ticks } = axis(Math.min(...values) - 0.1, Math.max(...values) + 0.1, 4);
  const first = Math.min(...driven.map(([lap]) => lap), ...coming.map(([lap]) => lap));
  const final = Math.max(...driven.map(([lap]) => lap), ...coming.map(([lap]) => lap));
  const x = scale(first - 0.5, final + 0.5, box.left, box.right);
  const y = scale(high, low, box.top, box.bottom);
  const range = [...coming.map(([lap, , , top]) => `${x(lap)} ${y(top)}`), ...[...coming].reverse().map(([lap, , bottom]) => `${x(lap)} ${y(bottom)}`)];
  const said = coming.map(([lap, seconds, a, b]) => `lap ${lap} ${clockText(seconds)} (${clockText(a)} to ${clockText(b)})`);
  return chart(box, `Lap times on this set; expected: ${said.join(", ") || "not yet known"}`, [
    ...ticks.flatMap((tick) => [
      svg("line", { class: "sc-gridline", x1: box.left, x2: box.right, y1: y(tick), y2: y(tick) }),
      svg("text", { class: "sc-tick", x: box.left - 6, y: y(tick) + 4, "text-anchor": "end" }, clockText(tick).slice(0, -2)),
    ]),
    ...lapLabels(first, final, x, box),
    coming.length > 1 ? svg("polygon", { class: "sc-range", points: range.join(" ") }) : null,
    svg("path", { class: "sc-expected", d: pathOf(coming.map(([lap, s]) => [lap, s]), x, y) }),
    ...driven.map(([lap, s]) => svg("circle", { class: "sc-lap", cx: x(lap), cy: y(s), r: 3.2 }, svg("title", {}, `Lap ${lap}: ${clockText(s)}`))),
  ]);
}

/** @param {number} width @param {number} height @returns {Box} */
function boxOf(width, height) {
  return { width, height, left: 40, right: width - 92, top: 12, bottom: height - 22 };
}

/** @param {number} a @param {number} b @param {number} from @param {number} to */
function scale(a, b, from, to) {
  return (/** @type {number} */ value) => from + ((value - a) / (b - a || 1)) * (to - from);
}

/** @param {Box} box @param {string} label @param {(Node | null)[]} children */
function chart({ width, height }, label, children) {
  return svg("svg", { class: "sc-lines", width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": label }, ...children);
}

/** @param {Box} box @param {Node[]} children */
function clipped({ left, right, top, bottom }, children) {
  const id = `sc-clip-${++clips}`;
  return svg(
    "g",
    {},
    svg("clipPath", { id }, svg("rect", { x: left, y: top - 4, width: right - left + 4, height: bottom - top + 8 })),
    svg("g", { "clip-path": `url(#${id})` }, ...children),
  );
}

/**
 * @param {readonly Frame[]} frames
 * @param {number} first
 * @param {number} last
 * @param {(lap: number) => number} x
 * @param {Box} box
 */
function bands(frames, first, last, x, box) {
  return flagSpans(frames)
    .filter((span) => span.last >= first && span.first <= last && span.kind !== "yellow")
    .map((span) => {
      const from = Math.max(x(span.first - 1), box.left);
      return svg("rect", { class: `sc-band sc-strip-${span.kind}`, x: from, y: box.top, width: Math.max(x(span.last) - from, 0), height: box.bottom - box.top });
    });
}

/** @param {number} first @param {number} last @param {(lap: number) => number} x @param {Box} box */
function lapLabels(first, last, x, box) {
  return lapTicks(first, last, Math.max(Math.floor((box.right - box.left) / 44), 2)).map((lap) =>
    svg("text", { class: "sc-tick", x: x(lap), y: box.bottom + 17, "text-anchor": "middle" }, lap === 0 ? "grid" : `${lap}`),
  );
}

/**
 * @param {Race} race
 * @param {Line} line
 * @param {(lap: number) => number} x
 * @param {(value: number) => number} y
 */
function linePath(race, { driver, points }, x, y) {
  const who = race.drivers[driver];
  const own = driver === race.driver;
  return svg("path", { class: own ? "sc-line sc-own" : "sc-line", d: pathOf(points, x, y), stroke: who?.colour ?? "currentColor", "stroke-dasharray": DASHES[who?.dash ?? 0] || null });
}

/**
 * Names at the ends of the lines.
 * @param {Race} race
 * @param {readonly Line[]} lines
 * @param {Box} box
 * @param {(lap: number) => number} x
 * @param {(value: number) => number} y
 * @param {(value: number) => string} text
 * @param {boolean} aligned all at the right edge, wherever their lines end
 */
function labels(race, lines, box, x, y, text, aligned) {
  const ends = lines.map(({ points }) => /** @type {[number, number]} */ (points.at(-1) ?? [0, 0]));
  const rows = spread(ends.map(([, value]) => y(value)), LABEL, box.top, box.bottom);
  return lines.map(({ driver }, i) => {
    const [lap, value] = /** @type {[number, number]} */ (ends[i]);
    return svg(
      "text",
      { class: driver === race.driver ? "sc-name sc-own" : "sc-name", x: aligned ? box.right + 8 : x(lap) + 8, y: (rows[i] ?? 0) + 4 },
      svg("tspan", { class: "sc-name-code" }, driver),
      ` ${text(value)}`,
    );
  });
}
