"""Weather: grip while it rains and dries, when to change tyres, air to cool with, how unsettled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc._check import columns, enough, flags, positive
from f1lab.calc._crossover import Crossover, crossover_lap
from f1lab.calc._stats import huber_mean, regress
from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "CoolingMargin",
    "Crossover",
    "GripEvolution",
    "WeatherVolatility",
    "air_density_kgm3",
    "cooling_margin",
    "crossover_lap",
    "grip_evolution",
    "weather_volatility",
]

_MIN_GRIP_LAPS, _MIN_GRIP_POINTS = 3, 4
_MIN_SAMPLES, _MIN_SPAN_S = 10, 1200.0
_DRY_AIR, _VAPOUR, _KELVIN = 287.05, 461.5, 273.15
_TEN_MINUTES_S = 600.0


@dataclass(frozen=True)
class GripEvolution(Result):
    """Grip of the track, tyres of the moment included, against dry: 1 is dry.

    ``trend_per_lap`` is the mean change over the laps given: negative while wetting.
    """

    progress: Floats
    grip: Floats
    low: Floats
    high: Floats
    n_laps: NDArray[np.int64]
    trend_per_lap: Estimate


def grip_evolution(
    lap_time_s: ArrayLike, dry_lap_s: ArrayLike, progress: ArrayLike
) -> GripEvolution:
    """Relative grip, lap by lap, from lap times against what the same car would do in the dry.

    Corner speed goes with the root of grip, so ``grip = (t_dry / t)²``, the share of a lap spent
    on straights making it an upper bound in the wet; Huber's mean over the field for every lap
    of progress. The trend is a robust line, errors clustered by lap.

    Parameters
    ----------
    lap_time_s : array_like, shape (n,)
        Racing laps of the field [s]; NaN for unknown.
    dry_lap_s : array_like, shape (n,)
        What each of them would have taken in the dry, fuel and tyres alike [s].
    progress : array_like, shape (n,)
        Laps the race had run [laps].

    Returns
    -------
    GripEvolution

    Raises
    ------
    NotEnoughLaps
        If under four laps of progress have three cars each.
    InvalidInput
        If arrays do not match or a time is not above zero.

    Notes
    -----
    Point mass at the limit of grip: ``v² = μ·g·R``.

    Examples
    --------
    >>> progress = np.repeat(np.arange(6), 5)
    >>> found = grip_evolution(90 + 3.0 * progress, np.full(30, 90.0), progress)
    >>> float(found.grip[0]), found.trend_per_lap.high < 0
    (1.0, True)
    """
    lap, dry, at = columns(lap_time_s=lap_time_s, dry_lap_s=dry_lap_s, progress=progress)
    if (lap <= 0).any() or (dry <= 0).any():
        raise InvalidInput("lap times must be above zero; an unknown one is NaN.")
    known = np.isfinite(lap) & np.isfinite(dry) & np.isfinite(at)
    grip, whole = (dry[known] / lap[known]) ** 2, np.floor(at[known])
    laps, count = np.unique(whole, return_counts=True)
    laps, count = laps[count >= _MIN_GRIP_LAPS], count[count >= _MIN_GRIP_LAPS]
    enough(f"laps of progress with {_MIN_GRIP_LAPS} cars", len(laps), _MIN_GRIP_POINTS)
    told = [
        Estimate.of(*huber_mean(grip[whole == k]), n - 1) for k, n in zip(laps, count, strict=True)
    ]
    rows = np.isin(whole, laps)
    line = np.column_stack([np.ones(int(rows.sum())), whole[rows] - whole[rows].mean()])
    trend = regress(line, grip[rows], whole[rows].astype(np.int64))
    return GripEvolution(
        progress=laps,
        grip=np.array([e.value for e in told]),
        low=np.array([e.low for e in told]),
        high=np.array([e.high for e in told]),
        n_laps=count,
        trend_per_lap=trend.estimate(np.array([0.0, 1.0])),
    )


def air_density_kgm3(
    air_temp_c: ArrayLike, pressure_hpa: ArrayLike, humidity_pct: ArrayLike
) -> Floats:
    """Density of moist air.

    ``rho = (p − e)/(R_d·T) + e/(R_v·T)`` with the vapour pressure ``e`` by Magnus' formula.

    Parameters
    ----------
    air_temp_c, pressure_hpa, humidity_pct : array_like, shape (n,)
        Air temperature [°C], pressure [hPa] and relative humidity [%].

    Returns
    -------
    ndarray, shape (n,)
        Density [kg/m³].

    Raises
    ------
    InvalidInput
        If arrays do not match.

    Notes
    -----
    Magnus' coefficients: Alduchov and Eskridge (1996).

    Examples
    --------
    >>> air_density_kgm3([15.0], [1013.25], [0.0]).round(3)
    array([1.225])
    """
    temp, pressure, humidity = columns(
        air_temp_c=air_temp_c, pressure_hpa=pressure_hpa, humidity_pct=humidity_pct
    )
    vapour = humidity / 100 * 6.1094 * np.exp(17.625 * temp / (temp + 243.04))
    kelvin = temp + _KELVIN
    return np.asarray(100 * ((pressure - vapour) / _DRY_AIR + vapour / _VAPOUR) / kelvin)


@dataclass(frozen=True)
class CoolingMargin(Result):
    """Room to cool against a reference day: 1 is the same, less is tighter. A proxy.

    ``density_kgm3`` and ``air_temp_c`` are means with the range 90 % of the samples lie in.
    """

    index: Estimate
    density_kgm3: Estimate
    density_ratio: float
    air_temp_c: Estimate
    n_samples: int


def cooling_margin(
    air_temp_c: ArrayLike,
    pressure_hpa: ArrayLike,
    humidity_pct: ArrayLike,
    *,
    reference_temp_c: float = 25.0,
    reference_density_kgm3: float = 1.18,
    coolant_c: float = 110.0,
) -> CoolingMargin:
    """Air density and temperature against a reference, as an index of cooling headroom.

    A radiator sheds heat with the mass of air and its distance from the coolant:
    ``index = (rho/rho_ref)·(T_coolant − T_air)/(T_coolant − T_ref)`` at equal speed and openings.

    Parameters
    ----------
    air_temp_c, pressure_hpa, humidity_pct : array_like, shape (n,)
        Weather samples of the session [°C], [hPa], [%].
    reference_temp_c, reference_density_kgm3 : float
        The day to compare with [°C], [kg/m³]; the defaults are dry air of 25 °C at sea level.
    coolant_c : float
        Coolant temperature assumed [°C].

    Returns
    -------
    CoolingMargin

    Raises
    ------
    NotEnoughLaps
        Under ten whole samples.
    InvalidInput
        If arrays do not match, or the reference is not cooler than the coolant.

    Notes
    -----
    A proxy: openings, radiators and real coolant temperatures are the teams' own. Intervals are
    the range of the session's weather, not an error of measurement.

    Examples
    --------
    >>> found = cooling_margin(np.full(20, 16.0), np.full(20, 780.0), np.full(20, 40.0))
    >>> round(found.index.value, 2), round(found.density_kgm3.value, 2)
    (0.88, 0.94)
    """
    temp, pressure, humidity = columns(
        air_temp_c=air_temp_c, pressure_hpa=pressure_hpa, humidity_pct=humidity_pct
    )
    positive(reference_density_kgm3=reference_density_kgm3)
    if not reference_temp_c < coolant_c:
        raise InvalidInput(
            f"reference_temp_c {reference_temp_c:g} must be below coolant_c {coolant_c:g}."
        )
    known = np.isfinite(temp) & np.isfinite(pressure) & np.isfinite(humidity)
    enough("weather samples", int(known.sum()), _MIN_SAMPLES)
    temp = temp[known]
    density = air_density_kgm3(temp, pressure[known], humidity[known])
    ratio = density / reference_density_kgm3
    index = ratio * (coolant_c - temp) / (coolant_c - reference_temp_c)
    return CoolingMargin(
        index=_ranging(index),
        density_kgm3=_ranging(density),
        density_ratio=float(ratio.mean()),
        air_temp_c=_ranging(temp),
        n_samples=len(temp),
    )


def _ranging(values: Floats) -> Estimate:
    """Mean, and the range most samples lie in."""
    drawn = Estimate.of_draws(values)
    mean = float(values.mean())
    return Estimate(mean, min(drawn.low, mean), max(drawn.high, mean))


@dataclass(frozen=True)
class WeatherVolatility(Result):
    """How unsettled a session was.

    ``*_spread`` are standard deviations about the mean, ``*_drift`` the largest change within
    ten minutes; ``rain_change_per_10min`` is the chance that rain begins or ends [-];
    ``wind_turn`` the circular standard deviation of its direction. What was not measured is
    None.
    """

    rain_share: float
    rain_changes: int
    rain_change_per_10min: Estimate
    air_spread_c: Estimate | None
    air_drift_c: float | None
    track_spread_c: Estimate | None
    track_drift_c: float | None
    wind_spread_ms: Estimate | None
    wind_turn_deg: float | None
    n_samples: int
    minutes: float


def weather_volatility(
    time_s: ArrayLike,
    rainfall: ArrayLike,
    air_temp_c: ArrayLike,
    track_temp_c: ArrayLike,
    wind_speed_ms: ArrayLike,
    wind_direction_deg: ArrayLike,
) -> WeatherVolatility:
    """How uncertain the conditions were: spread and changes of rain, temperature and wind.

    Rain changes are a Poisson process with Jeffreys' prior, ``P = 1 − e^{−rate·10 min}``;
    spreads have a chi-squared interval with the degrees of freedom the samples' autocorrelation
    leaves them, ``n·(1 − r)/(1 + r)``.

    Parameters
    ----------
    time_s : array_like, shape (n,)
        Session clock of the weather samples [s].
    rainfall : array_like of bool, shape (n,)
        Whether it rained.
    air_temp_c, track_temp_c : array_like, shape (n,)
        Temperatures [°C].
    wind_speed_ms, wind_direction_deg : array_like, shape (n,)
        Wind [m/s] and where it came from [°].

    Returns
    -------
    WeatherVolatility

    Raises
    ------
    NotEnoughLaps
        Under ten samples or twenty minutes.
    InvalidInput
        If arrays do not match or the clock does not go forwards.

    Notes
    -----
    Circular deviation: Mardia (1972), weighted by wind speed. The rain flag is one gauge's.

    Examples
    --------
    >>> clock = 60.0 * np.arange(120)
    >>> rain = (clock > 2000) & (clock < 4000)
    >>> steady = np.full(120, 20.0)
    >>> found = weather_volatility(clock, rain, steady, steady + 10 * ~rain, steady, steady)
    >>> found.rain_changes, found.track_drift_c, round(found.air_spread_c.value, 1)
    (2, 10.0, 0.0)
    """
    clock, air, track, wind, direction = columns(
        time_s=time_s,
        air_temp_c=air_temp_c,
        track_temp_c=track_temp_c,
        wind_speed_ms=wind_speed_ms,
        wind_direction_deg=wind_direction_deg,
    )
    (rain,) = flags(len(clock), rainfall=rainfall)
    enough("weather samples", len(clock), _MIN_SAMPLES)
    if not (np.diff(clock) > 0).all():
        raise InvalidInput("time_s must go forwards and be known.")
    span = float(clock[-1] - clock[0])
    if span < _MIN_SPAN_S:
        raise NotEnoughLaps(
            f"the samples span {span / 60:.0f} minutes; needed are {_MIN_SPAN_S / 60:.0f}."
        )
    changes = int((np.diff(rain.astype(int)) != 0).sum())
    return WeatherVolatility(
        rain_share=float(rain.mean()),
        rain_changes=changes,
        rain_change_per_10min=_chance_of_change(changes, span / _TEN_MINUTES_S),
        air_spread_c=_spread(air),
        air_drift_c=_drift(clock, air),
        track_spread_c=_spread(track),
        track_drift_c=_drift(clock, track),
        wind_spread_ms=_spread(wind),
        wind_turn_deg=_turn(wind, direction),
        n_samples=len(clock),
        minutes=span / 60,
    )


def _chance_of_change(changes: int, periods: float) -> Estimate:
    """Chance of a change within one period, from the posterior of a Poisson rate."""
    rate = Estimate.of_rate(changes + 0.5, periods)
    return Estimate(*(float(-np.expm1(-end)) for end in (rate.value, rate.low, rate.high)))


def _spread(values: Floats) -> Estimate | None:
    """Standard deviation with the degrees of freedom correlated samples have."""
    known = values[np.isfinite(values)]
    if len(known) < _MIN_SAMPLES:
        return None
    off = known - known.mean()
    total = float(off @ off)
    r = float(np.clip((off[1:] @ off[:-1]) / total, 0.0, 0.99)) if total > 0 else 0.0
    sd = float(np.sqrt(total / (len(known) - 1)))
    return Estimate.of_spread(sd, max(len(known) * (1 - r) / (1 + r) - 1, 1.0))


def _drift(clock: Floats, values: Floats) -> float | None:
    """Largest change within ten minutes."""
    known = np.isfinite(values)
    if known.sum() < _MIN_SAMPLES:
        return None
    time, value = clock[known], values[known]
    near = np.abs(time[:, None] - time) <= _TEN_MINUTES_S
    return float(np.abs(value[:, None] - value)[near].max())


def _turn(wind: Floats, direction: Floats) -> float | None:
    """Circular standard deviation of the wind's direction [°]; None without wind."""
    known = np.isfinite(wind) & np.isfinite(direction)
    if known.sum() < _MIN_SAMPLES or not wind[known].sum() > 0:
        return None
    toward = np.exp(1j * np.radians(direction[known]))
    length = float(abs((wind[known] * toward).sum()) / wind[known].sum())
    return float(np.degrees(np.sqrt(-2 * np.log(min(length, 1.0)))))
