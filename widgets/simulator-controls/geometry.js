// Where things are on the charts: gaps and places over laps, lap times to come, the race as a strip.

import { flagOfLap, rowsOf } from "./wire.js";

/** @typedef {import("./wire.js").Frame} Frame */
/** @typedef {import("./wire.js").Race} Race */
/** @typedef {{first: number, last: number, kind: string}} Span laps, both counted in */

/**
 * @typedef {object} Line
 * @property {string} driver
 * @property {[lap: number, value: number][]} points
 */

/**
 * @typedef {object} Axis
 * @property {number} low
 * @property {number} high
 * @property {number[]} ticks
 */

/** Cars drawn ahead and behind, and laps looked back over. */
const CARS = 3;
export const WINDOW = 16;

/**
 * Gaps to the cars around, negative ahead, over the last laps.
 * @param {readonly Frame[]} frames up to the lap looked at
 * @param {string} own
 * @param {number | null} reach cars this far behind matter too [s]: what a stop costs
 * @returns {Line[]}
 */
export function gapLines(frames, own, reach) {
  const now = frames.at(-1);
  if (!now) return [];
  const near = rowsOf(now, own).filter(({ you, running, gap }) => !you && running && gap !== null);
  const ahead = near.filter(({ gap }) => (gap ?? 0) < 0).sort((a, b) => (b.gap ?? 0) - (a.gap ?? 0));
  const behind = near.filter(({ gap }) => (gap ?? 0) >= 0).sort((a, b) => (a.gap ?? 0) - (b.gap ?? 0));
  const wanted = behind.filter(({ gap }, i) => i < CARS || (reach !== null && (gap ?? 0) < reach + 3)).slice(0, 3 * CARS);
  const shown = [...ahead.slice(0, CARS).reverse(), ...wanted].map(({ driver }) => driver);
  const from = Math.max(frames.length - 1 - WINDOW, 0);
  /** @type {Map<string, [number, number][]>} */
  const points = new Map(shown.map((driver) => [driver, []]));
  for (const frame of frames.slice(from)) {
    for (const { driver, gap, laps } of rowsOf(frame, own)) {
      // At the line it was taken: a car behind has the last one still to cross.
      const lap = Math.min(laps, frame.lap);
      const line = points.get(driver);
      if (gap !== null && line && line.at(-1)?.[0] !== lap) line.push([lap, gap]);
    }
  }
  return shown.map((driver) => ({ driver, points: points.get(driver) ?? [] }));
}

/**
 * Range of gaps: that of now with room around, so that a lap in the pits does not flatten the rest.
 * @param {readonly Line[]} lines
 * @param {number | null} reach
 * @returns {Axis}
 */
export function gapAxis(lines, reach) {
  const last = lines.flatMap(({ points }) => points.slice(-4).map(([, gap]) => gap));
  const low = Math.max(Math.min(-1.5, ...last) * 1.15, -60);
  const high = Math.min(Math.max(1.5, ...last, reach ?? 0) * 1.15, 60);
  return axis(low, high, 6);
}

/**
 * Places of every car still running over all laps so far.
 * @param {readonly Frame[]} frames
 * @returns {Line[]}
 */
export function placeLines(frames) {
  /** @type {Map<string, [number, number][]>} */
  const points = new Map();
  for (const { lap, tower } of frames) {
    tower.forEach(([driver, , , , , , , , , running], i) => {
      if (!running) return;
      const line = points.get(driver) ?? [];
      line.push([lap, i + 1]);
      points.set(driver, line);
    });
  }
  return [...points].map(([driver, line]) => ({ driver, points: line }));
}

/**
 * An axis with round ticks.
 * @param {number} low
 * @param {number} high
 * @param {number} most ticks
 * @returns {Axis}
 */
export function axis(low, high, most) {
  const span = Math.max(high - low, 1e-9);
  const raw = span / most;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = ([1, 2, 5, 10].find((n) => n * power >= raw) ?? 10) * power;
  const ticks = [];
  for (let k = Math.ceil(low / step); k * step <= high + 1e-9; k++) ticks.push(k === 0 ? 0 : k * step);
  return { low, high, ticks };
}

/**
 * Laps to mark, not more than there is room for.
 * @param {number} first
 * @param {number} last
 * @param {number} most
 */
export function lapTicks(first, last, most) {
  const step = [1, 2, 5, 10, 20, 50].find((n) => (last - first) / n <= most) ?? 50;
  const ticks = [];
  for (let lap = Math.ceil(first / step) * step; lap <= last; lap += step) ticks.push(lap);
  return ticks;
}

/**
 * Rows of labels pushed apart until none covers another.
 * @param {readonly number[]} wanted places from the top, any order [px]
 * @param {number} room height of a label [px]
 * @param {number} top
 * @param {number} bottom
 * @returns {number[]} in the order given
 */
export function spread(wanted, room, top, bottom) {
  const order = wanted.map((y, i) => ({ y: Math.min(Math.max(y, top), bottom), i })).sort((a, b) => a.y - b.y);
  for (let k = 1; k < order.length; k++) {
    const [above, here] = [order[k - 1], order[k]];
    if (above && here) here.y = Math.max(here.y, above.y + room);
  }
  let limit = bottom;
  for (const here of [...order].reverse()) {
    here.y = Math.min(here.y, limit);
    limit = here.y - room;
  }
  const found = wanted.map(() => 0);
  for (const { y, i } of order) found[i] = y;
  return found;
}

/**
 * A line, lifted where more than a lap is missing.
 * @param {readonly [number, number][]} points
 * @param {(lap: number) => number} x
 * @param {(value: number) => number} y
 */
export function pathOf(points, x, y) {
  let d = "";
  let before = NaN;
  for (const [lap, value] of points) {
    d += `${lap <= before + 2 ? "L" : "M"}${x(lap).toFixed(1)} ${y(value).toFixed(1)}`;
    before = lap;
  }
  return d;
}

/**
 * Runs of laps under one flag that is not green.
 * @param {readonly Frame[]} frames
 * @returns {Span[]}
 */
export function flagSpans(frames) {
  const flags = frames.slice(1).map((frame) => ({ lap: frame.lap, kind: flagOfLap(frame) }));
  return spans(flags.map(({ lap, kind }) => ({ lap, kind: kind === "green" ? "" : kind })));
}

/**
 * Those spans that can be named without their words running into each other, the gravest first.
 * @param {readonly Span[]} wanted
 * @param {number} room a word takes [laps]
 */
export function apart(wanted, room) {
  const order = ["red", "sc", "vsc", "rain"];
  /** @type {Span[]} */
  const named = [];
  for (const span of [...wanted].sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind))) {
    const middle = span.first + span.last;
    if (named.every(({ first, last }) => Math.abs(first + last - middle) >= 2 * room)) named.push(span);
  }
  return named;
}

/**
 * Runs of laps known to be wet.
 * @param {readonly Frame[]} frames
 * @returns {Span[]}
 */
export function rainSpans(frames) {
  return spans(frames.slice(1).map(({ lap, rain }) => ({ lap, kind: rain ? "rain" : "" })));
}

/**
 * Own sets of tyres; a lap belongs to the set it was driven on.
 * @param {readonly Frame[]} frames
 * @returns {Span[]}
 */
export function stintSpans(frames) {
  /** @type {Span[]} */
  const found = [];
  for (const { lap } of frames.slice(1)) {
    const begun = /** @type {Frame} */ (frames[lap - 1]);
    const open = found.at(-1);
    const anew = !open || begun.stops !== (frames[lap - 2]?.stops ?? 0) || open.kind !== begun.compound;
    if (anew) found.push({ first: lap, last: lap, kind: begun.compound });
    else open.last = lap;
  }
  return found;
}

/**
 * @param {readonly {lap: number, kind: string}[]} laps
 * @returns {Span[]}
 */
function spans(laps) {
  /** @type {Span[]} */
  const found = [];
  for (const { lap, kind } of laps) {
    const open = found.at(-1);
    if (open && open.kind === kind && open.last === lap - 1) open.last = lap;
    else if (kind) found.push({ first: lap, last: lap, kind });
  }
  return found;
}

/**
 * Own lap times on the set the car is on, the laps into and out of the pits left out.
 * @param {readonly Frame[]} frames up to the lap looked at
 * @returns {[lap: number, seconds: number][]}
 */
export function stintTimes(frames) {
  const now = frames.at(-1);
  if (!now) return [];
  /** @type {[number, number][]} */
  const found = [];
  for (let lap = frames.length - 1; lap > 1; lap--) {
    const [frame, before, earlier] = [frames[lap], frames[lap - 1], frames[lap - 2]];
    if (!frame || !before || before.stops !== now.stops) break;
    const outLap = earlier !== undefined && earlier.stops !== before.stops;
    const inLap = frame.stops !== before.stops;
    if (frame.last_lap_s !== null && !outLap && !inLap && flagOfLap(frame) === "green" && flagOfLap(before) === "green") {
      found.unshift([lap, frame.last_lap_s]);
    }
  }
  return found;
}
