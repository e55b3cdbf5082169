"""Car data of the demo weekend: the point mass, driven in the time the lap really took.

Power, drag and downforce are a team's own and the same on every lap; what made the lap quick or
slow is put down to the grip, which is solved for when the lap is asked for. Samples come at
irregular moments four to five times a second, speeds and engine speeds as whole numbers, as the
real feed has them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.data.demo.car import Car, Circuit, Trace, drive_in
from f1lab.data.demo.script import parameters, stream
from f1lab.errors import NoData, UnknownName

if TYPE_CHECKING:
    from f1lab.data.demo.script import Parameters

__all__ = ["DemoTelemetry", "DrivenLap", "team_car"]

_JITTER = 0.18
_MIN_BRAKING_MS2 = 0.5
_KMH = 3.6


@dataclass(frozen=True)
class DrivenLap:
    """What the telemetry of a lap is made from: its time [s], fuel [kg] and open wing."""

    lap_time_s: float
    fuel_kg: float
    drs_open: bool


@dataclass(frozen=True)
class DemoTelemetry:
    """Gives the car data of the laps that were recorded.

    Parameters
    ----------
    seed : int
        Number of the weekend.
    session : str
        Kind of the session.
    teams : dict of str to int
        Team of each driver.
    laps : dict of (driver, lap) to DrivenLap
        The laps recorded.
    """

    seed: int
    session: str
    teams: dict[str, int]
    laps: dict[tuple[str, int], DrivenLap] = field(repr=False)

    def __call__(self, driver: str, lap: int) -> pd.DataFrame:
        """Return the samples of one lap, as :class:`f1lab.data.telemetry.SessionTelemetry` does.

        The last sample is the lap time.

        Raises
        ------
        NoData
            If this lap was not recorded.
        UnknownName
            If there is no such driver.
        """
        _, trace, circuit = self.driven(driver, lap)
        rng = stream(self.seed, f"telemetry {self.session} {driver} {lap}")
        drs_open = self.laps[driver, lap].drs_open
        return _sampled(rng, parameters(), trace, circuit, drs_open=drs_open)

    def driven(self, driver: str, lap: int) -> tuple[Car, Trace, Circuit]:
        """Return the car, its lap and the line behind the samples.

        Parameters
        ----------
        driver, lap
            As above.

        Returns
        -------
        car : Car
            With the mass and the grip it had on this lap.
        trace : Trace
            The lap at every point of the line.
        circuit : Circuit
            The line.
        """
        if driver not in self.teams:
            raise UnknownName("driver", driver, self.teams)
        made = self.laps.get((driver, lap))
        if made is None:
            known = sorted(number for code, number in self.laps if code == driver)
            raise NoData(
                f"{driver} has no telemetry of lap {lap}; recorded: "
                f"{', '.join(map(str, known)) or 'none'}."
            )
        p = parameters()
        place = p["circuit"]
        circuit = Circuit.from_segments(
            place["segments_length_m_curvature_start_1_m_curvature_end_1_m"],
            place["drs_zones_m"],
            p["car"]["step_m"],
        )
        car = team_car(p, self.teams[driver], made.fuel_kg)
        car, trace = drive_in(car, circuit, made.lap_time_s, drs_open=made.drs_open)
        return car, trace, circuit


def team_car(p: Parameters, team: int, fuel_kg: float) -> Car:
    """Build a team's car.

    Parameters
    ----------
    p : dict
        The parameters.
    team : int
        Row of the team.
    fuel_kg : float
        Fuel on board [kg].

    Returns
    -------
    Car
        With the usual grip.
    """
    car, own = p["car"], p["teams"][team]
    return Car(
        mass_kg=car["mass_kg"] + fuel_kg,
        power_w=car["power_w"] * own["power_factor"],
        cda_m2=car["cda_m2"] * own["cda_factor"],
        cla_m2=car["cla_m2"],
        mu=car["mu"],
        rolling_ms2=car["rolling_ms2"],
        drive_share=car["drive_share"],
        drs_cda_factor=car["drs_cda_factor"],
        air_density_kgm3=car["air_density_kgm3"],
        gravity_ms2=car["gravity_ms2"],
    )


def _sampled(
    rng: np.random.Generator,
    p: Parameters,
    trace: Trace,
    circuit: Circuit,
    *,
    drs_open: bool,
) -> pd.DataFrame:
    """Look at the lap four to five times a second."""
    every, end = p["car"]["sample_s"], trace.lap_time_s
    steps = every * (1 + _JITTER * rng.uniform(-1, 1, int(2 * end / every)))
    clock = np.cumsum(steps)
    clock = np.concatenate([[0.0], clock[clock < end - every / 2], [end]])
    distance = np.append(circuit.distance_m, circuit.length_m)
    at = np.interp(clock, trace.time_s, distance)
    speed = np.interp(clock, trace.time_s, trace.speed_ms) * _KMH
    point = np.clip(np.searchsorted(distance, at, side="right") - 1, 0, len(distance) - 2)
    gear, rpm = _gearbox(speed, p["car"])
    closed = [np.append(way, way[0]) for way in (circuit.x_m, circuit.y_m)]
    return pd.DataFrame(
        {
            "time_s": clock,
            "distance_m": at,
            "speed_kmh": np.round(speed),
            "rpm": np.round(rpm),
            "gear": gear,
            "throttle_pct": np.round(100 * trace.throttle[point]),
            "brake": trace.braking[point] > _MIN_BRAKING_MS2,
            "drs": circuit.drs[point] & drs_open,
            "x_m": np.round(np.interp(at, distance, closed[0]), 1),
            "y_m": np.round(np.interp(at, distance, closed[1]), 1),
        }
    )


def _gearbox(speed_kmh: np.ndarray, spec: Parameters) -> tuple[np.ndarray, np.ndarray]:
    """Lowest gear that reaches the speed, and the engine speed in it [1/min]."""
    top = np.array(spec["gear_top_kmh"], dtype=float)
    gear = np.clip(np.searchsorted(top, speed_kmh), 0, len(top) - 1)
    return gear + 1, spec["rpm_top"] * speed_kmh / top[gear]
