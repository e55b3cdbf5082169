// The laps that are shown, as a table: who and which lap (to choose), and the values where the
// cursor is.

import { html, svg } from "../shared/dom.js";
import { COLUMNS, cellText, reading } from "./words.js";
import { DASHES } from "./panels.js";

/** @typedef {import("./data.js").Lap} Lap */
/** @typedef {import("./data.js").Wire} Wire */
/** @typedef {[driver: string, lap: number | "fastest" | "race"]} Pick */

/**
 * @typedef {object} Pickers
 * @property {HTMLElement} element
 * @property {(laps: readonly Lap[], place: number) => void} showValues
 */

/**
 * @param {Wire} wire
 * @param {(picks: Pick[]) => void} onChoose
 * @returns {Pickers}
 */
export function pickers(wire, onChoose) {
  const rows = wire.laps.map((_, row) => pickerRow(wire, row, onChoose));
  const head = html(
    "tr",
    {},
    html("th", { scope: "col", colspan: wire.mode === "race" ? 2 : 3 }, wire.mode === "race" ? "Driver" : "Lap"),
    ...COLUMNS.map(({ head: words, unit }) =>
      html("th", { scope: "col", class: "tt-n" }, words, unit && html("small", {}, ` ${unit}`)),
    ),
    html("th", {}, html("span", { class: "f1-unseen" }, "Remove")),
  );
  const table = html(
    "table",
    { class: "tt-laps" },
    html("caption", { class: "f1-unseen" }, "Laps shown, and their values at the cursor"),
    html("thead", {}, head),
    html("tbody", {}, ...rows.map(({ element }) => element)),
  );
  const element = html("div", { class: "tt-laps-frame" }, table, addButton(wire, onChoose));
  return {
    element,
    showValues(laps, place) {
      for (const lap of laps) {
        const values = reading(lap, place);
        for (const { key } of COLUMNS) {
          const cell = rows[lap.slot]?.cells.get(key);
          const text = cellText(key, values[key]);
          if (cell && cell.textContent !== text) cell.textContent = text;
        }
      }
    },
  };
}

/** @param {Wire} wire @returns {Pick[]} */
export function picksOf(wire) {
  return wire.laps.map(({ driver, lap }) => [driver, lap]);
}

/**
 * @param {Wire} wire
 * @param {number} row
 * @param {(picks: Pick[]) => void} onChoose
 */
function pickerRow(wire, row, onChoose) {
  const info = /** @type {import("./data.js").LapInfo} */ (wire.laps[row]);
  /** @param {Pick | null} pick null removes the row */
  const choose = (pick) => {
    const picks = picksOf(wire);
    picks.splice(row, 1, ...(pick ? [pick] : []));
    onChoose(picks);
  };
  const drivers = select(
    `Driver of line ${row + 1}`,
    wire.choices.map(({ driver, name }) => [driver, driver, name]),
    info.driver,
    (driver) => choose([driver, wire.mode === "race" ? "race" : sameLap(wire, driver, info.lap)]),
  );
  const own = wire.choices.find(({ driver }) => driver === info.driver)?.laps ?? [];
  const lapSelect =
    wire.mode === "laps" &&
    select(
      `Lap of ${info.driver}`,
      own.map(([lap, words]) => [String(lap), words, ""]),
      String(info.lap),
      (lap) => choose([info.driver, Number(lap)]),
    );
  /** @type {Map<string, HTMLElement>} */
  const cells = new Map();
  const values = info.problem
    ? [html("td", { colspan: COLUMNS.length, class: "tt-problem" }, info.problem)]
    : COLUMNS.map(({ key, head: words }) => {
        const cell = html("td", { class: "tt-n", "data-key": key, "data-head": words }, "–");
        cells.set(key, cell);
        return cell;
      });
  const remove = html("button", { type: "button", class: "tt-remove", "aria-label": `Remove ${info.label}` }, "×");
  if (wire.laps.length === 1) remove.disabled = true;
  remove.addEventListener("click", () => choose(null));
  const element = html(
    "tr",
    { "data-row": row },
    html("th", { scope: "row", class: "tt-who" }, swatch(row), drivers),
    lapSelect ? html("td", {}, lapSelect) : null,
    html("td", { class: "tt-facts" }, info.facts),
    ...values,
    html("td", {}, remove),
  );
  return { element, cells };
}

/**
 * The same lap of another driver, or his fastest when he did not drive it.
 * @param {Wire} wire
 * @param {string} driver
 * @param {number | "race"} lap
 * @returns {number | "fastest"}
 */
export function sameLap(wire, driver, lap) {
  const known = wire.choices.find((choice) => choice.driver === driver)?.laps ?? [];
  const free = !wire.laps.some((info) => info.driver === driver && info.lap === lap);
  return free && known.some(([number]) => number === lap) ? /** @type {number} */ (lap) : "fastest";
}

/**
 * @param {string} label
 * @param {[value: string, words: string, title: string][]} options
 * @param {string} chosen
 * @param {(value: string) => void} onChange
 */
function select(label, options, chosen, onChange) {
  const element = html(
    "select",
    { "aria-label": label },
    ...options.map(([value, words, title]) =>
      html("option", { value, title: title || null }, words),
    ),
  );
  element.value = chosen;
  element.addEventListener("change", () => onChange(element.value));
  return element;
}

/** @param {number} slot */
function swatch(slot) {
  return svg(
    "svg",
    { class: "tt-swatch", width: 26, height: 10, "aria-hidden": "true" },
    svg("line", {
      x1: 1, x2: 25, y1: 5, y2: 5,
      class: `tt-line-${slot}`,
      "stroke-dasharray": (DASHES[slot] ?? []).join(" ") || null,
    }),
  );
}

/**
 * @param {Wire} wire
 * @param {(picks: Pick[]) => void} onChoose
 */
function addButton(wire, onChoose) {
  const shown = new Set(wire.laps.map(({ driver }) => driver));
  const next = wire.choices.find(({ driver }) => !shown.has(driver));
  if (wire.laps.length >= wire.most || !next) return null;
  const race = wire.mode === "race";
  const button = html("button", { type: "button", class: "tt-button tt-add" }, race ? "Add a driver" : "Add a lap");
  button.addEventListener("click", () =>
    onChoose([...picksOf(wire), [next.driver, race ? "race" : "fastest"]]),
  );
  return button;
}
