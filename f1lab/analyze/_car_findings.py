"""What an analyzed car shows, in sentences read off its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.compare._text import clear, spoken_list
from f1lab.compare.traces import numbered_as_found

if TYPE_CHECKING:
    from collections.abc import Iterator

    from f1lab.analyze.car_analysis import CarAnalysis
    from f1lab.calc.estimate import Estimate

__all__ = ["findings"]

_KINDS = ("slow", "medium", "fast")
#: A score this far from ½ is worth a word.
_USUAL = 0.5


def findings(own: CarAnalysis) -> tuple[str, ...]:
    """Sentences from the most to the least important."""
    return (
        *_pace(own),
        *_corners(own),
        *_engine(own),
        *_speed(own),
        *_flexibility(own),
        *_kerbs(own),
        *_battery(own),
        *_wear(own),
        *_crew(own),
    )


def _size(told: Estimate, digits: int, unit: str) -> str:
    ends = sorted((abs(told.low), abs(told.high)))
    return (
        f"{abs(told.value):.{digits}f} {unit} (90 %: {ends[0]:.{digits}f} to {ends[1]:.{digits}f})"
    )


def _between(told: Estimate, digits: int) -> str:
    return f"90 %: {told.low:+.{digits}f} to {told.high:+.{digits}f}"


def _pace(own: CarAnalysis) -> Iterator[str]:
    if own.pace is None:
        return
    gap = own.pace.s_per_lap
    if clear(gap):
        word = "quicker" if gap.value < 0 else "slower"
        ends = sorted((abs(gap.low), abs(gap.high)))
        yield (
            f"With {own.driver} the car raced {abs(gap.value):.2f} s a lap {word} than the mean of "
            f"the field (90 %: {ends[0]:.2f} to {ends[1]:.2f})."
        )
    else:
        yield (
            f"With {own.driver} the car's race pace cannot be told from the mean of the field "
            f"({gap.value:+.2f} s a lap, {_between(gap, 2)})."
        )


def _corners(own: CarAnalysis) -> Iterator[str]:
    """Mean place by kind of corner, and the corner furthest off the best."""
    parts = []
    for kind in _KINDS:
        alike = [corner for corner in own.corners if corner.kind == kind]
        if alike:
            place = float(np.mean([corner.place for corner in alike]))
            off = float(np.mean([corner.best_kmh - corner.apex_kmh for corner in alike]))
            parts.append(f"{kind} ones {off:.1f} km/h (mean place {place:.0f} of {alike[0].of})")
    if parts:
        yield f"Least speed in corners, off the best car's: {spoken_list(parts)}."
        worst = max(own.corners, key=lambda corner: corner.best_kmh - corner.apex_kmh)
        yield (
            f"Furthest off in corner {worst.corner}: {worst.apex_kmh:.0f} km/h against "
            f"{worst.best_kmh:.0f} km/h of {worst.best_driver}."
        )
        yield from numbered_as_found(
            [corner.corner for corner in own.corners], [corner.apex_m for corner in own.corners]
        )


def _engine(own: CarAnalysis) -> Iterator[str]:
    power, drag = own.profile.power_w_per_kg, own.drag_at_300_g
    if power is not None:
        yield f"Effective power {_size(power, 0, 'W/kg')}."
    if drag is not None:
        yield f"At 300 km/h drag slows the car by {_size(drag, 2, 'g')}."


def _speed(own: CarAnalysis) -> Iterator[str]:
    speed = own.profile.top_speed
    if speed is not None and speed.clean is not None:
        clean = speed.clean
        yield (
            f"Speed trap without a tow: {clean.kmh.value:.0f} km/h at the median of {clean.n_laps} "
            f"laps, at best {clean.best_kmh:.0f} km/h."
        )


def _flexibility(own: CarAnalysis) -> Iterator[str]:
    found = own.profile.flexibility
    if found is not None and (found.score.low > _USUAL or found.score.high < _USUAL):
        word = "more" if found.score.value > _USUAL else "less"
        yield f"Over the kinds of road of this lap the car is {word} even than the usual one."


def _kerbs(own: CarAnalysis) -> Iterator[str]:
    found = own.profile.kerbs
    if found is not None and clear(found.speed_kept_pct):
        word = "more" if found.speed_kept_pct.value > 0 else "less"
        yield (
            f"Through chicanes it keeps {_size(found.speed_kept_pct, 1, '%')} {word} speed than its "
            "single corners promise (a proxy)."
        )


def _battery(own: CarAnalysis) -> Iterator[str]:
    found = own.profile.ers
    if found is not None and clear(found.clipped_s_per_lap):
        yield (
            f"At the end of straights it stops gaining speed for {_size(found.clipped_s_per_lap, 1, 's')} "
            "a lap (a proxy for the battery; lifting early hides it)."
        )


def _wear(own: CarAnalysis) -> Iterator[str]:
    wear = own.profile.wear_s_per_lap
    if wear is not None and clear(wear):
        word = "more" if wear.value > 0 else "less"
        yield f"It wore its tyres {_size(wear, 3, 's')} per lap of age {word} than the field."


def _crew(own: CarAnalysis) -> Iterator[str]:
    crew = own.crew
    if crew is not None:
        side = "lost" if crew.lost_s > 0 else "gained"
        stops = "tyre stop" if crew.n_stops == 1 else "tyre stops"
        yield (
            f"In {crew.n_stops} {stops} {own.team} {side} {abs(crew.lost_s):.1f} s against the usual "
            f"{crew.usual}."
        )
