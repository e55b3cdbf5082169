"""The chance of a safety car: starts per race, shrunk to the field, spread over what is left."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from f1lab.calc._check import positive
from f1lab.calc.estimate import Estimate, Result
from f1lab.errors import InvalidInput

__all__ = ["SafetyCarChance", "safety_car_probability"]


@dataclass(frozen=True)
class SafetyCarChance(Result):
    """Chance that one comes out: in the laps ahead, and from now to the flag [-].

    ``laps`` is the horizon after it was cut at the flag; ``sc_per_race`` and ``vsc_per_race``
    the shrunk rates; ``own_weight`` how much of them is the circuit's own record.
    """

    laps: int
    sc: Estimate
    vsc: Estimate
    either: Estimate
    sc_to_flag: Estimate
    vsc_to_flag: Estimate
    sc_per_race: Estimate
    vsc_per_race: Estimate
    own_weight: float


def safety_car_probability(  # noqa: PLR0913  (two records, and where in the race we are)
    lap: int,
    horizon_laps: int,
    n_laps: int,
    *,
    races: int,
    sc_starts: int,
    vsc_starts: int,
    field_sc_per_race: float,
    field_vsc_per_race: float,
    sc_lap_1_share: float = 0.29,
    vsc_lap_1_share: float = 0.07,
    pseudo_races: float = 16.0,
) -> SafetyCarChance:
    """Chance of a SC and of a VSC within the next laps, from a circuit's record and the field's.

    The number of starts per race has a gamma posterior, ``(own + m·field) / (races + m)`` with
    ``m`` pseudo-races; what does not start on lap 1 is spread evenly over the laps after it:
    ``P = 1 − exp(−rate · exposure)``, ``exposure = (1 − lap-1 share) · laps / (n_laps − 1)``,
    and lap 1's share where the horizon holds it. How *long* safety cars stayed out does not
    enter.

    Parameters
    ----------
    lap : int
        Laps completed, 0 before the start.
    horizon_laps : int
        Laps to look ahead; cut at the flag.
    n_laps : int
        Race distance [laps].
    races : int
        Past races at this circuit.
    sc_starts, vsc_starts : int
        How often each came out in them.
    field_sc_per_race, field_vsc_per_race : float
        Mean number per race over all circuits.
    sc_lap_1_share, vsc_lap_1_share : float
        Share of them that come out on lap 1 [-]; by default that of 103 races of 2018–23.
    pseudo_races : float
        Races of the field's rate the circuit's own record is weighed against.

    Returns
    -------
    SafetyCarChance

    Raises
    ------
    InvalidInput
        A lap outside the race, no horizon, a negative count, or a share outside 0 … 1.

    Notes
    -----
    A circuit's own record does not beat the field rate unless shrunk hard, by about 16 races.

    Examples
    --------
    >>> record = dict(races=5, sc_starts=5, vsc_starts=1)
    >>> field = dict(field_sc_per_race=0.83, field_vsc_per_race=0.42)
    >>> chance = safety_car_probability(20, 10, 57, **record, **field)
    >>> round(chance.sc.value, 3), round(chance.vsc.value, 3), chance.laps
    (0.104, 0.059, 10)
    >>> safety_car_probability(55, 10, 57, **record, **field).laps
    2
    """
    shares = (sc_lap_1_share, vsc_lap_1_share)
    if not (0 <= lap <= n_laps and horizon_laps >= 1 and n_laps > 1):
        raise InvalidInput(
            f"lap {lap} with {horizon_laps} to look ahead: lap must lie in 0 … {n_laps}, "
            "the horizon be one lap at least."
        )
    if min(races, sc_starts, vsc_starts) < 0 or not all(0 <= s <= 1 for s in shares):
        raise InvalidInput("counts must not be negative and lap-1 shares must lie in 0 … 1.")
    positive(
        field_sc_per_race=field_sc_per_race,
        field_vsc_per_race=field_vsc_per_race,
        pseudo_races=pseudo_races,
    )
    ahead = min(horizon_laps, n_laps - lap)
    weight = races + pseudo_races
    shape = [
        own + pseudo_races * field
        for own, field in ((sc_starts, field_sc_per_race), (vsc_starts, field_vsc_per_race))
    ]

    def exposure(laps: int, share: float) -> float:
        opening = share if lap == 0 and laps else 0.0
        later = max(laps - (lap == 0), 0)
        return opening + (1 - share) * later / (n_laps - 1)

    def chances(laps: int) -> list[Estimate]:
        return [_of_rate(a, weight, exposure(laps, s)) for a, s in zip(shape, shares, strict=True)]

    sc, vsc = chances(ahead)
    sc_to_flag, vsc_to_flag = chances(n_laps - lap)
    none = [(1 - s) * (1 - v) for s, v in zip(_ends(sc), _ends(vsc), strict=True)]
    sc_rate, vsc_rate = (Estimate.of_rate(a, weight) for a in shape)
    return SafetyCarChance(
        laps=ahead,
        sc=sc,
        vsc=vsc,
        either=Estimate(1 - none[0], 1 - none[1], 1 - none[2]),
        sc_to_flag=sc_to_flag,
        vsc_to_flag=vsc_to_flag,
        sc_per_race=sc_rate,
        vsc_per_race=vsc_rate,
        own_weight=races / weight,
    )


def _of_rate(shape: float, weight: float, exposure: float) -> Estimate:
    """1 − exp(−rate · exposure) over a gamma posterior of the rate: mean and 90 % interval."""
    _, *ends = _ends(Estimate.of_rate(shape, weight))
    low, high = (1 - np.exp(-rate * exposure) for rate in ends)
    mean = 1 - (weight / (weight + exposure)) ** shape
    return Estimate(float(mean), float(low), float(high))


def _ends(estimate: Estimate) -> tuple[float, float, float]:
    return estimate.value, estimate.low, estimate.high
