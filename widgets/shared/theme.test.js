// @vitest-environment happy-dom
import { afterEach, expect, test } from "vitest";
import { followTheme, lightness } from "./theme.js";

afterEach(() => {
  document.body.removeAttribute("data-jp-theme-light");
});

test("lightness reads the ways a theme writes its colours", () => {
  expect(lightness("white")).toBe(1);
  expect(lightness("#111")).toBeCloseTo(17 / 255);
  expect(lightness("#FFFFFF")).toBeCloseTo(1);
  expect(lightness("rgb(0, 0, 0)")).toBe(0);
  expect(lightness("var(--md-grey-900)")).toBeNull();
  expect(lightness("")).toBeNull();
});

test("the theme follows what JupyterLab says, until it is told to stop", async () => {
  const element = document.createElement("div");
  document.body.append(element);
  document.body.dataset.jpThemeLight = "false";
  const stop = followTheme(element);
  expect(element.dataset.theme).toBe("dark");
  document.body.dataset.jpThemeLight = "true";
  await new Promise((done) => setTimeout(done, 20));
  expect(element.dataset.theme).toBe("light");
  stop();
  document.body.dataset.jpThemeLight = "false";
  await new Promise((done) => setTimeout(done, 20));
  expect(element.dataset.theme).toBe("light");
});

test("without a theme the reader's preference counts", () => {
  const element = document.createElement("div");
  document.body.append(element);
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  followTheme(element)();
  expect(element.dataset.theme).toBe(dark ? "dark" : "light");
});

test("a page that only sets JupyterLab's colours is believed", () => {
  const element = document.createElement("div");
  element.style.setProperty("--jp-layout-color0", "#111111");
  document.body.append(element);
  followTheme(element)();
  expect(element.dataset.theme).toBe("dark");
});
