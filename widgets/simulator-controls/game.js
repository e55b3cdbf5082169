// The game as a view knows it: what Python has told, what the player has chosen for the next lap,
// and which lap is looked at. Plain values in, plain values out.

import { flagOfLap } from "./wire.js";

/** @typedef {import("./wire.js").Frame} Frame */
/** @typedef {import("./wire.js").Pace} Pace */
/** @typedef {import("./wire.js").Race} Race */
/** @typedef {import("./wire.js").Run} Run */

/** Seconds between laps at each speed. */
export const SPEEDS = [
  { name: "1×", seconds: 4 },
  { name: "2×", seconds: 2 },
  { name: "4×", seconds: 1 },
  { name: "Max", seconds: 0 },
];

/** @typedef {{kind: "undo", lap: number} | {kind: "restart", start: string | null}} Question */

/**
 * @typedef {object} Game
 * @property {Race} race
 * @property {number} game counts what has taken laps back
 * @property {Run} run record without decisions and outcome
 * @property {Frame[]} frames the grid first
 * @property {Frame | null} stoppage where the race is stopped in the middle of a lap
 * @property {import("./wire.js").Outcome | null} outcome
 * @property {import("./wire.js").Result | null} result
 * @property {import("./wire.js").Scores | null} scores
 * @property {number | null} looking lap looked back at, null for now
 * @property {string | null} pit compound called for at the end of the next lap
 * @property {Pace} pace
 * @property {boolean} playing
 * @property {number} speed
 * @property {boolean} driving a lap has been asked for and has not come
 * @property {boolean} boxing the box is open
 * @property {boolean} oddsOn
 * @property {number | null} oddsAsked lap odds are under way for
 * @property {{lap: number, odds: import("./wire.js").Odds | null, error: string} | null} odds
 * @property {Question | null} question
 * @property {"" | "slow" | "lost"} line what is wrong with the line to the kernel
 * @property {{run: Run, laps: number} | null} offer run the browser has kept from before
 * @property {string} notice
 * @property {"" | "pending" | {ok: boolean, text: string}} submitted
 */

/**
 * @param {Race} race
 * @returns {Game}
 */
export function opened(race) {
  return {
    race,
    game: -1,
    run: {},
    frames: [],
    stoppage: null,
    outcome: null,
    result: null,
    scores: null,
    looking: null,
    pit: null,
    pace: "neutral",
    playing: false,
    speed: 1,
    driving: false,
    boxing: false,
    oddsOn: false,
    oddsAsked: null,
    odds: null,
    question: null,
    line: "",
    offer: null,
    notice: "",
    submitted: "",
  };
}

/** @param {Game} game what is known now: the last lap as it ended, or where the race has been stopped since */
export function latest(game) {
  return game.stoppage ?? /** @type {Frame} */ (game.frames.at(-1));
}

/** @param {Game} game laps driven */
export function driven(game) {
  return Math.max(game.frames.length - 1, 0);
}

/** @param {Game} game the lap looked at */
export function shown(game) {
  return game.looking === null ? latest(game) : /** @type {Frame} */ (game.frames[game.looking]);
}

/** @param {Game} game whether a lap can be driven now */
export function ready(game) {
  return game.frames.length > 0 && !latest(game).finished && !game.driving && !game.question && game.line !== "lost";
}

/**
 * Take in what Python tells.
 * @param {Game} game
 * @param {any} message
 * @returns {Game}
 */
export function told(game, message) {
  if (message.kind === "whole") return toldWhole(game, message.whole);
  if (message.kind === "undone") return message.game === game.game + 1 ? toldUndone(game, message) : game;
  if (message.game !== game.game) return game; // of an earlier game
  if (message.kind === "lap") return toldLap(game, message);
  if (message.kind === "stopped") return toldStopped(game, message);
  if (message.kind === "scores") return { ...game, scores: message };
  if (message.kind === "submitted") {
    return { ...game, submitted: { ok: message.ok, text: message.ok ? message.text : message.error } };
  }
  if (message.kind === "odds") {
    if (message.lap !== driven(game)) return { ...game, oddsAsked: null };
    const odds = { lap: message.lap, odds: message.ok ? message.odds : null, error: message.ok ? "" : message.error };
    return { ...game, oddsAsked: null, odds };
  }
  return game;
}

/**
 * @param {Game} game
 * @param {import("./wire.js").Whole} whole
 * @returns {Game}
 */
function toldWhole(game, whole) {
  const { race, speed, pace, oddsOn, offer, line } = game;
  const fresh = { ...opened(race), speed, pace, oddsOn, offer, line };
  return {
    ...fresh,
    game: whole.game,
    run: whole.run,
    frames: whole.frames,
    stoppage: whole.stoppage,
    outcome: whole.outcome,
    result: whole.result ?? null,
    scores: whole.scores ?? null,
  };
}

/**
 * @param {Game} game
 * @param {{frame: Frame, stoppage: Frame | null, outcome: import("./wire.js").Outcome, result?: import("./wire.js").Result}} message
 * @returns {Game}
 */
function toldLap(game, { frame, stoppage, outcome, result }) {
  if (frame.lap !== game.frames.length) return game; // known already
  const before = latest(game);
  const why = game.playing ? pausesFor(before, stoppage ?? frame) : "";
  const stop = frame.finished || why !== "";
  return {
    ...game,
    frames: [...game.frames, frame],
    stoppage,
    outcome,
    result: result ?? null,
    pit: null,
    pace: game.pace === "push" && frame.fuel_margin_kg <= 0 ? "neutral" : game.pace,
    boxing: frame.finished ? false : game.boxing,
    odds: null,
    playing: game.playing && !stop,
    notice: frame.finished ? "" : why,
  };
}

/**
 * The race is stopped on the lap that was to be driven: its call is asked for again.
 * @param {Game} game
 * @param {{stoppage: Frame, outcome: import("./wire.js").Outcome}} message
 * @returns {Game}
 */
function toldStopped(game, { stoppage, outcome }) {
  const aside = game.pit ? `Your call for ${game.pit.toLowerCase()} tyres was set aside: you are asked again.` : "";
  return { ...game, stoppage, outcome, looking: null, pit: null, odds: null, playing: false, notice: aside };
}

/**
 * Why a race that plays by itself stops after a lap: something has come up that wants a call.
 * @param {Frame} before
 * @param {Frame} after
 */
export function pausesFor(before, after) {
  const named = /** @type {Record<string, string>} */ ({ sc: "safety car", vsc: "virtual safety car", red: "red flag" });
  const flag = flagOfLap(after);
  if (after.stopped && !before.stopped) return "Paused: the race is stopped.";
  if (flag !== flagOfLap(before) && named[flag]) return `Paused: ${named[flag]}.`;
  if (after.rain === true && before.rain === false) return "Paused: it has begun to rain.";
  if (after.rain === false && before.rain === true) return "Paused: the rain has stopped.";
  return "";
}

/**
 * @param {Game} game
 * @param {{game: number, lap: number, outcome: import("./wire.js").Outcome}} message
 * @returns {Game}
 */
function toldUndone(game, { game: number, lap, outcome }) {
  return {
    ...game,
    game: number,
    frames: game.frames.slice(0, lap + 1),
    stoppage: null,
    outcome,
    result: null,
    scores: null,
    submitted: "",
    looking: null,
    pit: null,
    odds: null,
    oddsAsked: null,
    question: null,
    playing: false,
    notice: `Back on lap ${lap}.`,
  };
}

/**
 * Look at a lap; the last one is now.
 * @param {Game} game
 * @param {number} lap
 * @returns {Game}
 */
export function lookAt(game, lap) {
  const to = Math.min(Math.max(lap, 0), driven(game));
  return { ...game, looking: to === driven(game) ? null : to, playing: false };
}

/**
 * The run as a record that Python reads again.
 * @param {Game} game
 * @returns {Run | null}
 */
export function runOf(game) {
  if (!game.outcome || game.frames.length === 0) return null;
  const decisions = game.frames.slice(1).map(({ lap, call }) => ({ lap, pit: call?.pit ?? null, pace: call?.pace ?? "neutral" }));
  return { ...game.run, decisions, outcome: game.outcome };
}

/**
 * Why tyres cannot be called for, empty when they can.
 * @param {Frame} frame
 * @param {string} compound
 */
export function refusal(frame, compound) {
  if (frame.finished) return "the race is over";
  if (frame.laps_left <= 1 && !frame.stopped) return "the flag falls at the end of this lap";
  if ((frame.sets[compound] ?? 0) < 1) return "no set left";
  return "";
}

/**
 * Laps that can still be pushed on the fuel there is.
 * @param {Game} game
 */
export function pushLaps(game) {
  const full = game.frames[0]?.fuel_margin_kg ?? 0;
  return full > 0 ? Math.round((latest(game).fuel_margin_kg / full) * game.race.reserve_laps) : 0;
}

/**
 * Call for tyres, or take the call back.
 * @param {Game} game
 * @param {string | null} compound
 * @returns {Game}
 */
export function callFor(game, compound) {
  if (game.frames.length === 0) return game;
  if (compound === null) return { ...game, pit: null, boxing: false, notice: "" };
  const why = refusal(latest(game), compound);
  if (why) return { ...game, notice: `No ${compound.toLowerCase()} tyres: ${why}.` };
  return { ...game, pit: game.pit === compound ? null : compound, boxing: false, notice: "" };
}

/**
 * @param {Game} game
 * @param {Pace} pace
 * @returns {Game}
 */
export function setPace(game, pace) {
  if (game.frames.length === 0 || latest(game).finished) return game;
  if (pace === "push" && pushLaps(game) < 1) {
    return { ...game, notice: "No push: the fuel reserve is used up; each lap saved gives one back." };
  }
  return { ...game, pace, notice: "" };
}
