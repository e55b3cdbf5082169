// Above everything: which race, where the car is, the flag, and the laps driven as a strip.

import { html, svg } from "../shared/dom.js";
import { driven, latest, shown } from "./game.js";
import { apart, flagSpans, lapTicks, rainSpans, stintSpans } from "./geometry.js";
import { button, disc } from "./parts.js";
import { ageText, clockText, flagOf, gapText, neighbours, tyreName } from "./words.js";
import { placeOf } from "./wire.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./wire.js").Race} Race */

/** Room a word above the strip takes. */
const WORD_PX = 30;

/**
 * @typedef {object} Ask
 * @property {(lap: number) => void} look
 * @property {() => void} now
 * @property {(lap: number) => void} undo
 */

/**
 * @param {Race} race
 * @param {Ask} ask
 */
export function head(race, ask) {
  const who = race.drivers[race.driver];
  const swatch = html("span", { class: "sc-swatch", "aria-hidden": "true" });
  swatch.style.background = who?.colour ?? "currentColor";
  const facts = ["Lap", "Place", "Ahead", "Behind", "Tyres", "Last lap"].map((name) => {
    const value = html("dd", {});
    return { value, element: html("div", {}, html("dt", {}, name), value) };
  });
  const flag = html("p", { class: "sc-flag" });
  const strip = html("div", { class: "sc-strip-frame" });
  const slider = html("input", { type: "range", class: "sc-slider", min: 0, max: race.n_laps, step: 1, "aria-label": "Lap looked at" });
  let done = 0;
  slider.addEventListener("input", () => {
    // As wide as the race, and no further than it has been driven.
    slider.value = String(Math.min(Number(slider.value), done));
    ask.look(Number(slider.value));
  });
  const back = html("div", { class: "sc-back", hidden: true });
  const element = html(
    "div",
    { class: "sc-head" },
    html(
      "div",
      { class: "sc-title" },
      html("h3", { class: "f1-title" }, race.title),
      html("p", { class: "sc-who" }, swatch, `${who?.name ?? race.driver}, ${who?.team ?? ""}`),
    ),
    flag,
    html("dl", { class: "sc-facts" }, ...facts.map(({ element: fact }) => fact)),
    html("div", { class: "sc-laps" }, strip, slider, back),
  );
  let drawnFor = "";
  let width = 0;

  /** @param {Game} game @param {boolean} measure whether the room may have changed */
  const update = (game, measure) => {
    if (measure) width = strip.clientWidth;
    const frame = shown(game);
    const { ahead, behind } = neighbours(frame, race.driver);
    /** @type {[string, string][]} value and what is smaller beside it */
    const values = [
      [`${frame.lap}`, `of ${race.n_laps}`],
      [`P${placeOf(frame, race.driver)}`, frame.laps_down > 1 ? `${frame.laps_down - 1} L down` : ""],
      ahead ? [ahead.gap === null ? "–" : gapText(ahead.gap), ahead.driver] : ["–", "leading"],
      behind ? [behind.gap === null ? "–" : gapText(behind.gap), behind.driver] : ["–", ""],
      [tyreName(frame.compound), ageText(frame.tyre_age_laps)],
      [clockText(frame.last_lap_s) || "–", frame.modelled ? "model" : ""],
    ];
    values.forEach(([value, more], i) => {
      const tyres = i === 4 ? disc(race, frame.compound) : null;
      facts[i]?.value.replaceChildren(...(tyres ? [tyres] : []), value, html("small", {}, more));
    });
    const { name, sign } = flagOf(frame.flag);
    flag.dataset["flag"] = frame.finished ? "chequered" : frame.flag;
    const weather = [frame.rain ? "Rain" : frame.rain === false ? "Dry" : "", frame.track_temp_c === null ? "" : `Track ${frame.track_temp_c.toFixed(0)} °C`];
    flag.replaceChildren(
      html("span", { class: "sc-flag-sign", "aria-hidden": "true" }, frame.finished ? "▚" : sign),
      html("strong", {}, frame.finished ? "Chequered flag" : frame.stopped ? `${name}, race stopped` : name),
      html("span", { class: frame.rain ? "sc-weather sc-rain" : "sc-weather" }, weather.filter(Boolean).join(" · ")),
    );
    done = driven(game);
    slider.value = String(frame.lap);
    slider.disabled = done === 0;
    slider.style.setProperty("--share", `${(done / race.n_laps).toFixed(4)}`);
    slider.setAttribute("aria-valuetext", `Lap ${frame.lap} of ${done} driven, P${placeOf(frame, race.driver)}`);
    const key = `${game.game} ${done} ${game.stoppage !== null} ${width}`;
    if (key !== drawnFor) strip.replaceChildren(drawStrip(race, game, width));
    drawnFor = key;
    lookBack(game);
  };

  /** @param {Game} game */
  const lookBack = (game) => {
    const looking = game.looking;
    back.hidden = looking === null || game.question !== null;
    if (looking === null || game.question) return;
    const focused = back.contains(document.activeElement);
    const undo = button("sc-button", [`Go on from lap ${looking}`], () => ask.undo(looking));
    const now = button("sc-button sc-strong", [`Back to lap ${latest(game).lap}`], ask.now);
    back.replaceChildren(html("span", {}, `Looking back at lap ${looking} of ${driven(game)} driven.`), now, undo);
    if (focused) now.focus();
  };
  return { element, update };
}

/**
 * The whole distance: flags and rain above, own sets of tyres below.
 * @param {Race} race
 * @param {Game} game
 * @param {number} width [px]
 */
function drawStrip(race, game, width) {
  const { frames, stoppage } = game;
  const done = driven(game);
  const flags = flagSpans(stoppage ? [...frames, { ...stoppage, lap: done + 1 }] : frames);
  /** @param {number} lap */
  const at = (lap) => `${((lap / race.n_laps) * 100).toFixed(3)}%`;
  const rain = rainSpans(frames);
  const words = apart([...flags.filter(({ kind }) => kind !== "yellow"), ...rain], (WORD_PX * race.n_laps) / (width || 1));
  /** @param {import("./geometry.js").Span} span @param {number} y @param {number} height @param {string} css */
  const piece = ({ first, last }, y, height, css) =>
    svg("rect", { x: at(first - 1), width: at(last - first + 1), y, height, class: css });
  const letters = stintSpans(frames).map(({ first, last, kind }) => {
    const [, ink, letter] = race.compounds[kind] ?? ["", "#1b1b1b", "?"];
    const label = svg("text", { x: at((first - 1 + last) / 2), y: 34, class: "sc-strip-letter" }, letter);
    label.style.fill = ink;
    return last - first >= 1 ? label : null;
  });
  return svg(
    "svg",
    { class: "sc-strip", width: "100%", height: 41, "aria-hidden": "true" },
    svg("rect", { class: "sc-strip-road", x: 0, y: 22, width: "100%", height: 17, rx: 3 }),
    ...lapTicks(1, race.n_laps - 1, 5).map((lap) => lap > done && svg("text", { x: at(lap), y: 34, class: "sc-strip-word sc-strip-lap" }, `${lap}`)),
    ...flags.map((span) => piece(span, 11, 6, `sc-strip-${span.kind}`)),
    ...rain.map((span) => piece(span, 18, 3, "sc-strip-rain")),
    ...words.map(({ first, last, kind }) => svg("text", { x: at((first - 1 + last) / 2), y: 8, class: "sc-strip-word" }, kind === "rain" ? "Rain" : kind.toUpperCase())),
    ...stintSpans(frames).map((span) => {
      const rect = piece(span, 22, 17, "sc-strip-stint");
      rect.style.fill = race.compounds[span.kind]?.[0] ?? "#9aa0a6";
      return rect;
    }),
    ...letters,
  );
}
