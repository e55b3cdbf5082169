"""Plans of a race: which tyres, changed when. Checked here, before anything is run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.errors import InvalidPlan
from f1lab.racemodel.laps import COMPOUND_CLASS, SLICK

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from f1lab.engine.inputs import Policies, RaceField

__all__ = ["RacePlan", "check_plan", "policies_for"]

_KNOWN = tuple(COMPOUNDS[:5])


@dataclass(frozen=True)
class RacePlan:
    """What one car sets out to do.

    Attributes
    ----------
    start : str, optional
        Compound at the start: SOFT, MEDIUM, HARD, INTERMEDIATE or WET. Not asked for, and not
        looked at, once the race is under way.
    stops : tuple of (int, str)
        Laps at whose end the car stops, and the compound it leaves on.
    reacts : bool
        Whether it also answers to what happens, as its rivals do. Without, it keeps to its stops
        in rain and behind a safety car too; only the rules of a dry race and the free change
        during a red flag that nobody foresaw come on top.

    Examples
    --------
    >>> RacePlan("MEDIUM", ((20, "HARD"),))
    RacePlan(start='MEDIUM', stops=((20, 'HARD'),), reacts=False)
    """

    start: str | None = None
    stops: tuple[tuple[int, str], ...] = ()
    reacts: bool = False

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        stops = [{"lap": int(lap), "compound": compound} for lap, compound in self.stops]
        return {"start": self.start, "stops": stops, "reacts": self.reacts}


def policies_for(field: RaceField, plans: Mapping[str, RacePlan] | None) -> Policies:
    """Policies of a field with the plans of some drivers in their place.

    Parameters
    ----------
    field : RaceField
    plans : mapping of str to RacePlan, optional

    Returns
    -------
    Policies

    Raises
    ------
    InvalidPlan
        A driver who is not in the field, or a plan that is not possible.
    """
    old = field.policies
    if not plans:
        return old
    for driver, plan in plans.items():
        if driver not in field.drivers:
            known = ", ".join(field.drivers)
            raise InvalidPlan(f"no driver {driver!r} in this race. Known: {known}.")
        if not isinstance(plan, RacePlan):
            raise InvalidPlan(
                f"the plan of {driver} is a {type(plan).__name__}: give a RacePlan, such as "
                'RacePlan("MEDIUM", ((20, "HARD"),)).'
            )
        check_plan(field, driver, plan)
    stops = max(old.stop_lap.shape[2], *(len(plan.stops) for plan in plans.values()))
    extra = ((0, 0), (0, 0), (0, stops - old.stop_lap.shape[2]))
    ages = old.stop_age_steps
    ages = np.zeros_like(old.stop_lap) if ages is None else ages
    # one copy each, wide enough for the longest plan
    stop_lap, stop_compound, stop_age = (
        np.pad(rows, extra) for rows in (old.stop_lap, old.stop_compound, ages)
    )
    start, weight, reacts = old.start_compound.copy(), old.weight.copy(), old.reacts.copy()
    by_draw = None if old.draw_weight is None else old.draw_weight.copy()
    for driver, plan in plans.items():
        car = field.drivers.index(driver)
        weight[car] = np.arange(weight.shape[1]) == 0
        if by_draw is not None:
            by_draw[:, car] = weight[car]
        reacts[car] = plan.reacts
        stop_lap[car], stop_compound[car], stop_age[car] = 0, 0, 0
        if plan.start is not None:
            start[car] = COMPOUNDS.index(plan.start)
        for s, (lap, compound) in enumerate(plan.stops):
            stop_lap[car, 0, s] = lap
            stop_compound[car, 0, s] = COMPOUNDS.index(compound)
    return replace(
        old,
        start_compound=start,
        stop_lap=stop_lap,
        stop_compound=stop_compound,
        stop_age_steps=stop_age,
        weight=weight,
        reacts=reacts,
        draw_weight=by_draw,
    )


def check_plan(field: RaceField, driver: str, plan: RacePlan) -> None:
    """Refuse a plan that this race does not allow.

    Parameters
    ----------
    field : RaceField
    driver : str
        One of ``field.drivers``.
    plan : RacePlan

    Raises
    ------
    InvalidPlan
        An unknown compound, a stop that is not in the race still to come, stops out of order,
        or too few dry compounds or stops for a dry race.
    """
    car = field.drivers.index(driver)
    under_way = field.state.lap > 0
    if plan.start is None and not under_way:
        raise InvalidPlan(f"the plan of {driver} names no start compound. Use {_one_of(_KNOWN)}.")
    fitted = [compound for _, compound in plan.stops]
    for compound in (*([] if plan.start is None else [plan.start]), *fitted):
        if compound not in _KNOWN:
            raise InvalidPlan(
                f"the plan of {driver} has no compound {compound!r}: use {_one_of(_KNOWN)}."
            )
    _check_laps(field, driver, [lap for lap, _ in plan.stops])
    codes = {COMPOUNDS.index(compound) for compound in fitted}
    if under_way:
        codes |= {c for c in range(len(_KNOWN)) if int(field.state.used[car]) >> c & 1}
    elif plan.start is not None:
        codes.add(COMPOUNDS.index(plan.start))
    _check_dry_rules(field, driver, codes, len(fitted))


def _check_laps(field: RaceField, driver: str, laps: list[int]) -> None:
    driven = max(int(field.state.done[field.drivers.index(driver)]), 0)
    for lap in laps:
        if not isinstance(lap, (int, np.integer)) or not driven < lap < field.n_laps:
            raise InvalidPlan(
                f"the plan of {driver} stops on lap {lap!r}: laps {driven + 1} to "
                f"{field.n_laps - 1} are possible in this race."
            )
    if sorted(set(laps)) != list(laps):
        raise InvalidPlan(f"the plan of {driver} stops on laps {laps}: give each once, in order.")


def _check_dry_rules(field: RaceField, driver: str, codes: set[int], stops: int) -> None:
    if any(COMPOUND_CLASS[code] != SLICK for code in codes):
        return
    if len(codes) < field.dry_compounds_needed:
        names = " and ".join(COMPOUNDS[code] for code in sorted(codes)) or "none"
        raise InvalidPlan(
            f"the plan of {driver} uses {names} only: a dry race asks for "
            f"{field.dry_compounds_needed} dry compounds."
        )
    made = int(field.state.used[field.drivers.index(driver)]).bit_count() - 1
    if stops + max(made, 0) < field.stops_needed:
        raise InvalidPlan(
            f"the plan of {driver} makes {stops} stops: this race asks for {field.stops_needed}."
        )


def _one_of(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}"
