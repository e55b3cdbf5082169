// What Python sends: numbers in words (JSON) and the samples as one buffer.

/** @typedef {import("./decimate.js").Samples} Samples */
/** @typedef {[offset: number, count: number, kind: "f4" | "u1"]} Place where samples stand */

/**
 * @typedef {object} LapInfo
 * @property {string} driver
 * @property {number | "race"} lap
 * @property {string} label e.g. "NOR lap 15"
 * @property {string} facts e.g. "1:36.304 · hard, 12 laps old"
 * @property {string} problem why it is not drawn; empty when it is
 * @property {Record<string, Place>} channels
 */

/** @typedef {{label: string, apex_m: number, begin_m: number, end_m: number}} Corner */
/** @typedef {{speed_kmh: number | null, lost_s: number | null}} Cell */
/** @typedef {{label: string, kind: string, begin_m: number, end_m: number, cells: Cell[]}} Part */
/** @typedef {{driver: string, name: string, laps: [lap: number, words: string][]}} Choice */

/**
 * @typedef {object} Wire
 * @property {number} revision
 * @property {"laps" | "race"} mode
 * @property {string} title
 * @property {number} bytes length of the buffer
 * @property {number} length_m of what is shown
 * @property {number} lap_m of one lap
 * @property {number} most how many laps can be shown
 * @property {LapInfo[]} laps
 * @property {Record<string, Place> | null} map
 * @property {Corner[]} corners
 * @property {Part[]} parts
 * @property {Choice[]} choices
 * @property {string} problem what the last choice failed on; empty when it did not
 * @property {string} note
 */

/**
 * @typedef {object} Lap
 * @property {LapInfo} info
 * @property {number} slot which of the line styles
 * @property {Record<string, Samples>} channels
 */

/**
 * Samples as typed arrays.
 * @param {Record<string, Place>} places
 * @param {ArrayBuffer} buffer
 * @returns {Record<string, Samples>}
 */
export function unpack(places, buffer) {
  return Object.fromEntries(
    Object.entries(places).map(([name, [offset, count, kind]]) => [
      name,
      kind === "f4"
        ? new Float32Array(buffer, offset, count)
        : new Uint8Array(buffer, offset, count),
    ]),
  );
}

/**
 * A buffer of its own from what the widget manager gives, which may not be aligned.
 * @param {DataView} view
 * @returns {ArrayBuffer}
 */
export function copied(view) {
  return /** @type {ArrayBuffer} */ (
    view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength)
  );
}

/**
 * The laps that are drawn.
 * @param {Wire} wire
 * @param {ArrayBuffer} buffer
 * @returns {Lap[]}
 */
export function drawnLaps(wire, buffer) {
  return wire.laps.flatMap((info, slot) =>
    info.problem ? [] : [{ info, slot, channels: unpack(info.channels, buffer) }],
  );
}

/**
 * Value of a channel at a place: between two samples, or the last one of a switch.
 * @param {Float32Array} at
 * @param {Samples} values
 * @param {number} place
 * @param {boolean} [held] whether the value holds until the next sample
 * @returns {number | null} null where there is none
 */
export function valueAt(at, values, place, held = false) {
  const last = at.length - 1;
  if (last < 0) return null;
  let low = 0;
  let high = last;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (/** @type {number} */ (at[middle]) <= place) low = middle;
    else high = middle - 1;
  }
  const [a, b] = [/** @type {number} */ (at[low]), at[Math.min(low + 1, last)] ?? 0];
  const [from, to] = [values[low] ?? NaN, values[Math.min(low + 1, last)] ?? NaN];
  const share = b > a && !held ? Math.min(Math.max((place - a) / (b - a), 0), 1) : 0;
  const value = share === 0 ? from : from + (to - from) * share;
  return Number.isNaN(value) ? null : value;
}
