"""The tables of an analyzed race."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from f1lab.analyze._conditions import weather_rows
from f1lab.compare._text import columns

if TYPE_CHECKING:
    from f1lab.analyze.race_analysis import RaceAnalysis
    from f1lab.calc.estimate import Estimate

__all__ = ["figure", "tables"]

#: Tyre age the wear of the compounds is given at [green-flag laps].
_AGE_LAPS = 15

Row = dict[str, Any]


def tables(race: RaceAnalysis) -> dict[str, pd.DataFrame]:
    """Tables of a race by title, those with nothing in them left out."""
    found = {
        "Race pace, with fuel, tyres and traffic equal": _pace(race),
        "Result": [vars(runner) for runner in race.runners],
        "Tyres": _tyres(race),
        "Compounds at equal age and fuel": _compounds(race),
        "What a stop cost": _stops(race),
        "Seconds lost to the winner by plan, stops and incidents": _against_winner(race),
        "Neutralised laps": [vars(phase) for phase in race.neutralised],
        "Crossovers": _crossovers(race),
        "Track, fuel and other cars": _effects(race),
        "Weather during the race": _weather(race),
    }
    return {title: pd.DataFrame(rows) for title, rows in found.items() if rows}


def figure(what: str, told: Estimate | None, unit: str) -> Row:
    """A row of a table whose rows have units of their own."""
    ends = (None,) * 3 if told is None else (told.value, told.low, told.high)
    return dict(
        zip(("what", "value", "value_low", "value_high", "unit"), (what, *ends, unit), strict=True)
    )


def _pace(race: RaceAnalysis) -> list[Row]:
    return [
        {
            "place": place,
            "driver": own.driver,
            "team": own.team,
            **columns("behind_best", own.behind_best, "s_per_lap"),
            "racing laps": own.n_laps,
        }
        for place, own in enumerate(race.pace, 1)
    ]


def _tyres(race: RaceAnalysis) -> list[Row]:
    rows = []
    for curve in race.degradation.curves if race.degradation is not None else ():
        life, thermal = race.life.get(curve.compound), race.thermal.get(curve.compound)
        warm_up = None if thermal is None else thermal.warm_up
        at_age = (
            curve.age_laps.tolist().index(_AGE_LAPS) if len(curve.age_laps) > _AGE_LAPS else None
        )
        rows.append(
            {
                "compound": curve.compound,
                **columns("wear", curve.slope_s_per_lap, "s_per_lap"),
                f"lost at {_AGE_LAPS} laps_s": None if at_age is None else curve.loss_s[at_age],
                **columns("worth_a_stop_after", None if life is None else life.laps, "laps"),
                "laps to warm up": None if warm_up is None else warm_up.laps,
                "laps": curve.n_laps,
                "drivers": curve.n_drivers,
                "from data_share": curve.data_share,
            }
        )
    return rows


def _compounds(race: RaceAnalysis) -> list[Row]:
    return [
        {
            "compound": pair.compound,
            "against": pair.against,
            "at age_laps": pair.age_laps,
            **columns("delta", pair.delta_s, "s"),
            "drivers on both": pair.n_shared_drivers,
        }
        for pair in race.compounds
    ]


def _stops(race: RaceAnalysis) -> list[Row]:
    return [
        {
            "flag": own.flag,
            **columns("cost", own.loss_s, "s"),
            "lane at best_s": own.lane_s,
            "typical stop beyond_s": own.stop_s,
            "stops": own.n,
        }
        for own in (race.stops.flags if race.stops is not None else ())
    ]


def _against_winner(race: RaceAnalysis) -> list[Row]:
    return [
        {
            "driver": own.driver,
            "laps compared": own.laps_compared,
            "gap_s": own.gap_s,
            **columns("strategy", own.strategy, "s"),
            "places by strategy": own.places_by_strategy,
            **columns("pit_execution", own.pit_execution, "s"),
            **columns("incidents", own.incidents, "s"),
        }
        for own in race.against_winner
    ]


def _crossovers(race: RaceAnalysis) -> list[Row]:
    return [
        {
            "to": "slicks" if found.drying else "intermediates",
            **columns("after_lap", found.lap, "laps"),
            "read from": "lap times of both" if found.method == "curves" else "a threshold",
            "laps on the drier": found.n_drier,
            "laps on the wetter": found.n_wetter,
        }
        for found in race.crossovers.values()
    ]


def _effects(race: RaceAnalysis) -> list[Row]:
    track, fuel, traffic, drs = race.track, race.fuel, race.traffic, race.drs
    told = (
        ("track gained over the race", None if track is None else track.gain_s, "s"),
        ("fuel, by weight (prior)", None if fuel is None else fuel.s_per_kg, "s/kg"),
        ("fuel, burnt in a lap", None if fuel is None else fuel.per_lap_s, "s/lap"),
        ("right behind another car", None if traffic is None else traffic.dirty_air_s, "s/lap"),
        ("being lapped", None if traffic is None else traffic.blue_flag_s, "s/lap"),
        ("lapping", None if traffic is None else traffic.lapping_s, "s/lap"),
        ("gained with DRS", None if drs is None else drs.gain_s, "s/lap"),
        ("grip while wet", None if race.grip is None else race.grip.trend_per_lap, "per lap"),
    )
    return [figure(what, value, unit) for what, value, unit in told if value is not None]


def _weather(race: RaceAnalysis) -> list[Row]:
    rows = weather_rows(race.conditions)
    if race.cooling is not None:
        index = race.cooling.index
        ends = {"mean": index.value, "least": index.low, "most": index.high}
        rows.append({"what": "cooling headroom (1 = 25 °C at sea level)", **ends, "unit": ""})
    unsettled = race.weather
    if unsettled is not None and unsettled.track_drift_c is not None:
        moved = {"what": "track temperature within 10 min", "most": unsettled.track_drift_c}
        rows.append({**moved, "unit": "°C"})
    return rows
