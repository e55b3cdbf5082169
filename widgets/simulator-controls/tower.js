// The tower: every car as timing shows it, the own one marked.

import { html } from "../shared/dom.js";
import { shown } from "./game.js";
import { button, disc, panel, write } from "./parts.js";
import { clockText, costText, gapToLeader, gapToYou, moveText, tyreName } from "./words.js";
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

  /** @type {Map<string, ReturnType<typeof line>>} */
  const lines = new Map();
  for (const driver of Object.keys(race.drivers)) lines.set(driver, line(race, driver));

  /** @param {Game} game */
  const update = (game) => {
    last = game;
    const frame = shown(game);
    const now = rowsOf(frame, race.driver);
    const before = new Map((game.frames[frame.lap - 1]?.tower ?? []).map(([driver], i) => [driver, i + 1]));
    caption.textContent = frame.lap === 0 ? "Starting grid" : `Order after lap ${frame.lap}`;
    const leader = /** @type {Row} */ (now[0]);
    const cost = stopCost(frame);
    const outAt = cost === null ? -1 : now.findIndex((row) => row.running && row.gap !== null && row.gap > cost.usual);
    write(rejoin, cost === null ? "" : `${outAt < 0 ? "A stop now costs" : "where a stop now would bring you out:"} ${costText(cost)}`);
    rejoin.classList.toggle("sc-rejoins", outAt >= 0);
    now.forEach((row, i) => {
      const own = /** @type {ReturnType<typeof line>} */ (lines.get(row.driver));
      own.update(row, {
        gap: toLeader ? gapToLeader(row, leader) : gapToYou(row, frame.lap),
        move: frame.lap > 1 && row.running ? moveText(row.position, before.get(row.driver) ?? null) : "",
        out: i === outAt,
      });
      if (rows.children[i] !== own.element) rows.insertBefore(own.element, rows.children[i] ?? null);
    });
    while (rows.children.length > now.length) rows.lastElementChild?.remove();
  };
  return { element, update };
}

/**
 * The line of a car; it stays, and only what differs is written.
 * @param {Race} race
 * @param {string} driver
 */
function line(race, driver) {
  const who = race.drivers[driver];
  const mark = html("i", { class: "sc-swatch", "aria-hidden": "true" });
  mark.style.background = who?.colour ?? "";
  /** @param {string} css */
  const cell = (css) => html("td", { class: css });
  const [place, gaps, tyre, stops, time] = [cell("sc-n"), cell("sc-n sc-gap"), cell("sc-tyre"), cell("sc-n"), cell("sc-n sc-last")];
  const moved = html("span", { class: "sc-move" });
  const name = html("th", { scope: "row", title: `${who?.name ?? ""}, ${who?.team ?? ""}` }, mark, driver, moved);
  const element = html("tr", { "data-driver": driver, "aria-current": driver === race.driver ? "true" : null }, place, name, gaps, tyre, stops, time);
  let tyreFor = "";

  /**
   * @param {Row} row
   * @param {{gap: string, move: string, out: boolean}} more `out` where a stop now would come out: above this car
   */
  const update = (row, { gap, move, out }) => {
    element.className = [row.you && "sc-you", !row.running && "sc-out", out && "sc-rejoin"].filter(Boolean).join(" ");
    element.title = out ? "A stop now would come out about here" : "";
    write(place, row.running ? `${row.position}` : "–");
    write(moved, move);
    moved.classList.toggle("sc-up", move.startsWith("▲"));
    write(gaps, gap);
    write(stops, row.stops === 0 ? "" : `${row.stops}`);
    write(time, row.running ? clockText(row.last) : "");
    const age = row.age.toFixed(0);
    const key = row.running ? `${row.compound} ${row.inPit ? "in" : age}` : "";
    if (key === tyreFor) return;
    tyreFor = key;
    tyre.replaceChildren(
      ...(row.running
        ? [disc(race, row.compound), html("span", { class: "f1-unseen" }, `${tyreName(row.compound)}, `), row.inPit ? html("b", { class: "sc-pit" }, "PIT") : html("span", { class: "sc-age" }, age)]
        : []),
    );
  };
  return { element, update };
}
