"""The exact programme over stints: the least any plan can cost, and the K best tyre orders.

A plan is a row of stints. Going back from the flag, the least cost to come is known for every
lap on which new tyres may be fitted and every state of the rules (sets used, stops made), so
that the best plan is exact. That table tells of any opening of a plan what the best plan that
opens like it costs; opening the cheapest first reads off the best tyre orders one after
another, each at its best laps.

Laps are counted from 0 here, the first being the first still to be driven.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import DRY_COMPOUNDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["N_COMPOUNDS", "Opening", "Programme", "Schedule", "TyreRules", "stint_costs"]

N_COMPOUNDS = 5
_N_DRY = len(DRY_COMPOUNDS)
#: Two plans count as equal in cost below this; the one with fewer stops is read first [s].
_TIE_DIGITS = 9

#: Sets used of each compound, then stops made, each counted no further than the rules care.
_State = tuple[int, ...]


@dataclass(frozen=True)
class TyreRules:
    """What a plan must satisfy.

    Attributes
    ----------
    two_compounds : bool
        Two dry compounds are asked for; a rain tyre lifts the rule.
    stops_needed : int
        Stops a plan must have at least, unless it uses a rain tyre.
    sets : tuple of int, optional
        Sets of SOFT, MEDIUM, HARD, INTERMEDIATE, WET there are, the first one driven included;
        no limit by default.
    """

    two_compounds: bool = True
    stops_needed: int = 0
    sets: tuple[int, ...] | None = None

    def fitted(self, state: _State, compound: int, stops: int) -> _State | None:
        """State after a set is fitted (``stops`` is 0 for the first, else 1); None if none is left."""
        used = list(state)
        if self.sets is not None:
            if used[compound] >= self.sets[compound]:
                return None
            used[compound] += 1
        elif self.two_compounds or self.stops_needed:
            used[compound] = 1
        used[-1] = min(used[-1] + stops, self.stops_needed)
        return tuple(used)

    def met(self, state: _State) -> bool:
        """Whether a plan may end in this state."""
        if any(state[_N_DRY:N_COMPOUNDS]):
            return True
        dry = sum(n > 0 for n in state[:_N_DRY])
        return (not self.two_compounds or dry > 1) and state[-1] >= self.stops_needed

    def start(self, used: Sequence[int] = (), stops: int = 0) -> _State:
        """State before the plan, with these compounds used and stops made already."""
        state: _State = (0,) * (N_COMPOUNDS + 1)
        for compound in used:
            state = self.fitted(state, compound, 0) or state
        return (*state[:-1], min(stops, self.stops_needed))


@dataclass(frozen=True)
class Schedule:
    """One tyre order at its best laps: compounds, the last lap of each stint, the cost [s]."""

    compounds: tuple[int, ...]
    last_laps: tuple[int, ...]
    cost_s: float


@dataclass(frozen=True)
class Opening:
    """How a plan goes on from where the car is: the set it is on, and what is used up.

    ``cost_s`` has shape (draws, n_laps): staying out to the end of each lap [s].
    """

    compound: int
    cost_s: Floats
    used: tuple[int, ...]
    stops: int = 0


def stint_costs(
    lap_cost_s: Floats,
    racing: NDArray[np.bool_],
    oldest: Sequence[float],
    *,
    age_steps: Ints | None = None,
    warm_up_s: Floats | None = None,
    shortest_laps: int = 1,
    free: NDArray[np.bool_] | None = None,
) -> Floats:
    """Cost of every stint on a new set, from every first to every last lap.

    Parameters
    ----------
    lap_cost_s : ndarray, shape (s, n_laps, 5, n_ages)
        Cost of a lap by draw, lap, compound and age of the set as the lap begins [s]; inf where
        a compound is no choice.
    racing : ndarray of bool, shape (n_laps,)
        Laps that count; a neutralised lap costs nothing.
    oldest : sequence of float, length 5
        Oldest a set may get, in steps of age.
    age_steps : ndarray of int, shape (n_laps,), optional
        Steps a set ages on each lap; one step a racing lap by default.
    warm_up_s : ndarray, shape (5,), optional
        What the lap after the out lap costs more [s]; the first lap of all is no out lap.
    shortest_laps : int
        Shortest stint [laps].
    free : ndarray of bool, shape (n_laps,), optional
        Laps at whose end tyres are changed for little or nothing; a stint that begins or ends
        there may be shorter.

    Returns
    -------
    ndarray, shape (s, 5, n_laps, n_laps)
        From lap ``first`` (third axis) to lap ``last`` (fourth) [s]; inf where the set does not
        last and where ``last < first``.
    """
    draws, n_laps, _, n_ages = lap_cost_s.shape
    out = np.full((draws, N_COMPOUNDS, n_laps, n_laps), np.inf)
    limit = np.asarray(oldest, dtype=float)[:, None]
    steps = racing.astype(np.int64) if age_steps is None else age_steps
    warm_up = np.zeros(N_COMPOUNDS) if warm_up_s is None else warm_up_s
    for first in range(n_laps):
        raced = racing[first:]
        age = np.cumsum(steps[first:]) - steps[first:]
        at = np.minimum(age, n_ages - 1)
        cost = lap_cost_s[:, np.arange(first, n_laps), :, at].transpose(1, 2, 0)
        if first:
            cost[..., 1:2] += warm_up[:, None]
        too_old = raced & ((age >= limit) | (age >= n_ages))
        total = np.cumsum(np.where(raced & ~too_old, cost, 0.0), axis=-1)
        total[:, np.logical_or.accumulate(too_old, axis=-1)] = np.inf
        out[:, :, first, first:] = total
    exempt = np.zeros(n_laps, dtype=bool) if free is None else free
    length = np.arange(n_laps) - np.arange(n_laps)[:, None] + 1
    short = (length < shortest_laps) & ~exempt[None, :] & ~np.r_[False, exempt[:-1]][:, None]
    out[:, :, short] = np.inf
    # a compound that is no choice on any lap is none behind the safety car either
    none = ~np.isfinite(lap_cost_s).any(axis=(0, 1, 3)) | (limit[:, 0] <= 0)
    out[:, none] = np.inf
    return out


class Programme:
    """Least cost to come from every lap and every state of the rules.

    Parameters
    ----------
    stint_s : ndarray, shape (s, 5, n_laps, n_laps)
        Cost of a stint on a new set by draw, compound, first and last lap [s].
    stop_s : ndarray, shape (s, n_laps)
        Loss of a stop at the end of each lap [s].
    rules : TyreRules
    opening : Opening, optional
        The set the car is on; without it any compound may be started on.
    """

    def __init__(
        self, stint_s: Floats, stop_s: Floats, rules: TyreRules, opening: Opening | None = None
    ) -> None:
        self.stint_s, self.stop_s, self.rules, self.opening = stint_s, stop_s, rules, opening
        self.n_laps = stint_s.shape[-1]
        self.compounds = [c for c in range(N_COMPOUNDS) if np.isfinite(stint_s[:, c]).any()]
        self._states = self._reachable()
        self._number = {state: i for i, state in enumerate(self._states)}
        self._met = np.array([rules.met(state) for state in self._states])
        self._to_come = self._fill()

    def least_s(self, start: int | None = None) -> Floats:
        """Least cost under each draw, shape (s,) [s]; inf where no plan satisfies the rules."""
        ends = [cost[:, None] + self._after(state) for _, cost, state in self._starts(start)]
        return np.asarray(np.min([end.min(axis=(1, 2)) for end in ends], axis=0))

    def best(self, start: int | None = None, most_stops: int | None = None) -> Iterator[Schedule]:
        """Tyre orders under draw 0, the cheapest first, each at its best laps.

        With ``most_stops`` the table still tells of any opening what it costs at least, so that
        the orders within the limit come out exactly too.
        """
        serial = count()
        queue: list[tuple[float, int, int, bool, _Opened]] = []

        def push(opened: _Opened) -> None:
            state = opened.state
            ends = {True: opened.end_s[-1] if self._met[state] else np.inf}
            ends[False] = (opened.end_s[:-1] + self._onward(state)[0]).min(initial=np.inf)
            for finished, cost in ends.items():
                if np.isfinite(cost):
                    entry = (round(float(cost), _TIE_DIGITS), len(opened.compounds))
                    heapq.heappush(queue, (*entry, next(serial), finished, opened))

        for compound, cost, state in self._starts(start):
            push(_Opened((compound,), cost[0], state, (), None))
        while queue:
            cost_s, _, _, finished, opened = heapq.heappop(queue)
            if finished:
                yield Schedule(opened.compounds, opened.last_laps(self.n_laps - 1), cost_s)
                continue
            if most_stops is not None and len(opened.compounds) > most_stops:
                continue
            for compound in self.compounds:
                after = self._fit(opened.state, compound)
                if after is not None:
                    push(self._open(opened, compound, after))

    def _open(self, before: _Opened, compound: int, state: int) -> _Opened:
        """Add a stint: the least cost of ending it on each lap, and when it then began."""
        left_s = before.end_s[:-1] + self.stop_s[0, :-1]
        total = left_s[:, None] + self.stint_s[0, compound, 1:, :]
        stopped = total.argmin(axis=0)
        end_s = np.take_along_axis(total, stopped[None], axis=0)[0]
        return _Opened((*before.compounds, compound), end_s, state, stopped, before)

    def _starts(self, start: int | None) -> list[tuple[int, Floats, int]]:
        if self.opening is not None:
            return [(self.opening.compound, self.opening.cost_s, 0)]
        first = self.compounds if start is None else [start]
        found = ((c, self._fit(0, c, stops=0)) for c in first)
        return [(c, self.stint_s[:, c, 0], s) for c, s in found if s is not None]

    def _reachable(self) -> list[_State]:
        opening = self.opening
        if opening is None:
            states = [self.rules.start()]
        else:
            states = [self.rules.start(opening.used, opening.stops)]
        seen = set(states)
        for state in states:  # grows while it is walked
            for compound in self.compounds:
                for stops in (0, 1):
                    after = self.rules.fitted(state, compound, stops)
                    if after is not None and after not in seen:
                        seen.add(after)
                        states.append(after)
        return states

    def _fit(self, state: int, compound: int, *, stops: int = 1) -> int | None:
        after = self.rules.fitted(self._states[state], compound, stops)
        return None if after is None else self._number[after]

    def _fill(self) -> Floats:
        """To come from the start of each lap with a new set to be fitted, (s, states, n_laps)."""
        draws, n = len(self.stint_s), self.n_laps
        to_come = np.full((draws, len(self._states), n), np.inf)
        # what follows the end of a stint on each lap, the stop included
        ended = np.full_like(to_come, np.inf)
        ended[:, self._met, n - 1] = 0.0
        moves = []
        for compound in self.compounds:
            to = [self._fit(s, compound) for s in range(len(self._states))]
            rows = [s for s, after in enumerate(to) if after is not None]
            moves.append((compound, rows, [after for after in to if after is not None]))
        for lap in range(n - 1, -1, -1):
            for compound, rows, after in moves:
                cost = self.stint_s[:, None, compound, lap, lap:] + ended[:, after, lap:]
                to_come[:, rows, lap] = np.minimum(to_come[:, rows, lap], cost.min(axis=-1))
            if lap:
                ended[:, :, lap - 1] = self.stop_s[:, lap - 1, None] + to_come[:, :, lap]
        return to_come

    def _onward(self, state: int) -> Floats:
        """Stopping at the end of each lap but the last and going on, shape (s, n_laps - 1) [s]."""
        return np.asarray(self.stop_s[:, :-1] + self._to_come[:, state, 1:])

    def _after(self, state: int) -> Floats:
        """What follows a stint that ends on each lap, shape (s, 1, n_laps) [s]."""
        flag = np.full((len(self.stop_s), 1), 0.0 if self._met[state] else np.inf)
        return np.concatenate([self._onward(state), flag], axis=1)[:, None, :]


@dataclass(frozen=True, repr=False, eq=False)
class _Opened:
    """The first stints of a plan: the least cost of ending the last of them on each lap [s]."""

    compounds: tuple[int, ...]
    end_s: Floats
    state: int
    stopped: Ints | tuple[()]  # lap before this stint, by the lap it ends on
    before: _Opened | None

    def last_laps(self, end: int) -> tuple[int, ...]:
        if self.before is None:
            return (end,)
        return (*self.before.last_laps(int(self.stopped[end])), end)
