// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { endRows } from "./chart.js";
import { lapAt, linePath, marksOf, plotOf, tyresOn } from "./geometry.js";
import widget from "./index.js";
import { clockText, lapSentence, resultText } from "./words.js";

const driver = (code, over = {}) => ({
  code, name: `Name ${code}`, team: "Team", colour: "#3671c6", dash: 0, grid: 1, finish: 1,
  classified: true, status: "Finished", positions: [1, 1, 2, 2, 1], lap_times_s: [95.1, 90.2, 110.0, 89.9],
  stints: [{ first: 1, last: 2, compound: "SOFT", age: 0 }, { first: 3, last: 4, compound: "HARD", age: 3 }],
  events: [], ...over,
});

const race = (over = {}) => ({
  title: "Testville Grand Prix 2025",
  laps: 4,
  drivers: [
    driver("AAA"),
    driver("BBB", { grid: 2, finish: 2, dash: 1, positions: [2, 2, 1, 1, 2], events: [{ lap: 2, kind: "penalty", text: "5 s time penalty" }] }),
    driver("CCC", { grid: 3, finish: 3, classified: false, status: "Engine", positions: [3, 3], stints: [{ first: 1, last: 1, compound: "SOFT", age: null }], events: [{ lap: 1, kind: "out", text: "Engine" }] }),
  ],
  bands: [{ first: 2, last: 3, flag: "sc", label: "SC", text: "Safety car, laps 2–3" }],
  compounds: { SOFT: ["#d9352c", "#ffffff", "S"], HARD: ["#f4f4f2", "#1b1b1b", "H"] },
  highlight: [],
  report: null,
  ...over,
});

beforeEach(() => {
  vi.stubGlobal("ResizeObserver", class {
    constructor(callback) {
      this.callback = callback;
    }
    observe(element) {
      Object.defineProperty(element, "clientWidth", { get: () => 800 });
      this.callback();
    }
    disconnect() {}
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

function show(over, selected = "") {
  const el = document.createElement("div");
  document.body.append(el);
  const traits = { data: race(over), selected };
  const calls = new Map();
  const saved = [];
  const model = {
    get: (name) => traits[name],
    set: (name, value) => (traits[name] = value),
    save_changes: () => saved.push(traits.selected),
    on: (event, call) => calls.set(event, call),
    off: (event) => calls.delete(event),
  };
  const stop = widget.render({ model, el });
  const button = (code) => el.querySelector(`.rt-button[data-code=${code}]`);
  const press = (key) => document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
  return { el, traits, calls, saved, stop, button, press };
}

test("laps and places have their pixels, and pixels their laps", () => {
  const plot = plotOf(800, 50, 20);
  for (const lap of [0, 1, 25, 50]) expect(lapAt(plot, plot.x(lap), 50)).toBe(lap);
  expect(lapAt(plot, -100, 50)).toBe(0);
  expect(lapAt(plot, 5000, 50)).toBe(50);
  expect(plot.y(2) - plot.y(1)).toBe(22);
  expect(plot.ticks).toEqual([0, 5, 10, 15, 20, 25, 30, 35, 40, 45, 50]);
  expect(plotOf(320, 50, 20).ticks.length).toBeLessThan(6);
});

test("a line is lifted where a place is missing", () => {
  const d = linePath([1, 2, null, 2, 1], plotOf(800, 4, 3));
  expect(d.match(/M/g).length).toBe(2);
  expect(d.match(/L/g).length).toBe(2);
});

test("stops, penalties and the end stand on the line at their lap", () => {
  const data = race();
  const plot = plotOf(800, 4, 3);
  const [stop, penalty] = marksOf(data, data.drivers[1], plot);
  expect(stop).toMatchObject({ kind: "stop", token: "H", x: plot.x(2), y: plot.y(1), text: "hard tyres, 3 laps old" });
  expect(penalty).toMatchObject({ kind: "penalty", x: plot.x(2) });
  expect(penalty.y).toBeLessThan(stop.y); // beside each other
  expect(marksOf(data, data.drivers[2], plot)[0]).toMatchObject({ kind: "out", token: "×", x: plot.x(1) });
});

test("tyres on a lap, counted on from their age", () => {
  expect(tyresOn(driver("AAA"), 4)).toEqual({ compound: "HARD", age: 5 });
  expect(tyresOn(driver("AAA"), 9)).toBeNull();
});

test("names at the end stand where the cars ended, the others below", () => {
  const rows = endRows(race().drivers);
  expect([...rows]).toEqual([["AAA", 1], ["BBB", 2], ["CCC", 3]]);
  expect(new Set(endRows([driver("AAA"), driver("BBB"), driver("CCC")]).values()).size).toBe(3);
});

test("words say the lap and the result", () => {
  const data = race();
  expect(clockText(95.1)).toBe("1:35.100");
  expect(clockText(119.9996)).toBe("2:00.000");
  expect(lapSentence(data, 3, data.drivers[0])).toBe("Lap 3 (Safety car, laps 2–3): AAA P2 · hard, 4 laps old · 1:50.000");
  expect(lapSentence(data, 3, data.drivers[2])).toContain("CCC not in the race");
  expect(lapSentence(data, 0, null)).toBe("Grid: 1 AAA · 2 BBB · 3 CCC");
  expect(resultText(data.drivers[2])).toBe("from P3 to not classified (Engine)");
});

test("a click selects a driver and tells Python, the next one lets go", () => {
  const { el, button, saved } = show();
  button("BBB").dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(saved).toEqual(["BBB"]);
  expect(button("BBB").getAttribute("aria-pressed")).toBe("true");
  expect(el.querySelector(".rt-panel").hidden).toBe(false);
  expect(el.querySelector(".rt-panel").textContent).toContain("5 s time penalty");
  expect(el.querySelectorAll(".rt-selected").length).toBe(1);
  el.querySelector(".rt-driver[data-code=BBB] .rt-hit").dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(saved).toEqual(["BBB", ""]);
  expect(el.querySelector(".rt-panel").hidden).toBe(true);
});

test("keys move between drivers and laps; a notebook hears nothing", () => {
  const { el, button, press, saved } = show();
  const heard = vi.fn();
  document.body.addEventListener("keydown", heard);
  button("AAA").focus();
  press("ArrowDown");
  expect(document.activeElement).toBe(button("BBB"));
  expect(saved).toEqual([]);
  press("Enter");
  press("End");
  expect(saved).toEqual(["BBB", "CCC"]);
  press("ArrowRight");
  expect(el.querySelector(".rt-readout").textContent).toBe("Lap 1: CCC P3 · soft · 1:35.100");
  expect(el.querySelector("[role=status]").textContent).toBe("Lap 1: CCC P3 · soft · 1:35.100");
  press("x");
  press("Escape");
  expect(saved.at(-1)).toBe("");
  expect(heard).not.toHaveBeenCalled();
  const order = [...el.querySelectorAll(".rt-button")].map((b) => b.getAttribute("tabindex"));
  expect(order.filter((index) => index === "0").length).toBe(1);
});

test("the autopsy of the selected driver stands in for the plain events; its laps light up", () => {
  const report = {
    driver: "AAA", against: "Autopsy against BBB", verdict: "Lost it on tyres.",
    timeline: [{ lap: 1, last_lap: 1, kind: "start", text: "Started from P1" }],
    evidence: [{ label: "Strategy", text: "one stop more", laps: [1, 2, 4], seconds: 20.84 }],
  };
  const { el } = show({ report }, "AAA");
  const panel = el.querySelector(".rt-panel");
  expect(panel.textContent).toContain("Lost it on tyres.");
  expect(panel.textContent).toContain("Strategy: one stop more +20.8 s");
  const line = panel.querySelectorAll("li")[1];
  expect(line.querySelector(".rt-laps").textContent).toBe("laps 1–2, 4");
  line.dispatchEvent(new Event("pointerenter"));
  expect(el.querySelectorAll(".rt-evidence-laps rect").length).toBe(2);
  line.dispatchEvent(new Event("pointerleave"));
  expect(el.querySelectorAll(".rt-evidence-laps rect").length).toBe(0);
});

test("what Python selects is shown; a new race replaces the old one", () => {
  const { el, traits, calls, stop } = show();
  traits.selected = "AAA";
  calls.get("change:selected")();
  expect(el.querySelector(".rt-panel strong").textContent).toBe("Name AAA");
  traits.data = race({ title: "Other 2025" });
  calls.get("change:data")();
  expect(el.querySelectorAll(".rt-chart").length).toBe(1);
  expect(el.querySelector(".f1-title").textContent).toBe("Other 2025");
  stop();
  expect(calls.size).toBe(0);
});

test("names never become markup", () => {
  const { el } = show({ title: "<img src=x>", drivers: [driver("AAA", { name: "<b>x</b>" })] }, "AAA");
  expect(el.querySelector("img, b")).toBeNull();
});
