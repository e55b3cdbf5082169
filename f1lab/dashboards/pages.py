"""The pages: their names, what they are for, and how one is linked to."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import quote_plus, urlencode

__all__ = ["PAGES", "Page", "icon", "link"]


class Page(NamedTuple):
    """A dashboard: file name, label of its link, what it shows, names its address knows, icon."""

    name: str
    label: str
    about: str
    asks: tuple[str, ...]
    path: str


#: In the order they are linked. An icon is the path of a 24 × 24 drawing in strokes.
PAGES = (
    Page(
        "home",
        "Races",
        "What this is, and every race at hand.",
        (),
        "M4 11.5 12 5l8 6.5M6.5 10v9h11v-9M10 19v-5h4v5",
    ),
    Page(
        "autopsy",
        "Autopsy",
        "What cost this driver the time: every second of every lap, booked once.",
        ("year", "event", "driver", "reference"),
        "M4 5v15h16M8 16v-4M12 12V7M16 9v8M16 17h4",
    ),
    Page(
        "simulator",
        "Simulator",
        "Make the pit wall’s calls lap by lap, in the race as it really went.",
        ("year", "event", "driver"),
        "M12 20a8 8 0 1 1 8-8M12 12l5-3M12 4v2M4 12h2M17 17l4 2-4 2z",
    ),
    Page(
        "leaderboard",
        "Leaderboard",
        "Whose calls were the best, and what the good runs agree on.",
        ("year", "event", "driver"),
        "M4 20v-7h5v7M9 20V6h6v14M15 20v-9h5v9M3 20h18",
    ),
    Page(
        "teams",
        "Teams",
        "Constructors’ blame and pit work of a race, reliability over its season.",
        ("year", "event", "reference"),
        "M6 8a2.5 2.5 0 1 0 5 0 2.5 2.5 0 1 0-5 0M3.5 19c0-3.5 2-5.5 5-5.5s5 2 5 5.5M14.5 5.8a2.5 2.5 0 0 1 0 4.5M16 13.8c2.6.4 4.3 2.3 4.5 5.2",
    ),
    Page(
        "season",
        "Season",
        "A whole season on one sheet: drivers, teams and races by cause.",
        ("year", "reference"),
        "M4 4h16v16H4zM4 9.3h16M4 14.7h16M9.3 4v16M14.7 4v16",
    ),
    Page(
        "strategy",
        "Strategy",
        "The best plan with what was known, its pit windows, and what if a safety car comes.",
        ("year", "event", "driver", "lap"),
        "M4 12h5M9 12c4 0 3-6 7-6h4M9 12c4 0 3 6 7 6h4M17.5 3.5 20 6l-2.5 2.5M17.5 15.5 20 18l-2.5 2.5",
    ),
)


def icon(page: Page) -> str:
    """The drawing of a page, in the colour of the words around it."""
    return (
        '<svg class="icon" viewBox="0 0 24 24" width="24" height="24" fill="none" '
        'stroke="currentColor" stroke-width="1.7" stroke-linecap="round" stroke-linejoin="round" '
        f'aria-hidden="true" focusable="false"><path d="{page.path}"/></svg>'
    )


def link(name: str, **asked: object) -> str:
    """Address of a page, relative to any other.

    Examples
    --------
    >>> link("autopsy", year=2023, event="Monaco Grand Prix", driver=None)
    'autopsy.ipynb?year=2023&event=Monaco+Grand+Prix'
    """
    known = {key: value for key, value in asked.items() if value is not None}
    query = urlencode(known, quote_via=quote_plus)
    return f"{name}.ipynb{'?' if query else ''}{query}"
