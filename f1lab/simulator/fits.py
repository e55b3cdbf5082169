"""The lap-time model as of a moment of the race, and made before it is asked for.

It is fitted to laps the whole field had ended by then and kept for a few laps, on a wet track for
one, since a fit takes longer than an answer may. Odds are asked for while a lap is driven: they
take the fit of the line before, which is made beside the game since.
"""

from __future__ import annotations

import time
from contextlib import suppress
from functools import lru_cache
from threading import Lock, Thread
from typing import TYPE_CHECKING

from f1lab.engine.field import from_weekend
from f1lab.errors import F1LabError
from f1lab.racemodel.laps import SLICK

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from f1lab.engine.inputs import RaceField
    from f1lab.simulator.world import World

__all__ = ["fit_ahead", "fitted", "fitted_lap"]

#: A fit is kept for so many laps of a dry race.
_KEPT_LAPS = 5
_N_DRAWS = 60
#: Fits kept.
_CACHED = 64
#: Rain tyres so few laps ago mean a track that changes from lap to lap.
_WET_REACH_LAPS = 4
#: A game that has driven on within this time is being fast-forwarded [s].
_PAUSE_S = 0.03


@lru_cache(maxsize=_CACHED)
def _fitted(world: World, lap: int) -> RaceField:
    return from_weekend(world.weekend, lap or "pre-race", n_draws=_N_DRAWS)


@lru_cache(maxsize=_CACHED)
def _turn(_world: World, _lap: int) -> Lock:
    return Lock()


def fitted(world: World, lap: int) -> RaceField:
    """The field fitted to the first laps; who asks while it is being made waits for it.

    Parameters
    ----------
    world : World
    lap : int
        As from :func:`fitted_lap`; 0 for what was known before the race.

    Returns
    -------
    RaceField
    """
    with _turn(world, lap):
        return _fitted(world, lap)


def fitted_lap(world: World, clock_s: float, *, kept: bool = False) -> int:
    """Lap up to which the model is fitted for a moment: everybody had ended it by then.

    Parameters
    ----------
    world : World
    clock_s : float
        Session clock of the moment [s].
    kept : bool
        Take one of every few laps on a wet track too, as in the dry.

    Returns
    -------
    int
        0 for what was known before the race.
    """
    laps = world.laps
    known = int((world.ended_s <= clock_s).sum())
    known = min(known, world.distance - 1)
    recent = (laps.time_s <= clock_s) & (laps.lap > known - _WET_REACH_LAPS)
    if not kept and bool((laps.tyre_class[recent] != SLICK).any()):
        return known
    return known - known % _KEPT_LAPS


def fit_ahead(world: World, clocks_s: Sequence[float], wanted: Callable[[], bool]) -> None:
    """Begin the fits that odds asked for now and a lap later take, beside the game.

    Parameters
    ----------
    world : World
    clocks_s : sequence of float
        Session clock of the moments they are of, the sooner wanted first [s].
    wanted : callable
        Says, a moment later, whether the game still stands there: who drives on at once asks
        for no odds.
    """

    def work() -> None:
        time.sleep(_PAUSE_S)
        for clock_s in clocks_s:
            if wanted():
                # whoever asks for the odds is told why there are none
                with suppress(F1LabError):
                    fitted(world, fitted_lap(world, clock_s))

    Thread(target=work, name="f1lab odds", daemon=True).start()
