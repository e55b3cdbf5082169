import { expect, test } from "vitest";
import { CLOSEST_M, between, nextOf, panned, showing, zoomed } from "./view.js";

const LENGTH = 5400;

test("the place under the pointer stays where it is", () => {
  const [low, high] = zoomed([1000, 3000], 0.5, 1500, LENGTH);
  expect(high - low).toBeCloseTo(1000);
  expect((1500 - low) / (high - low)).toBeCloseTo(0.25);
});

test("no view leaves the lap, none is closer than allowed", () => {
  let view = [0, LENGTH];
  for (let i = 0; i < 200; i++) {
    view = i % 3 ? zoomed(view, 0.7, view[1], LENGTH) : panned(view, (i % 7) * 900 - 2000, LENGTH);
    expect(view[0]).toBeGreaterThanOrEqual(0);
    expect(view[1]).toBeLessThanOrEqual(LENGTH + 1e-9);
    expect(view[1] - view[0]).toBeGreaterThanOrEqual(CLOSEST_M - 1e-6);
  }
  expect(zoomed(view, 1e9, 100, LENGTH)).toEqual([0, LENGTH]);
});

test("a drag works in both directions and is widened when it is short", () => {
  expect(between(900, 400, LENGTH)).toEqual([400, 900]);
  const [low, high] = between(1000, 1010, LENGTH);
  expect(high - low).toBeCloseTo(CLOSEST_M);
  expect((low + high) / 2).toBeCloseTo(1005);
});

test("the view follows the cursor only when it has left", () => {
  expect(showing([100, 200], 150, LENGTH)).toEqual([100, 200]);
  expect(showing([100, 200], 1000, LENGTH)).toEqual([950, 1050]);
});

test("the next corner in either direction", () => {
  const places = [100, 500, 900];
  expect(nextOf(places, 500, 1)).toBe(900);
  expect(nextOf(places, 500, -1)).toBe(100);
  expect(nextOf(places, 900, 1)).toBeNull();
});
