"""What only the race tells of a car: wear, tyre temperature, reliability; and the air."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.tyre import degradation_curve, thermal_window
from f1lab.calc.weather import air_density_kgm3, cooling_margin
from f1lab.compare._pace import pace_gap, pace_of
from f1lab.compare.laps import race_view
from f1lab.compare.reliability import race_record, reliability
from f1lab.errors import NotEnoughLaps

if TYPE_CHECKING:
    from f1lab.calc.estimate import Estimate
    from f1lab.calc.tyre import Degradation, ThermalWindow
    from f1lab.calc.weather import CoolingMargin
    from f1lab.compare.laps import RaceView
    from f1lab.compare.reliability import Reliability
    from f1lab.data.schema import Session, Weekend

__all__ = [
    "cooling_of",
    "degradation_of",
    "density_of",
    "reliability_of",
    "thermal_of",
    "wear_difference",
    "wear_of",
]


def wear_of(weekend: Weekend, driver: str) -> Estimate:
    """Wear of a car beyond the field's, from the lap-time model of the race.

    Parameters
    ----------
    weekend : Weekend
        The weekend.
    driver : str
        Driver code.

    Returns
    -------
    Estimate
        Seconds per lap of tyre age; negative is kinder to its tyres.

    Raises
    ------
    NotEnoughLaps
        If the driver's laps cannot carry a wear slope of their own.
    """
    return pace_of(_require_wear(weekend, driver), driver).wear_s_per_lap


def wear_difference(weekend: Weekend, one: str, other: str) -> Estimate:
    """Wear of one car minus the other's, on the same compound and age [s per lap of age].

    Parameters
    ----------
    weekend : Weekend
        The weekend.
    one, other : str
        Driver codes.

    Returns
    -------
    Estimate

    Raises
    ------
    NotEnoughLaps
        If the laps of either cannot carry a wear slope of their own.
    """
    return pace_gap(_require_wear(weekend, one, other), [one], [other]).wear_s_per_lap


def degradation_of(weekend: Weekend) -> Degradation:
    """Wear curves of the race by compound, the field's: what a car's own wear is measured from.

    Parameters
    ----------
    weekend : Weekend
        The weekend.

    Returns
    -------
    Degradation

    Raises
    ------
    NotEnoughLaps
        If the laps carry no compound's curve, as in the rain.
    """
    return degradation_curve(race_view(weekend).fit)


def thermal_of(weekend: Weekend, team: str) -> ThermalWindow:
    """Warm-up and temperature window of the compound a team's cars drove most.

    Parameters
    ----------
    weekend : Weekend
        The weekend.
    team : str
        Its name.

    Returns
    -------
    ThermalWindow

    Raises
    ------
    NotEnoughLaps
        If the laps of two cars in one race tell neither, as is usual.
    """
    view = race_view(weekend)
    rows = view.dry
    own = view.frame["team"].to_numpy(dtype=str)[rows] == team
    if not own.any():
        raise NotEnoughLaps(f"{team} drove no dry racing lap.")
    compound = view.laps.compound[rows]
    own &= compound == np.bincount(compound[own]).argmax()
    return thermal_window(
        view.fit.residual_s[own],
        view.track_temp_c[rows][own],
        view.stint[rows][own],
        view.flying_lap[rows][own],
    )


def reliability_of(weekend: Weekend, team: str) -> Reliability:
    """Chance that a car of a team does not see the flag: one race, drawn hard to the field.

    Parameters
    ----------
    weekend : Weekend
        The weekend.
    team : str
        Its name.

    Returns
    -------
    Reliability

    Raises
    ------
    NoData
        If it did not start the race.
    """
    return reliability([race_record(race_view(weekend))], team)


def density_of(session: Session) -> float:
    """Mean density of the air during a session [kg/m³].

    Raises
    ------
    NotEnoughLaps
        If the weather was not measured.
    """
    names = ("air_temp_c", "pressure_hpa", "humidity_pct")
    density = air_density_kgm3(*(session.weather[name] for name in names))
    known = density[np.isfinite(density)]
    if not len(known):
        raise NotEnoughLaps(f"{session.name} has no weather, so the air's density is not known.")
    return float(known.mean())


def cooling_of(session: Session) -> CoolingMargin:
    """Room to cool in the air of a session, the same for every car.

    Raises
    ------
    NotEnoughLaps
        Under ten weather samples.
    """
    names = ("air_temp_c", "pressure_hpa", "humidity_pct")
    return cooling_margin(*(session.weather[name] for name in names))


def _require_wear(weekend: Weekend, *drivers: str) -> RaceView:
    """Refuse drivers whose laps cannot tell their own wear from the field's."""
    view = race_view(weekend)
    for driver in drivers:
        if driver not in view.laps.drivers:
            raise NotEnoughLaps(f"{driver} completed no lap of the race.")
        if driver in view.model.design.wear_unclear:
            raise NotEnoughLaps(
                f"the laps of {driver} in the race cannot carry a wear slope of their own: it was "
                "wet, or there were too few of them in clean air over too few tyre ages."
            )
    return view
