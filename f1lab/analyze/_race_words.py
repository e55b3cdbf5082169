"""What an analyzed race shows, in sentences read off its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.analyze._conditions import rain_sentence
from f1lab.compare._text import clear, counted, interval, ordinal, spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from f1lab.analyze.race_analysis import AgainstWinner, RaceAnalysis
    from f1lab.calc.estimate import Estimate

__all__ = ["findings", "span"]

#: A result so many places off a car's pace is worth a word.
_OUT_OF_PLACE = 4
#: Seconds by strategy, wear or traffic that are worth a word.
_WORTH_S, _WORTH_S_PER_LAP = 2.0, 0.05
_FLAG_NAMES = {"green": "green", "vsc": "the virtual safety car", "sc": "the safety car"}


def findings(race: RaceAnalysis) -> tuple[str, ...]:
    """Sentences from the most to the least important."""
    return (
        *_result(race),
        *_pace(race),
        *_out_of_place(race),
        *_strategy(race),
        *_flags(race),
        *_tyres(race),
        *_compounds(race),
        *_stops(race),
        *_weather(race),
        *_track(race),
        *_traffic(race),
    )


def span(told: Estimate, digits: int = 2) -> str:
    """An interval of sizes, as it stands in brackets."""
    return f"90 %: {told.low:.{digits}f} to {told.high:.{digits}f}"


def _result(race: RaceAnalysis) -> Iterator[str]:
    first, second = (
        next((own for own in race.runners if own.finish == place), None) for place in (1, 2)
    )
    if first is None:
        return
    start = "" if first.grid is None else f" from {ordinal(first.grid)}"
    gaps = {own.driver: own.gap_s for own in race.against_winner}
    ahead = ""
    if second is not None and second.driver in gaps:
        gap = gaps[second.driver]
        ahead = f", {abs(gap):.1f} s {'ahead of' if gap >= 0 else 'behind'} {second.driver}"
        ahead += "" if gap >= 0 else " on the road"
    yield f"{first.driver} won{start}{ahead}."


def _pace(race: RaceAnalysis) -> Iterator[str]:
    if not race.pace:
        return
    best, *others = race.pace
    level = [own.driver for own in others if not clear(own.behind_best)]
    behind = next((own for own in others if clear(own.behind_best)), None)
    equal = "With fuel, tyres and traffic equal"
    if level:
        text = f"{equal}, {best.driver} was the quickest, though not to be told from {spoken_list(level)}"
    else:
        text = f"{equal}, {best.driver} was the quickest"
    if behind is not None:
        gap = behind.behind_best
        text += f"; {behind.driver} was {gap.value:.2f} s a lap slower ({span(gap)})"
    yield f"{text}."


def _out_of_place(race: RaceAnalysis) -> Iterator[str]:
    """Finishers whose place is far from that of their pace among the finishers."""
    finish = {
        own.driver: own.finish for own in race.runners if own.gained is not None and own.finish
    }
    order = [own for own in race.pace if own.driver in finish]
    off = {own.driver: finish[own.driver] - place for place, own in enumerate(order, 1)}
    for driver in sorted(off, key=lambda code: (off[code], code))[:: max(len(off) - 1, 1)]:
        if abs(off[driver]) >= _OUT_OF_PLACE:
            place = finish[driver] - off[driver]
            yield (
                f"{driver} finished {ordinal(finish[driver])} with the {ordinal(place)} best race "
                "pace of the finishers."
            )


def _strategy(race: RaceAnalysis) -> Iterator[str]:
    clearly = [own for own in race.against_winner if own.to_the_end and clear(own.strategy)]
    gained = [own for own in clearly if own.strategy.value <= -_WORTH_S]
    lost = [own for own in reversed(clearly) if own.strategy.value >= _WORTH_S]
    for verb, group in (("gained", gained[:3]), ("lost", lost[:3])):
        if group:
            told = spoken_list([_seconds(own) for own in group])
            yield f"By strategy, against the winner's, {verb} most of those who drove to the end: {told}."


def _seconds(own: AgainstWinner) -> str:
    low, high = sorted((abs(own.strategy.low), abs(own.strategy.high)))
    return f"{own.driver} {abs(own.strategy.value):.1f} s ({low:.1f} to {high:.1f})"


def _flags(race: RaceAnalysis) -> Iterator[str]:
    if not race.neutralised:
        yield "The race was never neutralised."
        return
    told = [
        f"{phase.name} lap {phase.first_lap}"
        if phase.first_lap == phase.last_lap
        else f"{phase.name} laps {phase.first_lap}–{phase.last_lap}"
        for phase in race.neutralised
    ]
    slow = sum(phase.last_lap - phase.first_lap + 1 for phase in race.neutralised)
    yield f"Neutralised for {slow} of {race.n_laps} laps: {', '.join(told)}."


def _tyres(race: RaceAnalysis) -> Iterator[str]:
    if race.degradation is None:
        return
    told = [
        f"{curve.compound} {curve.slope_s_per_lap.value:.3f} s ({span(curve.slope_s_per_lap, 3)})"
        for curve in race.degradation.curves
    ]
    if told:
        yield f"Wear per lap of age: {spoken_list(told)}."


def _compounds(race: RaceAnalysis) -> Iterator[str]:
    for pair in race.compounds:
        gap = pair.delta_s
        if clear(gap):
            quick, slow = (pair.compound, pair.against)[:: 1 if gap.value < 0 else -1]
            ends = sorted((abs(gap.low), abs(gap.high)))
            yield (
                f"At {counted(round(pair.age_laps), 'lap')} of age {quick} was {abs(gap.value):.2f} s quicker than "
                f"{slow} (90 %: {ends[0]:.2f} to {ends[1]:.2f})."
            )
        else:
            yield (
                f"{pair.compound} and {pair.against} cannot be told apart at "
                f"{counted(round(pair.age_laps), 'lap')} of age ({gap.value:+.2f} s, 90 %: {interval(gap)})."
            )


def _stops(race: RaceAnalysis) -> Iterator[str]:
    if race.stops is None:
        return
    told = [
        f"{own.loss_s.value:.1f} s under {_FLAG_NAMES.get(own.flag, own.flag)} ({span(own.loss_s, 1)})"
        for own in race.stops.flags
    ]
    if told:
        yield f"A stop cost {spoken_list(told)}."


def _weather(race: RaceAnalysis) -> Iterator[str]:
    yield from rain_sentence(race.conditions)
    for found in race.crossovers.values():
        to = "slicks" if found.drying else "intermediates"
        yield f"{to.capitalize()} became the quicker tyre on lap {found.lap.value:.1f} ({span(found.lap, 1)})."


def _track(race: RaceAnalysis) -> Iterator[str]:
    if race.track is not None and clear(race.track.gain_s):
        gain = race.track.gain_s
        ends = sorted((abs(gain.low), abs(gain.high)))
        word = "quicker" if gain.value > 0 else "slower"
        yield (
            f"With fuel and tyres equal, laps became {abs(gain.value):.1f} s {word} over the race "
            f"(90 %: {ends[0]:.1f} to {ends[1]:.1f}): the track, and how hard it was driven."
        )


def _traffic(race: RaceAnalysis) -> Iterator[str]:
    traffic, drs = race.traffic, race.drs
    if traffic is not None and traffic.dirty_air_s is not None:
        cost = traffic.dirty_air_s
        if clear(cost) and cost.value >= _WORTH_S_PER_LAP:
            yield f"Right behind another car a lap cost {cost.value:.2f} s ({span(cost)})."
    if drs is not None and clear(drs.gain_s) and drs.gain_s.value >= _WORTH_S_PER_LAP:
        yield f"DRS gained {drs.gain_s.value:.2f} s a lap ({span(drs.gain_s)})."
