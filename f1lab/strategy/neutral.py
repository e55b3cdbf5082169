"""Box or stay, if a safety car comes out on lap k.

The race is run with the safety car on that lap, once with the driver stopping at the end of it
and once staying out until it is in, each going on with what is best in free air. The rivals
answer as they do. The two are compared on the same races.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.engine.inputs import UNKNOWN_FLAG
from f1lab.errors import InvalidInput, whole_number
from f1lab.racemodel.laps import FLAGS
from f1lab.strategy.free_air import FreeAir, car_number, median_length
from f1lab.strategy.judge import Calls, Judge, calls_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from f1lab.engine.inputs import RaceField
    from f1lab.strategy.free_air import OnTrack

__all__ = ["SafetyCarCall", "safety_car_table"]

_FLAG = {"SC": FLAGS.index("sc"), "VSC": FLAGS.index("vsc")}
_GREEN = FLAGS.index("green")
#: Laps looked at when nobody names any.
_LAPS_LOOKED_AT = 7


@dataclass(frozen=True)
class SafetyCarCall:
    """Box or stay when a safety car comes out on a lap and stays for ``length_laps``.

    ``gain`` is what boxing is worth in the objective's unit, positive when it is better, with
    its 90 % interval on the same races.
    """

    kind: str
    lap: int
    length_laps: int
    box: str
    stay: str
    box_position: float
    box_points: float
    stay_position: float
    stay_points: float
    gain: float
    gain_low: float
    gain_high: float

    @property
    def verdict(self) -> str:
        """``box``, ``stay``, or ``level`` when the two cannot be told apart."""
        if self.gain_low > 0:
            return "box"
        return "stay" if self.gain_high < 0 else "level"


def safety_car_table(  # noqa: PLR0913  (keywords, each a question of its own)
    field: RaceField,
    driver: str,
    laps: Sequence[int] | None = None,
    *,
    plan: Calls | None = None,
    kind: str = "SC",
    objective: str = "points",
    n: int = 300,
    seed: int = 0,
    sets: Mapping[str, int] | None = None,
) -> tuple[SafetyCarCall, ...]:
    """What to do if a safety car, or a virtual one, comes out.

    Parameters
    ----------
    field : RaceField
    driver : str
    laps : sequence of int, optional
        Laps it may come out on; some spread over the rest of the race by default.
    plan : Calls, optional
        What the driver has driven by then; the best plan in free air by default.
    kind : str
        ``SC`` or ``VSC``.
    objective : str
        What the two are compared in: points, position or time.
    n : int
        Races each of the two is run for.
    seed : int
    sets : mapping of str to int, optional
        Sets of a compound the driver has, where not the usual allocation.

    Returns
    -------
    tuple of SafetyCarCall
        Laps on which nothing is left to be decided (no set to fit) are left out.
    """
    if kind not in _FLAG:
        raise InvalidInput(f"kind {kind!r}: one of {', '.join(_FLAG)}.")
    n, seed = whole_number("n", n, 2), whole_number("seed", seed)
    car_number(field, driver)
    first, last = field.state.lap + 1, field.n_laps - 1
    if laps is not None and not isinstance(laps, (tuple, list, range)):
        raise InvalidInput(f"laps={laps!r}: give a sequence of laps, such as laps=(20, 30).")
    chosen = (
        _spread(first, last) if laps is None else tuple(whole_number("laps", k, 1) for k in laps)
    )
    for lap in chosen:
        if not first <= lap <= last:
            raise InvalidInput(
                f"a {kind} on lap {lap} cannot be decided on: laps {first} to {last} are left."
            )
    air = FreeAir.of(field, driver, sets)
    if plan is None:
        best = next(air.programme().best(), None)
        if best is None:
            raise InvalidInput(f"no plan of {driver} satisfies the tyre rules with the sets given.")
        plan = calls_of(best, field.state.lap)
    length = median_length(field, kind)
    found = []
    for lap in chosen:
        neutral = replace(field, flown=_flown(field, lap, length, kind))
        options = _options(FreeAir.of(neutral, driver, sets), plan, lap, length)
        if options is not None:
            judge = Judge(neutral, driver, objective, reacts=False)
            found.append(_call(judge, options, (kind, lap, length), n, seed))
    return tuple(found)


def _spread(first: int, last: int) -> tuple[int, ...]:
    laps = np.linspace(first, max(last - 2, first), _LAPS_LOOKED_AT)
    return tuple(dict.fromkeys(min(round(lap), last) for lap in laps.tolist()))


def _flown(field: RaceField, lap: int, length: int, kind: str) -> NDArray[np.int64]:
    """Flags with a neutralisation that begins on a lap nobody knew to be neutralised."""
    flown = field.flown.copy()
    before = flown[: lap - 1]
    before[before == UNKNOWN_FLAG] = _GREEN
    flown[lap - 1 : lap - 1 + length] = _FLAG[kind]
    return flown


def _options(air: FreeAir, plan: Calls, lap: int, length: int) -> tuple[Calls, Calls] | None:
    """The plan with a stop at the end of ``lap``, and without one while the flag flies."""
    here = air.after(plan.start, plan.stops, lap - 1)
    numbers = np.arange(1, air.n_laps + 1)
    neutral = (numbers >= lap) & (numbers < min(lap + length, air.n_laps))
    box = _from_here(air, plan, here, numbers != lap)
    stay = _from_here(air, plan, here, neutral)
    return None if box is None or stay is None else (box, stay)


def _from_here(
    air: FreeAir, plan: Calls, here: OnTrack, no_stop: NDArray[np.bool_]
) -> Calls | None:
    best = next(air.programme(here, no_stop=no_stop).best(), None)
    if best is None:
        return None
    made = tuple(stop for stop in plan.stops if stop[0] <= here.lap)
    return Calls(plan.start, made + calls_of(best, here.lap).stops)


def _call(
    judge: Judge,
    options: tuple[Calls, Calls],
    when: tuple[str, int, int],
    n: int,
    seed: int,
) -> SafetyCarCall:
    races = judge.run_each(options, n, seed)
    box, stay = (races[calls] for calls in options)
    gain = judge.regret(stay, box)
    return SafetyCarCall(
        *when,
        box=str(options[0]),
        stay=str(options[1]),
        box_position=float(box.position.mean()),
        box_points=float(box.points.mean()),
        stay_position=float(stay.position.mean()),
        stay_points=float(stay.points.mean()),
        gain=gain.mean,
        gain_low=gain.low,
        gain_high=gain.high,
    )
