// What the traces say in words: places, values, and the sentence a screen reader speaks.

import { secondsText } from "../shared/format.js";
import { valueAt } from "./data.js";

/** @typedef {import("./data.js").Lap} Lap */
/** @typedef {import("./data.js").Wire} Wire */

/**
 * @typedef {object} Reading values of one lap at a place; null where there are none
 * @property {number | null} delta
 * @property {number | null} speed
 * @property {number | null} throttle
 * @property {number | null} brake
 * @property {number | null} gear
 * @property {number | null} rpm
 * @property {number | null} drs
 */

/** Channels whose value holds until the next sample. */
export const HELD = new Set(["brake", "gear", "drs"]);

/** @type {{key: keyof Reading, head: string, unit: string}[]} */
export const COLUMNS = [
  { key: "delta", head: "Delta", unit: "s" },
  { key: "speed", head: "Speed", unit: "km/h" },
  { key: "throttle", head: "Throttle", unit: "%" },
  { key: "brake", head: "Brake", unit: "" },
  { key: "gear", head: "Gear", unit: "" },
  { key: "rpm", head: "rpm", unit: "" },
  { key: "drs", head: "DRS", unit: "" },
];

/**
 * All channels of a lap at a place.
 * @param {Lap} lap
 * @param {number} place
 * @returns {Reading}
 */
export function reading(lap, place) {
  /** @param {string} name @param {string} [along] */
  const value = (name, along = "at") => {
    const [at, values] = [lap.channels[along], lap.channels[name]];
    if (!(at instanceof Float32Array) || !values) return null;
    return valueAt(at, values, place, HELD.has(name));
  };
  return {
    delta: value("delta", "delta_at"),
    speed: value("speed"),
    throttle: value("throttle"),
    brake: value("brake"),
    gear: value("gear"),
    rpm: value("rpm"),
    drs: value("drs"),
  };
}

/**
 * @param {keyof Reading} key
 * @param {number | null} value
 */
export function cellText(key, value) {
  if (value === null) return "–";
  if (key === "delta") return secondsText(value, 3).replace(" s", "");
  if (key === "brake") return value ? "on" : "off";
  if (key === "drs") return value ? "open" : "shut";
  if (key === "gear" && value === 0) return "N";
  return String(Math.round(value));
}

/**
 * Where a place is: metres, the lap of a whole race, the corner.
 * @param {Wire} wire
 * @param {number} place
 */
export function placeText(wire, place) {
  if (wire.mode === "race") {
    const lap = Math.min(Math.floor(place / wire.lap_m), Math.round(wire.length_m / wire.lap_m) - 1);
    return `lap ${lap + 1}, ${Math.round(place - lap * wire.lap_m)} m`;
  }
  const corner = wire.corners.find(({ begin_m, end_m }) => place >= begin_m && place <= end_m);
  return `${Math.round(place)} m${corner ? `, turn ${corner.label}` : ""}`;
}

/**
 * Everything at a place as one sentence.
 * @param {Wire} wire
 * @param {readonly Lap[]} laps
 * @param {number} place
 */
export function placeSentence(wire, laps, place) {
  const said = laps.map((lap) => {
    const { speed, gear, throttle, brake, delta } = reading(lap, place);
    const parts = [
      speed === null ? "no car data" : `${Math.round(speed)} km/h`,
      gear !== null && `gear ${gear}`,
      throttle !== null && `throttle ${Math.round(throttle)} %`,
      brake ? "braking" : false,
      delta !== null && lap.slot > 0 && `${secondsText(delta, 3)}`,
    ];
    return `${lap.info.label}: ${parts.filter(Boolean).join(", ")}`;
  });
  return `${placeText(wire, place)}. ${said.join(". ")}.`;
}
