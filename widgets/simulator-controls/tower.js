// The tower: every car as timing shows it, the own one marked.

import { html } from "../shared/dom.js";
import { shown } from "./game.js";
import { button, disc, panel, write } from "./parts.js";
import { clockText, gapToLeader, gapToYou, moveText, tyreName } from "./words.js";
import { rowsOf, stopCost } from "./wire.js";

/** @typedef {import("./game.js").Game} Game */
/** @typedef {import("./wire.js").Row} Row */
/** @typedef {import("./wire.js").Race} Race */

/** @param {Race} race */
export function tower(race) {
  let toLeader = false;
  /** @type {Game | null} */
  let last = null;
  const toggle = button("sc-link", ["Gap to leader"], () => {
    toLeader = !toLeader;
    toggle.textContent = toLeader ? "Gap to you" : "Gap to leader";
    if (last) update(last);
  });
  const { element, body } = panel("sc-tower", "Order", [toggle]);
  const caption = html("caption", { class: "f1-unseen" });
  const rows = html("tbody");
  const rejoin = html("p", { class: "sc-hint sc-rejoin-note" });
  const heads = [["", "Place"], ["", "Driver"], ["Gap", "Gap"], ["Tyre", "Tyres and their age"], ["St.", "Stops"], ["Last lap", "Last lap"]];
  body.append(
    html(
      "table",
      {},
      caption,
      html("thead", {}, html("tr", {}, ...heads.map(([name, title]) => html("th", { scope: "col", title: title ?? "", "aria-label": title ?? "" }, name)))),
      rows,
    ),
    rejoin,
  );

  /** @param {Game} game */
  const update = (game) => {
    last = game;
    const frame = shown(game);
    const now = rowsOf(frame, race.driver);
    const before = new Map((game.frames[frame.lap - 1]?.tower ?? []).map(([driver], i) => [driver, i + 1]));
    caption.textContent = frame.lap === 0 ? "Starting grid" : `Order after lap ${frame.lap}`;
    const leader = /** @type {Row} */ (now[0]);
    const reach = stopCost(race, frame);
    const outAt = reach === null ? -1 : now.findIndex((row) => row.running && row.gap !== null && row.gap > reach);
    write(rejoin, outAt < 0 ? "" : `where a stop now would bring you out (${(reach ?? 0).toFixed(0)} s, as usual here)`);
    rows.replaceChildren(
      ...now.map((row, i) => line(race, row, {
        gap: toLeader ? gapToLeader(row, leader) : gapToYou(row, frame.lap),
        move: frame.lap > 1 && row.running ? moveText(row.position, before.get(row.driver) ?? null) : "",
        out: i === outAt,
      })),
    );
  };
  return { element, update };
}

/**
 * @param {Race} race
 * @param {Row} row
 * @param {{gap: string, move: string, out: boolean}} more `out` where a stop now would come out: above this car
 */
function line(race, row, { gap, move, out }) {
  const who = race.drivers[row.driver];
  const mark = html("i", { class: "sc-swatch", "aria-hidden": "true" });
  mark.style.background = who?.colour ?? "";
  const css = [row.you && "sc-you", !row.running && "sc-out", out && "sc-rejoin"].filter(Boolean).join(" ");
  const age = html("span", { class: "sc-age" }, row.age.toFixed(0));
  return html(
    "tr",
    { class: css || null, "data-driver": row.driver, "aria-current": row.you ? "true" : null, title: out ? "A stop now would come out about here" : null },
    html("td", { class: "sc-n" }, row.running ? `${row.position}` : "–"),
    html(
      "th",
      { scope: "row", title: `${who?.name ?? ""}, ${who?.team ?? ""}` },
      mark,
      row.driver,
      html("span", { class: move.startsWith("▲") ? "sc-move sc-up" : "sc-move" }, move),
    ),
    html("td", { class: "sc-n sc-gap" }, gap),
    html(
      "td",
      { class: "sc-tyre" },
      row.running && disc(race, row.compound),
      row.running && html("span", { class: "f1-unseen" }, `${tyreName(row.compound)}, `),
      row.running && (row.inPit ? html("b", { class: "sc-pit" }, "PIT") : age),
    ),
    html("td", { class: "sc-n" }, row.stops === 0 ? "" : `${row.stops}`),
    html("td", { class: "sc-n sc-last" }, row.running ? clockText(row.last) : ""),
  );
}
