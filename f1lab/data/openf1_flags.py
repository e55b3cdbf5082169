"""Which flag was out when, and which laps were deleted: read from race control's messages.

OpenF1 has no track status of its own, but race control says everything that changes it, each
within a second of it: a sector yellow or clear, the track clear, red, safety car, virtual safety
car. Over 180 changes of 2023 both agree to 0.3 s (standard deviation; 0.6 s at most but for one),
without bias, and the laps under each flag come out the same as by the track status but for 10 in
22 races, that end as the flag changes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["deleted_laps", "ended_at_a_change", "status_changes"]

_DEPLOYED = {
    "sc": re.compile(r"^SAFETY CAR DEPLOYED"),
    "vsc": re.compile(r"\b(?:VIRTUAL SAFETY CAR|VSC) DEPLOYED"),
}
_YELLOW = ("YELLOW", "DOUBLE YELLOW")
#: Race control tells whole seconds: a change may have been as much sooner or later [s].
_WHOLE_S = 0.6
#: A yellow this soon after the clear of its sector [s] …
_LATE_S = 2.0
#: … that stays for this long [s] was said too late: the marshals had put it away (Baku 2023).
_LONG_S = 120.0
_DELETED = re.compile(
    r"CAR (?P<car>\d+) .*?TIME (?P<time>(?:\d+:)?\d+\.\d+) (?P<what>DELETED|REINSTATED)"
    r"(?:.*?\bLAP (?P<lap>\d+))?"
)


def status_changes(messages: pd.DataFrame) -> pd.DataFrame:
    """Return what was shown from when on.

    Parameters
    ----------
    messages : pandas.DataFrame
        ``time_s``, ``message``, ``flag``, ``scope`` and ``sector``, in order of time.

    Returns
    -------
    pandas.DataFrame
        ``time_s`` [s] and ``status`` (green, yellow, sc, vsc, red) at each change; empty when
        there are no messages.

    Examples
    --------
    >>> said = pd.DataFrame(
    ...     {
    ...         "time_s": [10.0, 30.0, 90.0],
    ...         "message": ["YELLOW IN TRACK SECTOR 5", "SAFETY CAR DEPLOYED", "TRACK CLEAR"],
    ...         "flag": ["YELLOW", "", "CLEAR"],
    ...         "scope": ["Sector", "", "Track"],
    ...         "sector": [5.0, float("nan"), float("nan")],
    ...     }
    ... )
    >>> status_changes(said)["status"].tolist()
    ['green', 'yellow', 'sc', 'green']
    """
    over, yellow = "green", set[float]()  # what holds on the whole track, and sectors beside it
    rows: list[tuple[float, str]] = []
    for time_s, message, flag, scope, sector in _in_order(messages):
        called = next((word for word, said in _DEPLOYED.items() if said.search(message)), "")
        if not rows:
            rows.append((time_s - 1.0, "green"))
        if called:
            over = called
        elif flag == "RED":
            over = "red"
        elif flag == "CLEAR" and scope == "Track":
            over, yellow = "green", set()
        elif flag == "CLEAR":
            yellow.discard(sector)
        elif flag in _YELLOW:
            yellow.add(sector)
        shown = "yellow" if over == "green" and yellow else over
        if shown != rows[-1][1]:
            rows.append((time_s, shown))
    return pd.DataFrame(rows, columns=["time_s", "status"])


def _in_order(messages: pd.DataFrame) -> Iterable[tuple[float, str, str, str, float]]:
    """Messages by time; within one second, which is all they tell, yellow comes before clear."""
    clear = messages["flag"] == "CLEAR"
    ordered = messages.assign(_clear=clear).sort_values(["time_s", "_clear"], kind="stable")
    kept = ordered[~_said_too_late(ordered)]
    names = ["time_s", "message", "flag", "scope", "sector"]
    return kept[names].itertuples(index=False, name=None)


def _said_too_late(ordered: pd.DataFrame) -> pd.Series:
    """Yellows told right after their sector was cleared, and not cleared for minutes."""
    late = pd.Series(data=False, index=ordered.index)
    for _, own in ordered[ordered["sector"].notna()].groupby("sector"):
        clear = own["flag"] == "CLEAR"
        time_s = own["time_s"]
        since = time_s - time_s.where(clear).ffill()
        until = time_s.where(clear).bfill() - time_s
        late[own.index] = own["flag"].isin(_YELLOW) & (since <= _LATE_S) & ~(until <= _LONG_S)
    return late


def ended_at_a_change(changes: pd.DataFrame, laps: pd.DataFrame) -> pd.Series:
    """Tell which laps ended so close to a change that either lap may have seen the flag.

    Parameters
    ----------
    changes : pandas.DataFrame
        As :func:`status_changes` returns it.
    laps : pandas.DataFrame
        ``time_s`` at the end of each [s].

    Returns
    -------
    pandas.Series of bool
        One value for each lap.
    """
    close = pd.Series(data=False, index=laps.index)
    for time_s in changes["time_s"].iloc[1:]:
        close |= (laps["time_s"] - time_s).abs() <= _WHOLE_S
    return close


def deleted_laps(messages: pd.DataFrame, laps: pd.DataFrame) -> pd.Series:
    """Tell which laps the stewards deleted.

    Parameters
    ----------
    messages : pandas.DataFrame
        ``message``, in order of time.
    laps : pandas.DataFrame
        ``number`` (of the car), ``lap`` and ``lap_time_s``.

    Returns
    -------
    pandas.Series of bool
        One value for each lap. A message that names no lap means the one of that time.
    """
    deleted = pd.Series(data=False, index=laps.index)
    for text in messages["message"]:
        found = _DELETED.search(text)
        if not found:
            continue
        own = laps["number"] == found["car"]
        if found["lap"]:
            meant = own & (laps["lap"] == int(found["lap"]))
        else:
            minutes, _, seconds = found["time"].rpartition(":")
            told_s = 60 * int(minutes or 0) + float(seconds)
            meant = own & ((laps["lap_time_s"] - told_s).abs() < 5e-4)  # noqa: PLR2004  (half a ms)
        deleted[meant] = found["what"] == "DELETED"
    return deleted
