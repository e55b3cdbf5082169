"""A lap planned ahead, so that the first one of a race finds everything loaded.

Loading FastF1 and the compiled engine takes as long as planning several laps: too long to begin
with when a lap has just ended.
"""

from __future__ import annotations

from contextlib import suppress
from functools import cache
from threading import Thread

from f1lab.data.fastf1_source import FastF1Source
from f1lab.data.livetiming_write import recording_lines
from f1lab.data.source import load_demo
from f1lab.errors import F1LabError
from f1lab.live.race import LiveRace

__all__ = ["load_beside", "nowhere"]

_RACES = 100


def nowhere() -> FastF1Source:
    """A FastF1 without official results: of a race that is being driven there are none."""
    from f1lab.settings import settings  # noqa: PLC0415  (pydantic only when asked)

    cache_dir = settings().cache_dir.expanduser()
    return FastF1Source(folder=cache_dir / "live", offline=True, cache=cache_dir)


@cache
def load_beside() -> Thread:
    """Load all that a lap needs in a thread, once a process.

    Returns
    -------
    Thread
        To be joined by who wants to wait for it.
    """
    thread = Thread(target=_one_lap, name="f1lab-live", daemon=True)
    thread.start()
    return thread


def _one_lap() -> None:
    """Plan a lap of the demo race; the engine is compiled when this is its first use here.

    What cannot be used, such as the cache folder, the first lap of the race says itself.
    """
    with suppress(F1LabError):
        _plan_of_the_demo()


def _plan_of_the_demo() -> None:
    demo = load_demo()
    race = LiveRace(nowhere(), str(demo.race.results["driver"].iloc[0]), n=_RACES)
    for _, line in recording_lines(demo):
        race.hear(line)
        if race.to_plan:
            break
    race.plan()
