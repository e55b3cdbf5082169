import { expect, test } from "vitest";
import { PER_COLUMN, decimate, firstAtOrAfter, stretches, visible } from "./decimate.js";

/** Numbers that look random and are the same each time. */
function noise(seed) {
  let state = seed;
  return () => (state = (state * 16807) % 2147483647) / 2147483647;
}

function trace(n, seed) {
  const next = noise(seed);
  const at = new Float32Array(n);
  const values = new Float32Array(n);
  for (let i = 0; i < n; i++) {
    at[i] = (i === 0 ? 0 : at[i - 1]) + 5 + 20 * next();
    values[i] = 50 + 280 * next();
  }
  return { at, values };
}

const columnOf = (x, [low, high], columns) => Math.floor(((x - low) / (high - low)) * columns);

test.each([
  [22000, [0, 330000], 900],
  [22000, [100000, 180000], 333],
  [131000, [0, 1900000], 1200],
])("of %i samples no column loses its least or greatest", (n, view, columns) => {
  const { at, values } = trace(n, n);
  const kept = decimate(at, values, view, columns);
  expect(kept.length).toBeLessThanOrEqual(PER_COLUMN * (columns + 2));
  const [first, end] = visible(at, ...view);
  const extremes = (indices) => {
    const found = new Map();
    for (const i of indices) {
      const column = columnOf(at[i], view, columns);
      const [low, high] = found.get(column) ?? [Infinity, -Infinity];
      found.set(column, [Math.min(low, values[i]), Math.max(high, values[i])]);
    }
    return found;
  };
  const all = Array.from({ length: end - first }, (_, k) => first + k);
  expect(extremes(kept)).toEqual(extremes(all));
  expect(kept).toEqual([...kept].sort((a, b) => a - b));
});

test("a lap close enough is drawn sample by sample, with one on either side", () => {
  const { at, values } = trace(400, 7);
  const kept = decimate(at, values, [at[100], at[200]], 800);
  expect(kept[0]).toBe(99);
  expect(kept.at(-1)).toBe(200);
  expect(kept.length).toBe(102);
});

test("a missing value stays a gap however small it gets", () => {
  const { at, values } = trace(20000, 3);
  values[7777] = NaN;
  const kept = decimate(at, values, [0, at.at(-1)], 300);
  expect(kept).toContain(7777);
});

test("the search finds the first sample at or beyond a place", () => {
  const at = Float32Array.of(0, 1, 1, 4);
  expect([-1, 0, 1, 2, 4, 9].map((x) => firstAtOrAfter(at, x))).toEqual([0, 0, 1, 3, 3, 4]);
});

test("switches become stretches, clipped to the view, close ones joined", () => {
  const at = Float32Array.of(0, 10, 20, 30, 40, 50, 60, 70);
  const on = Uint8Array.of(1, 0, 0, 1, 1, 0, 1, 0);
  expect(stretches(at, on, [0, 70], 1000)).toEqual([[0, 10], [30, 50], [60, 70]]);
  expect(stretches(at, on, [35, 65], 1000)).toEqual([[35, 50], [60, 65]]);
  expect(stretches(at, on, [0, 70], 5)).toEqual([[0, 10], [30, 70]]);
});
