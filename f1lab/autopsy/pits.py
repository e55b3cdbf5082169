"""Pit stops: what one normally costs at this race, and what each one cost.

The time between pit entry and exit is measured and does not depend on the flag, so a slow stop
is read off the pit lane itself. The rest of a stop's cost (braking for the entry, the way out
on cold tyres) is read off the in lap and the out lap together. The norms are medians over the
*other* drivers' stops, with their doubt from the Bayesian bootstrap. Where the source timed cars
standing in their boxes, there is a norm of that too, which tells the crew from the rest of the
lane (:mod:`f1lab.autopsy.crew`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.race_state import REPAIR_S

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.data.schema import Session
    from f1lab.racemodel import Priors
    from f1lab.racemodel.laps import RaceLaps

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = [
    "ENOUGH_STOPS",
    "TROUBLE_S",
    "Penalty",
    "PitNorm",
    "Stop",
    "beyond",
    "excess_parts",
    "forced_share",
    "penalties",
    "pit_norm",
    "stops",
]

#: Longer than this in the pit lane on a red-flagged lap is the stoppage itself [s].
_RED_FLAG_LANE_S = 90.0
#: A served time penalty shows as at least this share of it over the norm [-].
_SERVED_SHARE = 0.6
#: Fewer stops than this lean on the circuit's table.
ENOUGH_STOPS = 4
_PRIOR_STOP_SD_S = 1.0
#: A stop this slow after a lap of trouble, or early on, repairs damage; 4 of 2,248 are near it [s].
_FORCED_EXCESS_S, _EARLY_EXCESS_S, _EARLY_LAP = 9.0, 2.0, 3
#: Trouble: a lap slower than it should be, and than those who went by, by this [s].
TROUBLE_S = 5.0
#: A limit is no cliff: this short of it counts for nothing, this far beyond it in full [s].
_EITHER_WAY_S = 0.5

_PENALTY = re.compile(
    r"(?:(?P<seconds>\d+) SECOND (?P<kind>TIME|STOP/GO)|(?P<drive>DRIVE THROUGH)) PENALTY "
    r"FOR CAR \d+ \((?P<driver>\w{3})\)(?: - (?P<reason>.*))?"
)


@dataclass(frozen=True)
class Stop:
    """One visit to the pit lane while the race was on.

    ``in_row`` and ``out_row`` are rows of the lap table (−1: no such lap); ``lane_s`` the time
    between entry and exit [s], NaN when unknown; ``green`` means neither lap was neutralised;
    ``tyres`` that a new set was fitted; ``penalty`` what was served in it, if anything;
    ``stationary_s`` how long the car stood in its box, a served penalty included [s], NaN when
    unknown.
    """

    driver: int
    lap: int
    in_row: int
    out_row: int
    lane_s: float
    green: bool
    tyres: bool
    penalty: Penalty | None = None
    stationary_s: float = np.nan

    @property
    def serves_time(self) -> bool:
        """Whether a time penalty was served in it."""
        return self.penalty is not None and self.penalty.kind == "time"

    @property
    def is_stop(self) -> bool:
        """Whether it was a tyre stop; otherwise the whole visit was a loss of its own."""
        return self.tyres and (self.penalty is None or self.serves_time)


@dataclass(frozen=True)
class Penalty:
    """A penalty of the stewards during the race.

    ``kind`` is ``time``, ``stop_go`` or ``drive_through``; ``seconds`` its nominal length [s],
    0 for a drive-through; ``lap`` the leader's lap when it was given.
    """

    driver: str
    kind: str
    seconds: float
    lap: int
    reason: str


@dataclass(frozen=True)
class PitNorm:
    """What a normal stop costs at this race: point, and draws for the doubt.

    ``lane_s`` between pit entry and exit, ``loss_s`` against two green laps, ``in_s`` the part
    of the loss that falls on the in lap; ``n`` stops it was read from. ``stationary_s`` standing
    in the box, NaN when fewer than four of the stops were timed so (``n_stationary``).
    """

    lane_s: float
    loss_s: float
    in_s: float
    lane_draws: Floats
    loss_draws: Floats
    n: int
    stationary_s: float
    stationary_draws: Floats
    n_stationary: int


def penalties(session: Session) -> list[Penalty]:
    """Penalties named in the race-control messages, in order."""
    found: list[Penalty] = []
    for message, lap in zip(session.messages["message"], session.messages["lap"], strict=True):
        text = str(message).upper()
        match = _PENALTY.search(text)
        if not match or "NOT SERVED" in text or "PENALTY SERVED" in text:
            continue
        kind = "drive_through" if match["drive"] else "time"
        kind = "stop_go" if match["kind"] == "STOP/GO" else kind
        at = int(lap) if np.isfinite(lap) else 0
        seconds = float(match["seconds"] or 0)
        reason = (match["reason"] or "").strip().lower()
        penalty = Penalty(match["driver"], kind, seconds, at, reason)
        if not any(replace(penalty, lap=p.lap) == p and at - p.lap <= 1 for p in found):
            found.append(penalty)
    return found


def stops(laps: RaceLaps, given: Sequence[Penalty]) -> list[Stop]:
    """Every visit to the pit lane that was a call of its own, with the penalty served in it.

    The field waiting there under a red flag or led through it behind the safety car is none.
    """
    found = []
    last = np.r_[laps.driver[1:] != laps.driver[:-1], True]
    for row in np.flatnonzero(laps.in_lap):
        out = -1 if last[row] else row + 1
        if out >= 0 and not laps.out_lap[out]:
            out = -1
        lane = laps.pit_out_s[out] - laps.pit_in_s[row] if out >= 0 else np.nan
        stopped = laps.red[row] or (out >= 0 and laps.red[out])
        if stopped and not lane < _RED_FLAG_LANE_S:
            continue  # the field waiting in the pit lane, not a stop
        found.append(
            Stop(
                driver=int(laps.driver[row]),
                lap=int(laps.lap[row]),
                in_row=int(row),
                out_row=int(out),
                lane_s=float(lane),
                green=bool(not laps.neutralised[row] and (out < 0 or not laps.neutralised[out])),
                tyres=bool(out >= 0 and laps.new_set(int(row), int(out))),
                stationary_s=float(laps.pit_stationary_s[row]),
            )
        )
    return _with_penalties(found, laps, given)


def _with_penalties(found: list[Stop], laps: RaceLaps, given: Sequence[Penalty]) -> list[Stop]:
    """Give each penalty to the driver's next visit to the pit lane."""
    served: dict[int, Penalty] = {}
    for penalty in given:
        if penalty.driver not in laps.drivers:
            continue
        car = laps.drivers.index(penalty.driver)
        for i, stop in enumerate(found):
            fits = stop.tyres if penalty.kind == "time" else not stop.tyres
            if stop.driver == car and stop.lap >= penalty.lap and fits and i not in served:
                served[i] = penalty
                break
    return [
        replace(stop, penalty=served.get(i))
        for i, stop in enumerate(found)
        if stop.tyres or stop.green or i in served
    ]


def pit_norm(
    everyone: Sequence[Stop],
    residual: Floats,
    priors: Priors,
    circuit: str,
    without: int,
    n_draws: int,
    rng: np.random.Generator,
) -> PitNorm:
    """Norms over the other drivers' ordinary stops.

    Parameters
    ----------
    everyone : sequence of Stop
    residual : ndarray
        Lap time beyond the model, per row of the lap table [s].
    priors, circuit
        Tables to lean on where stops are few.
    without : int
        Index of the driver who is not part of the norm.
    n_draws : int
        Number of draws.
    rng : numpy.random.Generator

    Returns
    -------
    PitNorm
    """
    others = [s for s in everyone if s.driver != without and s.tyres and s.penalty is None]
    timed = [s for s in others if np.isfinite(s.lane_s)]
    lane_prior, loss_prior = priors.pit_lane_s(circuit), priors.pit_loss_s(circuit)
    # one set of weights for both times of a stop: what doubt they share cancels in the lane's part
    weights = _weights(len(timed), n_draws, rng)
    lanes = np.array([s.lane_s for s in timed])
    lane, lane_draws = _median(lanes, lane_prior, weights, n_draws, rng)
    stood = np.array([s.stationary_s for s in timed])
    known = np.isfinite(stood)
    standing, standing_draws = np.nan, np.full(n_draws, np.nan)
    if weights is not None and known.sum() >= ENOUGH_STOPS:
        standing = float(np.median(stood[known]))
        share = weights[:, known]
        share = share / share.sum(axis=1, keepdims=True)
        standing_draws = _weighted_medians(stood[known], share)
    green = [s for s in others if s.green and s.out_row >= 0 and s.lane_s < lane + REPAIR_S]
    inward = np.array([residual[s.in_row] for s in green])
    losses = inward + np.array([residual[s.out_row] - (s.lane_s - lane) for s in green])
    again = _weights(len(losses), n_draws, rng)
    loss, loss_draws = _median(losses, loss_prior, again, n_draws, rng)
    return PitNorm(
        lane_s=lane,
        loss_s=loss,
        in_s=float(np.median(inward)) if len(inward) else loss / 2,
        lane_draws=lane_draws,
        loss_draws=loss_draws,
        n=len(losses),
        stationary_s=standing,
        stationary_draws=standing_draws,
        n_stationary=int(known.sum()),
    )


def _weights(n: int, n_draws: int, rng: np.random.Generator) -> Floats | None:
    """Weights of the Bayesian bootstrap, shape (draws, n); None for too few values."""
    return rng.dirichlet(np.ones(n), n_draws) if n >= ENOUGH_STOPS else None


def _median(
    values: Floats,
    prior: tuple[float, float],
    weights: Floats | None,
    n_draws: int,
    rng: np.random.Generator,
) -> tuple[float, Floats]:
    """Median and its draws under the weights; leans on the prior where values are few."""
    mean, sd = prior
    if weights is not None:
        return float(np.median(values)), _weighted_medians(values, weights)
    precision = 1 / sd**2 + len(values) / _PRIOR_STOP_SD_S**2
    centre = (mean / sd**2 + values.sum() / _PRIOR_STOP_SD_S**2) / precision
    return float(centre), centre + rng.standard_normal(n_draws) / np.sqrt(precision)


def _weighted_medians(values: Floats, weights: Floats) -> Floats:
    order = np.argsort(values)
    total = np.cumsum(weights[:, order], axis=1)
    middle = total - weights[:, order] / 2
    return np.array([np.interp(0.5, m, values[order]) for m in middle])


def beyond(seconds: float | Floats, limit_s: float) -> Floats:
    """Tell how far something is beyond a limit: in proportion from half a second short of it on.

    Parameters
    ----------
    seconds, limit_s : float or ndarray
        [s].

    Returns
    -------
    ndarray
        0 … 1.

    Examples
    --------
    >>> beyond([2.4, 2.9, 3.0, 3.6], 3.0).round(2)
    array([0. , 0.4, 0.5, 1. ])
    """
    away_s = np.asarray(seconds, dtype=float) - limit_s
    return np.asarray(np.clip(away_s / (2 * _EITHER_WAY_S) + 0.5, 0.0, 1.0))


def forced_share(stop: Stop, norm: PitNorm, trouble_s: float, *, wet: bool) -> Floats:
    """Tell how far damage called for a stop: slow in the pit lane, and slow or early to it.

    Parameters
    ----------
    stop : Stop
    norm : PitNorm
    trouble_s : float
        What was lost on the way to it beyond a normal lap into the pits [s].
    wet : bool
        Whether the track was; then an early stop is for other tyres.

    Returns
    -------
    ndarray, shape (1 + s,)
        Point, then draws; 0 … 1.
    """
    usual = np.r_[norm.lane_s, norm.lane_draws]
    excess = excess_parts(stop, usual)[0] if stop.serves_time else stop.lane_s - usual
    if not stop.tyres or np.isnan(stop.lane_s):
        return np.zeros(len(excess))
    if stop.lap <= _EARLY_LAP and not wet:
        return beyond(excess, _EARLY_EXCESS_S)
    return beyond(excess, _FORCED_EXCESS_S) * beyond(trouble_s, TROUBLE_S)


def excess_parts(stop: Stop, lane_norm_s: float | Floats) -> tuple[Floats, Floats]:
    """Time beyond the normal pit lane, split into (pit excess, incident) [s].

    A served penalty and a repair are incidents; so is the whole visit of a drive-through,
    which is not booked here.
    """
    excess = np.asarray(np.where(np.isfinite(stop.lane_s), stop.lane_s - lane_norm_s, 0.0))
    if stop.penalty is not None and stop.serves_time:
        served = np.where(excess > _SERVED_SHARE * stop.penalty.seconds, stop.penalty.seconds, 0.0)
        return excess - served, served
    repair = excess > REPAIR_S
    return np.where(repair, 0.0, excess), np.where(repair, excess, 0.0)
