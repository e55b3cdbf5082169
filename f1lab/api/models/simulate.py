"""Playing a race over the API: what is sent, and what comes back."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from f1lab.api.models.common import Part, Shape

__all__ = [
    "Decided",
    "FastForward",
    "NewRun",
    "Odds",
    "Plan",
    "Run",
    "RunLine",
    "Score",
    "Step",
    "Submit",
    "Undo",
]

Compound = Literal["SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET"]
Pace = Literal["push", "neutral", "save"]
#: No race is longer [laps].
_MOST_LAPS = 120


class _Sent(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class NewRun(_Sent):
    """Which race is played, and whose calls are made."""

    year: Annotated[int, Field(ge=2018, le=2100)] | Literal["demo"]
    """Season, or the word demo."""
    event: str = Field("demo", min_length=1, max_length=60, pattern=r"^[^/\\\x00-\x1f\x7f]+$")
    """Event by name or round; the word demo for the demo."""
    driver: str = Field(pattern=r"^[A-Za-z]{3}$", examples=["UUR"])
    """Three-letter code."""
    seed: int = Field(0, ge=0, lt=2**31)
    """Of the luck; in the league only 0 counts."""
    start: Compound | None = None
    """Compound to start on; the real one when left out."""


class Step(_Sent):
    """What is decided for the next lap."""

    pit: Compound | None = None
    """Compound to box for at the end of the lap; null stays out."""
    pace: Pace = "neutral"
    under_sc: Compound | None = None
    """Compound to box for if a safety car, virtual or not, comes out on this lap."""
    lap: int | None = Field(None, ge=1, le=_MOST_LAPS)
    """The lap decided: sent twice by mistake, the second is refused instead of driving on."""


class Undo(_Sent):
    """How much is taken back."""

    laps: int = Field(1, ge=1, le=_MOST_LAPS)


class FastForward(_Sent):
    """How far the real pit wall makes the calls."""

    lap: int = Field(ge=0, le=_MOST_LAPS, examples=[10])


class PlannedStop(_Sent):
    """A stop at the end of a lap."""

    lap: int = Field(ge=1, le=_MOST_LAPS)
    compound: Compound


class Plan(_Sent):
    """Stops to the flag; laps not named are driven out."""

    stops: list[PlannedStop] = Field([], max_length=_MOST_LAPS)


class Submit(_Sent):
    """Whose run it is."""

    user: str | None = Field(None, max_length=60, examples=["Ada"])
    """Name in the league; the one of the token when left out."""


class Decided(Shape):
    """What was decided for one lap."""

    lap: int
    pit: str | None
    pace: str


class PitLoss(Shape):
    """What a stop now would cost against driving past, with its 90 % interval."""

    value_s: float
    low_s: float
    high_s: float
    known_here: bool
    """Measured at this circuit; else the mean of all stands in."""


class State(Shape):
    """The race as it is known now; nothing that happened later is in here."""

    driver: str
    lap: int
    """Laps driven."""
    n_laps: int
    laps_left: int
    finished: bool
    stopped: bool
    """A red flag stops the race: a change on the next lap is free."""
    asked: bool
    """It came out on the lap under way: the call for that lap is made now."""
    as_of_s: float
    """Session clock [s]."""
    race_time_s: float
    last_lap_s: float | None
    position: int
    gap_ahead_s: float | None
    driver_ahead: str | None
    gap_behind_s: float | None
    driver_behind: str | None
    gap_leader_s: float | None
    laps_down: int
    flag: str
    rain: bool | None
    track_temp_c: float | None
    compound: str
    tyre_age_laps: float
    stops: int
    used: list[str]
    must_change: bool
    sets: dict[str, int]
    """Sets left to fit."""
    pit_loss_s: PitLoss
    pace: str
    fuel_margin_kg: float
    wear: dict[str, float | None]
    """What the set has lost and loses [s]."""
    forecast: list[Part]
    """Laps to come on this set [s]."""
    tower: list[Part]
    """Everybody, as timing shows them."""
    messages: list[Part]
    """Race control so far."""
    modelled: bool
    note: str


class RunLine(Shape):
    """A simulation in a list."""

    id: str
    year: int
    event: str
    driver: str
    seed: int
    laps: int
    finished: bool
    changed_s: float
    """When it was last changed [s since 1970]."""


class Run(Shape):
    """A simulation: what was decided, and the race as it is known now."""

    id: str
    year: int
    event: str
    driver: str
    seed: int
    start: str
    decisions: list[Decided]
    state: State
    result: Part | None
    """How it ended; null before the flag."""


class Alternative(Shape):
    """A call on the next lap and what the best plan behind it comes to."""

    call: str | None
    """Compound boxed for; null stays out."""
    plan: str
    stops: list[Part]
    win: float
    podium: float
    points: float
    position: float
    regret_places: float
    regret_low: float
    regret_high: float


class Odds(Shape):
    """Chances of the calls on the next lap, the best first, on what is known now."""

    driver: str
    lap: int
    races: int
    alternatives: list[Alternative]


class IQPart(Shape):
    """One part of the score."""

    name: str
    weight: float
    score: float | None
    """Between 0 and 1; null when it did not apply."""
    points: float
    sentence: str
    laps: list[int]


class StrategyIQ(Shape):
    """How well a race was called."""

    rules: int = Field(alias="schema")
    """Version of the rules: scores of another one do not compare."""
    total: float
    """0 to 100."""
    parts: list[IQPart]
    driver: str
    position: int | None
    real_position: int | None
    disqualified: bool
    best_plan: str
    best_position: int


class Score(Shape):
    """Strategy IQ of a finished run, beside the real pit wall's."""

    own: StrategyIQ
    pit_wall: StrategyIQ | None
    refusals: dict[str, str]
    """Why the pit wall has none."""
