// The report as it comes from Python (f1lab/widgets/_waterfall_data.py). Types only.

/**
 * @typedef {object} Evidence
 * @property {string} text
 * @property {number[]} laps
 * @property {number | null} seconds
 *
 * @typedef {object} Part
 * @property {string} label
 * @property {number} seconds
 * @property {number | null} [low_s]
 * @property {number | null} [high_s]
 * @property {number | null} share
 * @property {number} positions
 * @property {Evidence[]} [evidence]
 *
 * @typedef {object} TimelineEvent
 * @property {number} lap
 * @property {number} last_lap
 * @property {string} kind
 * @property {string} text
 *
 * @typedef {object} Header
 * @property {number | null} year
 * @property {string | null} event
 * @property {string} driver
 * @property {string | null} driver_name
 * @property {string | null} team
 * @property {string | null} team_colour
 * @property {string | null} reference
 * @property {string | null} reference_kind
 * @property {string | null} reference_name
 * @property {string | null} status
 * @property {boolean | null} classified
 * @property {number | null} grid
 * @property {number | null} finish
 * @property {number | null} laps_compared
 * @property {string | null} verdict
 * @property {string} [refusal]
 * @property {number} [gap_s]
 *
 * @typedef {object} Body
 * @property {number} gap_s
 * @property {Record<string, Part>} categories
 * @property {{seconds: number, low_s: number | null, high_s: number | null}} unexplained
 * @property {TimelineEvent[]} timeline
 *
 * @typedef {Header & Body} Report
 */

export {};
