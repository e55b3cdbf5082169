"""One car in absolute terms: engine, drag, corners, top speed, tyres, stops, each with its doubt."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
import pandas as pd

from f1lab.analyze import _car_findings as words
from f1lab.analyze._race_tables import figure
from f1lab.analyze._refusals import grouped
from f1lab.calc.corners import corner_class
from f1lab.calc.estimate import Estimate, Result
from f1lab.compare._car_evidence import engine_laps, known_car
from f1lab.compare._car_profile import CarProfile, benchmark_of, profile_of
from f1lab.compare._pace import PaceGap, pace_of
from f1lab.compare._result import Answer
from f1lab.compare._text import asked_or_refused
from f1lab.compare.laps import race_view
from f1lab.compare.stops import CrewTime, crew_time
from f1lab.compare.traces import remembering, session_of
from f1lab.data.schema import Session, Weekend

if TYPE_CHECKING:
    from f1lab.compare._car_field import FieldOnTrack

__all__ = ["CarAnalysis", "CornerSpeed", "car"]

#: Speed the drag is stated at [km/h].
AT_KMH = 300.0
_G_MS2 = 9.81
#: What two cars are compared by, and one car is not.
_OF_TWO = ("fastest laps", "corners", "grip", "fast corners", "drag", "open wing")


@dataclass(frozen=True)
class CornerSpeed(Result):
    """Least speed in a corner, mean of the car's best laps, beside the field's [km/h].

    ``apex_m`` is where the corner is slowest on the quickest lap [m], ``place`` 1 for the quickest
    of ``of`` cars.
    """

    corner: str
    kind: str
    apex_m: float
    apex_kmh: float
    best_kmh: float
    best_driver: str
    place: int
    of: int


@dataclass(frozen=True, repr=False)
class CarAnalysis(Answer):
    """A car analyzed. Make one with :func:`f1lab.analyze.car`.

    Attributes
    ----------
    year : int
    event, source : str or None
        None when a session was given without its weekend.
    session : str
        Name of the session the car data are from.
    driver, team : str
    profile : CarProfile
    drag_at_300_g : Estimate or None
        Deceleration by drag at 300 km/h, wing closed [g].
    corners : tuple of CornerSpeed
    pace : PaceGap or None
        Of car and driver in the race, against the mean of the field.
    crew : CrewTime or None
        Of the team.
    """

    kind: ClassVar[str] = "car_analysis"

    year: int
    event: str | None
    source: str | None
    session: str
    driver: str
    team: str
    profile: CarProfile
    drag_at_300_g: Estimate | None
    corners: tuple[CornerSpeed, ...]
    pace: PaceGap | None
    crew: CrewTime | None
    refusals: dict[str, str]

    @property
    def title(self) -> str:
        """Whose car, and where."""
        where = self.session if self.event is None else f"{self.event}, {self.session.lower()}"
        return f"The {self.team} of {self.driver}, {self.year} {where}"

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event, session and driver."""
        return {
            "year": self.year,
            "event": self.event,
            "session": self.session,
            "driver": self.driver,
        }

    @property
    def findings(self) -> tuple[str, ...]:
        """What the numbers say of the car, pace first."""
        return words.findings(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Figures of the car, and its corners beside the field's best."""
        corners = pd.DataFrame(
            [
                {
                    "corner": own.corner,
                    "kind": own.kind,
                    "apex_kmh": own.apex_kmh,
                    "to best_kmh": own.apex_kmh - own.best_kmh,
                    "best": own.best_driver,
                    "place": f"{own.place} of {own.of}",
                }
                for own in self.corners
            ]
        )
        found = {"The car": pd.DataFrame(self._figures()), "Corners": corners}
        return {title: frame for title, frame in found.items() if len(frame)}

    def _figures(self) -> list[dict[str, Any]]:
        own, speed, ers = self.profile, self.profile.top_speed, self.profile.ers
        clean = None if speed is None else speed.clean
        told = (
            ("race pace to the field, with its driver", _part(self.pace, "s_per_lap"), "s/lap"),
            ("effective power", own.power_w_per_kg, "W/kg"),
            ("drag, wing closed (½·rho·CdA/m)", own.drag_1_m, "1/m"),
            ("drag, wing open", own.drag_open_1_m, "1/m"),
            (f"drag at {AT_KMH:.0f} km/h", self.drag_at_300_g, "g"),
            ("speed trap, no tow", _part(clean, "kmh"), "km/h"),
            ("gained by a tow", _part(speed, "tow_gain_kmh"), "km/h"),
            ("gained by the open wing", _part(speed, "drs_gain_kmh"), "km/h"),
            ("full throttle without gain (proxy)", _part(ers, "clipped_s_per_lap"), "s/lap"),
            ("speed kept in chicanes (proxy)", _part(own.kerbs, "speed_kept_pct"), "%"),
            ("evenness over the lap (½: usual)", _part(own.flexibility, "score"), "0 to 1"),
            ("wear beyond the field's", own.wear_s_per_lap, "s per lap of age"),
            ("a stop of its crew beyond the usual", _part(self.crew, "crew_s"), "s"),
        )
        return [figure(what, value, unit) for what, value, unit in told if value is not None]


def _part(result: object, name: str) -> Estimate | None:
    found: Estimate | None = getattr(result, name, None)
    return found


def car(weekend: Weekend | Session, driver: str, *, session: str | None = None) -> CarAnalysis:
    """Analyze one car.

    Parameters
    ----------
    weekend : Weekend or Session
        The weekend; of a session alone everything is told that does not need the race.
    driver : str
        Code of its driver, e.g. ``"NOR"``.
    session : str, optional
        ``"Q"`` or ``"R"``; by default the first of them that has telemetry, else the race.

    Returns
    -------
    CarAnalysis
        What cannot be told is None, with the reason in ``refusals``.

    Raises
    ------
    UnknownName
        No such session, or no such driver in it.
    NoData
        The driver completed no lap of it, or the weekend has no such session.
    InvalidInput
        If no weekend or session is given.
    """
    chosen = remembering(session_of(weekend, None if session is None else session.upper()))
    code = known_car(chosen, driver)
    whole = weekend if isinstance(weekend, Weekend) else None
    refusals: dict[str, str] = {}
    against = benchmark_of(whole, chosen, refusals)
    profile = profile_of(against, code, engine_laps(chosen, code), refusals)
    pace = crew = None
    if whole is not None:
        ask = partial(asked_or_refused, refusals=refusals)
        pace = ask("race pace", lambda: pace_of(race_view(whole), code))
        crew = ask("pit stops", lambda: crew_time(race_view(whole), _cars(whole, profile.team)))
    for name in _OF_TWO:
        refusals.pop(name, None)
    return CarAnalysis(
        year=whole.year if whole is not None else int(chosen.date[:4]),
        event=None if whole is None else whole.event,
        source=None if whole is None else whole.source,
        session=chosen.name,
        driver=code,
        team=profile.team,
        profile=profile,
        drag_at_300_g=_drag_g(profile.drag_1_m),
        corners=() if against.field is None else _corners(against.field, code),
        pace=pace,
        crew=crew,
        refusals=grouped({k.removesuffix(f" of {code}"): why for k, why in refusals.items()}),
    )


def _cars(weekend: Weekend, team: str) -> list[str]:
    results = weekend.race.results
    return [str(code) for code in results.loc[results["team"] == team, "driver"]]


def _drag_g(drag_1_m: Estimate | None) -> Estimate | None:
    """``½·rho·CdA/m·v²/g``."""
    if drag_1_m is None:
        return None
    factor = (AT_KMH / 3.6) ** 2 / _G_MS2
    return Estimate(*(factor * v for v in (drag_1_m.value, drag_1_m.low, drag_1_m.high)))


def _corners(field: FieldOnTrack, code: str) -> tuple[CornerSpeed, ...]:
    if code not in field.drivers:
        return ()
    own = field.drivers.index(code)
    usual = np.median(field.apex_kmh, axis=0)
    out = []
    for corner, speeds, middle in zip(field.seen.corners, field.apex_kmh.T, usual, strict=True):
        best = int(np.argmax(speeds))
        out.append(
            CornerSpeed(
                corner=corner.label,
                kind=corner_class(float(middle)),
                apex_m=corner.apex_m,
                apex_kmh=float(speeds[own]),
                best_kmh=float(speeds[best]),
                best_driver=field.drivers[best],
                place=int((speeds > speeds[own]).sum()) + 1,
                of=len(speeds),
            )
        )
    return tuple(out)
