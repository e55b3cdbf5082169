// What the waterfall says in words. f1lab/widgets/_waterfall_text.py says the same in the
// static picture; both are tested against tests/widgets/fixtures/waterfall_cases.json.

import { lapsText, secondsText, shareText } from "../shared/format.js";

/** @typedef {import("./report.js").Header} Header */
/** @typedef {import("./geometry.js").Step} Step */

/**
 * Who against whom, where, and the gap to the millisecond.
 * @param {Header} report
 */
export function title(report) {
  const race = [report.event, report.year].filter(Boolean).join(" ");
  return [`${report.driver} vs ${rival(report)}`, race, gap(report)].filter(Boolean).join(" · ");
}

/** @param {Header} report */
function gap(report) {
  if (report.gap_s === undefined) return "";
  const over = report.laps_compared ? ` over ${lapsText(report.laps_compared)}` : "";
  return `${secondsText(report.gap_s, 3)}${over}`;
}

/**
 * Short name of the reference.
 * @param {Header} report
 */
export function rival(report) {
  if (report.reference_kind === "ideal") return "the ideal race";
  return report.reference || "the reference";
}

/**
 * Names in full, grid, finish and what kind of reference it is.
 * @param {Header} report
 */
export function subtitle(report) {
  const { driver, driver_name: name, team } = report;
  const who = team ? `${name || driver} (${team})` : name;
  return [who, result(report), against(report)].filter(Boolean).join(" · ");
}

/** @param {Header} report */
function result({ grid, finish, status, classified }) {
  if (classified === false) {
    return grid ? `from P${grid}, not classified: ${status}` : `not classified: ${status}`;
  }
  const moved = grid && finish ? `P${grid} → P${finish}` : "";
  return moved && status && status !== "Finished" ? `${moved}, ${status}` : moved;
}

/** @type {Record<string, string>} */
const ROLES = { winner: "the winner", teammate: "the team-mate" };

/** @param {Header} report */
function against({ reference_name: name, reference_kind: kind }) {
  if (kind === "ideal") return "against the quickest car on the best plan in clean air";
  if (!name) return "";
  const role = kind ? ROLES[kind] : undefined;
  return role ? `against ${name}, ${role}` : `against ${name}`;
}

/**
 * One bar as a sentence, for tooltips and screen readers.
 * @param {Step} step
 */
export function sentence(step) {
  const amount = secondsText(Math.abs(step.seconds), 3).replace("+", "");
  const verb = { lost: `lost ${amount}`, gained: `gained ${amount}`, none: "nothing" }[step.sense];
  return `${[`${step.label}: ${verb}`, ...facts(step)].join(", ")}.`;
}

/**
 * Interval, share and places of a bar.
 * @param {Step} step
 * @returns {string[]}
 */
export function facts(step) {
  const parts = [];
  if (step.low !== null && step.high !== null) {
    const low = secondsText(step.low, 3).slice(0, -2);
    parts.push(`90 % interval ${low} to ${secondsText(step.high, 3)}`);
  }
  if (step.share !== null) parts.push(`${shareText(step.share)} of all seconds booked`);
  if (step.places) {
    const places = `${Math.abs(step.places)} ${Math.abs(step.places) === 1 ? "place" : "places"}`;
    parts.push(`${step.places > 0 ? "cost" : "won"} ${places}`);
  }
  return parts;
}
