// Between view, kernel and browser: what is pressed goes to Python, what Python tells comes into
// the game, the run is kept, and a line that has gone silent is noticed.

import { SPEEDS, driven, latest, opened, ready, runOf, told } from "./game.js";
import { fileName, forget, keep, kept } from "./keep.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./wire.js").Race} Race */
/** @typedef {{get(name: string): any, on(event: string, call: (...args: any[]) => void): void, off(event: string, call: (...args: any[]) => void): void}} Model */
/** @typedef {(name: string, message: unknown, options: {signal: AbortSignal}) => Promise<[any, unknown]>} Invoke */
/** @typedef {{ok: boolean, error?: string, whole?: import("./wire.js").Whole}} Answer */

/** The kernel is slow after this, and gone, or busy with something else, after that [ms]. */
const SLOW_MS = 1500;
const LOST_MS = 8000;
/** Odds are asked for when the race has stood so long [ms]: who drives on does not wait for them. */
const STILL_MS = 250;

/**
 * @param {Model} model
 * @param {Invoke} invoke
 * @param {(game: Game, before: Game) => void} onChange
 */
export function player(model, invoke, onChange) {
  /** @type {Race} */
  const race = model.get("race");
  const storage = storageOf();
  let game = opened(race);
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let still;
  let gone = false;
  let unkept = false;

  /** @param {Game} next */
  const set = (next) => {
    if (next === game || gone) return;
    const before = game;
    game = next;
    keepRun(before);
    onChange(game, before);
    clearTimeout(still);
    still = setTimeout(askOdds, STILL_MS);
  };

  /** @param {Partial<Game>} part */
  const change = (part) => set({ ...game, ...part });

  /** @param {Game} before */
  const keepRun = (before) => {
    if ((game.frames === before.frames && game.stoppage === before.stoppage) || driven(game) === 0) return;
    const run = runOf(game);
    if (run && !(storage && keep(storage, race, run)) && !unkept) {
      unkept = true;
      game = { ...game, notice: "This browser does not keep the run: download it before you leave." };
    }
  };

  /**
   * @param {string} name
   * @param {unknown} message
   * @returns {Promise<Answer>}
   */
  const ask = async (name, message) => {
    const slow = setTimeout(() => change({ line: "slow" }), SLOW_MS);
    try {
      const [answer] = await invoke(name, message, { signal: AbortSignal.timeout(LOST_MS) });
      change({ line: "" });
      return answer;
    } catch {
      // No answer, or no line to ask on: the player is told, and can try again.
      change({ line: "lost", playing: false, driving: false, oddsAsked: null });
      return { ok: false };
    } finally {
      clearTimeout(slow);
    }
  };

  const load = async () => {
    const answer = await ask("whole", {});
    if (!answer.ok || !answer.whole) return change({ notice: answer.error ?? "" });
    const first = game.game < 0;
    set(told({ ...game, line: "" }, { kind: "whole", whole: answer.whole }));
    if (first && driven(game) === 0 && storage) change({ offer: kept(storage, race) });
  };

  const step = async () => {
    clearTimeout(timer);
    if (!ready(game)) return;
    const began = performance.now();
    const lap = driven(game) + 1;
    change({ driving: true, looking: null, boxing: false, notice: "" });
    const answer = await ask("step", { lap, pit: game.pit, pace: game.pace });
    change(answer.ok ? { driving: false, offer: null } : { driving: false, playing: false, notice: answer.error ?? game.notice });
    if (!answer.ok && game.line === "") {
      await load();
      change({ notice: answer.error ?? "" });
    }
    next(performance.now() - began);
  };

  /** @param {number} spent on the last lap [ms] */
  const next = (spent) => {
    clearTimeout(timer);
    if (!game.playing || latest(game).finished) return;
    const pause = (SPEEDS[game.speed]?.seconds ?? 1) * 1000;
    timer = setTimeout(step, Math.max(pause - spent, 0));
  };

  const askOdds = async () => {
    const lap = driven(game);
    const idle = game.oddsOn && game.oddsAsked === null && game.line !== "lost" && game.frames.length > 0;
    if (!idle || game.odds?.lap === lap || latest(game).finished || (game.playing && game.speed === SPEEDS.length - 1)) return;
    change({ oddsAsked: lap });
    const answer = await ask("odds", { lap });
    if (!answer.ok && answer.error) change({ oddsAsked: null, ...(driven(game) === lap ? { odds: { lap, odds: null, error: answer.error } } : {}) });
  };

  /** @param {any} message */
  const hear = (message) => {
    if (typeof message?.kind !== "string" || message.kind.startsWith("anywidget")) return;
    set(told(game.line ? { ...game, line: "" } : game, message));
  };
  const cut = () => change({ line: "lost", playing: false, driving: false, oddsAsked: null });
  model.on("msg:custom", hear);
  model.on("comm_live_update", cut);

  /** @param {string} name @param {unknown} message */
  const order = async (name, message) => {
    const answer = await ask(name, message);
    if (!answer.ok) change({ notice: answer.error ?? game.notice, question: null });
    return answer.ok;
  };

  return {
    race,
    game: () => game,
    set,
    change,
    load,
    step,
    play() {
      change({ playing: !game.playing && ready(game), looking: null, notice: "" });
      if (game.playing) step();
      else clearTimeout(timer);
    },
    /** @param {number} speed */
    speed(speed) {
      change({ speed });
      if (game.playing && !game.driving) next(0);
    },
    /** @param {number} lap */
    undo: (lap) => order("undo", { lap }),
    /** @param {string | null} start */
    restart: (start) => order("restart", { start }),
    async resume() {
      const offer = game.offer;
      if (offer && (await order("resume", { run: offer.run }))) change({ offer: null });
    },
    discard() {
      if (storage) forget(storage, race);
      change({ offer: null });
    },
    /** @param {string} user */
    async submit(user) {
      if (game.submitted === "pending") return;
      change({ submitted: "pending" });
      const answer = await ask("submit", { user });
      if (!answer.ok) change({ submitted: { ok: false, text: answer.error ?? "The kernel does not answer: the run is kept here." } });
    },
    download() {
      const run = game.frames.length > 1 ? runOf(game) : game.offer?.run;
      if (run) save(fileName(race, game.frames.length > 1 ? driven(game) : (game.offer?.laps ?? 0)), JSON.stringify(run));
    },
    destroy() {
      gone = true;
      clearTimeout(timer);
      clearTimeout(still);
      model.off("msg:custom", hear);
      model.off("comm_live_update", cut);
    },
  };
}

/** @returns {Storage | null} null where the reader forbids it */
function storageOf() {
  try {
    return window.localStorage;
  } catch {
    return null;
  }
}

/** @param {string} name @param {string} text */
function save(name, text) {
  const address = URL.createObjectURL(new Blob([text], { type: "application/json" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000);
}
