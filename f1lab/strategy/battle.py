"""Battle forecast: whether the car behind gets past, and when.

Both cars drive their predicted laps on the tyres they are on. A lap begun within reach may end
with the pass, by the passing model of the circuit; a car that stays behind loses time in dirty
air and ends no closer than cars can follow. Neither stops and no safety car comes.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.calc.basis import dirty_air_share
from f1lab.calc.estimate import LEVELS
from f1lab.calc.traffic import pass_probability
from f1lab.engine.inputs import AGE_STEPS_PER_LAP
from f1lab.errors import InvalidInput, whole_number
from f1lab.strategy.free_air import car_number
from f1lab.strategy.known import field_of
from f1lab.strategy.pace import check_running, expected_laps_s, gap_s

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend
    from f1lab.engine.inputs import Passing, RaceField

    Floats = NDArray[np.float64]

__all__ = ["BattleForecast", "battle_forecast"]

#: Laps of noise tried for each draw of the model.
_PER_DRAW = 64


@dataclass(frozen=True, repr=False)
class BattleForecast:
    """Chance that the attacker has passed by each following lap.

    ``p_passed`` with its 90 % interval (what is not known of both cars' pace) stands beside each
    lap. ``expected_lap`` is the mean lap of a pass within the laps looked at, None where the
    pass is less likely than not to come at all.
    """

    year: int
    event: str
    attacker: str
    defender: str
    at_lap: int
    gap_s: float
    pace_advantage_s: float
    pace_advantage_low_s: float
    pace_advantage_high_s: float
    laps: tuple[int, ...]
    p_passed: tuple[float, ...]
    p_low: tuple[float, ...]
    p_high: tuple[float, ...]
    expected_lap: float | None

    def __repr__(self) -> str:
        """Who, when, and the chance at the end."""
        when = "" if self.expected_lap is None else f", about lap {self.expected_lap:.0f}"
        return (
            f"BattleForecast({self.attacker} on {self.defender} from lap {self.at_lap}, "
            f"{self.gap_s:.1f} s behind: {self.p_passed[-1]:.0%} by lap {self.laps[-1]}{when})"
        )

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        names = [n for n in self.__dataclass_fields__ if n not in ("laps", *_CURVE)]
        return {n: getattr(self, n) for n in names} | {"curve": self.to_frame().to_dict("records")}

    def to_frame(self) -> pd.DataFrame:
        """The curve: ``lap, p_passed, p_low, p_high``."""
        columns = {"lap": self.laps, **{name: getattr(self, name) for name in _CURVE}}
        return pd.DataFrame({name: list(values) for name, values in columns.items()})


_CURVE = ("p_passed", "p_low", "p_high")


def battle_forecast(
    weekend: Weekend | RaceField,
    attacker: str,
    defender: str,
    at_lap: int | None = None,
    *,
    laps: int = 10,
    seed: int = 0,
) -> BattleForecast:
    """Forecast a battle on the road.

    Parameters
    ----------
    weekend : Weekend or RaceField
        A field stands for the moment it describes.
    attacker, defender : str
        Driver codes: the car behind and the car ahead of it.
    at_lap : int, optional
        The last lap known; needed with a weekend.
    laps : int
        How far to look [laps].
    seed : int

    Returns
    -------
    BattleForecast

    Raises
    ------
    InvalidInput
        The attacker is not behind the defender on the same lap, one of them is out, the race
        is over, or ``laps`` is less than 1.
    """
    laps, seed = whole_number("laps", laps, 1), whole_number("seed", seed)
    field = field_of(weekend, at_lap)
    ahead, behind = car_number(field, defender), car_number(field, attacker)
    check_running(field, ahead, behind)
    if ahead == behind:
        raise InvalidInput(f"a battle takes two cars, and {attacker} was named twice.")
    gap = gap_s(field, ahead, behind)
    if gap <= 0:
        raise InvalidInput(
            f"{attacker} is not behind {defender} after lap {field.state.lap}; "
            "name the car behind first."
        )
    last = min(field.state.lap + laps, field.n_laps)
    if last <= field.state.lap:
        raise InvalidInput(
            f"laps={laps} after lap {field.state.lap} of {field.n_laps}: nothing to forecast."
        )
    coming = np.arange(field.state.lap + 1, last + 1)
    own, other = (_laps_s(field, car, coming) for car in (behind, ahead))
    per_draw = _curves(field, gap, own, other, (behind, ahead), seed)
    passed = per_draw.mean(axis=0)
    low, high = np.quantile(per_draw, LEVELS, axis=0)
    advantage = (other - own).mean(axis=1)
    likely = passed[-1] > 1 / 2
    mean_lap = float(np.diff(passed, prepend=0.0) @ coming / passed[-1]) if likely else None
    least, most = np.quantile(advantage, LEVELS).tolist()
    return BattleForecast(
        year=field.year,
        event=field.event,
        attacker=attacker,
        defender=defender,
        at_lap=field.state.lap,
        gap_s=gap,
        pace_advantage_s=float(advantage.mean()),
        pace_advantage_low_s=least,
        pace_advantage_high_s=most,
        laps=tuple(coming.tolist()),
        p_passed=tuple(passed.tolist()),
        p_low=tuple(low.tolist()),
        p_high=tuple(high.tolist()),
        expected_lap=mean_lap,
    )


def _laps_s(field: RaceField, car: int, coming: NDArray[np.int64]) -> Floats:
    """Predicted laps of a car on the set it is on, shape (n_draws, laps) [s]."""
    steps = AGE_STEPS_PER_LAP * np.arange(1, len(coming) + 1)
    age = int(field.state.age_steps[car]) + steps
    return expected_laps_s(field, car, int(field.state.compound[car]), age, coming)


def _curves(
    field: RaceField,
    gap: float,
    own: Floats,
    other: Floats,
    cars: tuple[int, int],
    seed: int,
) -> Floats:
    """Chance of having passed by each lap under each draw, shape (n_draws, laps)."""
    rng = np.random.default_rng(seed)
    air, (behind, ahead) = field.passing, cars
    draws, n_laps = own.shape
    spread = float(np.hypot(field.model.noise_s[behind], field.model.noise_s[ahead]))
    older = int(field.state.age_steps[ahead] - field.state.age_steps[behind]) / AGE_STEPS_PER_LAP
    gaps = np.full((draws, _PER_DRAW), gap)
    still_behind = np.ones_like(gaps)
    out = np.empty((draws, n_laps))
    for lap in range(n_laps):
        advantage = (other - own)[:, lap, None]
        dirty = air.dirty_air_s * dirty_air_share(gaps, air.dirty_reach_s)
        driven = gaps - advantage + dirty + spread * rng.standard_normal(gaps.shape)
        meets = (gaps <= air.reach_s) | (driven < air.follow_s)
        chance = np.where(meets, pass_chance(air, gaps, advantage, older), 0.0)
        still_behind = still_behind * (1.0 - chance)
        out[:, lap] = 1.0 - still_behind.mean(axis=1)
        gaps = np.maximum(driven, air.follow_s)
    return out


def pass_chance(air: Passing, gap_s: Floats, advantage_s: Floats, older_laps: float) -> Floats:
    """Chance of a pass on a lap on which two cars meet, by the gap it began with.

    Parameters
    ----------
    air : Passing
    gap_s, advantage_s : ndarray
        Gap at the start of the lap and predicted pace of the car behind against the other [s].
    older_laps : float
        How much older the tyres of the car ahead are [laps].
    """
    return pass_probability(np.minimum(gap_s, air.reach_s), advantage_s, older_laps, air)
