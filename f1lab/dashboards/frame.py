"""What every page is framed by: its beginning, the race picker, links, and errors as sentences."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from IPython import get_ipython

from f1lab.dashboards.pages import PAGES, icon, link
from f1lab.dashboards.query import DEMO, Query, parse_query, visitor_query
from f1lab.dashboards.races import load_race, races_at_hand, season_at_hand, season_opened
from f1lab.data.circuits import fold
from f1lab.data.source import load_demo
from f1lab.errors import F1LabError, UnknownName
from f1lab.reporting.page_parts import Block, drawn_or_said, escaped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from IPython.core.interactiveshell import InteractiveShell

    from f1lab.data.schema import Weekend

__all__ = ["Chart", "Choice", "SeasonChoice", "begin", "choose", "choose_season", "drawn", "home"]

#: What the reference of an autopsy is called in the picker.
_REFERENCES = {"winner": "the winner", "teammate": "the team-mate", "ideal": "the ideal race"}
_RUNNER_UP = 2
_PLOTLY = "application/vnd.plotly.v1+json"

Options = list[tuple[str, str]]


def begin(name: str) -> Query:
    """Wait for the visitor, and read what he asks for.

    From here on every error that f1lab raises on purpose ends the page with its sentence.

    Parameters
    ----------
    name : str
        Which page this is, one of :data:`~f1lab.dashboards.pages.PAGES`.

    Returns
    -------
    Query
        The demo weekend when nothing was asked for.
    """
    shell = get_ipython()
    if shell is not None:
        shell.set_custom_exc((F1LabError,), _say)
    page = next(page for page in PAGES if page.name == name)
    return parse_query(visitor_query(), page.asks)


def sentence(error: F1LabError) -> Block:
    """An error as the page says it, with the way on."""
    return Block(
        '<section class="sorry" role="alert"><h2>That can’t be shown</h2>'
        f"<p>{escaped(str(error)[:1].upper() + str(error)[1:])}</p>"
        f'<p><a href="{link("home")}">All races at hand</a></p></section>'
    )


def _say(shell: InteractiveShell, _kind: type, error: F1LabError, *_: object, **__: object) -> None:
    shell.display_pub.publish({"text/html": sentence(error).html})


@dataclass(frozen=True, eq=False)
class Choice:
    """The race and the driver a page is about, and the form that asks for others.

    Parameters
    ----------
    name : str
        Which page.
    query : Query
    """

    name: str
    query: Query

    @cached_property
    def weekend(self) -> Weekend:
        """The race asked for; F1LabError with the reason where it cannot be shown."""
        return load_race(self.query)

    @cached_property
    def driver(self) -> str:
        """The driver asked for; the runner-up when nobody was named.

        Raises
        ------
        UnknownName
            He is not in the race.
        """
        results = self.weekend.race.results
        field = [str(code) for code in results["driver"]]
        if self.query.driver is None:
            second = results.loc[results["finish"] == _RUNNER_UP, "driver"]
            return str(second.iloc[0]) if len(second) else field[0]
        if self.query.driver not in field:
            race = f"{self.weekend.year} {self.weekend.event}"
            raise UnknownName(f"driver in the {race}", self.query.driver, field)
        return self.query.driver

    @property
    def reference(self) -> str:
        """Whom he is measured against."""
        return self.query.reference or "winner"

    @property
    def picker(self) -> Block:
        """A form that asks this page for another race."""
        asks = next(page.asks for page in PAGES if page.name == self.name)
        fields = [_year_field(self.query)]
        if self.query.year is not None:
            fields.append(_select("event", "Race", self._events(), self._shown_event()))
        if "driver" in asks:
            fields.append(_select("driver", "Driver", self._drivers(), self._shown_driver()))
        if "reference" in asks:
            fields.append(_reference_field(self.query))
        if "lap" in asks:
            fields.append(_lap_field(self.query))
        return _form(fields)

    @property
    def filter(self) -> Block:
        """A form that asks this page for one race, or for all."""
        query = self.query
        fields = [_year_field(query, "All seasons")]
        if query.year is not None:
            shown = "" if query.event is None else self._shown_event()
            fields.append(_select("event", "Race", [("", "All races"), *self._events()], shown))
        if query.demo or query.event is not None:
            cars = [("", "All cars"), *self._drivers()]
            fields.append(_select("driver", "Car", cars, query.driver or ""))
        return _form(fields)

    def _events(self) -> Options:
        events = [race.event for race in races_at_hand() if race.year == self.query.year]
        return [(event, event.removesuffix(" Grand Prix")) for event in events]

    def _shown_event(self) -> str:
        """The event as the list has it, whatever part of its name was asked for."""
        try:
            wanted = fold(self.weekend.event)
        except F1LabError:
            return ""
        return next((name for name, _ in self._events() if fold(name) == wanted), "")

    def _drivers(self) -> Options:
        try:
            results = self.weekend.race.results
        except F1LabError:
            return []
        rows = zip(results["driver"], results["name"], strict=True)
        return [(str(code), f"{code} · {name}") for code, name in rows]

    def _shown_driver(self) -> str:
        try:
            return self.driver
        except F1LabError:
            return ""


@dataclass(frozen=True, eq=False)
class SeasonChoice:
    """The season a page is about, and the form that asks for another.

    Parameters
    ----------
    query : Query
    """

    query: Query

    @cached_property
    def weekends(self) -> list[Weekend]:
        """The races at hand; the demo alone when no season was asked for."""
        if self.query.demo or self.query.year is None:
            return [load_demo()]
        return season_at_hand(self.query.year)

    @property
    def opened(self) -> list[Weekend]:
        """The races at hand that were opened before; the demo alone when no season was asked for."""
        if self.query.demo or self.query.year is None:
            return [load_demo()]
        return season_opened(self.query.year)

    @property
    def n_at_hand(self) -> int:
        """Races of the season at hand, opened or not."""
        return sum(race.year == self.query.year for race in races_at_hand()) or 1

    @property
    def reference(self) -> str:
        """Whom everybody is measured against."""
        return self.query.reference or "winner"

    @property
    def picker(self) -> Block:
        """A form that asks this page for another season."""
        return _form([_year_field(self.query), _reference_field(self.query)])

    @property
    def waiting(self) -> Block:
        """What is said while races are taken apart."""
        races = self.n_at_hand
        if races <= 1:
            return Block("")
        return Block(
            f'<p class="waiting" role="status">Taking {races} races apart. The first time takes a '
            "few seconds a race; then they are kept.</p>"
        )


@dataclass(frozen=True)
class Chart:
    """A figure as nothing but its data: the page has the library that draws it.

    Shown by itself a figure would first load what plotly knows of every kind of notebook, for
    seconds.

    Parameters
    ----------
    spec : dict
        The figure as plotly's JSON.
    """

    spec: dict[str, object]

    def _repr_mimebundle_(self, **_: object) -> dict[str, object]:
        return {_PLOTLY: self.spec}


def drawn(draw: Callable[[], object]) -> Chart | Block:
    """A figure for the page; where the data cannot carry it, the sentence that says so.

    Parameters
    ----------
    draw : callable
        Gives a figure of :mod:`f1lab.figures`.
    """
    figure = drawn_or_said(draw)
    if isinstance(figure, Block):
        return figure
    return Chart(json.loads(figure.to_json()))  # type: ignore[attr-defined]  # a plotly figure


def choose(name: str, query: Query) -> Choice:
    """Find out which race and driver a page is about; it is loaded when it is first needed."""
    return Choice(name, query)


def choose_season(query: Query) -> SeasonChoice:
    """Find out which season a page is about."""
    return SeasonChoice(query)


def home() -> Block:
    """Cards to the other pages and every race at hand."""
    cards = "".join(
        f'<li><a class="card" href="{link(page.name)}">{icon(page)}<strong>{page.label}</strong>'
        f"<span>{page.about}</span></a></li>"
        for page in PAGES
        if page.name != "home"
    )
    return Block(f'<ul class="cards">{cards}</ul>{_race_list()}')


def _race_list() -> str:
    races = races_at_hand()
    seasons = dict.fromkeys(race.year for race in races)
    blocks = "".join(
        _season_list(year, [race.event for race in races if race.year == year], opened=not place)
        for place, year in enumerate(seasons)
    )
    demo = (
        '<section class="demo"><h3>Demo weekend</h3><p>Twenty cars, an invented circuit, rain, a '
        "safety car and a slow stop. Nothing is needed for it, and the truth is known. "
        f"{_race_links(year=DEMO)}</p></section>"
    )
    none = (
        ""
        if races
        else '<p class="missing">No real race is at hand yet. With a network, <code>f1lab cache warm'
        "</code> loads some; an existing FastF1 cache is named by <code>F1LAB_FASTF1_CACHE</code>.</p>"
    )
    return f"<h2>Races at hand</h2>{demo}{blocks}{none}"


def _season_list(year: int, events: Sequence[str], *, opened: bool) -> str:
    rows = "".join(
        f"<li><span>{escaped(event.removesuffix(' Grand Prix'))}</span> "
        f"{_race_links(year=year, event=event)}</li>"
        for event in events
    )
    races = f"{len(events)} race{'s' * (len(events) != 1)}"
    return (
        f'<details class="races-of"{" open" if opened else ""}><summary><strong>{year}</strong> '
        f'<span>{races}</span></summary><p><a href="{link("season", year=year)}">The season on one '
        f"sheet</a></p><ul>{rows}</ul></details>"
    )


def _race_links(**race: object) -> str:
    words = (
        f'<a href="{escaped(link(name, **race))}">{name}</a>'
        for name in ("autopsy", "simulator", "teams", "strategy")
    )
    return f'<span class="ways">{" ".join(words)}</span>'


def _year_field(query: Query, everything: str | None = None) -> str:
    seasons = dict.fromkeys(race.year for race in races_at_hand())
    options = [(DEMO, "Demo weekend"), *((str(year), str(year)) for year in seasons)]
    if everything is not None:
        options.insert(0, ("", everything))
    nothing = "" if everything is not None and not query.demo else DEMO
    return _select("year", "Season", options, str(query.year or nothing))


def _reference_field(query: Query) -> str:
    shown = query.reference or "winner"
    options = list(_REFERENCES.items())
    if shown not in _REFERENCES:
        options.append((shown, shown))
    return _select("reference", "Against", options, shown)


def _lap_field(query: Query) -> str:
    return (
        '<label class="lap">Laps known<input name="lap" type="number" min="0" max="200" '
        f'inputmode="numeric" value="{query.lap or 0}"></label>'
    )


def _select(name: str, label: str, options: Iterable[tuple[str, str]], shown: str) -> str:
    written = "".join(
        f'<option value="{escaped(value)}"{" selected" if value == shown else ""}>{escaped(text)}</option>'
        for value, text in options
    )
    return f'<label>{label}<select name="{name}">{written}</select></label>'


def _form(fields: Iterable[str]) -> Block:
    return Block(
        f'<form class="picker" method="get">{"".join(fields)}<button type="submit">Show</button></form>'
    )
