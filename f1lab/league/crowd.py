"""What the good runs of a race agree on: window, compounds, undercut; with how sure that is.

Only runs of an IQ of 75 or more count, the better the more: ``((IQ − 70) / 30)²``, a perfect run
being one vote. A player has one vote at most, shared by the three best runs, so nobody can swamp
the rest by playing often. The votes join what the real pit walls did (worth :data:`PRIOR_VOTES`
votes), so a few players move the answer a little and many move it where they agree:

- *stops*: how many, a Dirichlet posterior over the numbers of stops;
- *window* of each stop: a Dirichlet posterior over the laps, a call one lap apart being nearly
  the same call; it runs from the lap by which a tenth has stopped to that by which nine tenths
  have, and its intervals are read off the posterior's draws;
- *compounds*: Dirichlet posteriors over what is fitted at each stop;
- *undercut threshold*: the gap at which an undercut works half the time, a logistic curve whose
  prior is what the engine says of the race's undercuts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from f1lab.calc.estimate import Estimate, Result

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

Choice = TypeVar("Choice", int, str)

__all__ = [
    "BEST_RUNS",
    "GOOD_IQ",
    "PRIOR_VOTES",
    "CompoundShare",
    "CrowdStop",
    "CrowdWindow",
    "GoodRun",
    "RacePrior",
    "compound_shares",
    "most_stops",
    "undercut_threshold",
    "votes",
    "windows",
]

#: Runs below this IQ do not count.
GOOD_IQ = 75.0
_NO_VOTE_IQ, _FULL_VOTE_IQ = 70.0, 100.0
#: So many runs share a player's vote.
BEST_RUNS = 3
#: What the real pit walls and the engine are worth [votes].
PRIOR_VOTES = 4.0

_DRAWS = 2000
_SEED = 5
#: Shares of the good runs that have stopped at the ends and in the middle of a window.
_ENDS = (0.1, 0.5, 0.9)
#: A window is right when its middle lies as near as this [laps].
_NEAR_LAPS = 2
#: A call counts for the laps beside it too: half of it within a lap, all within two.
_SMOOTH = np.array([1.0, 2.0, 3.0, 2.0, 1.0]) / 9.0
#: Gaps at which an undercut may work half the time [s], and widths of that curve [s].
_GAPS_S = np.arange(-4.0, 10.01, 0.05)
_WIDTHS_S = np.geomspace(0.2, 4.0, 15)
#: Without a word from the engine a threshold needs this many votes behind it.
_LEAST_DUEL_VOTES = 3.0


@dataclass(frozen=True)
class CrowdStop:
    """A stop at the end of a lap; ``gap_s`` and ``undercut`` where it attacked somebody."""

    lap: int
    compound: str
    gap_s: float | None = None
    undercut: bool | None = None


@dataclass(frozen=True)
class GoodRun:
    """A verified run: whose it is, its IQ and its stops."""

    player: int
    iq: float
    stops: tuple[CrowdStop, ...]


@dataclass(frozen=True)
class RacePrior:
    """What the race itself says.

    ``plans`` are the stops (lap, compound) of each classified real driver, red-flag changes left
    out; ``undercut_s`` the gap at which the engine sees an undercut work half the time, its
    doubt, and the spread of the single attempt [s], None where the engine cannot say.
    """

    n_laps: int
    plans: tuple[tuple[tuple[int, str], ...], ...]
    undercut_s: tuple[float, float, float] | None = None


@dataclass(frozen=True)
class CrowdWindow(Result):
    """Laps on which good runs make a stop.

    ``lap`` is the middle with its 90 % interval, ``first_lap`` to ``last_lap`` hold eight calls
    of ten. ``confidence`` is the probability that the true middle is within two laps of it,
    times the players' share of the votes: without players there is none.
    """

    stop: int
    lap: Estimate
    first_lap: int
    last_lap: int
    confidence: float


@dataclass(frozen=True)
class CompoundShare(Result):
    """How many of the good runs fit a compound at a stop [share of 1]."""

    stop: int
    compound: str
    share: Estimate


def votes(runs: Sequence[GoodRun]) -> Floats:
    """Weight of each run.

    Parameters
    ----------
    runs : sequence of GoodRun

    Returns
    -------
    ndarray, shape (runs,)
        Votes; the runs of one player have one together at most, runs that do not count none.

    Examples
    --------
    >>> votes([GoodRun(1, 100.0, ()), GoodRun(2, 85.0, ()), GoodRun(3, 60.0, ())])
    array([1.  , 0.25, 0.  ])
    """
    weight = np.zeros(len(runs))
    by_player = defaultdict(list)
    for row, run in enumerate(runs):
        if run.iq >= GOOD_IQ:
            by_player[run.player].append(row)
    for rows in by_player.values():
        best = sorted(rows, key=lambda row: -runs[row].iq)[:BEST_RUNS]
        merit = np.array([runs[row].iq - _NO_VOTE_IQ for row in best])
        merit = np.minimum(merit / (_FULL_VOTE_IQ - _NO_VOTE_IQ), 1.0) ** 2
        weight[best] = merit * merit.max() / merit.sum()
    return weight


def most_stops(runs: Sequence[GoodRun], weight: Floats, prior: RacePrior) -> tuple[int, Estimate]:
    """Most popular number of stops among the good runs, and its share.

    Parameters
    ----------
    runs : sequence of GoodRun
    weight : ndarray, shape (runs,)
        Votes.
    prior : RacePrior

    Returns
    -------
    (int, Estimate)
        Stops, and the share [-] of the good runs that make so many.
    """
    share = _shares([len(plan) for plan in prior.plans], [len(run.stops) for run in runs], weight)
    best = max(share, key=lambda number: (share[number].value, -number))
    return best, share[best]


def windows(
    runs: Sequence[GoodRun], weight: Floats, prior: RacePrior, stops: int
) -> tuple[CrowdWindow, ...]:
    """Window of each stop of the plans with so many stops.

    Parameters
    ----------
    runs : sequence of GoodRun
    weight : ndarray, shape (runs,)
        Votes.
    prior : RacePrior
    stops : int

    Returns
    -------
    tuple of CrowdWindow
    """
    rng = np.random.default_rng(_SEED)
    chosen = [
        (run.stops, vote) for run, vote in zip(runs, weight, strict=True) if len(run.stops) == stops
    ]
    real = [plan for plan in prior.plans if len(plan) == stops]
    found = []
    for stop in range(stops):
        belief = _prior_laps([plan[stop][0] for plan in real], prior.n_laps)
        for own, vote in chosen:
            belief += vote * _near(own[stop].lap, prior.n_laps)
        found.append(_window(stop + 1, belief, rng))
    return tuple(found)


def compound_shares(
    runs: Sequence[GoodRun], weight: Floats, prior: RacePrior, stops: int
) -> tuple[CompoundShare, ...]:
    """Share of each compound at each stop of the plans with so many stops, largest first.

    Parameters
    ----------
    runs : sequence of GoodRun
    weight : ndarray, shape (runs,)
        Votes.
    prior : RacePrior
    stops : int

    Returns
    -------
    tuple of CompoundShare
    """
    rows = [row for row, run in enumerate(runs) if len(run.stops) == stops]
    real = [plan for plan in prior.plans if len(plan) == stops]
    found: list[CompoundShare] = []
    for stop in range(stops):
        fitted = [runs[row].stops[stop].compound for row in rows]
        share = _shares([plan[stop][1] for plan in real], fitted, weight[rows])
        ranked = sorted(share.items(), key=lambda item: (-item[1].value, item[0]))
        found += [CompoundShare(stop + 1, compound, own) for compound, own in ranked]
    return tuple(found)


def undercut_threshold(
    runs: Sequence[GoodRun], weight: Floats, prior: RacePrior
) -> tuple[Estimate | None, int]:
    """Gap at which an undercut works half the time.

    Parameters
    ----------
    runs : sequence of GoodRun
    weight : ndarray, shape (runs,)
        Votes.
    prior : RacePrior

    Returns
    -------
    (Estimate or None, int)
        Threshold [s], None where neither the engine nor enough runs say anything; and how many
        undercuts were tried in the runs that count.
    """
    tried = [
        (stop.gap_s, stop.undercut, float(vote))
        for run, vote in zip(runs, weight, strict=True)
        for stop in run.stops
        if vote > 0 and stop.gap_s is not None and stop.undercut is not None
    ]
    if prior.undercut_s is None and sum(vote for *_, vote in tried) < _LEAST_DUEL_VOTES:
        return None, len(tried)
    at, width = _GAPS_S[:, None], _WIDTHS_S[None, :]
    belief = np.zeros((len(_GAPS_S), len(_WIDTHS_S)))
    if prior.undercut_s is not None:
        middle, doubt, spread = prior.undercut_s
        belief -= 0.5 * ((at - middle) / doubt) ** 2
        # The logistic curve as wide as the engine's spread, within a factor of about two.
        belief -= 0.5 * (np.log(width / (spread * np.sqrt(3.0) / np.pi)) / np.log(2.0)) ** 2
    for gap, worked, vote in tried:
        sign = 1.0 if worked else -1.0
        belief -= vote * np.logaddexp(0.0, -sign * (at - gap) / width)
    chance = np.exp(belief - belief.max()).sum(axis=1)
    low, middle, high = np.interp([0.05, 0.5, 0.95], np.cumsum(chance) / chance.sum(), _GAPS_S)
    return Estimate(float(middle), float(low), float(high)), len(tried)


def _shares(
    real: Sequence[Choice], chosen: Sequence[Choice], weight: Floats
) -> dict[Choice, Estimate]:
    """Posterior share of each choice; the real ones are worth the prior's votes together."""
    prior: dict[Choice, float] = defaultdict(float)
    for choice in real:
        prior[choice] += PRIOR_VOTES / len(real)
    hits: dict[Choice, float] = defaultdict(float)
    for choice, vote in zip(chosen, weight, strict=True):
        hits[choice] += float(vote)
    total = float(weight.sum())
    known = [choice for choice in {**prior, **hits} if prior[choice] + hits[choice] > 0]
    # Half a vote for every choice seen, and for one not seen, keeps a share off 0 and 1.
    all_prior = sum(prior.values()) + 0.5 * (len(known) + 1)
    return {
        choice: Estimate.of_share(
            hits[choice], total, (prior[choice] + 0.5, all_prior - prior[choice] - 0.5)
        )
        for choice in known
    }


def _prior_laps(real: Sequence[int], n_laps: int) -> Floats:
    """The real pit walls' laps as votes for each lap; any lap, where none stopped so often."""
    if not real:
        return np.full(n_laps, PRIOR_VOTES / n_laps)
    each = PRIOR_VOTES / len(real)
    belief = np.zeros(n_laps)
    for lap in real:
        belief += each * _near(lap, n_laps)
    return belief


def _near(lap: int, n_laps: int) -> Floats:
    """One vote for a lap and, in part, its neighbours."""
    vote = np.zeros(n_laps)
    reach = len(_SMOOTH) // 2
    for step, part in zip(range(-reach, reach + 1), _SMOOTH, strict=True):
        vote[min(max(lap + step, 1), n_laps) - 1] += part
    return vote


def _window(stop: int, belief: Floats, rng: np.random.Generator) -> CrowdWindow:
    """Window of a stop from the votes for each lap."""
    draws = rng.standard_gamma(belief, (_DRAWS, len(belief)))
    share = np.cumsum(draws, axis=1) / draws.sum(axis=1, keepdims=True)
    first, middle, last = (1 + (share < end).sum(axis=1) for end in _ENDS)
    lap = Estimate.of_draws(middle)
    near = np.abs(middle - lap.value) <= _NEAR_LAPS
    sure = float(near.mean()) * (1.0 - PRIOR_VOTES / float(belief.sum()))
    return CrowdWindow(stop, lap, int(np.median(first)), int(np.median(last)), max(sure, 0.0))
