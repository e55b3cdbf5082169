"""The parameters of the report notebooks, checked in one place.

Papermill injects whatever it is given; the cell after the parameters calls
``check_autopsy_parameters`` and works on with what that returns.
"""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from f1lab.autopsy import AutopsyReport
    from f1lab.data.schema import Weekend

__all__ = ["DEMO", "AutopsyParameters", "check_autopsy_parameters"]

#: The word that stands for the demo weekend wherever a year is asked for.
DEMO = "demo"


@dataclass(frozen=True)
class AutopsyParameters:
    """What the autopsy report is about; made by :func:`check_autopsy_parameters`."""

    driver: str
    reference: str = "winner"
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

    def autopsy(self, weekend: Weekend) -> AutopsyReport:
        """Judge the driver against the reference in a loaded weekend."""
        from f1lab.autopsy import autopsy

        return autopsy(weekend, self.driver, reference=self.reference)

    def to_dict(self) -> dict[str, object]:
        """Return the parameters as papermill injects them."""
        return asdict(self)


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
        ``"demo"``, ``"fastf1"`` or ``"livetiming"``; the usual one when left out.
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
    if year == DEMO:
        year, source = None, DEMO
    if offline is not None and not isinstance(offline, bool):
        raise InvalidInput(f"offline must be true, false or nothing; not {offline!r}.")
    return AutopsyParameters(
        driver=_text("driver", driver).upper(),
        reference=_reference(_text("reference", reference)),
        year=_year(year, needed=source != DEMO),
        event=_event(event, needed=source != DEMO),
        source=None if source is None else _text("source", source),
        offline=offline,
        fastf1_cache=None if fastf1_cache is None else _text("fastf1_cache", fastf1_cache),
        recording=None if recording is None else _text("recording", recording),
    )


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
