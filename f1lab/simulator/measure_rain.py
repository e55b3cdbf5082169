"""Measure what rain does to the laps forecast: ``python -m f1lab.simulator.measure_rain FOLDER``.

Reads the races of an archive of FastF1 frames that saw rain or rain tyres and prints the table
that :mod:`f1lab.simulator.rain` holds.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.tidy import load_tidy, tidy_races
from f1lab.errors import F1LabError
from f1lab.simulator.course import course_of
from f1lab.simulator.rain import SLOWED, slowed_share, track_now
from f1lab.simulator.view import weather_at
from f1lab.simulator.wear import own_laps
from f1lab.simulator.world import NEUTRAL

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]

__all__ = ["measured", "quantiles"]

#: Laps of a race before any forecast is looked at, laps ahead, and forecasts a race counts from.
_FIRST, _AHEAD, _FEW = 3, 5, 10
_ENDS = (0.05, 0.5, 0.95)


def measured(weekend: Weekend) -> Iterator[tuple[str, int, float]]:
    """How much longer laps took than was to be expected from the own ones and the field's.

    Parameters
    ----------
    weekend : Weekend

    Yields
    ------
    track : str
        As from :func:`f1lab.simulator.rain.track_now`.
    ahead : int
        How far ahead the lap was [laps].
    excess : float
        Share of the lap expected [-].
    """
    for code in weekend.race.laps["driver"].unique():
        start = course_of(weekend, str(code), 0, None)
        course = start.as_really(len(start.driver.rows))
        for lap in range(_FIRST, len(course.cars) - 1):
            cars, now = course.cars[: lap + 1], course.cars[lap]
            raining, _ = weather_at(course.world, now.clock_s)
            slowed = slowed_share(course.world, now.clock_s)
            track = track_now(now.sets[-1].compound, slowed, raining=raining)
            if track is None:
                continue
            line = own_laps(cars, weekend.circuit, weekend.year, course.scheduled_laps)
            for told in line.forecast(_AHEAD, None):
                if told.lap >= len(course.cars):
                    break
                before, after = course.cars[told.lap - 1 : told.lap + 1]
                if len(after.sets) != len(now.sets) or after.flag >= NEUTRAL:
                    break
                expected_s = told.lap_time_s * (1.0 + slowed * (track == SLOWED))
                took_s = after.clock_s - before.clock_s
                yield track, told.lap - lap, took_s / expected_s - 1.0


def quantiles(race: Floats, excess: Floats) -> list[float]:
    """Quantiles in which every race with enough laps weighs the same.

    Parameters
    ----------
    race : ndarray, shape (n,)
        Number of the race.
    excess : ndarray, shape (n,)

    Returns
    -------
    list of float
        5 %, 50 %, 95 %.
    """
    _, which, count = np.unique(race, return_inverse=True, return_counts=True)
    weight = np.where(count >= _FEW, 1.0 / count, 0.0)[which]
    order = np.argsort(excess)
    below = np.cumsum(weight[order]) - 0.5 * weight[order]
    return [float(end) for end in np.interp(_ENDS, below / weight.sum(), excess[order])]


def main(folder: str) -> None:
    """Print the table measured on the races of an archive that saw rain."""
    rows: list[tuple[int, str, int, float]] = []
    for number, (year, round_, _) in enumerate(tidy_races(folder)):
        try:
            weekend = load_tidy(folder, year, round_)
            if _saw_rain(weekend):
                rows += [(number, *found) for found in measured(weekend)]
        except F1LabError as error:
            print(f"{year} round {round_} is left out: {error}", file=sys.stderr)  # noqa: T201  (a script)
    for track in sorted({row[1] for row in rows}):
        for ahead in range(1, _AHEAD + 1):
            own = np.array([(n, e) for n, name, at, e in rows if (name, at) == (track, ahead)])
            ends = ", ".join(f"{end:+.3f}" for end in quantiles(own[:, 0], own[:, 1]))
            races = len(np.unique(own[:, 0]))
            print(f"{track} {ahead}: {ends} ({len(own)} laps, {races} races)")  # noqa: T201  (a script)


def _saw_rain(weekend: Weekend) -> bool:
    """Whether it was said to rain while the race was on, or anybody was on rain tyres."""
    race = weekend.race
    on = race.weather["time_s"].between(race.start_s, float(race.laps["time_s"].max()))
    rain = bool(race.weather["rainfall"].to_numpy(dtype=bool)[on.to_numpy()].any())
    return rain or bool(race.laps["compound"].isin(["INTERMEDIATE", "WET"]).any())


if __name__ == "__main__":
    main(sys.argv[1])
