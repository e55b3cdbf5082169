"""What an analyzed qualifying shows, in sentences read off its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.analyze._conditions import rain_sentence
from f1lab.compare._text import clear, interval, spoken_list

if TYPE_CHECKING:
    from collections.abc import Iterator

    from f1lab.analyze.qualifying_analysis import Qualified, QualifyingAnalysis

__all__ = ["clock", "findings"]

#: So near to going on that it is worth a word [s].
_NEAR_S = 0.1
_MINUTE_S = 60


def clock(seconds: float) -> str:
    """A lap time as timing screens show it.

    Examples
    --------
    >>> clock(75.0961), clock(59.9999)
    ('1:15.096', '1:00.000')
    """
    minutes, rest = divmod(round(seconds * 1000), _MINUTE_S * 1000)
    return f"{minutes}:{rest / 1000:06.3f}"


def findings(session: QualifyingAnalysis) -> tuple[str, ...]:
    """Sentences from the most to the least important."""
    return (
        *_pole(session),
        *_pushed(session),
        *_left_behind(session),
        *_track(session),
        *_missed(session),
        *_teammates(session),
        *_deleted(session),
        *_trap(session),
        *rain_sentence(session.conditions),
    )


def _best_s(own: Qualified) -> float:
    return next(time for time in (own.q3_s, own.q2_s, own.q1_s) if time is not None)


def _pole(session: QualifyingAnalysis) -> Iterator[str]:
    pole, *others = session.order
    second = next((own for own in others if own.part == pole.part), None)
    ahead = "" if second is None else f", {second.gap_in_part_s:.3f} s ahead of {second.driver}"
    yield f"{pole.driver} was quickest in {clock(_best_s(pole))} ({pole.part}){ahead}."


def _pushed(session: QualifyingAnalysis) -> Iterator[str]:
    pole, *others = session.order
    told = [own for own in others if own.pace is not None]
    level = [own.driver for own in told if own.pace is not None and not clear(own.pace)]
    quicker = [own.driver for own in told if own.pace is not None and own.pace.high < 0]
    equal = "Over all pushed laps, with track and tyres equal,"
    if quicker:
        yield f"{equal} {pole.driver} was slower than {spoken_list(quicker)}."
    if level:
        yield f"{equal} {pole.driver} is not to be told from {spoken_list(level)}."
    elif told and not quicker:
        yield f"{equal} {pole.driver} was clearly the quickest."


def _left_behind(session: QualifyingAnalysis) -> Iterator[str]:
    """Whose own best sectors add up to the quickest lap of the last part."""
    last = [own for own in session.order if own.part == session.order[0].part and own.ideal_s]
    if not last:
        return
    best = min(last, key=lambda own: own.ideal_s or 0.0)
    pole = session.order[0]
    if best.driver != pole.driver and best.ideal_s is not None and best.ideal_s < _best_s(pole):
        yield (
            f"{best.driver}'s own best sectors add up to {clock(best.ideal_s)}, "
            f"{_best_s(pole) - best.ideal_s:.3f} s quicker than the quickest lap."
        )


def _track(session: QualifyingAnalysis) -> Iterator[str]:
    for step in session.track:
        gain = step.gained_s
        if clear(gain):
            ends = sorted((abs(gain.low), abs(gain.high)))
            yield (
                f"From {step.start} to {step.end} the same drivers became {abs(gain.value):.2f} s "
                f"{'quicker' if gain.value > 0 else 'slower'} "
                f"(90 %: {ends[0]:.2f} to {ends[1]:.2f})."
            )
        else:
            yield (
                f"From {step.start} to {step.end} no change of the track can be told "
                f"({gain.value:+.2f} s gained, 90 %: {interval(gain)})."
            )


def _missed(session: QualifyingAnalysis) -> Iterator[str]:
    near = sorted(
        (own.missed_s, own.driver, own.part)
        for own in session.order
        if own.missed_s is not None and own.missed_s <= _NEAR_S
    )
    if near:
        told = [f"{driver} in {part} by {missed:.3f} s" for missed, driver, part in near[:3]]
        yield f"Went out by least: {spoken_list(told)}."


def _teammates(session: QualifyingAnalysis) -> Iterator[str]:
    """The largest gap between two cars of one team in a part both took part in."""
    teams: dict[str, list[Qualified]] = {}
    for own in session.order:
        teams.setdefault(own.team, []).append(own)
    gaps = []
    for pair in teams.values():
        if len(pair) == 2:  # noqa: PLR2004  (both cars)
            for part in ("q3_s", "q2_s", "q1_s"):
                first, second = (getattr(own, part) for own in pair)
                if first is not None and second is not None:
                    gaps.append((abs(first - second), part[:2].upper(), pair, first <= second))
                    break
    if gaps:
        gap, part, pair, in_order = max(gaps, key=lambda found: found[0])
        ahead, behind = pair if in_order else pair[::-1]
        yield (
            f"The largest gap between teammates: {ahead.driver} {gap:.3f} s ahead of "
            f"{behind.driver} in {part}."
        )


def _deleted(session: QualifyingAnalysis) -> Iterator[str]:
    told = [f"{own.driver} {own.deleted_laps}" for own in session.order if own.deleted_laps]
    if told:
        yield f"Laps deleted: {spoken_list(told)}."


def _trap(session: QualifyingAnalysis) -> Iterator[str]:
    known = [(own.trap_kmh, own.driver) for own in session.order if own.trap_kmh is not None]
    if known:
        (fast, quick), (slow, last) = max(known), min(known)
        yield f"Speed trap: {quick} {fast:.0f} km/h, the slowest {last} {slow:.0f} km/h."
