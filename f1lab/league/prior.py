"""What a race says before anybody plays it: the real plans, and the engine on undercuts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.errors import InvalidInput, NotEnoughLaps
from f1lab.league.crowd import RacePrior
from f1lab.strategy import undercut_table
from f1lab.strategy.known import field_of

if TYPE_CHECKING:
    from f1lab.data.schema import Weekend

__all__ = ["race_prior"]

#: The engine is asked so many laps before the field's usual first stop.
_BEFORE_LAPS = 2
#: An undercut is the stop this many laps before the other's.
_APART_LAPS = 2
#: Each car asked about meets three rivals on either side: one in three sees the whole field.
_EVERY_CAR = 3
#: The engine's mean over the pairs of one race is not known better than this [s].
_LEAST_DOUBT_S = 0.5
#: Width of a 90 % interval in standard deviations.
_SDS = 3.29


def race_prior(weekend: Weekend) -> RacePrior:
    """Return what a weekend itself says of its stops.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    RacePrior
    """
    plans = _real_plans(weekend)
    n_laps = int(weekend.race.laps["lap"].max())
    firsts = [plan[0][0] for plan in plans if plan]
    undercut = None
    if firsts:
        undercut = _engine_undercut(weekend, max(int(np.median(firsts)) - _BEFORE_LAPS, 1))
    return RacePrior(n_laps, plans, undercut)


def _real_plans(weekend: Weekend) -> tuple[tuple[tuple[int, str], ...], ...]:
    """Stops of every classified driver; tyres changed under the red flag are no call."""
    results, laps = weekend.race.results, weekend.race.laps
    plans = []
    for driver in results.loc[results["classified"], "driver"]:
        own = laps[laps["driver"] == driver]
        last = own.groupby("stint", sort=True).tail(1)
        fitted = own.groupby("stint", sort=True)["compound"].first().to_list()[1:]
        stops = zip(last["lap"].to_list()[:-1], fitted, last["red"].to_list()[:-1], strict=True)
        plans.append(tuple((int(lap), str(compound)) for lap, compound, red in stops if not red))
    return tuple(plans)


def _engine_undercut(weekend: Weekend, lap: int) -> tuple[float, float, float] | None:
    """Gap an undercut makes good: mean over the field, its doubt, spread of the attempt [s]."""
    try:
        field = field_of(weekend, lap)
    except (InvalidInput, NotEnoughLaps):
        return None  # no race left to run there, or no lap to learn from
    if lap > field.n_laps - _APART_LAPS - _BEFORE_LAPS:
        return None
    running = [name for car, name in enumerate(field.drivers) if field.state.running[car]]
    gains = [
        (row.gain_s, (row.gain_high_s - row.gain_low_s) / _SDS)
        for driver in running[::_EVERY_CAR]
        for row in undercut_table(field, driver, laps=(_APART_LAPS,))
        if row.kind == "undercut"
    ]
    if not gains:
        return None
    gain, spread = np.array(gains).T
    return float(gain.mean()), max(float(gain.std()), _LEAST_DOUBT_S), float(spread.mean())
