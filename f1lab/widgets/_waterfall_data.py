"""The part of an autopsy the waterfall draws, checked at the door.

What passes here adds up: the causes and the unexplained remainder sum to the gap. Nothing
else (diagnostics, ledgers, lap-by-lap positions) travels to the browser.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from typing import Any

from f1lab.errors import InvalidInput

__all__ = ["CATEGORIES", "wire"]

#: The six causes in the order they are booked, with the words for them.
CATEGORIES = {
    "qualifying": "Qualifying",
    "tyre_degradation": "Tyre degradation",
    "pit_execution": "Pit execution",
    "strategy": "Strategy",
    "car_pace": "Car pace",
    "incidents": "Incidents",
}

_HEADER = (
    "year", "event", "circuit", "driver", "driver_name", "team", "team_colour",
    "reference", "reference_kind", "reference_name", "status", "classified", "grid", "finish",
    "laps_compared", "verdict",
)  # fmt: skip

_TOLERANCE_S = 1e-3 + 1e-9
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def wire(report: object) -> dict[str, Any]:
    """Pick from a report what the waterfall shows.

    Parameters
    ----------
    report : dict or object with ``to_dict()``
        An autopsy report. A report on a driver that could not be judged has the reason
        under ``"refusal"`` and needs no numbers.

    Returns
    -------
    dict
        JSON-ready: header fields, ``gap_s``, ``categories``, ``unexplained``,
        ``timeline``; or the header fields and ``refusal``.

    Raises
    ------
    InvalidInput
        If a field is missing or no number, or the parts do not sum to ``gap_s`` to 1 ms.
    """
    data = _as_mapping(report)
    if not _text(data.get("driver")):
        raise InvalidInput(
            "The report names no driver: 'driver' must hold a code such as 'HAM'. "
            "Pass f1lab.autopsy(...) or its to_dict().",
        )
    result: dict[str, Any] = {key: _clean(data.get(key)) for key in _HEADER}
    if data.get("refusal"):
        return {**result, "refusal": _text(data["refusal"])}
    result["gap_s"] = _number(data, "gap_s", "the report")
    result["categories"] = _categories(data)
    result["unexplained"] = _unexplained(data)
    result["timeline"] = [_event(event) for event in data.get("timeline") or ()]
    _check_sum(result)
    return result


def _as_mapping(report: object) -> Mapping[str, Any]:
    to_dict = getattr(report, "to_dict", None)
    data = to_dict() if callable(to_dict) else report
    if not isinstance(data, Mapping):
        raise InvalidInput(
            f"A {type(report).__name__} is no autopsy report. "
            "Pass f1lab.autopsy(...) or the dict of its to_dict().",
        )
    return data


def _categories(data: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    given = data.get("categories")
    missing = [key for key in CATEGORIES if not isinstance(given, Mapping) or key not in given]
    if missing or not isinstance(given, Mapping):
        raise InvalidInput(
            f"The report's categories lack {', '.join(missing)}; all of "
            f"{', '.join(CATEGORIES)} are needed, or a 'refusal' with the reason.",
        )
    return {key: _category(key, given[key]) for key in CATEGORIES}


def _category(key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    seconds = _number(given, "seconds", key)
    return {
        "label": _text(given.get("label")) or CATEGORIES[key],
        "seconds": seconds,
        **_interval(given, seconds),
        "share": _finite(given.get("share")),
        "positions": int(_finite(given.get("positions")) or 0),
        "evidence": [_evidence(item) for item in given.get("evidence") or ()],
    }


def _unexplained(data: Mapping[str, Any]) -> dict[str, Any]:
    seconds = _number(data, "unexplained_s", "the report")
    return {"seconds": seconds, **_interval(data.get("unexplained") or {}, seconds)}


def _interval(given: Mapping[str, Any], seconds: float) -> dict[str, float | None]:
    low, high = _finite(given.get("low_s")), _finite(given.get("high_s"))
    if low is None or high is None:
        return {"low_s": None, "high_s": None}
    if low > high:
        raise InvalidInput(
            f"An interval runs from {low} s to {high} s around {seconds} s; "
            "low_s must not exceed high_s.",
        )
    return {"low_s": low, "high_s": high}


def _evidence(item: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "text": _text(item.get("text")),
        "laps": sorted({int(lap) for lap in item.get("laps") or ()}),
        "seconds": _finite(item.get("seconds")),
    }


def _event(event: Mapping[str, Any]) -> dict[str, Any]:
    lap = int(_finite(event.get("lap")) or 0)
    return {
        "lap": lap,
        "last_lap": max(int(_finite(event.get("last_lap")) or lap), lap),
        "kind": _text(event.get("kind")),
        "text": _text(event.get("text")),
    }


def _check_sum(result: Mapping[str, Any]) -> None:
    parts = [category["seconds"] for category in result["categories"].values()]
    booked = math.fsum([*parts, result["unexplained"]["seconds"]])
    if abs(booked - result["gap_s"]) > _TOLERANCE_S:
        raise InvalidInput(
            f"The report does not add up: causes and remainder sum to {booked:.3f} s and "
            f"gap_s is {result['gap_s']:.3f} s; they must agree to 1 ms.",
        )


def _number(given: Mapping[str, Any], key: str, where: str) -> float:
    value = _finite(given.get(key))
    if value is None:
        raise InvalidInput(
            f"{key!r} of {where} is {given.get(key)!r}; a finite number of seconds is needed, "
            "or a 'refusal' with the reason.",
        )
    return value


def _finite(value: object) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    return "" if value is None else _UNPRINTABLE.sub(" ", str(value)).strip()


def _clean(value: object) -> bool | float | str | None:
    if value is None or isinstance(value, (bool, str)):
        return _text(value) if isinstance(value, str) else value
    number = _finite(value)
    if number is None:
        return None
    return int(number) if number.is_integer() else number
