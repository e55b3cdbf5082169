// Above everything: which race, where the car is, the flag, and the laps driven as a strip.

import { html, svg } from "../shared/dom.js";
import { driven, latest, shown } from "./game.js";
import { flagSpans, rainSpans, stintSpans } from "./geometry.js";
import { button, disc } from "./parts.js";
import { ageText, clockText, flagOf, gapText, neighbours, tyreName } from "./words.js";
import { placeOf } from "./wire.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./wire.js").Race} Race */

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
  const slider = html("input", { type: "range", class: "sc-slider", min: 0, max: 0, step: 1, "aria-label": "Lap looked at" });
  slider.addEventListener("input", () => ask.look(Number(slider.value)));
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

  /** @param {Game} game */
  const update = (game) => {
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
    flag.dataset["flag"] = frame.flag;
    const weather = [frame.rain ? "Rain" : frame.rain === false ? "Dry" : "", frame.track_temp_c === null ? "" : `Track ${frame.track_temp_c.toFixed(0)} °C`];
    flag.replaceChildren(
      html("span", { class: "sc-flag-sign", "aria-hidden": "true" }, frame.finished ? "▚" : sign),
      html("strong", {}, frame.finished ? "Chequered flag" : name),
      html("span", { class: frame.rain ? "sc-weather sc-rain" : "sc-weather" }, weather.filter(Boolean).join(" · ")),
    );
    const done = driven(game);
    slider.max = String(done);
    slider.value = String(frame.lap);
    slider.disabled = done === 0;
    slider.style.width = `${Math.max((done / race.n_laps) * 100, 4)}%`;
    slider.setAttribute("aria-valuetext", `Lap ${frame.lap} of ${done} driven, P${placeOf(frame, race.driver)}`);
    const key = `${game.game} ${done}`;
    if (key !== drawnFor) strip.replaceChildren(drawStrip(race, game));
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
 */
function drawStrip(race, game) {
  const { frames } = game;
  /** @param {number} lap */
  const at = (lap) => `${((lap / race.n_laps) * 100).toFixed(3)}%`;
  /** @param {import("./geometry.js").Span} span @param {string} words */
  const above = ({ first, last }, words) => svg("text", { x: at((first - 1 + last) / 2), y: 8, class: "sc-strip-word" }, words);
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
    ...flagSpans(frames).map((span) => piece(span, 11, 6, `sc-strip-${span.kind}`)),
    ...flagSpans(frames).map((span) => (span.kind === "yellow" ? null : above(span, span.kind.toUpperCase()))),
    ...rainSpans(frames).map((span) => piece(span, 18, 3, "sc-strip-rain")),
    ...rainSpans(frames).map((span) => above(span, "Rain")),
    ...stintSpans(frames).map((span) => {
      const rect = piece(span, 22, 17, "sc-strip-stint");
      rect.style.fill = race.compounds[span.kind]?.[0] ?? "#9aa0a6";
      return rect;
    }),
    ...letters,
  );
}
