"""What the table of distributions shows: numbers read off each calculation, group by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from f1lab.calc.estimate import Estimate
    from f1lab.compare._calculations import LapCalculations

__all__ = ["GROUPS", "Number", "numbers_of"]

_AGE_LAPS = 15


@dataclass(frozen=True)
class Number:
    """One row of the table: where it is read, and what to know about it.

    ``read`` takes a calculation's answer and gives its values, by what stands after the label
    (a compound, a flag; ``""`` for nothing).
    """

    label: str
    unit: str
    calculation: str
    read: Callable[[Any], Iterator[tuple[str, float]]]
    remark: str = ""


def _value(name: str) -> Callable[[Any], Iterator[tuple[str, float]]]:
    """Value of a field that is an estimate or a number; nothing where it is None."""

    def read(answer: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  (any answer)
        found = getattr(answer, name)
        if found is not None:
            yield "", float(getattr(found, "value", found))

    return read


def _width(name: str) -> Callable[[Any], Iterator[tuple[str, float]]]:
    def read(answer: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  (any answer)
        found: Estimate | None = getattr(answer, name)
        if found is not None:
            yield "", found.high - found.low

    return read


def _curves(read: Callable[[Any], float]) -> Callable[[Any], Iterator[tuple[str, float]]]:
    return lambda answer: ((curve.compound, read(curve)) for curve in answer.curves)


def _pairs(answer: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  (any answer)
    return ((f"{pair.compound} − {pair.against}", pair.delta_s.value) for pair in answer)


def _risks(answer: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  (any answer)
    return (("", risk.value) for risk in answer.per_lap.values())


def _flags(name: str) -> Callable[[Any], Iterator[tuple[str, float]]]:
    def read(answer: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  (any answer)
        for own in answer.flags:
            found = getattr(own, name)
            if found is not None:
                yield own.flag, found.value

    return read


def _window(answer: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  (any answer)
    if answer.window is not None:
        yield "", answer.window.high_c.value - answer.window.low_c.value


def _warm_up(answer: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  (any answer)
    if answer.warm_up is not None:
        yield "", answer.warm_up.loss_s[0].value


def _clean_trap(answer: Any) -> Iterator[tuple[str, float]]:  # noqa: ANN401  (any answer)
    if answer.clean is not None:
        yield "", answer.clean.kmh.value


GROUPS: dict[str, tuple[Number, ...]] = {
    "Tyre": (
        Number(
            "wear slope", "s/lap", "degradation_curve",
            _curves(lambda c: c.slope_s_per_lap.value), "never negative",
        ),
        Number(
            "width of its interval", "s/lap", "degradation_curve",
            lambda a: (("", c.slope_s_per_lap.high - c.slope_s_per_lap.low) for c in a.curves),
        ),
        Number(
            f"loss at {_AGE_LAPS} laps", "s", "degradation_curve",
            _curves(lambda c: float(np.interp(_AGE_LAPS, c.age_laps, c.loss_s))),
        ),
        Number(
            "compound delta at 5 laps,", "s", "compound_delta", _pairs,
            "about nothing on average: what tyres are chosen for is in how they are driven",
        ),
        Number(
            "tyre life", "laps", "tyre_life_projection", _value("laps"),
            "the largest are the race distance: the tyre outlasts the race",
        ),
        Number("chance to outlast the race", "-", "tyre_life_projection", _value("outlasts")),
        Number(
            "share of draws beyond the oldest age raced", "-", "tyre_life_projection",
            _value("extrapolated"), "half of the projections need ages nobody drove",
        ),
        Number(
            "width of thermal window", "°C", "thermal_window", _window,
            "one race rarely spans 5 °C; widths below 1 °C lie at the edge of what was seen (open)",
        ),
        Number(
            "warm-up loss, first flying lap", "s", "thermal_window", _warm_up,
            "negative: the new tyre is quicker at once; the largest follow red flags",
        ),
        Number(
            "push penalty", "s/lap per s", "push_penalty", _value("extra_wear_s_per_lap_per_s"),
            "positive in the median, wide in any one race",
        ),
    ),
    "Driver": (
        Number("consistency sigma", "s", "consistency_metrics", _value("sigma_s")),
        Number("consistency MAD", "s", "consistency_metrics", _value("mad_s")),
        Number("share within 0.2 s", "-", "consistency_metrics", _value("within")),
        Number(
            "error risk per lap", "-", "error_risk", _risks,
            "deleted laps, offs and slow laps in clean air; one race hardly tells drivers apart",
        ),
        Number(
            "racecraft, one race", "logit", "racecraft_score", _value("score"),
            "close to nothing by construction: a race has a few chances",
        ),
        Number(
            "pressure", "s/lap", "pressure_index", _value("delta_s_per_lap"),
            "eight laps each way in clean air ahead are rare in one race: join races",
        ),
    ),
    "Track": (
        Number(
            "track gain over the race", "s", "track_evolution", _value("gain_s"),
            "the largest are drying tracks",
        ),
        Number("width of its interval", "s", "track_evolution", _width("gain_s")),
        Number(
            "sector delta, lap, against the winner", "s", "sector_delta", _value("lap_s"),
            "corrected for fuel, tyres and traffic",
        ),
        Number("speed trap, clean", "km/h", "straight_line_speed", _clean_trap),
        Number(
            "tow (with DRS) gain", "km/h", "straight_line_speed", _value("tow_gain_kmh"),
            "where the trap is not on the DRS straight a car close behind is the slower one there",
        ),
    ),
    "Traffic": (
        Number("dirty air, right behind", "s/lap", "traffic_impact", _value("dirty_air_s")),
        Number(
            "blue flag", "s", "traffic_impact", _value("blue_flag_s"),
            "the largest is two laps in Jeddah 2022, its interval far too narrow",
        ),
        Number("lapping", "s", "traffic_impact", _value("lapping_s")),
        Number(
            "DRS gain", "s/lap", "drs_advantage", _value("gain_s"),
            "a lower bound: the gap is known at the line only",
        ),
        Number("DRS gain at the trap", "km/h", "drs_advantage", _value("speed_kmh")),
        Number(
            "expected passes of a race", "-", "overtake_probability",
            lambda a: iter([("", float(a.p.sum()))]),
        ),
        Number(
            "chance of the pass within 5 laps, closest fight at half distance", "-",
            "battle_prediction", lambda a: iter([("", float(a.p_passed[-1]))]),
        ),
    ),
    "Race state": (
        Number(
            "pit loss", "s", "pit_loss", _flags("loss_s"),
            "the largest: four stops on a drying track, Singapore 2022 (9 to 144 s)",
        ),
        Number(
            "pit loss against green", "-", "pit_loss", _flags("factor"),
            "one race: a queue closing up, or a VSC that ends, makes it anything",
        ),
        Number("fuel, first lap", "s", "fuel_effect", lambda a: iter([("", float(a.loss_s[0]))])),
        Number(
            "undercut of three laps", "s", "undercut_delta",
            lambda a: iter([("", float(a.gain_s[-1]))]),
            "on clear road, for a new set of the same compound; traffic decides the real ones",
        ),
    ),
    "Weather": (
        Number(
            "least grip of a wet race", "-", "grip_evolution", lambda a: iter([("", float(a.grip.min()))])
        ),
        Number(
            "most grip while wet", "-", "grip_evolution", lambda a: iter([("", float(a.grip.max()))]),
            "against dry laps of the same race: fuel lifts it above 1",
        ),
        Number("crossover", "lap", "crossover_lap", _value("lap")),
        Number("cooling index", "-", "cooling_margin", _value("index"), "lowest in Mexico"),
        Number("air density", "kg/m³", "cooling_margin", _value("density_kgm3")),
        Number("rain changes", "-", "weather_volatility", _value("rain_changes")),
        Number(
            "rain begins or ends within 10 min", "-", "weather_volatility",
            _value("rain_change_per_10min"),
        ),
        Number("air temperature spread", "°C", "weather_volatility", _value("air_spread_c")),
        Number("track temperature spread", "°C", "weather_volatility", _value("track_spread_c")),
        Number("largest drift of the track in 10 min", "°C", "weather_volatility", _value("track_drift_c")),
        Number("wind spread", "m/s", "weather_volatility", _value("wind_spread_ms")),
        Number("wind turn", "°", "weather_volatility", _value("wind_turn_deg")),
    ),
}  # fmt: skip


def numbers_of(found: LapCalculations) -> Iterator[tuple[Number, str, float]]:
    """Every number of the table one race gives: its row, what stands after the label, the value."""
    for rows in GROUPS.values():
        for row in rows:
            for subject, answer in found.answers.get(row.calculation, {}).items():
                named = subject if subject in _NAMED else ""
                for suffix, value in row.read(answer):
                    yield row, suffix or named, value


#: Subjects that get a row of their own; drivers do not.
_NAMED = ("SOFT", "MEDIUM", "HARD", "wetting", "drying")
