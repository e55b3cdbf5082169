"""What a stop would cost now, as the pit wall can know it: from other races, not from this one."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from f1lab.engine.priors import load_engine_priors
from f1lab.simulator.state import PitLoss

if TYPE_CHECKING:
    from f1lab.simulator.world import World

__all__ = ["stop_cost"]

#: Stops drawn for the range; its ends are then known to about 0.2 s.
_N_DRAWS = 4000
_ENDS = (0.05, 0.95)


def stop_cost(world: World, code: str, flag: str) -> PitLoss:
    """What a stop costs a car under a flag: the circuit's lane, the crew, and the crew's luck.

    Parameters
    ----------
    world : World
    code : str
        Driver.
    flag : str
        ``green``, ``yellow``, ``vsc``, ``sc`` or ``red``, under which it is free.

    Returns
    -------
    PitLoss
    """
    team = world.field.teams[world.field.drivers.index(code)]
    return _stop_cost(world.weekend.circuit, team, flag)


@lru_cache
def _stop_cost(circuit: str, team: str, flag: str) -> PitLoss:
    priors, rng = load_engine_priors(), np.random.default_rng(0)
    known = circuit in priors.table["pit"]["loss_s"]["circuits"]
    if flag == "red":
        return PitLoss(0.0, 0.0, 0.0, known)
    lane = priors.pit_lane(circuit, (team,), _N_DRAWS, rng)
    factor = {"vsc": lane.vsc_factor, "sc": lane.sc_factor}.get(flag, 1.0)
    odds = rng.random(_N_DRAWS)
    luck_s = lane.crew_scale_s * ((odds / (1.0 - odds)) ** (1.0 / lane.crew_shape) - 1.0)
    luck_s = np.minimum(luck_s, lane.crew_longest_s) + lane.speed_s[0]
    cost_s = np.maximum(factor * lane.loss_s + luck_s, 0.0)
    low, high = np.quantile(cost_s, _ENDS)
    return PitLoss(float(np.median(cost_s)), float(low), float(high), known)
