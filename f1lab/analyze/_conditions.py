"""What the weather stations measured while a session ran."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from f1lab.calc.estimate import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from f1lab.data.schema import Session

__all__ = ["Conditions", "Measured", "conditions_of", "rain_sentence", "weather_rows"]

#: Share of samples with rain from which it is worth a word [-].
_SOME_RAIN = 0.02


@dataclass(frozen=True)
class Measured(Result):
    """Mean, least and greatest of what was measured, in the unit of the field that holds it."""

    mean: float
    least: float
    most: float


@dataclass(frozen=True)
class Conditions(Result):
    """Weather from the start of a session to its last lap; None for what was not measured."""

    air_c: Measured | None
    track_c: Measured | None
    wind_ms: Measured | None
    rain_share: float | None


def conditions_of(session: Session) -> Conditions:
    """Conditions of a session.

    Parameters
    ----------
    session : Session

    Returns
    -------
    Conditions
    """
    ran = session.weather["time_s"].between(session.start_s, session.laps["time_s"].max())
    during = session.weather[ran]
    return Conditions(
        air_c=_measured(during["air_temp_c"]),
        track_c=_measured(during["track_temp_c"]),
        wind_ms=_measured(during["wind_speed_ms"]),
        rain_share=float(during["rainfall"].mean()) if len(during) else None,
    )


def _measured(values: pd.Series[float]) -> Measured | None:
    known = values.dropna()
    if known.empty:
        return None
    return Measured(float(known.mean()), float(known.min()), float(known.max()))


def weather_rows(found: Conditions) -> list[dict[str, Any]]:
    """Rows of a table of the weather, each with its unit."""
    told = (
        ("air temperature", found.air_c, "°C"),
        ("track temperature", found.track_c, "°C"),
        ("wind", found.wind_ms, "m/s"),
    )
    rows: list[dict[str, Any]] = [
        {"what": what, "mean": own.mean, "least": own.least, "most": own.most, "unit": unit}
        for what, own, unit in told
        if own is not None
    ]
    if found.rain_share is not None:
        rows.append({"what": "samples with rain", "mean": 100 * found.rain_share, "unit": "%"})
    return rows


def rain_sentence(found: Conditions) -> Iterator[str]:
    """How much it rained, if it did."""
    if found.rain_share is not None and found.rain_share >= _SOME_RAIN:
        yield f"Rain was reported in {found.rain_share:.0%} of the weather samples."
