"""Who is examined and whom he is measured against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.errors import InvalidInput, NoData, NotEnoughLaps, UnknownName

if TYPE_CHECKING:
    from f1lab.data.schema import Weekend

__all__ = ["REFERENCES", "driver_code", "require_laps", "resolve", "winner"]

REFERENCES = ("winner", "teammate", "ideal")


def driver_code(weekend: Weekend, given: str) -> str:
    """Code of a driver of this race as it stands in the results."""
    known = [str(code) for code in weekend.race.results["driver"]]
    code = str(given).strip().upper()
    if code not in known:
        raise UnknownName(f"driver in the {weekend.year} {weekend.event}", str(given), known)
    return code


def winner(weekend: Weekend, exclude: str) -> str:
    """Best-placed driver with laps, other than ``exclude``."""
    results = weekend.race.results
    ran = set(weekend.race.laps["driver"])
    order = results.assign(place=results["finish"].fillna(np.inf)).sort_values(
        "place", kind="stable"
    )
    for code in order["driver"]:
        if code != exclude and code in ran:
            return str(code)
    raise NoData(
        f"nobody completed a lap of the {weekend.year} {weekend.event} to compare with; "
        "try another race."
    )


def resolve(weekend: Weekend, driver: str, given: str) -> tuple[str, str]:
    """Kind of the reference and the driver it means."""
    word = str(given).strip()
    if word.lower() == "winner":
        other = winner(weekend, exclude="")
        if other == driver:
            return "runner-up", winner(weekend, exclude=driver)
        return "winner", other
    if word.lower() == "ideal":
        return "ideal", "ideal"
    results = weekend.race.results
    if word.lower() == "teammate":
        team = results.loc[results["driver"] == driver, "team"].iloc[0]
        mates = [str(c) for c in results.loc[results["team"] == team, "driver"] if c != driver]
        if not mates:
            raise NoData(f"{driver} has no teammate in this race; give a driver code instead.")
        return "teammate", mates[0]
    known = [str(code) for code in results["driver"]]
    if word.upper() not in known:
        raise UnknownName("reference", word, [*REFERENCES, *known])
    if word.upper() == driver:
        others = ", ".join([*REFERENCES, *(code for code in known if code != driver)])
        raise InvalidInput(f"{driver} cannot be his own reference; give one of {others}.")
    return "driver", word.upper()


def require_laps(weekend: Weekend, code: str) -> None:
    """Refuse a driver who completed no lap."""
    if (weekend.race.laps["driver"] == code).any():
        return
    results = weekend.race.results.set_index("driver")
    status = str(results.loc[code, "status"]) or "no reason given"
    raise NotEnoughLaps(
        f"{code} completed no lap of the {weekend.year} {weekend.event} ({status}), "
        "so there is nothing to book; choose another driver."
    )
