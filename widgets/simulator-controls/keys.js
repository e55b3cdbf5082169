// Which key does what. A key that means nothing here is left alone.

/** @typedef {"play" | "step" | "box" | "push" | "neutral" | "save" | "odds" | "back" | "forward" | "now" | "escape" | `fit${number}`} Action */

/** @type {Record<string, Action>} */
const KEYS = {
  " ": "play",
  ArrowRight: "step",
  b: "box",
  p: "push",
  n: "neutral",
  s: "save",
  o: "odds",
  ",": "back",
  ".": "forward",
  l: "now",
  Escape: "escape",
  1: "fit0",
  2: "fit1",
  3: "fit2",
  4: "fit3",
  5: "fit4",
};

/** For who reads them. */
export const HELP = [
  ["Space", "play or pause"],
  ["→", "drive the next lap"],
  ["B", "open the box"],
  ["1 – 5", "call for soft, medium, hard, intermediate, wet"],
  ["P  N  S", "push, neutral, save"],
  ["O", "odds on or off"],
  [",  .", "look a lap back, a lap forward"],
  ["L", "back to the last lap driven"],
  ["Esc", "close, cancel the call"],
];

/**
 * What a key asks for, given what has the focus.
 * @param {{key: string, altKey: boolean, ctrlKey: boolean, metaKey: boolean}} event
 * @param {{tag: string, type: string}} focus
 * @returns {Action | null}
 */
export function actionOf({ key, altKey, ctrlKey, metaKey }, { tag, type }) {
  if (altKey || ctrlKey || metaKey) return null;
  const name = key.length === 1 ? key.toLowerCase() : key;
  const text = tag === "input" && type !== "range";
  if (text) return name === "Escape" ? "escape" : null;
  if (tag === "input" && name === "ArrowRight") return null; // the slider's own
  if (name === " " && (tag === "button" || tag === "summary" || tag === "select")) return null;
  return KEYS[name] ?? null;
}
