// A race in words: on the tower and the banner, and for who hears it.

import { clockText } from "../race-timeline/words.js";
import { lapsText } from "../shared/format.js";
import { latest } from "./game.js";
import { flagOfLap, placeOf, rowsOf } from "./wire.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./wire.js").Frame} Frame */
/** @typedef {import("./wire.js").Row} Row */

export { clockText };

const MINUS = "\u2212";

/** How a flag is called, and the sign beside its colour. */
/** @type {Record<string, {name: string, sign: string}>} */
const FLAGS = {
  green: { name: "Green flag", sign: "●" },
  yellow: { name: "Yellow flag", sign: "▲" },
  vsc: { name: "Virtual safety car", sign: "VSC" },
  sc: { name: "Safety car", sign: "SC" },
  red: { name: "Red flag", sign: "■" },
};

/** @param {string} flag */
export function flagOf(flag) {
  return FLAGS[flag] ?? { name: flag, sign: "?" };
}

/**
 * Seconds with their sign, to the tenth, the thousandth below ten.
 * @param {number} seconds
 */
export function gapText(seconds) {
  const size = Math.abs(seconds);
  const digits = size < 9.9995 ? size.toFixed(3) : size.toFixed(1);
  return `${seconds < 0 ? MINUS : "+"}${digits}`;
}

/**
 * The gap of a car to the own one.
 * @param {Row} row
 * @param {number} ownLaps
 */
export function gapToYou(row, ownLaps) {
  if (!row.running) return "out";
  if (row.you) return "you";
  if (row.gap !== null) return gapText(row.gap);
  return row.laps > 0 && !row.stale ? lapsApart(row.laps - ownLaps) : "–";
}

/** @param {number} apart laps ahead of the own car */
function lapsApart(apart) {
  // A car behind on the road has its last lap still to end, one ahead has ended one more.
  const whole = apart < 0 ? apart + 1 : apart;
  if (whole === 0) return "–";
  return `${whole < 0 ? "+" : MINUS}${Math.abs(whole)} L`;
}

/**
 * The gap of a car to the leader.
 * @param {Row} row
 * @param {Row} leader
 */
export function gapToLeader(row, leader) {
  if (!row.running) return "out";
  if (row.position === 1) return "leader";
  if (row.leader !== null) return gapText(row.leader);
  const down = leader.laps - row.laps;
  return row.laps > 0 && down > 1 ? `+${down - 1} L` : "–";
}

/**
 * What a stop costs, and what that is known from.
 * @param {{usual: number, low: number, high: number, known: boolean}} cost [s]
 */
export function costText({ usual, low, high, known }) {
  return `${usual.toFixed(0)} s as usual ${known ? "here" : "elsewhere"}, ${low.toFixed(0)} to ${high.toFixed(0)} nine times in ten`;
}

/** @param {number} laps */
export function ageText(laps) {
  return laps < 0.5 ? "new" : `${lapsText(Math.round(laps))} old`;
}

/** @param {string} compound */
export function tyreName(compound) {
  return compound === "INTERMEDIATE" ? "Inter" : compound.charAt(0) + compound.slice(1).toLowerCase();
}

/**
 * A note of Python with tyres as they are called here.
 * @param {string} note
 */
export function noteText(note) {
  const plain = note.replace(/\b(SOFT|MEDIUM|HARD|INTERMEDIATE|WET)\b/g, (name) => name.toLowerCase());
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}

/**
 * A row of the tower for a screen reader, and a table of places.
 * @param {number} now
 * @param {number | null} before place a lap earlier
 */
export function moveText(now, before) {
  if (before === null || before === now) return "";
  return before > now ? `▲${before - now}` : `▼${now - before}`;
}

/**
 * Who is ahead and behind.
 * @param {Frame} frame
 * @param {string} own
 * @returns {{ahead: Row | null, behind: Row | null}}
 */
export function neighbours(frame, own) {
  const rows = rowsOf(frame, own).filter(({ running }) => running);
  const at = rows.findIndex(({ you }) => you);
  return { ahead: rows[at - 1] ?? null, behind: rows[at + 1] ?? null };
}

/**
 * What a lap brought, said once it has been driven.
 * @param {Game} game
 */
export function lapSentence(game) {
  const { race } = game;
  const frame = latest(game);
  if (frame.lap === 0) return gridSentence(game);
  const before = game.frames[frame.lap - 1];
  const parts = [
    frame.finished ? `Chequered flag after lap ${frame.lap}` : `Lap ${frame.lap} of ${race.n_laps}`,
    `P${placeOf(frame, race.driver)}`,
  ];
  const said = [parts.join(", ")];
  const flag = flagOfLap(frame);
  if (flag !== "green" || before?.flag !== "green") said.push(flagOf(flag).name);
  if (frame.rain !== before?.rain && frame.rain !== null) said.push(frame.rain ? "It is raining" : "No rain");
  if (frame.stopped) said.push(STOPPED.slice(0, -1));
  if (frame.note) said.push(noteText(frame.note));
  const { ahead, behind } = neighbours(frame, race.driver);
  if (ahead?.gap) said.push(`${Math.abs(ahead.gap).toFixed(1)} seconds behind ${ahead.driver}`);
  if (behind?.gap) said.push(`${Math.abs(behind.gap).toFixed(1)} ahead of ${behind.driver}`);
  return `${said.join(". ")}.`;
}

/** @param {Game} game */
export function gridSentence({ race, frames }) {
  const grid = /** @type {Frame} */ (frames[0]);
  return `On the grid, P${placeOf(grid, race.driver)} of ${grid.tower.length}, ${tyreName(grid.compound).toLowerCase()} tyres, ${race.n_laps} laps to drive.`;
}

/**
 * What the next lap will be, as called.
 * @param {Game} game
 */
export function callText(game) {
  const { pit, pace } = game;
  const { stopped, compound } = latest(game);
  const tyres = tyreName(pit ?? compound).toLowerCase();
  if (stopped) return `${pit ? "change to" : "keep the"} ${tyres} tyres, ${pace}`;
  return `${pit ? `box for ${tyres}` : "stay out"}, ${pace}`;
}

/** That the race is stopped, and what may be done. */
export const STOPPED = "Race stopped: tyres may be changed free.";

/** @param {number} share chance between 0 and 1 */
export function chanceText(share) {
  const percent = Math.round(share * 100);
  if (percent === 0 && share > 0) return "<1 %";
  if (percent === 100 && share < 1) return ">99 %";
  return `${percent} %`;
}

/** @param {string} plan with tyres in capitals */
export function planText(plan) {
  return noteText(plan).replace(/ → /g, ", ");
}

/** @param {string | null} call */
export function alternativeName(call) {
  return call === null ? "Stay out" : `Box ${tyreName(call).toLowerCase()}`;
}

/**
 * Where the race ended, in a sentence.
 * @param {import("./wire.js").Result} result
 * @param {string} driver
 */
export function resultText(result, driver) {
  if (result.disqualified) return `Disqualified: ${result.reason}.`;
  if (result.real_position === null) return `The real ${driver} did not see the flag.`;
  const won = result.real_position - result.position;
  if (won === 0) return `The real ${driver} finished P${result.real_position} too.`;
  const places = `${Math.abs(won)} ${Math.abs(won) === 1 ? "place" : "places"}`;
  return `${places} ${won > 0 ? "better" : "worse"} than the real ${driver}, P${result.real_position}.`;
}

/** @type {Record<string, string>} */
const PARTS = {
  pit_timing: "Pit timing",
  tyre_efficiency: "Tyre efficiency",
  outcome: "Outcome",
  sc_reaction: "Safety-car reaction",
};

/** @param {string} name */
export function partName(name) {
  return PARTS[name] ?? name;
}
