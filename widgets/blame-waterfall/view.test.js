// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { report } from "../test-fixtures.mjs";
import widget from "./index.js";

/** Lets a test say how wide the widget is. */
let resize = () => {};
let width = 800;

beforeEach(() => {
  width = 800;
  vi.stubGlobal(
    "ResizeObserver",
    class {
      constructor(callback) {
        this.callback = callback;
      }
      observe(element) {
        Object.defineProperty(element, "clientWidth", { get: () => width });
        resize = () => this.callback();
        resize();
      }
      disconnect() {
        resize = () => {
          throw new Error("still observed");
        };
      }
    },
  );
});

afterEach(() => {
  vi.unstubAllGlobals();
  document.body.replaceChildren();
});

function show(data, traits = {}) {
  const el = document.createElement("div");
  document.body.append(el);
  const values = { data, animate: false, timeline: true, ...traits };
  const stop = widget.render({ model: { get: (name) => values[name] }, el });
  return { el, stop, bars: () => [...el.querySelectorAll(".wf-bar")] };
}

const press = (target, key) =>
  target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));

const panel = (el) => el.querySelector(".wf-panel");

test("there is a bar for each cause, the rest and the total, with its number", () => {
  const data = report();
  const { bars } = show(data);
  expect(bars().map((bar) => bar.getAttribute("data-key"))).toEqual([
    ...Object.keys(data.categories),
    "unexplained",
    "total",
  ]);
  expect(bars().map((bar) => Number(bar.getAttribute("data-seconds")))).toEqual([
    ...Object.values(data.categories).map((part) => part.seconds),
    data.unexplained.seconds,
    data.gap_s,
  ]);
  expect(bars()[3].querySelector(".wf-value").textContent).toBe("+9.6 s");
  expect(bars()[3].querySelector(".wf-percent").textContent).toBe("22 %");
});

test("bars are buttons that say what they show; one is in the tab order", () => {
  const { el, bars } = show(report());
  for (const bar of bars()) {
    expect(bar.getAttribute("role")).toBe("button");
    expect(bar.getAttribute("aria-label")).toMatch(/(lost|gained) .* s/);
    expect(bar.getAttribute("aria-expanded")).toBe("false");
    expect(el.querySelector(`#${bar.getAttribute("aria-controls")}`)).toBe(panel(el));
  }
  expect(bars().map((bar) => bar.getAttribute("tabindex"))).toEqual([
    "0", "-1", "-1", "-1", "-1", "-1", "-1", "-1",
  ]);
});

test("a click opens the evidence, the next one closes it", () => {
  const { el, bars } = show(report());
  const click = () => bars()[3].dispatchEvent(new MouseEvent("click", { bubbles: true }));
  click();
  expect(panel(el).hidden).toBe(false);
  expect(bars()[3].getAttribute("aria-expanded")).toBe("true");
  expect(panel(el).textContent).toContain("+9.604 s");
  expect(panel(el).textContent).toContain("Stayed out on lap 31 under the safety car");
  expect([...panel(el).querySelectorAll(".wf-chip")].map((chip) => chip.textContent)).toEqual([
    "laps 31–33",
    "laps 39–42",
  ]);
  expect(el.querySelector("[role=status]").textContent).toContain("Strategy: lost 9.604 s");
  click();
  expect(panel(el).hidden).toBe(true);
  expect(bars()[3].getAttribute("aria-expanded")).toBe("false");
});

test("the laps of the evidence are marked on the strip, one line's alone under the pointer", () => {
  const { el, bars } = show(report());
  bars()[3].dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const found = () => el.querySelectorAll(".wf-found rect").length;
  expect(found()).toBe(2);
  const line = panel(el).querySelector("li");
  line.dispatchEvent(new Event("pointerenter"));
  expect(found()).toBe(1);
  line.dispatchEvent(new Event("pointerleave"));
  expect(found()).toBe(2);
});

test("arrows move, Enter opens, arrows carry the panel along, Escape closes", () => {
  const { el, bars } = show(report());
  bars()[0].focus();
  press(document.activeElement, "ArrowDown");
  expect(document.activeElement).toBe(bars()[1]);
  expect(bars()[1].getAttribute("tabindex")).toBe("0");
  expect(bars()[0].getAttribute("tabindex")).toBe("-1");
  press(document.activeElement, "Enter");
  expect(panel(el).getAttribute("aria-label")).toBe("Evidence: Tyre degradation");
  press(document.activeElement, "ArrowDown");
  expect(panel(el).getAttribute("aria-label")).toBe("Evidence: Pit execution");
  press(document.activeElement, "End");
  expect(panel(el).getAttribute("aria-label")).toBe("Evidence: Total gap");
  press(document.activeElement, "ArrowDown");
  expect(document.activeElement).toBe(bars()[7]);
  press(document.activeElement, "Home");
  expect(document.activeElement).toBe(bars()[0]);
  press(document.activeElement, "Escape");
  expect(panel(el).hidden).toBe(true);
  expect(document.activeElement).toBe(bars()[0]);
});

test("plain keys stay in the widget, keys with a modifier reach the notebook", () => {
  const { bars } = show(report());
  bars()[0].focus();
  const passed = vi.fn();
  document.body.addEventListener("keydown", passed);
  for (const key of ["x", "Escape", "ArrowDown", "Enter"]) press(bars()[0], key);
  expect(passed).not.toHaveBeenCalled();
  for (const modifier of ["ctrlKey", "metaKey", "shiftKey", "altKey"]) {
    bars()[0].dispatchEvent(
      new KeyboardEvent("keydown", { key: "Enter", [modifier]: true, bubbles: true }),
    );
  }
  expect(passed).toHaveBeenCalledTimes(4);
  document.body.removeEventListener("keydown", passed);
});

test("a key without meaning keeps what the browser does with it", () => {
  const { bars } = show(report());
  const event = new KeyboardEvent("keydown", { key: "Tab", bubbles: true, cancelable: true });
  bars()[0].dispatchEvent(event);
  expect(event.defaultPrevented).toBe(false);
});

test("Enter on the close button is left to the button, Escape there closes", () => {
  const { el, bars } = show(report());
  bars()[0].dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const close = panel(el).querySelector(".wf-close");
  press(close, "Enter");
  expect(panel(el).hidden).toBe(false);
  press(close, "Escape");
  expect(panel(el).hidden).toBe(true);
});

test("the total opens as a sum to the millisecond", () => {
  const { el, bars } = show(report());
  bars()[7].dispatchEvent(new MouseEvent("click", { bubbles: true }));
  const cells = [...panel(el).querySelectorAll("td")].map((cell) =>
    Number(cell.textContent.replace(" s", "").replace("−", "-")),
  );
  const total = cells.pop();
  expect(total).toBe(38.417);
  expect(cells.reduce((sum, cell) => sum + cell)).toBeCloseTo(total, 6);
});

test("a new width keeps the open bar and the focus", () => {
  const { el, bars } = show(report());
  bars()[2].focus();
  bars()[2].dispatchEvent(new MouseEvent("click", { bubbles: true }));
  width = 340;
  resize();
  expect(el.querySelector(".wf-chart").getAttribute("width")).toBe("340");
  expect(bars()[2].getAttribute("aria-expanded")).toBe("true");
  expect(document.activeElement).toBe(bars()[2]);
  expect(panel(el).textContent).toContain("Pit execution");
});

test("nothing is drawn before the widget has a width", () => {
  width = 0;
  const { bars } = show(report());
  expect(bars()).toEqual([]);
  width = 700;
  resize();
  expect(bars().length).toBe(8);
});

test("the bars build up once, and not for readers who asked for less motion", () => {
  const animate = vi.fn();
  Element.prototype.animate = animate;
  show(report(), { animate: true });
  expect(animate).toHaveBeenCalled();
  const calls = animate.mock.calls.length;
  width = 500;
  resize();
  expect(animate.mock.calls.length).toBe(calls);
  vi.stubGlobal("matchMedia", () => ({
    matches: true,
    addEventListener() {},
    removeEventListener() {},
  }));
  show(report(), { animate: true });
  show(report(), { animate: false });
  expect(animate.mock.calls.length).toBe(calls);
  delete Element.prototype.animate;
});

test("a driver that cannot be judged gets the reason in place", () => {
  const { el, bars } = show(report("refusal"));
  expect(bars()).toEqual([]);
  expect(el.querySelector(".wf-refusal").textContent).toContain("SOL retired on lap 1");
});

test("markup in a report is shown, not run", () => {
  const data = report();
  const nasty = "<img src=x onerror=alert(1)>";
  data.verdict = nasty;
  data.driver_name = nasty;
  data.team_colour = "red;background:url(x)";
  data.categories.qualifying.label = nasty;
  data.categories.qualifying.evidence[0].text = nasty;
  const { el, bars } = show(data);
  bars()[0].dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(el.querySelector("img")).toBeNull();
  expect(panel(el).textContent).toContain(nasty);
  expect(el.querySelector(".wf-header").getAttribute("style")).toBeNull();
});

test("two waterfalls on a page keep apart", () => {
  const first = show(report());
  const second = show(report("lapped"));
  first.bars()[0].dispatchEvent(new MouseEvent("click", { bubbles: true }));
  expect(panel(first.el).id).not.toBe(panel(second.el).id);
  expect(panel(second.el).hidden).toBe(true);
});

test("a view that goes stops watching", () => {
  const { stop } = show(report());
  stop();
  expect(resize).toThrow("still observed");
});

test("no report, no view", () => {
  const { el } = show({});
  expect(el.childElementCount).toBe(0);
});
