"""What RaceTimeline shows of a race: places, tyres, neutralisations, what happened to whom."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.autopsy.pits import penalties
from f1lab.data.schema import Weekend
from f1lab.errors import InvalidInput, UnknownName
from f1lab.widgets._waterfall_data import wire as wire_report

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from f1lab.data.schema import Session

__all__ = ["race_data", "report_data"]

#: Lines of cars that share a colour, told apart; as in ``widgets/race-timeline``.
_DASHES = 3
_FLAGS = {"red": "Red flag", "sc": "Safety car", "vsc": "Virtual safety car"}
_SHORT = {"red": "RED", "sc": "SC", "vsc": "VSC"}
_CODE = re.compile(r"\(([A-Z]{3})\)")


def race_data(weekend: Weekend, highlight: Sequence[str]) -> dict[str, Any]:
    """Everything but the autopsy, JSON-ready.

    Parameters
    ----------
    weekend : Weekend
        A loaded weekend.
    highlight : sequence of str
        Drivers drawn stronger than the others.

    Returns
    -------
    dict
        ``title``, ``laps`` (race distance), ``drivers`` in finishing order, ``bands``,
        ``compounds`` (colour, colour of a letter on it, letter), ``highlight``.

    Raises
    ------
    InvalidInput
        If it is no weekend, or highlight is one string.
    UnknownName
        If a highlighted driver is not in the race.
    """
    from f1lab.figures.style import COMPOUND_STYLES  # noqa: PLC0415  (plotly is slow to load)

    if not isinstance(weekend, Weekend):
        raise InvalidInput(
            f"A {type(weekend).__name__} is no weekend; pass what f1lab.load(...) returns."
        )
    if isinstance(highlight, str):
        raise InvalidInput(f"highlight is a list of drivers such as ('{highlight}',).")
    race = weekend.race
    field = list(_finishing_order(race)["driver"])
    for code in highlight:
        if code not in field:
            raise UnknownName("driver", str(code), field)
    return {
        "title": f"{weekend.event} {weekend.year}",
        "laps": int(race.laps["lap"].max()),
        "drivers": _drivers(race),
        "bands": _bands(race),
        "compounds": {name: list(style[:3]) for name, style in COMPOUND_STYLES.items()},
        "highlight": list(dict.fromkeys(highlight)),
    }


def _finishing_order(race: Session) -> pd.DataFrame:
    results = race.results.assign(laps=race.results["laps"].fillna(0))
    return results.sort_values(["finish", "laps"], ascending=[True, False], na_position="last")


def _drivers(race: Session) -> list[dict[str, Any]]:
    from f1lab.figures.style import readable  # noqa: PLC0415  (plotly is slow to load)

    own = {str(code): laps.sort_values("lap") for code, laps in race.laps.groupby("driver")}
    events = _events(race, own)
    used: dict[str, int] = {}
    found = []
    for row in _finishing_order(race).to_dict("records"):
        code, colour = row["driver"], readable(str(row["team_colour"]))
        laps = own.get(code, race.laps.iloc[:0])
        found.append(
            {
                "code": code,
                "name": row["name"],
                "team": row["team"],
                "colour": colour,
                "dash": used.setdefault(colour, 0) % _DASHES,
                "grid": _whole(row["grid"]),
                "finish": _whole(row["finish"]),
                "classified": bool(row["classified"]),
                "status": row["status"],
                "positions": [_whole(row["grid"]), *map(_whole, laps["position"])],
                "lap_times_s": [_rounded(seconds) for seconds in laps["lap_time_s"]],
                "stints": _stints(laps),
                "events": sorted(events.get(code, []), key=lambda event: event["lap"]),
            }
        )
        used[colour] += 1
    return found


def _whole(value: float) -> int | None:
    return int(value) if np.isfinite(value) else None


def _rounded(seconds: float) -> float | None:
    return round(float(seconds), 3) if np.isfinite(seconds) else None


def _stints(laps: pd.DataFrame) -> list[dict[str, Any]]:
    """Sets of tyres: first and last lap, compound, laps it had done before."""
    found = []
    for _, stint in laps.groupby("stint", sort=True):
        first = stint.iloc[0]
        found.append(
            {
                "first": int(first["lap"]),
                "last": int(stint["lap"].max()),
                "compound": str(first["compound"]),
                "age": _whole(first["tyre_age_laps"] - 1),
            }
        )
    return found


def _bands(race: Session) -> list[dict[str, Any]]:
    """Runs of neutralised laps of the leader; red outweighs SC, SC outweighs VSC."""
    laps = race.laps.sort_values("time_s").drop_duplicates("lap").sort_values("lap")
    flags = np.select([laps["red"], laps["sc"], laps["vsc"]], list(_FLAGS), default="")
    found = []
    for flag, run in itertools.groupby(
        zip(laps["lap"], flags, strict=True), key=lambda pair: pair[1]
    ):
        span = [int(lap) for lap, _ in run]
        if flag:
            found.append(
                {
                    "first": span[0],
                    "last": span[-1],
                    "flag": str(flag),
                    "label": _SHORT[str(flag)],
                    "text": f"{_FLAGS[str(flag)]}, {_span_text(span[0], span[-1])}",
                }
            )
    return found


def _span_text(first: int, last: int) -> str:
    return f"lap {first}" if first == last else f"laps {first}–{last}"


def _events(race: Session, own: dict[str, pd.DataFrame]) -> dict[str, list[dict[str, Any]]]:
    """Penalties, incidents and the end of the race of each driver."""
    found: dict[str, list[dict[str, Any]]] = {}
    for penalty in penalties(race):
        words = {
            "time": f"{penalty.seconds:.0f} s time penalty",
            "stop_go": f"{penalty.seconds:.0f} s stop-and-go penalty",
            "drive_through": "Drive-through penalty",
        }[penalty.kind]
        why = f" ({penalty.reason})" if penalty.reason else ""
        event = {"lap": max(penalty.lap, 1), "kind": "penalty", "text": words + why}
        found.setdefault(penalty.driver, []).append(event)
    for message in race.messages.to_dict("records"):
        for code in _involved(message, race.start_s, own):
            lap = _lap_of(own[code], message)
            event = {"lap": lap, "kind": "incident", "text": str(message["message"])}
            found.setdefault(code, []).append(event)
    for row in race.results.to_dict("records"):
        if not row["classified"] and row["driver"] in own:
            last = int(own[row["driver"]]["lap"].max())
            event = {"lap": last, "kind": "out", "text": str(row["status"])}
            found.setdefault(row["driver"], []).append(event)
    return found


def _involved(
    message: Mapping[Any, Any], start_s: float, own: dict[str, pd.DataFrame]
) -> list[str]:
    """Drivers an incident of the race is about; nobody when the message is about none."""
    text = str(message["message"])
    told = message["category"] == "CarEvent" or ("INCIDENT" in text and text.count("NOTED") > 0)
    if not told or message["time_s"] < start_s:
        return []
    named = [*_CODE.findall(text), str(message["driver"])]
    return [code for code in dict.fromkeys(named) if code in own]


def _lap_of(laps: pd.DataFrame, message: Mapping[Any, Any]) -> int:
    """Lap a driver was on when a message came."""
    if not np.isfinite(message["time_s"]):
        return min(int(message["lap"]), int(laps["lap"].max()))
    done = int((laps["time_s"] < message["time_s"]).sum())
    return min(done + 1, int(laps["lap"].max()))


def report_data(weekend: Weekend, report: object) -> dict[str, Any] | None:
    """Pick from an autopsy what the timeline shows: events and evidence with their laps.

    Parameters
    ----------
    weekend : Weekend
        The race shown.
    report : AutopsyReport, dict or None
        The report, or its ``to_dict()``.

    Returns
    -------
    dict or None
        ``driver``, ``title``, ``verdict``, ``timeline``, ``evidence``.

    Raises
    ------
    InvalidInput
        If the report is of another race, or does not add up.
    UnknownName
        If its driver is not in this race.
    """
    if report is None:
        return None
    wired = wire_report(report)
    race = (wired["year"], wired["event"])
    if race != (weekend.year, weekend.event):
        raise InvalidInput(
            f"The report is of {race[1]} {race[0]} and the timeline of {weekend.event} "
            f"{weekend.year}; pass a report of the same race."
        )
    field = list(weekend.race.results["driver"])
    if wired["driver"] not in field:
        raise UnknownName("driver", str(wired["driver"]), field)
    evidence = [
        {"label": category["label"], **item}
        for category in wired.get("categories", {}).values()
        for item in category["evidence"]
    ]
    against = wired["reference_name"] or wired["reference"]
    return {
        "driver": wired["driver"],
        "against": f"Autopsy against {against}" if against else "Autopsy",
        "verdict": wired.get("refusal") or wired["verdict"] or "",
        "timeline": wired.get("timeline", []),
        "evidence": evidence,
    }
