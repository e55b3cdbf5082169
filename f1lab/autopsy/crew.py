"""Pit execution split in two: the crew's seconds, and the rest of the pit lane.

Where the source timed how long cars stood in their boxes, a stop's time beyond the normal pit
lane is told apart: what the car stood longer than cars normally did at this race is the crew's
(a wheel that stuck, a late release); the rest is the lane's (the drive in and out, waiting behind
the teammate's stop, traffic at the exit). A penalty served while standing is neither: it is an
incident. One stop whose stationary time is not known, and the two are not told apart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.autopsy.blame import with_interval
from f1lab.autopsy.pits import ENOUGH_STOPS, excess_parts
from f1lab.calc.race_state import crew_and_lane_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.autopsy.blame import Category
    from f1lab.autopsy.ledger import Books, Ledger

    Floats = NDArray[np.float64]

__all__ = ["PitSplit", "StopSplit", "pit_split"]

#: Stationary times are given to the tenth of a second; the truth is within half of it [s].
_HALF_TENTH_S = 0.05
#: A part is worth naming from so much, and so much of the whole.
_NAMED_S, _NAMED_SHARE = 1.0, 0.3


@dataclass(frozen=True)
class StopSplit:
    """One stop booked under pit execution.

    ``pit_lane_s`` between pit entry and exit, ``stationary_s`` standing in the box, of which
    ``penalty_s`` a penalty served; ``excess_s`` beyond the normal pit lane, ``crew_s`` and
    ``lane_s`` its two parts [s]. None is unknown.
    """

    driver: str
    lap: int
    pit_lane_s: float
    stationary_s: float | None
    penalty_s: float
    excess_s: float
    crew_s: float | None
    lane_s: float | None


@dataclass(frozen=True)
class PitSplit:
    """Pit execution of a driver against a reference, by crew and lane.

    Attributes
    ----------
    crew, lane : Category or None
        Seconds lost to the reference by each; they sum to pit execution. None when some stop of
        either was not timed standing.
    unknown : str
        Why there are none, "" when there are.
    usual_lane_s, usual_stationary_s : float, float or None
        The normal time in the pit lane and standing in the box at this race [s].
    stops : tuple of StopSplit
        Stops of both booked under pit execution, the driver's first.
    """

    crew: Category | None
    lane: Category | None
    unknown: str
    usual_lane_s: float
    usual_stationary_s: float | None
    stops: tuple[StopSplit, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        told = asdict(self)
        return told | {"stops": list(told["stops"])}

    def words(self, driver: str) -> str:
        """Name the part that made the difference; "" when neither did or it is not known.

        Parameters
        ----------
        driver : str
            Whose autopsy it is.
        """
        if self.crew is None or self.lane is None:
            return ""
        total = self.crew.seconds + self.lane.seconds
        sign = 1 if total >= 0 else -1
        worth = max(_NAMED_S, _NAMED_SHARE * abs(total))
        said = []
        for part, name in ((self.crew, "the crew's"), (self.lane, "in the lane")):
            seconds = sign * part.seconds
            if seconds >= worth:
                of_it = "of it " if seconds <= abs(total) + _HALF_TENTH_S else ""
                said.append(f"{seconds:.1f} s {of_it}{name}")
        if said and sign * self.crew.seconds >= worth:
            said[0] += self._longest(driver, late=sign > 0)
        return ", ".join(said)

    def _longest(self, driver: str, *, late: bool) -> str:
        """The stop that made the crew's part, the driver's where he lost by it; "" for none."""
        slow = [
            (stop.crew_s, stop)
            for stop in self.stops
            if (stop.driver == driver) == late and (stop.crew_s or 0.0) >= _NAMED_S
        ]
        if not slow:
            return ""
        stop = max(slow, key=lambda own: own[0] or 0.0)[1]
        return f": {stop.driver} stood {stop.stationary_s:.1f} s on lap {stop.lap}"


@dataclass(frozen=True)
class _Read:
    """A stop with its two parts, point and draws; None for a stop that was not timed standing."""

    stop: StopSplit
    parts: tuple[Floats, Floats] | None


def pit_split(books: Books, own: Ledger, reference: Ledger, n_laps: int) -> PitSplit:
    """Split the pit execution of a driver against a reference.

    Parameters
    ----------
    books : Books
    own, reference : Ledger
        With their draws.
    n_laps : int
        Laps both completed.

    Returns
    -------
    PitSplit
    """
    n = len(books.coefficients)
    mine, theirs = (_read(books, ledger, n_laps) for ledger in (own, reference))
    norm = books.pit_norm
    why = _unknown([*mine, *theirs], norm.n_stationary)
    crew = lane = None
    if not why:
        crew, lane = (
            with_interval(name, _total(mine, part, n) - _total(theirs, part, n))
            for part, name in enumerate(("crew", "lane"))
        )
    return PitSplit(
        crew=crew,
        lane=lane,
        unknown=why,
        usual_lane_s=norm.lane_s,
        usual_stationary_s=_known(norm.stationary_s),
        stops=tuple(read.stop for read in (*mine, *theirs)),
    )


def _read(books: Books, ledger: Ledger, n_laps: int) -> list[_Read]:
    """Every stop of a ledger that is booked under pit execution, with its parts."""
    norm = books.pit_norm
    lane_norm = np.r_[norm.lane_s, norm.lane_draws]
    usual = np.r_[norm.stationary_s, norm.stationary_draws]
    found = []
    for stop in books.stops:
        out = stop.out_row - int(ledger.rows[0])
        if books.laps.drivers[stop.driver] != ledger.driver or not 0 <= out < n_laps:
            continue
        excess = np.r_[ledger.seconds["pit_excess"][out], ledger.draws["pit_excess"][:, out]]
        if not excess.any():
            continue  # repairs, drive-throughs and waits under a red flag are booked elsewhere
        full, served = excess_parts(stop, lane_norm)
        booked = np.divide(excess, full, out=np.zeros_like(full), where=full != 0)
        stood = stop.stationary_s + _rounding(books.seed, stop.in_row, len(excess))
        crew, lane = (booked * part for part in crew_and_lane_s(full, stood, usual, served))
        timed = bool(np.isfinite(crew).all())
        split = StopSplit(
            driver=ledger.driver,
            lap=stop.lap,
            pit_lane_s=stop.lane_s,
            stationary_s=_known(stop.stationary_s),
            penalty_s=float(served[0]),
            excess_s=float(excess[0]),
            crew_s=_known(crew[0]),
            lane_s=_known(lane[0]),
        )
        found.append(_Read(split, (crew, lane) if timed else None))
    return found


def _rounding(seed: int, row: int, n: int) -> Floats:
    """What rounding may hide of a stationary time, nothing for the point [s]."""
    rng = np.random.default_rng([seed, 5, row])
    return np.append(0.0, rng.uniform(-_HALF_TENTH_S, _HALF_TENTH_S, n - 1))


def _total(stops: Sequence[_Read], part: int, n: int) -> Floats:
    """One part of all stops together, point and draws, shape (n,) [s]."""
    values = [read.parts[part] for read in stops if read.parts is not None]
    return np.asarray(np.sum(values, axis=0)) if values else np.zeros(n)


def _unknown(stops: Sequence[_Read], n_usual: int) -> str:
    """Why the two parts cannot be told, "" when they can."""
    if all(read.parts is not None for read in stops):
        return ""
    silent = [read.stop for read in stops if read.stop.stationary_s is None]
    if len(silent) == len(stops) and not n_usual:
        return "the timing does not say how long cars stood in their boxes."
    if not silent:
        return (
            f"stops of other cars that were timed standing: {n_usual}, needed are {ENOUGH_STOPS}."
        )
    whose = " and ".join(f"{stop.driver} stood on lap {stop.lap}" for stop in silent)
    return f"the timing does not say how long {whose}."


def _known(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
