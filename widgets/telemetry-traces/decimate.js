// What of a long trace is worth drawing: of all samples that fall into one column of pixels
// the least and the greatest. The line covers the same pixels, no peak is lost.

/** @typedef {Float32Array | Uint8Array} Samples */

/** Vertices a decimated line may have in each column: two, and a gap. */
export const PER_COLUMN = 3;

/**
 * Index of the first sample at or beyond a place.
 * @param {Float32Array} at ascending
 * @param {number} x
 */
export function firstAtOrAfter(at, x) {
  let low = 0;
  let high = at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (at[middle]) < x) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Samples that matter for a view, from the one before it to the one after it.
 * @param {Float32Array} at
 * @param {number} low
 * @param {number} high
 * @returns {[first: number, end: number]}
 */
export function visible(at, low, high) {
  return [
    Math.max(firstAtOrAfter(at, low) - 1, 0),
    Math.min(firstAtOrAfter(at, high) + 1, at.length),
  ];
}

/**
 * Pick the samples to draw; a missing value is kept as a gap.
 * @param {Float32Array} at places, ascending
 * @param {Samples} values
 * @param {[low: number, high: number]} view
 * @param {number} columns pixels the view is wide
 * @returns {number[]} indices, ascending
 */
export function decimate(at, values, view, columns) {
  const [first, end] = visible(at, ...view);
  /** @type {number[]} */
  const kept = [];
  if (end - first <= columns * 2) {
    for (let i = first; i < end; i++) kept.push(i);
    return kept;
  }
  const perUnit = columns / (view[1] - view[0]);
  let i = first;
  while (i < end) {
    const column = Math.floor((/** @type {number} */ (at[i]) - view[0]) * perUnit);
    let least = -1;
    let most = -1;
    let gap = -1;
    for (; i < end; i++) {
      if (Math.floor((/** @type {number} */ (at[i]) - view[0]) * perUnit) !== column) break;
      const value = /** @type {number} */ (values[i]);
      if (Number.isNaN(value)) gap = i;
      else {
        if (least < 0 || value < /** @type {number} */ (values[least])) least = i;
        if (most < 0 || value > /** @type {number} */ (values[most])) most = i;
      }
    }
    pushInOrder(kept, least, most, gap);
  }
  return kept;
}

/**
 * @param {number[]} kept
 * @param {number[]} candidates indices, −1 for none
 */
function pushInOrder(kept, ...candidates) {
  candidates.sort((a, b) => a - b);
  for (const index of candidates) {
    if (index >= 0 && index !== kept.at(-1)) kept.push(index);
  }
}

/**
 * Stretches where a switch is on, those closer than a pixel joined.
 * @param {Float32Array} at
 * @param {Samples} values
 * @param {[low: number, high: number]} view
 * @param {number} columns
 * @returns {[from: number, to: number][]} clipped to the view
 */
export function stretches(at, values, view, columns) {
  const [first, end] = visible(at, ...view);
  const pixel = (view[1] - view[0]) / columns;
  /** @type {[number, number][]} */
  const found = [];
  let i = first;
  while (i < end) {
    if (!values[i]) {
      i++;
      continue;
    }
    const from = Math.max(/** @type {number} */ (at[i]), view[0]);
    while (i < end && values[i]) i++;
    const to = Math.min(/** @type {number} */ (at[Math.min(i, end - 1)]), view[1]);
    if (to < from) continue;
    const before = found.at(-1);
    if (before && from - before[1] < pixel) before[1] = to;
    else found.push([from, to]);
  }
  return found;
}
