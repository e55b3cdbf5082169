// Own tyres, the odds of each call, and what race control says.

import { html } from "../shared/dom.js";
import { timeChart } from "./charts.js";
import { driven, latest, shown } from "./game.js";
import { button, disc, kbd, panel } from "./parts.js";
import { ageText, alternativeName, chanceText, planText, tyreName } from "./words.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./wire.js").Alternative} Alternative */
/** @typedef {import("./wire.js").Frame} Frame */
/** @typedef {import("./wire.js").Race} Race */

/** @param {Race} race */
export function tyres(race) {
  const { element, body } = panel("sc-tyres", "Your tyres");
  const facts = html("div", { class: "sc-wear" });
  const times = html("div", { class: "sc-times" });
  body.append(facts, times);

  let width = 0;

  /** @param {Game} game @param {boolean} measure whether the room may have changed */
  const update = (game, measure) => {
    const frame = shown(game);
    if (measure) width = Math.floor(times.clientWidth);
    const [loss, low, high] = frame.wear;
    const [each, eachLow, eachHigh] = frame.wear_per_lap;
    facts.replaceChildren(
      disc(race, frame.compound, "sc-large"),
      html(
        "div",
        {},
        html("p", {}, html("strong", {}, `${tyreName(frame.compound)}, ${ageText(frame.tyre_age_laps)}`)),
        html("p", {}, `${loss.toFixed(2)} s slower than new`, html("span", { class: "sc-hint" }, ` (${low.toFixed(2)} to ${high.toFixed(2)})`)),
        html("p", {}, `${each.toFixed(3)} s more each lap`, html("span", { class: "sc-hint" }, ` (${eachLow.toFixed(3)} to ${eachHigh.toFixed(3)})`)),
      ),
    );
    const chart = width > 0 ? timeChart(game.frames.slice(0, frame.lap + 1), width) : null;
    times.replaceChildren(
      chart ?? html("p", { class: "sc-hint sc-empty" }, "Lap times to come are told from laps in clear air on this kind of tyres."),
      ...(chart ? [html("p", { class: "sc-hint" }, `Dots: laps driven on this set.${frame.forecast.length > 0 ? " Line and shade: laps to come at neutral pace in clear air, 9 times in 10." : ""}`)] : []),
    );
  };
  return { element, update };
}

/**
 * @param {Race} race
 * @param {() => void} onToggle
 */
export function odds(race, onToggle) {
  const toggle = button("sc-link", ["Show", kbd("O")], onToggle, { "aria-pressed": "false" });
  const { element, body } = panel("sc-odds", "Odds", [toggle]);
  const hint = html("p", { class: "sc-hint" }, "Where each call leads, from many races run from here on what is known now.");
  body.append(hint);

  /** @param {Game} game */
  const update = (game) => {
    const over = latest(game).finished;
    element.hidden = over;
    toggle.replaceChildren(game.oddsOn ? "Hide" : "Show", kbd("O"));
    toggle.setAttribute("aria-pressed", String(game.oddsOn));
    element.setAttribute("aria-busy", String(game.oddsOn && game.oddsAsked !== null));
    const known = game.odds?.lap === driven(game) ? game.odds : null;
    if (!game.oddsOn) return body.replaceChildren(hint);
    if (known?.error) return body.replaceChildren(html("p", { class: "sc-hint" }, known.error));
    const found = known?.odds;
    if (!found) return body.replaceChildren(html("p", { class: "sc-hint" }, "Running the races …"));
    const heads = ["Call", "Place", "Win", "Podium", "Points"];
    return body.replaceChildren(
      html(
        "table",
        {},
        html("caption", { class: "f1-unseen" }, `Odds of the calls for lap ${driven(game) + 1}`),
        html("thead", {}, html("tr", {}, ...heads.map((name, i) => html("th", { scope: "col", class: i ? "sc-n" : null }, name)))),
        html("tbody", {}, ...found.alternatives.map((a) => alternative(race, a))),
      ),
      html("p", { class: "sc-hint" }, `${found.races} races a call, with the best plan behind it. Under the place: places lost against the best call.`),
    );
  };
  return { element, update };
}

/** @param {Race} race @param {Alternative} a */
function alternative(race, { call, plan, win, podium, points, position, regret_places: regret, regret_low: low, regret_high: high }) {
  const cost = regret > 0.005 ? `+${regret.toFixed(1)}` : "best";
  return html(
    "tr",
    {},
    html("th", { scope: "row" }, html("span", { class: "sc-alternative" }, call ? disc(race, call) : html("span", { class: "sc-disc sc-stay", "aria-hidden": "true" }, "→"), alternativeName(call)), html("small", {}, planText(plan))),
    html("td", { class: "sc-n", title: regret > 0.005 ? `${low.toFixed(1)} to ${high.toFixed(1)} places, 9 times in 10` : null }, `P${position.toFixed(1)}`, html("small", {}, cost)),
    ...[win, podium, points].map((share) => {
      const cell = html("td", { class: "sc-n sc-share" }, chanceText(share));
      cell.style.setProperty("--share", `${(share * 100).toFixed(1)}%`);
      return cell;
    }),
  );
}

export function messages() {
  const { element, body } = panel("sc-messages", "Race control");
  const list = html("ol", { tabindex: 0, "aria-label": "Messages of race control and your own notes, newest first" });
  body.append(list);
  /** What each lap brought is written once. @type {WeakMap<Frame, HTMLElement[]>} */
  const written = new WeakMap();

  /** @param {Frame} told @param {number} lap @param {string} note */
  const linesOf = (told, lap, note) => {
    const known = written.get(told);
    if (known) return known;
    const lines = told.messages.map(([, , text]) => messageLine(lap, sentence(text), null));
    if (note) lines.push(messageLine(lap, planText(note), "sc-own-note"));
    written.set(told, lines.reverse());
    return lines;
  };

  /** @param {Game} game */
  const update = (game) => {
    const frame = shown(game);
    const laps = game.frames.slice(0, frame.lap + 1);
    const lines = laps.map((told) => linesOf(told, told.lap, told.note));
    // Where the line was crossed under the red flag, its lap has the note already.
    if (frame === game.stoppage) lines.push(linesOf(frame, frame.lap + 1, laps.at(-1)?.stopped ? "" : frame.note));
    const items = lines.reverse().flat();
    list.replaceChildren(...(items.length > 0 ? items : [html("li", { class: "sc-nothing sc-hint" }, "Nothing yet.")]));
  };
  return { element, update };
}

/** @param {number} lap @param {string} text @param {string | null} css */
function messageLine(lap, text, css) {
  return html("li", { class: css }, html("span", { class: "sc-lapno" }, `L${lap}`), html("span", {}, text));
}

/** Race control writes in capitals, which are hard to read: only names keep them. @param {string} text */
export function sentence(text) {
  const plain = text.replace(/\([A-Z]{3}\)|\b(?:DRS|FIA|VSC|SC|Q[123]|T\d+|[A-Z]{3}(?=\)))\b|[A-Z]+/g, (word) =>
    /^\(|^(?:DRS|FIA|VSC|SC|Q\d|T\d+)$/.test(word) ? word : word.toLowerCase(),
  );
  return plain.charAt(0).toUpperCase() + plain.slice(1);
}
