"""Strategy IQ: how well a race was called, 0 to 100, and why.

Four parts, each between 0 and 1 and told in a sentence:

- **pit timing**: every green stop, and every time the car stayed out, against the best call on
  what was known then, in places, run in the engine; a change to a class of tyre that hardly
  anybody had tried on a wet track is left out, and the sentence says so;
- **tyre efficiency**: seconds the sets and stops cost against the best plan for this race's wear;
- **outcome**: the place against the real one and against the best plan found in this very race;
- **safety-car reaction**: box or stay, judged like the other calls, while one was out or a red
  flag stopped the race.

The real pit wall is scored by the same code.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from f1lab.errors import NotEnoughLaps
from f1lab.simulator.decisions import SCORE_VERSION, InvalidDecision
from f1lab.simulator.play import Simulation
from f1lab.simulator.score_calls import CallScore, judged_calls
from f1lab.simulator.score_plan import BestPlan, best_plan_found, tyre_seconds

if TYPE_CHECKING:
    from f1lab.data.schema import Weekend
    from f1lab.simulator.course import Course

__all__ = ["WEIGHTS", "IQPart", "StrategyIQ", "pit_wall_iq", "strategy_iq"]

#: Points of each part when all four apply.
WEIGHTS = {"pit_timing": 30.0, "tyre_efficiency": 25.0, "outcome": 30.0, "sc_reaction": 15.0}
#: Places given away by a call, and by all of them, that leave 1/e of the part.
_PLACES = 1.5
#: Seconds given away by tyres and stops that cost nothing, and beyond them that leave 1/e: half
#: of what a stop costs.
_FREE_S, _TYRE_S = 2.0, 12.0
#: Outcome against reality: half of it for the real place, the rest for places gained.
_GAINED_PLACES = 1.5
#: Outcome against the best plan found: places and seconds behind it that leave 1/e.
_BEHIND_PLACES, _BEHIND_S = 2.0, 20.0
_PLACE_SHARE = 0.6


@dataclass(frozen=True)
class IQPart:
    """One part: ``score`` between 0 and 1, None when it did not apply (its weight is then 0)."""

    name: str
    weight: float
    score: float | None
    points: float
    sentence: str
    laps: tuple[int, ...]

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return self.__dict__ | {"laps": list(self.laps)}


@dataclass(frozen=True)
class StrategyIQ:
    """How well a race was called, 0 to 100, beside the best plan that was found for it."""

    total: float
    parts: tuple[IQPart, ...]
    driver: str
    position: int | None
    real_position: int | None
    disqualified: bool
    best_plan: str
    best_position: int

    def __repr__(self) -> str:
        """Driver, total and parts."""
        parts = ", ".join(f"{part.name} {part.points:.0f}/{part.weight:.0f}" for part in self.parts)
        return f"StrategyIQ({self.driver}: {self.total:.0f}; {parts})"

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        parts = [part.to_dict() for part in self.parts]
        return {"schema": SCORE_VERSION} | self.__dict__ | {"parts": parts}


def strategy_iq(sim: Simulation) -> StrategyIQ:
    """Score a finished race.

    Parameters
    ----------
    sim : Simulation

    Returns
    -------
    StrategyIQ
        The same for the same simulation.

    Raises
    ------
    InvalidDecision
        The flag has not been taken.
    """
    if not isinstance(sim, Simulation) or not sim.finished:
        raise InvalidDecision("only a finished Simulation is scored: run() it to the flag.")
    return _scored(sim.course)


def pit_wall_iq(weekend: Weekend, driver: str) -> StrategyIQ:
    """Score the real pit wall of a driver, up to where he retired if he did.

    Parameters
    ----------
    weekend : Weekend
    driver : str

    Returns
    -------
    StrategyIQ
        For a car that did not see the flag the outcome does not count.

    Raises
    ------
    NotEnoughLaps
        It retired before there was anything to judge.
    """
    course = Simulation(weekend, driver).course
    iq = _scored(course.as_really(len(course.driver.rows)))
    if all(part.score is None for part in iq.parts):
        raise NotEnoughLaps(
            f"{driver} retired after {len(course.driver.rows)} laps of the {weekend.year} "
            f"{weekend.event}: no call is there to judge."
        )
    return iq


def _scored(course: Course) -> StrategyIQ:
    best = best_plan_found(course)
    calls = judged_calls(course)
    broke = course.finished and course.result.disqualified
    found = {
        "pit_timing": _timing([c for c in calls if not c.neutral], broke=broke),
        "tyre_efficiency": _tyres(course),
        "outcome": _outcome(course, best),
        "sc_reaction": _reaction([c for c in calls if c.neutral]),
    }
    applied = sum(WEIGHTS[name] for name, (score, _, _) in found.items() if score is not None)
    scale = 100.0 / applied if applied else 0.0
    parts = []
    for name, (score, sentence, laps) in found.items():
        weight = 0.0 if score is None else WEIGHTS[name] * scale
        parts.append(IQPart(name, weight, score, weight * (score or 0.0), sentence, laps))
    result = course.result if course.finished else None
    return StrategyIQ(
        total=sum(part.points for part in parts),
        parts=tuple(parts),
        driver=course.driver.code,
        position=None if result is None else result.position,
        real_position=None if result is None else result.real_position,
        disqualified=broke,
        best_plan=best.text,
        best_position=best.position,
    )


#: Score, sentence, laps.
_Part = tuple[float | None, str, tuple[int, ...]]


def _timing(calls: list[CallScore], *, broke: bool) -> _Part:
    if broke:
        return 0.0, "Only one dry compound was driven, so a stop is missing.", ()
    return _given_away(
        calls,
        "Every stop was made about when it was to be made on what was known",
        "No stop was to be judged.",
    )


def _reaction(calls: list[CallScore]) -> _Part:
    return _given_away(
        calls,
        "Each safety car and red flag was answered as well as could be known",
        "No safety car or red flag left anything to decide.",
    )


def _given_away(calls: list[CallScore], praise: str, nothing: str) -> _Part:
    unknown = _unscored([call for call in calls if call.places is None])
    scored = [(call, call.places) for call in calls if call.places is not None]
    if not scored:
        return None, unknown or nothing, ()
    lost = [(call, places) for call, places in scored if places > 0]
    if not lost:
        laps = tuple(call.lap for call, _ in scored if call.made)
        return 1.0, f"{praise}. {unknown}".strip(), laps
    total = sum(places for _, places in lost)
    worst, most = max(lost, key=lambda item: item[1])
    sentence = (
        f"{total:.1f} places were given away on what was known, most of them on lap {worst.lap}: "
        f"{worst.did}, where {worst.better} was better by {most:.1f} places. {unknown}"
    )
    return math.exp(-total / _PLACES), sentence.strip(), tuple(call.lap for call, _ in lost)


def _unscored(calls: list[CallScore]) -> str:
    """What is said of calls on what only the drivers had seen."""
    if not calls:
        return ""
    which = ", ".join(f"{call.did} on lap {call.lap}" for call in calls)
    return (
        f"Not scored, as too few laps had been driven on those tyres by then and no record says "
        f"what was seen of the rain: {which}."
    )


def _tyres(course: Course) -> _Part:
    seconds = tyre_seconds(course)
    if seconds is None:
        return None, "The laps raced are too few to judge the tyres by.", ()
    lost_s, best = seconds
    score = math.exp(-max(lost_s - _FREE_S, 0.0) / _TYRE_S)
    laps = tuple(fitted.lap for fitted in course.stops)
    said = f"{lost_s:.1f} s more than" if lost_s >= _FREE_S else "as little as"
    return score, f"Tyres and stops cost {said} the best plan for this wear, {best}.", laps


def _outcome(course: Course, best: BestPlan) -> _Part:
    if not course.finished:
        return None, "The car did not see the flag, so its place says nothing of the calls.", ()
    result = course.result
    if result.disqualified:
        return 0.0, f"Disqualified: {result.reason}.", ()
    gained = result.gained_places
    against_best = _PLACE_SHARE * math.exp(
        -max(result.position - best.position, 0) / _BEHIND_PLACES
    ) + (1 - _PLACE_SHARE) * math.exp(-max(best.behind_s(result), 0.0) / _BEHIND_S)
    if gained is None:
        where = f"P{result.position}; the real car did not see the flag"
        return against_best, f"{where}, the best plan found comes to P{best.position}.", ()
    half = 0.5 * math.exp(-abs(gained) / _GAINED_PLACES)
    against_real = 1.0 - half if gained > 0 or result.position == 1 else half
    if result.position == 1:
        against_real = 1.0
    change = f"{abs(gained)} {'gained' if gained > 0 else 'lost'}" if gained else "the real place"
    sentence = (
        f"P{result.position}, {change}; the best plan found for this race, {best.text}, comes to "
        f"P{best.position}."
    )
    return 0.5 * (against_real + against_best), sentence, ()
