"""The parameters of the report notebooks, checked in one place.

Papermill injects whatever it is given; the cell after the parameters calls the report's
``check_…_parameters`` and works on with what that returns.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from f1lab.errors import InvalidInput, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.autopsy import AutopsyReport
    from f1lab.autopsy.season import SeasonBlame
    from f1lab.compare.driver_comparison import DriverComparison
    from f1lab.data.schema import Weekend

__all__ = [
    "DEMO",
    "AutopsyParameters",
    "ComparisonParameters",
    "SeasonParameters",
    "WeekendParameters",
    "check_autopsy_parameters",
    "check_comparison_parameters",
    "check_season_parameters",
]

#: The word that stands for the demo weekend wherever a year is asked for.
DEMO = "demo"


@dataclass(frozen=True, kw_only=True)
class WeekendParameters:
    """Which weekend a report is about, and where it comes from."""

    year: int | None = None
    event: str | None = None
    source: str | None = None
    offline: bool | None = None
    fastf1_cache: str | None = None
    recording: str | None = None

    def load(self) -> Weekend:
        """Load the weekend: the demo, or the year and event asked for."""
        from f1lab.data.source import load, load_demo

        if self.source == DEMO:
            return load_demo()
        if self.year is None or self.event is None:
            raise InvalidInput('year and event are both needed unless source is "demo".')
        return load(
            self.year,
            self.event,
            source=self.source,
            offline=self.offline,
            fastf1_cache=self.fastf1_cache,
            recording=self.recording,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the parameters as papermill injects them."""
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class AutopsyParameters(WeekendParameters):
    """What the autopsy report is about; made by :func:`check_autopsy_parameters`."""

    driver: str
    reference: str = "winner"

    def autopsy(self, weekend: Weekend) -> AutopsyReport:
        """Judge the driver against the reference in a loaded weekend."""
        from f1lab.autopsy import autopsy

        return autopsy(weekend, self.driver, reference=self.reference)


@dataclass(frozen=True, kw_only=True)
class ComparisonParameters(WeekendParameters):
    """Who is compared; made by :func:`check_comparison_parameters`."""

    first: str
    second: str

    def compare(self, weekend: Weekend) -> DriverComparison:
        """Compare the two drivers over a loaded weekend."""
        from f1lab.compare import drivers

        return drivers(weekend, self.first, self.second)


@dataclass(frozen=True, kw_only=True)
class SeasonParameters:
    """Which season is summed up; made by :func:`check_season_parameters`."""

    year: int | None = None
    source: str | None = None
    reference: str = "winner"
    drivers: tuple[str, ...] | None = None
    jobs: int = 1
    offline: bool | None = None
    fastf1_cache: str | None = None

    def run(self, progress: Callable[[str, int, int], None] | None = None) -> SeasonBlame:
        """Take every race of the season apart; the demo is a season of one race."""
        from f1lab.autopsy.season import season_blame
        from f1lab.data.source import load_demo

        return season_blame(
            [load_demo()] if self.source == DEMO or self.year is None else self.year,
            self.reference,
            self.jobs,
            drivers=self.drivers,
            offline=self.offline,
            fastf1_cache=self.fastf1_cache,
            progress=progress,
        )

    def to_dict(self) -> dict[str, object]:
        """Return the parameters as papermill injects them."""
        told = asdict(self)
        return told | {"drivers": None if self.drivers is None else ",".join(self.drivers)}


def check_autopsy_parameters(
    *,
    driver: object,
    reference: object = "winner",
    year: object = None,
    event: object = None,
    source: object = None,
    offline: object = None,
    fastf1_cache: object = None,
    recording: object = None,
) -> AutopsyParameters:
    """Turn injected values into typed parameters.

    Parameters
    ----------
    driver, reference : str
        Driver codes; ``reference`` may also be ``"winner"``, ``"teammate"`` or ``"ideal"``.
    year : int or str, optional
        Season. Left out for the demo weekend only.
    event : str or int, optional
        Name or round of the event. Left out for the demo weekend only.
    source : str, optional
        One of :data:`f1lab.data.source.SOURCES`; the usual one when left out.
    offline : bool, optional
        True never touches the network.
    fastf1_cache : str, optional
        An existing FastF1 cache folder.
    recording : str, optional
        A live-timing recording; implies ``source="livetiming"``.

    Returns
    -------
    AutopsyParameters

    Raises
    ------
    InvalidInput
        A value of the wrong kind, with what is allowed.

    Examples
    --------
    >>> check_autopsy_parameters(driver="ham", year="2023", event="Monaco").driver
    'HAM'
    >>> check_autopsy_parameters(driver="HAM", year="last", event="Monaco")
    Traceback (most recent call last):
    f1lab.errors.InvalidInput: year must be a season such as 2023, or the word demo; not 'last'.
    """
    return AutopsyParameters(
        driver=_code("driver", driver),
        reference=_reference(_text("reference", reference)),
        **_weekend(year, event, source, offline, fastf1_cache, recording),
    )


def check_comparison_parameters(
    *,
    first: object,
    second: object,
    year: object = None,
    event: object = None,
    source: object = None,
    offline: object = None,
    fastf1_cache: object = None,
    recording: object = None,
) -> ComparisonParameters:
    """Turn injected values into typed parameters of a comparison of two drivers.

    Parameters
    ----------
    first, second : str
        Driver codes; every difference is the first minus the second.
    year, event, source, offline, fastf1_cache, recording
        As for :func:`check_autopsy_parameters`.

    Returns
    -------
    ComparisonParameters

    Raises
    ------
    InvalidInput
        A value of the wrong kind, or one driver compared with himself.
    """
    codes = _code("first", first), _code("second", second)
    if codes[0] == codes[1]:
        raise InvalidInput(f"{codes[0]} cannot be compared with himself; name two drivers.")
    return ComparisonParameters(
        first=codes[0],
        second=codes[1],
        **_weekend(year, event, source, offline, fastf1_cache, recording),
    )


def check_season_parameters(
    *,
    year: object = None,
    source: object = None,
    reference: object = "winner",
    drivers: object = None,
    jobs: object = 1,
    offline: object = None,
    fastf1_cache: object = None,
) -> SeasonParameters:
    """Turn injected values into typed parameters of a season's blame.

    Parameters
    ----------
    year : int or str, optional
        Season. Left out for the demo only.
    source : str, optional
        ``"demo"``; the usual source when left out.
    reference : str
        ``"winner"``, ``"teammate"``, ``"ideal"`` or a driver's code.
    drivers : str, optional
        Codes with commas between them; everybody when left out.
    jobs : int
        Races at a time, at least 1.
    offline, fastf1_cache
        As for :func:`check_autopsy_parameters`.

    Returns
    -------
    SeasonParameters

    Raises
    ------
    InvalidInput
        A value of the wrong kind, with what is allowed.
    """
    if source not in (None, DEMO):
        raise InvalidInput(f'source is "demo" or left out for a season; not {source!r}.')
    source = DEMO if DEMO in (year, source) else None
    return SeasonParameters(
        year=None if source == DEMO else _year(year, needed=True),
        source=source,
        reference=_reference(_text("reference", reference)),
        drivers=None if drivers is None else _codes(drivers),
        jobs=whole_number("jobs", jobs, least=1),
        offline=_offline(offline),
        fastf1_cache=None if fastf1_cache is None else _text("fastf1_cache", fastf1_cache),
    )


def _weekend(
    year: object,
    event: object,
    source: object,
    offline: object,
    fastf1_cache: object,
    recording: object,
) -> dict[str, Any]:
    """Which weekend, checked: the fields of :class:`WeekendParameters`."""
    if year == DEMO:
        year, source = None, DEMO
    return {
        "year": _year(year, needed=source != DEMO),
        "event": _event(event, needed=source != DEMO),
        "source": None if source is None else _text("source", source),
        "offline": _offline(offline),
        "fastf1_cache": None if fastf1_cache is None else _text("fastf1_cache", fastf1_cache),
        "recording": None if recording is None else _text("recording", recording),
    }


def _offline(value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise InvalidInput(f"offline must be true, false or nothing; not {value!r}.")
    return value


def _code(name: str, value: object) -> str:
    return _text(name, value).upper()


def _codes(value: object) -> tuple[str, ...]:
    """``HAM,VER`` as codes, each once."""
    codes = [code.strip().upper() for code in _text("drivers", value).split(",") if code.strip()]
    if not codes:
        raise InvalidInput(f"drivers are codes with commas, such as HAM,VER; not {value!r}.")
    return tuple(dict.fromkeys(codes))


def _text(name: str, value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise InvalidInput(f"{name} must be a word, not {value!r}.")
    return value.strip()


def _reference(value: str) -> str:
    """Words in small letters, driver codes in capitals."""
    return value.lower() if value.lower() in {"winner", "teammate", "ideal"} else value.upper()


def _year(value: object, *, needed: bool) -> int | None:
    if value is None and not needed:
        return None
    if isinstance(value, bool) or not re.fullmatch(r"\d{4}", str(value)):
        raise InvalidInput(f"year must be a season such as 2023, or the word demo; not {value!r}.")
    return int(str(value))


def _event(value: object, *, needed: bool) -> str | None:
    if value is None and not needed:
        return None
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return _text("event", value)
