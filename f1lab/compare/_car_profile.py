"""What a car can do, part by part; what the data cannot carry is left out and its reason kept."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, TypeVar

import pandas as pd

from f1lab.calc._clipping import Clipping, clipping
from f1lab.calc.car import FullThrottle, KerbCompliance, SetupFlexibility, full_throttle
from f1lab.calc.estimate import Estimate, Result
from f1lab.compare._car_evidence import (
    TELEMETRY_PARTS,
    why_no_telemetry,
)
from f1lab.compare._car_field import field_on_track
from f1lab.compare._car_race import reliability_of, thermal_of, wear_of
from f1lab.compare._car_speed import speeds_at_trap, top_speed, trap_share
from f1lab.compare._text import asked_or_refused

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from f1lab.calc.track import StraightLineSpeed
    from f1lab.calc.tyre import ThermalWindow
    from f1lab.compare._car_field import FieldOnTrack
    from f1lab.compare.reliability import Reliability
    from f1lab.data.schema import Session, Weekend

__all__ = ["RACE_PARTS", "Benchmark", "CarProfile", "benchmark_of", "profile_of"]

Answered = TypeVar("Answered")

#: Parts of the answer that need the race, as the refusals name them.
RACE_PARTS = ("wear", "thermal", "reliability", "degradation")
_RACE_TELLS = "wear, tyre temperature and reliability are read from the race"

_CHANNELS = ("time_s", "speed_kmh", "throttle_pct", "brake", "drs", "lap")


@dataclass(frozen=True)
class CarProfile(Result):
    """One car; None where the data do not carry it, with the reason in the answer's refusals.

    Parameters
    ----------
    driver, team : str
        Whose car it is.
    laps : tuple of int
        Laps that power, drag and clipping were read from.
    power_w_per_kg, drag_1_m, drag_open_1_m : Estimate or None
        Effective specific power [W/kg] and ½·rho·CdA/m with the rear wing closed and open [1/m].
    top_speed : StraightLineSpeed or None
        At the speed trap, apart for tow and open wing.
    kerbs : KerbCompliance or None
        Speed kept through chicanes, a proxy.
    flexibility : SetupFlexibility or None
        How evenly the car performs over the kinds of road of this lap.
    ers : Clipping or None
        Full throttle without gain in speed at the end of straights, a proxy for the battery.
    wear_s_per_lap : Estimate or None
        Wear beyond the field's on the same compound, in the race [s per lap of age].
    thermal : ThermalWindow or None
        Warm-up and temperature window of the compound the team's two cars drove most in the race.
    reliability : Reliability or None
        Chance that a car of the team does not see the flag; one race, drawn to the field's rate.
    """

    driver: str
    team: str
    laps: tuple[int, ...]
    power_w_per_kg: Estimate | None
    drag_1_m: Estimate | None
    drag_open_1_m: Estimate | None
    top_speed: StraightLineSpeed | None
    kerbs: KerbCompliance | None
    flexibility: SetupFlexibility | None
    ers: Clipping | None
    wear_s_per_lap: Estimate | None
    thermal: ThermalWindow | None
    reliability: Reliability | None
    engine: FullThrottle | None = field(repr=False, metadata={"plain": False})
    speeds: pd.DataFrame = field(repr=False, metadata={"plain": False})


@dataclass(frozen=True)
class Benchmark:
    """What the cars of a session are measured against.

    Parameters
    ----------
    weekend : Weekend or None
        Whose race tells wear and tyre temperature, if known.
    session : Session
        Where the laps are from.
    field : FieldOnTrack or None
        Best laps of every car; None without car data.
    trap_share : float or None
        Where on the lap the speed trap stands [-].
    """

    weekend: Weekend | None
    session: Session
    field: FieldOnTrack | None
    trap_share: float | None


def benchmark_of(weekend: Weekend | None, session: Session, refusals: dict[str, str]) -> Benchmark:
    """Put the field of a session on one distance and find its speed trap.

    Parameters
    ----------
    weekend : Weekend or None
        Whose session it is.
    session : Session
        The session.
    refusals : dict of str to str
        What could not be had, and why, is added.

    Returns
    -------
    Benchmark
    """
    if weekend is None:
        reason = f"{_RACE_TELLS}: give the weekend instead of its {session.name}."
        refusals |= dict.fromkeys(RACE_PARTS, reason)
    missing = why_no_telemetry(weekend or session, session)
    if missing is not None:
        refusals |= dict.fromkeys(TELEMETRY_PARTS, missing)
        return Benchmark(weekend, session, None, None)
    everybody = asked_or_refused("field", partial(field_on_track, session), refusals)
    share = None
    if everybody is not None:
        found = partial(trap_share, session, everybody.seen)
        share = asked_or_refused("open wing", found, refusals)
    return Benchmark(weekend, session, everybody, share)


def profile_of(
    against: Benchmark, driver: str, laps: Sequence[int], refusals: dict[str, str]
) -> CarProfile:
    """Profile of one car.

    Parameters
    ----------
    against : Benchmark
        From :func:`benchmark_of`.
    driver : str
        Driver code.
    laps : sequence of int
        Laps with car data that power, drag and clipping are read from; empty without car data.
    refusals : dict of str to str
        What could not be had, and why, is added as ``"power of NOR"``.

    Returns
    -------
    CarProfile
    """
    session, weekend, everybody = against.session, against.weekend, against.field
    results = session.results.set_index("driver")
    team = str(results.loc[driver, "team"])
    samples = _samples_of(session, driver, laps) if laps else None
    speeds = speeds_at_trap(session, driver, against.trap_share)

    def ask(part: str, calculation: Callable[[], Answered]) -> Answered | None:
        return asked_or_refused(f"{part} of {driver}", calculation, refusals)

    if not laps and everybody is not None:
        refusals[f"power of {driver}"] = (
            f"{driver} drove no lap in {session.name} with car data at the same fuel as the other."
        )
    engine = ers = kerbs = flexibility = wear = thermal = reliability = None
    if samples is not None:
        engine = ask("power", partial(_engine_of, samples))
    if samples is not None and engine is not None:
        ers = ask("ERS", partial(_ers_of, samples, engine))
    if everybody is not None:
        kerbs = ask("kerbs", partial(everybody.kerbs, driver))
        flexibility = ask("flexibility", partial(everybody.flexibility, driver))
    if weekend is not None:
        wear = ask("wear", partial(wear_of, weekend, driver))
        thermal = ask("thermal", partial(thermal_of, weekend, team))
        reliability = ask("reliability", partial(reliability_of, weekend, team))
    return CarProfile(
        driver=driver,
        team=team,
        laps=tuple(laps),
        power_w_per_kg=None if engine is None else engine.power_w_per_kg,
        drag_1_m=None if engine is None else engine.drag_1_m,
        drag_open_1_m=None if engine is None else engine.drag_open_1_m,
        top_speed=ask("top speed", partial(top_speed, speeds)),
        kerbs=kerbs,
        flexibility=flexibility,
        ers=ers,
        wear_s_per_lap=wear,
        thermal=thermal,
        reliability=reliability,
        engine=engine,
        speeds=speeds,
    )


def _samples_of(session: Session, driver: str, laps: Sequence[int]) -> pd.DataFrame:
    """Car data of several laps, one after the other."""
    frames = [session.telemetry(driver, lap).assign(lap=lap) for lap in laps]
    return pd.concat(frames, ignore_index=True)


def _engine_of(samples: pd.DataFrame) -> FullThrottle:
    return full_throttle(*(samples[name] for name in _CHANNELS))


def _ers_of(samples: pd.DataFrame, engine: FullThrottle) -> Clipping:
    time, speed, throttle, brake, drs, lap = (samples[name] for name in _CHANNELS)
    return clipping(time, speed, throttle, brake, drs, lap, car=engine)
