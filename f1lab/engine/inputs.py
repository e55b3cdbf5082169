"""What the engine runs on: a field of cars as plain arrays.

:class:`RaceField` is everything known about a race before it is run many times; draws of the
lap-time model are its first axis, and race ``r`` runs on draw ``r % n_draws``. It is built by
:mod:`f1lab.engine.field` and read by the kernel; both sides speak only through this module.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "AGE_STEPS_PER_LAP",
    "UNKNOWN_FLAG",
    "Hazards",
    "LapModel",
    "Neutralisation",
    "Passing",
    "PitLane",
    "Policies",
    "RaceField",
    "RaceState",
    "Reactions",
    "Retirements",
    "Start",
    "Weather",
]

#: Wear accrues in quarters of a lap: 4 under green, 2 under VSC, 1 under SC and red.
AGE_STEPS_PER_LAP = 4
#: A lap whose flag nobody knows yet: the hazards decide.
UNKNOWN_FLAG = -1


@dataclass(frozen=True, repr=False)
class LapModel:
    """Posterior draws of the lap-time model, unpacked for the kernel.

    A lap of car ``i`` on compound ``c`` of class ``k`` takes
    ``track_s[d, l, k] + fuel_s_per_kg[d]·fuel + pace_s[d, i] + offset_s[d, c]
    + wear_s[d, c, a] + own_wear_s[d, i]·age + warm_up_s[d] (first lap after the out lap, slicks)
    + noise_s[i]·N``.

    Attributes
    ----------
    track_s : ndarray, shape (d, n_laps, 3)
        Average car on new MEDIUM, INTERMEDIATE, WET, no fuel, on each lap [s].
    fuel_s_per_kg : ndarray, shape (d,)
    fuel_kg : ndarray, shape (n_laps,)
        Mean load on each lap of a race that is green throughout [kg].
    pace_s, own_wear_s : ndarray, shape (d, n)
        Pace [s] and own wear beyond the field's [s per lap of age] of each car.
    offset_s : ndarray, shape (d, 5)
        Each compound against its class's reference [s].
    wear_s : ndarray, shape (d, 5, n_ages)
        Wear of each compound at ages 0, 1/4, 2/4 … laps [s].
    warm_up_s : ndarray, shape (d,)
    noise_s : ndarray, shape (n,)
        Lap-to-lap standard deviation of each car [s].
    """

    track_s: Floats
    fuel_s_per_kg: Floats
    fuel_kg: Floats
    pace_s: Floats
    own_wear_s: Floats
    offset_s: Floats
    wear_s: Floats
    warm_up_s: Floats
    noise_s: Floats


@dataclass(frozen=True)
class Start:
    """Lap 1: a standing start, the slot's share, and who gets away how well [s]."""

    level_s: float
    slot_s: float
    spread_s: float


@dataclass(frozen=True, repr=False)
class PitLane:
    """Cost of a stop.

    Attributes
    ----------
    loss_s : ndarray, shape (d,)
        Green-flag loss of a normal stop, in lap plus out lap, without the crew's spread [s].
    in_share : float
        Share of it that falls on the in lap [-].
    vsc_factor, sc_factor : float
        The loss under VSC and SC relative to green [-].
    crew_scale_s, crew_shape : float
        Time beyond a normal stop: log-logistic with this scale and shape, median taken off [s].
    crew_longest_s : float
        Longest time beyond a normal stop [s].
    speed_s : ndarray, shape (n,)
        Each crew against the field [s].
    """

    loss_s: Floats
    in_share: float
    vsc_factor: float
    sc_factor: float
    crew_scale_s: float
    crew_shape: float
    crew_longest_s: float
    speed_s: Floats


@dataclass(frozen=True)
class Passing:
    """When a car within reach gets past: a logit, saturating; and what following costs.

    ``logit P = intercept + gap·gap_s + pace·pace_advantage_s + age·age_advantage_laps``, the
    circuit in the intercept, for gaps up to ``reach_s``; never above ``ceiling``.
    """

    intercept: float
    gap: float
    pace: float
    age: float
    reach_s: float
    ceiling: float
    follow_s: float  # closest a car that stays behind ends the lap [s]
    dirty_air_s: float  # loss with no gap, fading to none at dirty_reach_s [s]
    dirty_reach_s: float
    passer_s: float  # what a pass costs the car that makes it [s]
    passed_s: float  # what it costs the other [s]
    blue_flag_s: float  # what being lapped costs the slower car [s]
    lapping_s: float  # what lapping costs the quicker car [s]


@dataclass(frozen=True, repr=False)
class Neutralisation:
    """Lengths and lap times of one kind of neutralisation."""

    length_p: Floats  # chance of lasting 1, 2, 3 … laps
    lap_factor: float  # its laps relative to a green one; of a SC: from the second on [-]
    gap_s: float  # gap between cars in its queue; NaN when nobody queues [s]


@dataclass(frozen=True, repr=False)
class Hazards:
    """What may neutralise the race.

    ``sc_p, vsc_p, red_p`` are chances that one begins on each lap, shape (n_laps,), given none
    flies. A safety car of at least ``unlap_laps`` laps lets lapped cars past, before it comes
    in, with chance ``unlap_p``.
    """

    sc_p: Floats
    vsc_p: Floats
    red_p: Floats
    sc: Neutralisation
    vsc: Neutralisation
    sc_first_factor: float  # the lap on which a SC comes out, relative to a green one [-]
    unlap_laps: int
    unlap_p: float


@dataclass(frozen=True, repr=False)
class Retirements:
    """Chance of each car to retire on each lap it starts, shape (n, n_laps)."""

    p: Floats
    #: Chance that a retirement brings out a SC or a VSC (instead of nothing).
    sc_share: float
    vsc_share: float


@dataclass(frozen=True, repr=False)
class Reactions:
    """How a pit wall answers what it did not plan.

    Attributes
    ----------
    sc_p, vsc_p : ndarray, shape (n_laps + 1,)
        Chance of stopping when one comes out, by laps to go to the next planned stop; the last
        is for no further stop planned.
    cover_p : float
        Chance of answering, on the next lap, a rival right behind who has just stopped while an
        own stop is due within ``cover_window_laps``.
    cover_gap_s, cover_window_laps : float
    crossover_s : float
        Advantage per lap of the other class at which a car changes between slicks and rain tyres [s].
    """

    sc_p: Floats
    vsc_p: Floats
    cover_p: float
    cover_gap_s: float
    cover_window_laps: int
    crossover_s: float


@dataclass(frozen=True, repr=False)
class Policies:
    """Base plans of every car, several a car, chosen by chance in each race.

    Shapes: n cars, v variants, s stops at most. A stop on lap ``l`` is at the end of lap ``l``;
    unused stops have lap 0. ``reacts`` says which cars answer to what happens; one with a fixed
    plan does not. ``stop_age_steps`` is the age of the set each stop fits; None: all are new.
    ``draw_weight`` is the chance of each variant in each draw of the lap-time model, which pit
    walls know better than we do; None: ``weight`` in all of them.
    """

    start_compound: Ints  # (n, v)
    stop_lap: Ints  # (n, v, s)
    stop_compound: Ints  # (n, v, s)
    weight: Floats  # (n, v), rows sum to one
    reacts: Bools  # (n,)
    stop_age_steps: Ints | None = None  # (n, v, s)
    draw_weight: Floats | None = None  # (d, n, v), the last axis sums to one


@dataclass(frozen=True, repr=False)
class Weather:
    """Known rain is in ``LapModel.track_s``; this is rain that may still come.

    ``rain_p`` is the chance that a shower begins on each lap, shape (n_laps,); it lasts
    ``mean_laps`` (geometric), wets the track by one step a lap up to ``peak_steps`` and dries it
    by one step every ``drying_laps``. ``class_s`` [s], shape (steps + 1, 3), is what each class
    loses on a track of so many steps of wetness against slicks on a dry one.
    """

    rain_p: Floats
    mean_laps: float
    peak_steps: int
    drying_laps: float
    class_s: Floats


@dataclass(frozen=True, repr=False)
class RaceState:
    """Where every car is at the end of lap ``lap`` (0: on the grid), arrays of shape (n,).

    ``time_s`` counts from lights out; at lap 0 the order is ``grid`` and times are 0. ``done``
    laps may be fewer than ``lap`` for lapped cars, whose ``time_s`` is that of their own last
    line crossing. ``used`` is a bit mask of compounds driven. ``flag`` and ``flag_laps_left``
    describe a neutralisation that is on as the lap ends (-1 laps left: unknown).
    """

    lap: int
    grid: Floats
    time_s: Floats
    done: Ints
    running: Bools
    compound: Ints
    age_steps: Ints
    used: Ints
    flag: int = 0
    flag_laps_left: int = 0


@dataclass(frozen=True, repr=False)
class RaceField:
    """A race ready to be run many times."""

    year: int
    event: str
    circuit: str
    as_of: str | int
    drivers: tuple[str, ...]
    teams: tuple[str, ...]
    n_laps: int
    model: LapModel
    start: Start
    pit: PitLane
    passing: Passing
    hazards: Hazards
    retirements: Retirements
    reactions: Reactions
    policies: Policies
    weather: Weather
    state: RaceState
    #: Flag of each lap, an index into FLAGS; UNKNOWN_FLAG where the hazards decide, shape (n_laps,).
    flown: Ints
    #: Oldest a set of each compound may get [laps], and dry compounds a dry race asks for.
    oldest_laps: Ints = field(default_factory=lambda: np.full(5, 99))
    dry_compounds_needed: int = 2
    stops_needed: int = 1

    @classmethod
    def from_weekend(
        cls,
        weekend: Weekend,
        as_of: str | int = "pre-race",
        **options: Any,  # noqa: ANN401 # the builder's own
    ) -> RaceField:
        """Build the field of a real race; see :func:`f1lab.engine.field.from_weekend`.

        Parameters
        ----------
        weekend : Weekend
        as_of : {"pre-race", "hindsight"} or int
            What is known: before the start, everything, or what was after that lap.
        **options
            Passed on.

        Returns
        -------
        RaceField
        """
        from f1lab.engine.field import from_weekend  # noqa: PLC0415 # builds on this module

        return from_weekend(weekend, as_of, **options)

    def __repr__(self) -> str:
        """Event, what is known, how many cars and laps."""
        return (
            f"RaceField({self.event!r}, {self.year}, as_of={self.as_of!r}, "
            f"{len(self.drivers)} cars, {self.n_laps} laps)"
        )
