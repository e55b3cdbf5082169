// Where everything of the waterfall stands, in pixels. Pure: no DOM.
//
// The bars are stacked along one axis of seconds: each begins where the last one ended, the
// first at zero, and the total spans zero to the gap. A whisker covers the 90 % interval of
// its own bar. The seconds beside a bar stand at its tip, beyond the whisker: right of a loss,
// left of a gain; the axis leaves them the room.
//
// f1lab/widgets/_waterfall_geometry.py holds the same rules; both are tested against
// tests/widgets/fixtures/waterfall_cases.json.

import { placesText, secondsText, shareText } from "../shared/format.js";

/** @typedef {import("./report.js").Report} Report */
/** @typedef {import("./report.js").Part} Part */
/** @typedef {import("./report.js").TimelineEvent} TimelineEvent */

/** @typedef {{x: number, y: number, width: number, height: number}} Box */

/**
 * One bar: seconds, low and high are its own, start and end stand on the axis.
 * @typedef {object} Step
 * @property {string} key
 * @property {string} label
 * @property {"cause" | "unexplained" | "total"} kind
 * @property {"lost" | "gained" | "none"} sense
 * @property {number} seconds
 * @property {number | null} low
 * @property {number | null} high
 * @property {number} start
 * @property {number} end
 * @property {number | null} share
 * @property {number} places
 */

/**
 * @typedef {object} Row
 * @property {Step} step
 * @property {number} y
 * @property {number} height
 * @property {number} labelY
 * @property {number} sideY
 * @property {Box} bar
 * @property {[low: number, high: number] | null} whisker
 * @property {number} valueX
 * @property {"start" | "end"} valueAnchor
 * @property {string} value
 * @property {Box | null} shareBox the filled part
 * @property {string} share
 * @property {string} places
 * @property {{x: number, top: number, bottom: number} | null} link
 */

/** @typedef {{x: number, y: number, lap: number, kind: string, token: string, text: string}} Mark */
/** @typedef {{x: number, width: number, lap: number, lastLap: number, flag: string, text: string}} Band */
/** @typedef {[x: number, text: string]} Tick */
/** @typedef {{track: Box, laps: number, marks: Mark[], bands: Band[], ticks: Tick[]}} Strip */
/** @typedef {typeof WIDE} Sizes */

/**
 * @typedef {object} Layout
 * @property {number} width
 * @property {number} height
 * @property {boolean} narrow
 * @property {Sizes} sizes
 * @property {Box} plot
 * @property {number} zero
 * @property {Tick[]} ticks
 * @property {[top: number, bottom: number][]} spans pieces of a grid line
 * @property {Row[]} rows
 * @property {Strip | null} strip
 */

/** Below this width the words stand above their bars instead of beside them. */
const NARROW_BELOW = 560;
const VALUE_SIZE = 13; // font size of the seconds beside a bar
const VALUE_EM = 0.6; // mean width of one of their characters
const GAP = 6; // between a bar or whisker and its seconds
const MIN_BAR = 2; // so that a cause of some milliseconds can still be seen
const TICK_EVERY = 80; // about, between two ticks of the axis
const HATCH = 6; // between two lines of the hatching of gains
const TOTAL_GAP = 10; // between the parts and the total
const TOKEN = 8; // radius of a mark above the lap strip
const TRACK = 14; // height of the lap strip

/** @type {Record<string, string>} */
const TOKENS = { stop: "P", penalty: "!", incident: "×", rain: "W", retirement: "R" };

// axis, row and bar heights; the bar's top, the label's baseline and the middle of share and
// places from the row's top; columns from the right edge.
const WIDE = {
  axis: 40,
  row: 34,
  bar: 18,
  barTop: 8,
  plotLeft: 148,
  plotRight: 206,
  share: 84,
  shareLeft: 190,
  shareText: 62,
  places: 24,
  labelY: 21,
  sideY: 17,
};

/** @type {Sizes} */
const NARROW = {
  axis: 36,
  row: 50,
  bar: 16,
  barTop: 26,
  plotLeft: 4,
  plotRight: 4,
  share: 44,
  shareLeft: 140,
  shareText: 52,
  places: 20,
  labelY: 17,
  sideY: 13,
};

/**
 * Stack the parts of a report from zero to its gap: the causes in order, the remainder, the
 * total.
 * @param {Pick<Report, "categories" | "unexplained" | "gap_s">} report
 * @returns {Step[]}
 */
export function steps(report) {
  const remainder = report.unexplained;
  const causes = Object.entries(report.categories);
  const booked = [...causes.map(([, part]) => part.seconds), remainder.seconds].reduce(
    (sum, seconds) => sum + Math.abs(seconds),
    0,
  );
  /** @type {Part} */
  const rest = {
    ...remainder,
    label: "Unexplained",
    share: booked > 0 ? remainder.seconds / booked : 0,
    positions: 0,
  };
  let at = 0;
  const stacked = causes.map(([key, part]) => {
    const step = toStep(key, "cause", part, at);
    at += part.seconds;
    return step;
  });
  stacked.push(toStep("unexplained", "unexplained", rest, at));
  const total = { label: "Total gap", seconds: report.gap_s, share: null, positions: 0 };
  return [...stacked, toStep("total", "total", total, 0)];
}

/**
 * @param {string} key
 * @param {Step["kind"]} kind
 * @param {Part} part
 * @param {number} start
 * @returns {Step}
 */
function toStep(key, kind, part, start) {
  return {
    key,
    label: part.label,
    kind,
    sense: Math.abs(part.seconds) < 5e-4 ? "none" : part.seconds > 0 ? "lost" : "gained",
    seconds: part.seconds,
    low: part.low_s ?? null,
    high: part.high_s ?? null,
    start,
    end: start + part.seconds,
    share: part.share,
    places: part.positions,
  };
}

/**
 * Round values between two ends, in steps of 1, 2 or 5 times a power of ten.
 * @param {number} low
 * @param {number} high
 * @param {number} count about how many
 * @returns {[value: number, text: string][]}
 */
export function ticks(low, high, count) {
  const power = 10 ** Math.floor(Math.log10((high - low) / count));
  const ratio = (high - low) / count / power;
  const step = power * (ratio < 1.5 ? 1 : ratio < 3 ? 2 : ratio < 7 ? 5 : 10);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => {
    const n = first + i;
    return [n * step, n ? secondsText(n * step, decimals).slice(0, -2) : "0"];
  });
}

/**
 * Place everything for one width, y downwards from the top of the axis.
 * @param {Pick<Report, "categories" | "unexplained" | "gap_s" | "timeline" | "laps_compared">} report
 * @param {number} width
 * @param {{timeline?: boolean}} [options]
 * @returns {Layout}
 */
export function layout(report, width, { timeline = true } = {}) {
  const narrow = width < NARROW_BELOW;
  const sizes = narrow ? NARROW : WIDE;
  const stacked = steps(report);
  const plot = {
    x: sizes.plotLeft,
    y: sizes.axis,
    width: width - sizes.plotLeft - sizes.plotRight,
    height: sizes.row * stacked.length + TOTAL_GAP,
  };
  const [low, high] = domain(stacked);
  const [left, right] = range(stacked, plot, low, high);
  /** @param {number} seconds */
  const scale = (seconds) => left + ((seconds - low) / (high - low)) * (right - left);

  const rows = stacked.map((step, i) => toRow(step, i, sizes, plot, width, scale));
  rows.forEach((row, i) => {
    const below = rows[i + 1];
    if (below) {
      row.link = { x: scale(row.step.end), top: row.bar.y + row.bar.height, bottom: below.bar.y };
    }
  });
  const bottom = plot.y + plot.height;
  const strip = timeline ? toStrip(report, plot, width, bottom + 12) : null;
  return {
    width,
    height: strip ? strip.track.y + strip.track.height + 22 : bottom,
    narrow,
    sizes,
    plot,
    zero: scale(0),
    ticks: ticks(low, high, Math.max(2, Math.floor(plot.width / TICK_EVERY))).map(
      ([value, text]) => [scale(value), text],
    ),
    spans: narrow
      ? rows.map(({ bar }) => [bar.y - 3, bar.y + bar.height + 3])
      : [[plot.y - 2, bottom]],
    rows,
    strip,
  };
}

/**
 * @param {Step[]} stacked
 * @returns {[low: number, high: number]}
 */
function domain(stacked) {
  const reaches = stacked.map(reach);
  const low = Math.min(...reaches.map(([first]) => first));
  const high = Math.max(...reaches.map(([, last]) => last));
  return high - low < 1e-2 ? [-1, 1] : [low, high];
}

/**
 * Lowest and highest second a bar and its whisker cover on the axis.
 * @param {Step} step
 * @returns {[first: number, last: number]}
 */
function reach({ start, end, low, high }) {
  const ends = [start, end];
  if (low !== null && high !== null) ends.push(start + low, start + high);
  return [Math.min(...ends), Math.max(...ends)];
}

/**
 * Where the axis begins and ends, so that each bar's seconds find room at its tip.
 * @param {Step[]} stacked
 * @param {Box} plot
 * @param {number} low
 * @param {number} high
 * @returns {[left: number, right: number]}
 */
function range(stacked, plot, low, high) {
  const core = plot.width - 2 * (Math.max(...stacked.map(valueWidth)) + GAP) - 2 * GAP;
  let left = 0;
  let right = 0;
  for (const step of stacked) {
    const width = valueWidth(step) + GAP;
    const [first, last] = reach(step);
    if (step.sense === "gained") {
      left = Math.max(left, width - ((first - low) / (high - low)) * core);
    } else {
      right = Math.max(right, width - ((high - last) / (high - low)) * core);
    }
  }
  return [plot.x + GAP + left, plot.x + plot.width - GAP - right];
}

/** @param {Step} step */
function valueWidth(step) {
  return secondsText(step.seconds).length * VALUE_SIZE * VALUE_EM;
}

/**
 * @param {Step} step
 * @param {number} index
 * @param {Sizes} sizes
 * @param {Box} plot
 * @param {number} width
 * @param {(seconds: number) => number} scale
 * @returns {Row}
 */
function toRow(step, index, sizes, plot, width, scale) {
  const y = plot.y + index * sizes.row + (step.kind === "total" ? TOTAL_GAP : 0);
  let begin = Math.min(scale(step.start), scale(step.end));
  let end = Math.max(scale(step.start), scale(step.end));
  if (end - begin < MIN_BAR) {
    begin = (begin + end) / 2 - MIN_BAR / 2;
    end = begin + MIN_BAR;
  }
  /** @type {[number, number] | null} */
  const whisker =
    step.low !== null && step.high !== null && step.low < step.high
      ? [scale(step.start + step.low), scale(step.start + step.high)]
      : null;
  const low = Math.min(begin, whisker?.[0] ?? begin);
  const high = Math.max(end, whisker?.[1] ?? end);
  const atLeft = step.sense === "gained";
  return {
    step,
    y,
    height: sizes.row,
    labelY: y + sizes.labelY,
    sideY: y + sizes.sideY,
    bar: { x: begin, y: y + sizes.barTop, width: end - begin, height: sizes.bar },
    whisker,
    valueX: atLeft ? low - GAP : high + GAP,
    valueAnchor: atLeft ? "end" : "start",
    value: secondsText(step.seconds),
    shareBox:
      step.share === null
        ? null
        : {
            x: width - sizes.shareLeft,
            y: y + sizes.sideY - 4,
            width: Math.min(Math.abs(step.share), 1) * sizes.share,
            height: 8,
          },
    share: step.kind === "total" ? "" : shareText(step.share),
    places: placesText(step.places),
    link: null,
  };
}

/**
 * Diagonal lines that fill a box, as the `d` of a path.
 * @param {Box} box
 */
export function hatching(box) {
  let d = "";
  for (let at = HATCH / 2; at < box.width + box.height; at += HATCH) {
    const x0 = Math.max(0, at - box.height);
    const y0 = Math.min(at, box.height);
    const x1 = Math.min(at, box.width);
    const y1 = Math.max(0, at - box.width);
    d += `M${px(box.x + x0)} ${px(box.y + y0)}L${px(box.x + x1)} ${px(box.y + y1)}`;
  }
  return d;
}

/** @param {number} value */
function px(value) {
  return value.toFixed(1).replace(/\.0$/, "");
}

/**
 * @param {Pick<Report, "timeline" | "laps_compared">} report
 * @param {Box} plot
 * @param {number} width
 * @param {number} top
 * @returns {Strip | null}
 */
function toStrip(report, plot, width, top) {
  const events = report.timeline.filter((event) => event.lap >= 1);
  const laps = Math.max(report.laps_compared ?? 0, ...events.map((event) => event.lap));
  const tokens = events.filter((event) => event.kind in TOKENS);
  const neutral = events.filter((event) => event.kind === "neutralisation");
  if (laps < 1 || tokens.length + neutral.length === 0) return null;
  const left = plot.x + GAP;
  const unit = (width - 4 - left) / laps;
  const placed = levels(tokens, left, unit);
  const depth = 1 + Math.max(-1, ...placed.map(({ level }) => level));
  const track = {
    x: left,
    y: top + depth * (2 * TOKEN + 2) + 2,
    width: unit * laps,
    height: TRACK,
  };
  const marks = placed.map(({ event, x, level }) => ({
    x,
    y: track.y - 3 - TOKEN - level * (2 * TOKEN + 2),
    lap: event.lap,
    kind: event.kind,
    token: TOKENS[event.kind] ?? "",
    text: event.text,
  }));
  return {
    track,
    laps,
    marks,
    bands: bands(neutral, left, unit, laps),
    ticks: lapTicks(laps, left, unit),
  };
}

/**
 * Lift a mark that would cover an earlier one; at most three marks high.
 * @param {TimelineEvent[]} events
 * @param {number} left
 * @param {number} unit
 */
function levels(events, left, unit) {
  const rightEnds = [-Infinity, -Infinity, -Infinity];
  return [...events]
    .sort((a, b) => a.lap - b.lap)
    .map((event) => {
      const x = left + (event.lap - 0.5) * unit;
      const free = rightEnds.findIndex((end) => x - TOKEN >= end);
      const level = free === -1 ? 2 : free;
      rightEnds[level] = x + TOKEN + 1;
      return { event, x, level };
    });
}

/**
 * Neutralised laps, neighbours under the same flag joined.
 * @param {TimelineEvent[]} neutral
 * @param {number} left
 * @param {number} unit
 * @param {number} laps
 * @returns {Band[]}
 */
function bands(neutral, left, unit, laps) {
  /** @type {{lap: number, last: number, flag: string, text: string}[]} */
  const joined = [];
  for (const event of [...neutral].sort((a, b) => a.lap - b.lap)) {
    const flag = flagOf(event.text);
    const last = Math.max(event.last_lap, event.lap);
    const open = joined.at(-1);
    if (open && open.flag === flag && event.lap <= open.last + 1) {
      open.last = Math.max(last, open.last);
    } else {
      joined.push({ lap: event.lap, last, flag, text: event.text });
    }
  }
  return joined.map(({ lap, last, flag, text }) => ({
    x: left + (lap - 1) * unit,
    width: (Math.min(last, laps) - lap + 1) * unit,
    lap,
    lastLap: last,
    flag,
    text,
  }));
}

/** @param {string} text */
function flagOf(text) {
  const words = text.toLowerCase();
  if (words.includes("virtual") || words.includes("vsc")) return "VSC";
  return words.split(/\s+/).includes("red") || words.includes("red-flag") ? "RED" : "SC";
}

/**
 * @param {number} laps
 * @param {number} left
 * @param {number} unit
 * @returns {Tick[]}
 */
function lapTicks(laps, left, unit) {
  const step = laps <= 30 ? 5 : 10;
  const numbers = new Set([1]);
  for (let n = step; n < laps; n += step) if (laps - n >= step / 2) numbers.add(n);
  numbers.add(laps);
  return [...numbers].map((n) => [left + (n - 0.5) * unit, String(n)]);
}
