import { expect, test } from "vitest";
import { report, words } from "../test-fixtures.mjs";
import { steps } from "./geometry.js";
import { sentence, subtitle, title } from "./words.js";

test.each(Object.entries(words.reports))("%s reads as agreed with Python", (name, expected) => {
  const data = report(name);
  expect(title(data)).toBe(expected.title);
  expect(subtitle(data)).toBe(expected.subtitle);
  for (const [key, text] of Object.entries(expected.sentences)) {
    expect(sentence(steps(data).find((step) => step.key === key))).toBe(text);
  }
});

test("what is unknown is left out", () => {
  const data = {
    ...report(),
    event: null,
    year: null,
    team: null,
    grid: null,
    reference_name: null,
    laps_compared: null,
  };
  expect(title(data)).toBe("TOV vs KAS · +38.417 s");
  expect(subtitle(data)).toBe("Elin Tovar");
});
