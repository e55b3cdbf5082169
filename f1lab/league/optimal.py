"""The crowd models of a league: read from the runs that count, kept, renewed by new runs."""

from __future__ import annotations

import hashlib
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.orm import selectinload

from f1lab.league.crowd import (
    GOOD_IQ,
    CrowdStop,
    GoodRun,
    compound_shares,
    most_stops,
    undercut_threshold,
    votes,
    windows,
)
from f1lab.league.errors import LeagueError
from f1lab.league.keep import counts, prior_of, put
from f1lab.league.results import OptimalStrategy
from f1lab.league.tables import OptimalStrategyModel, Race, Simulation

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from f1lab.league.crowd import RacePrior

__all__ = ["keep_model", "kept_model", "optimal_strategy"]

_MODEL = TypeAdapter(OptimalStrategy)
#: Raise when :mod:`f1lab.league.crowd` changes: models kept before are made anew.
_MODEL_VERSION = 1


def kept_model(session: Session, race_id: int) -> tuple[OptimalStrategy, bool, str]:
    """Model of a race, from the runs that count now.

    Returns
    -------
    (OptimalStrategy, bool, str)
        The model, whether it was kept already, and the basis to keep it with.
    """
    race = session.get_one(Race, race_id)
    basis = _basis(session, race_id)
    kept = session.get(OptimalStrategyModel, race_id)
    if kept is not None and kept.basis == basis:
        return _MODEL.validate_python(kept.model), True, basis
    prior = prior_of(race)
    if prior is None or race.circuit is None:
        raise LeagueError(f"{race.event} {race.year} has no run that was replayed here.")
    model = optimal_strategy(
        _good_runs(session, race_id), prior, race.year, race.event, race.circuit
    )
    return model, False, basis


def keep_model(session: Session, race_id: int, model: OptimalStrategy, basis: str) -> None:
    """Keep a model in place of the one before."""
    values = {
        "circuit": model.circuit,
        "year": model.year,
        "basis": basis,
        "model": asdict(model),
        "made_s": time.time(),
    }
    put(session, OptimalStrategyModel, {"race_id": race_id}, values)


def optimal_strategy(
    runs: list[GoodRun], prior: RacePrior, year: int, event: str, circuit: str
) -> OptimalStrategy:
    """What good runs of a race agree on.

    Parameters
    ----------
    runs : list of GoodRun
    prior : RacePrior
        What the race itself says.
    year : int
    event, circuit : str

    Returns
    -------
    OptimalStrategy
    """
    weight = votes(runs)
    stops, share = most_stops(runs, weight, prior)
    threshold, tried = undercut_threshold(runs, weight, prior)
    refusals = {}
    if threshold is None:
        refusals["undercut_s"] = (
            f"the engine cannot say what an undercut gains in this race, and {tried} undercuts in "
            "the runs that count are too few to tell."
        )
    counted = [run for run, vote in zip(runs, weight, strict=True) if vote > 0]
    return OptimalStrategy(
        year,
        event,
        circuit,
        prior.n_laps,
        len({run.player for run in counted}),
        len(counted),
        float(weight.sum()),
        stops,
        share,
        windows(runs, weight, prior, stops),
        compound_shares(runs, weight, prior, stops),
        threshold,
        tried,
        refusals,
    )


def _good_runs(session: Session, race_id: int) -> list[GoodRun]:
    found = session.scalars(
        sa.select(Simulation)
        .where(Simulation.race_id == race_id, counts(), Simulation.iq >= GOOD_IQ)
        .order_by(Simulation.id)
        .options(selectinload(Simulation.decisions))
    )
    return [
        GoodRun(
            run.user_id,
            run.iq,
            tuple(
                CrowdStop(made.lap, made.pit, made.gap_s, made.undercut)
                for made in run.decisions
                if made.pit is not None
            ),
        )
        for run in found
    ]


def _basis(session: Session, race_id: int) -> str:
    """Names the runs a model is read from; another run that counts is another basis."""
    ids = session.scalars(
        sa.select(Simulation.id)
        .where(Simulation.race_id == race_id, counts(), Simulation.iq >= GOOD_IQ)
        .order_by(Simulation.id)
    )
    told = f"{_MODEL_VERSION}:{','.join(map(str, ids))}"
    return hashlib.sha256(told.encode()).hexdigest()
