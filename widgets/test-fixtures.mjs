// The invented reports and agreed cases of the Python tests. Only tests read this.
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const here = path.dirname(fileURLToPath(import.meta.url));
const folder = path.join(here, "..", "tests", "widgets", "fixtures");

/** @param {string} name */
const read = (name) => JSON.parse(readFileSync(path.join(folder, name), "utf8"));

export const words = read("waterfall_words.json");
export const cases = read("waterfall_cases.json");

/** A report in the shape it has once Python's `wire` has let it through. */
export function report(name = "typical") {
  const { unexplained_s, unexplained, timeline, ...rest } = read(`reports/${name}.json`);
  if (rest.refusal) return rest;
  return {
    ...rest,
    unexplained: { seconds: unexplained_s, ...unexplained },
    timeline: timeline.map((event) => ({
      ...event,
      last_lap: Number(/laps \d+–(\d+)/.exec(event.text)?.[1] ?? event.lap),
    })),
  };
}
