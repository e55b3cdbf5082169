"""What happens to a race whatever the pit walls do: flags, showers, retirements.

None of it depends on the plans, so it is settled before the first lap, and two plans meet the
same safety cars.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.engine.compiled import inlined
from f1lab.engine.inputs import UNKNOWN_FLAG
from f1lab.engine.kernel_tables import GREEN, NEVER, RACE, RED, RESTART, SC, VSC
from f1lab.engine.random import FLAG, LENGTH, RAIN, RETIREMENT, bits, uniform

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from f1lab.engine.kernel_tables import Rules, Tables

__all__ = ["draw_flags", "draw_last_laps", "draw_wetness", "lapped_may_pass"]

#: Keeps the number that settles the unlapping apart from that of the length.
_UNLAPPING = 1 << 8


@inlined
def _pick(cumulative: NDArray[np.float64], u: float) -> int:
    """First entry that reaches ``u``, the last one if none does."""
    i = 0
    while i < len(cumulative) - 1 and cumulative[i] < u:
        i += 1
    return i


@inlined
def draw_last_laps(cars: NDArray[np.void], key: np.uint64, tables: Tables) -> None:
    """Draw the lap on which each car retires; NEVER for most."""
    last = tables.alive_p.shape[1] - 1
    for i in range(len(cars)):
        car = cars[i]
        u = uniform(bits(key, i, 0, RETIREMENT))
        car.last_lap = NEVER
        if u > tables.alive_p[i, last]:
            lap = 0
            while tables.alive_p[i, lap] >= u:
                lap += 1
            car.last_lap = lap + 1


@inlined
def _cause(cars: NDArray[np.void], key: np.uint64, lap: int, rules: Rules) -> int:
    """Flag brought out by cars that retire on a lap."""
    flag = GREEN
    for i in range(len(cars)):
        car = cars[i]
        if car.running == 1 and car.last_lap == lap:
            u = uniform(bits(key, i, 1, RETIREMENT))
            if u < rules.sc_share:
                flag = SC
            elif u < rules.sc_share + rules.vsc_share and flag == GREEN:
                flag = VSC
    return flag


@inlined
def _begins(cars: NDArray[np.void], key: np.uint64, lap: int, rules: Rules, tables: Tables) -> int:
    """Flag that comes out on a lap (counted from 0) when none flies."""
    u = uniform(bits(key, RACE, lap + 1, FLAG))
    red, sc = tables.red_p[lap], tables.sc_p[lap]
    if u < red:
        return RED
    if u < red + sc:
        return SC
    flag = VSC if u < red + sc + tables.vsc_p[lap] else GREEN
    return max(flag, _cause(cars, key, lap + 1, rules))


@inlined
def draw_flags(
    flags: NDArray[np.int8],
    cars: NDArray[np.void],
    key: np.uint64,
    rules: Rules,
    tables: Tables,
) -> None:
    """Fill in the flag of every lap: what is known, what goes on, what begins."""
    flying, left = rules.flag, rules.flag_laps_left
    if left < 0:
        u = uniform(bits(key, RACE, rules.first_lap, LENGTH))
        left = _pick(tables.sc_left if flying == SC else tables.vsc_left, u)
    stopped = rules.flag == RED
    for lap in range(rules.n_laps):
        known = tables.flown[lap]
        if known != UNKNOWN_FLAG or lap < rules.first_lap:
            flags[lap] = max(known, GREEN)
            if lap == rules.first_lap - 1 and known == UNKNOWN_FLAG:
                flags[lap] = rules.flag
            if lap >= rules.first_lap:
                left, stopped = 0, known == RED
            continue
        if left > 0:
            flags[lap] = flying
            left -= 1
            continue
        if stopped:
            flags[lap], stopped = RESTART, False
            continue
        flying = _begins(cars, key, lap, rules, tables)
        stopped = flying == RED
        flags[lap] = flying
        if flying in (SC, VSC):
            u = uniform(bits(key, RACE, lap + 1, LENGTH))
            left = _pick(tables.sc_lasts if flying == SC else tables.vsc_lasts, u)


@inlined
def draw_wetness(
    wetness: NDArray[np.float64], key: np.uint64, rules: Rules, tables: Tables
) -> None:
    """Steps of wetness that showers bring on each lap, on top of what the track has anyway."""
    wetness[:] = 0.0
    if not rules.showers:
        return
    wet, raining = 0.0, False
    for lap in range(rules.first_lap, rules.n_laps):
        u = uniform(bits(key, RACE, lap + 1, RAIN))
        raining = u * rules.mean_shower_laps > 1.0 if raining else u < tables.rain_p[lap]
        if raining:
            wet = min(wet + 1.0, float(rules.peak_steps))
        else:
            wet = max(wet - 1.0 / rules.drying_laps, 0.0)
        wetness[lap] = wet


@inlined
def lapped_may_pass(flags: NDArray[np.int8], lap: int, key: np.uint64, rules: Rules) -> bool:
    """Draw whether lapped cars are let past on a lap: the last but one of a long safety car.

    Nobody is when the race ends behind the safety car.
    """
    last = lap + 1
    if flags[lap] != SC or last + 1 >= len(flags) or flags[last] != SC or flags[last + 1] == SC:
        return False
    first = lap
    while first > 0 and flags[first - 1] == SC:
        first -= 1
    if last - first + 1 < rules.unlap_laps:
        return False
    return bool(uniform(bits(key, RACE, first + 1, LENGTH + _UNLAPPING)) < rules.unlap_p)
