"""Two cars of a weekend: how much quicker one was, where on the lap, and by what.

Every difference is the first car minus the second: positive seconds are lost by the first. Two
views are given. ``fastest`` sets the two fastest laps against each other: its sum is known to the
millisecond, its parts as well as the samples allow. ``delta`` is Huber's mean over pairs of laps
driven in like circumstances (:mod:`f1lab.compare._car_pairs`), what these still differ by in fuel,
track and tyre age taken off (:mod:`f1lab.compare._car_shared`); its intervals say what would come
out of other laps. Nothing in it tells a car from its driver.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from f1lab.calc.car import drag_penalty
from f1lab.compare import _car_words as words
from f1lab.compare._car_delta import LapDelta, delta_of_fastest, delta_of_pairs
from f1lab.compare._car_difference import (
    ApexSpeed,
    CarDifference,
    Pull,
    apexes_of,
    ers_difference,
    fast_corners_of,
    grip_of,
    power_of,
    pulls_of,
)
from f1lab.compare._car_evidence import evidence_of, two_cars
from f1lab.compare._car_pairs import MOST_APART_LAPS
from f1lab.compare._car_profile import CarProfile, benchmark_of, profile_of
from f1lab.compare._car_race import cooling_of, degradation_of, density_of, wear_difference
from f1lab.compare._car_speed import top_speed_difference
from f1lab.compare._car_tables import tables
from f1lab.compare._result import Answer
from f1lab.compare._text import asked_or_refused
from f1lab.compare.traces import remembering, session_of
from f1lab.data.schema import Weekend

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from f1lab.calc.tyre import Degradation
    from f1lab.calc.weather import CoolingMargin
    from f1lab.compare._car_evidence import Evidence
    from f1lab.data.schema import Session

__all__ = ["CarComparison", "cars"]

Answered = TypeVar("Answered")


@dataclass(frozen=True, repr=False)
class CarComparison(Answer):
    """Two cars compared; every difference is ``a`` minus ``b``. Make one with :func:`cars`.

    Attributes
    ----------
    year : int
    event, circuit, source : str or None
        None when a session was given without its weekend.
    session : str
        Name of the session the laps are from.
    a, b : str
        Driver codes.
    fastest : LapDelta or None
        Of the two fastest laps; exact in sum. None without telemetry.
    fastest_facts : tuple of str
        Lap, time and tyres of these, the first driver's first.
    fastest_alike : bool
        Whether they were driven on the same compound of about the same age.
    delta : LapDelta or None
        Mean over pairs of comparable laps, by sector, corner and kind of road.
    apexes : tuple of ApexSpeed
        Speeds in the corners, of the same pairs.
    difference : CarDifference
    profiles : (CarProfile, CarProfile)
    degradation : Degradation or None
        Wear curves of the race by compound, the field's.
    cooling : CoolingMargin or None
        The air of the session, the same for both.
    length_m : float or None
        Length of the lap as the faster car measured it [m]; racing lines are about 1 % shorter
        than the official length.
    residual_kmh : float or None
        What is left of the speed difference of the two fastest laps after alignment [km/h].
    """

    kind: ClassVar[str] = "car_comparison"

    year: int
    event: str | None
    circuit: str | None
    source: str | None
    session: str
    a: str
    b: str
    fastest: LapDelta | None
    fastest_facts: tuple[str, ...]
    fastest_alike: bool
    delta: LapDelta | None
    apexes: tuple[ApexSpeed, ...]
    difference: CarDifference
    profiles: tuple[CarProfile, CarProfile]
    degradation: Degradation | None
    cooling: CoolingMargin | None
    length_m: float | None
    residual_kmh: float | None
    refusals: dict[str, str]

    @property
    def title(self) -> str:
        """Whose cars, and where."""
        return words.title(self)

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event, session and the two drivers."""
        return {
            "year": self.year,
            "event": self.event,
            "session": self.session,
            "a": self.a,
            "b": self.b,
        }

    @property
    def findings(self) -> tuple[str, ...]:
        """What the numbers say, the gap first; nothing an interval does not carry."""
        return words.findings(self)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Where the time is, corner by corner, sectors, and the properties of the cars."""
        return tables(self)


def cars(
    weekend: Weekend | Session, a: str, b: str, *, session: str | None = None
) -> CarComparison:
    """Compare two cars through their telemetry.

    Parameters
    ----------
    weekend : Weekend or Session
        The weekend; of a session alone everything is told that does not need the race.
    a, b : str
        Codes of the drivers. Every difference is the first minus the second.
    session : str, optional
        ``"Q"`` or ``"R"``; by default the first of them that has telemetry, else the race.

    Returns
    -------
    CarComparison
        What the data cannot carry is None; ``refusals`` says why.

    Raises
    ------
    UnknownName
        If a driver did not take part in the session, or is compared with himself.
    NoData
        If a driver drove no flying lap of it, or the weekend has no such session.
    InvalidInput
        If no weekend or session is given.

    Examples
    --------
    >>> import f1lab
    >>> found = cars(f1lab.load_demo(), "WEX", "BMR")
    >>> round(found.fastest.lap_s.value, 3), found.session
    (-0.697, 'Qualifying')
    """
    chosen = session_of(remembering(weekend), session)
    drivers = two_cars(chosen, a, b)
    whole = weekend if isinstance(weekend, Weekend) else None
    refusals: dict[str, str] = {}
    found = evidence_of(chosen, drivers, refusals, whole)
    against = benchmark_of(whole, chosen, refusals)
    one, other = (
        profile_of(against, driver, laps, refusals)
        for driver, laps in zip(drivers, found.engine_laps, strict=True)
    )
    apexes = _apexes(found, refusals)
    difference = _difference(whole, found, (one, other), apexes, refusals)
    _pass_on(drivers, refusals)
    fastest = found.fastest
    return CarComparison(
        year=int(chosen.date[:4]) if whole is None else whole.year,
        event=chosen.event or None if whole is None else whole.event,
        circuit=None if whole is None else whole.circuit,
        source=None if whole is None else whole.source,
        session=chosen.name,
        a=drivers[0],
        b=drivers[1],
        fastest=_fastest(found, refusals),
        fastest_facts=_facts(found),
        fastest_alike=_alike(found),
        delta=asked_or_refused("delta", partial(delta_of_pairs, found), refusals),
        apexes=apexes,
        difference=difference,
        profiles=(one, other),
        degradation=_degradation(whole, refusals),
        cooling=asked_or_refused("cooling", partial(cooling_of, chosen), refusals),
        length_m=None if fastest is None else fastest.length_m,
        residual_kmh=_residual_kmh(found),
        refusals=refusals,
    )


def _degradation(weekend: Weekend | None, refusals: dict[str, str]) -> Degradation | None:
    if weekend is None:
        return None
    return asked_or_refused("degradation", partial(degradation_of, weekend), refusals)


def _pass_on(drivers: tuple[str, str], refusals: dict[str, str]) -> None:
    """What one of the cars lacks, the difference lacks for the same reason."""
    causes = {
        "power": [f"power of {driver}" for driver in drivers],
        "drag": [f"power of {driver}" for driver in drivers],
        "ERS": [f"{part} of {driver}" for part in ("ERS", "power") for driver in drivers],
        "grip": ["corners"],
        "fast corners": ["corners"],
    }
    for part, every in causes.items():
        for cause in every:
            if cause in refusals:
                refusals.setdefault(part, refusals[cause])


def _fastest(found: Evidence, refusals: dict[str, str]) -> LapDelta | None:
    """Difference of the fastest laps; refused with the residual if they do not align."""
    if found.fastest is None:
        return None
    if not found.fastest.aligned:
        refusals["fastest laps"] = next(iter(found.fastest.problems.values()))
        return None
    return delta_of_fastest(found.session, found.drivers, found.fastest)


def _residual_kmh(found: Evidence) -> float | None:
    if found.fastest is None or not found.fastest.aligned:
        return None
    return found.fastest.aligned[0].residual_kmh


def _facts(found: Evidence) -> tuple[str, ...]:
    """Lap, time and tyres of the fastest laps, the first driver's first."""
    if found.fastest is None:
        return ()
    laps = {lap.driver: lap for lap in found.fastest.laps}
    return tuple(words.lap_facts(laps[driver]) for driver in found.drivers if driver in laps)


def _alike(found: Evidence) -> bool:
    """Whether the fastest laps were driven on like tyres, as far as these are known."""
    if found.fastest is None:
        return False
    one, other = (found.fastest.laps[0], found.fastest.laps[-1])
    known = {one.compound, other.compound} - {"UNKNOWN"}
    older = abs(one.tyre_age_laps - other.tyre_age_laps)
    return len(known) <= 1 and not older > MOST_APART_LAPS


def _apexes(found: Evidence, refusals: dict[str, str]) -> tuple[ApexSpeed, ...]:
    if found.seen is None:
        return ()
    ask = partial(apexes_of, found.seen, found.rows)
    return asked_or_refused("corners", ask, refusals) or ()


def _difference(
    weekend: Weekend | None,
    found: Evidence,
    profiles: tuple[CarProfile, CarProfile],
    apexes: tuple[ApexSpeed, ...],
    refusals: dict[str, str],
) -> CarDifference:
    """Property by property; a property refused for one of the cars is refused here, too."""
    one, other = profiles

    def ask(part: str, calculation: Callable[[], Answered]) -> Answered | None:
        return asked_or_refused(part, calculation, refusals)

    power = drag = ers = grip = fast = wear = None
    pulls: tuple[Pull, ...] = ()
    if one.engine is not None and other.engine is not None:
        pulls = pulls_of(one.engine, other.engine)
        power = ask("power", partial(power_of, one.engine, other.engine))
        density = ask("drag", partial(density_of, found.session))
        if density is not None:
            drag = ask(
                "drag", partial(drag_penalty, one.engine, other.engine, air_density_kgm3=density)
            )
    if one.ers is not None and other.ers is not None:
        ers = ask("ERS", partial(ers_difference, one.ers, other.ers))
    if found.seen is not None and apexes:
        grip = ask("grip", partial(grip_of, found.seen, apexes))
        fast = ask("fast corners", partial(fast_corners_of, found.seen, found.rows))
    if weekend is not None:
        wear = ask("wear", partial(wear_difference, weekend, one.driver, other.driver))
    speeds = partial(top_speed_difference, one.speeds, other.speeds, found.pairs)
    return CarDifference(
        power=power,
        drag=drag,
        pulls=pulls,
        grip=grip,
        fast_corners_kmh=fast,
        top_speed_kmh=ask("top speed", speeds),
        ers_s_per_lap=ers,
        wear_s_per_lap=wear,
    )
