"""Track status: what was shown when, on which laps, and when race control spoke.

The status of a lap is read from the track-status timeline by the clock, and joined with the
codes the source gives for the lap ('24', '671': each digit one status seen during the lap).
A lap is green only if nothing else was seen at any moment of it.

Race control's messages carry wall-clock time and the session clock has no date unless car data
were loaded. The offset is found by matching: yellow, clear, safety car, virtual safety car and
red flag are announced in messages and shown in the track status within a second or two, so the
offset that brings most of them together is the right one.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.data._columns import numbers, texts
from f1lab.data._log import where_laps

if TYPE_CHECKING:
    from f1lab.data._log import RepairLog
    from f1lab.data.schema import Session

__all__ = ["place_messages", "repair_flags", "track_status_timeline"]

_STATUS = {"1": "green", "2": "yellow", "4": "sc", "5": "red", "6": "vsc", "7": "vsc"}
_FLAGS = ("yellow", "sc", "vsc", "red")
#: When this share of the field leaves the pit lane on lap 1, the start was behind a safety car.
_FROM_PIT_LANE = 0.8
#: The safety car that leads a restart comes in within this many laps.
_LED_LAPS = 3
#: A message and its track status are this close when they belong together [s].
_TOGETHER_S = 1.5
#: The lap counter of race control may be this late or early [s].
_LATE_S = 5.0
#: Fewer matches than this, each weighed by how many messages fall on the lap they name, do not
#: place the messages.
_MATCHES = 1.5
#: Weight of a match when no message names a lap to check it by.
_UNCHECKED = 0.5
#: By laps alone: this share of messages must agree, and the offset be known this well [s].
_AGREE = 0.9
_UNSURE_S = 3.0
_SAFETY_CAR_IN = re.compile(
    r"SAFETY CAR (?:IN THIS LAP|WILL ENTER (?:THE )?PITS?)|^STANDING START PROCEDURE"
)
_CAR = re.compile(r"CARS? (\d+) \(([A-Z]{3})\)")


def track_status_timeline(
    raw: Session, laps: pd.DataFrame, start_s: float, *, race: bool, log: RepairLog
) -> pd.DataFrame:
    """Return the changes of track status, in order, without repetitions.

    Parameters
    ----------
    raw : Session
        Session with the raw ``track_status`` (codes or our words) and ``messages``.
    laps : pandas.DataFrame
        Laps with repaired times.
    start_s : float
        Session clock at the start [s].
    race : bool
        Whether the session was raced.
    log : RepairLog
        Where repairs are written.

    Returns
    -------
    pandas.DataFrame
        ``time_s`` [s] and ``status``.
    """
    timeline = _changes(raw.track_status, log)
    if race and raw.messages is not None and len(raw.messages):
        timeline = _with_rolling_starts(timeline, raw.messages, laps, start_s, log)
    return timeline


def repair_flags(laps: pd.DataFrame, timeline: pd.DataFrame, *, log: RepairLog) -> pd.DataFrame:
    """Set green, yellow, sc, vsc and red of each lap.

    Parameters
    ----------
    laps : pandas.DataFrame
        Laps with repaired times, ``status_codes`` and the flags as far as known.
    timeline : pandas.DataFrame
        As :func:`track_status_timeline` returns it.
    log : RepairLog
        Where disagreements are written.

    Returns
    -------
    pandas.DataFrame
        Laps with the five booleans; exactly one of green and the others holds.
    """
    end = laps["time_s"].to_numpy()
    begin = laps.groupby("driver")["time_s"].shift().to_numpy()
    given = laps["lap_time_s"].to_numpy()
    begin = np.where(np.isnan(begin), np.where(np.isnan(given), end, end - given), begin)
    by_clock = _seen(timeline, begin, end)
    by_code = {
        flag: laps[flag].to_numpy(bool)
        | laps["status_codes"].str.contains(_codes(flag)).to_numpy(bool)
        for flag in _FLAGS
    }
    told = (laps["status_codes"] != "").to_numpy() | np.any(list(by_code.values()), axis=0)
    _report_flags(laps, timeline, by_clock, by_code, told, log)
    seen = {flag: by_clock[flag] | by_code[flag] for flag in _FLAGS}
    return laps.assign(**seen, green=~np.any(list(seen.values()), axis=0))


def place_messages(
    raw: Session,
    laps: pd.DataFrame,
    results: pd.DataFrame,
    timeline: pd.DataFrame,
    *,
    log: RepairLog,
) -> pd.DataFrame:
    """Put race control's messages on the session clock and name their drivers.

    Parameters
    ----------
    raw : Session
        Session with raw ``messages``: ``time_s`` if known, else ``utc_s`` [s since 1970].
    laps, results : pandas.DataFrame
        Repaired laps and results.
    timeline : pandas.DataFrame
        Track-status changes.
    log : RepairLog
        Where it is written when the messages could not be placed.

    Returns
    -------
    pandas.DataFrame
        Messages with the columns of the schema.
    """
    messages = raw.messages
    if messages is None or len(messages) == 0:
        log.add("messages_missing", 1, "no race-control messages; the frame is empty")
        return pd.DataFrame()
    messages = messages.reset_index(drop=True).copy()
    messages["driver"] = _named(messages, results)
    if "time_s" in messages.columns:
        return messages
    spoken = numbers(messages["utc_s"]) if "utc_s" in messages else np.full(len(messages), np.nan)
    offset = _offset_by_flags(messages, spoken, timeline, laps)
    if np.isnan(offset):
        offset, unsure_s = _offset_by_laps(messages, spoken, laps)
        log.add(
            "messages_placed_by_lap",
            len(messages) if np.isfinite(offset) else 0,
            f"placed by the lap they name, to within {unsure_s:.1f} s",
        )
    log.add(
        "messages_unplaced",
        0 if np.isfinite(offset) else len(messages),
        "neither flags nor laps tell when they came; their session time stays unknown",
    )
    return messages.assign(time_s=spoken - offset)


def _changes(raw: pd.DataFrame, log: RepairLog) -> pd.DataFrame:
    """Status by name at each change; unknown codes are left out."""
    if raw is None or len(raw) == 0:
        log.add("track_status_missing", 1, "no track-status timeline; flags come from the laps")
        return pd.DataFrame({"time_s": pd.Series(dtype=float), "status": pd.Series(dtype=object)})
    word = [_STATUS.get(code, code) for code in texts(raw["status"])]
    timeline = pd.DataFrame({"time_s": numbers(raw["time_s"]), "status": word})
    known = timeline["status"].isin((*_FLAGS, "green")) & timeline["time_s"].notna()
    log.add("track_status_unknown", int((~known).sum()), "unknown codes left out")
    timeline = timeline[known].sort_values("time_s", kind="stable")
    return _without_repetition(timeline)


def _without_repetition(timeline: pd.DataFrame) -> pd.DataFrame:
    new = timeline["status"] != timeline["status"].shift()
    return timeline[new].reset_index(drop=True)


def _with_rolling_starts(
    timeline: pd.DataFrame,
    messages: pd.DataFrame,
    laps: pd.DataFrame,
    start_s: float,
    log: RepairLog,
) -> pd.DataFrame:
    """Show the safety car a start or restart was led by, where the track status has none.

    After a red flag, or when the field leaves the pit lane for lap 1, the cars follow the safety
    car until race control says it comes in, be it to a rolling start or to the grid; the track
    status says "clear" meanwhile.
    """
    leader = laps.sort_values("time_s").groupby("lap")["time_s"].first()
    said = [bool(_SAFETY_CAR_IN.search(str(text))) for text in messages["message"]]
    calls = sorted({int(lap) for lap in numbers(messages["lap"])[said] if np.isfinite(lap)})
    reds = np.flatnonzero(timeline["status"] == "red")
    clear = timeline["time_s"].shift(-1).to_numpy()[reds]
    led = [
        (_let_out(begin, laps), _call_after(begin, calls, leader))
        for begin in clear
        if begin > start_s
    ]
    led = [(begin, end) for begin, end in led if end <= _first_after(timeline, begin, ("red",))]
    first = laps[laps["lap"] == 1]
    if first["pit_out_s"].notna().mean() >= _FROM_PIT_LANE:
        called = _call_after(start_s, calls, leader)
        end = called if np.isfinite(called) else float(leader.iloc[-1])
        led.append((start_s, min(end, _first_after(timeline, start_s, ("red", "sc")))))
    added = 0
    for begin, end in led:
        shown = _shown(timeline, begin, end)
        added += shown is not timeline
        timeline = shown
    log.add(
        "safety_car_start",
        added,
        "the field was led by the safety car, which the track status does not show; added",
    )
    return timeline


def _let_out(clear: float, laps: pd.DataFrame) -> float:
    """Clock [s] at which the leader left the pit lane after the track was clear, else that."""
    first = laps.loc[laps.groupby("lap")["time_s"].idxmin()]
    restart = first[first["time_s"] > clear]["pit_out_s"].head(1)
    return float(restart.iloc[0]) if (restart > clear).any() else clear


def _call_after(begin: float, calls: list[int], leader: pd.Series) -> float:
    """Clock [s] at the end of the lap after which the safety car came in, NaN for no such call."""
    current = int((leader <= begin).sum()) + 1
    for lap in calls:
        if current <= lap <= current + _LED_LAPS and lap in leader.index:
            return float(leader[lap])
    return np.nan


def _first_after(timeline: pd.DataFrame, begin: float, words: tuple[str, ...]) -> float:
    """Clock [s] at which one of the statuses is first shown after a time, inf if never."""
    later = timeline[(timeline["time_s"] > begin) & timeline["status"].isin(words)]
    return float(later["time_s"].min()) if len(later) else np.inf


def _shown(timeline: pd.DataFrame, begin: float, end: float) -> pd.DataFrame:
    """Put the safety car between two times, if there is none yet; else the same timeline."""
    during = (timeline["time_s"] > begin) & (timeline["time_s"] < end)
    at_begin = timeline["status"][timeline["time_s"] <= begin].tail(1)
    if {"sc", "vsc"} & {*timeline["status"][during], *at_begin} or end <= begin:
        return timeline
    rest = timeline[(timeline["time_s"] < begin) | (timeline["time_s"] >= end)]
    at_end = ["green", *at_begin, *timeline["status"][during]][-1]
    rows = pd.DataFrame({"time_s": [begin, end], "status": ["sc", at_end]})
    new = pd.concat([rest[rest["time_s"] < begin], rows, rest[rest["time_s"] >= end]])
    return _without_repetition(new.drop_duplicates("time_s", keep="last"))


def _codes(flag: str) -> str:
    return "[" + "".join(code for code, word in _STATUS.items() if word == flag) + "]"


def _seen(timeline: pd.DataFrame, begin: np.ndarray, end: np.ndarray) -> dict[str, np.ndarray]:
    """Laps that saw each flag, by the clock."""
    seen = {flag: np.zeros(len(end), dtype=bool) for flag in _FLAGS}
    since = timeline["time_s"].to_numpy()
    until = np.append(since, np.inf)[1:]
    for shown, gone, status in zip(since, until, timeline["status"], strict=True):
        if status != "green":
            seen[status] |= (begin < gone) & (end > shown)
    return seen


def _report_flags(
    laps: pd.DataFrame,
    timeline: pd.DataFrame,
    by_clock: dict[str, np.ndarray],
    by_code: dict[str, np.ndarray],
    told: np.ndarray,
    log: RepairLog,
) -> None:
    if timeline.empty and not told.any():
        log.add(
            "flags_unknown", len(laps), "nothing says which laps were green; all taken as green"
        )
        return
    log.add(
        "status_codes_missing",
        int((~told).sum()) if not timeline.empty else 0,
        "the flags of these laps were read from the track-status timeline",
    )
    if timeline.empty:
        return
    differ = np.any([by_clock[flag] != by_code[flag] for flag in _FLAGS], axis=0) & told
    log.add(
        "status_disagrees",
        int(differ.sum()),
        "codes of the lap and the timeline differ; every flag either shows was kept",
        where_laps(laps["driver"][differ], laps["lap"][differ]),
    )


def _named(messages: pd.DataFrame, results: pd.DataFrame) -> np.ndarray:
    """Driver a message is about: by car number, else as written in it."""
    if "driver" in messages.columns and (texts(messages["driver"]) != "").any():
        return texts(messages["driver"])
    by_number = dict(zip(results["number"].astype(str), results["driver"], strict=True))
    number = texts(messages["number"]) if "number" in messages.columns else [""] * len(messages)
    named = []
    for car, text in zip(number, texts(messages["message"]), strict=True):
        found = _CAR.search(text)
        written = found.group(2) if found else ""
        named.append(by_number.get(car.removesuffix(".0"), written))
    return np.array(named, dtype=object)


def _offset_by_flags(
    messages: pd.DataFrame, spoken: np.ndarray, timeline: pd.DataFrame, laps: pd.DataFrame
) -> float:
    """Wall clock minus session clock [s] by flags, NaN when it cannot be told."""
    kind = _announced(messages)
    shown, status = timeline["time_s"].to_numpy(), timeline["status"].to_numpy()
    apart = np.concatenate(
        [(spoken[kind == word][:, None] - shown[status == word]).ravel() for word in _STATUS_WORDS]
    )
    apart = np.sort(apart[np.isfinite(apart)])
    named = _leader_lap(messages, laps)
    best, votes = np.nan, 0.0
    for candidate in apart:
        near = apart[np.abs(apart - candidate) <= _TOGETHER_S]
        score = len(near) * _share_on_their_lap(named, spoken - candidate)
        if score > votes:
            best, votes = float(np.median(near)), score
    return best if votes >= _MATCHES else np.nan


def _offset_by_laps(
    messages: pd.DataFrame, spoken: np.ndarray, laps: pd.DataFrame
) -> tuple[float, float]:
    """Wall clock minus session clock [s] by the leader's laps, and how unsure it is [s].

    Each message bounds the offset by the crossings of the leader before and after it; the
    middle of the range that satisfies most of them is taken, if the range is narrow.
    """
    begin, end, known = _leader_lap(messages, laps)
    if not known.any():
        return np.nan, np.nan
    low, high = spoken[known] - end, spoken[known] - begin
    edges = np.sort(np.concatenate([low, high]))
    middles = (edges[1:] + edges[:-1]) / 2
    agree = ((low[:, None] <= middles) & (middles <= high[:, None])).mean(axis=0)
    best = np.flatnonzero(agree == agree.max())
    unsure = (edges[best[-1] + 1] - edges[best[0]]) / 2
    if agree.max() < _AGREE or unsure > _UNSURE_S:
        return np.nan, np.nan
    return float(edges[best[0]] + unsure), float(unsure)


_STATUS_WORDS = (*_FLAGS, "green")


def _announced(messages: pd.DataFrame) -> np.ndarray:
    """Track status each message announces, "" for none."""
    flag = texts(messages["flag"]) if "flag" in messages.columns else [""] * len(messages)
    kind = []
    for colour, text in zip(flag, texts(messages["message"]), strict=True):
        if "VIRTUAL SAFETY CAR DEPLOYED" in text or "VSC DEPLOYED" in text:
            kind.append("vsc")
        elif "SAFETY CAR DEPLOYED" in text:
            kind.append("sc")
        else:
            kind.append(_BY_FLAG.get(colour, ""))
    return np.array(kind, dtype=object)


_BY_FLAG = {
    "YELLOW": "yellow",
    "DOUBLE YELLOW": "yellow",
    "RED": "red",
    "CLEAR": "green",
    "GREEN": "green",
}


def _leader_lap(
    messages: pd.DataFrame, laps: pd.DataFrame
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Clock [s] at begin and end of the leader's lap each message names, and which name one."""
    leader = laps.groupby("lap")["time_s"].min().sort_index().cummax()
    empty = np.full(len(messages), np.nan)
    said = numbers(messages["lap"]) if "lap" in messages.columns else empty
    known = np.isfinite(said) & (said > 1) & (said <= leader.index[-1])
    begin, end = leader.reindex(said[known] - 1), leader.reindex(said[known])
    return begin.to_numpy(), end.to_numpy(), known


def _share_on_their_lap(
    named: tuple[np.ndarray, np.ndarray, np.ndarray], clock: np.ndarray
) -> float:
    """Share of messages that fall on the leader's lap they name [0 … 1]."""
    begin, end, known = named
    if not known.any():
        return _UNCHECKED
    late, early = clock[known] < begin - _LATE_S, clock[known] > end + _LATE_S
    return float(np.mean(~late & ~early))
