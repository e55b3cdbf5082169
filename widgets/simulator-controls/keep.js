// The run kept in the browser, so that a kernel that goes does not take it along.

/** @typedef {import("./wire.js").Race} Race */
/** @typedef {import("./wire.js").Run} Run */

/** @param {Race} race */
export function keyOf(race) {
  return `f1lab.run.1 ${race.title} ${race.driver}`;
}

/**
 * @param {Storage} storage
 * @param {Race} race
 * @param {Run} run
 * @returns {boolean} whether there was room for it
 */
export function keep(storage, race, run) {
  try {
    storage.setItem(keyOf(race), JSON.stringify(run));
    return true;
  } catch {
    return false; // full, or forbidden by the reader: the player is told
  }
}

/**
 * A run kept of this race, unless it is no longer one.
 * @param {Storage} storage
 * @param {Race} race
 * @returns {{run: Run, laps: number} | null}
 */
export function kept(storage, race) {
  /** @type {any} */
  let run = null;
  try {
    run = JSON.parse(storage.getItem(keyOf(race)) ?? "null");
  } catch {
    return null; // not ours, or cut off: there is nothing to offer
  }
  if (run?.kind !== "f1lab.simulation" || run.driver !== race.driver || !Array.isArray(run.decisions)) return null;
  return run.decisions.length > 0 ? { run, laps: run.decisions.length } : null;
}

/** @param {Storage} storage @param {Race} race */
export function forget(storage, race) {
  storage.removeItem(keyOf(race));
}

/**
 * What a downloaded run is called.
 * @param {Race} race
 * @param {number} laps
 */
export function fileName(race, laps) {
  const plain = race.title.normalize("NFKD").replace(/[^\w ]+/g, "").trim().replace(/\s+/g, "-").toLowerCase();
  return `${plain}-${race.driver.toLowerCase()}-lap-${laps}.json`;
}
