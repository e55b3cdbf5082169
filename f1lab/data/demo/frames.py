"""The demo weekend in FastF1's own shape, with its rough edges.

Lap 1 has no lap time, the track status of a lap is a string of digits, compounds and tyre ages
are missing here and there, a car that retires leaves an unfinished lap behind, messages carry
wall-clock time. The demo goes through the same repair as real data because it needs it.
"""

from __future__ import annotations

from bisect import bisect_right
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data.demo.script import stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.demo.qualifying import QualifyingRecord
    from f1lab.data.demo.race import Lap, RaceRecord
    from f1lab.data.demo.script import Parameters, Script

    Row = dict[str, Any]

__all__ = [
    "qualifying_laps",
    "qualifying_messages",
    "qualifying_results",
    "qualifying_status",
    "race_laps",
    "race_messages",
    "race_order",
    "race_results",
    "track_status",
    "weather",
]

_GREEN, _YELLOW, _SAFETY_CAR, _VSC, _VSC_ENDING = "1", "2", "4", "6", "7"
_STATUS_NAME = {
    _GREEN: "AllClear",
    _YELLOW: "Yellow",
    _SAFETY_CAR: "SCDeployed",
    _VSC: "VSCDeployed",
    _VSC_ENDING: "VSCEnding",
}
_ENDING_S = 9.0
_SECTORS_OF_TRACK = 13
_FAILURES = ("Engine", "Gearbox", "Hydraulics", "Brakes")
_CLASSIFIED_SHARE = 0.9
_NEVER = np.timedelta64("NaT", "ns")


# -- race ------------------------------------------------------------------------------------------


def race_order(record: RaceRecord) -> list[int]:
    """Return the drivers in finishing order, those who retired last.

    Parameters
    ----------
    record : RaceRecord
        The race.

    Returns
    -------
    list of int
        More laps before fewer, then who crossed the line first.
    """
    last: dict[int, tuple[int, float]] = {}
    for lap in record.laps:
        last[lap.driver] = (-lap.lap, lap.end_s)
    return sorted(last, key=lambda d: (d in record.retired, *last[d]))


def race_laps(
    seed: int, p: Parameters, record: RaceRecord, start_s: float, status: pd.DataFrame
) -> pd.DataFrame:
    """Return the laps of the race as FastF1 gives them.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    p : dict
        The parameters.
    record : RaceRecord
        The race.
    start_s : float
        Session clock at lights out [s].
    status : pandas.DataFrame
        As :func:`track_status` gives it.

    Returns
    -------
    pandas.DataFrame
        Driver by driver in finishing order.
    """
    place = {driver: i for i, driver in enumerate(race_order(record))}
    laps = sorted(record.laps, key=lambda lap: (place[lap.driver], lap.lap))
    begin = np.array([lap.start_s for lap in laps]) + start_s
    end = np.array([lap.end_s for lap in laps]) + start_s
    number = np.array([lap.lap for lap in laps])
    sectors = _race_sectors(seed, p, laps)
    frame = _laps_frame(p, [lap.driver for lap in laps], number, begin, end, sectors)
    frame["LapTime"] = frame["LapTime"].where(number > 1)
    frame["Sector1Time"] = frame["Sector1Time"].where(number > 1)
    frame["Sector1SessionTime"] = frame["Sector1SessionTime"].where(number > 1)
    frame["Stint"] = [float(lap.stint) for lap in laps]
    frame["PitInTime"] = _durations(np.array([lap.pit_in_s for lap in laps]) + start_s)
    frame["PitOutTime"] = _durations(np.array([lap.pit_out_s for lap in laps]) + start_s)
    usual_s = p["pit"]["stationary_s"]
    frame["PitStationaryTime"] = [
        np.nan if lap.stop is None else lap.stop.stationary_s(usual_s) for lap in laps
    ]
    frame["Compound"] = [lap.compound for lap in laps]
    frame["TyreLife"] = [float(lap.tyre_laps) for lap in laps]
    frame["FreshTyre"] = [lap.fresh for lap in laps]
    frame["TrackStatus"] = _seen(begin, end, status)
    frame["Position"] = _positions(number, end)
    _race_roughness(seed, p, frame, laps)
    frame["IsAccurate"] &= (
        frame["LapTime"].notna()
        & frame["PitInTime"].isna()
        & frame["PitOutTime"].isna()
        & ~frame["TrackStatus"].str.contains("[4567]")
    )
    _speeds(seed, p, frame, [lap.driver for lap in laps])
    return _with_unfinished(frame, p, record, start_s)


def race_results(
    seed: int, p: Parameters, record: RaceRecord, grid: list[int], script: Script
) -> pd.DataFrame:
    """Return the classification as FastF1 gives it.

    Parameters
    ----------
    seed, p, record
        As above.
    grid : list of int
        Drivers as they started.
    script : Script
        Who brought out the safety car.

    Returns
    -------
    pandas.DataFrame
        One row per driver in finishing order.
    """
    order, distance = race_order(record), p["race"]["laps"]
    end: dict[int, float] = {}
    count: dict[int, int] = {}
    for lap in record.laps:
        end[lap.driver], count[lap.driver] = lap.end_s, lap.lap
    fastest = _fastest_laps(record)
    quickest = min(order, key=lambda d: fastest[d].end_s - fastest[d].start_s)
    failure = stream(seed, "failure").choice(_FAILURES, len(order))
    rows = []
    for place, driver in enumerate(order):
        out = driver in record.retired
        counted = count[driver] >= np.floor(_CLASSIFIED_SHARE * distance)
        points = p["points"][place] if place < len(p["points"]) and counted else 0
        bonus = p["fastest_lap_point"] if driver == quickest and points else 0
        status = "Finished" if count[driver] == distance else "Lapped"
        if out:
            crashed = driver in (script.cause, script.virtual_cause)
            status = "Accident" if crashed else str(failure[driver])
        gap = end[driver] - (end[order[0]] if place else 0.0)
        rows.append(
            {
                "Position": float(place + 1),
                "ClassifiedPosition": str(place + 1) if counted else "R",
                "GridPosition": float(grid.index(driver) + 1),
                "Time": _duration(gap if count[driver] == distance and not out else np.nan),
                "Status": status,
                "Points": float(points + bonus),
                "Laps": float(count[driver]),
            }
        )
    frame = _with_people(p, order, rows)
    for name in ("Q1", "Q2", "Q3"):
        frame[name] = pd.Series([_NEVER] * len(frame), dtype="timedelta64[ns]", index=frame.index)
    return frame


def track_status(record: RaceRecord, start_s: float) -> pd.DataFrame:
    """Return the track status over the session as FastF1 gives it.

    Parameters
    ----------
    record : RaceRecord
        The race.
    start_s : float
        Session clock at lights out [s].

    Returns
    -------
    pandas.DataFrame
        Changes of status; yellow flags give way to safety cars.
    """
    changes = [(0.0, _GREEN)]
    for begin, end, code in _status_spans(record):
        if changes[-1][0] >= start_s + begin and changes[-1][1] == _GREEN:
            changes.pop()  # one runs into the next
        changes.append((start_s + begin, code))
        if code == _VSC:
            changes.append((start_s + end - _ENDING_S, _VSC_ENDING))
        changes.append((start_s + end, _GREEN))
    return _status_frame(changes)


def race_messages(
    seed: int, p: Parameters, record: RaceRecord, script: Script, start_s: float
) -> pd.DataFrame:
    """Return what race control wrote, with wall-clock times.

    Parameters
    ----------
    seed, p, record, script, start_s
        As above.

    Returns
    -------
    pandas.DataFrame
        In the order of time.
    """
    rows = [
        *_formalities(p, record, script),
        *_flag_messages(record),
        *_car_messages(seed, p, record),
    ]
    leader = _leader_clock(record)
    for row in rows:
        row["Lap"] = max(1, min(bisect_right(leader, row["clock"]), p["race"]["laps"]))
    return _messages_frame(rows, _session_zero(p, "race_start_utc", start_s), start_s)


# -- qualifying ------------------------------------------------------------------------------------


def qualifying_status(seed: int, record: QualifyingRecord) -> pd.DataFrame:
    """Return the track status of qualifying: a yellow flag in the first two segments.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    record : QualifyingRecord
        The qualifying.

    Returns
    -------
    pandas.DataFrame
        As :func:`track_status`.
    """
    rng = stream(seed, "qualifying yellow")
    changes = [(0.0, _GREEN)]
    for share, (begin, end) in zip(
        (0.4, 0.8), (record.segments[0], record.segments[1]), strict=True
    ):
        shown = begin + (end - begin) * (share + rng.uniform(-0.15, 0.15))
        changes += [(shown, _YELLOW), (shown + rng.uniform(9.0, 20.0), _GREEN)]
    return _status_frame(changes)


def qualifying_laps(
    seed: int, p: Parameters, record: QualifyingRecord, status: pd.DataFrame
) -> pd.DataFrame:
    """Return the laps of qualifying as FastF1 gives them.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    p : dict
        The parameters.
    record : QualifyingRecord
        The qualifying.
    status : pandas.DataFrame
        As :func:`qualifying_status` gives it.

    Returns
    -------
    pandas.DataFrame
        Out laps have no lap time.
    """
    place = {driver: i for i, driver in enumerate(record.order)}
    laps = sorted(record.laps, key=lambda lap: (place[lap.driver], lap.lap))
    number = np.array([lap.lap for lap in laps])
    begin, end = (np.array([getattr(v, k) for v in laps]) for k in ("start_s", "end_s"))
    out = np.array([lap.kind == "out" for lap in laps])
    share = _shares(stream(seed, "qualifying sectors"), p, len(laps))
    sectors = np.diff(np.round(np.cumsum(share, axis=1) * (end - begin)[:, None], 3), prepend=0.0)
    sectors[:, 2] = np.round(end - begin - sectors[:, 0] - sectors[:, 1], 3)
    frame = _laps_frame(p, [lap.driver for lap in laps], number, begin, end, sectors)
    for name in ("LapTime", "Sector1Time", "Sector1SessionTime"):
        frame[name] = frame[name].where(~out)
    frame["PitOutTime"] = _durations(np.array([lap.pit_out_s for lap in laps]))
    frame["PitInTime"] = _durations(np.array([lap.pit_in_s for lap in laps]))
    runs = p["qualifying"]["runs"]
    frame["Stint"] = [float(lap.segment * runs + lap.run + 1) for lap in laps]
    frame["Compound"] = "SOFT"
    frame["TyreLife"] = [float(lap.tyre_laps) for lap in laps]
    frame["FreshTyre"] = True
    begun = np.where(number > 1, np.concatenate([[0.0], end[:-1]]), begin)
    frame["LapStartTime"] = _durations(begun)
    frame["TrackStatus"] = _seen(begun, end, status)
    frame["Position"] = np.nan
    frame["Deleted"] = [lap.deleted for lap in laps]
    frame["DeletedReason"] = [
        f"TRACK LIMITS AT TURN {_turn(p, lap.driver + lap.lap)} LAP {lap.lap}"
        if lap.deleted
        else ""
        for lap in laps
    ]
    frame["IsAccurate"] = [lap.kind == "push" for lap in laps]
    _speeds(seed, p, frame, [lap.driver for lap in laps])
    return frame


def qualifying_results(p: Parameters, record: QualifyingRecord) -> pd.DataFrame:
    """Return the result of qualifying as FastF1 gives it.

    Parameters
    ----------
    p, record
        As above.

    Returns
    -------
    pandas.DataFrame
        Best lap of each segment a driver took part in.
    """
    rows = []
    for place, driver in enumerate(record.order):
        best = {
            f"Q{i + 1}": _duration(times.get(driver, np.nan))
            for i, times in enumerate(record.best_s)
        }
        rows.append(
            {
                "Position": float(place + 1),
                "ClassifiedPosition": str(place + 1),
                "GridPosition": np.nan,
                "Time": _NEVER,
                "Status": "",
                "Points": np.nan,
                "Laps": np.nan,
                **best,
            }
        )
    return _with_people(p, record.order, rows)


def qualifying_messages(
    p: Parameters, record: QualifyingRecord, status: pd.DataFrame
) -> pd.DataFrame:
    """Return what race control wrote in qualifying.

    Parameters
    ----------
    p, record, status
        As above.

    Returns
    -------
    pandas.DataFrame
        Lights, flags and deleted laps.
    """
    zero = _session_zero(p, "qualifying_start_utc", record.segments[0][0])
    _, *changes = status["Time"].dt.total_seconds()
    rows: list[Row] = []
    for shown, gone in zip(changes[::2], changes[1::2], strict=True):
        rows += _yellow_rows(shown, gone)
    for begin, end in record.segments:
        rows += [
            _flag(begin, "GREEN LIGHT - PIT EXIT OPEN", "GREEN", "Track"),
            _flag(end, "CHEQUERED FLAG", "CHEQUERED", "Track"),
        ]
    for lap in record.laps:
        if lap.deleted:
            minutes, seconds = divmod(lap.lap_time_s, 60)
            clock = _wall_clock(p, zero, lap.end_s)
            rows.append(
                _row(
                    lap.end_s + 95.0,
                    "Other",
                    f"{_car(p, lap.driver)} TIME {minutes:.0f}:{seconds:06.3f} DELETED - TRACK "
                    f"LIMITS AT TURN {_turn(p, lap.driver + lap.lap)} LAP {lap.lap} {clock}",
                )
            )
    return _messages_frame(rows, zero, 0.0)


# -- weather ---------------------------------------------------------------------------------------


def weather(
    seed: int, p: Parameters, until_s: float, rain: tuple[float, float] | None, purpose: str
) -> pd.DataFrame:
    """Return the weather of a session, once a minute, as FastF1 gives it.

    Parameters
    ----------
    seed, p
        As above.
    until_s : float
        Session clock of the last sample [s].
    rain : (start, stop), optional
        Session clock of the shower [s].
    purpose : str
        Which session.

    Returns
    -------
    pandas.DataFrame
        Air and track cool down in the rain.
    """
    spec, rng = p["weather"], stream(seed, f"weather {purpose}")
    clock = np.round(np.arange(46.0, until_s, 60.0) + rng.uniform(0, 0.02), 3)
    air0, above = rng.uniform(*spec["air_c"]), rng.uniform(*spec["track_above_air_c"])
    humidity0, pressure0 = rng.uniform(*spec["humidity_pct"]), rng.uniform(*spec["pressure_hpa"])
    begin, end = rain if rain is not None else (np.inf, np.inf)
    wet = (
        np.clip((clock - begin) / 300, 0, 1) - np.clip((clock - end) / 1500, 0, 1) if rain else 0.0
    )
    low, high = spec["wind_ms"]
    drift = np.cumsum(rng.normal(0, 0.05, len(clock)))
    return pd.DataFrame(
        {
            "Time": _durations(clock),
            "AirTemp": np.round(air0 - 3.0 * wet + drift, 1),
            "Humidity": np.round(np.clip(humidity0 + 22 * wet - 3 * drift, 20, 99)),
            "Pressure": np.round(pressure0 + drift / 4, 1),
            "Rainfall": (clock >= begin) & (clock <= end),
            "TrackTemp": np.round(air0 + above * (1 - 0.75 * wet) + 2 * drift - 3.0 * wet, 1),
            "WindDirection": (rng.integers(0, 360) + rng.integers(-25, 26, len(clock))) % 360,
            "WindSpeed": np.round(rng.uniform(low, high, len(clock)), 1),
        }
    )


# -- laps ------------------------------------------------------------------------------------------


def _laps_frame(
    p: Parameters,
    drivers: list[int],
    number: NDArray[np.int64],
    begin: NDArray[np.float64],
    end: NDArray[np.float64],
    sectors: NDArray[np.float64],
) -> pd.DataFrame:
    """Columns every session's laps have alike."""
    crossed = begin[:, None] + np.cumsum(sectors, axis=1)
    people, teams = p["drivers"], p["teams"]
    frame = pd.DataFrame(
        {
            "Time": _durations(end),
            "Driver": [people[d]["code"] for d in drivers],
            "DriverNumber": [str(people[d]["number"]) for d in drivers],
            "LapTime": _durations(end - begin),
            "LapNumber": number.astype(float),
        }
    )
    for k in range(3):
        frame[f"Sector{k + 1}Time"] = _durations(sectors[:, k])
        frame[f"Sector{k + 1}SessionTime"] = _durations(crossed[:, k])
    frame["IsPersonalBest"] = _personal_best(drivers, number, end - begin)
    frame["Team"] = [teams[people[d]["team"]]["name"] for d in drivers]
    frame["LapStartTime"] = _durations(begin)
    frame["LapStartDate"] = pd.NaT
    frame["Deleted"], frame["DeletedReason"] = False, ""
    frame["FastF1Generated"] = False
    return frame


def _race_sectors(seed: int, p: Parameters, laps: list[Lap]) -> NDArray[np.float64]:
    """Sector times; the way into the pits is in the last one, the way out in the first."""
    total = np.array([lap.end_s - lap.start_s for lap in laps])
    out = np.array([lap.effective_s - lap.start_s + lap.start for lap in laps])
    into = np.array([p["pit"]["loss_in_lap_s"] * (not np.isnan(lap.pit_in_s)) for lap in laps])
    share = _shares(stream(seed, "sectors"), p, len(laps))
    first = np.round(share[:, 0] * (total - out - into) + out, 3)
    second = np.round(share[:, 1] * (total - out - into), 3)
    return np.column_stack([first, second, np.round(total - first - second, 3)])


def _shares(rng: np.random.Generator, p: Parameters, n: int) -> NDArray[np.float64]:
    share = np.array(p["timing"]["sector_share"]) + rng.normal(0, 0.0008, (n, 3))
    return np.asarray(share / share.sum(axis=1, keepdims=True))


def _personal_best(
    drivers: list[int], number: NDArray[np.int64], seconds: NDArray[np.float64]
) -> list[bool]:
    best: dict[int, float] = {}
    marks = []
    for driver, lap, time in zip(drivers, number, seconds, strict=True):
        better = lap > 1 and time < best.get(driver, np.inf)
        if better:
            best[driver] = time
        marks.append(bool(better))
    return marks


def _positions(number: NDArray[np.int64], end: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rank at the end of each lap among the cars that completed it."""
    order = np.lexsort((end, number))
    rank = np.empty(len(end))
    first = np.searchsorted(number[order], number[order])
    rank[order] = np.arange(len(end)) - first + 1
    return rank


def _seen(begin: NDArray[np.float64], end: NDArray[np.float64], status: pd.DataFrame) -> list[str]:
    """Codes shown during each lap, each once, in the order they were first shown."""
    shown = status["Time"].dt.total_seconds().to_numpy()
    gone = np.append(shown[1:], np.inf)
    codes = status["Status"].tolist()
    first = np.searchsorted(gone, begin, side="right")
    last = np.searchsorted(shown, end, side="left")
    return ["".join(dict.fromkeys(codes[a:b])) for a, b in zip(first, last, strict=True)]


def _race_roughness(seed: int, p: Parameters, frame: pd.DataFrame, laps: list[Lap]) -> None:
    """Holes of the kind the real feed has, never on the first lap of a set."""
    spec, rng = p["timing"], stream(seed, "roughness")
    begun = np.array([lap.lap == 1 or lap.out_lap for lap in laps])
    wanted = rng.random((4, len(laps)))
    frame.loc[~begun & (wanted[0] < spec["missing_compound_probability"]), "Compound"] = "nan"
    hidden = ~begun & (wanted[1] < spec["missing_tyre_age_probability"])
    frame.loc[hidden, "TyreLife"] = np.nan
    first = np.array([lap.lap == 1 for lap in laps])
    frame.loc[first & (wanted[2] < 0.1), "Stint"] = np.nan  # noqa: PLR2004
    frame["IsAccurate"] = wanted[3] >= spec["inaccurate_probability"]


def _speeds(seed: int, p: Parameters, frame: pd.DataFrame, drivers: list[int]) -> None:
    spec, rng = p["timing"], stream(seed, f"speeds {len(frame)}")
    power = np.array([p["teams"][p["drivers"][d]["team"]]["power_factor"] for d in drivers])
    drag = np.array([p["teams"][p["drivers"][d]["team"]]["cda_factor"] for d in drivers])
    factor = (power / drag) ** (1 / 3)
    for name, key in (("I1", "i1"), ("I2", "i2"), ("FL", "fl"), ("ST", "trap")):
        speed = spec[f"speed_{key}_kmh"] * factor + rng.normal(0, spec["speed_sd_kmh"], len(frame))
        frame[f"Speed{name}"] = np.round(speed)
    frame["SpeedFL"] = frame["SpeedFL"].where(frame["PitInTime"].isna())


def _with_unfinished(
    frame: pd.DataFrame, p: Parameters, record: RaceRecord, start_s: float
) -> pd.DataFrame:
    """Put in the lap a retired car began and never finished, as FastF1 does."""
    retired = {p["drivers"][driver]["code"]: out for driver, out in record.retired.items()}
    last = frame[frame["Driver"].isin(retired)].groupby("Driver", sort=False).tail(1).copy()
    for name in frame.columns[frame.columns.str.match("Sector|PitIn|PitOut|LapTime")]:
        last[name] = _NEVER
    last["LapStartTime"] = last["Time"]
    clock = np.array([retired[code][0] for code in last["Driver"]])
    last["Time"] = _durations(clock + start_s)
    last["LapNumber"] += 1
    last["TyreLife"] += 1
    last["Position"] = np.nan
    last["IsAccurate"] = last["IsPersonalBest"] = False
    last["FastF1Generated"] = True
    return pd.concat([frame, last], ignore_index=True)


def _fastest_laps(record: RaceRecord) -> dict[int, Lap]:
    best: dict[int, Lap] = {}
    for lap in record.laps:
        known = best.get(lap.driver)
        if known is None or lap.end_s - lap.start_s < known.end_s - known.start_s:
            best[lap.driver] = lap
    return best


# -- status and messages ---------------------------------------------------------------------------


def _status_frame(changes: list[tuple[float, str]]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Time": _durations(np.array([clock for clock, _ in changes])),
            "Status": [code for _, code in changes],
            "Message": [_STATUS_NAME[code] for _, code in changes],
        }
    )


def _status_spans(record: RaceRecord) -> list[tuple[float, float, str]]:
    """Spans of race clock and what was shown, in order and apart from each other."""
    spans = [
        (window.start_s, window.end_s, _SAFETY_CAR if kind == "sc" else _VSC)
        for kind, window in record.windows
    ]
    closed = [(begin - 30.0, end + 5.0) for begin, end, _ in spans]
    yellow: list[tuple[float, float]] = []
    for begin, end in sorted(_yellows(record)):
        leads_to = next((a for a, _, _ in spans if 0 < a - begin < 30.0), None)  # noqa: PLR2004
        if leads_to is not None and _is_cause(record, begin):
            yellow.append((begin, leads_to))
        elif not any(begin < b and end > a for a, b in closed):
            since = max(begin, yellow[-1][1] + 1.0) if yellow else begin
            if end > since:
                yellow.append((since, end))
    spans += [(round(a, 3), round(b, 3), _YELLOW) for a, b in yellow]
    return sorted(spans)


def _is_cause(record: RaceRecord, begin: float) -> bool:
    return any(abs(begin - clock) < 5.0 for clock, _ in record.retired.values())  # noqa: PLR2004


def _yellows(record: RaceRecord) -> list[tuple[float, float]]:
    found = []
    for event in record.events:
        if event.kind == "retired":
            found.append((event.clock_s + 3.0, event.clock_s + 38.0))
        elif event.kind == "off" and event.value >= 5.0:  # noqa: PLR2004
            found.append((event.clock_s + 2.0, event.clock_s + 6.0 + event.value))
    return found


def _leader_clock(record: RaceRecord) -> list[float]:
    """Race clock at which the first car began each lap."""
    first: dict[int, float] = {1: 0.0}
    for lap in record.laps:
        first[lap.lap + 1] = min(first.get(lap.lap + 1, np.inf), lap.end_s)
    return [first[lap] for lap in sorted(first)][:-1]


def _row(clock: float, category: str, message: str, **more: object) -> Row:
    return {"clock": clock, "Category": category, "Message": message, **more}


def _flag(clock: float, message: str, flag: str, scope: str, **more: object) -> Row:
    return _row(clock, "Flag", message, Flag=flag, Scope=scope, **more)


def _car(p: Parameters, driver: int) -> str:
    person = p["drivers"][driver]
    return f"CAR {person['number']} ({person['code']})"


def _turn(p: Parameters, any_number: int) -> int:
    corners = p["circuit"]["corners"]
    return int(corners[any_number % len(corners)]["number"])


def _formalities(p: Parameters, record: RaceRecord, script: Script) -> list[Row]:
    """What is written at every race, and what the rain adds."""
    nominal, rain = p["race"]["nominal_lap_s"], script.rain
    leader = _leader_clock(record)
    chance = 0 if rain is None else 60
    rows = [
        _flag(-2400.0, "GREEN LIGHT - PIT EXIT OPEN", "GREEN", "Track"),
        _row(-1800.0, "Other", "PIT EXIT CLOSED"),
        _row(-900.0, "Other", f"RISK OF RAIN FOR F1 RACE IS {chance}%"),
        _flag(58.0, "GREEN LIGHT - PIT EXIT OPEN", "GREEN", "Track"),
        _row(leader[2] + 1.0, "Drs", "DRS ENABLED", Status="ENABLED"),
        _flag(max(leader[-1], _flag_clock(record)), "CHEQUERED FLAG", "CHEQUERED", "Track"),
    ]
    if rain is not None:
        slippery = rain.start_s + 0.3 * rain.rise_s
        rows += [
            _row(slippery, "Other", "TRACK SURFACE SLIPPERY IN TRACK SECTOR 7"),
            _row(slippery + 20.0, "Drs", "DRS DISABLED", Status="DISABLED"),
            _row(rain.crossover_out_s + 3 * nominal, "Drs", "DRS ENABLED", Status="ENABLED"),
        ]
    return rows


def _flag_clock(record: RaceRecord) -> float:
    distance = max(lap.lap for lap in record.laps)
    return min(lap.end_s for lap in record.laps if lap.lap == distance)


def _flag_messages(record: RaceRecord) -> list[Row]:
    """Yellow flags and safety cars, as the track status shows them."""
    rows = []
    spans = _status_spans(record)
    for begin, end, code in spans:
        if code == _SAFETY_CAR:
            rows += [
                _row(begin, "SafetyCar", "SAFETY CAR DEPLOYED", Status="DEPLOYED"),
                _row(end - 75.0, "SafetyCar", "SAFETY CAR IN THIS LAP", Status="IN THIS LAP"),
                _flag(end, "TRACK CLEAR", "CLEAR", "Track"),
            ]
        elif code == _VSC:
            rows += [
                _row(begin, "SafetyCar", "VIRTUAL SAFETY CAR DEPLOYED", Status="DEPLOYED"),
                _row(end - _ENDING_S, "SafetyCar", "VIRTUAL SAFETY CAR ENDING", Status="ENDING"),
                _flag(end, "TRACK CLEAR", "CLEAR", "Track"),
            ]
        else:
            rows += _yellow_rows(begin, end)
    return rows


def _yellow_rows(begin: float, end: float) -> list[Row]:
    sector = 1 + int(begin) % _SECTORS_OF_TRACK
    where = f"IN TRACK SECTOR {sector}"
    return [
        _flag(begin, f"YELLOW {where}", "YELLOW", "Sector", Sector=float(sector)),
        _flag(end, f"CLEAR {where}", "CLEAR", "Sector", Sector=float(sector)),
    ]


def _car_messages(seed: int, p: Parameters, record: RaceRecord) -> list[Row]:
    """What race control wrote about single cars."""
    rows: list[Row] = []
    turns = stream(seed, "turns").integers(0, 100, len(record.events))
    zero = _session_zero(p, "race_start_utc", 0.0)
    for event, draw in zip(record.events, turns, strict=True):
        number = str(p["drivers"][event.driver]["number"])
        car, turn, clock = _car(p, event.driver), _turn(p, int(draw)), event.clock_s
        if event.kind == "off":
            what = "SPUN" if event.value > 7.0 else "OFF TRACK"  # noqa: PLR2004
            text = f"{car} {what} AND CONTINUED AT TURN {turn}"
            rows.append(_row(clock + 8.0, "CarEvent", text, RacingNumber=number))
        elif event.kind == "puncture":
            text = f"{car} SLOW ON TRACK - PUNCTURE"
            rows.append(_row(clock + 6.0, "CarEvent", text, RacingNumber=number))
        elif event.kind == "retired":
            text = f"{car} STOPPED AT TURN {turn}"
            rows.append(_row(clock + 9.0, "CarEvent", text, RacingNumber=number))
        elif event.kind == "blue":
            text = f"WAVED BLUE FLAG FOR {car} TIMED AT {_wall_clock(p, zero, clock)}"
            rows.append(_flag(clock, text, "BLUE", "Driver", RacingNumber=number))
        elif event.kind == "speeding":
            why = "SPEEDING IN THE PIT LANE"
            seconds = f"{p['pit']['penalty_s']:.0f} SECOND TIME PENALTY FOR {car}"
            rows += [
                _row(clock + 25.0, "Other", f"INCIDENT INVOLVING {car} NOTED - {why}"),
                _row(clock + 95.0, "Other", f"FIA STEWARDS: {seconds} - {why}"),
            ]
        elif event.kind == "served":
            seconds = f"{event.value:.0f} SECOND TIME PENALTY FOR {car}"
            rows.append(_row(clock + 30.0, "Other", f"FIA STEWARDS: PENALTY SERVED - {seconds}"))
    return rows


def _session_zero(p: Parameters, key: str, start_s: float) -> pd.Timestamp:
    """Wall clock (UTC) at zero of the session clock; a race starts three minutes late."""
    late = 185.0 if key == "race_start_utc" else 0.0
    return pd.Timestamp(p["event"][key]) + pd.Timedelta(seconds=late - start_s)


def _wall_clock(p: Parameters, zero: pd.Timestamp, clock: float) -> str:
    local = pd.Timedelta(hours=p["event"]["local_offset_h"])
    return (zero + local + pd.Timedelta(seconds=clock)).strftime("%H:%M:%S")


def _messages_frame(rows: list[Row], zero: pd.Timestamp, start_s: float) -> pd.DataFrame:
    """Messages in order, to the second, with the columns FastF1 gives."""
    rows = sorted(rows, key=lambda row: row["clock"])
    columns = ("Category", "Message", "Status", "Flag", "Scope", "Sector", "RacingNumber", "Lap")
    frame = pd.DataFrame({name: [row.get(name) for row in rows] for name in columns})
    clock = np.array([row["clock"] for row in rows]) + start_s
    frame.insert(0, "Time", (zero + pd.to_timedelta(clock, unit="s")).floor("s"))
    frame["Sector"] = frame["Sector"].astype(float)
    return frame


# -- people and units ------------------------------------------------------------------------------


def _with_people(p: Parameters, order: list[int], rows: list[Row]) -> pd.DataFrame:
    """Put names, numbers and teams in front of the results."""
    full = []
    for driver, row in zip(order, rows, strict=True):
        person = p["drivers"][driver]
        team = p["teams"][person["team"]]
        full.append(
            {
                "DriverNumber": str(person["number"]),
                "BroadcastName": f"{person['first'][0]} {person['last'].upper()}",
                "Abbreviation": person["code"],
                "DriverId": person["last"].lower(),
                "TeamName": team["name"],
                "TeamColor": team["colour"],
                "TeamId": team["name"].lower().replace(" ", "_"),
                "FirstName": person["first"],
                "LastName": person["last"],
                "FullName": f"{person['first']} {person['last']}",
                "HeadshotUrl": "",
                "CountryCode": "",
                **row,
            }
        )
    return pd.DataFrame(full, index=[row["DriverNumber"] for row in full])


def _durations(seconds: NDArray[np.float64]) -> NDArray[np.timedelta64]:
    """Seconds to the millisecond as FastF1's durations; NaN becomes NaT."""
    known = np.isfinite(seconds)
    whole = np.round(np.where(known, seconds, 0.0) * 1000).astype("timedelta64[ms]")
    out = whole.astype("timedelta64[ns]")
    out[~known] = _NEVER
    return out


def _duration(seconds: float) -> pd.Timedelta:
    return pd.Timedelta(_durations(np.array([seconds]))[0])
