"""One past race as the calibration sees it: lap tables, flags, retirements and stops."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from f1lab.engine.forecast import pace_records
from f1lab.racemodel.laps import FLAGS
from f1lab.racemodel.model import RaceModel

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend
    from f1lab.engine.forecast import PaceRecord
    from f1lab.racemodel.laps import RaceLaps
    from f1lab.racemodel.priors import Priors

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["PastRace", "PastStop", "Retirement", "Run"]

VSC, SC, RED = (FLAGS.index(name) for name in ("vsc", "sc", "red"))
#: Cars that ended the race running, by what the results say of them.
_RUNNING = ("Finished", "Lapped", "+")


@dataclass(frozen=True)
class Run:
    """Consecutive laps of the leader under one flag (``vsc``, ``sc`` or ``red``)."""

    kind: str
    first: int
    last: int

    @property
    def laps(self) -> int:
        """Length [laps]."""
        return self.last - self.first + 1


@dataclass(frozen=True)
class Retirement:
    """A car that did not see the flag; ``lap`` is the leader's lap on which it stopped."""

    driver: str
    team: str
    lap: int


@dataclass(frozen=True)
class PastStop:
    """A tyre stop: rows of the in lap and the out lap, and the time in the lane [s]."""

    driver: int
    lap: int
    in_row: int
    out_row: int
    lane_s: float
    flag: int
    penalised: bool


@dataclass(frozen=True, repr=False)
class PastRace:
    """A race with its fitted lap-time model."""

    weekend: Weekend
    model: RaceModel

    @classmethod
    def of(cls, weekend: Weekend, priors: Priors | None = None) -> PastRace:
        """Fit the race."""
        return cls(weekend, RaceModel.of(weekend, priors))

    @property
    def laps(self) -> RaceLaps:
        """All laps of the race."""
        return self.model.laps

    @property
    def n_laps(self) -> int:
        """Laps the winner drove."""
        return int(self.laps.lap.max())

    @cached_property
    def clear_s(self) -> Floats:
        """Model time of every lap in clear air, shape (rows,) [s]."""
        coefficients = self.model.fit.coefficients.copy()
        coefficients[self.model.design.blocks["dirty_air"]] = 0.0
        return np.asarray(self.model.design.matrix @ coefficients)

    @cached_property
    def leader(self) -> Ints:
        """Row of whoever led at the end of each lap, shape (n_laps,)."""
        order = np.lexsort([self.laps.time_s, self.laps.lap])
        first = np.r_[True, np.diff(self.laps.lap[order]) > 0]
        return np.asarray(order[first])

    @cached_property
    def flown(self) -> Ints:
        """Flag of each lap of the leader, an index into FLAGS, shape (n_laps,).

        A lap 1 that only counts as behind the safety car because the flag came as the field
        crossed the line gets the flag of lap 2.
        """
        flag = self.laps.flag[self.leader].copy()
        if len(flag) > 1 and flag[0] == SC and flag[1] == VSC:
            flag[0] = VSC
        return flag

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """Every neutralisation, in order."""
        edges = np.flatnonzero(np.diff(self.flown)) + 1
        parts = zip(np.r_[0, edges], np.r_[edges, len(self.flown)], strict=True)
        return tuple(
            Run(FLAGS[self.flown[a]], int(a) + 1, int(b))
            for a, b in parts
            if self.flown[a] in (VSC, SC, RED)
        )

    @cached_property
    def clear(self) -> Bools:
        """Laps on which a neutralisation could begin: none flew on the one before."""
        before = np.r_[0, self.flown[:-1]]
        return np.asarray(before < VSC)

    @cached_property
    def retirements(self) -> tuple[Retirement, ...]:
        """Cars that started and did not see the flag."""
        laps, found = self.laps, []
        at_line = laps.time_s[self.leader]
        last_s = {code: laps.time_s[laps.rows(code)].max() for code in laps.drivers}
        results = self.weekend.race.results
        columns = (results[name] for name in ("driver", "team", "status", "grid"))
        for driver, team, status, grid in zip(*columns, strict=True):
            gone_s = last_s.get(driver, -np.inf)
            if status.startswith(_RUNNING) or not np.isfinite(grid) or gone_s >= at_line[-1]:
                continue
            lap = int(np.searchsorted(at_line, gone_s, side="right")) + 1
            found.append(Retirement(driver, team, min(lap, self.n_laps)))
        return tuple(found)

    @cached_property
    def records(self) -> list[PaceRecord]:
        """How quick each starter was, for the forecast of later races."""
        return pace_records(self.weekend, self.model)

    @cached_property
    def teams(self) -> dict[str, str]:
        """Team of every car that started."""
        results = self.weekend.race.results
        return {
            driver: team
            for driver, team, grid in zip(
                results["driver"], results["team"], results["grid"], strict=True
            )
            if np.isfinite(grid)
        }

    @cached_property
    def stops(self) -> tuple[PastStop, ...]:
        """Every stop at which a new set was fitted, not counting red flags."""
        laps = self.laps
        inward = laps.stops
        fitted = laps.new_set(inward, inward + 1)
        red = laps.red[inward] | laps.red[inward + 1]
        penalised = self._penalised()
        return tuple(
            PastStop(
                driver=int(laps.driver[row]),
                lap=int(laps.lap[row]),
                in_row=int(row),
                out_row=int(row) + 1,
                lane_s=float(laps.pit_out_s[row + 1] - laps.pit_in_s[row]),
                flag=int(max(self._lap_flag(row), self._lap_flag(row + 1))),
                penalised=laps.drivers[laps.driver[row]] in penalised,
            )
            for row in inward[fitted & ~red]
        )

    def _lap_flag(self, row: int) -> int:
        return int(self.laps.flag[row])

    def _penalised(self) -> set[str]:
        """Drivers who were given time to serve at a stop."""
        messages = self.weekend.race.messages
        given = messages["message"].str.contains("SECOND TIME PENALTY|STOP/GO|DRIVE THROUGH")
        text = messages["message"][given].str.extract(r"\((\w{3})\)")[0].dropna()
        return set(text)

    def by_lap(self, values: NDArray[np.generic], fill: float) -> Floats:
        """Lay a column of the lap table out as (driver, lap); lap 0 and holes get ``fill``."""
        out = np.full((len(self.laps.drivers), self.n_laps + 1), fill)
        out[self.laps.driver, self.laps.lap] = values
        return out
