"""Rain: how often it comes, how long the track stays wet, and what it does to each tyre class.

A race counts as wet when cars raced on rain tyres. Wetness goes in :data:`STEPS` steps. Two of
them are anchored in measured crossovers: at step 2 slicks and intermediates are level, at
step 5 intermediates and wets. Between and beyond them the losses are laid on straight lines,
the part of the table that is assumed rather than measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.racemodel.laps import SLICK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.engine.calibrate_seen import PastRace

    Floats = NDArray[np.float64]

__all__ = ["weather_table"]

STEPS = 6
_SLICK_STEP, _WET_STEP = 2, 5
_PSEUDO_RACES = 4.0
#: Classes this close to each other are level [share of a dry lap].
_LEVEL = 0.015
_MIN_DRY_LAPS = 80
_DRYING_REACH_LAPS = 5
#: A slick this close to a dry lap is on a track that has all but dried [share].
_NEARLY_DRY = 0.04
#: Where a set of races shows too few such moments: shares of a dry lap, laps and seconds.
_FALLBACK = {
    "level_slick": 0.115,
    "level_wet": 0.27,
    "dry_intermediate": 0.05,
    "drying_laps": 4.0,
    "crossover_s": 2.0,
}


@dataclass(frozen=True, repr=False)
class _Moments:
    """Losses against a dry lap, lap by lap: ``loss`` (n, 3), and which classes were raced."""

    loss: Floats
    raced: NDArray[np.bool_]


def weather_table(races: Sequence[PastRace]) -> dict[str, Any]:
    """Chances of rain, its length, and what each class loses by wetness.

    ``class_share[k]`` is the loss of slicks, intermediates and wets on a track of ``k`` steps
    of wetness, as a share of a dry lap; ``wet_share`` the part of a wet race driven in the wet.
    """
    wet = np.array([_is_wet(race) for race in races])
    quali = [_wet_qualifying(race) for race in races]
    rainy = [race for race, is_wet in zip(races, wet, strict=True) if is_wet]
    share = (wet.sum() + 0.5) / (len(wet) + 1)

    def after(seen: bool) -> float:  # noqa: FBT001  (what qualifying saw)
        own = np.array([q is seen for q in quali])
        return float((wet[own].sum() + _PSEUDO_RACES * share) / (own.sum() + _PSEUDO_RACES))

    opening = [_wet_laps(race)[0] for race in rainy]
    moments = [_moments(race) for race in rainy]
    figures = _FALLBACK | _losses([m for m in moments if m is not None])
    changes = np.array([gain for race in rainy for gain in _gains_at_change(race)])
    if len(changes):
        figures["crossover_s"] = float(np.median(changes))
    return {
        "race_p": float(share),
        "race_after_wet_p": after(seen=True),
        "race_after_dry_p": after(seen=False),
        "from_start_share": (sum(opening) + 0.5) / (len(opening) + 1),
        "wet_share": float(np.mean([_wet_laps(race).mean() for race in rainy])) if rainy else 0.5,
        "class_share": _class_share(figures),
        "slick_step": _SLICK_STEP,
        **figures,
        "wet_races": len(rainy),
        "changes": len(changes),
    }


def _is_wet(race: PastRace) -> bool:
    return bool(race.laps.wet.any())


def _wet_qualifying(race: PastRace) -> bool | None:
    """Whether qualifying saw rain tyres; None when there is none."""
    qualifying = race.weekend.qualifying
    if qualifying is None:
        return None
    rain = qualifying.laps["compound"].isin(["INTERMEDIATE", "WET"])
    return bool(rain.mean() > 0.1)  # noqa: PLR2004  (more than a try)


def _wet_laps(race: PastRace) -> NDArray[np.bool_]:
    """Laps that most of the field drove on rain tyres."""
    on_rain = race.by_lap(race.laps.tyre_class != SLICK, np.nan)[:, 1:]
    running = np.isfinite(on_rain)
    return np.asarray(np.nansum(on_rain, axis=0) > running.sum(axis=0) / 2)


def _moments(race: PastRace) -> _Moments | None:
    """Track curves of a race that was also dry, against its own dry level."""
    laps, model = race.laps, race.model
    if (laps.racing & ~laps.wet).sum() < _MIN_DRY_LAPS:
        return None
    middle = np.arange(race.n_laps, dtype=np.float64) + 0.5
    curves = model.track(model.fit.coefficients[None], middle)[0]
    wet = np.unique(laps.lap[laps.wet])
    dry = ~np.isin(np.arange(race.n_laps) + 1, wet)
    level = float(np.median(curves[dry, SLICK]))
    return _Moments(curves / level - 1, model.choices(middle))


def _losses(moments: list[_Moments]) -> dict[str, float]:
    """Crossovers, intermediates on a track nearly dry, and how fast a track dries."""
    if not moments:
        return {}
    loss = np.concatenate([m.loss for m in moments])
    raced = np.concatenate([m.raced for m in moments])
    slick, intermediate, wet = loss.T
    both, rain = raced[:, 0] & raced[:, 1], raced[:, 1] & raced[:, 2]
    found = {
        "level_slick": intermediate[both & (np.abs(slick - intermediate) < _LEVEL)],
        "level_wet": intermediate[rain & (np.abs(wet - intermediate) < _LEVEL)],
        "dry_intermediate": (intermediate - slick)[both & (slick < _NEARLY_DRY)],
    }
    falls = np.concatenate([_falls(m) for m in moments])
    out = {name: float(np.median(own)) for name, own in found.items() if len(own)}
    out["dry_intermediate"] = max(out.get("dry_intermediate", 0.0), _FALLBACK["dry_intermediate"])
    step = (out.get("level_wet", 0.0) - out.get("level_slick", 0.0)) / (_WET_STEP - _SLICK_STEP)
    if len(falls) and step > 0:
        out["drying_laps"] = max(step / float(np.median(falls)), 1.0)
    return out


def _falls(moments: _Moments) -> Floats:
    """How much the intermediates' loss fell per lap wherever the track was drying."""
    loss = np.where(moments.raced[:, 1], moments.loss[:, 1], np.nan)
    fall = (loss[:-_DRYING_REACH_LAPS] - loss[_DRYING_REACH_LAPS:]) / _DRYING_REACH_LAPS
    return np.asarray(fall[np.isfinite(fall) & (fall > 0)])


def _class_share(figures: dict[str, float]) -> list[list[float]]:
    """Lay the losses of each class over the steps of wetness."""
    level, heavy, dry = (figures[n] for n in ("level_slick", "level_wet", "dry_intermediate"))
    step = np.arange(STEPS + 1.0)
    slope = (heavy - level) / (_WET_STEP - _SLICK_STEP)
    intermediate = np.interp(step, [0, _SLICK_STEP, _WET_STEP], [dry, level, heavy])
    intermediate += np.maximum(step - _WET_STEP, 0) * slope
    # each class loses to the better one as evenly as it wins on the other side of the crossover
    slick = intermediate + (step - _SLICK_STEP) * dry / _SLICK_STEP
    wet = intermediate + (_WET_STEP - step) * dry / _SLICK_STEP
    rows = zip(slick, intermediate, wet, strict=True)
    return [[float(loss) for loss in row] for row in rows]


def _gains_at_change(race: PastRace) -> list[float]:
    """What the class fitted was worth per lap when each car changed class [s]."""
    laps, model = race.laps, race.model
    changed = [s for s in race.stops if laps.tyre_class[s.in_row] != laps.tyre_class[s.out_row]]
    if not changed:
        return []
    at = np.array([laps.progress[s.in_row] for s in changed])
    old = np.array([laps.tyre_class[s.in_row] for s in changed])
    new = np.array([laps.tyre_class[s.out_row] for s in changed])
    curves = model.track(model.fit.coefficients[None], at)[0]
    raced = model.choices(at)
    each = np.arange(len(changed))
    both = raced[each, old] & raced[each, new]
    gain = curves[each, old] - curves[each, new]
    return [float(g) for g in gain[both]]
