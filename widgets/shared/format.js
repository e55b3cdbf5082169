// Numbers as the widgets write them. f1lab/widgets/_format.py holds the same rules; both are
// tested against tests/widgets/fixtures/waterfall_cases.json.

const MINUS = "\u2212";

/**
 * Seconds with their sign; a rounded zero has none.
 * @param {number} seconds time lost (positive) or gained (negative)
 * @param {number} [decimals] digits after the point
 */
export function secondsText(seconds, decimals = 1) {
  const digits = Math.abs(seconds).toFixed(decimals);
  if (Number(digits) === 0) return `${digits} s`;
  return `${seconds > 0 ? "+" : MINUS}${digits} s`;
}

/**
 * Signed share of all seconds booked, in percent.
 * @param {number | null} share between -1 and 1
 */
export function shareText(share) {
  if (share === null) return "–";
  const percent = Number((Math.abs(share) * 100).toFixed(0));
  if (percent === 0) return share === 0 ? "0 %" : "<1 %";
  return `${share < 0 ? MINUS : ""}${percent} %`;
}

/**
 * Positions lost (▼) or won (▲); empty for none.
 * @param {number} places
 */
export function placesText(places) {
  if (places === 0) return "";
  return `${places > 0 ? "▼" : "▲"}${Math.abs(places)}`;
}

/** @param {number} laps */
export function lapsText(laps) {
  return `${laps} ${laps === 1 ? "lap" : "laps"}`;
}

/**
 * Neighbouring laps as ranges.
 * @param {readonly number[]} laps ascending
 * @returns {[first: number, last: number][]}
 */
export function lapRanges(laps) {
  /** @type {[number, number][]} */
  const ranges = [];
  for (const lap of laps) {
    const open = ranges.at(-1);
    if (open && lap <= open[1] + 1) open[1] = Math.max(lap, open[1]);
    else ranges.push([lap, lap]);
  }
  return ranges;
}
