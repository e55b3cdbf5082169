"""What came of many races: orders, times, stops, and the chances they add up to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.data.schema import COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.errors import InvalidInput, UnknownName
from f1lab.racemodel.laps import FLAGS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.engine.kernel_results import Results, Traces

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["POINTS", "Outcomes", "Paired"]

#: Points for places 1 to 10.
POINTS = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)
_PODIUM = 3
_SC, _VSC, _RED = (FLAGS.index(name) for name in ("sc", "vsc", "red"))


@dataclass(frozen=True)
class Paired:
    """Mean difference of a driver's result between two sets of the same races, ± standard error.

    Negative places and seconds are better, positive points are.
    """

    driver: str
    races: int
    places: float
    places_se: float
    points: float
    points_se: float
    time_s: float
    time_se_s: float

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return dict(vars(self))


@dataclass(frozen=True, repr=False)
class Outcomes:
    """Results of ``n`` races, arrays with one row a race.

    Attributes
    ----------
    drivers : tuple of str
    n_laps : int
    results : Results
        As the engine wrote them; see the properties.
    traces : Traces
    """

    drivers: tuple[str, ...]
    n_laps: int
    results: Results
    traces: Traces

    def __repr__(self) -> str:
        """Races, cars, and who is the favourite."""
        win = self.win()
        best = int(win.argmax())
        chance = f"{self.drivers[best]} wins {win[best]:.0%}"
        return f"Outcomes({len(self)} races, {len(self.drivers)} cars, {chance})"

    def __len__(self) -> int:
        """Number of races."""
        return len(self.results.position)

    @property
    def position(self) -> NDArray[np.uint8]:
        """Final classification, 1 first, the retired last by laps done; shape (n, cars)."""
        return self.results.position

    @property
    def time_s(self) -> Floats:
        """Last crossing of the line, from lights out, shape (n, cars) [s]."""
        return self.results.time_s

    @property
    def laps_done(self) -> NDArray[np.int16]:
        """Laps completed, shape (n, cars)."""
        return self.results.laps_done

    @property
    def retired(self) -> Bools:
        """Who did not see the flag, shape (n, cars)."""
        return self.results.retired

    @property
    def stops(self) -> NDArray[np.uint8]:
        """Pit stops, changes during a red flag left out, shape (n, cars)."""
        return self.results.stops

    @property
    def overtakes(self) -> NDArray[np.int32]:
        """Passes on the track for a place: no stops, retirements, starts, lappings; shape (n,)."""
        return self.results.overtakes

    @property
    def flags(self) -> NDArray[np.int8]:
        """Flag of each of the leader's laps, an index into FLAGS, shape (n, n_laps)."""
        return self.results.flags

    @property
    def safety_cars(self) -> Ints:
        """How many safety cars came out in each race, shape (n,)."""
        return self._began(_SC)

    @property
    def virtual_safety_cars(self) -> Ints:
        """How many virtual safety cars came out in each race, shape (n,)."""
        return self._began(_VSC)

    @property
    def red_flags(self) -> Ints:
        """How many red flags came out in each race, shape (n,)."""
        return self._began(_RED)

    @property
    def safety_car_laps(self) -> Ints:
        """Leader's laps behind the safety car in each race, shape (n,)."""
        return np.asarray((self.flags == _SC).sum(axis=1))

    @property
    def safety_car_lap_1(self) -> Bools:
        """Whether a safety car came out on lap 1, shape (n,)."""
        return np.asarray(self.flags[:, 0] == _SC)

    def _began(self, flag: int) -> Ints:
        flying = self.flags == flag
        return np.asarray(flying[:, 0] + (flying[:, 1:] & ~flying[:, :-1]).sum(axis=1))

    @property
    def points_scored(self) -> Floats:
        """Points in each race; who retired scores none; shape (n, cars)."""
        table = np.zeros(max(len(self.drivers), len(POINTS)) + 1)
        table[1 : len(POINTS) + 1] = POINTS
        return np.asarray(np.where(self.retired, 0.0, table[self.position]))

    def win(self) -> Floats:
        """Chance of each driver to win, shape (cars,)."""
        return self._share(1)

    def podium(self) -> Floats:
        """Chance of each driver to finish in the first three, shape (cars,)."""
        return self._share(_PODIUM)

    def points(self) -> Floats:
        """Chance of each driver to score, shape (cars,)."""
        return self._share(len(POINTS))

    def _share(self, places: int) -> Floats:
        return np.asarray(((self.position <= places) & ~self.retired).mean(axis=0))

    def p_position(self) -> Floats:
        """Chance of each driver (row) to be classified in each place (column)."""
        n = len(self.drivers)
        places = np.arange(1, n + 1)
        return np.asarray([(self.position[:, i, None] == places).mean(axis=0) for i in range(n)])

    def expected_points(self) -> Floats:
        """Mean points of each driver, shape (cars,)."""
        return np.asarray(self.points_scored.mean(axis=0))

    def expected_position(self) -> Floats:
        """Mean place of each driver, shape (cars,)."""
        return np.asarray(self.position.mean(axis=0))

    def paired(self, other: Outcomes, driver: str) -> Paired:
        """Compare a driver's results with those of the same races run otherwise.

        Parameters
        ----------
        other : Outcomes
            Same field, number of races and seed, other plans.
        driver : str

        Returns
        -------
        Paired
            These races minus the others. Time is that of races finished with the same number
            of laps in both; NaN when there is none.

        Raises
        ------
        InvalidInput
            Different drivers or numbers of races.
        """
        if self.drivers != other.drivers or len(self) != len(other):
            raise InvalidInput("only the same races of the same drivers can be compared in pairs.")
        i = self._index(driver)
        places = self.position[:, i].astype(float) - other.position[:, i].astype(float)
        points = self.points_scored[:, i] - other.points_scored[:, i]
        both = ~self.retired[:, i] & ~other.retired[:, i]
        both &= self.laps_done[:, i] == other.laps_done[:, i]
        seconds = self.time_s[both, i] - other.time_s[both, i]
        return Paired(
            driver,
            len(self),
            *_mean_and_error(places),
            *_mean_and_error(points),
            *_mean_and_error(seconds),
        )

    def trace(self, race: int) -> pd.DataFrame:
        """Every lap of a race that was traced.

        Parameters
        ----------
        race : int
            One of the races asked for with ``traces=``.

        Returns
        -------
        DataFrame
            One row per completed lap, by the leader's lap and position: ``leader_lap, driver,
            lap, position, time_s, compound, tyre_age_laps, flag, stopped``. The tyres are
            those the lap was driven on, ``stopped`` is a stop at its end. A car let past the
            safety car ends two laps on one lap of the leader; the second stands after
            everybody's first.

        Raises
        ------
        InvalidInput
            A race that was not traced.
        """
        row = self._row(race)
        lap, car = np.nonzero(self.traces.completed[row])
        at = (row, lap, car)
        leader_lap = self.traces.leader_lap[at].astype(int)
        frame = pd.DataFrame(
            {
                "leader_lap": leader_lap,
                "driver": np.array(self.drivers)[car],
                "lap": lap + 1,
                "position": self.traces.position[at].astype(int),
                "time_s": self.traces.time_s[at],
                "compound": np.array(COMPOUNDS)[self.traces.compound[at]],
                "tyre_age_laps": self.traces.age_steps[at] / AGE_STEPS_PER_LAP,
                "flag": np.array(FLAGS)[self.flags[race, leader_lap - 1]],
                "stopped": self.traces.stopped[at],
            }
        )
        again = frame.duplicated(["driver", "leader_lap"])
        order = np.lexsort([frame["position"], again, frame["leader_lap"]])
        return frame.iloc[order].reset_index(drop=True)

    def line_times_s(self, race: int) -> Floats:
        """When each car completed each of its own laps in a traced race.

        Returns
        -------
        ndarray, shape (n_laps, cars)
            From lights out [s]; NaN for laps not completed, or completed before the race was
            taken up.

        Raises
        ------
        InvalidInput
            A race that was not traced.
        """
        row = self._row(race)
        return np.where(self.traces.completed[row], self.traces.time_s[row], np.nan)

    def to_frame(self) -> pd.DataFrame:
        """One row per driver: chances of a win, a podium, points; means of place and points."""
        return pd.DataFrame(
            {
                "driver": self.drivers,
                "p_win": self.win(),
                "p_podium": self.podium(),
                "p_points": self.points(),
                "expected_points": self.expected_points(),
                "expected_position": self.expected_position(),
                "p_retired": self.retired.mean(axis=0),
                "stops": self.stops.mean(axis=0),
            }
        )

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON: the table of :meth:`to_frame` and means over the races."""
        return {
            "races": len(self),
            "n_laps": self.n_laps,
            "drivers": self.to_frame().to_dict("records"),
            "overtakes": float(self.overtakes.mean()),
            "safety_cars": float(self.safety_cars.mean()),
            "virtual_safety_cars": float(self.virtual_safety_cars.mean()),
            "red_flags": float(self.red_flags.mean()),
        }

    def _row(self, race: int) -> int:
        traced = np.flatnonzero(self.traces.row >= 0)
        if race not in traced:
            known = ", ".join(map(str, traced[:20])) or "none"
            raise InvalidInput(
                f"race {race!r} was not traced: ask for it with traces=. Known: {known}."
            )
        return int(self.traces.row[race])

    def _index(self, driver: str) -> int:
        if driver not in self.drivers:
            raise UnknownName("driver", driver, self.drivers)
        return self.drivers.index(driver)


def _mean_and_error(values: Floats) -> tuple[float, float]:
    if not len(values):
        return float("nan"), float("nan")
    error = values.std(ddof=1) / np.sqrt(len(values)) if len(values) > 1 else float("nan")
    return float(values.mean()), float(error)
