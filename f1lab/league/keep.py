"""Writing runs and races into the tables, and reading runs back as they were handed in."""

from __future__ import annotations

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import joinedload, selectinload

from f1lab.league.crowd import RacePrior
from f1lab.league.names import user_key
from f1lab.league.runs import RULES
from f1lab.league.tables import Race, Simulation, StrategyDecision, User

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy.orm import Session

    from f1lab.league.judged import Judged, RaceFacts
    from f1lab.league.runs import RunRecord
    from f1lab.league.tables import Base
    from f1lab.league.transfer import ExportedRun

__all__ = [
    "counts",
    "exported",
    "has_counted",
    "keep_judged",
    "keep_waiting",
    "knows_race",
    "prior_of",
    "put",
    "race_row",
    "record_of",
]

_PRIOR = TypeAdapter(RacePrior)
_NEUTRAL = "neutral"
_LONGEST_REASON = 500


def keep_judged(
    session: Session, user: str, judged: Judged, race: RaceFacts | None, submitted_s: float
) -> tuple[int, bool]:
    """Keep a run that counts; its id, and whether it counted before.

    A run that waited unverified, or has a score of other rules, counts with this one from now
    on. ``race`` is told with the first run of it.
    """
    record = judged.record
    kept = race_row(session, record.year, record.event)
    if race is not None:
        kept.round, kept.circuit = race.round, race.circuit
        kept.n_laps, kept.prior = race.prior.n_laps, asdict(race.prior)
    user_id = _user_id(session, user)
    score = {
        "rules": RULES,
        "iq": judged.iq,
        "score": judged.score,
        "wall_iq": judged.wall_iq,
        "position": judged.position,
        "real_position": judged.real_position,
        "verified": True,
        "waits_for": None,
    }
    run_id, new = _keep_run(session, user_id, kept.id, record, submitted_s, score)
    if not new:
        done = session.execute(
            sa.update(Simulation).where(Simulation.id == run_id, sa.not_(counts())).values(score)
        )
        if not done.rowcount:  # type: ignore[attr-defined]  # an update has one
            return run_id, True
    for lap, attack in judged.attacks.items():
        session.execute(
            sa.update(StrategyDecision)
            .where(StrategyDecision.simulation_id == run_id, StrategyDecision.lap == lap)
            .values(rival=attack.rival, gap_s=attack.gap_s, undercut=attack.passed)
        )
    return run_id, False


def keep_waiting(
    session: Session, user: str, given: ExportedRun, why: str, submitted_s: float
) -> None:
    """Keep a run that cannot be replayed here as it came, counting nowhere."""
    record = given.run
    score = {
        "rules": given.rules,
        "iq": given.iq,
        "score": {},
        "verified": False,
        "waits_for": why[:_LONGEST_REASON],
    }
    race_id = race_row(session, record.year, record.event).id
    _keep_run(session, _user_id(session, user), race_id, record, submitted_s, score)


def exported(session: Session) -> Iterator[dict[str, Any]]:
    """Every run of a league, oldest first, as a file holds it."""
    runs = session.scalars(
        sa.select(Simulation)
        .order_by(Simulation.submitted_s, Simulation.id)
        .options(
            joinedload(Simulation.user),
            joinedload(Simulation.race),
            selectinload(Simulation.decisions),
        )
        .execution_options(yield_per=500)
    )
    for run in runs:
        yield {
            "user": run.user.name,
            "submitted_s": run.submitted_s,
            "iq": run.iq,
            "rules": run.rules,
            "run": record_of(run),
        }


def race_row(session: Session, year: int, event: str) -> Race:
    """Row of a race, made where there is none."""
    _insert(session, Race, year=year, event=event)
    return session.scalars(sa.select(Race).where(Race.year == year, Race.event == event)).one()


def prior_of(race: Race) -> RacePrior | None:
    """What a race said of its stops; None while its data were not at hand."""
    return None if race.prior is None else _PRIOR.validate_python(race.prior)


def put(
    session: Session, table: type[Base], identity: dict[str, Any], values: dict[str, Any]
) -> None:
    """Put a row in place of the one of the same identity, or where there is none."""
    row = _dialect(session).insert(table).values(**identity, **values)
    session.execute(row.on_conflict_do_update(index_elements=list(identity), set_=values))


def counts() -> sa.ColumnElement[bool]:
    """Whether a run counts: replayed here, and scored by the code that scores now."""
    return sa.and_(Simulation.verified, Simulation.rules == RULES)


def has_counted(session: Session, user: str, record: RunRecord) -> bool:
    """Whether this very run of this player counts already."""
    there = (
        sa.select(Simulation.id)
        .join(Simulation.user)
        .where(User.key == user_key(user), Simulation.key == record.key, counts())
    )
    return session.scalar(there) is not None


def knows_race(session: Session, year: int, event: str) -> bool:
    """Whether it has been kept what a race says of its stops."""
    there = sa.select(Race.id).where(
        Race.year == year, Race.event == event, Race.prior.is_not(None)
    )
    return session.scalar(there) is not None


def record_of(run: Simulation) -> dict[str, Any]:
    """A run as it was handed in."""
    made = {decision.lap: (decision.pit, decision.pace) for decision in run.decisions}
    laps = range(1, run.laps + 1)
    decisions = [(lap, *made.get(lap, (None, _NEUTRAL))) for lap in laps]
    return {
        "schema": run.claims["schema"],
        "kind": "f1lab.simulation",
        "year": run.race.year,
        "event": run.race.event,
        "round": run.claims["round"],
        "fingerprint": run.fingerprint,
        "driver": run.driver,
        "seed": run.seed,
        "start": run.start,
        "decisions": [{"lap": lap, "pit": pit, "pace": pace} for lap, pit, pace in decisions],
        "outcome": run.claims["outcome"],
    }


def _user_id(session: Session, name: str) -> int:
    _insert(session, User, name=name, key=user_key(name), joined_s=time.time())
    return session.scalars(sa.select(User.id).where(User.key == user_key(name))).one()


def _keep_run(
    session: Session,
    user_id: int,
    race_id: int,
    record: RunRecord,
    submitted_s: float,
    score: dict[str, Any],
) -> tuple[int, bool]:
    """Keep a run and its decisions unless it is there; its id, and whether it is new."""
    new = _insert(
        session,
        Simulation,
        user_id=user_id,
        race_id=race_id,
        key=record.key,
        driver=record.driver,
        start=record.start,
        seed=record.seed,
        fingerprint=record.fingerprint,
        laps=len(record.decisions),
        claims={
            "schema": record.version,
            "round": record.round,
            "outcome": record.outcome.model_dump(),
        },
        submitted_s=submitted_s,
        **score,
    )
    run_id = session.scalars(
        sa.select(Simulation.id).where(Simulation.user_id == user_id, Simulation.key == record.key)
    ).one()
    made = [
        {"simulation_id": run_id, "lap": made.lap, "pit": made.pit, "pace": made.pace}
        for made in record.decisions
        if made.pit is not None or made.pace != _NEUTRAL
    ]
    if new and made:
        session.execute(sa.insert(StrategyDecision), made)
    return run_id, new


def _insert(session: Session, table: type[User | Race | Simulation], **values: object) -> bool:
    """Insert a row unless one of the same identity is there; whether it was inserted."""
    new = _dialect(session).insert(table).values(**values).on_conflict_do_nothing()
    return session.scalar(new.returning(table.id)) is not None


def _dialect(session: Session) -> Any:  # noqa: ANN401  (a module of SQLAlchemy)
    return {"postgresql": postgresql, "sqlite": sqlite}[session.get_bind().dialect.name]
