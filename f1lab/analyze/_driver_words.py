"""What a driver's race shows, in sentences read off its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.compare._text import clear, counted, interval, ordinal, quicker

if TYPE_CHECKING:
    from collections.abc import Iterator

    from f1lab.analyze.driver_analysis import DriverAnalysis, Figure

__all__ = ["findings"]


#: Fewer passes, made, suffered and expected together, say nothing.
_SOME_PASSES = 0.5


def findings(own: DriverAnalysis) -> tuple[str, ...]:
    """Sentences from the most to the least important."""
    return (
        *_race(own),
        *_pace(own),
        *_teammate(own),
        *_scatter(own),
        *_mistakes(own),
        *_fights(own),
        *_pressure(own),
        *_stints(own),
    )


def _race(own: DriverAnalysis) -> Iterator[str]:
    race = own.race
    start = "" if race.grid is None else f" after starting {ordinal(race.grid)}"
    if race.finish is None or not race.classified:
        end = f"was not classified{start} ({race.status.lower()})"
    else:
        end = f"finished {ordinal(race.finish)}{start}"
    stops = {0: "no stop", 1: "one stop"}.get(race.stops, f"{race.stops} stops")
    yield f"{own.driver} {end}, {counted(race.laps, 'lap')}, {stops}."


def _of(own: DriverAnalysis, name: str) -> Figure | None:
    return next((figure for figure in own.figures if figure.name.startswith(name)), None)


def _pace(own: DriverAnalysis) -> Iterator[str]:
    pace = _of(own, "race pace")
    if pace is None:
        return
    gap = pace.own
    place = "" if pace.place is None else f", {ordinal(pace.place)} of {pace.of}"
    if not clear(gap):
        yield (
            f"Race pace, with fuel, tyres and traffic equal: about the field's mean "
            f"({gap.value:+.2f} s a lap, 90 %: {interval(gap)}){place}."
        )
        return
    ends = sorted((abs(gap.low), abs(gap.high)))
    word = "quicker" if gap.value < 0 else "slower"
    yield (
        f"Race pace, with fuel, tyres and traffic equal: {abs(gap.value):.2f} s a lap {word} than "
        f"the mean of the field (90 %: {ends[0]:.2f} to {ends[1]:.2f}){place}."
    )


def _teammate(own: DriverAnalysis) -> Iterator[str]:
    if own.teammate is not None and own.teammate_pace is not None:
        where = "Against the teammate, everything else equal,"
        yield quicker(own.driver, own.teammate, own.teammate_pace.s_per_lap, where)


def _scatter(own: DriverAnalysis) -> Iterator[str]:
    found = _of(own, "scatter")
    if found is not None:
        yield (
            f"Clean laps scattered by {found.own.value:.2f} s (90 %: {found.own.low:.2f} to "
            f"{found.own.high:.2f}; the field's median {found.field_median:.2f} s)."
        )


def _mistakes(own: DriverAnalysis) -> Iterator[str]:
    slips, figure = own.profile.mistakes, _of(own, "mistakes")
    if slips is not None:
        made = {0: "No mistake", 1: "One mistake"}.get(
            slips.n_mistakes, f"{slips.n_mistakes} mistakes"
        )
        beside = (
            ""
            if figure is None or figure.place is not None
            else "; the rate is not told from the field's"
        )
        yield f"{made} seen on {counted(slips.n_laps, 'dry racing lap')}{beside}."


def _fights(own: DriverAnalysis) -> Iterator[str]:
    found = own.profile.racecraft
    if found is None:
        return
    if found.passes_made + found.passes_suffered + found.passes_expected.value < _SOME_PASSES:
        return  # nobody near, or nowhere to pass: nothing to say
    text = (
        f"On the dry laps within reach of another car {own.driver} passed {found.passes_made} "
        f"{'time' if found.passes_made == 1 else 'times'} where "
        f"{found.passes_expected.value:.1f} were to be expected, and was passed "
        f"{found.passes_suffered} {'time' if found.passes_suffered == 1 else 'times'} where "
        f"{found.suffered_expected.value:.1f} were"
    )
    if clear(found.score):
        text += f": {'better' if found.score.value > 0 else 'worse'} than expected"
    yield f"{text}."


def _pressure(own: DriverAnalysis) -> Iterator[str]:
    found = own.profile.pressure
    if found is None:
        return
    delta = found.delta_s_per_lap
    if clear(delta):
        word = "slower" if delta.value > 0 else "quicker"
        ends = sorted((abs(delta.low), abs(delta.high)))
        yield (
            f"With a car close behind {own.driver} was {abs(delta.value):.2f} s a lap {word} "
            f"(90 %: {ends[0]:.2f} to {ends[1]:.2f}, {counted(found.n_pressed, 'lap')})."
        )
    else:
        yield (
            f"With a car close behind the pace did not clearly change ({delta.value:+.2f} s a lap, "
            f"90 %: {interval(delta)}, {counted(found.n_pressed, 'lap')})."
        )


def _stints(own: DriverAnalysis) -> Iterator[str]:
    """The stints furthest apart, if they can be told apart."""
    paces = [(stint, stint.pace_s) for stint in own.stints if stint.pace_s is not None]
    if len(paces) < 2:  # noqa: PLR2004  (two to compare)
        return
    best, quick = min(paces, key=lambda told: told[1].value)
    worst, slow = max(paces, key=lambda told: told[1].value)
    if quick.high < slow.low:
        yield (
            f"The stint on {best.compound} from lap {best.first_lap} was "
            f"{slow.value - quick.value:.2f} s a lap better against the field than that on "
            f"{worst.compound} from lap {worst.first_lap}."
        )
