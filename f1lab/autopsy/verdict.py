"""The verdict: a few plain sentences, composed from the figures and from nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from f1lab.autopsy.blame import CATEGORIES
from f1lab.autopsy.evidence import signed

if TYPE_CHECKING:
    from f1lab.autopsy.blame import Blame, Category
    from f1lab.autopsy.decider import Decider
    from f1lab.autopsy.evidence import Evidence, Pair

__all__ = ["Outcome", "verdict"]

#: A category is worth a sentence from this share of everything booked, and these seconds.
_NAMED_SHARE, _NAMED_S = 0.12, 1.0
_UNEXPLAINED_SHARE = 0.25
#: Pace and tyres are told as one when each alone is this much less certain than their sum;
#: sooner when one is said to have cost what the other won.
_BLURRED, _OPPOSED = 1.5, 0.7
_TOGETHER = "pace_and_tyres"
_ENOUGH_RACED = 3


@dataclass(frozen=True)
class Outcome:
    """How the race ended for a driver, in the words of the verdict's first sentence.

    ``ending`` is ``finished``, ``stopped`` (before the flag) or ``disqualified``; ``finish`` the
    official place, ``on_the_road`` the one at the flag; ``added_s`` the penalty put on top [s];
    ``laps_raced`` laps not neutralised, the only ones that tell of car, tyres and plan;
    ``next_to_each_other`` that nobody was between the two at the end.
    """

    driver: str
    against: str
    ending: str
    finish: int | None
    on_the_road: int | None
    status: str
    added_s: float
    laps_raced: int
    next_to_each_other: bool


def verdict(
    outcome: Outcome,
    blame: Blame,
    positions: dict[str, int],
    evidence: dict[str, list[Evidence]],
    pair: Pair,
) -> list[str]:
    """Sentences from the most to the least important.

    Parameters
    ----------
    outcome : Outcome
    blame : Blame
    positions : dict of str to int
        Places each category cost.
    evidence : dict of str to list of Evidence
    pair : Pair
        How the order of the two came about, and the calls of the pit wall.

    Returns
    -------
    list of str
    """
    said = [_first(outcome, blame), *_decided(outcome, blame, pair.decider)]
    total = sum(abs(c.seconds) for c in blame.categories.values()) + abs(blame.unexplained.seconds)
    ranked = sorted(_told(blame).items(), key=lambda item: -item[1].seconds)
    big = [(name, c) for name, c in ranked if abs(c.seconds) >= max(_NAMED_S, _NAMED_SHARE * total)]
    lost = [(n, c) for n, c in big if c.seconds > 0]
    won = [(n, c) for n, c in reversed(big) if c.seconds < 0]
    crew = pair.split.words(outcome.driver)
    if lost:
        said.append(_lost(lost, evidence, crew))
    if won:
        said.append(_won(won, evidence, crew))
    if not big:
        said.append("No single cause stands out.")
    if "pit_execution" not in dict(big):
        said += _at_the_stops(blame, positions, crew)
    if outcome.laps_raced < _ENOUGH_RACED:
        said.append("Hardly a lap was raced, so car, tyres and strategy cannot be judged.")
    said += _called(outcome, pair)
    better = [(n, positions.get(n, 0)) for n, c in lost if positions.get(n, 0) > 0 and c.low_s > 0]
    if better and outcome.ending == "finished":
        name, places = max(better, key=lambda item: item[1])
        said.append(
            f"Without the {_label(name).lower()} loss {outcome.driver} would have been "
            f"{_count(places)} higher on the road."
        )
    if total > 0 and abs(blame.unexplained.seconds) > _UNEXPLAINED_SHARE * total:
        said.append(f"{abs(blame.unexplained.seconds):.1f} s stay unexplained.")
    return said


def _decided(outcome: Outcome, blame: Blame, decider: Decider | None) -> list[str]:
    """How the order came about, where the two were rivals or it was settled late."""
    if decider is None:
        return []
    late = decider.lap > blame.laps_compared / 2
    rivals = outcome.next_to_each_other or (late and decider.how != "stops")
    said = [f"{decider.text}."] if rivals else []
    return said + ([f"{decider.late_stop}."] if decider.late_stop else [])


def _called(outcome: Outcome, pair: Pair) -> list[str]:
    """The worst call of the pit wall: wrong when it was made, or unlucky in what came."""
    wrong = [call for call in pair.calls if call.judgement == "wrong call"]
    unlucky = [call for call in pair.calls if call.judgement == "bad luck"]
    if wrong:
        worst = max(wrong, key=lambda call: call.regret_places)
    elif unlucky:
        worst = max(unlucky, key=lambda call: call.gained_places)
    else:
        return []
    return [f"{outcome.driver} {worst.text}."]


def _told(blame: Blame) -> dict[str, Category]:
    """Categories as told: pace and tyres are one where the laps cannot tell them apart."""
    told = dict(blame.categories)
    pace, tyres, both = told["car_pace"], told["tyre_degradation"], blame.pace_and_tyres
    width = min(c.high_s - c.low_s for c in (pace, tyres)) / max(both.high_s - both.low_s, 1e-9)
    opposed = pace.seconds * tyres.seconds < 0
    if width > (_OPPOSED if opposed else _BLURRED):
        del told["tyre_degradation"], told["car_pace"]
        told[_TOGETHER] = both
    return told


def _label(name: str) -> str:
    return "Car pace and tyre wear together" if name == _TOGETHER else CATEGORIES[name]


def _first(outcome: Outcome, blame: Blame) -> str:
    laps = f"{blame.laps_compared} lap{'s' * (blame.laps_compared != 1)}"
    side = "behind" if blame.gap_s >= 0 else "ahead of"
    gap = f"{abs(blame.gap_s):.1f} s {side} {outcome.against} after {laps}"
    why = f" ({outcome.status})" if outcome.status not in ("", "finished") else ""
    if outcome.ending == "stopped":
        place = f", classified P{outcome.finish}" if outcome.finish else ""
        return f"{outcome.driver} stopped after lap {blame.laps_compared}{why}{place}; until then {gap}."
    if outcome.ending == "disqualified":
        return f"{outcome.driver} was disqualified{why}; on the road {gap}."
    place = "finished" if outcome.finish is None else f"finished P{outcome.finish}"
    if not outcome.added_s:
        return f"{outcome.driver} {place}, {gap}."
    road = f"P{outcome.on_the_road} on the road, " if outcome.on_the_road else ""
    return (
        f"{outcome.driver} {place}: {road}{gap}, and {outcome.added_s:.0f} s of penalty "
        "added at the flag."
    )


def _count(places: int) -> str:
    return "one place" if places == 1 else f"{places} places"


def _sure(category: Category) -> str:
    """Seconds and their interval, both read in the direction of the sentence."""
    low, high = sorted((category.low_s, category.high_s), key=abs)
    if _doubt(category):
        low, high = category.low_s, category.high_s
        if category.seconds < 0:  # told as what it helped
            low, high = -high, -low
        return f"{abs(category.seconds):.1f} s, 90 % from {signed(low)} to {signed(high)} s"
    return f"{abs(category.seconds):.1f} s, 90 % {abs(low):.1f} to {abs(high):.1f}"


def _doubt(category: Category) -> bool:
    return category.low_s <= 0 <= category.high_s


def _why(name: str, evidence: dict[str, list[Evidence]], sign: int) -> str:
    if name == _TOGETHER:
        pace = sum(e.seconds for e in evidence["car_pace"])
        tyres = sum(e.seconds for e in evidence["tyre_degradation"])
        return (
            f", read as {signed(pace)} s of pace and {signed(tyres)} s of wear, "
            "which these laps do not tell apart well"
        )
    fitting = [e for e in evidence[name] if e.seconds * sign > 0]
    if not fitting:
        return ""
    most = max(fitting, key=lambda e: e.seconds * sign)
    text = most.text[0].lower() + most.text[1:] if most.text[:2].istitle() else most.text
    return f", above all: {text} ({abs(most.seconds):.1f} s)"


def _at_the_stops(blame: Blame, positions: dict[str, int], crew: str) -> list[str]:
    """A slow crew or a blocked lane that cost places, though other causes cost far more."""
    pits, places = blame.categories["pit_execution"], positions.get("pit_execution", 0)
    if not crew or places <= 0 or pits.low_s <= 0:
        return []
    return [f"Pit execution cost {pits.seconds:.1f} s and {_count(places)}, {crew}."]


def _because(name: str, evidence: dict[str, list[Evidence]], sign: int, crew: str) -> str:
    """What made a category; of pit execution the crew's or the lane's part, where that is known."""
    return f", {crew}" if crew and name == "pit_execution" else _why(name, evidence, sign)


def _lost(lost: list[tuple[str, Category]], evidence: dict[str, list[Evidence]], crew: str) -> str:
    name, first = lost[0]
    may = "may have cost" if _doubt(first) else "cost"
    why = _because(name, evidence, 1, crew)
    rest = _others(lost[1:], crew)
    sentence = f"{_label(name)} {may} the most ({_sure(first)}){why}"
    return sentence + (f"; then {rest}." if rest else ".")


def _won(won: list[tuple[str, Category]], evidence: dict[str, list[Evidence]], crew: str) -> str:
    name, first = won[0]
    may = "may have helped" if _doubt(first) else "helped"
    why = _because(name, evidence, -1, crew)
    rest = _others(won[1:], crew)
    sentence = f"{_label(name)} {may} ({_sure(first)}){why}"
    return sentence + (f"; so did {rest}." if rest else ".")


def _others(told: list[tuple[str, Category]], crew: str) -> str:
    """The categories after the first, each with its seconds."""
    words = {"pit_execution": f"; {crew}"} if crew else {}
    return ", ".join(f"{_label(n).lower()} ({_sure(c)}{words.get(n, '')})" for n, c in told)
