// The race in words, for the line under the chart and for who hears it.

import { tyresOn } from "./geometry.js";

/** @typedef {import("./geometry.js").Driver} Driver */
/** @typedef {import("./geometry.js").Race} Race */

/** @param {number | null | undefined} seconds */
export function clockText(seconds) {
  if (seconds === null || seconds === undefined) return "";
  const thousandths = Math.round(seconds * 1000);
  const rest = ((thousandths % 60000) / 1000).toFixed(3).padStart(6, "0");
  return `${Math.floor(thousandths / 60000)}:${rest}`;
}

/**
 * Where a driver started and ended.
 * @param {Driver} driver
 */
export function resultText({ grid, finish, classified, status }) {
  const from = grid === null ? "" : `from P${grid}`;
  const to = classified && finish !== null ? `P${finish}` : "not classified";
  const why = status && status !== "Finished" ? ` (${status})` : "";
  return `${from ? `${from} to ` : ""}${to}${why}`;
}

/**
 * A driver for a screen reader.
 * @param {Driver} driver
 */
export function driverSentence(driver) {
  const stops = driver.stints
    .slice(1)
    .map(({ first, compound }) => `lap ${first - 1} for ${compound.toLowerCase()}`);
  const stopped = stops.length > 0 ? `stops: ${stops.join(", ")}` : "no stop";
  return `${driver.name}, ${driver.team}, ${resultText(driver)}, ${stopped}`;
}

/**
 * A lap: of the driver when one is selected, else the order.
 * @param {Race} race
 * @param {number} lap 0 is the grid
 * @param {Driver | null} driver
 */
export function lapSentence(race, lap, driver) {
  const band = race.bands.find(({ first, last }) => lap >= first && lap <= last);
  const where = `${lap === 0 ? "Grid" : `Lap ${lap}`}${band ? ` (${band.text})` : ""}`;
  if (driver) {
    const place = driver.positions[lap];
    if (place === null || place === undefined) return `${where}: ${driver.code} not in the race`;
    const tyres = tyresOn(driver, lap);
    const parts = [
      `${driver.code} P${place}`,
      tyres && `${tyres.compound.toLowerCase()}${tyres.age === null ? "" : `, ${tyres.age} laps old`}`,
      clockText(driver.lap_times_s[lap - 1]),
    ];
    return `${where}: ${parts.filter(Boolean).join(" · ")}`;
  }
  const order = race.drivers
    .map(({ code, positions }) => ({ code, place: positions[lap] ?? null }))
    .filter(({ place }) => place !== null)
    .sort((a, b) => (a.place ?? 0) - (b.place ?? 0))
    .map(({ code, place }) => `${place} ${code}`);
  return `${where}: ${order.join(" · ")}`;
}
