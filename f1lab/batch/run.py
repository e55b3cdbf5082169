"""Every driver of every race of some seasons taken apart, in one batch that can be broken off.

The process that starts the batch loads the weekends one after the other, so a source is asked
once and its limits hold; the workers get a race each, never touch the network, and hand back
plain rows. This process writes them: a race is there whole or not at all, and a batch that is
started again goes on with those that are missing.
"""

from __future__ import annotations

import json
import logging
import time
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from f1lab.autopsy.season import summed
from f1lab.autopsy.season_races import race_autopsies
from f1lab.autopsy.spread import Lost, spread
from f1lab.batch.backends import workers
from f1lab.batch.memory import PeakMemory
from f1lab.batch.parts import PROVISIONAL, Folder
from f1lab.batch.plan import Question, Race, question_of, races_at_hand
from f1lab.batch.result import BatchResult
from f1lab.batch.tables import arrow, race_tables, season_frame
from f1lab.errors import NoData, whole_number
from f1lab.export import to_text
from f1lab.export.writing import write_texts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from pyarrow import Table

    from f1lab.autopsy.season import SeasonBlame
    from f1lab.data.schema import Weekend

    Progress = Callable[[str, int, int], None]
    Found = tuple[dict[str, list[dict[str, Any]]], dict[str, Lost]]

__all__ = ["autopsies"]

_log = logging.getLogger(__name__)


def autopsies(  # noqa: PLR0913  (every option of the command)
    seasons: int | str | Sequence[int] | Sequence[Weekend],
    output: str | Path,
    *,
    races: Sequence[str | int] | None = None,
    drivers: Sequence[str] | None = None,
    reference: str = "winner",
    judge_calls: bool = False,
    jobs: int = 1,
    backend: str = "loky",
    scheduler: str | None = None,
    offline: bool | None = None,
    fastf1_cache: str | Path | None = None,
    progress: Progress | None = None,
) -> BatchResult:
    """Take every driver of every race of some seasons apart, and write Parquet.

    Started again with the same data and options, it goes on where it was. Whatever the backend,
    the number of jobs or the breaks, the tables are the same.

    Parameters
    ----------
    seasons : int, str, sequence of int or sequence of Weekend
        ``2023``, ``"2021,2023"``, ``[2021, 2023]``, or weekends already loaded.
    output : str or Path
        Folder for ``autopsies.parquet``, ``drives.parquet``, ``evidence.parquet`` (see
        :data:`f1lab.batch.tables.TABLES`), ``summary.json`` and ``summary.txt``, and for the
        finished races in ``parts``.
    races : sequence of str or int, optional
        Events or rounds; in a season that has none of such a name it is left out. All of them by
        default.
    drivers : sequence of str, optional
        Codes of those to measure; everybody by default.
    reference : str
        ``"winner"``, ``"teammate"``, ``"ideal"`` or a driver's code.
    judge_calls : bool
        Whether to judge the pit walls' calls, about a second a driver more; the seconds are the
        same without.
    jobs : int
        Processes at a time, at least 1; a dask cluster works with all its workers.
    backend : str
        ``"loky"`` or ``"dask"``.
    scheduler : str, optional
        Address of the dask scheduler, such as ``"tcp://10.0.0.5:8786"``.
    offline : bool, optional
        Never touch the network; the workers never do.
    fastf1_cache : str or Path, optional
        A FastF1 cache folder.
    progress : callable, optional
        Called as ``progress(text, done, total)``, ``done`` races being finished.

    Returns
    -------
    BatchResult
        A race or a driver that cannot be taken apart does not stop the others; the reason is in
        ``missing`` or ``unmeasured``. A race in which f1lab failed is tried again next time.

    Raises
    ------
    NoData
        Not one race could be loaded or taken apart.
    UnknownName
        A race, driver, reference or backend that is not there.
    InvalidInput
        Seasons or jobs that are none.
    BatchError
        Another batch writes into the folder, or it cannot be written; pyarrow or dask is not
        installed; the scheduler does not answer or has no workers.
    """
    started, tell = time.perf_counter(), progress or _silent
    whole_number("jobs", jobs, least=1)
    arrow()
    folder = Folder(Path(output))
    missing: dict[str, str] = {}
    with workers(backend, jobs, scheduler) as memory, folder.held(), PeakMemory(memory) as peak:
        held = list(
            races_at_hand(seasons, races, tell, missing, offline=offline, fastf1_cache=fastf1_cache)
        )
        if not held:
            raise NoData(f"not one of these races is at hand: {' '.join(missing.values())}")
        question = question_of(held, reference, drivers, judge_calls=judge_calls)
        parts = {race.name: question.part(race) for race in held}
        resumed = {name for name, part in parts.items() if folder.has(part)}
        todo = [race for race in held if race.name not in resumed]
        failed = _work_off(todo, question, folder, parts, jobs, tell)
        missing |= failed
        tables, unmeasured = _put_together(folder, parts, failed)
    frame = season_frame(tables["drives"], tables["autopsies"])
    result = BatchResult(
        seasons=tuple(sorted({race.year for race in held})),
        reference=question.reference,
        output=folder.path,
        races=tuple(name for name in parts if name not in failed),
        resumed=tuple(name for name in parts if name in resumed),
        drives=len(frame),
        missing=missing,
        unmeasured=unmeasured,
        blame=_blame(frame, question.reference, held),
        took_s=time.perf_counter() - started,
        peak_bytes=peak.bytes,
        size_bytes=folder.size_bytes(),
        backend=backend,
        sources=tuple(dict.fromkeys(race.source for race in held)),
    )
    _summarise(result)
    return result


def _silent(text: str, done: int, total: int) -> None:
    """Say nothing."""


# ---------------------------------------------------------------------------------------------
# the work


def _work_off(
    todo: Sequence[Race],
    question: Question,
    folder: Folder,
    parts: dict[str, str],
    jobs: int,
    tell: Progress,
) -> dict[str, str]:
    """Take the races apart and write their parts; those without one, with the reasons.

    The name of a part with a driver f1lab failed on is changed: it is good for this batch, and
    made again by the next.
    """
    done = len(parts) - len(todo)
    failed: dict[str, str] = {}
    tell("taking the races apart", done, len(parts))
    work = partial(_take_apart, question=question)
    with closing(spread(work, todo, jobs, ready=Race.weekend)) as answers:
        for place, found in answers:
            race = todo[place]
            reason = _keep(race, found, folder, parts)
            if reason:
                failed[race.name] = reason
            done += 1
            tell(f"took apart {race.name}", done, len(parts))
    return {name: failed[name] for name in parts if name in failed}


def _keep(race: Race, found: Found | Lost, folder: Folder, parts: dict[str, str]) -> str:
    """Write the part of a race; "" or why there is none."""
    rows, lost = ({}, {"": found}) if isinstance(found, Lost) else found
    for who, one in lost.items():
        if one.detail:
            _log.error("%s %s: %s", race.name, who, one.detail)
    if "" in lost:
        return lost[""].reason
    if any(one.detail for one in lost.values()):
        parts[race.name] += PROVISIONAL
    folder.write(parts[race.name], rows, {who: one.reason for who, one in lost.items()})
    return ""


def _take_apart(weekend: Weekend, question: Question) -> Found:
    """In the worker: the rows of one race, and who could not be measured."""
    found = race_autopsies(
        weekend, question.reference, question.drivers, judge_calls=question.judge_calls
    )
    return race_tables(found.reports, found.race_laps), found.refused


# ---------------------------------------------------------------------------------------------
# what is written


def _put_together(
    folder: Folder, parts: dict[str, str], failed: dict[str, str]
) -> tuple[dict[str, Table], dict[str, str]]:
    """Write the tables of all races; whoever is not in them, with the reasons."""
    done = {name: part for name, part in parts.items() if name not in failed}
    unmeasured = {
        f"{name}: {who}": reason
        for name, part in done.items()
        for who, reason in folder.refused(part).items()
    }
    tables = folder.read(list(done.values()))
    if not tables["drives"].num_rows:
        reasons = [*failed.values(), *unmeasured.values()]
        raise NoData(f"no race could be taken apart: {' '.join(reasons)}")
    folder.publish(tables)
    return tables, unmeasured


def _blame(frame: pd.DataFrame, reference: str, races: Sequence[Race]) -> tuple[SeasonBlame, ...]:
    """The blame of each season that has a race in the tables."""
    found = []
    for year in sorted({race.year for race in races}):
        names = {race.name: race.source for race in races if race.year == year}
        own = frame[frame["race"].isin(list(names))].reset_index(drop=True)
        if len(own):
            found.append(summed(own, reference, {}, tuple(dict.fromkeys(names.values()))))
    return tuple(found)


def _summarise(result: BatchResult) -> None:
    plain = json.dumps(result.to_dict(), indent=2, ensure_ascii=False, allow_nan=False)
    write_texts(
        {
            result.output / "summary.json": plain + "\n",
            result.output / "summary.txt": to_text(result),
        }
    )
