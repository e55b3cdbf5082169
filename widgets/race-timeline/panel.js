// What is known of the driver selected: tyres, what happened, and what the autopsy found.

import { html, svg } from "../shared/dom.js";
import { lapRanges, secondsText } from "../shared/format.js";
import { resultText } from "./words.js";

/** @typedef {import("./geometry.js").Driver} Driver */
/** @typedef {import("./geometry.js").Race} Race */

/**
 * @param {Race} race
 * @param {Driver} driver
 * @param {(laps: readonly number[]) => void} onPoint laps of the line pointed at
 * @returns {HTMLElement[]}
 */
export function panelContent(race, driver, onPoint) {
  const report = race.report?.driver === driver.code ? race.report : null;
  const events = report ? report.timeline : happened(driver);
  const head = html(
    "div",
    { class: "rt-panel-head" },
    html("strong", {}, driver.name),
    html("span", {}, `${driver.team} · ${resultText(driver)}`),
  );
  return [
    head,
    stintStrip(race, driver),
    ...(report?.verdict ? [html("p", { class: "rt-verdict" }, report.verdict)] : []),
    html(
      "div",
      { class: "rt-columns" },
      list("What happened", events.map(({ lap, last_lap, text }) => ({ words: text, laps: span(lap, last_lap), seconds: null })), onPoint),
      report && report.evidence.length > 0
        ? list(
            `${report.against}: evidence`,
            report.evidence.map(({ label, text, laps, seconds }) => ({ words: `${label}: ${text}`, laps, seconds })),
            onPoint,
          )
        : null,
    ),
  ];
}

/** @param {number} first @param {number | undefined} last */
function span(first, last) {
  return Array.from({ length: Math.max((last ?? first) - first, 0) + 1 }, (_, i) => first + i);
}

/**
 * Stops and events of a driver in order, for races without an autopsy.
 * @param {Driver} driver
 * @returns {import("./geometry.js").Event[]}
 */
export function happened(driver) {
  const stops = driver.stints.slice(1).map(({ first, compound }) => ({
    lap: first - 1,
    kind: "stop",
    text: `Stop for ${compound.toLowerCase()} tyres`,
  }));
  return [...stops, ...driver.events].sort((a, b) => a.lap - b.lap);
}

/**
 * @param {string} title
 * @param {{words: string, laps: readonly number[], seconds: number | null}[]} lines
 * @param {(laps: readonly number[]) => void} onPoint
 */
function list(title, lines, onPoint) {
  const items = lines.map(({ words, laps, seconds }) => {
    const ranges = lapRanges([...laps]);
    const shown = ranges.slice(0, 4).map(([a, b]) => (a === b ? `${a}` : `${a}–${b}`));
    const more = ranges.length > 4 ? " …" : "";
    const item = html(
      "li",
      {},
      html("span", { class: "rt-laps" }, shown.length > 0 ? `${laps.length > 1 ? "laps" : "lap"} ${shown.join(", ")}${more}` : ""),
      html("span", {}, words, seconds !== null && html("b", {}, ` ${secondsText(seconds)}`)),
    );
    item.addEventListener("pointerenter", () => onPoint(laps));
    item.addEventListener("pointerleave", () => onPoint([]));
    return item;
  });
  return html(
    "div",
    {},
    html("h4", {}, title),
    items.length > 0 ? html("ul", { tabindex: 0, "aria-label": title }, ...items) : html("p", { class: "rt-none" }, "Nothing was noted."),
  );
}

/**
 * Sets of tyres over the race.
 * @param {Race} race
 * @param {Driver} driver
 */
function stintStrip(race, driver) {
  const said = driver.stints.map(({ first, last, compound }) => `${compound.toLowerCase()} laps ${first} to ${last}`);
  const element = html("div", { class: "rt-stints", role: "img", "aria-label": `Tyres: ${said.join(", ")}` });
  for (const { first, last, compound, age } of driver.stints) {
    const [fill, ink, letter] = race.compounds[compound] ?? ["#9aa0a6", "#1b1b1b", "?"];
    const piece = html("span", { title: `${compound.toLowerCase()}, laps ${first}–${last}${age ? `, ${age} laps old when fitted` : ""}` }, `${letter} ${last - first + 1}`);
    piece.style.left = `${((first - 1) / race.laps) * 100}%`;
    piece.style.width = `${((last - first + 1) / race.laps) * 100}%`;
    piece.style.background = fill;
    piece.style.color = ink;
    element.append(piece);
  }
  return element;
}

/** @param {Race} race */
export function raceTable(race) {
  const rows = race.drivers.map((driver) =>
    html(
      "tr",
      {},
      html("th", { scope: "row" }, `${driver.code} ${driver.name}`),
      html("td", {}, driver.team),
      html("td", { class: "rt-n" }, driver.grid === null ? "–" : `${driver.grid}`),
      html("td", { class: "rt-n" }, driver.classified && driver.finish !== null ? `${driver.finish}` : driver.status || "–"),
      html("td", {}, driver.stints.map(({ first, compound }) => `${compound.toLowerCase()} from lap ${first}`).join(", ")),
    ),
  );
  const heads = ["Driver", "Team", "Grid", "Finish", "Tyres"].map((name) =>
    html("th", { scope: "col", class: name === "Grid" || name === "Finish" ? "rt-n" : null }, name),
  );
  return html(
    "details",
    { class: "rt-table" },
    html("summary", {}, "The race in numbers"),
    html("div", { class: "rt-table-frame" }, html("table", {}, html("thead", {}, html("tr", {}, ...heads)), html("tbody", {}, ...rows))),
  );
}

/** @param {Race} race */
export function legend(race) {
  const used = new Set(race.drivers.flatMap(({ stints }) => stints.slice(1).map(({ compound }) => compound)));
  const kinds = new Set(race.drivers.flatMap(({ events }) => events.map(({ kind }) => kind)));
  /** @param {string} words @param {string} css @param {string} token @param {[string, string]} [paint] */
  const item = (words, css, token, paint) =>
    html(
      "span",
      {},
      svg(
        "svg",
        { width: 16, height: 16, "aria-hidden": "true" },
        svg("g", { class: `rt-mark rt-mark-${css}`, transform: "translate(8 8)" }, svg("circle", { r: 6.5, fill: paint?.[0] ?? null }), svg("text", { y: 3.3, fill: paint?.[1] ?? null }, token)),
      ),
      words,
    );
  return html(
    "div",
    { class: "rt-legend" },
    ...Object.entries(race.compounds)
      .filter(([name]) => used.has(name))
      .map(([name, [fill, ink, letter]]) => item(`new ${name.toLowerCase()} tyres`, "stop", letter, [fill, ink])),
    kinds.has("incident") && item("incident", "incident", "!"),
    kinds.has("penalty") && item("penalty", "penalty", "P"),
    kinds.has("out") && item("out, or not classified", "out", "×"),
    html("span", {}, svg("svg", { width: 26, height: 10, "aria-hidden": "true" }, svg("line", { class: "rt-legend-dash", x1: 0, x2: 26, y1: 5, y2: 5 })), "second car of a team"),
  );
}
