// SimulatorControls: a real race from the pit wall. Python drives the laps and tells what each
// brought; what is looked at, called for and played is decided here.

import { html } from "../shared/dom.js";
import { followTheme } from "../shared/theme.js";
import { lineChart } from "./charts.js";
import { desk } from "./desk.js";
import { finish } from "./finish.js";
import { callFor, driven, latest, lookAt, setPace } from "./game.js";
import { head } from "./head.js";
import { HELP, actionOf } from "./keys.js";
import { button, kbd } from "./parts.js";
import { player } from "./player.js";
import { messages, odds, tyres } from "./side.js";
import { tower } from "./tower.js";
import { STOPPED, callText, lapSentence, tyreName } from "./words.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./player.js").Model} Model */
/** @typedef {ReturnType<typeof player>} Player */

/** At a lap every second and faster only what stops the race is said aloud. */
const SPOKEN_SPEEDS = 2;

/**
 * @param {{model: Model, el: HTMLElement, experimental: {invoke: import("./player.js").Invoke}}} context
 * @returns {() => void} what to do when the view goes
 */
function render({ model, el, experimental }) {
  const root = html("section", { class: "f1lab-card f1lab-sc", tabindex: 0, "aria-busy": "true" });
  el.append(root);
  const stopTheme = followTheme(root);
  const live = html("div", { class: "f1-unseen", role: "status", "aria-live": "polite" });
  /** @type {ReturnType<typeof mount> | null} */
  let view = null;
  const play = player(model, experimental.invoke, (game, before) => {
    if (game.frames.length === 0) return waiting(root, game, play);
    view ??= mount(root, live, play);
    view.update(game);
    speak(live, game, before);
  });
  root.setAttribute("aria-label", `Race simulator: ${play.race.title}, ${play.race.driver}`);
  root.replaceChildren(html("p", { class: "sc-hint" }, "The cars form up …"));
  root.addEventListener("keydown", (event) => onKey(event, play));
  root.addEventListener("click", (event) => {
    // After a press of the mouse the keys are the race's again, not the button's.
    const pressed = event.detail > 0 && event.target instanceof Element && event.target.closest("button");
    if (pressed && !play.game().boxing && !play.game().question) root.focus({ preventScroll: true });
  });
  const observer = new ResizeObserver(() => view?.resize());
  observer.observe(root);
  play.load();
  return () => {
    observer.disconnect();
    stopTheme();
    play.destroy();
  };
}

/**
 * Before the first frame has come.
 * @param {HTMLElement} root
 * @param {Game} game
 * @param {Player} play
 */
function waiting(root, game, play) {
  if (game.line !== "lost" && !game.notice) return;
  const words = game.notice || "The kernel does not answer. Run the cell again; a run of yours is kept in this browser and offered then.";
  root.replaceChildren(html("p", { class: "sc-bar-line sc-alert", role: "alert" }, words), button("sc-button", ["Try again"], play.load));
}

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} live
 * @param {Player} play
 */
function mount(root, live, play) {
  const { race } = play;
  const parts = {
    head: head(race, {
      look: (lap) => play.set(lookAt(play.game(), lap)),
      now: () => play.change({ looking: null }),
      undo: (lap) => play.change({ question: { kind: "undo", lap }, playing: false }),
    }),
    desk: desk(race, {
      play: play.play,
      step: play.step,
      speed: play.speed,
      pace: (pace) => play.set(setPace(play.game(), pace)),
      box: () => openBox(play),
      call: (compound) => play.set(callFor(play.game(), compound)),
      start: (compound) => play.restart(compound),
      undo: () => play.undo(driven(play.game()) - 1),
    }),
    finish: finish(race, { submit: play.submit, again: () => play.restart(null), download: play.download }),
    tower: tower(race),
    chart: lineChart(race),
    tyres: tyres(race),
    odds: odds(race, () => toggleOdds(play)),
    messages: messages(),
  };
  const bars = html("div", { class: "sc-bars" });
  const foot = html(
    "footer",
    { class: "sc-foot" },
    html("details", {}, html("summary", {}, "Keys and rules"), html("p", { class: "sc-hint" }, "Rivals drive their real laps: nobody can be held up, and one who was quicker gets by."), html("dl", { class: "sc-keys" }, ...HELP.map(([key, what]) => html("div", {}, html("dt", {}, html("kbd", {}, key ?? "")), html("dd", {}, what ?? ""))))),
    button("sc-link", ["Download the run"], play.download),
  );
  root.replaceChildren(
    parts.head.element,
    bars,
    html(
      "div",
      { class: "sc-main" },
      html("div", { class: "sc-left" }, parts.tower.element, parts.messages.element),
      html("div", { class: "sc-right" }, parts.desk.element, parts.finish.element, parts.chart.element, html("div", { class: "sc-pair" }, parts.tyres.element, parts.odds.element)),
    ),
    foot,
    live,
  );
  root.removeAttribute("aria-busy");
  let width = 0;
  let barsFor = "";

  const { desk: own, finish: end, odds: chances, ...drawn } = parts;
  /** @type {Game | null} */
  let last = null;

  /** @param {Game} game */
  const update = (game) => {
    // Only a lap, or another one looked at, changes what is drawn of the race.
    if (game.frames !== last?.frames || game.stoppage !== last.stoppage || game.looking !== last.looking || game.question !== last.question) {
      // Sizes are read while nothing has been changed yet: read in between, each would be worked out anew.
      const measure = last === null || latest(last).finished !== latest(game).finished;
      if (measure) for (const part of [own, end, chances]) part.update(game);
      for (const part of Object.values(drawn)) part.update(game, measure);
    }
    last = game;
    for (const part of [own, end, chances]) part.update(game);
    const now = latest(game);
    const key = JSON.stringify([game.notice, game.question, game.line, game.offer?.laps, now.stopped && [now.lap, game.pit]]);
    if (key === barsFor) return;
    barsFor = key;
    const held = bars.contains(document.activeElement);
    bars.replaceChildren(...barLines(game, play));
    if (held) root.focus({ preventScroll: true });
    if (game.question) bars.querySelector("button")?.focus({ preventScroll: true });
  };
  return {
    update,
    resize() {
      if (width === root.clientWidth) return;
      width = root.clientWidth;
      last = null;
      update(play.game());
    },
  };
}

/**
 * What the player has to know or answer, above the rest.
 * @param {Game} game
 * @param {Player} play
 */
function barLines(game, play) {
  const lines = [];
  if (game.line === "lost") {
    lines.push(bar("sc-alert", "alert", "Connection to the kernel lost — your run is kept in this browser. Run the cell again to resume it; if the kernel is only busy, try again.", [
      button("sc-button sc-strong", ["Try again"], play.load),
      button("sc-button", ["Download the run"], play.download),
    ]));
  } else if (game.line === "slow") {
    lines.push(bar("", "status", "Waiting for the kernel …", []));
  }
  if (game.offer) {
    lines.push(bar("sc-offer", "status", `A run of yours is kept here: ${game.offer.laps} of ${game.race.n_laps} laps.`, [
      button("sc-button sc-strong", ["Resume it"], play.resume),
      button("sc-button", ["Download it"], play.download),
      button("sc-button", ["Discard it"], play.discard),
    ]));
  }
  if (latest(game).stopped && !latest(game).finished) {
    const tyres = tyreName(game.pit ?? latest(game).compound).toLowerCase();
    lines.push(bar("sc-stopped", "group", STOPPED, [
      button("sc-button", [game.pit ? "Other tyres" : "Choose tyres", kbd("B")], () => openBox(play)),
      button("sc-button sc-strong", [game.pit ? `Fit ${tyres} and go on` : `Keep the ${tyres} tyres and go on`, kbd("→")], play.step),
    ]));
  }
  if (game.question?.kind === "undo") {
    const { lap } = game.question;
    const laps = lap + 1 === driven(game) ? `lap ${lap + 1}` : `laps ${lap + 1} to ${driven(game)}`;
    lines.push(bar("sc-offer", "alertdialog", `Take back ${laps}? The calls made there are lost.`, [
      button("sc-button sc-strong", ["Take back"], () => play.undo(lap)),
      button("sc-button", ["Keep"], () => play.change({ question: null })),
    ]));
  }
  if (game.notice) lines.push(bar("", "status", game.notice, []));
  return lines;
}

/** @param {string} css @param {string} role @param {string} words @param {HTMLElement[]} buttons */
function bar(css, role, words, buttons) {
  return html("div", { class: `sc-bar-line ${css}`, role, "aria-label": role === "alertdialog" || role === "group" ? words : null }, html("span", {}, words), ...buttons);
}

/** @param {Player} play */
function openBox(play) {
  const game = play.game();
  if (latest(game).finished) return;
  // Nobody chooses tyres while laps go by.
  play.change({ boxing: !game.boxing, playing: false, looking: null });
}

/** @param {Player} play */
function toggleOdds(play) {
  const { oddsOn } = play.game();
  play.change({ oddsOn: !oddsOn, odds: oddsOn ? null : play.game().odds });
}

/**
 * @param {KeyboardEvent} event
 * @param {Player} play
 */
function onKey(event, play) {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  // A notebook would take a plain key for its own: "x" cuts the cell.
  event.stopPropagation();
  const target = /** @type {HTMLElement} */ (event.target);
  const focus = { tag: target.tagName.toLowerCase(), type: target.getAttribute("type") ?? "" };
  const action = actionOf(event, focus);
  if (action === null || play.game().frames.length === 0) return;
  event.preventDefault();
  const game = play.game();
  const { race } = play;
  const looking = game.looking ?? driven(game);
  /** @type {Record<string, () => void>} */
  const actions = {
    play: play.play,
    step: play.step,
    box: () => openBox(play),
    push: () => play.set(setPace(game, "push")),
    neutral: () => play.set(setPace(game, "neutral")),
    save: () => play.set(setPace(game, "save")),
    odds: () => toggleOdds(play),
    back: () => play.set(lookAt(game, looking - 1)),
    forward: () => play.set(lookAt(game, looking + 1)),
    now: () => play.change({ looking: null }),
    escape: () => play.change(game.question ? { question: null } : game.boxing ? { boxing: false } : { pit: null, looking: null, notice: "" }),
  };
  const fitted = action.startsWith("fit") ? race.fitted[Number(action.slice(3))] : undefined;
  if (fitted !== undefined) play.set(callFor(game, fitted));
  else actions[action]?.();
}

/**
 * @param {HTMLElement} live
 * @param {Game} game
 * @param {Game} before
 */
function speak(live, game, before) {
  const words = spoken(game, before);
  if (words) live.textContent = words;
}

/**
 * What is said after a change; empty for nothing.
 * @param {Game} game
 * @param {Game} before
 */
export function spoken(game, before) {
  if (game.stoppage && game.stoppage !== before.stoppage) return `${STOPPED} B chooses, the right arrow goes on.`;
  if (game.frames !== before.frames) {
    const quiet = game.playing && game.speed >= SPOKEN_SPEEDS;
    return quiet ? "" : lapSentence(game);
  }
  if (game.pit !== before.pit || game.pace !== before.pace) return `Lap ${driven(game) + 1}: ${callText(game)}`;
  if (game.scores !== before.scores && game.scores?.iq && game.scores.wall) {
    return `Strategy IQ ${game.scores.iq.total.toFixed(0)}, the real pit wall ${game.scores.wall.total.toFixed(0)}`;
  }
  if (game.odds !== before.odds && game.odds?.odds) {
    const best = game.odds.odds.alternatives[0];
    return best ? `Odds: best is to ${best.call ? `box for ${best.call.toLowerCase()}` : "stay out"}, about P${best.position.toFixed(1)}` : "";
  }
  return "";
}

export default { render };
