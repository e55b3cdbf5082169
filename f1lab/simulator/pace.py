"""Push, neutral, save: what a pace gains on the lap and costs afterwards.

Neutral is the pace really driven. The stints of one driver in one race are begun at paces that
scatter by 0.28 s a lap, four in five within 0.34 s (362 stints in clear air of 89 dry races of
2018 to 2023, :mod:`f1lab.simulator.measure`): pushing is worth 0.3 s. It costs wear: measured
are 0.026 s/lap (90 % -0.002 to 0.055) for each second gained over five laps, which is 0.016 s
for each lap pushed ten laps later and 0.024 s fifteen laps later. 0.024 s is taken: with it a
stint of 25 laps pushed from end to end gains nothing, as it must, or it would have been driven
so. Saving gives back half of that, which is assumed: a tyre that is nursed has less to give.

Fuel is not measured (teams do not publish it): 2.5 % of a lap's fuel more or less are assumed,
and a reserve of twelve such laps.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["FUEL_RESERVE_LAPS", "PACES", "Pace"]


@dataclass(frozen=True)
class Pace:
    """A pace against neutral.

    ``lap_s`` on the lap itself [s]; ``wear_s`` on every later lap of the set [s]; ``fuel`` burnt
    in shares of a lap's fuel [-].
    """

    lap_s: float
    wear_s: float
    fuel: float


PACES = {
    "push": Pace(-0.30, 0.024, 0.025),
    "neutral": Pace(0.0, 0.0, 0.0),
    "save": Pace(0.30, -0.012, -0.025),
}
#: Laps that can be pushed before fuel has to be saved.
FUEL_RESERVE_LAPS = 12
