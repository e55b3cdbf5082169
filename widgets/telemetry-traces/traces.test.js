// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";

vi.mock("./panels.js", async (original) => ({
  ...(await original()),
  drawPanels: () => ({
    element: document.createElement("div"),
    show() {},
    resize() {},
    recolour() {},
    destroy() {},
  }),
}));

const { default: widget } = await import("./index.js");
const { deltaRange, extent, lapSplits } = await import("./panels.js");
const { copied, drawnLaps, unpack, valueAt } = await import("./data.js");
const { sameLap } = await import("./pickers.js");
const { cellText, placeText, reading } = await import("./words.js");

/** Two laps of 1000 m and one that is refused, packed as Python packs them. */
function sent(over = {}) {
  const floats = Float32Array.of(
    0, 250, 500, 750, 1000, // at
    300, 200, 100, 200, 300, // speed
    310, 210, 90, 210, 310, // speed of the other
    0, 0.1, 0.25, 0.2, 0.15, // delta
    0, 10, 20, 10, 0, // x
    0, 0, 10, 20, 10, // y
  );
  const bytes = Uint8Array.of(0, 1, 1, 0, 0, 0, 0, 0, 8, 5, 2, 4, 8, 0, 0, 0);
  const buffer = new ArrayBuffer(floats.byteLength + bytes.byteLength);
  new Float32Array(buffer, 0, floats.length).set(floats);
  new Uint8Array(buffer, floats.byteLength).set(bytes);
  const f4 = (k) => [k * 20, 5, "f4"];
  const shared = { at: f4(0), brake: [120, 5, "u1"], gear: [128, 5, "u1"] };
  const data = {
    revision: 1,
    bytes: buffer.byteLength,
    mode: "laps",
    title: "Testville 2025 · Race",
    lap_m: 1000,
    length_m: 1000,
    most: 6,
    laps: [
      { driver: "AAA", lap: 3, label: "AAA lap 3", facts: "soft", problem: "", channels: { ...shared, speed: f4(1) } },
      { driver: "BBB", lap: 4, label: "BBB lap 4", facts: "hard", problem: "Not compared: residual 31.2 km/h", channels: {} },
      { driver: "CCC", lap: 3, label: "CCC lap 3", facts: "soft", problem: "", channels: { ...shared, speed: f4(2), delta_at: f4(0), delta: f4(3) } },
    ],
    map: { at: f4(0), x: f4(4), y: f4(5) },
    corners: [{ label: "1", apex_m: 500, begin_m: 400, end_m: 600 }],
    parts: [
      { label: "T1", kind: "slow", begin_m: 400, end_m: 600, cells: [{ speed_kmh: 100, lost_s: null }, { speed_kmh: 90, lost_s: 0.12 }] },
    ],
    choices: ["AAA", "BBB", "CCC", "DDD"].map((driver) => ({
      driver, name: `Name ${driver}`, laps: [[3, "3 · 1:30.000"], [4, "4 · 1:31.000"]],
    })),
    problem: "",
    note: "",
    ...over,
  };
  return { data, samples: new DataView(buffer) };
}

let observed = [];
beforeEach(() => {
  observed = [];
  vi.stubGlobal("requestAnimationFrame", (call) => (call(0), 0));
  vi.stubGlobal("ResizeObserver", class {
    constructor(callback) {
      this.callback = callback;
    }
    observe(element) {
      observed.push(element);
      Object.defineProperty(element, "clientWidth", { get: () => 1060 });
      this.callback();
    }
    disconnect() {
      observed.pop();
    }
  });
});
afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

function show(over) {
  const el = document.createElement("div");
  document.body.append(el);
  const traits = sent(over);
  const calls = new Map();
  const out = [];
  const model = {
    get: (name) => traits[name],
    on: (event, call) => calls.set(event, call),
    off: (event) => calls.delete(event),
    send: (content) => out.push(content),
  };
  const stop = widget.render({ model, el });
  const stage = () => el.querySelector(".tt-stage");
  const press = (key, more = {}) =>
    stage().dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more }));
  const view = () => stage().dataset.view.split(" ").map(Number);
  return { el, stop, traits, calls, out, stage, press, view };
}

test("samples come out of an unaligned buffer as they went in", () => {
  const { data, samples } = sent();
  const moved = new Uint8Array(samples.byteLength + 3);
  moved.set(new Uint8Array(samples.buffer), 3);
  const buffer = copied(new DataView(moved.buffer, 3));
  const { speed, brake } = unpack(data.laps[0].channels, buffer);
  expect([...speed]).toEqual([300, 200, 100, 200, 300]);
  expect([...brake]).toEqual([0, 1, 1, 0, 0]);
});

test("values lie between samples, switches hold, holes stay holes", () => {
  const at = Float32Array.of(0, 10, 20, 20, 30);
  const values = Float32Array.of(0, 10, 20, 40, NaN);
  expect([-5, 5, 15, 20, 25].map((x) => valueAt(at, values, x))).toEqual([0, 5, 15, 40, null]);
  expect(valueAt(at, values, 19, true)).toBe(10);
  expect(valueAt(new Float32Array(0), values, 1)).toBeNull();
});

test("the reading at a place is that of the samples", () => {
  const { data, samples } = sent();
  const [first, other] = drawnLaps(data, copied(samples));
  expect(reading(other, 375)).toMatchObject({ speed: 150, brake: 1, gear: 5, throttle: null });
  expect(reading(other, 375).delta).toBeCloseTo(0.175);
  expect(reading(first, 375).delta).toBeNull();
  expect([cellText("delta", 0.1754), cellText("gear", 0), cellText("drs", null)]).toEqual(["+0.175", "N", "–"]);
  expect(placeText(data, 450)).toBe("450 m, turn 1");
  expect(placeText({ ...data, mode: "race", length_m: 3000 }, 3000)).toBe("lap 3, 1000 m");
});

test("scales hold what is in view", () => {
  const { data, samples } = sent();
  const laps = drawnLaps(data, copied(samples));
  expect(extent(laps, "speed")).toEqual([90, 310]);
  const [low, high] = deltaRange(laps, [0, 1000]);
  expect(low).toBeLessThan(0);
  expect(high).toBeGreaterThan(0.25);
  expect(deltaRange(laps, [0, 100])[1]).toBeLessThan(0.2);
});

test("a whole race is numbered in round laps, a part of one in metres", () => {
  const wire = { lap_m: 1000, length_m: 56000 };
  expect(lapSplits(wire, { min: 0, max: 56000 }, 860)).toEqual([4000, 9000, 14000, 19000, 24000, 29000, 34000, 39000, 44000, 49000, 54000]);
  expect(lapSplits(wire, { min: 1900, max: 3100 }, 800)).toEqual([2000, 2250, 2500, 2750, 3000]);
});

test("every lap has its pickers; one that is refused says why instead of values", () => {
  const { el } = show();
  const rows = [...el.querySelectorAll(".tt-laps tbody tr")];
  expect(rows.map((row) => row.querySelector("select").value)).toEqual(["AAA", "BBB", "CCC"]);
  expect(rows[1].querySelector(".tt-problem").textContent).toContain("residual 31.2 km/h");
  expect(rows[1].querySelector("[data-key=speed]")).toBeNull();
  for (const control of el.querySelectorAll("select, .tt-remove")) {
    expect(control.getAttribute("aria-label")).toBeTruthy();
  }
});

test("keys move the cursor, and the values with it", () => {
  const { el, press, stage } = show();
  press("PageDown");
  expect(stage().getAttribute("aria-valuenow")).toBe("500");
  expect(stage().getAttribute("aria-valuetext")).toBe(
    "500 m, turn 1. AAA lap 3: 100 km/h, gear 2, braking. CCC lap 3: 90 km/h, gear 2, braking, +0.250 s.",
  );
  const cells = [...el.querySelectorAll("[data-key=speed]")].map((cell) => cell.textContent);
  expect(cells).toEqual(["100", "90"]);
  expect(el.querySelector(".tt-map-cursor").getAttribute("visibility")).toBe("visible");
  press("End");
  expect(stage().getAttribute("aria-valuenow")).toBe("1000");
});

test("keys and wheel zoom about the cursor; the notebook gets no plain key", () => {
  const { press, view, stage } = show();
  const heard = vi.fn();
  document.body.addEventListener("keydown", heard);
  press("PageDown");
  press("+");
  const [low, high] = view();
  expect(high - low).toBeCloseTo(625, 0);
  expect((low + high) / 2).toBeCloseTo(500, 0);
  press("ArrowRight", { shiftKey: true });
  expect(view()[0]).toBeGreaterThan(low);
  press("x");
  expect(heard).not.toHaveBeenCalled();
  press("0");
  expect(view()).toEqual([0, 1000]);
  const wheel = () => {
    const event = new WheelEvent("wheel", { deltaY: -300, bubbles: true, cancelable: true });
    Object.defineProperty(event, "clientX", { value: 500 }); // happy-dom has none
    return stage().dispatchEvent(event);
  };
  stage().blur();
  expect(wheel()).toBe(true); // the page scrolls
  expect(view()).toEqual([0, 1000]);
  stage().focus();
  expect(wheel()).toBe(false);
  expect(view()[1] - view()[0]).toBeLessThan(1000);
});

test("another choice is asked of Python, with everything else unchanged", () => {
  const { el, out } = show();
  const change = (index, value) => {
    const select = el.querySelectorAll("select")[index];
    select.value = value;
    select.dispatchEvent(new Event("change", { bubbles: true }));
  };
  change(1, "4");
  expect(out.at(-1)).toEqual({ kind: "choose", laps: [["AAA", 4], ["BBB", 4], ["CCC", 3]] });
  expect(el.querySelector(".f1lab-tt").getAttribute("aria-busy")).toBe("true");
  change(4, "DDD");
  expect(out.at(-1).laps[2]).toEqual(["DDD", 3]);
  el.querySelectorAll(".tt-remove")[1].click();
  expect(out.at(-1).laps).toEqual([["AAA", 3], ["CCC", 3]]);
  el.querySelector(".tt-add").click();
  expect(out.at(-1).laps[3]).toEqual(["DDD", "fastest"]);
  el.querySelectorAll(".tt-modes button")[1].click();
  expect(out.at(-1).laps).toEqual([["AAA", "race"], ["BBB", "race"], ["CCC", "race"]]);
});

test("the same lap of somebody else, unless it is shown already or was not driven", () => {
  const { data } = sent();
  expect(sameLap(data, "DDD", 3)).toBe(3);
  expect(sameLap(data, "CCC", 3)).toBe("fastest");
  expect(sameLap(data, "DDD", 17)).toBe("fastest");
});

test("an answer is shown when words and samples are both there", () => {
  const { el, traits, calls, stop } = show();
  const next = sent({ revision: 2, problem: "no driver 'XXX'." });
  traits.data = { ...next.data, bytes: 999 };
  calls.get("change:data")();
  expect(el.querySelector(".tt-notice").textContent).toBe("");
  traits.data = next.data;
  calls.get("change:samples")();
  expect(el.querySelector(".tt-notice").textContent).toBe("no driver 'XXX'.");
  expect(observed.length).toBe(1);
  stop();
  expect(observed.length).toBe(0);
  expect(calls.size).toBe(0);
});

test("names from a race never become markup", () => {
  const { el } = show({ title: "<img src=x onerror=alert(1)>", note: "<b>bold</b>" });
  expect(el.querySelector("img, b")).toBeNull();
  expect(el.querySelector(".f1-title").textContent).toContain("<img");
});

test("the table of parts holds the numbers of the picture", () => {
  const { el } = show();
  const cells = [...el.querySelectorAll(".tt-parts tbody tr > *")].map((cell) => cell.textContent);
  expect(cells).toEqual(["T1", "slow", "100", "90", "+0.120"]);
});
