// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { callFor, driven, latest, lookAt, opened, pausesFor, pushLaps, refusal, runOf, setPace, shown, told } from "./game.js";
import { apart, axis, flagSpans, gapAxis, gapLines, lapTicks, pathOf, placeLines, rainSpans, spread, stintSpans, stintTimes } from "./geometry.js";
import widget, { spoken } from "./index.js";
import { fileName, forget, keep, kept, keyOf } from "./keep.js";
import { HELP, actionOf } from "./keys.js";
import { sentence } from "./side.js";
import { alternativeName, callText, chanceText, costText, gapText, gapToLeader, gapToYou, lapSentence, moveText, noteText, planText, resultText } from "./words.js";
import { placeOf, rowsOf, stopCost } from "./wire.js";

const race = () => ({
  title: "Testville Grand Prix 2025",
  driver: "BBB",
  n_laps: 6,
  drivers: {
    AAA: { name: "Ann A", team: "Red", colour: "#c0392b", dash: 0 },
    BBB: { name: "Bob B", team: "Blue", colour: "#2980b9", dash: 0 },
    CCC: { name: "Cy C", team: "Blue", colour: "#2980b9", dash: 1 },
  },
  compounds: { SOFT: ["#d9352c", "#ffffff", "S"], MEDIUM: ["#f2c31b", "#1b1b1b", "M"], HARD: ["#f4f4f2", "#1b1b1b", "H"], UNKNOWN: ["#9aa0a6", "#1b1b1b", "?"] },
  fitted: ["SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET"],
  paces_s: { push: -0.3, neutral: 0, save: 0.3 },
  reserve_laps: 12,
  league: true,
  user: "Ada",
});

const row = (driver, laps, gap, over = {}) => [driver, laps, over.leader ?? 0, gap, over.compound ?? "SOFT", laps, 0, 90 + laps, over.inPit ?? 0, over.running ?? 1];

const frame = (lap, over = {}) => ({
  lap,
  laps_left: 6 - lap,
  finished: lap === 6,
  call: lap === 0 ? null : { pit: null, pace: "neutral" },
  race_time_s: 90 * lap,
  last_lap_s: lap === 0 ? null : 90 + lap / 10,
  flag: "green",
  stopped: false,
  pit_loss_s: [4.5, 3.5, 6.5, 1],
  rain: false,
  track_temp_c: 30,
  laps_down: 0,
  compound: "SOFT",
  tyre_age_laps: lap,
  stops: 0,
  must_change: true,
  sets: { SOFT: 1, MEDIUM: 2, HARD: 0, INTERMEDIATE: 4, WET: 3 },
  fuel_margin_kg: 0.6,
  wear: [0.1, 0, 0.3],
  wear_per_lap: [0.05, 0, 0.1],
  forecast: lap < 6 ? [[lap + 1, 91, 90, 92], [lap + 2, 91.1, 90, 92.2]] : [],
  tower: [row("AAA", lap, lap ? -1.5 - lap : null), row("BBB", lap, null), row("CCC", Math.max(lap - 1, 0), lap ? 2 + lap : null)],
  messages: lap === 1 ? [[10, 1, "DRS ENABLED"]] : [],
  modelled: false,
  note: "",
  ...over,
});

const outcome = (laps, stopped = false) => ({ laps, race_time_s: 90 * laps, position: 2, finished: laps === 6, stopped });
const whole = (laps, over = {}) => ({
  game: 0,
  run: { schema: 1, kind: "f1lab.simulation", driver: "BBB" },
  frames: Array.from({ length: laps + 1 }, (_, lap) => frame(lap)),
  stoppage: null,
  outcome: outcome(laps),
  ...over,
});
const begun = (laps = 0) => told(opened(race()), { kind: "whole", whole: whole(laps) });
const lapMessage = (lap, over = {}, more = {}) => ({ kind: "lap", game: 0, frame: frame(lap, over), stoppage: null, outcome: outcome(lap), ...more });
/** Stopped after the line of a lap. */
const stoppage = (lap) => frame(lap, { flag: "red", stopped: true, call: null, pit_loss_s: [0, 0, 0, 1], note: `the race is stopped on lap ${lap + 1}`, messages: [[300, lap, "RED FLAG"]] });
const stopped = (lap) => ({ kind: "stopped", game: 0, stoppage: stoppage(lap), outcome: outcome(lap, true) });
const result = { position: 2, race_time_s: 5000.5, points: 18, gap_winner_s: 12.3, laps_down: 0, disqualified: false, reason: "", real_position: 3, start: "SOFT", stops: [{ lap: 3, compound: "MEDIUM" }], modelled_from: null };
const iq = (total) => ({ total, best_plan: "SOFT → lap 3 MEDIUM", best_position: 1, parts: [
  { name: "pit_timing", weight: 40, score: 0.5, points: 20, sentence: "Boxing for HARD was late.", laps: [3] },
  { name: "sc_reaction", weight: 0, score: null, points: 0, sentence: "No safety car.", laps: [] },
] });

// The game

test("a lap that comes is added once, and the call for it is spent", () => {
  let game = { ...begun(), pit: "MEDIUM", pace: "push" };
  game = told(game, lapMessage(1));
  expect([driven(game), game.pit, game.pace]).toEqual([1, null, "push"]);
  expect(told(game, lapMessage(1))).toBe(game);
  expect(told(game, { ...lapMessage(2), game: 7 })).toBe(game);
});

test("without fuel the pace falls back, and push is refused with the reason", () => {
  const game = told({ ...begun(), pace: "push" }, lapMessage(1, { fuel_margin_kg: 0 }));
  expect(game.pace).toBe("neutral");
  expect(pushLaps(game)).toBe(0);
  expect(setPace(game, "push").notice).toContain("fuel reserve is used up");
  expect(setPace(begun(), "push").pace).toBe("push");
  expect(pushLaps(begun())).toBe(12);
});

test("a race that plays by itself stops for what wants a call", () => {
  const playing = { ...begun(1), playing: true };
  expect(told(playing, lapMessage(2)).playing).toBe(true);
  const stopped = told(playing, lapMessage(2, { flag: "sc" }));
  expect([stopped.playing, stopped.notice]).toEqual([false, "Paused: safety car."]);
  expect(pausesFor(frame(1), frame(2, { rain: true }))).toContain("begun to rain");
  expect(pausesFor(frame(1, { rain: true }), frame(2))).toContain("rain has stopped");
  expect(pausesFor(frame(1, { flag: "sc" }), frame(2, { flag: "sc" }))).toBe("");
  expect(pausesFor(frame(1, { rain: null }), frame(2))).toBe("");
  const over = told({ ...begun(5), playing: true }, lapMessage(6, {}, { result }));
  expect([over.playing, over.result.position, over.notice]).toEqual([false, 2, ""]);
});

test("laps taken back are gone, and late answers to them are not shown", () => {
  const before = { ...begun(4), pit: "SOFT", odds: { lap: 4, odds: null, error: "x" }, question: { kind: "undo", lap: 2 } };
  const game = told(before, { kind: "undone", game: 1, lap: 2, outcome: outcome(2) });
  expect([driven(game), game.game, game.pit, game.odds, game.question, game.outcome.laps]).toEqual([2, 1, null, null, null, 2]);
  expect(told(game, { kind: "scores", game: 0, ok: true })).toBe(game);
  expect(told(game, { kind: "undone", game: 1, lap: 1 })).toBe(game);
});

test("a red flag stops the race where it is, sets the call aside and asks for another", () => {
  const before = { ...begun(2), pit: "MEDIUM", playing: true };
  const game = told(before, stopped(2));
  expect([driven(game), latest(game).flag, shown(game).flag, game.pit, game.playing]).toEqual([2, "red", "red", null, false]);
  expect(game.notice).toContain("medium tyres was set aside");
  expect(runOf(game)).toMatchObject({ decisions: [{ lap: 1 }, { lap: 2 }], outcome: { stopped: true } });
  // On again by itself: that lap was paused for already.
  const on = told({ ...callFor(game, "SOFT"), playing: true }, lapMessage(3, { messages: [[300, 3, "RED FLAG"]] }));
  expect([driven(on), on.stoppage, on.playing, on.notice]).toEqual([3, null, true, ""]);
  expect(told(begun(), { kind: "whole", whole: whole(2, { stoppage: stoppage(2) }) }).stoppage.stopped).toBe(true);
  expect(told(game, { kind: "undone", game: 1, lap: 2, outcome: outcome(2) }).stoppage).toBeNull();
});

test("the line crossed under a red flag ends the lap, and then asks", () => {
  const game = told({ ...begun(2), playing: true }, lapMessage(3, { stopped: true, flag: "red" }, { stoppage: stoppage(3) }));
  expect([driven(game), game.stoppage.lap, game.playing, game.notice]).toEqual([3, 3, false, "Paused: the race is stopped."]);
});

test("odds belong to the lap they were asked for", () => {
  const game = { ...begun(2), oddsAsked: 2 };
  const known = told(game, { kind: "odds", game: 0, lap: 2, ok: true, odds: { races: 200, alternatives: [] } });
  expect([known.oddsAsked, known.odds.odds.races]).toEqual([null, 200]);
  const late = told(game, { kind: "odds", game: 0, lap: 1, ok: true, odds: {} });
  expect([late.oddsAsked, late.odds]).toEqual([null, null]);
  expect(told(game, { kind: "odds", game: 0, lap: 2, ok: false, error: "No." }).odds.error).toBe("No.");
});

test("tyres are called for, called off, and refused with the reason", () => {
  const game = begun(2);
  expect(callFor(game, "MEDIUM").pit).toBe("MEDIUM");
  expect(callFor(callFor(game, "MEDIUM"), "MEDIUM").pit).toBeNull();
  expect(callFor(game, "HARD")).toMatchObject({ pit: null, notice: "No hard tyres: no set left." });
  expect(refusal(frame(5), "SOFT")).toContain("the flag falls");
  expect(refusal(frame(6), "SOFT")).toBe("the race is over");
  expect(callFor({ ...game, pit: "SOFT", boxing: true }, null)).toMatchObject({ pit: null, boxing: false });
});

test("a lap looked back at is no lap driven, and the last one is now", () => {
  const game = lookAt(begun(4), 2);
  expect([game.looking, shown(game).lap, latest(game).lap]).toEqual([2, 2, 4]);
  expect(lookAt(game, 4).looking).toBeNull();
  expect(lookAt(game, -3).looking).toBe(0);
});

test("the run is what Python writes", () => {
  expect(runOf(opened(race()))).toBeNull();
  const run = runOf(begun(2));
  expect(run.decisions).toEqual([{ lap: 1, pit: null, pace: "neutral" }, { lap: 2, pit: null, pace: "neutral" }]);
  expect(run).toMatchObject({ schema: 1, outcome: { laps: 2 } });
});

// Kept in the browser

test("a run is kept, found again, and forgotten; what is none is not offered", () => {
  const storage = window.localStorage;
  const run = runOf(begun(3));
  expect(keep(storage, race(), run)).toBe(true);
  expect(kept(storage, race())).toEqual({ run: JSON.parse(JSON.stringify(run)), laps: 3 });
  expect(kept(storage, { ...race(), driver: "AAA" })).toBeNull();
  storage.setItem(keyOf(race()), "{cut");
  expect(kept(storage, race())).toBeNull();
  storage.setItem(keyOf(race()), '{"kind": "else", "decisions": [1]}');
  expect(kept(storage, race())).toBeNull();
  forget(storage, race());
  expect(kept(storage, race())).toBeNull();
  expect(keep({ setItem: () => { throw new Error("full"); } }, race(), run)).toBe(false);
  expect(fileName(race(), 3)).toBe("testville-grand-prix-2025-bbb-lap-3.json");
  expect(fileName({ ...race(), title: "São Paulo / 2024" }, 3)).toBe("sao-paulo-2024-bbb-lap-3.json");
});

// Keys

test("keys mean what the help says, and leave text and buttons theirs", () => {
  const plain = { tag: "section", type: "" };
  const key = (name, more = {}) => ({ key: name, altKey: false, ctrlKey: false, metaKey: false, ...more });
  const meant = [" ", "ArrowRight", "b", "B", "1", "5", "p", "N", "s", "o", ",", ".", "l", "Escape"];
  expect(meant.map((name) => actionOf(key(name), plain))).not.toContain(null);
  expect(actionOf(key("3"), plain)).toBe("fit2");
  expect(actionOf(key("x"), plain)).toBeNull();
  expect(actionOf(key("s", { ctrlKey: true }), plain)).toBeNull();
  expect(actionOf(key(" "), { tag: "button", type: "button" })).toBeNull();
  expect(actionOf(key("b"), { tag: "button", type: "button" })).toBe("box");
  expect(actionOf(key("b"), { tag: "input", type: "text" })).toBeNull();
  expect(actionOf(key("Escape"), { tag: "input", type: "text" })).toBe("escape");
  expect(actionOf(key("ArrowRight"), { tag: "input", type: "range" })).toBeNull();
  expect(actionOf(key("b"), { tag: "input", type: "range" })).toBe("box");
  expect(HELP.length).toBeGreaterThan(7);
});

// Geometry

test("gaps stand at the line they were taken at, nearest cars first", () => {
  const lines = gapLines([frame(0), frame(1), frame(2), frame(3)], "BBB", null);
  expect(lines.map(({ driver }) => driver)).toEqual(["AAA", "CCC"]);
  expect(lines[0].points).toEqual([[1, -2.5], [2, -3.5], [3, -4.5]]);
  expect(lines[1].points).toEqual([[0, 3], [1, 4], [2, 5]]);
  expect(gapLines([], "BBB", null)).toEqual([]);
});

test("the gap axis holds the cars of now, and what a stop costs", () => {
  const lines = gapLines([frame(0), frame(1), frame(2)], "BBB", null);
  const { low, high, ticks } = gapAxis(lines, null);
  expect(low).toBeLessThan(-3.5);
  expect(high).toBeGreaterThan(4);
  expect(ticks).toContain(0);
  expect(gapAxis(lines, 22).high).toBeGreaterThan(22);
  expect(gapAxis([{ driver: "AAA", points: [[1, -500]] }], null).low).toBe(-60);
});

test("a stop has its cost, but where it costs nothing and where there is nothing to stop for", () => {
  expect(stopCost(frame(2))).toEqual({ usual: 4.5, low: 3.5, high: 6.5, known: true });
  expect(costText(stopCost(frame(2)))).toBe("5 s as usual here, 4 to 7 nine times in ten");
  expect(costText(stopCost(frame(2, { pit_loss_s: [22.4, 20, 26.2, 0] })))).toContain("22 s as usual elsewhere");
  expect(stopCost(stoppage(2))).toBeNull();
  expect([stopCost(frame(0)), stopCost(frame(5))]).toEqual([null, null]);
});

test("cars out of the race have no place", () => {
  const out = frame(2, { tower: [row("AAA", 2, -1), row("BBB", 2, null), row("CCC", 1, null, { running: 0 })] });
  const lines = Object.fromEntries(placeLines([frame(0), frame(1), out]).map(({ driver, points }) => [driver, points]));
  expect(lines.CCC).toEqual([[0, 3], [1, 3]]);
  expect(lines.BBB.length).toBe(3);
});

test("axes have round ticks and labels do not cover each other", () => {
  expect(axis(-4.2, 6.1, 6).ticks).toEqual([-4, -2, 0, 2, 4, 6]);
  expect(lapTicks(3, 17, 5)).toEqual([5, 10, 15]);
  expect(lapTicks(0, 4, 10)).toEqual([0, 1, 2, 3, 4]);
  const rows = spread([50, 52, 51, 200], 13, 10, 190);
  const sorted = [...rows].sort((a, b) => a - b);
  sorted.slice(1).forEach((y, i) => expect(y - sorted[i]).toBeGreaterThanOrEqual(13));
  expect(Math.max(...rows)).toBeLessThanOrEqual(190);
  expect(rows[0]).toBeLessThan(rows[2]);
  expect(rows[2]).toBeLessThan(rows[1]);
});

test("a line is lifted over more than one missing lap", () => {
  const same = (v) => v;
  expect(pathOf([[1, 5], [2, 6], [4, 7], [8, 8]], same, same)).toBe("M1.0 5.0L2.0 6.0L4.0 7.0M8.0 8.0");
});

test("flags, rain and sets become runs of laps", () => {
  const frames = [frame(0), frame(1), frame(2, { flag: "sc" }), frame(3, { flag: "sc", rain: true, stops: 1, compound: "MEDIUM" }), frame(4, { stops: 1, compound: "MEDIUM" })];
  expect(flagSpans(frames)).toEqual([{ first: 2, last: 3, kind: "sc" }]);
  const red = [frame(0), frame(1, { messages: [[5, 1, "RED FLAG"]] }), frame(2)];
  expect(flagSpans(red)).toEqual([{ first: 1, last: 1, kind: "red" }]);
  expect(pausesFor(red[0], red[1])).toBe("Paused: red flag.");
  expect(rainSpans(frames)).toEqual([{ first: 3, last: 3, kind: "rain" }]);
  expect(stintSpans(frames)).toEqual([{ first: 1, last: 3, kind: "SOFT" }, { first: 4, last: 4, kind: "MEDIUM" }]);
});

test("of words that would run into each other the gravest is kept", () => {
  const kinds = (laps) => apart([{ first: 1, last: 2, kind: "rain" }, { first: 2, last: 2, kind: "sc" }, { first: 3, last: 3, kind: "red" }, { first: 9, last: 9, kind: "vsc" }], laps).map(({ kind }) => kind);
  expect(kinds(0.4)).toEqual(["red", "sc", "vsc", "rain"]);
  expect(kinds(1.5)).toEqual(["red", "vsc", "rain"]);
  expect(kinds(4)).toEqual(["red", "vsc"]);
});

test("lap times of a set leave out the laps into and out of the pits and under flags", () => {
  const on = { stops: 1, compound: "MEDIUM" };
  const frames = [frame(0), frame(1), frame(2, on), frame(3, on), frame(4, on), frame(5, { ...on, flag: "sc" })];
  expect(stintTimes(frames)).toEqual([[4, 90.4]]);
  expect(stintTimes([])).toEqual([]);
});

// Words

test("gaps are written as timing does", () => {
  expect([gapText(-0.8524), gapText(12.34), gapText(9.9996)]).toEqual(["−0.852", "+12.3", "+10.0"]);
  const [ahead, own, behind] = rowsOf(frame(3), "BBB");
  expect([gapToYou(ahead, 3), gapToYou(own, 3), gapToYou(behind, 3)]).toEqual(["−4.500", "you", "+5.000"]);
  expect(gapToYou({ ...ahead, gap: null, laps: 5 }, 3)).toBe("−2 L");
  expect(gapToYou({ ...behind, gap: null, laps: 1 }, 3)).toBe("+1 L");
  expect(gapToYou({ ...behind, gap: null, laps: 0 }, 0)).toBe("–");
  expect(gapToYou({ ...behind, running: false }, 3)).toBe("out");
  expect(gapToLeader(ahead, ahead)).toBe("leader");
  expect(gapToLeader({ ...behind, leader: null, laps: 1 }, { ...ahead, laps: 3 })).toBe("+1 L");
  expect([moveText(3, 5), moveText(5, 3), moveText(3, 3), moveText(3, null)]).toEqual(["▲2", "▼2", "", ""]);
});

test("a gap from before two cars changed places is not given", () => {
  const swapped = frame(3, { tower: [row("AAA", 3, -1), row("BBB", 3, null), row("CCC", 2, -4.3)] });
  const rows = rowsOf(swapped, "BBB");
  expect([rows[2].gap, rows[2].stale, gapToYou(rows[2], 3)]).toEqual([null, true, "–"]);
  expect(placeOf(swapped, "BBB")).toBe(2);
});

test("what a lap brought is said in a sentence", () => {
  expect(lapSentence(begun())).toBe("On the grid, P2 of 3, soft tyres, 6 laps to drive.");
  const game = told(begun(2), lapMessage(3, { flag: "sc", rain: true, note: "boxed for HARD" }));
  expect(lapSentence(game)).toBe("Lap 3 of 6, P2. Safety car. It is raining. Boxed for hard. 4.5 seconds behind AAA. 5.0 ahead of CCC.");
  expect(lapSentence(told(begun(5), lapMessage(6)))).toContain("Chequered flag after lap 6, P2");
});

test("calls, chances, plans and results have their words", () => {
  expect(callText({ ...begun(1), pit: "INTERMEDIATE", pace: "save" })).toBe("box for inter, save");
  expect(callText({ ...begun(1), pace: "push" })).toBe("stay out, push");
  expect([chanceText(0.126), chanceText(0.001), chanceText(0.999), chanceText(0)]).toEqual(["13 %", "<1 %", ">99 %", "0 %"]);
  expect(planText("SOFT → lap 19 INTERMEDIATE")).toBe("Soft, lap 19 intermediate");
  expect([alternativeName(null), alternativeName("HARD")]).toEqual(["Stay out", "Box hard"]);
  expect(noteText("boxed for HARD; held up by SOF")).toBe("Boxed for hard; held up by SOF");
  expect(resultText(result, "BBB")).toBe("1 place better than the real BBB, P3.");
  expect(resultText({ ...result, real_position: 2 }, "BBB")).toBe("The real BBB finished P2 too.");
  expect(resultText({ ...result, position: 5 }, "BBB")).toBe("2 places worse than the real BBB, P3.");
  expect(resultText({ ...result, real_position: null }, "BBB")).toContain("did not see the flag");
  expect(resultText({ ...result, disqualified: true, reason: "one compound" }, "BBB")).toBe("Disqualified: one compound.");
  expect(sentence("FIA STEWARDS: CAR 3 (ERE) - DRS ENABLED IN Q3")).toBe("FIA stewards: car 3 (ERE) - DRS enabled in Q3");
});

test("what is said aloud is the change", () => {
  const game = begun(2);
  expect(spoken({ ...game, pit: "SOFT" }, game)).toBe("Lap 3: box for soft, neutral");
  expect(spoken({ ...game, oddsOn: true }, game)).toBe("");
  const fast = { ...game, playing: true, speed: 3 };
  expect(spoken(told(fast, lapMessage(3)), fast)).toBe("");
  const scored = { ...game, scores: { ok: true, iq: iq(71.4), wall: iq(55) } };
  expect(spoken(scored, game)).toBe("Strategy IQ 71, the real pit wall 55");
});

// The view

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", class {
    observe() {}
    disconnect() {}
  });
  window.localStorage.clear();
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
  document.body.replaceChildren();
});

const settled = () => new Promise((done) => setTimeout(done, 0));

/** A kernel that drives as told, and forgets nothing it was asked. */
async function show(laps = 0, answers = {}) {
  const el = document.createElement("div");
  document.body.append(el);
  const calls = new Map();
  const asked = [];
  const tell = (message) => calls.get("msg:custom")(message);
  let at = laps;
  const kernel = {
    whole: () => ({ ok: true, whole: whole(at, at === 6 ? { result, scores: null } : {}) }),
    step: ({ lap, pit, pace }) => {
      at = lap;
      tell(lapMessage(lap, { call: { pit, pace } }, lap === 6 ? { result } : {}));
      return { ok: true };
    },
    undo: ({ lap }) => {
      at = lap;
      tell({ kind: "undone", game: 1, lap, outcome: outcome(lap) });
      return { ok: true };
    },
    ...answers,
  };
  const invoke = async (name, message) => {
    asked.push([name, message]);
    return [(kernel[name] ?? (() => ({ ok: true })))(message), []];
  };
  const model = { get: race, on: (event, call) => calls.set(event, call), off: (event) => calls.delete(event) };
  const stop = widget.render({ model, el, experimental: { invoke } });
  await settled();
  const root = el.querySelector(".f1lab-sc");
  const press = async (key, target = root) => {
    const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true });
    target.dispatchEvent(event);
    await settled();
    return event.defaultPrevented;
  };
  const text = (css) => root.querySelector(css).textContent;
  return { el, root, calls, asked, tell, stop, press, text };
}

test("the tower has every car, the own one marked", async () => {
  const { root, text } = await show(3);
  const rows = [...root.querySelectorAll(".sc-tower tbody tr")];
  expect(rows.map((r) => r.dataset.driver)).toEqual(["AAA", "BBB", "CCC"]);
  expect(rows[1].getAttribute("aria-current")).toBe("true");
  expect(rows[0].cells[2].textContent).toBe("−4.500");
  expect(rows.map((r) => r.className)).toEqual(["", "sc-you", "sc-rejoin"]); // 5.0 s behind, a stop costs 4.5
  expect(text(".sc-flag strong")).toBe("Green flag");
  root.querySelector(".sc-tower .sc-link").click();
  expect(root.querySelector(".sc-tower tbody tr").cells[2].textContent).toBe("leader");
});

test("keys call, drive and look back; a plain key stays in the widget", async () => {
  const { root, asked, press, text, el } = await show(1);
  const heard = vi.fn();
  el.addEventListener("keydown", heard);
  await press("p");
  await press("2");
  expect(text(".sc-call")).toContain("box for medium, push");
  await press("ArrowRight");
  expect(asked.at(-1)).toEqual(["step", { lap: 2, pit: "MEDIUM", pace: "push" }]);
  expect(text(".sc-call")).toContain("Lap 3: stay out, push");
  await press("ArrowRight");
  expect(asked.at(-1)).toEqual(["step", { lap: 3, pit: null, pace: "push" }]);
  await press(",");
  expect(text(".sc-back")).toContain("Looking back at lap 2 of 3");
  await press("l");
  expect(root.querySelector(".sc-back").hidden).toBe(true);
  expect(await press("x")).toBe(false);
  expect(heard).not.toHaveBeenCalled();
});

test("the box opens on its first set, says why one is not there, and closes", async () => {
  const { root, press, text } = await show(1);
  await press("b");
  expect(root.querySelector(".sc-drawer").hidden).toBe(false);
  expect(document.activeElement.textContent).toContain("Soft");
  const hard = root.querySelectorAll(".sc-tile")[2];
  expect([hard.getAttribute("aria-disabled"), hard.textContent]).toEqual(["true", expect.stringContaining("no set left")]);
  hard.click();
  expect(text(".sc-bars")).toContain("No hard tyres: no set left.");
  await press("Escape");
  expect(root.querySelector(".sc-drawer").hidden).toBe(true);
  expect(document.activeElement).toBe(root.querySelector(".sc-box"));
});

test("a stopped race says so, asks for tyres by click and by key, and goes on", async () => {
  let held = true;
  const { root, asked, press, tell, text } = await show(2, {
    step: ({ lap, pit, pace }) => {
      tell(held ? stopped(2) : lapMessage(lap, { call: { pit, pace } }));
      held = false;
      return { ok: true };
    },
  });
  await press("ArrowRight");
  expect(text(".sc-stopped")).toContain("Race stopped: tyres may be changed free.");
  expect(text(".sc-flag strong")).toBe("Red flag, race stopped");
  expect(text(".f1-unseen[role=status]")).toContain("tyres may be changed free. B chooses");
  expect(text(".sc-call")).toBe("Lap 3, race stopped: keep the soft tyres, neutral");
  expect(text(".sc-step")).toContain("Go on with lap 3");
  expect(text(".sc-rejoin-note")).toBe("");
  expect(text(".sc-messages li")).toContain("L3");
  root.querySelector(".sc-stopped button").click();
  expect(root.querySelector(".sc-drawer").hidden).toBe(false);
  await press("2");
  expect(text(".sc-call")).toContain("change to medium tyres, neutral");
  expect(text(".f1-unseen[role=status]")).toBe("Lap 3: change to medium tyres, neutral");
  const on = root.querySelectorAll(".sc-stopped button")[1];
  expect(on.textContent).toContain("Fit medium and go on");
  on.focus();
  on.click();
  await settled();
  expect(asked.at(-1)).toEqual(["step", { lap: 3, pit: "MEDIUM", pace: "neutral" }]);
  expect(root.querySelector(".sc-stopped")).toBeNull();
  expect(root.contains(document.activeElement)).toBe(true);
  expect(text(".sc-call")).toContain("Lap 4: stay out");
});

test("going on from an earlier lap is asked about first", async () => {
  const { root, asked, text } = await show(4);
  const slider = root.querySelector(".sc-slider");
  slider.value = "6"; // no further than has been driven
  slider.dispatchEvent(new Event("input"));
  expect([slider.value, text(".sc-facts dd"), root.querySelector(".sc-back").hidden]).toEqual(["4", "4of 6", true]);
  slider.value = "2";
  slider.dispatchEvent(new Event("input"));
  expect(text(".sc-facts dd")).toBe("2of 6");
  expect(asked.length).toBe(1); // a drag asks Python nothing
  [...root.querySelectorAll(".sc-back button")].at(-1).click();
  expect(text(".sc-bars")).toContain("Take back laps 3 to 4?");
  root.querySelector(".sc-bars button").click();
  await settled();
  expect(asked.at(-1)).toEqual(["undo", { lap: 2 }]);
  expect(text(".sc-call")).toContain("Lap 3");
  expect(root.querySelector(".sc-bars").textContent).toContain("Back on lap 2.");
});

test("the race plays by itself and stops when it is told to", async () => {
  const { asked, press, text } = await show(0);
  await press(" ");
  expect(asked.filter(([name]) => name === "step").length).toBe(1);
  expect(text(".sc-play")).toContain("Pause");
  await press(" ");
  expect(text(".sc-play")).toContain("Play");
});

test("a refused lap is told in place and the race read anew", async () => {
  const { root, asked, press } = await show(1, { step: () => ({ ok: false, error: "No set is left." }) });
  await press("ArrowRight");
  await settled();
  expect(root.querySelector(".sc-bars").textContent).toContain("No set is left.");
  expect(asked.at(-1)[0]).toBe("whole");
});

test("a lost line says so and keeps the run, and the next view offers it", async () => {
  const first = await show(1);
  await first.press("ArrowRight");
  first.calls.get("comm_live_update")();
  expect(first.text(".sc-bars")).toContain("Connection to the kernel lost");
  expect(kept(window.localStorage, race()).laps).toBe(2);
  first.stop();
  document.body.replaceChildren();
  const second = await show(0);
  expect(second.text(".sc-bars")).toContain("2 of 6 laps");
  second.root.querySelector(".sc-offer button").click();
  await settled();
  expect(second.asked.at(-1)[0]).toBe("resume");
  expect(second.asked.at(-1)[1].run.decisions.length).toBe(2);
});

test("a line that is cut while asked is noticed", async () => {
  const { root, press } = await show(1, { step: () => { throw new Error("disposed"); } });
  await press("ArrowRight");
  expect(root.querySelector("[role=alert]").textContent).toContain("your run is kept");
});

test("the flag brings result, scores, and the league's answer", async () => {
  const { root, asked, tell, press, text } = await show(5);
  await press("ArrowRight");
  expect(text(".sc-place")).toBe("P2");
  expect(text(".sc-score")).toContain("being judged");
  expect(root.querySelector(".sc-desk").hidden).toBe(true);
  tell({ kind: "scores", game: 0, ok: true, iq: iq(71.4), wall: iq(55) });
  expect([...root.querySelectorAll(".sc-meter b")].map((b) => b.textContent)).toEqual(["71", "55"]);
  expect(text(".sc-parts")).toContain("Boxing for hard was late.");
  expect(text(".sc-parts .sc-none")).toContain("did not apply");
  expect(text(".sc-best")).toContain("Soft, lap 3 medium. It comes to P1.");
  root.querySelector(".sc-league button").click();
  expect(asked.at(-1)).toEqual(["submit", { user: "Ada" }]);
  tell({ kind: "submitted", game: 0, ok: false, error: "The name is not possible." });
  expect(root.querySelector(".sc-answer").className).toContain("sc-refused");
  expect(text(".sc-answer")).toBe("The name is not possible.");
});

test("a view that goes asks and hears nothing more", async () => {
  const { stop, calls } = await show(1);
  stop();
  expect([...calls.keys()]).toEqual([]);
});
