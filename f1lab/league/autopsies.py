"""Autopsies kept in a league, beside the players' runs: what cost the real drivers the race."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import sqlalchemy as sa

import f1lab
from f1lab.league.board import event_name
from f1lab.league.keep import put, race_row
from f1lab.league.results import KeptAutopsy
from f1lab.league.tables import Race, RaceAutopsy

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from f1lab.autopsy import AutopsyReport

__all__ = ["keep_autopsy", "kept_autopsies"]


def keep_autopsy(session: Session, report: AutopsyReport) -> None:
    """Keep an autopsy in place of one of the same driver and reference before."""
    race = race_row(session, report.year, report.event)
    race.round, race.circuit = report.round, report.circuit
    blame = report.blame
    parts = {name: part.seconds for name, part in blame.categories.items()}
    identity = {"race_id": race.id, "driver": report.driver, "reference": report.reference}
    values = {
        "gap_s": report.gap_s,
        "verdict": report.verdict,
        "categories_s": parts | {"unexplained": blame.unexplained.seconds},
        "made_with": f1lab.__version__,
        "made_s": time.time(),
    }
    put(session, RaceAutopsy, identity, values)


def kept_autopsies(
    session: Session, year: int | None, event: str | None, driver: str | None
) -> tuple[KeptAutopsy, ...]:
    """Autopsies kept, by season, round and driver."""
    wanted = (
        sa.select(RaceAutopsy, Race.year, Race.event)
        .join(Race, Race.id == RaceAutopsy.race_id)
        .order_by(Race.year, Race.round, RaceAutopsy.driver, RaceAutopsy.reference)
    )
    name = None if event is None else event_name(session, event, year)
    for column, value in ((Race.year, year), (Race.event, name), (RaceAutopsy.driver, driver)):
        if value is not None:
            wanted = wanted.where(column == value)
    return tuple(
        KeptAutopsy(
            year_of,
            event_of,
            kept.driver,
            kept.reference,
            kept.gap_s,
            kept.verdict,
            kept.categories_s,
            kept.made_with,
        )
        for kept, year_of, event_of in session.execute(wanted)
    )
