// Where everything of the timeline stands, worked out without a page. All lengths in pixels.

/** @typedef {{first: number, last: number, compound: string, age: number | null}} Stint */
/** @typedef {{lap: number, last_lap?: number, kind: string, text: string}} Event */

/**
 * @typedef {object} Driver
 * @property {string} code
 * @property {string} name
 * @property {string} team
 * @property {string} colour
 * @property {number} dash which dash, 0 for a solid line
 * @property {number | null} grid
 * @property {number | null} finish
 * @property {boolean} classified
 * @property {string} status
 * @property {(number | null)[]} positions the grid, then after each lap
 * @property {(number | null)[]} lap_times_s
 * @property {Stint[]} stints
 * @property {Event[]} events
 */

/** @typedef {{first: number, last: number, flag: string, label: string, text: string}} Band */
/** @typedef {{label: string, text: string, laps: number[], seconds: number | null}} Evidence */

/**
 * @typedef {object} Report
 * @property {string} driver
 * @property {string} against
 * @property {string} verdict
 * @property {Event[]} timeline
 * @property {Evidence[]} evidence
 */

/**
 * @typedef {object} Race
 * @property {string} title
 * @property {number} laps
 * @property {Driver[]} drivers in finishing order
 * @property {Band[]} bands
 * @property {Record<string, [colour: string, ink: string, letter: string]>} compounds
 * @property {string[]} highlight
 * @property {Report | null} report
 */

/**
 * @typedef {object} Plot
 * @property {number} width
 * @property {number} height
 * @property {number} left
 * @property {number} right
 * @property {number} top
 * @property {number} bottom of the drawing
 * @property {(lap: number) => number} x
 * @property {(place: number) => number} y
 * @property {number[]} ticks laps that are numbered
 */

export const ROW = 22;
const LEFT = 58;
const RIGHT = 74;
const TOP = 18;
const FOOT = 24;

/**
 * @param {number} width
 * @param {number} laps
 * @param {number} rows
 * @returns {Plot}
 */
export function plotOf(width, laps, rows) {
  const room = width - LEFT - RIGHT;
  const bottom = TOP + rows * ROW;
  const step = [1, 2, 5, 10, 20].find((n) => laps / n <= room / 48) ?? 50;
  return {
    width,
    height: bottom + FOOT,
    left: LEFT,
    right: width - RIGHT,
    top: TOP,
    bottom,
    x: (lap) => LEFT + (lap / Math.max(laps, 1)) * room,
    y: (place) => TOP + (place - 0.5) * ROW,
    ticks: Array.from({ length: Math.floor(laps / step) + 1 }, (_, i) => i * step),
  };
}

/**
 * The lap that ended nearest to a place of the drawing; 0 is the grid.
 * @param {Plot} plot
 * @param {number} x
 * @param {number} laps
 */
export function lapAt(plot, x, laps) {
  const share = (x - plot.left) / (plot.right - plot.left);
  return Math.min(Math.max(Math.round(share * laps), 0), laps);
}

/**
 * Line through the places of a driver, lifted where one is missing.
 * @param {readonly (number | null)[]} positions
 * @param {Plot} plot
 */
export function linePath(positions, plot) {
  let d = "";
  let down = false;
  positions.forEach((place, lap) => {
    if (place !== null) d += `${down ? "L" : "M"}${px(plot.x(lap))} ${px(plot.y(place))}`;
    down = place !== null;
  });
  return d;
}

/** @param {number} value */
function px(value) {
  return String(Math.round(value * 10) / 10);
}

/**
 * @typedef {object} Mark
 * @property {number} x
 * @property {number} y
 * @property {"stop" | "penalty" | "incident" | "out"} kind
 * @property {string} token
 * @property {string} text
 * @property {string} fill
 * @property {string} ink
 */

/** @type {Record<string, string>} */
const TOKENS = { penalty: "P", incident: "!", out: "×" };

/**
 * New tyres, penalties, incidents and the end, on the line of a driver. Signs of one lap stand
 * side by side.
 * @param {Race} race
 * @param {Driver} driver
 * @param {Plot} plot
 * @returns {Mark[]}
 */
export function marksOf(race, driver, plot) {
  /** @type {Mark[]} */
  const marks = [];
  /** @param {number} lap @param {Omit<Mark, "x" | "y">} mark */
  const put = (lap, mark) => {
    const at = Math.min(lap, driver.positions.length - 1);
    const place = driver.positions[at];
    if (place === null || place === undefined) return;
    const [x, y] = [plot.x(at), plot.y(place)];
    const taken = marks.filter((other) => Math.abs(other.x - x) < 6 && Math.abs(other.y - y) < 9);
    if (taken.some(({ kind }) => kind === mark.kind)) return;
    marks.push({ x, y: y - taken.length * 9, ...mark });
  };
  for (const { first, compound, age } of driver.stints.slice(1)) {
    const [fill, ink, token] = race.compounds[compound] ?? ["#9aa0a6", "#1b1b1b", "?"];
    const used = age ? `, ${age} laps old` : "";
    put(first - 1, { kind: "stop", token, fill, ink, text: `${compound.toLowerCase()} tyres${used}` });
  }
  for (const { lap, kind, text } of driver.events) {
    const known = kind === "penalty" || kind === "out" ? kind : "incident";
    put(lap, { kind: known, token: TOKENS[known] ?? "!", fill: "", ink: "", text });
  }
  return marks;
}

/**
 * Tyres of a driver on a lap, and how old they were at its end.
 * @param {Driver} driver
 * @param {number} lap
 * @returns {{compound: string, age: number | null} | null}
 */
export function tyresOn(driver, lap) {
  const stint = driver.stints.find(({ first, last }) => lap >= first && lap <= last);
  if (!stint) return null;
  return { compound: stint.compound, age: stint.age === null ? null : stint.age + lap - stint.first + 1 };
}
