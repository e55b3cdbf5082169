"""Answers about plans: which tyres, from which lap, and what if."""

from __future__ import annotations

from f1lab.api.models.common import Part, Range, Shape

__all__ = [
    "Alternatives",
    "BattleForecast",
    "CrowdModel",
    "LiveAdvice",
    "SafetyCarTable",
    "Strategy",
    "TrackEvolution",
    "UndercutTable",
]


class Plan(Shape):
    """A plan and what it is worth; regret is against the best plan, on the same races."""

    start: str
    """Compound at the start, or on the car now."""
    stops: list[list[int | str]]
    """Lap at whose end the stop is made, and the compound fitted."""
    regret: float
    """In the unit of the answer."""
    regret_low: float
    regret_high: float
    position: float
    """Mean place."""
    points: float
    """Mean points."""
    p_win: float
    p_podium: float
    p_points: float


class PitWindow(Shape):
    """Laps on which a stop costs no more that could be told apart."""

    stop: int
    compound: str
    best_lap: int
    first_lap: int
    last_lap: int


class Undercut(Shape):
    """What stopping some laps before (undercut) or after (overcut) somebody is worth."""

    kind: str
    attacker: str
    defender: str
    laps: int
    """Laps between the two stops."""
    on_lap: int
    compound: str
    gap_s: float
    gain_s: float
    gain_low_s: float
    gain_high_s: float
    p_success: float


class SafetyCarCall(Shape):
    """Box or stay when a safety car comes out on a lap."""

    kind: str
    """SC or VSC."""
    lap: int
    length_laps: int
    box: str
    stay: str
    box_position: float
    box_points: float
    stay_position: float
    stay_points: float
    gain: float
    """What boxing is worth in the objective's unit."""
    gain_low: float
    gain_high: float


class Strategy(Shape):
    """Plans of a driver in order, with pit windows."""

    year: int
    event: str
    driver: str
    as_of: str | int
    """What was known: pre-race, or the last lap."""
    at_lap: int
    n_laps: int
    objective: str
    unit: str
    """Unit of the regret."""
    n: int
    """Races each plan was run for."""
    seed: int
    ranking: list[Plan]
    windows: list[PitWindow]
    undercuts: list[Undercut]
    safety_car: list[SafetyCarCall]
    notes: list[str]


class Alternatives(Shape):
    """What else can be done, and what it costs against the best."""

    year: int
    event: str
    driver: str
    at_lap: int
    n_laps: int
    unit: str
    best: Plan
    alternatives: list[Plan]
    """The best of every other tyre order, least regret first."""
    windows: list[PitWindow]
    """Laps the stops of the best plan may move to."""
    notes: list[str]


class Verdict(SafetyCarCall):
    """The call to make now."""

    verdict: str
    """box, stay, or level when the two cannot be told apart."""


class LiveAdvice(Shape):
    """What to do now: the plan from here, the safety car if one is out, and undercuts."""

    strategy: Strategy
    flag: str
    call: Verdict | None
    """Box or stay under the flag; null under green, or when nothing is left to decide."""
    undercuts: list[Undercut]
    refusals: dict[str, str]
    """What could not be told, and why."""


class UndercutTable(Shape):
    """Undercuts and overcuts between a driver and the rivals within reach, nearest first."""

    year: int
    event: str
    driver: str
    at_lap: int
    undercuts: list[Undercut]


class SafetyCarTable(Shape):
    """Box or stay, if a safety car comes out."""

    year: int
    event: str
    driver: str
    at_lap: int
    objective: str
    calls: list[Verdict]


class ChanceByLap(Shape):
    """Chance that the pass has come by a lap, with its 90 % interval."""

    lap: int
    p_passed: float
    p_low: float
    p_high: float


class BattleForecast(Shape):
    """Whether the car behind gets past, and when."""

    year: int
    event: str
    attacker: str
    defender: str
    at_lap: int
    gap_s: float
    pace_advantage_s: float
    pace_advantage_low_s: float
    pace_advantage_high_s: float
    expected_lap: float | None
    """Null where the pass is less likely than not to come."""
    curve: list[ChanceByLap]


class GripStep(Shape):
    """Seconds a lap became quicker from one moment to a later one."""

    session: str
    start: str
    end: str
    gained_s: float
    low_s: float
    high_s: float
    n: int


class TrackEvolution(Shape):
    """Grip the track gained within qualifying and the race."""

    year: int
    event: str
    steps: list[GripStep]
    race_laps: list[Part]
    """The race lap by lap against its first [s]."""
    refused: list[str]


class CrowdWindow(Shape):
    """Laps on which good runs make a stop."""

    stop: int
    lap: Range
    first_lap: int
    last_lap: int
    confidence: float


class CompoundShare(Shape):
    """Share of the good runs that fit a compound at a stop."""

    stop: int
    compound: str
    share: Range


class CrowdModel(Shape):
    """What the good runs of a race agree on; without any, what the race itself says."""

    year: int
    event: str
    circuit: str
    n_laps: int
    players: int
    runs: int
    votes: float
    stops: int
    stops_share: Range
    windows: list[CrowdWindow]
    compounds: list[CompoundShare]
    undercut_s: Range | None
    """Gap at which an undercut works half the time [s]."""
    undercuts_tried: int
    refusals: dict[str, str]
