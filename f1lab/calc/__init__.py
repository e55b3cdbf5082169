"""Pure calculations: arrays and floats in, arrays or small frozen dataclasses out.

Seven topics, 31 calculations, each with its uncertainty or a refusal. ``from f1lab.calc import
degradation_curve`` loads only the module it lives in.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from f1lab.calc.car import (
        drag_penalty,
        kerb_compliance,
        mechanical_grip_delta,
        power_delta,
        setup_flexibility,
    )
    from f1lab.calc.driver import (
        adaptability,
        consistency_metrics,
        error_risk,
        pressure_index,
        racecraft_score,
    )
    from f1lab.calc.race_state import (
        fuel_effect,
        pit_loss,
        safety_car_probability,
        undercut_delta,
    )
    from f1lab.calc.track import (
        sector_delta,
        straight_line_speed,
        track_evolution,
        turn_delta,
    )
    from f1lab.calc.traffic import (
        battle_prediction,
        drs_advantage,
        overtake_probability,
        traffic_impact,
    )
    from f1lab.calc.tyre import (
        compound_delta,
        degradation_curve,
        push_penalty,
        thermal_window,
        tyre_life_projection,
    )
    from f1lab.calc.weather import (
        cooling_margin,
        crossover_lap,
        grip_evolution,
        weather_volatility,
    )

__all__ = [
    "CALCULATIONS",
    "adaptability",
    "battle_prediction",
    "compound_delta",
    "consistency_metrics",
    "cooling_margin",
    "crossover_lap",
    "degradation_curve",
    "drag_penalty",
    "drs_advantage",
    "error_risk",
    "fuel_effect",
    "grip_evolution",
    "kerb_compliance",
    "mechanical_grip_delta",
    "overtake_probability",
    "pit_loss",
    "power_delta",
    "pressure_index",
    "push_penalty",
    "racecraft_score",
    "safety_car_probability",
    "sector_delta",
    "setup_flexibility",
    "straight_line_speed",
    "thermal_window",
    "track_evolution",
    "traffic_impact",
    "turn_delta",
    "tyre_life_projection",
    "undercut_delta",
    "weather_volatility",
]

_BY_TOPIC = {
    "car": (
        "power_delta",
        "drag_penalty",
        "mechanical_grip_delta",
        "setup_flexibility",
        "kerb_compliance",
    ),
    "tyre": (
        "degradation_curve",
        "compound_delta",
        "thermal_window",
        "tyre_life_projection",
        "push_penalty",
    ),
    "driver": (
        "consistency_metrics",
        "error_risk",
        "racecraft_score",
        "pressure_index",
        "adaptability",
    ),
    "track": ("track_evolution", "turn_delta", "sector_delta", "straight_line_speed"),
    "weather": ("grip_evolution", "cooling_margin", "crossover_lap", "weather_volatility"),
    "traffic": ("overtake_probability", "drs_advantage", "battle_prediction", "traffic_impact"),
    "race_state": ("fuel_effect", "pit_loss", "undercut_delta", "safety_car_probability"),
}

#: Topic (and module) of each calculation.
CALCULATIONS = {name: topic for topic, names in _BY_TOPIC.items() for name in names}


def __getattr__(name: str) -> Any:  # noqa: ANN401  (whichever calculation it is)
    """Load a calculation when it is first asked for."""
    if name in CALCULATIONS:
        return getattr(import_module(f"f1lab.calc.{CALCULATIONS[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    """Name the public calculations, loaded or not."""
    return sorted(__all__)
