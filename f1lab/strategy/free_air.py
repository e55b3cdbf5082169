"""A car's race on its own: what every plan costs in free air, from the mean of the model.

Only what differs between plans counts: compounds, tyre age, warm-up, stops, and on a wet track
the class of tyre against the best one of that lap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.inputs import AGE_STEPS_PER_LAP, UNKNOWN_FLAG, RaceField
from f1lab.errors import InvalidInput, UnknownName
from f1lab.racemodel.laps import COMPOUND_CLASS, FLAGS, SLICK
from f1lab.strategy.programme import N_COMPOUNDS, Opening, Programme, TyreRules, stint_costs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "DEFAULT_SETS",
    "SHORTEST_STINT_LAPS",
    "FreeAir",
    "OnTrack",
    "car_number",
    "is_rain_tyre",
    "median_length",
    "sets_of",
]

#: Sets left for the race when nobody says otherwise: of the 13 dry ones of a weekend a driver
#: keeps about seven after practice, and the rain tyres.
DEFAULT_SETS = {"SOFT": 3, "MEDIUM": 2, "HARD": 2, "INTERMEDIATE": 4, "WET": 3}
#: Shortest stint a plan is made with [laps]; red flags and safety cars may make a shorter one.
SHORTEST_STINT_LAPS = 5
#: A set changed for nothing is still not changed twice [s].
_FREE_STOP_S = 0.1
#: A slick is a choice when this share of the field's sets is planned to be of it.
_SHARE_OF_SETS = 0.05
_CLASS = COMPOUND_CLASS[:N_COMPOUNDS]
#: Steps a set ages on a lap under each flag: FLAGS = green, yellow, vsc, sc, restart, red.
_STEPS = np.array([4, 4, 2, 1, 4, 0])
_VSC, _SC, _RED = FLAGS.index("vsc"), FLAGS.index("sc"), FLAGS.index("red")


def is_rain_tyre(compound: int) -> bool:
    """Whether a compound, as its index in COMPOUNDS, is INTERMEDIATE or WET."""
    return compound < N_COMPOUNDS and bool(_CLASS[compound] != SLICK)


def car_number(field: RaceField, driver: str) -> int:
    """Index of a driver; UnknownName when he is not in the field, InvalidInput without a field."""
    if not isinstance(field, RaceField):
        raise InvalidInput(
            f"a RaceField is asked for, not a {type(field).__name__}: "
            "RaceField.from_weekend makes one of a weekend."
        )
    if driver not in field.drivers:
        raise UnknownName("driver", str(driver), field.drivers)
    return field.drivers.index(driver)


def sets_of(given: Mapping[str, int] | None) -> tuple[int, ...]:
    """Sets of each compound, the default allocation changed by what is given."""
    for name, number in (given or {}).items():
        if name not in DEFAULT_SETS:
            raise UnknownName("compound", name, DEFAULT_SETS)
        if number < 0:
            raise InvalidInput(f"{number} sets of {name} were given; 0 or more are possible.")
    return tuple({**DEFAULT_SETS, **(given or {})}.values())


@dataclass(frozen=True)
class OnTrack:
    """The set a car is on at the end of lap ``lap``, the compounds it has used and its stops."""

    lap: int
    compound: int
    age_steps: int
    used: tuple[int, ...]
    stops: int


@dataclass(frozen=True, repr=False)
class FreeAir:
    """Costs of one car over the race laps, flags known beforehand applied.

    Attributes
    ----------
    n_laps : int
    lap_s : ndarray, shape (n_laps, 5, n_ages)
        Lap on each compound by its age in quarter laps as the lap begins [s].
    stop_s : ndarray, shape (n_laps,)
        Loss of a stop at the end of each lap [s].
    racing, short_stints : ndarray of bool, shape (n_laps,)
        Laps that count; laps at whose end a stint may begin or end however short it is.
    age_steps : ndarray of int, shape (n_laps,)
        Quarter laps a set ages.
    warm_up_s : ndarray, shape (5,)
    oldest_steps : ndarray, shape (5,)
        Oldest a set may get [quarter laps].
    choice : ndarray of bool, shape (5,)
        Compounds a new set may be of.
    rules : TyreRules
    on_track : OnTrack, optional
        What the car is on; None on the grid.
    """

    n_laps: int
    lap_s: Floats
    stop_s: Floats
    racing: Bools
    short_stints: Bools
    age_steps: Ints
    warm_up_s: Floats
    oldest_steps: Floats
    choice: Bools
    rules: TyreRules
    on_track: OnTrack | None

    @classmethod
    def of(
        cls,
        field: RaceField,
        driver: str,
        sets: Mapping[str, int] | None = None,
        start: str | None = None,
    ) -> FreeAir:
        """Cost a driver's race, or what is left of it.

        Parameters
        ----------
        field : RaceField
        driver : str
        sets : mapping of str to int, optional
            Sets of a compound, where not the usual allocation; what is named is a choice.
        start : str, optional
            Compound he has to start on.
        """
        car, model, pit = car_number(field, driver), field.model, field.pit
        allowed = sets_of(sets)
        flag = _expected_flags(field)
        stop = np.full(field.n_laps, pit.loss_s.mean() + pit.speed_s[car])
        stop *= np.select([flag == _VSC, flag == _SC], [pit.vsc_factor, pit.sc_factor], 1.0)
        free = flag == _RED
        neutral = flag >= _VSC
        warm_up = np.where(_CLASS == SLICK, model.warm_up_s.mean(), 0.0)
        return cls(
            n_laps=field.n_laps,
            lap_s=_lap_costs(field, car),
            stop_s=np.where(free, _FREE_STOP_S, stop),
            racing=flag < _VSC,
            short_stints=neutral,
            age_steps=_STEPS[flag],
            warm_up_s=warm_up,
            oldest_steps=np.asarray(field.oldest_laps, dtype=float) * AGE_STEPS_PER_LAP,
            choice=_choice(field, (*(sets or {}), start)),
            rules=TyreRules(field.dry_compounds_needed > 1, field.stops_needed, allowed),
            on_track=_on_track(field, car),
        )

    def programme(
        self, on_track: OnTrack | None = None, *, no_stop: Bools | None = None
    ) -> Programme:
        """The exact programme from where the car is.

        Parameters
        ----------
        on_track : OnTrack, optional
            Where the plan goes on from; :attr:`on_track` by default.
        no_stop : ndarray of bool, shape (n_laps,), optional
            Laps at whose end the set the car is on does not come off; for the last lap: it
            does not see the flag.
        """
        here = on_track or self.on_track
        done = 0 if here is None else here.lap
        racing, steps = self.racing[done:], self.age_steps[done:]
        stints = stint_costs(
            self.lap_s[None, done:],
            racing,
            np.where(self.choice, self.oldest_steps, 0.0).tolist(),
            age_steps=steps,
            warm_up_s=self.warm_up_s,
            shortest_laps=SHORTEST_STINT_LAPS,
            free=self.short_stints[done:],
        )
        opening = None
        if here is not None:
            cost = self._staying_s(here)
            if no_stop is not None:
                cost[no_stop[done:]] = np.inf
            opening = Opening(here.compound, cost[None], here.used, here.stops)
        return Programme(stints, self.stop_s[None, done:], self.rules, opening)

    def _staying_s(self, here: OnTrack) -> Floats:
        """Cost of staying on a set to the end of each lap still to come [s]."""
        racing, steps = self.racing[here.lap :], self.age_steps[here.lap :]
        age = here.age_steps + np.cumsum(steps) - steps
        at = np.minimum(age, self.lap_s.shape[-1] - 1)
        laps = np.arange(here.lap, self.n_laps)
        return np.asarray(np.cumsum(np.where(racing, self.lap_s[laps, here.compound, at], 0.0)))

    def after(self, start: int, stops: tuple[tuple[int, int], ...], lap: int) -> OnTrack:
        """What a car is on at the end of ``lap``, its stop there included, when it drives a plan."""
        here = self.on_track or OnTrack(0, start, 0, (start,), 0)
        compound, age, used, made = here.compound, here.age_steps, list(here.used), here.stops
        planned = dict(stops)
        for at in range(here.lap + 1, lap + 1):
            age += int(self.age_steps[at - 1])
            if at in planned:
                compound, age, made = planned[at], 0, made + 1
                used.append(compound)
        return OnTrack(max(lap, here.lap), compound, age, tuple(used), made)


def _lap_costs(field: RaceField, car: int) -> Floats:
    """Mean lap of each compound at each age against the best class of that lap [s]."""
    model = field.model
    track = model.track_s.mean(axis=0)
    track = np.where(np.isfinite(track), track, np.inf)
    track -= track.min(axis=1, keepdims=True)
    age_laps = np.arange(model.wear_s.shape[-1]) / AGE_STEPS_PER_LAP
    wear = model.wear_s.mean(axis=0) + model.own_wear_s[:, car].mean() * age_laps
    tyre = model.offset_s.mean(axis=0)[:, None] + wear
    # a lap is charged for the age at its end
    charged = tyre[:, AGE_STEPS_PER_LAP:]
    return np.asarray(track[:, _CLASS, None] + charged[None])


def _expected_flags(field: RaceField) -> Ints:
    """Flag of each lap: what is known, a neutralisation going on for as long as usual, green."""
    state, flag = field.state, field.flown.copy()
    if state.flag in (_VSC, _SC):
        left = state.flag_laps_left
        if left < 0:
            left = median_length(field, "SC" if state.flag == _SC else "VSC") - 1
        on = flag[state.lap : state.lap + left]
        on[on == UNKNOWN_FLAG] = state.flag
    return np.asarray(np.maximum(flag, 0))


def median_length(field: RaceField, kind: str) -> int:
    """Usual length of a safety car, or a virtual one [laps]."""
    lengths = (field.hazards.sc if kind == "SC" else field.hazards.vsc).length_p
    return int(np.searchsorted(np.cumsum(lengths), lengths.sum() / 2)) + 1


def _choice(field: RaceField, named: tuple[str | None, ...]) -> Bools:
    """Compounds somebody means to race: practice told everybody more than the laps tell us.

    Nobody starts on a slick he does not trust, so that once the race is under way a softer one
    than all that have been raced is no choice.
    """
    plans = field.policies
    stopping = plans.weight[..., None] * (plans.stop_lap > 0)
    sets = np.bincount(plans.start_compound.ravel(), plans.weight.ravel(), N_COMPOUNDS + 1)
    sets += np.bincount(plans.stop_compound.ravel(), stopping.ravel(), N_COMPOUNDS + 1)
    out = sets[:N_COMPOUNDS] >= _SHARE_OF_SETS * sets.sum()
    raced = np.array([(field.state.used >> c & 1).sum() for c in range(len(DRY_COMPOUNDS))])
    if field.state.lap and raced.any():
        out[: int((raced >= _SHARE_OF_SETS * raced.sum()).argmax())] = False
    # a rain tyre, when in some draw it is the quickest on some lap still to come; and then slicks,
    # where so far nobody has raced or planned one
    quickest = field.model.track_s[:, field.state.lap :].argmin(axis=2)
    out[_CLASS != SLICK] = np.isin(_CLASS[_CLASS != SLICK], quickest)
    if not out[_CLASS == SLICK].any():
        out[_CLASS == SLICK] = SLICK in quickest
    for name in named:
        if name is not None:
            out[COMPOUNDS.index(name)] = True
    return np.asarray(out)


def _on_track(field: RaceField, car: int) -> OnTrack | None:
    state = field.state
    if not state.running[car]:
        raise InvalidInput(
            f"{field.drivers[car]} is out of the race after lap {state.lap}; "
            "plans are made for cars still running."
        )
    if state.lap == 0:
        return None
    used = tuple(c for c in range(N_COMPOUNDS) if int(state.used[car]) >> c & 1)
    compound = int(state.compound[car])
    if compound >= N_COMPOUNDS:
        raise InvalidInput(
            f"nobody knows what tyre {field.drivers[car]} is on after lap {state.lap}; "
            f"{', '.join(COMPOUNDS[:N_COMPOUNDS])} can be planned for."
        )
    done = int(state.done[car])
    return OnTrack(done, compound, int(state.age_steps[car]), used, max(len(used) - 1, 0))
