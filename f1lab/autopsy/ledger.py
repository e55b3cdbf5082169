"""The lap ledger: every second of every lap of a driver, booked once.

``Books`` holds what is common to a report (the fitted race, its posterior draws, the norms of
the pit lane and of the start, read without the driver in question); :meth:`Books.ledger`
writes the ledger of one driver, as a point and as draws.

How a lap is booked:

- *racing* (green or yellow): the model's parts; the surprise is split into delays (traffic,
  yellow flag, mistake) and what nothing explains;
- *in and out lap*: as a pair: the normal loss, the time beyond the normal pit lane, the rest; of a
  stop that damage called for, all is an incident, and of one that may have been, its share;
- *lap 1*: the start takes whatever is beyond the model;
- *neutralised* (SC, VSC, red): the neutralisation takes whatever is beyond track, fuel and pit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from f1lab.autopsy.pits import (
    TROUBLE_S,
    PitNorm,
    Stop,
    beyond,
    excess_parts,
    forced_share,
    penalties,
    pit_norm,
    stops,
)
from f1lab.autopsy.start import StartLine, start_line
from f1lab.data.schema import LEDGER_PARTS
from f1lab.racemodel.delays import expected_delays, sample_delays
from f1lab.racemodel.laps import FLAGS, SLICK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.autopsy.pits import Penalty
    from f1lab.data.schema import Weekend
    from f1lab.racemodel import RaceModel

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["N_DRAWS", "Books", "Ledger"]

N_DRAWS = 400
_INCIDENT, _TRAFFIC, _YELLOW = 1, 2, 3
#: Parts a car's own driving fills; on a neutralised lap they are nobody's doing.
_RACING_PARTS = ("pace", "tyre_normal", "tyre_excess", "traffic", "incident", "unexplained")


@dataclass(frozen=True, repr=False)
class Ledger:
    """One driver's laps, booked.

    Attributes
    ----------
    driver : str
    rows : ndarray of int, shape (l,)
        Rows of the lap table.
    lap_time_s : ndarray, shape (l,)
        The laps being booked [s].
    seconds : dict of str to ndarray, shape (l,)
        One entry per LEDGER_PARTS [s]; they sum to the lap.
    draws : dict of str to ndarray, shape (s, l)
        The same under each posterior draw [s].
    """

    driver: str
    rows: Ints
    lap_time_s: Floats
    seconds: dict[str, Floats]
    draws: dict[str, Floats]


class Books:
    """What the ledgers of one report share.

    Parameters
    ----------
    weekend : Weekend
    model : RaceModel
        The fitted race.
    without : str
        The driver the norms are read without.
    seed : int
        Of the posterior draws.
    """

    def __init__(self, weekend: Weekend, model: RaceModel, without: str, seed: int = 0) -> None:
        self.weekend, self.model, self.without = weekend, model, without
        self.laps = model.laps
        self.seed = seed

    def __repr__(self) -> str:
        """Event and the driver the norms are read without."""
        return f"Books({self.weekend.event!r}, norms without {self.without})"

    @cached_property
    def coefficients(self) -> Floats:
        """Coefficients of the model: row 0 is the point, the rest are draws.

        So every formula is written once.
        """
        everything = np.vstack([self.model.fit.coefficients, self.model.draws(N_DRAWS, self.seed)])
        return self.model.centred(everything, self.without)

    @cached_property
    def penalties(self) -> list[Penalty]:
        """Penalties given during the race."""
        return penalties(self.weekend.race)

    @cached_property
    def stops(self) -> list[Stop]:
        """Every stop of every driver."""
        return stops(self.laps, self.penalties)

    def unserved(self, driver: str) -> list[Penalty]:
        """Time penalties of a driver that no stop of his served: they were added at the flag."""
        served = [stop.penalty for stop in self.stops]
        return [
            p for p in self.penalties if p.driver == driver and p.kind == "time" and p not in served
        ]

    @cached_property
    def surprise(self) -> Floats:
        """Lap time beyond the model's parts, per row of the lap table [s]."""
        rows = np.arange(len(self.laps.lap))
        parts = self.model.parts(self.coefficients[:1], rows)
        return np.asarray(self.laps.lap_time_s - np.sum([p[0] for p in parts.values()], axis=0))

    @cached_property
    def pit_norm(self) -> PitNorm:
        """What a normal stop costs here."""
        without = self.laps.drivers.index(self.without)
        return pit_norm(
            self.stops, self.surprise, self.model.priors, self.model.circuit,
            without, N_DRAWS, np.random.default_rng([self.seed, 1]),
        )  # fmt: skip

    @cached_property
    def grid(self) -> dict[str, float]:
        """Grid slot of each driver; NaN where the source has none."""
        results = self.weekend.race.results
        return dict(zip(results["driver"], results["grid"].astype(float), strict=True))

    @cached_property
    def start_line(self) -> StartLine:
        """What lap 1 costs by grid slot."""
        laps = self.laps
        first = np.flatnonzero(
            (laps.lap == 1) & ~laps.red & ~laps.in_lap
            & (laps.driver != laps.drivers.index(self.without))
        )  # fmt: skip
        slot = np.array([self.grid.get(laps.drivers[d], np.nan) for d in laps.driver[first]])
        loss = self.surprise[first]
        known = np.isfinite(slot) & np.isfinite(loss)
        return start_line(
            slot[known], loss[known], self.model.priors.slot_s(self.model.circuit),
            N_DRAWS, np.random.default_rng([self.seed, 2]),
        )  # fmt: skip

    def ledger(self, driver: str) -> Ledger:
        """Book every lap of one driver."""
        laps, rows = self.laps, self.laps.rows(driver)
        booked = {part: np.zeros((N_DRAWS + 1, len(rows))) for part in LEDGER_PARTS}
        parts = self.model.parts(self.coefficients, rows)
        for part in ("track", "fuel", "pace", "tyre_normal", "tyre_excess"):
            booked[part] = parts[part].copy()
        booked["traffic"] = parts["dirty_air"].copy()
        first = laps.lap[rows] == 1
        booked["traffic"][:, first] = 0.0
        neutralised = laps.neutralised[rows]
        for part in _RACING_PARTS:
            booked[part][:, neutralised] = 0.0
        self._book_own_trouble(rows, booked)
        self._book_stops(driver, rows, booked)
        rest = laps.lap_time_s[rows] - sum(booked.values())
        booked["start"][:, first & ~neutralised] = rest[:, first & ~neutralised]
        booked["neutralisation"][:, neutralised] = rest[:, neutralised]
        if first.any() and neutralised[first].all():
            self._book_neutralised_start(driver, first, booked)
        paired = np.isin(
            rows, [r for s in self.stops if s.out_row >= 0 for r in (s.in_row, s.out_row)]
        )
        self._book_surprise(rows, booked, ~first & ~neutralised & ~paired)
        remainder = laps.lap_time_s[rows] - sum(booked.values())
        booked["unexplained"] += remainder
        return Ledger(
            driver,
            rows,
            laps.lap_time_s[rows],
            {part: values[0] for part, values in booked.items()},
            {part: values[1:] for part, values in booked.items()},
        )

    def _book_neutralised_start(
        self, driver: str, first: Floats, booked: dict[str, Floats]
    ) -> None:
        """A safety car on lap 1 hides the start; the slot's share is still the slot's."""
        slot = self.grid.get(driver, np.nan)
        if not np.isfinite(slot):
            return
        line = self.start_line
        share = np.r_[line.slot_s, line.slot_draws] * (slot - 1)
        booked["start"][:, first] += share[:, None]
        booked["neutralisation"][:, first] -= share[:, None]

    def _book_surprise(self, rows: Ints, booked: dict[str, Floats], which: Floats) -> None:
        """Split what is left of racing laps into delays; the noise stays unexplained."""
        laps, fit = self.laps, self.model.fit
        at = np.flatnonzero(which)
        rest = (laps.lap_time_s[rows] - sum(booked.values()))[:, at]
        odds = fit.odds(laps, rows[at])
        point = expected_delays(rest[0], odds).mean
        rng = np.random.default_rng([self.seed, 3, int(laps.driver[rows[0]])])
        drawn = sample_delays(rest[1:], odds.scattered(N_DRAWS, rng), rng)
        both = np.concatenate([point[None], drawn])
        for part, cause in (
            ("incident", _INCIDENT),
            ("traffic", _TRAFFIC),
            ("neutralisation", _YELLOW),
        ):
            booked[part][:, at] += both[..., cause]

    def _book_stops(self, driver: str, rows: Ints, booked: dict[str, Floats]) -> None:
        norm = self.pit_norm
        lane = np.r_[norm.lane_s, norm.lane_draws]
        loss = np.r_[norm.loss_s, norm.loss_draws]
        offset = int(rows[0])
        for stop in self.stops:
            if self.laps.drivers[stop.driver] != driver:
                continue
            self._book_stop(stop, offset, lane, loss, booked)

    def _book_own_trouble(self, rows: Ints, booked: dict[str, Floats]) -> None:
        """A neutralised lap on which a car fell behind others is its own trouble, not the flag's.

        Nobody may pass then, so a car that lost places without stopping went off, spun or
        crawled; what it lost is read against the cars that went by.
        """
        laps = self.laps
        for i in range(1, len(rows)):
            row = rows[i]
            if not laps.neutralised[row] or laps.out_lap[row]:
                continue
            now = np.flatnonzero(laps.lap == laps.lap[row])
            before = {int(laps.driver[r]): r for r in np.flatnonzero(laps.lap == laps.lap[row] - 1)}
            passed = [
                r
                for r in now
                if laps.position[r] < laps.position[row]
                and laps.driver[r] in before
                and laps.position[before[int(laps.driver[r])]] > laps.position[rows[i - 1]]
            ]
            if len(passed) < _TROUBLE_PLACES:
                continue
            lost = laps.lap_time_s[row] - float(np.median(laps.lap_time_s[passed]))
            lost -= self.pit_norm.in_s if laps.in_lap[row] else 0.0
            booked["incident"][:, i] += beyond(lost, TROUBLE_S) * lost

    def forced_share(self, stop: Stop, trouble_s: float = 0.0) -> Floats:
        """How far damage called for a stop: point, then draws, shape (1 + s,) [0 … 1].

        Parameters
        ----------
        stop : Stop
        trouble_s : float
            Largest incident on the way to it [s].
        """
        crawled_s = self.surprise[stop.in_row] - self.pit_norm.in_s
        wet = bool(self.laps.wet[stop.in_row])
        return forced_share(stop, self.pit_norm, float(np.fmax(crawled_s, trouble_s)), wet=wet)

    def _book_stop(
        self, stop: Stop, offset: int, lane: Floats, loss: Floats, booked: dict[str, Floats]
    ) -> None:
        laps = self.laps
        if stop.out_row < 0:
            return  # into the garage for good: a slow lap like any other
        inward, out = stop.in_row - offset, stop.out_row - offset
        rest = {
            row: laps.lap_time_s[row + offset] - sum(v[:, row] for v in booked.values())
            for row in (inward, out)
        }
        trouble_s = float(booked["incident"][0, max(inward - 1, 0) : out].max())
        forced = self.forced_share(stop, trouble_s) if stop.is_stop else np.ones(len(loss))
        in_share = np.full(len(loss), self.pit_norm.in_s)
        out_share = loss - in_share + np.nan_to_num(stop.lane_s - lane)
        for row, share in ((inward, in_share), (out, out_share)):
            flagged = laps.neutralised[row + offset] or laps.lap[row + offset] == 1
            booked["incident"][:, row] += forced * (share if flagged else rest[row])
        called = 1.0 - forced
        if not called.any():
            return
        inward_normal = np.full(len(loss), self.pit_norm.in_s)
        if not laps.neutralised[stop.in_row] and laps.lap[stop.in_row] > 1:
            # how the pair's cost falls on its two laps is the driver's own
            inward_normal = rest[inward]
        waited = max(laps.flag[stop.in_row], laps.flag[stop.out_row]) >= FLAGS.index("restart")
        excess, incident = (0.0, 0.0) if waited else excess_parts(stop, lane)
        booked["pit_normal"][:, inward] += called * inward_normal
        booked["pit_normal"][:, out] += called * (loss - inward_normal)
        booked["pit_excess"][:, out] += called * excess
        booked["incident"][:, out] += called * incident
        if not laps.neutralised[stop.out_row]:
            left = rest[out] - (loss - inward_normal) - excess - incident
            self._book_pair_surprise(stop, out, left, called, booked)

    def _book_pair_surprise(
        self, stop: Stop, out: int, rest: Floats, called: Floats, booked: dict[str, Floats]
    ) -> None:
        """A limp to the pits or a slide out of them is an incident; the rest is noise.

        Between slicks and rain tyres, or on slicks in the wet, it is the price of having been on
        the wrong tyre, and belongs to the tyres.
        """
        laps = self.laps
        odds = self.model.fit.odds(laps, np.array([stop.in_row, stop.out_row]))
        spread = np.sqrt((odds.sigma**2).sum() + _PAIR_SPREAD_S**2)
        nothing = np.zeros(1)
        odds = replace(
            odds,
            sigma=np.array([spread]),
            incident=odds.incident[:1],
            traffic=nothing,
            traffic_mean_s=odds.traffic_mean_s[:1],
            yellow=nothing,
        )
        point = expected_delays(rest[:1], odds).mean
        rng = np.random.default_rng([self.seed, 4, stop.in_row])
        drawn = sample_delays(rest[1:], odds, rng)
        pair = np.array([stop.in_row, stop.out_row])
        slicks = laps.tyre_class[pair] == SLICK
        wrong_tyre = slicks[0] != slicks[1] or bool((slicks & laps.wet[pair]).any())
        part = "tyre_normal" if wrong_tyre else "incident"
        booked[part][:, out] += called * np.r_[point[:, _INCIDENT], drawn[:, _INCIDENT]]


#: On a neutralised lap: places lost that are own trouble.
_TROUBLE_PLACES = 2
#: Scatter of in-lap and out-lap driving beyond a racing lap's noise [s].
_PAIR_SPREAD_S = 0.5
