"""Names and types of what stands in addresses, the same for every endpoint.

The functions below run in a worker process, which is where data are loaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import Path, Query
from pydantic import Field

from f1lab.errors import NoData, SourceError, UnknownName

if TYPE_CHECKING:
    from f1lab.data.schema import Session, Weekend

__all__ = [
    "DEMO",
    "Driver",
    "Event",
    "First",
    "Kind",
    "Lap",
    "Reference",
    "Season",
    "Second",
    "Seed",
    "Year",
    "load_weekend",
    "load_with_car_data",
]

#: The word that stands for the demo weekend where a year is asked for.
DEMO = "demo"
_NAME = r"^[^/\\\x00-\x1f\x7f]+$"
_CODE = r"^[A-Za-z]{3}$"

Season = Annotated[int, Path(description="Season.", ge=2018, le=2100, examples=[2023])]
#: Which seasons there are the library says itself; a number that is no year never comes so far.
Year = Annotated[
    Annotated[int, Field(ge=1, le=9999)] | Literal["demo"],
    Path(
        description="Season from 2018 on, or the word demo.",
        examples=["demo"],
        union_mode="left_to_right",
    ),
]
Event = Annotated[
    str,
    Path(
        description="Event by name or round, such as Monaco or 6; the word demo for the demo.",
        min_length=1,
        max_length=60,
        pattern=_NAME,
        examples=["demo"],
    ),
]
Driver = Annotated[
    str, Path(description="Three-letter code, such as HAM.", pattern=_CODE, examples=["UUR"])
]
Reference = Annotated[
    str,
    Query(
        description="winner, teammate, ideal, or a driver's code.",
        pattern=r"^(winner|teammate|ideal|[A-Za-z]{3})$",
    ),
]
Lap = Annotated[int, Query(description="Last lap known; 0 for the grid.", ge=0, le=200)]
First = Annotated[
    str, Query(description="Three-letter code of the first.", pattern=_CODE, examples=["UUR"])
]
Second = Annotated[
    str,
    Query(
        description="Three-letter code of whom he is compared with.",
        pattern=_CODE,
        examples=["WEX"],
    ),
]
Kind = Annotated[
    Literal["Q", "R"] | None,
    Query(description="Q or R; by default the session that has car data.", examples=["R"]),
]
Seed = Annotated[int, Query(description="Of the luck; another seed, other races.", ge=0, lt=2**31)]


def load_weekend(year: int | str, event: str) -> Weekend:
    """Load what an address names: a real weekend or the demo.

    Parameters
    ----------
    year : int or "demo"
        Season.
    event : str
        Name or round; ``"demo"`` for the demo.

    Returns
    -------
    Weekend

    Raises
    ------
    UnknownName
        No such season or event.
    """
    from f1lab.data.source import load, load_demo  # noqa: PLC0415  (in a worker only)

    if year != DEMO:
        return load(int(year), event)
    if event.casefold() != DEMO:
        raise UnknownName("event of the demo", event, (DEMO,))
    return load_demo()


def load_with_car_data(year: int | str, event: str, session: str | None) -> Weekend | Session:
    """Load what an address names; the one session asked for, where its race is not to be had.

    Parameters
    ----------
    year : int or "demo"
        Season.
    event : str
        Name or round; ``"demo"`` for the demo.
    session : str or None
        ``"Q"`` or ``"R"``.

    Returns
    -------
    Weekend or Session
    """
    from f1lab.data.source import load_session  # noqa: PLC0415  (in a worker only)

    try:
        return load_weekend(year, event)
    except (NoData, SourceError):
        if session != "Q" or year == DEMO:
            raise
        return load_session(int(year), event, session)
