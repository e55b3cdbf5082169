// The traces as a table, corner by corner and straight by straight.

import { html } from "../shared/dom.js";
import { secondsText } from "../shared/format.js";

/** @typedef {import("./data.js").Wire} Wire */

/**
 * @param {Wire} wire
 * @returns {HTMLElement | null} null when there are no parts
 */
export function partsTable(wire) {
  const drawn = wire.laps.filter(({ problem }) => !problem);
  if (wire.parts.length === 0) return null;
  const heads = drawn.flatMap(({ label }, i) => [
    html("th", { scope: "col", class: "tt-n" }, label, html("small", {}, " km/h")),
    i > 0 && html("th", { scope: "col", class: "tt-n" }, "lost", html("small", {}, " s")),
  ]);
  const rows = wire.parts.map((part) =>
    html(
      "tr",
      { "data-kind": part.kind },
      html("th", { scope: "row" }, part.label),
      html("td", {}, part.kind),
      ...part.cells.flatMap(({ speed_kmh: speed, lost_s: lost }, i) => [
        html("td", { class: "tt-n" }, speed === null ? "–" : String(Math.round(speed))),
        i > 0 && html("td", { class: "tt-n" }, lost === null ? "–" : secondsText(lost, 3).replace(" s", "")),
      ]),
    ),
  );
  return html(
    "details",
    { class: "tt-parts" },
    html("summary", {}, "Corner by corner, in numbers"),
    html(
      "div",
      { class: "tt-parts-frame" },
      html(
        "table",
        {},
        html("caption", {}, "Slowest speed of each corner, highest of each straight, and the time lost there"),
        html("thead", {}, html("tr", {}, html("th", { scope: "col" }, "Part"), html("th", { scope: "col" }, "Kind"), ...heads)),
        html("tbody", {}, ...rows),
      ),
    ),
  );
}
