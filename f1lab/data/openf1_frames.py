"""OpenF1's rows of one session in, a raw :class:`~f1lab.data.schema.Session` out.

The repair that follows is the one every source goes through. What OpenF1 does not have is made
here of what it has: the clock at the end of a lap (:mod:`~f1lab.data.openf1_clock`), the flags
(:mod:`~f1lab.data.openf1_flags`), pit entries (:mod:`~f1lab.data.openf1_visits`) and tyres
(:mod:`~f1lab.data.openf1_tyres`) by lap. The session clock counts from an hour before the session
was to start.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data._aligned import aligned
from f1lab.data._carried import without_penalties
from f1lab.data._columns import median
from f1lab.data._log import where_laps
from f1lab.data.frames import RACE_KINDS
from f1lab.data.openf1_clock import crossings
from f1lab.data.openf1_flags import deleted_laps, ended_at_a_change, status_changes
from f1lab.data.openf1_tyres import stints_at_visits, with_kept_sets, with_tyres
from f1lab.data.openf1_visits import garage_visits, race_visits
from f1lab.data.schema import Session

if TYPE_CHECKING:
    from f1lab.data._log import RepairLog

__all__ = ["CLOCK_BEFORE_S", "raw_session"]

#: The session clock reads this at the scheduled start [s].
CLOCK_BEFORE_S = 3600.0
#: Sectors add up to their lap to this, or something was not measured [s].
_ADDS_UP_S = 0.003
_LAPS = {
    "lap_number": "lap",
    "lap_duration": "lap_time_s",
    "duration_sector_1": "sector1_s",
    "duration_sector_2": "sector2_s",
    "duration_sector_3": "sector3_s",
    "i1_speed": "speed_i1_kmh",
    "i2_speed": "speed_i2_kmh",
    "st_speed": "speed_trap_kmh",
    "is_pit_out_lap": "out_lap",
}
_PIT = {"lap_number": "lap", "lane_duration": "lane_s", "stop_duration": "stationary_s"}
_STINTS = {
    "stint_number": "stint",
    "lap_start": "first_lap",
    "lap_end": "last_lap",
    "tyre_age_at_start": "age_laps",
}
_WEATHER = {
    "air_temperature": "air_temp_c",
    "track_temperature": "track_temp_c",
    "humidity": "humidity_pct",
    "pressure": "pressure_hpa",
    "rainfall": "rainfall",
    "wind_speed": "wind_speed_ms",
    "wind_direction": "wind_direction_deg",
}
_MESSAGES = {"lap_number": "lap"}


@dataclass(frozen=True)
class _Clock:
    """The session clock, by the wall clock at its zero [s since 1970]."""

    zero_s: float

    def __call__(self, moment: pd.Series) -> pd.Series:
        """Session clock of a moment [s], to the ms."""
        return (moment - self.zero_s).round(3)


def raw_session(
    tables: dict[str, pd.DataFrame],
    kind: str,
    name: str,
    started_s: float,
    *,
    log: RepairLog,
) -> Session:
    """Make a raw session of the rows of OpenF1's endpoints.

    Parameters
    ----------
    tables : dict of str to pandas.DataFrame
        Frames of :func:`f1lab.data.openf1_fields.frame_of` by endpoint: drivers, laps, stints,
        pit, position, intervals, weather, race_control, session_result and starting_grid; empty
        where there is nothing.
    kind, name : str
        Such as ``"R"`` and ``"Race"``.
    started_s : float
        When the session was to start [s since 1970].
    log : RepairLog
        Where it is written what was estimated.

    Returns
    -------
    Session
        Frames for :func:`f1lab.data.repair.repair`.
    """
    clock = _Clock(started_s - CLOCK_BEFORE_S)
    race = kind in RACE_KINDS
    drivers = tables["drivers"].drop_duplicates("driver_number")
    code = drivers.set_index("driver_number")["name_acronym"]
    results = _results(tables, drivers, race=race, log=log)
    messages = _messages(tables["race_control"], clock)
    laps = _timed_laps(tables["laps"], drivers, code, clock, race=race)
    start_s = _start(laps) if race else np.nan
    if race:
        laps = aligned(laps, results, _gaps(tables["intervals"], code, clock))
        start_s = start_s if np.isfinite(start_s) else _start_by_result(laps, results, log)
        laps = _with_the_flag(laps, results, start_s, log)
    pit = tables["pit"].rename(columns=_PIT)
    pit = pit.assign(driver=pit["driver_number"].map(code), time_s=clock(pit["date"]))
    laps = race_visits(laps, pit, log=log) if race else garage_visits(laps, pit)
    stints = tables["stints"].rename(columns=_STINTS)
    stints = stints_at_visits(laps, stints.assign(driver=stints["driver_number"].map(code)))
    stints = with_kept_sets(laps, stints, messages, log=log) if race else stints
    laps = with_tyres(laps, stints)
    changes = status_changes(messages) if race or len(messages) else pd.DataFrame()
    if race:
        torn = laps[ended_at_a_change(changes, laps)]
        action = "a flag changed at the crossing, and race control tells whole seconds"
        log.add("flag_at_crossing", len(torn), action, where_laps(torn["driver"], torn["lap"]))
    weather = tables["weather"].rename(columns=_WEATHER)
    return Session(
        kind=kind,
        name=name,
        date=str(pd.Timestamp(started_s, unit="s").date()),
        start_s=start_s,
        total_laps=None,
        laps=laps.assign(deleted=deleted_laps(messages, laps), accurate=_accurate(laps)),
        results=results,
        weather=weather.assign(
            time_s=clock(weather["date"]), rainfall=weather["rainfall"].fillna(0) > 0
        ),
        messages=messages,
        track_status=changes,
    )


def _timed_laps(
    rows: pd.DataFrame, drivers: pd.DataFrame, code: pd.Series, clock: _Clock, *, race: bool
) -> pd.DataFrame:
    """Laps of each driver in order, with the clock at their end."""
    team = drivers.set_index("driver_number")["team_name"]
    laps = rows.rename(columns=_LAPS).drop_duplicates(["driver_number", "lap"])
    laps = laps.assign(
        driver=laps["driver_number"].map(code).fillna(laps["driver_number"].astype(str)),
        number=laps["driver_number"].astype(str),
        team=laps["driver_number"].map(team).fillna(""),
        lap_start_s=clock(laps["date_start"]),
    )
    if race:  # told is the time since the lights went out, by two moments: the repair does better
        laps["lap_time_s"] = laps["lap_time_s"].where(laps["lap"] > 1)
    parts = []
    for _, own in laps.groupby("driver", sort=False):
        ordered = own.sort_values("lap")
        parts.append(ordered.assign(time_s=crossings(ordered, race=race).round(3)))
    return pd.concat(parts, ignore_index=True) if parts else laps.assign(time_s=np.nan)


def _gaps(rows: pd.DataFrame, code: pd.Series, clock: _Clock) -> pd.DataFrame:
    """Gaps to the leader as they were shown [s]."""
    return pd.DataFrame(
        {
            "driver": rows["driver_number"].map(code),
            "time_s": clock(rows["date"]),
            "gap_s": pd.to_numeric(rows["gap_to_leader"], errors="coerce").astype(float),
        }
    )


def _start(laps: pd.DataFrame) -> float:
    """Session clock at lights out [s], as lap 1 tells it; NaN when it does not."""
    return median(laps.loc[laps["lap"] == 1, "lap_start_s"])


def _start_by_result(laps: pd.DataFrame, results: pd.DataFrame, log: RepairLog) -> float:
    """Session clock at lights out [s]: the winner's race time before the flag."""
    winner = results[results["finish"] == 1]
    ends = laps.loc[laps["driver"].isin(winner["driver"]), "time_s"]
    if len(winner) != 1 or ends.isna().all():
        return np.nan
    start_s = float(ends.max() - winner["gap_s"].iloc[0])
    log.add("start_derived", int(np.isfinite(start_s)), "lights out: the winner's race time back")
    return start_s


def _with_the_flag(
    laps: pd.DataFrame, results: pd.DataFrame, start_s: float, log: RepairLog
) -> pd.DataFrame:
    """Laps whose end nobody told; the winner's last is told by the race time.

    Lights out is a message like any other: who has an official gap, penalties aside, knows better.
    """
    gap = laps["driver"].map(results.set_index("driver")["gap_s"])
    ended = start_s + gap
    winner = laps["driver"].isin(results.loc[results["finish"] == 1, "driver"])
    last = laps["lap"] == laps["driver"].map(results.set_index("driver")["laps"])
    untold = winner & last & laps["time_s"].isna() & ended.notna()
    if untold.any():
        distance = laps.loc[untold, "lap"].iloc[0]
        late = (laps["time_s"] - gap - ended[untold].iloc[0])[last & (laps["lap"] == distance)]
        late = without_penalties(late.dropna())
        ended += median(late) if len(late) else 0.0
    log.add("flag_by_race_time", int(untold.sum()), "the winner's last lap ends by the race time")
    time_s = laps["time_s"].where(~untold, ended.round(3))
    return laps.assign(time_s=time_s, generated=time_s.isna() & laps["lap_time_s"].isna())


def _accurate(laps: pd.DataFrame) -> pd.Series:
    """Laps without a visit to the pits whose sectors add up."""
    parts = laps["sector1_s"] + laps["sector2_s"] + laps["sector3_s"]
    adds_up = (parts - laps["lap_time_s"]).abs() <= _ADDS_UP_S
    accurate: pd.Series = adds_up & laps["pit_in_s"].isna() & laps["pit_out_s"].isna()
    return accurate


def _messages(rows: pd.DataFrame, clock: _Clock) -> pd.DataFrame:
    """Race control's messages in order."""
    number = rows["driver_number"].map(lambda car: "" if np.isnan(car) else f"{car:.0f}")
    messages = rows.rename(columns=_MESSAGES).assign(time_s=clock(rows["date"]), number=number)
    ordered: pd.DataFrame = messages.sort_values("time_s", kind="stable").reset_index(drop=True)
    return ordered


def _results(
    tables: dict[str, pd.DataFrame], drivers: pd.DataFrame, *, race: bool, log: RepairLog
) -> pd.DataFrame:
    """Official result of each driver, as far as there is one."""
    result = tables["session_result"].drop_duplicates("driver_number")
    merged = drivers.merge(result, on="driver_number", how="left")
    told = merged["driver_number"].isin(result["driver_number"])
    table = pd.DataFrame(
        {
            "driver": merged["name_acronym"],
            "number": merged["driver_number"].astype(str),
            "name": [_name(row) for row in merged.to_dict("records")],
            "team": merged["team_name"],
            "team_colour": merged["team_colour"],
            "finish": merged["position"],
            "points": merged["points"],
            "laps": merged["number_of_laps"],
        }
    )
    if not race:
        return table.assign(**_best_times(merged))
    away, excluded = (merged[name].eq(other=True) for name in ("dns", "dsq"))
    table["status"] = [_status(row) for row in merged.to_dict("records")]
    table["gap_s"] = [_gap(row) for row in merged.to_dict("records")]
    table["classified_position"] = np.where(away, "W", "")
    if told.any():
        table["classified"] = merged["position"].notna() & ~away & ~excluded
        table["finish"] = _places(table, excluded)
    return table.assign(grid=_grid(tables, merged["driver_number"], log))


def _name(row: dict[Any, Any]) -> str:
    """Name as it is written, not with the surname in capitals."""
    spelt = f"{row['first_name']} {row['last_name']}".strip()
    return spelt or str(row["full_name"])


def _status(row: dict[Any, Any]) -> str:
    """How the race ended for a driver, in the words of the other sources."""
    for told, word in (("dsq", "Disqualified"), ("dns", "Did not start"), ("dnf", "Retired")):
        if row[told] is True:
            return word
    if isinstance(row["gap_to_leader"], str):
        return "Lapped"
    return "" if row["dnf"] is not False else "Finished"


def _gap(row: dict[Any, Any]) -> float:
    """Gap to the winner [s]; the race time of the winner; NaN for who was lapped."""
    gap = row["duration"] if row["position"] == 1 else row["gap_to_leader"]
    return float(gap) if isinstance(gap, int | float) else np.nan


def _places(table: pd.DataFrame, excluded: pd.Series) -> pd.Series:
    """Places of all: the classified as told, then the others by their laps."""
    rest = table["finish"].isna()
    order = (
        table[rest]
        .assign(_out=excluded[rest])
        .sort_values(["_out", "laps"], ascending=[True, False], kind="stable")
    )
    after = (~rest).sum() + 1.0 + np.arange(len(order))
    return table["finish"].fillna(pd.Series(after, index=order.index))


def _best_times(merged: pd.DataFrame) -> dict[str, Any]:
    """Best times of the parts of qualifying [s]."""
    told = [row if isinstance(row, list) else [] for row in merged["duration"]]
    return {
        f"q{part + 1}_s": [
            row[part] if part < len(row) and row[part] is not None else np.nan for row in told
        ]
        for part in range(3)
    }


def _grid(tables: dict[str, pd.DataFrame], numbers: pd.Series, log: RepairLog) -> pd.Series:
    """Grid slots; without a starting grid the places before the start."""
    grid = tables["starting_grid"].drop_duplicates("driver_number")
    if grid["position"].notna().any():
        return numbers.map(grid.set_index("driver_number")["position"])
    first = tables["position"].sort_values("date").drop_duplicates("driver_number")
    log.add("grid_from_positions", len(first), "no starting grid; the places before the start")
    return numbers.map(first.set_index("driver_number")["position"])
