// The pit wall's desk: play, pace, box. What is pressed here counts for the next lap.

import { html } from "../shared/dom.js";
import { SPEEDS, latest, pushLaps, ready, refusal } from "./game.js";
import { button, disc, kbd, panel, redraw, write } from "./parts.js";
import { callText, tyreName } from "./words.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./wire.js").Pace} Pace */
/** @typedef {import("./wire.js").Race} Race */

/**
 * @typedef {object} Ask
 * @property {() => void} play
 * @property {() => void} step
 * @property {(speed: number) => void} speed
 * @property {(pace: Pace) => void} pace
 * @property {() => void} box
 * @property {(compound: string | null) => void} call
 * @property {(compound: string) => void} start
 * @property {() => void} undo
 */

/** @type {[Pace, string, string][]} */
const PACES = [["push", "Push", "P"], ["neutral", "Neutral", "N"], ["save", "Save", "S"]];

/**
 * @param {Race} race
 * @param {Ask} ask
 */
export function desk(race, ask) {
  const { element, body } = panel("sc-desk", "Your call");
  const call = html("p", { class: "sc-call" });
  const play = button("sc-button sc-play", [], ask.play);
  const step = button("sc-button sc-strong sc-step", [], ask.step);
  const undo = button("sc-button sc-undo", [], ask.undo);
  const speeds = SPEEDS.map(({ name, seconds }, i) =>
    button("sc-button", [name], () => ask.speed(i), { title: seconds ? `A lap every ${seconds} s` : "As fast as it goes" }),
  );
  const paces = PACES.map(([pace, name, key]) => {
    const delta = race.paces_s[pace];
    const what = delta === 0 ? "as really driven" : `${delta > 0 ? "+" : "−"}${Math.abs(delta).toFixed(1)} s a lap`;
    return { pace, element: button("sc-button sc-pace", [html("span", {}, name, kbd(key)), html("small", {}, what)], () => ask.pace(pace)) };
  });
  const fuel = html("p", { class: "sc-hint sc-fuel" });
  const box = button("sc-button sc-box", [], ask.box, { "aria-expanded": "false" });
  const cancel = button("sc-button", ["Cancel"], () => ask.call(null), { "aria-label": "Cancel the stop" });
  const tiles = race.fitted.map((compound, i) => tile(race, compound, i, () => ask.call(compound)));
  const boxTitle = html("p", { class: "sc-box-title" });
  const drawer = html("div", { class: "sc-drawer", role: "dialog", hidden: true }, boxTitle, html("div", { class: "sc-tiles" }, ...tiles.map((t) => t.element)));
  const starts = race.fitted.map((compound) => ({
    compound,
    element: button("sc-button sc-start", [disc(race, compound), tyreName(compound)], () => ask.start(compound)),
  }));
  const grid = html("div", { class: "sc-grid", role: "group", "aria-label": "Tyres to start on" }, html("span", { class: "sc-label" }, "Start on"), ...starts.map((s) => s.element));
  body.append(
    call,
    html("div", { class: "sc-row" }, html("div", { class: "sc-drive" }, play, step), html("div", { class: "sc-drive" }, undo, group("Speed", speeds))),
    grid,
    html("div", { class: "sc-row sc-calls" }, group("Pace", paces.map((p) => p.element)), html("div", { class: "sc-boxing" }, box, cancel)),
    fuel,
    drawer,
  );
  let wasOpen = false;

  /** @param {Game} game */
  const update = (game) => {
    const frame = latest(game);
    const over = frame.finished;
    element.hidden = over;
    const next = frame.lap + 1;
    const { stopped } = frame;
    const drive = game.stoppage ? `Go on with lap ${next}` : `Drive lap ${next}`;
    const text = callText(game);
    redraw(call, `${next} ${text}`, () => [html("strong", {}, `Lap ${next}${stopped ? ", race stopped" : ""}: `), text, game.pit && !stopped ? html("span", { class: "sc-hint" }, " at the end of the lap") : ""]);
    redraw(play, String(game.playing), () => [game.playing ? "❚❚ Pause" : "▶ Play", kbd("Space")]);
    play.setAttribute("aria-pressed", String(game.playing));
    redraw(step, drive, () => [drive, kbd("→")]);
    step.setAttribute("aria-label", `${drive}: ${text}`);
    // Not `disabled` while a lap is under way: that would take the focus away each time.
    step.setAttribute("aria-disabled", String(!ready(game)));
    write(undo, `↶ Undo lap ${frame.lap}`);
    undo.hidden = frame.lap === 0;
    speeds.forEach((element_, i) => element_.setAttribute("aria-pressed", String(i === game.speed)));
    for (const { pace, element: p } of paces) {
      p.setAttribute("aria-pressed", String(pace === game.pace));
      p.setAttribute("aria-disabled", String(pace === "push" && pushLaps(game) < 1));
    }
    const laps = pushLaps(game);
    write(fuel, `Fuel for ${laps} pushed ${laps === 1 ? "lap" : "laps"} (${frame.fuel_margin_kg.toFixed(2)} kg to spare). Saving gives laps back.${frame.must_change ? " Another dry compound must still be driven." : ""}`);
    const pit = game.pit;
    const ask = stopped ? "Change tyres free" : `Box at the end of lap ${next}`;
    const doing = pit && `${stopped ? "Changing to" : "Boxing for"} ${tyreName(pit).toLowerCase()}`;
    redraw(box, doing ?? ask, () => (pit && doing ? [disc(race, pit), doing] : [stopped ? ask : "Box", kbd("B")]));
    box.setAttribute("aria-expanded", String(game.boxing));
    box.setAttribute("aria-label", doing ? `${doing}${stopped ? "" : ` at the end of lap ${next}`}; choose other tyres` : ask);
    box.classList.toggle("sc-armed", pit !== null);
    cancel.hidden = pit === null;
    write(boxTitle, `${ask}: which?`);
    drawer.setAttribute("aria-label", ask);
    drawer.hidden = !game.boxing;
    for (const t of tiles) t.update(game);
    if (game.boxing && !wasOpen) tiles.find((t) => t.element.getAttribute("aria-disabled") !== "true")?.element.focus({ preventScroll: true });
    if (!game.boxing && wasOpen && !over) box.focus({ preventScroll: true });
    wasOpen = game.boxing;
    grid.hidden = frame.lap > 0 || game.stoppage !== null;
    for (const s of starts) s.element.setAttribute("aria-pressed", String(s.compound === frame.compound));
  };
  return { element, update };
}

/** @param {string} name @param {HTMLElement[]} buttons */
function group(name, buttons) {
  return html("div", { class: "sc-group", role: "group", "aria-label": name }, ...buttons);
}

/**
 * One kind of tyres to box for.
 * @param {Race} race
 * @param {string} compound
 * @param {number} index
 * @param {() => void} onPress
 */
function tile(race, compound, index, onPress) {
  const state = html("small", {});
  const odds = html("small", { class: "sc-tile-odds" });
  const element = button("sc-tile", [disc(race, compound, "sc-large"), html("span", {}, tyreName(compound), kbd(String(index + 1))), state, odds], onPress);

  /** @param {Game} game */
  const update = (game) => {
    const frame = latest(game);
    const why = refusal(frame, compound);
    const sets = frame.sets[compound] ?? 0;
    write(state, why || `${sets} ${sets === 1 ? "set" : "sets"} left`);
    const known = game.odds?.lap === frame.lap ? game.odds.odds?.alternatives.find(({ call }) => call === compound) : undefined;
    write(odds, known ? `about P${known.position.toFixed(1)}` : "");
    element.setAttribute("aria-disabled", String(why !== ""));
    element.setAttribute("aria-pressed", String(game.pit === compound));
  };
  return { element, update };
}
