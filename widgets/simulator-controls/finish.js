// After the flag: the result, how well it was called, the best plan, and handing the run in.

import { html } from "../shared/dom.js";
import { button, disc, panel } from "./parts.js";
import { clockText, gapText, noteText, partName, planText, resultText, tyreName } from "./words.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./wire.js").Iq} Iq */
/** @typedef {import("./wire.js").Race} Race */

/**
 * @typedef {object} Ask
 * @property {(user: string) => void} submit
 * @property {() => void} again
 * @property {() => void} download
 */

/**
 * @param {Race} race
 * @param {Ask} ask
 */
export function finish(race, ask) {
  const { element, body } = panel("sc-finish", "The flag");
  const result = html("div", { class: "sc-result" });
  const score = html("div", { class: "sc-score" });
  const name = html("input", { type: "text", id: "sc-user", maxlength: 24, value: race.user, autocomplete: "nickname", "aria-label": "Name for the league", placeholder: "Your name" });
  const submit = button("sc-button sc-strong", ["Submit to the league"], () => ask.submit(name.value.trim()));
  const answer = html("p", { class: "sc-answer", role: "status" });
  const league = html("div", { class: "sc-row sc-league" }, name, submit);
  name.addEventListener("keydown", (event) => {
    if (event.key === "Enter") submit.click();
  });
  body.append(
    result,
    score,
    ...(race.league ? [league, answer] : []),
    html("div", { class: "sc-row" }, button("sc-button", ["Play again"], ask.again), button("sc-button", ["Download the run"], ask.download)),
  );
  let drawn = "";

  /** @param {Game} game */
  const update = (game) => {
    element.hidden = game.result === null;
    if (!game.result) return;
    const sent = game.submitted;
    submit.setAttribute("aria-disabled", String(sent === "pending"));
    answer.textContent = sent === "" ? "" : sent === "pending" ? "The league drives your run again …" : sent.text;
    answer.classList.toggle("sc-refused", typeof sent === "object" && !sent.ok);
    const key = `${game.game} ${game.scores !== null}`;
    if (key === drawn) return;
    drawn = key;
    result.replaceChildren(...resultLines(race, game.result));
    score.replaceChildren(...scoreLines(game));
  };
  return { element, update };
}

/** @param {Race} race @param {import("./wire.js").Result} result */
function resultLines(race, result) {
  const gap = result.position === 1 ? "Winner" : result.gap_winner_s === null ? `${result.laps_down} L down` : `${gapText(result.gap_winner_s)} s to the winner`;
  const stops = result.stops.flatMap(({ lap, compound }) => [html("span", { class: "sc-hint" }, `lap ${lap}`), disc(race, compound)]);
  return [
    html("p", { class: "sc-place" }, `P${result.position}`),
    html(
      "div",
      {},
      html("p", {}, html("strong", {}, resultText(result, race.driver))),
      html("p", { class: "sc-hint" }, `${gap} · ${raceTime(result.race_time_s)} · ${result.points} ${result.points === 1 ? "point" : "points"}${result.modelled_from === null ? "" : ` · from lap ${result.modelled_from} on the model drove: the real car was out`}`),
      html("p", { class: "sc-plan" }, disc(race, result.start), ...stops, html("span", { class: "f1-unseen" }, `Started on ${tyreName(result.start)}`)),
    ),
  ];
}

/** @param {number} seconds */
function raceTime(seconds) {
  const hours = Math.floor(seconds / 3600);
  return `${hours}:${clockText(seconds - 3600 * hours).padStart(9, "0")}`;
}

/** @param {Game} game */
function scoreLines({ scores }) {
  if (!scores) return [html("p", { class: "sc-hint", role: "status" }, "Your calls and those of the real pit wall are being judged …")];
  const { iq, wall } = scores;
  if (!scores.ok || !iq || !wall) return [html("p", { class: "sc-answer sc-refused" }, scores.error ?? "")];
  return [
    html(
      "div",
      { class: "sc-iqs", role: "img", "aria-label": `Strategy IQ ${iq.total.toFixed(0)} of 100, the real pit wall ${wall.total.toFixed(0)}` },
      meter("Your strategy IQ", iq.total, 100, "sc-mine"),
      meter("The real pit wall", wall.total, 100, "sc-wall"),
    ),
    html("ul", { class: "sc-parts" }, ...iq.parts.map((part, i) => partLine(part, wall.parts[i]))),
    html("p", { class: "sc-best" }, html("strong", {}, "The best plan found: "), `${planText(iq.best_plan)}. It comes to P${iq.best_position}.`),
  ];
}

/** @param {string} name @param {number} value @param {number} most @param {string} css */
function meter(name, value, most, css) {
  const bar = html("i", { class: `sc-bar ${css}` });
  bar.style.setProperty("--share", `${((value / most) * 100).toFixed(1)}%`);
  return html("div", { class: "sc-meter" }, html("span", {}, name), html("b", {}, value.toFixed(0)), bar);
}

/** @param {import("./wire.js").Part} part @param {import("./wire.js").Part | undefined} wall */
function partLine(part, wall) {
  const none = part.score === null;
  const points = none ? "did not apply" : `${part.points.toFixed(0)} of ${part.weight.toFixed(0)}`;
  const theirs = wall && wall.score !== null ? `pit wall ${wall.points.toFixed(0)} of ${wall.weight.toFixed(0)}` : "";
  const bar = html("i", { class: "sc-bar sc-mine", "aria-hidden": "true" });
  bar.style.setProperty("--share", `${((part.score ?? 0) * 100).toFixed(1)}%`);
  const wallBar = html("i", { class: "sc-bar sc-wall", "aria-hidden": "true" });
  wallBar.style.setProperty("--share", `${((wall?.score ?? 0) * 100).toFixed(1)}%`);
  return html(
    "li",
    { class: none ? "sc-none" : null },
    html("div", { class: "sc-part-head" }, html("strong", {}, partName(part.name)), html("span", {}, points), html("span", { class: "sc-hint" }, theirs)),
    ...(none ? [] : [bar, wallBar]),
    html("p", {}, noteText(part.sentence)),
  );
}
