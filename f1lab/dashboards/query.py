"""What a page's address asks for: ``?year=2023&event=Monaco&driver=HAM``, checked value by value.

Whatever stands in an address was written by somebody else. A name the page does not know and a
value it cannot use end as one sentence on the page; nothing is guessed.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from f1lab.errors import InvalidInput, UnknownName

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["DEMO", "Query", "parse_query", "visitor_query"]

#: The word that stands for the demo weekend where a year is asked for.
DEMO = "demo"
#: No name of an event is longer.
_LONGEST = 60
#: The key of the server, which a first visit carries in its address.
_NOT_OURS = frozenset({"token"})
_REFERENCES = ("winner", "teammate", "ideal")
_MOST_LAPS = 200


@dataclass(frozen=True, kw_only=True)
class Query:
    """What was asked for; None for what was not.

    Parameters
    ----------
    year : int or None
        Season; None with ``demo`` for the demo weekend.
    demo : bool
        The demo weekend was asked for.
    event : str or None
        Name of an event, as a person gives it.
    driver : str or None
        Three-letter code.
    reference : str or None
        ``"winner"``, ``"teammate"``, ``"ideal"`` or a driver's code.
    lap : int or None
        Last lap known.
    """

    year: int | None = None
    demo: bool = False
    event: str | None = None
    driver: str | None = None
    reference: str | None = None
    lap: int | None = None


def parse_query(text: str, known: tuple[str, ...]) -> Query:
    """Read what stands behind the question mark of an address.

    Parameters
    ----------
    text : str
        The query string, without the question mark.
    known : tuple of str
        Names this page understands.

    Returns
    -------
    Query

    Raises
    ------
    UnknownName
        A name the page does not know.
    InvalidInput
        A value that cannot be used, or a name given twice.

    Examples
    --------
    >>> parse_query("year=2023&event=Monaco&driver=ham", ("year", "event", "driver")).driver
    'HAM'
    >>> parse_query("year=soon", ("year",))
    Traceback (most recent call last):
    f1lab.errors.InvalidInput: year is a season such as 2023, or demo; not 'soon'.
    """
    told: dict[str, object] = {}
    for name, value in parse_qsl(text, keep_blank_values=True):
        if name in _NOT_OURS or not value.strip():
            continue
        if name not in known:
            raise UnknownName("setting of this page", name[:_LONGEST], known)
        if name in told:
            raise InvalidInput(f"{name} stands in the address twice; give it once.")
        told[name] = _CHECKS[name](value.strip())
    demo = told.get("year") == DEMO
    return Query(**(told | {"year": None, "demo": True} if demo else told))  # type: ignore[arg-type]  # each was checked


def visitor_query() -> str:
    """Query string of whoever opened the page; a kernel heated ahead waits here for its visitor.

    Returns
    -------
    str
        Empty outside Voilà.
    """
    if os.environ.get("VOILA_PREHEAT") != "True":
        return os.environ.get("QUERY_STRING", "")
    # Comes with Voilà: only a page it serves gets here.
    from websockets.sync.client import connect  # noqa: PLC0415

    place = os.environ.get("VOILA_APP_IP", "127.0.0.1")
    base = os.environ["VOILA_SERVER_URL"]
    kernel = os.environ["VOILA_KERNEL_ID"]
    address = f"ws://{place}:{os.environ['VOILA_APP_PORT']}{base}voila/query/{kernel}"
    with connect(address, proxy=None) as line:
        return str(json.loads(line.recv()).get("QUERY_STRING", ""))


def _year(text: str) -> int | str:
    if text.casefold() == DEMO:
        return DEMO
    if not re.fullmatch(r"[0-9]{4}", text):
        raise InvalidInput(f"year is a season such as 2023, or demo; not {text[:_LONGEST]!r}.")
    return int(text)


def _event(text: str) -> str:
    if len(text) > _LONGEST or not text.isprintable():
        raise InvalidInput(f"event is the name of a race, such as Monaco; not {text[:_LONGEST]!r}.")
    return text


def _driver(text: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise InvalidInput(f"driver is a three-letter code such as HAM; not {text[:_LONGEST]!r}.")
    return text.upper()


def _reference(text: str) -> str:
    if text.casefold() in _REFERENCES:
        return text.casefold()
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise InvalidInput(
            f"reference is {', '.join(_REFERENCES)}, or a driver’s code; not {text[:_LONGEST]!r}."
        )
    return text.upper()


def _lap(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,3}", text) or int(text) > _MOST_LAPS:
        raise InvalidInput(f"lap is the last lap known, 0 for the grid; not {text[:_LONGEST]!r}.")
    return int(text)


_CHECKS: dict[str, Callable[[str], object]] = {
    "year": _year,
    "event": _event,
    "driver": _driver,
    "reference": _reference,
    "lap": _lap,
}
