// RaceTimeline: a race lap by lap. The race comes once from Python; which driver is selected is
// shared with Python, which lap is pointed at stays here.

import { html, svg } from "../shared/dom.js";
import { lapRanges } from "../shared/format.js";
import { followTheme } from "../shared/theme.js";
import { drawChart } from "./chart.js";
import { lapAt, plotOf } from "./geometry.js";
import { legend, panelContent, raceTable } from "./panel.js";
import { driverSentence, lapSentence } from "./words.js";

/** @typedef {import("./chart.js").Chart} Chart */
/** @typedef {import("./geometry.js").Plot} Plot */
/** @typedef {import("./geometry.js").Race} Race */
/** @typedef {{get(name: string): any, set(name: string, value: unknown): void, save_changes(): void, on(event: string, call: () => void): void, off(event: string, call: () => void): void}} Model */

const LEAST_WIDTH = 220;

/**
 * @param {{model: Model, el: HTMLElement}} context
 * @returns {() => void} what to do when the view goes
 */
function render({ model, el }) {
  const root = html("section", { class: "f1lab-card f1lab-rt" });
  el.append(root);
  const stopTheme = followTheme(root);
  /** @type {ReturnType<typeof mount>} */
  let view = mount(root, model);
  const anew = () => {
    view.destroy();
    view = mount(root, model);
  };
  const select = () => view.select();
  model.on("change:data", anew);
  model.on("change:selected", select);
  return () => {
    model.off("change:data", anew);
    model.off("change:selected", select);
    stopTheme();
    view.destroy();
  };
}

/**
 * @param {HTMLElement} root
 * @param {Model} model
 */
function mount(root, model) {
  /** @type {Race} */
  const race = model.get("data");
  const stage = html("div", { class: "rt-stage" });
  const readout = html("p", { class: "rt-readout" }, "Point at the chart for a lap; choose a driver for his race.");
  const panel = html("div", { class: "rt-panel", role: "region", hidden: true });
  const live = html("div", { class: "f1-unseen", role: "status" });
  root.setAttribute("aria-label", `Race timeline: ${race.title}`);
  root.replaceChildren(html("h3", { class: "f1-title" }, race.title), stage, readout, legend(race), panel, live, raceTable(race));

  /** @type {Chart | null} */
  let chart = null;
  /** @type {Plot | null} */
  let plot = null;
  let reached = "";
  let lap = 0;
  let pointed = false;
  const selected = () => race.drivers.find(({ code }) => code === model.get("selected")) ?? null;

  /** @param {readonly number[]} laps */
  const showLaps = (laps) => {
    if (!chart || !plot) return;
    const { x, top, bottom } = plot;
    chart.evidence.replaceChildren(
      ...lapRanges([...laps]).map(([first, last]) =>
        svg("rect", { x: x(first - 1), y: top, width: x(last) - x(first - 1), height: bottom - top }),
      ),
    );
  };

  /** @param {string} code the one name the Tab key reaches */
  const reach = (code) => {
    reached = code;
    for (const [name, button] of chart?.buttons ?? []) {
      button.setAttribute("tabindex", name === code ? "0" : "-1");
    }
  };

  const select = () => {
    const driver = selected();
    for (const [code, group] of chart?.groups ?? []) {
      group.classList.toggle("rt-selected", code === driver?.code);
    }
    for (const [code, button] of chart?.buttons ?? []) {
      button.setAttribute("aria-pressed", String(code === driver?.code));
    }
    root.classList.toggle("rt-one", driver !== null || race.highlight.length > 0);
    const group = driver && chart?.groups.get(driver.code);
    if (group) group.parentNode?.append(group); // on top of the others
    panel.hidden = !driver;
    panel.replaceChildren(...(driver ? panelContent(race, driver, showLaps) : []));
    panel.setAttribute("aria-label", driver ? `Race of ${driver.name}` : "");
    if (driver) panel.style.setProperty("--rt-team", driver.colour);
    showLaps([]);
    if (pointed) readout.textContent = lapSentence(race, lap, driver);
  };

  /** @param {string} code empty for nobody */
  const choose = (code) => {
    model.set("selected", code);
    model.save_changes();
    select();
    const driver = selected();
    live.textContent = driver ? `Selected ${driverSentence(driver)}` : "Nobody selected";
  };

  /** @param {number} to @param {boolean} spoken */
  const point = (to, spoken) => {
    lap = Math.min(Math.max(to, 0), race.laps);
    pointed = true;
    const x = String(plot?.x(lap) ?? 0);
    chart?.cursor.setAttribute("x1", x);
    chart?.cursor.setAttribute("x2", x);
    chart?.cursor.setAttribute("visibility", "visible");
    readout.textContent = lapSentence(race, lap, selected());
    if (spoken) live.textContent = readout.textContent;
  };

  /** @param {number} width */
  const draw = (width) => {
    const focused = stage.contains(document.activeElement);
    plot = plotOf(Math.max(width, LEAST_WIDTH), race.laps, race.drivers.length);
    chart = drawChart(race, plot);
    stage.replaceChildren(chart.element);
    reach(reached || (selected()?.code ?? race.drivers[0]?.code ?? ""));
    if (focused) chart.buttons.get(reached)?.focus();
    select();
  };

  stage.addEventListener("click", (event) => {
    const code = codeOf(event);
    if (code === null) return;
    reach(code);
    chart?.buttons.get(code)?.focus();
    choose(code === selected()?.code ? "" : code);
  });
  stage.addEventListener("pointermove", (event) => {
    const frame = chart?.element.getBoundingClientRect();
    if (!frame || !plot) return;
    const x = event.clientX - frame.left;
    if (x < plot.left - 8 || x > plot.right + 8) return; // on the names
    const to = lapAt(plot, x, race.laps);
    if (to !== lap || !pointed) point(to, false);
  });
  stage.addEventListener("keydown", (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    // A notebook would take a plain key for its own: "x" cuts the cell.
    event.stopPropagation();
    if (onKey(event.key)) event.preventDefault();
  });

  /** @param {string} key @returns {boolean} whether the key meant something */
  const onKey = (key) => {
    const codes = race.drivers.map(({ code }) => code);
    const at = codes.indexOf(reached);
    /** @param {number} to */
    const go = (to) => {
      const code = codes[Math.min(Math.max(to, 0), codes.length - 1)] ?? "";
      reach(code);
      chart?.buttons.get(code)?.focus();
      if (selected()) choose(code);
    };
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowDown: () => go(at + 1),
      ArrowUp: () => go(at - 1),
      Home: () => go(0),
      End: () => go(codes.length - 1),
      ArrowRight: () => point(lap + 1, true),
      ArrowLeft: () => point(lap - 1, true),
      Enter: () => choose(reached === selected()?.code ? "" : reached),
      " ": () => choose(reached === selected()?.code ? "" : reached),
      Escape: () => choose(""),
    };
    keys[key]?.();
    return key in keys;
  };

  let drawn = 0;
  const observer = new ResizeObserver(() => {
    const width = Math.floor(stage.clientWidth);
    if (width <= 0 || width === drawn) return;
    drawn = width;
    draw(width);
  });
  observer.observe(stage);
  return { select, destroy: () => observer.disconnect() };
}

/**
 * The driver an event happened on.
 * @param {Event} event
 */
function codeOf(event) {
  const target = event.target instanceof Element ? event.target.closest("[data-code]") : null;
  return target?.getAttribute("data-code") ?? null;
}

export default { render };
