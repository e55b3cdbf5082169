import { expect, test } from "vitest";
import { cases, report, words } from "../test-fixtures.mjs";
import { hatching, layout, steps, ticks } from "./geometry.js";

/** The same short lists as `flat` in tests/widgets/test_waterfall_geometry.py. */
function flat(place) {
  const box = ({ x, y, width, height }) => [x, y, width, height];
  return {
    height: place.height,
    narrow: place.narrow,
    zero: place.zero,
    ticks: place.ticks,
    spans: place.spans,
    rows: place.rows.map((row) => [
      row.step.key,
      row.step.sense,
      ...box(row.bar),
      row.whisker,
      row.valueX,
      row.valueAnchor,
      row.value,
      row.shareBox && row.shareBox.width,
      row.share,
      row.places,
      row.link && [row.link.x, row.link.top, row.link.bottom],
      row.labelY,
      row.sideY,
    ]),
    strip: place.strip && {
      track: box(place.strip.track),
      laps: place.strip.laps,
      marks: place.strip.marks.map((m) => [m.x, m.y, m.lap, m.token]),
      bands: place.strip.bands.map((b) => [b.x, b.width, b.lap, b.lastLap, b.flag]),
      ticks: place.strip.ticks,
    },
  };
}

/** Equal, numbers to a hundredth of a pixel. */
function expectSame(found, expected, path) {
  if (typeof expected === "number") {
    expect(typeof found, path).toBe("number");
    expect(Math.abs(found - expected), path).toBeLessThan(0.01);
  } else if (expected !== null && typeof expected === "object") {
    expect(Object.keys(found), path).toEqual(Object.keys(expected));
    for (const key of Object.keys(expected)) {
      expectSame(found[key], expected[key], `${path}.${key}`);
    }
  } else {
    expect(found, path).toBe(expected);
  }
}

test("there are cases", () => expect(cases.length).toBeGreaterThanOrEqual(10));

test.each(cases.map((c) => [c.report, c.width, c.expect]))(
  "%s at %i px stands as agreed with Python",
  (name, width, expected) => {
    expectSame(flat(layout(report(name), width)), expected, name);
  },
);

test.each(["typical", "lapped", "negative_total", "all_gained", "all_zero"])(
  "the bars of %s chain from zero to the gap",
  (name) => {
    const data = report(name);
    const stacked = steps(data);
    const total = stacked.pop();
    expect(stacked[0].start).toBe(0);
    for (let i = 1; i < stacked.length; i += 1) expect(stacked[i].start).toBe(stacked[i - 1].end);
    expect(Math.abs(stacked.at(-1).end - data.gap_s)).toBeLessThan(1e-3);
    expect([total.start, total.end]).toEqual([0, data.gap_s]);
  },
);

test("ticks are the round values agreed with Python", () => {
  for (const [low, high, count, texts] of words.ticks) {
    expect(ticks(low, high, count).map(([, text]) => text)).toEqual(texts);
  }
});

test("marks that would cover each other are lifted, three high at most", () => {
  const crowded = report();
  crowded.timeline = ["stop", "penalty", "incident", "rain"].map((kind) => ({
    lap: 20,
    last_lap: 20,
    kind,
    text: kind,
  }));
  const { marks } = layout(crowded, 760).strip;
  expect(new Set(marks.map((mark) => mark.y)).size).toBe(3);
  expect(marks.every((mark) => mark.y > 0)).toBe(true);
});

test("no events, no strip", () => {
  expect(layout({ ...report(), timeline: [] }, 760).strip).toBeNull();
  expect(layout(report(), 760, { timeline: false }).strip).toBeNull();
});

test("hatching stays in its box", () => {
  const numbers = hatching({ x: 10, y: 20, width: 33.3, height: 18 })
    .split(/[ML ]/)
    .filter(Boolean)
    .map(Number);
  const xs = numbers.filter((_, i) => i % 2 === 0);
  const ys = numbers.filter((_, i) => i % 2 === 1);
  expect(Math.min(...xs)).toBeGreaterThanOrEqual(10);
  expect(Math.max(...xs)).toBeLessThanOrEqual(43.3);
  expect(Math.min(...ys)).toBeGreaterThanOrEqual(20);
  expect(Math.max(...ys)).toBeLessThanOrEqual(38);
});
