// The stacked traces, one uPlot a channel. uPlot keeps scales, axes and canvas; the lines are
// drawn from the laps' own samples, so that laps need not share their places.

/*! This bundle contains uPlot 1.6.32.
 *
 * The MIT License (MIT)
 *
 * Copyright (c) 2022 Leon Sorokin
 *
 * Permission is hereby granted, free of charge, to any person obtaining a copy
 * of this software and associated documentation files (the "Software"), to deal
 * in the Software without restriction, including without limitation the rights
 * to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
 * copies of the Software, and to permit persons to whom the Software is
 * furnished to do so, subject to the following conditions:
 *
 * The above copyright notice and this permission notice shall be included in
 * all copies or substantial portions of the Software.
 *
 * THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
 * IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
 * FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
 * AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
 * LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
 * OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN
 * THE SOFTWARE.
 */
import uPlot from "uplot";
import { decimate, stretches } from "./decimate.js";

/** @typedef {import("./data.js").Lap} Lap */
/** @typedef {import("./data.js").Wire} Wire */
/** @typedef {import("./view.js").View} View */
/** @typedef {{lines: string[], ink: string, grid: string}} Palette */

/** Room for the numbers at the left, and for the last one at the right [px]. */
export const LEFT = 46;
export const RIGHT = 14;
const AXIS = 30;
const LANE = 9;
/** Where so many laps stand side by side, dashes would only be noise. */
const DENSE_LAPS = 4;

/** Dashes of the lines [px]: laps are told apart without their colours. */
export const DASHES = [[], [7, 3], [2, 3], [9, 3, 2, 3], [4, 4], [12, 4]];

/**
 * @typedef {object} Channel
 * @property {string} key
 * @property {string} label
 * @property {number} height of the drawing [px]
 * @property {"line" | "steps" | "lanes"} kind
 * @property {(laps: readonly Lap[]) => [number, number]} [range]
 */

/** @type {Channel[]} */
const CHANNELS = [
  { key: "speed", label: "Speed [km/h]", height: 172, kind: "line", range: speedRange },
  { key: "delta", label: "Delta [s]", height: 92, kind: "line" },
  { key: "throttle", label: "Throttle [%]", height: 58, kind: "line", range: () => [-6, 106] },
  { key: "brake", label: "Brake", height: 0, kind: "lanes" },
  { key: "gear", label: "Gear", height: 66, kind: "steps", range: () => [0.4, 8.6] },
  { key: "rpm", label: "Engine [1000 rpm]", height: 58, kind: "line", range: rpmRange },
  { key: "drs", label: "DRS open", height: 0, kind: "lanes" },
];

/**
 * The channels some lap has values of.
 * @param {readonly Lap[]} laps
 */
function present(laps) {
  return CHANNELS.filter(({ key }) => laps.some(({ channels }) => channels[key]));
}

/** @param {readonly Lap[]} laps @returns {[number, number]} */
function speedRange(laps) {
  const [low, high] = extent(laps, "speed");
  return [Math.max(low - 12, 0), high + 12];
}

/** @param {readonly Lap[]} laps @returns {[number, number]} */
function rpmRange(laps) {
  const [low, high] = extent(laps, "rpm");
  return [Math.max(low - 400, 0), high + 400];
}

/**
 * Least and greatest value of a channel over all laps.
 * @param {readonly Lap[]} laps
 * @param {string} key
 * @returns {[number, number]}
 */
export function extent(laps, key) {
  let [low, high] = [Infinity, -Infinity];
  for (const { channels } of laps) {
    for (const value of channels[key] ?? []) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  return low <= high ? [low, high] : [0, 1];
}

/**
 * Scale of the time difference for what is in view, with air and never finer than .1 s.
 * @param {readonly Lap[]} laps
 * @param {View} view
 * @returns {[number, number]}
 */
export function deltaRange(laps, view) {
  let [low, high] = [0, 0];
  for (const { channels } of laps) {
    const { delta_at: at, delta } = channels;
    if (!(at instanceof Float32Array) || !delta) continue;
    for (const i of decimate(at, delta, view, 400)) {
      const value = delta[i] ?? NaN;
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const air = Math.max((high - low) * 0.08, 0.02);
  return [low - air, high + air];
}

/**
 * @typedef {object} Panels
 * @property {HTMLElement} element
 * @property {(view: View) => void} show
 * @property {(width: number) => void} resize
 * @property {() => void} recolour
 * @property {() => void} destroy
 */

/**
 * Draw all channels.
 * @param {Wire} wire
 * @param {readonly Lap[]} laps
 * @param {object} options
 * @param {View} options.view
 * @param {number} options.width
 * @param {() => Palette} options.palette
 * @returns {Panels}
 */
export function drawPanels(wire, laps, { view: first, width, palette }) {
  let view = first;
  const element = document.createElement("div");
  element.className = "tt-panels";
  const shown = present(laps);
  const plots = shown.map((channel, i) => {
    const box = document.createElement("div");
    box.className = "tt-panel";
    box.dataset["channel"] = channel.key;
    const label = document.createElement("div");
    label.className = "tt-panel-label";
    label.textContent =
      channel.key === "delta" && laps[0] ? `Behind ${laps[0].info.label} [s]` : channel.label;
    box.append(label);
    element.append(box);
    const last = i === shown.length - 1;
    const options = plotOptions(wire, laps, channel, { width, palette, last, view: () => view });
    return new uPlot(options, emptyData(wire, laps), box);
  });
  /** @param {uPlot} plot @param {Channel} channel */
  const rescale = (plot, channel) => {
    const dense = view[1] - view[0] > DENSE_LAPS * wire.lap_m && channel.key !== "delta";
    laps.forEach((lap, i) => {
      /** @type {uPlot.Series} */ (plot.series[i + 1]).dash = dense ? [] : (DASHES[lap.slot] ?? []);
    });
    plot.batch(() => {
      plot.setScale("x", { min: view[0], max: view[1] });
      if (channel.key === "delta") {
        const [min, max] = deltaRange(laps, view);
        plot.setScale("y", { min, max });
      }
    });
  };
  return {
    element,
    show(next) {
      view = next;
      plots.forEach((plot, i) => rescale(plot, /** @type {Channel} */ (shown[i])));
    },
    resize(next) {
      for (const plot of plots) plot.setSize({ width: next, height: plot.height });
    },
    recolour() {
      for (const plot of plots) plot.redraw(false, true);
    },
    destroy() {
      for (const plot of plots) plot.destroy();
    },
  };
}

/**
 * uPlot wants values on common places; the lines come from elsewhere.
 * @param {Wire} wire
 * @param {readonly Lap[]} laps
 * @returns {uPlot.AlignedData}
 */
function emptyData(wire, laps) {
  return [[0, wire.length_m], ...laps.map(() => [null, null])];
}

/**
 * @param {Wire} wire
 * @param {readonly Lap[]} laps
 * @param {Channel} channel
 * @param {{width: number, palette: () => Palette, last: boolean, view: () => View}} how
 * @returns {uPlot.Options}
 */
function plotOptions(wire, laps, channel, { width, palette, last, view }) {
  const lanes = channel.kind === "lanes";
  const height = lanes ? laps.length * LANE + 2 : channel.height;
  return {
    width,
    height: height + (last ? AXIS : 0) + 9,
    padding: [6, RIGHT, 3, 0],
    pxAlign: 0,
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, auto: false, range: () => view() },
      y: { auto: false, range: () => yRange(laps, channel, view()) },
    },
    axes: [
      xAxis(wire, palette, last),
      {
        size: LEFT,
        gap: 6,
        font: "11px system-ui, sans-serif",
        stroke: () => palette().ink,
        space: channel.key === "gear" ? 15 : 22,
        grid: { show: !lanes, stroke: () => palette().grid, width: 1 },
        ticks: { show: false },
        ...(lanes ? { values: () => [] } : {}),
        ...(channel.key === "rpm"
          ? { values: (_plot, splits) => splits.map((v) => (v / 1000).toFixed(0)) }
          : {}),
        ...(channel.key === "gear" ? { splits: () => [2, 4, 6, 8] } : {}),
        ...(channel.key === "throttle" ? { splits: () => [0, 50, 100] } : {}),
        ...(channel.key === "delta"
          ? { values: (_plot, splits) => splits.map((v) => signed(v, splits)) }
          : {}),
      },
    ],
    hooks: { drawClear: [(plot) => drawCorners(plot, wire, palette())] },
    series: [{}, ...laps.map((lap, lane) => series(wire, lap, lane, channel, palette))],
  };
}

/**
 * @param {number} value
 * @param {readonly number[]} splits
 */
function signed(value, splits) {
  const digits = [0, 1, 2].find((n) => splits.every((v) => Math.abs(v - Number(v.toFixed(n))) < 1e-6)) ?? 3;
  const text = Math.abs(value).toFixed(digits);
  return Number(text) === 0 ? "0" : `${value > 0 ? "+" : "\u2212"}${text}`;
}

/**
 * @param {readonly Lap[]} laps
 * @param {Channel} channel
 * @param {View} view
 * @returns {[number, number]}
 */
function yRange(laps, channel, view) {
  if (channel.kind === "lanes") return [0, laps.length];
  return channel.range?.(laps) ?? deltaRange(laps, view);
}

/**
 * @param {Wire} wire
 * @param {() => Palette} palette
 * @param {boolean} last whether the numbers stand under this panel
 * @returns {uPlot.Axis}
 */
function xAxis(wire, palette, last) {
  const grid = { stroke: () => palette().grid, width: 1 };
  const race = wire.mode === "race";
  return {
    size: last ? AXIS : 0,
    gap: 6,
    space: 70,
    font: "11px system-ui, sans-serif",
    stroke: () => palette().ink,
    grid,
    ticks: { show: last, size: 4, stroke: () => palette().grid, width: 1 },
    values: (_plot, splits) => splits.map((at) => (last ? placeLabel(wire, at) : "")),
    ...(race
      ? { splits: (plot) => lapSplits(wire, plot.scales["x"], plot.width - LEFT - RIGHT) }
      : {}),
  };
}

/** @param {Wire} wire @param {number} at */
function placeLabel(wire, at) {
  if (wire.mode === "laps") return `${at} m`;
  const lap = at / wire.lap_m;
  const whole = Math.round(lap);
  return Math.abs(lap - whole) < 0.001 ? `lap ${whole + 1}` : `${Math.round((lap % 1) * wire.lap_m)} m`;
}

/**
 * Places of the ticks of a whole race: beginnings of laps, or metres within one.
 * @param {{lap_m: number, length_m: number}} wire
 * @param {{min?: number, max?: number} | undefined} scale
 * @param {number} width [px]
 */
export function lapSplits(wire, scale, width) {
  const [low, high] = [scale?.min ?? 0, scale?.max ?? wire.length_m];
  const most = Math.max(Math.floor(width / 70), 2);
  const laps = (high - low) / wire.lap_m;
  const count = laps < most / 4 ? 0.25 : ([1, 2, 5, 10, 20].find((n) => laps / n <= most) ?? 50);
  // Lap 10 begins after nine: round numbers of laps stand one lap before round distances.
  const shift = count > 1 ? 1 : 0;
  const found = [];
  for (let k = Math.ceil((low / wire.lap_m + shift) / count); ; k++) {
    const at = (k * count - shift) * wire.lap_m;
    if (at > high) return found;
    if (at >= low) found.push(at);
  }
}

/**
 * @param {uPlot} plot
 * @param {Wire} wire
 * @param {Palette} palette
 */
function drawCorners(plot, wire, palette) {
  const { left, top, width, height } = plot.bbox;
  const { min = 0, max = 1 } = plot.scales["x"] ?? {};
  plot.ctx.save();
  plot.ctx.fillStyle = palette.grid;
  plot.ctx.globalAlpha = 0.55;
  for (const { begin_m, end_m } of wire.corners) {
    const from = Math.max(((begin_m - min) / (max - min)) * width, 0);
    const to = Math.min(((end_m - min) / (max - min)) * width, width);
    if (to > from) plot.ctx.fillRect(left + from, top, to - from, height);
  }
  plot.ctx.restore();
}

/**
 * @param {Wire} wire
 * @param {Lap} lap
 * @param {number} lane
 * @param {Channel} channel
 * @param {() => Palette} palette
 * @returns {uPlot.Series}
 */
function series(wire, lap, lane, channel, palette) {
  const colour = () => palette().lines[lap.slot] ?? palette().ink;
  const base = { points: { show: false }, auto: false };
  const [at, values] = [
    lap.channels[channel.key === "delta" ? "delta_at" : "at"],
    lap.channels[channel.key],
  ];
  if (!(at instanceof Float32Array) || !values) return { ...base, paths: () => null };
  if (channel.kind === "lanes") {
    return {
      ...base,
      fill: colour,
      paths: (plot) => ({ fill: lanePath(plot, at, values, lane) }),
    };
  }
  return {
    ...base,
    stroke: colour,
    width: wire.mode === "race" ? 1 : 1.5,
    paths: (plot) => ({ stroke: linePath(plot, at, values, channel.kind === "steps") }),
  };
}

/**
 * @param {uPlot} plot
 * @returns {{view: View, x: (place: number) => number, y: (value: number) => number}}
 */
function mapping(plot) {
  const { left, top, width, height } = plot.bbox;
  const { min: x0 = 0, max: x1 = 1 } = plot.scales["x"] ?? {};
  const { min: y0 = 0, max: y1 = 1 } = plot.scales["y"] ?? {};
  const [perX, perY] = [width / (x1 - x0), height / (y1 - y0)];
  return {
    view: [x0, x1],
    x: (place) => left + (place - x0) * perX,
    y: (value) => top + height - (value - y0) * perY,
  };
}

/**
 * @param {uPlot} plot
 * @param {Float32Array} at
 * @param {import("./data.js").Samples} values
 * @param {boolean} held whether a value holds until the next sample
 */
function linePath(plot, at, values, held) {
  const { view, x, y } = mapping(plot);
  const path = new Path2D();
  let down = false;
  let before = 0;
  for (const i of decimate(at, values, view, plot.bbox.width)) {
    const value = /** @type {number} */ (values[i]);
    if (Number.isNaN(value)) {
      down = false;
      continue;
    }
    const [px, py] = [x(/** @type {number} */ (at[i])), y(value)];
    if (!down) path.moveTo(px, py);
    else {
      if (held && py !== before) path.lineTo(px, before);
      path.lineTo(px, py);
    }
    down = true;
    before = py;
  }
  return path;
}

/**
 * @param {uPlot} plot
 * @param {Float32Array} at
 * @param {import("./data.js").Samples} values
 * @param {number} lane counted from the top
 */
function lanePath(plot, at, values, lane) {
  const { view, x } = mapping(plot);
  const thick = LANE * devicePixelRatio;
  const path = new Path2D();
  for (const [from, to] of stretches(at, values, view, plot.bbox.width)) {
    path.rect(x(from), plot.bbox.top + lane * thick + 1, Math.max(x(to) - x(from), 1), thick - 2);
  }
  return path;
}
