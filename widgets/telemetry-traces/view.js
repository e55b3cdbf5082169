// Which part of the lap is in view, and how it moves.

/** @typedef {[low: number, high: number]} View */

/** No closer than this [m]. */
export const CLOSEST_M = 40;

/**
 * A view of a width around a place, kept on the lap.
 * @param {number} low
 * @param {number} span
 * @param {number} length
 * @returns {View}
 */
function within(low, span, length) {
  const width = Math.min(Math.max(span, Math.min(CLOSEST_M, length)), length);
  const from = Math.min(Math.max(low, 0), length - width);
  return [from, from + width];
}

/**
 * Closer (factor below 1) or farther, one place staying where it is.
 * @param {View} view
 * @param {number} factor
 * @param {number} anchor
 * @param {number} length of the lap [m]
 * @returns {View}
 */
export function zoomed([low, high], factor, anchor, length) {
  const span = Math.min(Math.max((high - low) * factor, Math.min(CLOSEST_M, length)), length);
  const share = (anchor - low) / (high - low);
  return within(anchor - share * span, span, length);
}

/**
 * Along the lap by metres.
 * @param {View} view
 * @param {number} metres
 * @param {number} length
 * @returns {View}
 */
export function panned([low, high], metres, length) {
  return within(low + metres, high - low, length);
}

/**
 * From one place to another, whichever comes first.
 * @param {number} a
 * @param {number} b
 * @param {number} length
 * @returns {View}
 */
export function between(a, b, length) {
  const span = Math.abs(b - a);
  const short = Math.max(CLOSEST_M - span, 0);
  return within(Math.min(a, b) - short / 2, span + short, length);
}

/**
 * Moved no more than needed for a place to be seen.
 * @param {View} view
 * @param {number} place
 * @param {number} length
 * @returns {View}
 */
export function showing(view, place, length) {
  const [low, high] = view;
  if (place >= low && place <= high) return view;
  return panned(view, place - (low + high) / 2, length);
}

/**
 * The next place of a list in a direction, or null.
 * @param {readonly number[]} places ascending
 * @param {number} from
 * @param {1 | -1} direction
 */
export function nextOf(places, from, direction) {
  const beyond = places.filter((place) => (place - from) * direction > 0.5);
  return (direction > 0 ? beyond[0] : beyond.at(-1)) ?? null;
}
