"""A point mass driven round an invented circuit at the limit of its tyres.

Model: quasi-steady state. The line is given by its curvature over the distance. Tyre grip is
``mu (g + rho ClA v^2 / 2m)`` shared between cornering and the driven or braked wheels by a
friction circle; the engine gives a constant power; drag and a constant rolling resistance slow
the car. One pass forwards (traction, power) and one backwards (braking) give the speed at every
metre, as in every textbook on lap-time simulation.

The full-throttle part of a trace obeys ``a = (P/m)/v - rho CdA v^2 / 2m - c`` exactly, so
that power, drag and grip can be recovered from the telemetry and compared with what went in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import sqrt
from typing import TYPE_CHECKING

import numpy as np

from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from numpy.typing import NDArray

__all__ = ["Car", "Circuit", "Trace", "drive", "drive_in"]

_MAX_SOLVER_STEPS = 30


@dataclass(frozen=True)
class Circuit:
    """A closed line, sampled at even distances.

    Parameters
    ----------
    step_m : float
        Distance between two points [m]; the last point is one step before the first.
    distance_m, curvature_1_m, x_m, y_m : ndarray
        Distance from the line [m], curvature (left positive) [1/m] and place [m].
    drs : ndarray of bool
        Where the rear wing may be opened.
    """

    step_m: float
    distance_m: NDArray[np.float64]
    curvature_1_m: NDArray[np.float64]
    x_m: NDArray[np.float64]
    y_m: NDArray[np.float64]
    drs: NDArray[np.bool_]

    @property
    def length_m(self) -> float:
        """Length of a lap [m]."""
        return self.step_m * len(self.distance_m)

    @classmethod
    def from_segments(
        cls,
        segments: list[list[float]],
        drs_zones_m: list[list[float]],
        step_m: float = 4.0,
    ) -> Circuit:
        """Lay the line from pieces of linearly changing curvature and close it.

        Parameters
        ----------
        segments : list of [length, curvature at its start, curvature at its end]
            Lengths in [m], curvatures in [1/m], left turns positive.
        drs_zones_m : list of [start, end]
            Where the rear wing may be opened [m].
        step_m : float
            Wanted distance between two points [m]; rounded so that the lap divides evenly.

        Returns
        -------
        Circuit
            What the rounding of the segments leaves open is spread evenly over the lap.
        """
        lengths = np.array([piece[0] for piece in segments])
        ends = np.cumsum(lengths)
        n = round(float(ends[-1]) / step_m)
        step = float(ends[-1]) / n
        distance = np.arange(n, dtype=np.float64) * step
        knots = np.column_stack([ends - lengths, ends]).ravel()
        values = np.array([piece[1:] for piece in segments]).ravel()
        middle = np.interp(distance + step / 2, knots, values)
        middle += (np.sign(middle.sum()) * 2 * np.pi - middle.sum() * step) / (n * step)
        heading = np.cumsum(middle) * step - middle * step / 2
        x, y = (
            np.concatenate([[0.0], np.cumsum(part(heading)) * step]) for part in (np.cos, np.sin)
        )
        share = np.arange(n) / n
        zones = [(distance >= start) & (distance < end) for start, end in drs_zones_m]
        return cls(
            step_m=step,
            distance_m=distance,
            curvature_1_m=np.interp(distance, knots, values),
            x_m=x[:-1] - share * x[-1],
            y_m=y[:-1] - share * y[-1],
            drs=np.any(zones, axis=0) if zones else np.zeros(n, dtype=bool),
        )


@dataclass(frozen=True)
class Car:
    """A point-mass car.

    Parameters
    ----------
    mass_kg : float
        With driver and fuel [kg].
    power_w : float
        At the wheels [W].
    cda_m2, cla_m2 : float
        Drag and downforce area [m^2].
    mu : float
        Grip of the tyres [-].
    rolling_ms2 : float
        Rolling resistance [m/s^2].
    drive_share : float
        Share of the grip the driven wheels can use [-].
    drs_cda_factor : float
        Drag area with the rear wing open, relative to closed [-].
    air_density_kgm3, gravity_ms2 : float
        Density of the air [kg/m^3] and gravity [m/s^2].
    """

    mass_kg: float
    power_w: float
    cda_m2: float
    cla_m2: float
    mu: float
    rolling_ms2: float
    drive_share: float
    drs_cda_factor: float
    air_density_kgm3: float
    gravity_ms2: float


@dataclass(frozen=True)
class Trace:
    """One lap at every point of the circuit; times and speeds are at the points.

    Parameters
    ----------
    time_s : ndarray, shape (n + 1,)
        From the line to each point and back to the line [s].
    speed_ms : ndarray, shape (n + 1,)
        Speed [m/s].
    throttle, braking : ndarray, shape (n + 1,)
        Share of the power used [0 … 1] and deceleration asked of the brakes [m/s^2].
    """

    time_s: NDArray[np.float64]
    speed_ms: NDArray[np.float64]
    throttle: NDArray[np.float64]
    braking: NDArray[np.float64]

    @property
    def lap_time_s(self) -> float:
        """Time of the lap [s]."""
        return float(self.time_s[-1])


def drive(car: Car, circuit: Circuit, *, drs_open: bool = False) -> Trace:
    """Drive one flying lap at the limit.

    Parameters
    ----------
    car : Car
        The car.
    circuit : Circuit
        The line.
    drs_open : bool
        Whether the rear wing is opened in the zones.

    Returns
    -------
    Trace
        Speed, time, throttle and braking over the lap.
    """
    half_rho_m = 0.5 * car.air_density_kgm3 / car.mass_kg
    drag = np.full(len(circuit.distance_m), half_rho_m * car.cda_m2)
    if drs_open:
        drag[circuit.drs] *= car.drs_cda_factor
    squared = _limited_by_grip(car, circuit, half_rho_m * car.cla_m2)
    first = int(np.argmin(squared))
    kappa = np.roll(np.abs(circuit.curvature_1_m), -first).tolist()
    rolled_drag = np.roll(drag, -first).tolist()
    limit = np.roll(squared, -first).tolist()
    limit.append(limit[0])
    _pass(car, kappa, rolled_drag, limit, circuit.step_m)
    v2 = np.roll(np.array(limit[:-1]), first)
    return _trace(car, np.append(v2, v2[0]), drag, circuit.step_m)


def drive_in(
    car: Car, circuit: Circuit, lap_time_s: float, *, drs_open: bool = False
) -> tuple[Car, Trace]:
    """Find the grip that makes the lap last a given time.

    Parameters
    ----------
    car, circuit, drs_open
        As in :func:`drive`.
    lap_time_s : float
        Wanted time of the lap [s].

    Returns
    -------
    Car
        The car with the grip that was found.
    Trace
        Its lap; the time agrees to 1e-9 s.

    Raises
    ------
    InvalidInput
        If no grip between .2 and 6 makes this car as quick or as slow as that.
    """
    low, high = 0.2, 6.0
    mu, found = car.mu, drive(car, circuit, drs_open=drs_open)
    for _ in range(_MAX_SOLVER_STEPS):
        error = found.lap_time_s - lap_time_s
        if abs(error) < 1e-5:  # noqa: PLR2004  (s; the clock is stretched by the rest)
            break
        low, high = (mu, high) if error > 0 else (low, mu)
        slope = (
            drive(replace(car, mu=mu * 1.01), circuit, drs_open=drs_open).lap_time_s
            - found.lap_time_s
        ) / (mu * 0.01)
        mu = mu - error / slope if slope < 0 else (low + high) / 2
        if not low < mu < high:
            mu = (low + high) / 2
        found = drive(replace(car, mu=mu), circuit, drs_open=drs_open)
    else:
        raise InvalidInput(
            f"a lap of {lap_time_s:.3f} s is out of reach for this car on this circuit; "
            f"it drives {drive(car, circuit).lap_time_s:.3f} s with a grip of {car.mu:g}."
        )
    scale = lap_time_s / found.lap_time_s
    return replace(car, mu=mu), replace(
        found, time_s=found.time_s * scale, speed_ms=found.speed_ms / scale
    )


def _limited_by_grip(car: Car, circuit: Circuit, lift: float) -> NDArray[np.float64]:
    """Squared speed the corner alone allows [m^2/s^2]."""
    kappa = np.abs(circuit.curvature_1_m)
    spare = kappa - car.mu * lift
    top = (2 * car.power_w / (car.air_density_kgm3 * car.cda_m2 * car.drs_cda_factor)) ** (2 / 3)
    with np.errstate(divide="ignore"):
        corner = np.where(spare > 0, car.mu * car.gravity_ms2 / spare, np.inf)
    return np.asarray(np.minimum(corner, top))


def _pass(car: Car, kappa: list[float], drag: list[float], v2: list[float], step_m: float) -> None:
    """Limit the squared speeds by traction and power forwards, then by braking backwards."""
    lift = 0.5 * car.air_density_kgm3 / car.mass_kg * car.cla_m2
    grip0, grip1 = car.mu * car.gravity_ms2, car.mu * lift
    specific_power, rolling, share = car.power_w / car.mass_kg, car.rolling_ms2, car.drive_share
    n, twice = len(kappa), 2 * step_m
    for i in range(n):
        now = v2[i]
        spare = (grip0 + grip1 * now) ** 2 - (now * kappa[i]) ** 2
        traction = share * sqrt(spare) if spare > 0 else 0.0
        push = min(specific_power / sqrt(now), traction)
        reached = now + twice * (push - drag[i] * now - rolling)
        v2[i + 1] = min(v2[i + 1], reached)
    for i in range(n - 1, -1, -1):
        now = v2[i + 1]
        bend = kappa[(i + 1) % n]
        spare = (grip0 + grip1 * now) ** 2 - (now * bend) ** 2
        slow = (sqrt(spare) if spare > 0 else 0.0) + drag[i] * now + rolling
        reached = now + twice * slow
        v2[i] = min(v2[i], reached)


def _trace(car: Car, v2: NDArray[np.float64], drag: NDArray[np.float64], step_m: float) -> Trace:
    speed = np.sqrt(v2)
    time = np.concatenate([[0.0], np.cumsum(2 * step_m / (speed[1:] + speed[:-1]))])
    asked = np.diff(v2) / (2 * step_m) + drag * v2[:-1] + car.rolling_ms2
    asked = np.append(asked, asked[0])
    throttle = np.clip(asked * speed * car.mass_kg / car.power_w, 0.0, 1.0)
    return Trace(time, speed, throttle, np.maximum(-asked, 0.0))
