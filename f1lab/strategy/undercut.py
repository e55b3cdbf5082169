"""Undercut and overcut: what stopping some laps before or after a rival is worth.

``gain = Σ [the later one's laps on old tyres − the earlier one's on new ones] + difference of
the two stops − rejoin traffic``, from the lap of the first stop to the end of the second one's
out lap; the warm-up of the new tyres is in it. It succeeds where the gain is more than the gap.
Every draw of the model meets other crews and other laps, so the chance is read off directly.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.estimate import LEVELS
from f1lab.calc.race_state import crew_time_s
from f1lab.data.schema import COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.errors import InvalidInput, whole_number
from f1lab.strategy.battle import pass_chance
from f1lab.strategy.free_air import FreeAir, car_number
from f1lab.strategy.pace import check_running, expected_laps_s

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.engine.inputs import RaceField

    Floats = NDArray[np.float64]

__all__ = ["Undercut", "undercut_table"]

#: Rivals further away than this are out of reach of an undercut or an overcut [s].
_REACH_S = 6.0
#: So many of them are looked at on either side.
_NEAREST = 3
#: Samples of laps and crews for each draw of the model.
_PER_DRAW = 20


@dataclass(frozen=True)
class Undercut:
    """What stopping ``laps`` laps before (undercut) or after (overcut) somebody is worth.

    ``attacker`` is the car behind; it gains a place when ``gain_s`` is more than ``gap_s``.
    """

    kind: str
    attacker: str
    defender: str
    laps: int
    on_lap: int
    compound: str
    gap_s: float
    gain_s: float
    gain_low_s: float
    gain_high_s: float
    p_success: float

    @property
    def label(self) -> str:
        """Who does what to whom."""
        return f"{self.attacker} {self.kind}s {self.defender}"


def undercut_table(
    field: RaceField,
    driver: str,
    lap: int | None = None,
    *,
    laps: Sequence[int] = (1, 2, 3),
    seed: int = 0,
) -> tuple[Undercut, ...]:
    """Every undercut and overcut between a driver and the rivals within reach.

    Parameters
    ----------
    field : RaceField
        The race after a lap that has been driven.
    driver : str
    lap : int, optional
        Lap at whose end the first of the two stops; the next lap by default.
    laps : sequence of int
        How much later the second one stops [laps].
    seed : int

    Returns
    -------
    tuple of Undercut
        Nearest rival first; rivals ahead are attacked, those behind attack. A rival who has
        no stop to come in his best plan is left out.

    Raises
    ------
    InvalidInput
        Nobody has driven a lap yet, the driver is out, or the race ends before the stops.
    """
    car, state = car_number(field, driver), field.state
    check_running(field, car)
    first = state.lap + 1 if lap is None else whole_number("lap", lap, 1)
    laps, seed = _whole_laps(laps), whole_number("seed", seed)
    if not state.lap < first <= field.n_laps - max(laps) - 1:
        raise InvalidInput(
            f"stops from lap {first} on, up to {max(laps)} laps apart, do not fit between "
            f"lap {state.lap} and the flag on lap {field.n_laps}."
        )
    gap = state.time_s - state.time_s[car]
    near = state.running & (state.done == state.done[car]) & (np.abs(gap) <= _REACH_S)
    own = _next_compound(field, car)
    if own is None:
        return ()
    found = []
    for rival in _nearest(np.where(near, gap, np.inf), car):
        other = _next_compound(field, rival)
        if other is None:
            continue
        pair = [(car, own), (rival, other)]
        (behind, ahead) = pair if gap[rival] < 0 else pair[::-1]
        duel = _Duel(field, behind, ahead, first, seed)
        found += [duel.row(kind, k) for kind in ("undercut", "overcut") for k in laps]
    return tuple(found)


def _whole_laps(laps: object) -> tuple[int, ...]:
    if not isinstance(laps, (tuple, list, range)) or not laps:
        raise InvalidInput(f"laps={laps!r}: name at least one, such as laps=(1, 2, 3).")
    return tuple(whole_number("laps", k, 1) for k in laps)


def _nearest(gap_s: Floats, car: int) -> list[int]:
    """The nearest cars ahead of and behind a car, nearest first; inf is out of reach."""
    others = [i for i in np.argsort(np.abs(gap_s)).tolist() if i != car and np.isfinite(gap_s[i])]
    sides = [[i for i in others if (gap_s[i] < 0) == ahead][:_NEAREST] for ahead in (True, False)]
    return sorted(sides[0] + sides[1], key=others.index)


def _next_compound(field: RaceField, car: int) -> int | None:
    """What a car fits next in its best plan in free air; None when it has no stop to come."""
    best = next(FreeAir.of(field, field.drivers[car]).programme().best(), None)
    return None if best is None or len(best.compounds) == 1 else best.compounds[1]


class _Duel:
    """Two cars that stop some laps apart, sampled together."""

    def __init__(
        self,
        field: RaceField,
        behind: tuple[int, int],
        ahead: tuple[int, int],
        first: int,
        seed: int,
    ) -> None:
        self.field, self.first, self.seed = field, first, seed
        self.behind, self.ahead = behind, ahead

    def row(self, kind: str, laps: int) -> Undercut:
        """Gain and chance of the car behind when the stops are so many laps apart."""
        field = self.field
        early, late = self.first, self.first + laps
        own, other = (early, late) if kind == "undercut" else (late, early)
        rng = np.random.default_rng(self.seed)
        time_s = [
            self._until(car, stop, late + 1, rng)
            for car, stop in ((self.behind, own), (self.ahead, other))
        ]
        gap = float(field.state.time_s[self.behind[0]] - field.state.time_s[self.ahead[0]])
        gain = time_s[1] - time_s[0]
        low, high = np.quantile(gain, LEVELS)
        return Undercut(
            kind,
            field.drivers[self.behind[0]],
            field.drivers[self.ahead[0]],
            laps,
            self.first,
            COMPOUNDS[self.behind[1]],
            gap,
            float(gain.mean()),
            float(low),
            float(high),
            float((gain > gap).mean()),
        )

    def _until(self, car: tuple[int, int], stop: int, end: int, rng: np.random.Generator) -> Floats:
        """Time from now to the end of lap ``end`` with a stop at the end of ``stop`` [s]."""
        field, (who, compound) = self.field, car
        state = field.state
        draws = len(field.model.pace_s)
        old = np.arange(state.lap + 1, stop + 1)
        new = np.arange(stop + 1, end + 1)
        age = int(state.age_steps[who]) + AGE_STEPS_PER_LAP * np.arange(1, len(old) + 1)
        before = expected_laps_s(field, who, int(state.compound[who]), age, old)
        fresh = AGE_STEPS_PER_LAP * np.arange(1, len(new) + 1)
        after = expected_laps_s(field, who, compound, fresh, new, new=True)
        noise = rng.standard_normal((draws, _PER_DRAW, len(old) + len(new)))
        noise *= field.model.noise_s[who]
        rivals = {self.behind[0], self.ahead[0]}
        clock = state.time_s[who] + before.sum(axis=1)[:, None] + noise[..., : len(old)].sum(axis=2)
        clock = clock + _stop_s(field, who, rng, clock.shape)
        clock = _through_traffic(field, rivals, clock, after, noise[..., len(old) :], stop, rng)
        return np.asarray(clock - state.time_s[who]).ravel()


def _stop_s(field: RaceField, car: int, rng: np.random.Generator, shape: tuple[int, ...]) -> Floats:
    """Loss of a stop with the crew's luck [s]."""
    pit = field.pit
    odds = rng.random(shape)
    odds = odds / (1.0 - odds)
    crew = crew_time_s(odds, pit.crew_scale_s, pit.crew_shape, pit.crew_longest_s)
    return np.asarray(np.maximum(pit.loss_s[:, None] + pit.speed_s[car] + crew, 0.0))


def _through_traffic(
    field: RaceField,
    rivals: set[int],
    clock: Floats,
    laps_s: Floats,
    noise: Floats,
    stop: int,
    rng: np.random.Generator,
) -> Floats:
    """Clock after the laps since a stop, held up by those it rejoined behind [s]."""
    air = field.passing
    state = field.state
    same_lap = state.running & (state.done == state.done[next(iter(rivals))])
    others = [c for c in np.flatnonzero(same_lap) if c not in rivals]
    at = {c: _clocks(field, int(c), stop, laps_s.shape[1]) for c in others}
    for lap in range(laps_s.shape[1]):
        free = clock + laps_s[:, lap, None] + noise[..., lap]
        held = free
        for crossed, own in at.values():
            gap = clock - crossed[:, lap, None]
            limit = crossed[:, lap + 1, None] + air.follow_s
            advantage = (own[:, lap] - laps_s[:, lap])[:, None]
            stuck = (gap > 0) & (free < limit)
            stuck &= rng.random(clock.shape) >= pass_chance(air, gap, advantage, 0.0)
            held = np.where(stuck, np.maximum(held, limit), held)
        clock = held
    return clock


def _clocks(field: RaceField, car: int, stop: int, laps: int) -> tuple[Floats, Floats]:
    """When another car crosses the line at the end of ``stop`` and later, and its laps [s]."""
    state = field.state
    ahead = np.arange(state.lap + 1, stop + laps + 1)
    age = int(state.age_steps[car]) + AGE_STEPS_PER_LAP * np.arange(1, len(ahead) + 1)
    driven = expected_laps_s(field, car, int(state.compound[car]), age, ahead)
    crossed = state.time_s[car] + np.cumsum(driven, axis=1)
    first = stop - state.lap - 1
    return crossed[:, first:], driven[:, first + 1 :]
