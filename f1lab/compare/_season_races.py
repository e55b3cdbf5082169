"""The races of a season, each read on its own: in this process or in several."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from tqdm import tqdm

from f1lab.autopsy.season_races import given_weekends, loaded_weekends, name_of
from f1lab.calc.estimate import Z90
from f1lab.compare._chances import PassingChances, passing_chances
from f1lab.compare._driver_laps import FieldMarks, OwnLaps, field_marks, own_laps
from f1lab.compare._driver_weekend import HeadToHead, head_to_head
from f1lab.compare._pace import PaceGap, pace_gap
from f1lab.compare._qualifying import QualifyingGap, push_pace, qualifying_gap
from f1lab.compare._text import asked_or_refused, counted, spoken_list
from f1lab.compare.laps import RaceView, race_view, two_drivers
from f1lab.compare.reliability import Record, race_record
from f1lab.data.schema import Weekend
from f1lab.data.source import load
from f1lab.engine.field_entry import saw_rain
from f1lab.errors import F1LabError, InvalidInput, NoData, UnknownName

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from f1lab.engine.form import PaceRecord

__all__ = ["RaceRead", "races_of", "read_races", "why_no_race"]

#: A race with more wet laps than this counts as a wet one [-].
_WET_SHARE = 0.1


@dataclass(frozen=True, repr=False)
class RaceRead:
    """What one race says of two drivers and of the field around them; small, and no frames.

    ``pushed_error_pct`` is the standard error of their qualifying pace [%]; ``refusals`` holds
    what this race could not say, by name.
    """

    name: str
    year: int
    round: int
    event: str
    source: str
    wet: bool
    wet_qualifying: bool
    pace: PaceGap | None
    qualifying: QualifyingGap | None
    pushed_error_pct: float | None
    results: tuple[HeadToHead, HeadToHead]
    teams: tuple[str, str]
    laps: tuple[OwnLaps, OwnLaps] | None
    marks: FieldMarks | None
    chances: PassingChances
    record: Record
    field_pace: tuple[PaceRecord, ...]
    refusals: dict[str, str] = field(default_factory=dict)


def races_of(
    given: object,
    refusals: dict[str, str],
    *,
    progress: bool,
    offline: bool | None,
    fastf1_cache: str | Path | None,
) -> list[Weekend]:
    """Weekends of a season, from whatever names it.

    Parameters
    ----------
    given : int or sequence
        A year: what is at hand of it. Or loaded weekends and pairs of year and event, mixed.
    refusals : dict of str to str
        Races that could not be loaded are noted here.
    progress : bool
        Show a progress bar on standard error.
    offline, fastf1_cache
        As for :func:`f1lab.load`; for a year the network is asked only when ``offline`` is False.

    Returns
    -------
    list of Weekend

    Raises
    ------
    InvalidInput
        If it is nothing of the kind, or a race is there twice.
    NoData
        If no race could be loaded.
    """
    with _bar("loading", progress=progress) as bar:
        if isinstance(given, int) and not isinstance(given, bool):

            def tell(_text: str, done: int, total: int) -> None:
                bar.total = total
                bar.update(done + 1 - bar.n)

            away = offline is None or offline
            with _known_season():
                return loaded_weekends(
                    given, tell, refusals, offline=away, fastf1_cache=fastf1_cache
                )
        if isinstance(given, Weekend) or not isinstance(given, list | tuple):
            return given_weekends(given)
        found = []
        bar.total = len(given)
        for one in given:
            found.append(_weekend(one, refusals, offline=offline, fastf1_cache=fastf1_cache))
            bar.update()
    loaded = [weekend for weekend in found if weekend is not None]
    if given and not loaded:
        raise NoData(f"no race could be loaded: {' '.join(refusals.values())}")
    return given_weekends(loaded)


@contextmanager
def _known_season() -> Iterator[None]:
    """Say which seasons there are; no year is a slip of the pen for another."""
    try:
        yield
    except UnknownName as error:
        if error.kind != "season":
            raise
        raise InvalidInput(
            f"there is no season {error.given} here: seasons are at hand from {error.known[0]} on."
        ) from None


def _weekend(
    one: object,
    refusals: dict[str, str],
    *,
    offline: bool | None,
    fastf1_cache: str | Path | None,
) -> Weekend | None:
    if isinstance(one, Weekend):
        return one
    if not isinstance(one, tuple) or len(one) != 2:  # noqa: PLR2004  (a pair)
        raise InvalidInput(
            f"{one!r:.60} is neither a loaded weekend nor a pair such as (2023, 'Monaco')."
        )
    try:
        with _known_season():
            return load(one[0], one[1], offline=offline, fastf1_cache=fastf1_cache)
    except InvalidInput:
        raise
    except F1LabError as reason:
        refusals[f"{one[0]} {one[1]}"] = str(reason)
        return None


def read_races(
    weekends: Sequence[Weekend], a: str, b: str, *, n_jobs: int, progress: bool
) -> Iterator[tuple[str, RaceRead | str]]:
    """Name of each race, and what it says of two drivers or why it says nothing, in order.

    Raises
    ------
    F1LabError
        A worker process was killed.
    """
    with _bar("comparing", progress=progress) as bar:
        bar.total = len(weekends)
        for weekend, read in zip(weekends, _reads(weekends, a, b, n_jobs), strict=True):
            bar.update()
            yield name_of(weekend), read


def _reads(weekends: Sequence[Weekend], a: str, b: str, n_jobs: int) -> Iterator[RaceRead | str]:
    if n_jobs == 1 or len(weekends) == 1:
        yield from (_read(weekend, a, b) for weekend in weekends)
        return
    from joblib import Parallel, delayed  # noqa: PLC0415  (heavy, and only for several races)
    from joblib.externals.loky.process_executor import (  # noqa: PLC0415
        TerminatedWorkerError,
    )

    jobs = (delayed(_read)(_light(weekend), a, b) for weekend in weekends)
    workers = Parallel(n_jobs=min(n_jobs, len(weekends)), backend="loky", return_as="generator")
    try:
        yield from workers(jobs)
    except TerminatedWorkerError as error:
        raise F1LabError(
            "a worker process was killed, out of memory perhaps; try n_jobs=1."
        ) from error


def _light(weekend: Weekend) -> Weekend:
    """The weekend without what loads telemetry: a process of its own needs none."""
    bare = partial(replace, telemetry_source=None, corner_source=None)
    qualifying = None if weekend.qualifying is None else bare(weekend.qualifying)
    return replace(weekend, race=bare(weekend.race), qualifying=qualifying)


def _read(weekend: Weekend, a: str, b: str) -> RaceRead | str:
    """One race; the sentence that says why, where a driver did not run."""
    absent = _absent(weekend, a, b)
    if absent:
        return f"{' and '.join(absent)} did not take part in the {name_of(weekend)}."
    try:
        a, b = two_drivers(weekend, a, b)
        return _race_read(race_view(weekend), a, b)
    except F1LabError as reason:
        return str(reason)


def _absent(weekend: Weekend, *codes: str) -> list[str]:
    """Those of some drivers who are not in the results of a race."""
    there = set(weekend.race.results["driver"])
    return [code for code in codes if code not in there]


def why_no_race(weekends: Sequence[Weekend], a: str, b: str, refusals: Mapping[str, str]) -> str:
    """One sentence on two drivers who cannot be compared in any race.

    Parameters
    ----------
    weekends : sequence of Weekend
        All that were looked at.
    a, b : str
    refusals : mapping of str to str
        Race to the reason it says nothing.

    Returns
    -------
    str
    """
    both = [name_of(one) for one in weekends if not _absent(one, a, b)]
    if both:
        reasons = " ".join(refusals[name] for name in both)
        return (
            f"{a} and {b} both entered {counted(len(both), 'race')} of {len(weekends)}, and none "
            f"can be compared: {reasons}"
        )
    ran = (f"{code} took part in {_events(weekends, code)}" for code in (a, b))
    races = "this race" if len(weekends) == 1 else f"these {len(weekends)} races"
    return f"{a} and {b} never raced each other in {races}: {', '.join(ran)}."


def _events(weekends: Sequence[Weekend], code: str) -> str:
    there = [one.event for one in weekends if not _absent(one, code)]
    return spoken_list([name.removesuffix(" Grand Prix") for name in there])


def _race_read(view: RaceView, a: str, b: str) -> RaceRead:
    weekend = view.weekend
    refusals: dict[str, str] = {}
    ask = partial(asked_or_refused, refusals=refusals)
    gap = ask("qualifying", lambda: qualifying_gap(weekend, a, b))
    pushed = None if gap is None else ask("qualifying pace", lambda: push_pace(weekend, a, b))
    error = None
    if gap is not None and pushed is not None:
        error = 100 * (pushed[0].high - pushed[0].low) / Z90 / (gap.a_s + gap.b_s)
    results = weekend.race.results.set_index("driver")["team"]
    return RaceRead(
        name=name_of(weekend),
        year=weekend.year,
        round=weekend.round,
        event=weekend.event,
        source=weekend.source,
        wet=bool(view.laps.wet.mean() > _WET_SHARE),
        wet_qualifying=bool(saw_rain(weekend)),
        pace=ask("race pace", lambda: pace_gap(view, [a], [b])),
        qualifying=gap,
        pushed_error_pct=error,
        results=(head_to_head(view, a), head_to_head(view, b)),
        teams=(str(results[a]), str(results[b])),
        laps=ask("clean laps", lambda: (own_laps(view, a), own_laps(view, b))),
        marks=ask("mistakes", lambda: field_marks(view)),
        chances=passing_chances(view),
        record=race_record(view),
        field_pace=tuple(view.past.records),
        refusals=refusals,
    )


def _bar(what: str, *, progress: bool) -> Any:  # noqa: ANN401  (tqdm has no types)
    return tqdm(desc=what, unit="race", file=sys.stderr, disable=not progress)
