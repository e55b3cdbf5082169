// What Python sends (f1lab/widgets/_simulator_wire.py), and the tower of a lap as objects.

/** @typedef {"push" | "neutral" | "save"} Pace */
/** @typedef {{pit: string | null, pace: Pace}} Call */
/** @typedef {{name: string, team: string, colour: string, dash: number}} Person */

/**
 * @typedef {object} Race
 * @property {string} title
 * @property {string} driver who is played
 * @property {number} n_laps
 * @property {Record<string, Person>} drivers by code, in grid order
 * @property {Record<string, [fill: string, ink: string, letter: string]>} compounds
 * @property {string[]} fitted tyres a stop can ask for, in the order of their keys
 * @property {Record<Pace, number>} paces_s what a pace changes on the lap
 * @property {number} reserve_laps laps that can be pushed on the fuel of the grid
 * @property {boolean} league
 * @property {string} user
 */

/** @typedef {[driver: string, laps: number, leader: number | null, gap: number | null, compound: string, age: number, stops: number, last: number | null, inPit: number, running: number]} WireRow */

/**
 * Everything known at the end of a lap.
 * @typedef {object} Frame
 * @property {number} lap
 * @property {number} laps_left
 * @property {boolean} finished
 * @property {Call | null} call what was decided for the lap
 * @property {number} race_time_s
 * @property {number | null} last_lap_s
 * @property {string} flag
 * @property {boolean} stopped the race is stopped, and a change of tyres costs nothing
 * @property {[usual: number, low: number, high: number, known: number]} pit_loss_s what a stop now would cost, 9 times in 10, and whether that is known of this circuit
 * @property {boolean | null} rain
 * @property {number | null} track_temp_c
 * @property {number} laps_down
 * @property {string} compound
 * @property {number} tyre_age_laps
 * @property {number} stops
 * @property {boolean} must_change
 * @property {Record<string, number>} sets
 * @property {number} fuel_margin_kg
 * @property {[number, number, number]} wear lost by now, low, high
 * @property {[number, number, number]} wear_per_lap
 * @property {[lap: number, seconds: number, low: number, high: number][]} forecast
 * @property {WireRow[]} tower
 * @property {[seconds: number, lap: number | null, text: string][]} messages new on this lap
 * @property {boolean} modelled
 * @property {string} note
 */

/** @typedef {{laps: number, race_time_s: number, position: number, finished: boolean, stopped: boolean}} Outcome */
/** @typedef {Record<string, unknown>} Run */

/**
 * @typedef {object} Result
 * @property {number} position
 * @property {number} race_time_s
 * @property {number} points
 * @property {number | null} gap_winner_s
 * @property {number} laps_down
 * @property {boolean} disqualified
 * @property {string} reason
 * @property {number | null} real_position
 * @property {string} start
 * @property {{lap: number, compound: string}[]} stops
 * @property {number | null} modelled_from
 */

/** @typedef {{name: string, weight: number, score: number | null, points: number, sentence: string, laps: number[]}} Part */
/** @typedef {{total: number, parts: Part[], best_plan: string, best_position: number}} Iq */
/** @typedef {{ok: boolean, error?: string, iq?: Iq, wall?: Iq}} Scores */
/** @typedef {{call: string | null, plan: string, win: number, podium: number, points: number, position: number, regret_places: number, regret_low: number, regret_high: number}} Alternative */
/** @typedef {{races: number, alternatives: Alternative[]}} Odds */

/**
 * @typedef {object} Whole
 * @property {number} game
 * @property {Run} run
 * @property {Frame[]} frames
 * @property {Frame | null} stoppage where the race is stopped in the middle of a lap
 * @property {Outcome} outcome
 * @property {Result} [result]
 * @property {Scores | null} [scores]
 */

/**
 * @typedef {object} Row
 * @property {number} position
 * @property {string} driver
 * @property {number} laps
 * @property {number | null} leader gap to the leader [s]
 * @property {number | null} gap gap to the own car, positive behind it [s]
 * @property {boolean} stale the gap is of a line before the two changed places, and not given
 * @property {string} compound
 * @property {number} age [laps]
 * @property {number} stops
 * @property {number | null} last [s]
 * @property {boolean} inPit
 * @property {boolean} running
 * @property {boolean} you
 */

/**
 * @param {Frame} frame
 * @param {string} own
 * @returns {Row[]}
 */
export function rowsOf(frame, own) {
  const at = placeOf(frame, own) - 1;
  return frame.tower.map(([driver, laps, leader, seconds, compound, age, stops, last, inPit, running], i) => ({
    position: i + 1,
    driver,
    laps,
    leader,
    ...current(seconds, i - at),
    compound,
    age,
    stops,
    last,
    inPit: inPit === 1,
    running: running === 1,
    you: driver === own,
  }));
}

/**
 * What a stop now would usually cost, null where none is to be made or it costs nothing [s].
 * @param {Frame} frame
 */
export function stopCost({ lap, laps_left, stopped, pit_loss_s: [usual, low, high, known] }) {
  return stopped || laps_left <= 1 || lap === 0 ? null : { usual, low, high, known: known === 1 };
}

/**
 * The flag of a lap: that at its end, but a race stopped and begun again before the line was red.
 * @param {Frame} frame
 */
export function flagOfLap({ flag, messages }) {
  return messages.some(([, , text]) => text === "RED FLAG") ? "red" : flag;
}

/**
 * Timing knows the car behind at its last line. Where it was ahead there, it has been passed since,
 * in the pits mostly, and its gap is not known before its next line.
 * @param {number | null} seconds
 * @param {number} behind places
 */
function current(seconds, behind) {
  const stale = seconds !== null && seconds * behind < 0;
  return { gap: stale ? null : seconds, stale };
}

/**
 * @param {Frame} frame
 * @param {string} own
 */
export function placeOf(frame, own) {
  return frame.tower.findIndex(([driver]) => driver === own) + 1;
}
