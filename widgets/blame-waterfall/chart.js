// The bars, the axis and the lap strip as one SVG, drawn from a layout.

import { svg } from "../shared/dom.js";
import { lapRanges } from "../shared/format.js";
import { hatching } from "./geometry.js";
import { rival, sentence } from "./words.js";

/** @typedef {import("./geometry.js").Box} Box */
/** @typedef {import("./geometry.js").Layout} Layout */
/** @typedef {import("./geometry.js").Row} Row */
/** @typedef {import("./geometry.js").Strip} Strip */
/** @typedef {import("./report.js").Report} Report */

const STAGGER_MS = 110;
const GROW_MS = 420;

/**
 * @typedef {object} Chart
 * @property {SVGSVGElement} element
 * @property {Map<string, SVGGElement>} bars by key, in order
 * @property {(laps: readonly number[], role: string) => void} showLaps marks laps on the strip
 */

/**
 * @param {Report} report
 * @param {Layout} place
 * @param {string} panelId the element the bars open
 * @returns {Chart}
 */
export function drawChart(report, place, panelId) {
  const bars = new Map(place.rows.map((row) => [row.step.key, bar(row, place, panelId)]));
  const found = svg("g", { class: "wf-found", "aria-hidden": "true" });
  const element = svg(
    "svg",
    {
      class: "wf-chart",
      viewBox: `0 0 ${place.width} ${place.height}`,
      width: place.width,
      height: place.height,
      role: "group",
      "aria-label":
        `Seconds lost to ${rival(report)} by cause. ` +
        "Arrow keys move between the bars, Enter opens the evidence, Escape closes it.",
    },
    axis(report, place),
    ...bars.values(),
    place.strip && strip(place.strip, place, found),
  );
  return {
    element,
    bars,
    showLaps: (laps, role) => found.replaceChildren(...lapPieces(place.strip, laps, role)),
  };
}

/**
 * The role a bar's colour follows.
 * @param {Row["step"]} step
 */
export function roleOf(step) {
  if (step.kind !== "cause") return step.kind;
  return step.sense;
}

/**
 * @param {Report} report
 * @param {Layout} place
 */
function axis(report, place) {
  const { plot, sizes, width } = place;
  const y = plot.y - 7;
  /** @param {number} x @param {string} words @param {string} anchor @param {number} at */
  const small = (x, words, anchor, at) =>
    svg("text", { class: "wf-small", x, y: at, "text-anchor": anchor }, words);
  return svg(
    "g",
    { "aria-hidden": "true" },
    small(plot.x + 6, "◂ gained", "start", 12),
    small(plot.x + plot.width, `lost to ${rival(report)} ▸`, "end", 12),
    ...place.ticks.flatMap(([x, text]) => [
      svg("path", { class: "wf-grid", d: upright(x, place) }),
      small(x, text, "middle", y),
    ]),
    svg("path", { class: "wf-zero", d: upright(place.zero, place) }),
    !place.narrow &&
      svg("text", { class: "wf-small wf-hint", x: 0, y }, "Open a bar for evidence"),
    !place.narrow && small(width - sizes.shareLeft, "share", "start", y),
    !place.narrow && small(width - sizes.places, "places", "middle", y),
  );
}

/**
 * @param {number} x
 * @param {Layout} place
 */
function upright(x, place) {
  return place.spans.map(([top, bottom]) => `M${x} ${top}V${bottom}`).join("");
}

/**
 * @param {Row} row
 * @param {Layout} place
 * @param {string} panelId
 */
function bar(row, place, panelId) {
  const { step } = row;
  const role = roleOf(step);
  const middle = row.bar.y + row.bar.height / 2;
  const total = step.kind === "total";
  return svg(
    "g",
    {
      class: `wf-bar wf-bar-${step.kind}`,
      role: "button",
      tabindex: -1,
      "aria-label": sentence(step),
      "aria-expanded": "false",
      "aria-controls": panelId,
      "data-key": step.key,
      "data-seconds": String(step.seconds),
    },
    svg("title", {}, sentence(step)),
    total && svg("path", { class: "wf-rule", d: `M0 ${row.y - 4.5}H${place.width}` }),
    svg("rect", {
      class: "wf-hit",
      x: -8,
      y: row.y + 1,
      width: place.width + 16,
      height: row.height - 2,
      rx: 6,
    }),
    svg("text", { class: "wf-label", x: 0, y: row.labelY }, step.label),
    svg(
      "g",
      { class: `wf-grow wf-from-${step.sense === "gained" ? "right" : "left"}` },
      box(row.bar, `wf-fill-${role} wf-rect`, 2),
      step.sense === "gained" && svg("path", { class: "wf-hatch", d: hatching(row.bar) }),
    ),
    row.link &&
      svg("path", { class: "wf-link", d: `M${row.link.x} ${row.link.top}V${row.link.bottom}` }),
    svg(
      "g",
      { class: "wf-after" },
      ...(row.whisker ? whisker(row.whisker, middle) : []),
      svg(
        "text",
        { class: "wf-value", x: row.valueX, y: middle + 4.5, "text-anchor": row.valueAnchor },
        row.value,
      ),
      ...side(row, place, role),
    ),
  );
}

/**
 * @param {Box} at
 * @param {string} kind
 * @param {number} radius
 */
function box({ x, y, width, height }, kind, radius) {
  return svg("rect", { class: kind, x, y, width, height, rx: radius });
}

/**
 * @param {[low: number, high: number]} ends
 * @param {number} y
 */
export function whisker([low, high], y) {
  const d = `M${low} ${y - 4}V${y + 4}M${low} ${y}H${high}M${high} ${y - 4}V${y + 4}`;
  return [
    svg("path", { class: "wf-whisker-halo", d }),
    svg("path", { class: "wf-whisker", d }),
  ];
}

/**
 * Share bar and places of a row.
 * @param {Row} row
 * @param {Layout} place
 * @param {string} role
 */
function side(row, place, role) {
  const { sizes, width } = place;
  const parts = [];
  if (row.shareBox) {
    parts.push(box({ ...row.shareBox, width: sizes.share }, "wf-rail", 2));
    parts.push(box(row.shareBox, `wf-fill-${role} wf-share`, 2));
    if (row.step.sense === "gained") {
      parts.push(svg("path", { class: "wf-hatch wf-hatch-thin", d: hatching(row.shareBox) }));
    }
  }
  if (row.share) {
    const x = width - sizes.shareText;
    parts.push(
      svg("text", { class: "wf-percent", x, y: row.sideY + 4, "text-anchor": "end" }, row.share),
    );
  }
  if (row.places) {
    const x = width - sizes.places;
    parts.push(box({ x: x - 15, y: row.sideY - 9, width: 30, height: 18 }, "wf-pill", 9));
    parts.push(
      svg("text", { class: "wf-places", x, y: row.sideY + 4, "text-anchor": "middle" }, row.places),
    );
  }
  return parts;
}

/**
 * @param {Strip} at
 * @param {Layout} place
 * @param {SVGGElement} found where the laps of the evidence are marked
 */
function strip(at, place, found) {
  const { track } = at;
  const bottom = track.y + track.height;
  return svg(
    "g",
    { class: "wf-strip", role: "img", "aria-label": stripWords(at) },
    !place.narrow && svg("text", { class: "wf-label", x: 0, y: track.y + 11 }, "Laps of the race"),
    box(track, "wf-rail", 3),
    ...at.bands.map((band) =>
      svg(
        "g",
        {},
        svg("title", {}, bandWords(band)),
        box({ ...track, x: band.x, width: band.width }, "wf-flag", 2),
        band.width >= 7 * band.flag.length + 2 &&
          svg(
            "text",
            { class: "wf-flag-text", x: band.x + band.width / 2, y: track.y + 10.8 },
            band.flag,
          ),
      ),
    ),
    found,
    ...at.marks.map(({ x, y }) => svg("path", { class: "wf-stem", d: `M${x} ${y}V${bottom}` })),
    ...at.marks.map((mark) =>
      svg(
        "g",
        { class: "wf-mark" },
        svg("title", {}, `Lap ${mark.lap}: ${mark.text}`),
        ...token(mark.x, mark.y, mark.token),
      ),
    ),
    ...at.ticks.map(([x, text]) =>
      svg("text", { class: "wf-small", x, y: bottom + 16, "text-anchor": "middle" }, text),
    ),
  );
}

/**
 * A letter on a disc.
 * @param {number} x
 * @param {number} y
 * @param {string} letter
 */
export function token(x, y, letter) {
  return [
    svg("circle", { class: "wf-disc", cx: x, cy: y, r: 7.5 }),
    svg("text", { class: "wf-disc-text", x, y: y + 3.6 }, letter),
  ];
}

/** @param {Strip["bands"][number]} band */
function bandWords({ lap, lastLap, text }) {
  return lastLap > lap ? `Laps ${lap}–${lastLap}: ${text}` : `Lap ${lap}: ${text}`;
}

/** @param {Strip} at */
function stripWords(at) {
  const marks = at.marks.map((mark) => `lap ${mark.lap}: ${mark.text}`);
  return [`${at.laps} laps`, ...marks, ...at.bands.map(bandWords)].join("; ");
}

/**
 * @param {Strip | null} at
 * @param {readonly number[]} laps
 * @param {string} role
 */
function lapPieces(at, laps, role) {
  if (!at) return [];
  const unit = at.track.width / at.laps;
  const inside = laps.filter((lap) => lap >= 1 && lap <= at.laps);
  return lapRanges(inside).map(([first, last]) =>
    box(
      {
        x: at.track.x + (first - 1) * unit,
        y: at.track.y + at.track.height + 1.5,
        width: Math.max((last - first + 1) * unit, 2),
        height: 3.5,
      },
      `wf-fill-${role}`,
      1,
    ),
  );
}

/**
 * Let the bars build up one after the other. Does nothing for readers who asked for less
 * motion.
 * @param {Chart} chart
 */
export function buildUp(chart) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  [...chart.bars.values()].forEach((group, i) => {
    const delay = i * STAGGER_MS;
    group.querySelector(".wf-grow")?.animate([{ transform: "scaleX(0)" }, { transform: "none" }], {
      delay,
      duration: GROW_MS,
      easing: "cubic-bezier(.2,.7,.2,1)",
      fill: "backwards",
    });
    for (const late of group.querySelectorAll(".wf-after, .wf-link")) {
      late.animate([{ opacity: 0 }, { opacity: 1 }], {
        delay: delay + GROW_MS * 0.6,
        duration: 200,
        easing: "ease-out",
        fill: "backwards",
      });
    }
  });
}
