import { expect, test } from "vitest";
import { words } from "../test-fixtures.mjs";
import { lapRanges, lapsText, placesText, secondsText, shareText } from "./format.js";

test("numbers are written as agreed with Python", () => {
  for (const [seconds, decimals, text] of words.seconds) {
    expect(secondsText(seconds, decimals)).toBe(text);
  }
  for (const [share, text] of words.share) expect(shareText(share)).toBe(text);
  for (const [places, text] of words.places) expect(placesText(places)).toBe(text);
  for (const [laps, text] of words.laps) expect(lapsText(laps)).toBe(text);
});

test("neighbouring laps become ranges", () => {
  expect(lapRanges([])).toEqual([]);
  expect(lapRanges([7])).toEqual([[7, 7]]);
  expect(lapRanges([1, 2, 3, 7, 9, 10])).toEqual([
    [1, 3],
    [7, 7],
    [9, 10],
  ]);
});
