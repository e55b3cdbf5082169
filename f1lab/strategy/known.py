"""The field a question is asked of: a weekend as it was known at a moment, or a field as given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.data.schema import DRY_COMPOUNDS, Weekend
from f1lab.engine.field import from_weekend
from f1lab.engine.inputs import RaceField
from f1lab.errors import InvalidInput, NoData

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.engine.form import PaceRecord

__all__ = ["field_of", "rain_not_foreseen", "tyre_of_q2"]

#: Until this season the first ten on the grid started on the tyre of their best lap in Q2.
_LAST_Q2_TYRE_SEASON = 2021
_BOUND_SLOTS = 10


def field_of(
    weekend: Weekend | RaceField,
    at_lap: int | None,
    *,
    otherwise: int | None = None,
    history: Sequence[PaceRecord] | None = None,
) -> RaceField:
    """Field of a weekend as known after ``at_lap`` laps (0: before the race), or the field given.

    A weekend without a lap is looked at after ``otherwise`` laps, if that is allowed at all;
    ``history`` is what earlier races showed.

    Raises
    ------
    InvalidInput
        A weekend without a lap, or a lap that is not the field's own.
    NoData
        Nobody knows what tyres any car is on.
    """
    if isinstance(weekend, Weekend):
        lap = otherwise if at_lap is None else at_lap
        if lap is None:
            raise InvalidInput("at_lap is missing: name the last lap known.")
        _require_tyres(weekend, lap)
        return from_weekend(weekend, lap or "pre-race", history=history)
    if not isinstance(weekend, RaceField):
        raise InvalidInput(
            f"a weekend or a field is asked for, not a {type(weekend).__name__}: f1lab.load gives one."
        )
    if at_lap not in (None, weekend.state.lap):
        raise InvalidInput(
            f"at_lap={at_lap} was given with a field that stands after lap {weekend.state.lap}; "
            "leave it out, or give the weekend."
        )
    return weekend


def _require_tyres(weekend: Weekend, lap: int) -> None:
    """Refuse a race of which no tyre is known: any plan from there would be a guess."""
    driven = weekend.race.laps.loc[weekend.race.laps["lap"] <= lap, "compound"]
    if len(driven) and (driven == "UNKNOWN").all():
        raise NoData(
            f"up to lap {lap} of the {weekend.year} {weekend.event} the data name nobody's tyres, so "
            "plans from there cannot be weighed. Ask before the race (at_lap=0), or another race."
        )


def tyre_of_q2(weekend: Weekend | RaceField, driver: str) -> str | None:
    """Compound a driver had to start on by the rule of 2014 to 2021; None when he was free.

    He was free from slot 11, in the wet, and in other seasons; without qualifying laps nobody
    can tell, and he counts as free.
    """
    if not isinstance(weekend, Weekend) or weekend.qualifying is None:
        return None
    if weekend.year > _LAST_Q2_TYRE_SEASON:
        return None
    grid = weekend.race.results.set_index("driver")["grid"].get(driver)
    best = weekend.qualifying.results.set_index("driver")["q2_s"].get(driver)
    if grid is None or best is None or not grid <= _BOUND_SLOTS:
        return None
    laps = weekend.qualifying.laps
    fitted = laps.loc[(laps["driver"] == driver) & (laps["lap_time_s"] == best), "compound"]
    return next((name for name in fitted if name in DRY_COMPOUNDS), None)


def rain_not_foreseen(weekend: Weekend | RaceField, lap: int) -> str | None:
    """What to say of plans made while it rains, or before a wet start; None on a dry track."""
    if not isinstance(weekend, Weekend):
        return None
    race = weekend.race
    now = race.laps[race.laps["lap"] == max(lap, 1)]
    wet = int(now["compound"].isin(["INTERMEDIATE", "WET"]).sum())
    if lap == 0 and wet:
        return (
            f"{wet} of {len(now)} cars started on rain tyres: the weather is not foreseen here, "
            "these plans are for a dry race. Ask again after a lap (at_lap)."
        )
    told = race.weather[race.weather["time_s"] <= now["time_s"].min()]
    if lap and (wet or (len(told) and told["rainfall"].iloc[-1])):
        return "rain: that the track gets wetter is not foreseen here, only that it dries."
    return None
