// The drawing: neutralisations, a line a driver, what happened on it, names at both ends.

import { svg } from "../shared/dom.js";
import { ROW, linePath, marksOf } from "./geometry.js";
import { driverSentence } from "./words.js";

/** @typedef {import("./geometry.js").Driver} Driver */
/** @typedef {import("./geometry.js").Plot} Plot */
/** @typedef {import("./geometry.js").Race} Race */

/** Dashes of lines that share a colour [px]; as in f1lab/widgets/_timeline_svg.py. */
export const DASHES = ["", "6 3", "2 3"];

/**
 * @typedef {object} Chart
 * @property {SVGElement} element
 * @property {Map<string, SVGElement>} buttons names at the right, by driver
 * @property {Map<string, SVGElement>} groups lines with their marks, by driver
 * @property {SVGElement} cursor
 * @property {SVGElement} evidence laps pointed at
 */

/**
 * @param {Race} race
 * @param {Plot} plot
 * @returns {Chart}
 */
export function drawChart(race, plot) {
  /** @type {Map<string, SVGElement>} */
  const groups = new Map();
  /** @type {Map<string, SVGElement>} */
  const buttons = new Map();
  const marked = new Set(race.highlight);
  const order = [...race.drivers].sort((a, b) => Number(marked.has(a.code)) - Number(marked.has(b.code)));
  for (const driver of order) groups.set(driver.code, driverGroup(race, driver, plot, marked.has(driver.code)));
  const rows = endRows(race.drivers);
  for (const driver of race.drivers) {
    buttons.set(driver.code, driverButton(driver, plot, rows.get(driver.code) ?? 1));
  }
  const cursor = svg("line", { class: "rt-cursor", y1: plot.top, y2: plot.bottom, visibility: "hidden" });
  const evidence = svg("g", { class: "rt-evidence-laps" });
  const element = svg(
    "svg",
    { class: "rt-chart", width: plot.width, height: plot.height, viewBox: `0 0 ${plot.width} ${plot.height}`, role: "group", "aria-label": "Places by lap" },
    ...race.bands.map((band) => bandRect(band, plot)),
    ...plot.ticks.flatMap((lap) => tick(lap, plot)),
    evidence,
    cursor,
    svg("g", { "aria-hidden": "true" }, ...groups.values()),
    svg("g", { "aria-hidden": "true" }, ...race.drivers.map((driver) => gridLabel(driver, plot))),
    svg("g", { role: "group", "aria-label": "Drivers in finishing order" }, ...buttons.values()),
  );
  return { element, buttons, groups, cursor, evidence };
}

/**
 * Row of the name at the right: where the car ended; those out of the race fill the rest.
 * @param {readonly Driver[]} drivers
 * @returns {Map<string, number>}
 */
export function endRows(drivers) {
  const longest = Math.max(...drivers.map(({ positions }) => positions.length));
  /** @type {Map<string, number>} */
  const rows = new Map();
  const taken = new Set();
  for (const { code, positions, classified } of drivers) {
    const place = positions.at(-1);
    if (!classified && positions.length < longest - 2) continue;
    if (place === null || place === undefined || taken.has(place)) continue;
    rows.set(code, place);
    taken.add(place);
  }
  let free = 1;
  for (const { code } of drivers) {
    if (rows.has(code)) continue;
    while (taken.has(free)) free++;
    rows.set(code, free);
    taken.add(free);
  }
  return rows;
}

/**
 * @param {import("./geometry.js").Band} band
 * @param {Plot} plot
 */
function bandRect({ first, last, flag, label, text }, plot) {
  const [x, end] = [plot.x(first - 1), plot.x(last)];
  return svg(
    "g",
    { class: `rt-band rt-band-${flag}` },
    svg("title", {}, text),
    svg("rect", { x, y: plot.top, width: end - x, height: plot.bottom - plot.top }),
    svg("text", { x: x + 1, y: plot.top - 5 }, label),
  );
}

/** @param {number} lap @param {Plot} plot */
function tick(lap, plot) {
  const x = plot.x(lap);
  return [
    svg("line", { class: "rt-grid", x1: x, x2: x, y1: plot.top, y2: plot.bottom }),
    svg("text", { class: "rt-tick", x, y: plot.bottom + 16 }, lap === 0 ? "grid" : `${lap}`),
  ];
}

/**
 * @param {Race} race
 * @param {Driver} driver
 * @param {Plot} plot
 * @param {boolean} strong
 */
function driverGroup(race, driver, plot, strong) {
  const d = linePath(driver.positions, plot);
  return svg(
    "g",
    { class: `rt-driver${strong ? " rt-strong" : ""}`, "data-code": driver.code },
    svg("path", { class: "rt-hit", d }),
    svg("path", { class: "rt-line", d, stroke: driver.colour, "stroke-dasharray": DASHES[driver.dash] || null }),
    ...marksOf(race, driver, plot).map(({ x, y, kind, token, text, fill, ink }) =>
      svg(
        "g",
        { class: `rt-mark rt-mark-${kind}`, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})` },
        svg("title", {}, `${driver.code}: ${text}`),
        svg("circle", { r: kind === "stop" ? 6.5 : 6, fill: fill || null }),
        svg("text", { y: 3.3, fill: ink || null }, token),
      ),
    ),
  );
}

/** @param {Driver} driver @param {Plot} plot */
function gridLabel({ code, positions }, plot) {
  const place = positions[0];
  if (place === null || place === undefined) return null;
  return svg("text", { class: "rt-grid-name", x: plot.left - 9, y: plot.y(place) + 4, "data-code": code }, `${code} ${place}`);
}

/** @param {Driver} driver @param {Plot} plot @param {number} row */
function driverButton(driver, plot, row) {
  const y = plot.y(row);
  const x = plot.right + 8;
  const place = driver.classified && driver.finish !== null ? String(driver.finish) : "–";
  return svg(
    "g",
    { class: "rt-button", role: "button", tabindex: -1, "data-code": driver.code, "aria-label": driverSentence(driver), "aria-pressed": "false" },
    svg("rect", { class: "rt-button-box", x, y: y - ROW / 2 + 1, width: plot.width - x - 1, height: ROW - 2, rx: 4 }),
    svg("rect", { x: x + 3, y: y - 5, width: 3, height: 10, fill: driver.colour }),
    svg("text", { x: x + 25, y: y + 4, class: "rt-place" }, place),
    svg("text", { x: x + 29, y: y + 4 }, driver.code),
  );
}
