"""Leaderboard and season standings, asked of the database."""

from __future__ import annotations

from dataclasses import fields
from typing import TYPE_CHECKING

import sqlalchemy as sa
from sqlalchemy.orm import joinedload

from f1lab.data.events import EventInfo, find_event
from f1lab.errors import UnknownName
from f1lab.league.keep import counts
from f1lab.league.results import Leaderboard, LeaderboardRow, Standing, Standings, Submission
from f1lab.league.tables import Race, Simulation, User

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

__all__ = ["POINTS", "event_name", "leaderboard", "standings", "submission"]

_PLAYED = "race played in this league by the name"
#: Championship points of the places of one race's leaderboard, since 2010.
POINTS = (25, 18, 15, 12, 10, 8, 6, 4, 2, 1)


def leaderboard(
    session: Session,
    *,
    year: int | None = None,
    event: str | None = None,
    driver: str | None = None,
    n: int | None = None,
) -> Leaderboard:
    """Every player's best run of each race, or of one driver in it, ranked by IQ."""
    name = None if event is None else event_name(session, event, year)
    best = _best_runs(year, name, driver)
    place = sa.func.rank().over(order_by=best.c.iq.desc()).label("place")
    wanted = (
        sa.select(place, best)
        .where(best.c.nth == 1)
        .order_by(place, best.c.submitted_s, best.c.id)
        .limit(n)
    )
    names = [item.name for item in fields(LeaderboardRow)]
    rows = tuple(
        LeaderboardRow(**{name: row[name] for name in names})
        for row in session.execute(wanted).mappings()
    )
    about = [name or "all races", None if year is None else str(year), driver]
    return Leaderboard(" ".join(part for part in about if part), rows)


def _place_of(session: Session, run: Simulation) -> tuple[int, int, bool]:
    """Place of a run's player on its race's leaderboard, how many are on it, and whether by it."""
    best = _best_runs(run.race.year, run.race.event, None)
    own = session.execute(
        sa.select(best.c.id, best.c.iq).where(best.c.nth == 1, best.c.user_id == run.user_id)
    ).one()
    better = sa.func.sum(sa.case((best.c.iq > own.iq, 1), else_=0))
    ahead, players = session.execute(
        sa.select(better, sa.func.count()).select_from(best).where(best.c.nth == 1)
    ).one()
    return int(ahead) + 1, int(players), own.id == run.id


def submission(session: Session, run_id: int, *, there: bool) -> Submission:
    """A run that counts, with the place its player has in the race."""
    run = session.get_one(
        Simulation, run_id, options=[joinedload(Simulation.user), joinedload(Simulation.race)]
    )
    place, players, best = _place_of(session, run)
    return Submission(
        run.id,
        run.user.name,
        run.race.year,
        run.race.event,
        run.driver,
        run.iq,
        run.wall_iq,
        run.position,
        run.real_position,
        place,
        players,
        best,
        there,
    )


def standings(session: Session, year: int) -> Standings:
    """Points of every race's leaderboard, added up over a season."""
    best = _best_runs(year, None, None)
    ranked = (
        sa.select(
            best.c.user,
            best.c.iq,
            sa.func.rank()
            .over(partition_by=best.c.race_id, order_by=best.c.iq.desc())
            .label("place"),
        )
        .where(best.c.nth == 1)
        .subquery()
    )
    scale = sa.case(dict(enumerate(POINTS, start=1)), value=ranked.c.place, else_=0)
    points = sa.func.sum(scale).label("points")
    wins = sa.func.sum(sa.case((ranked.c.place == 1, 1), else_=0)).label("wins")
    mean_iq = sa.func.avg(ranked.c.iq).label("mean_iq")
    place = sa.func.rank().over(order_by=(points.desc(), wins.desc(), mean_iq.desc()))
    wanted = (
        sa.select(
            place.label("place"),
            ranked.c.user,
            points,
            wins,
            sa.func.count().label("races"),
            mean_iq,
        )
        .group_by(ranked.c.user)
        .order_by("place", ranked.c.user)
    )
    return Standings(
        year,
        tuple(
            Standing(
                int(row.place),
                row.user,
                int(row.points),
                int(row.wins),
                int(row.races),
                float(row.mean_iq),
            )
            for row in session.execute(wanted)
        ),
    )


def event_name(session: Session, wanted: str, year: int | None) -> str:
    """Full name of the event a person means, among those the league has runs of.

    Raises
    ------
    UnknownName
        If there is none, or more than one.
    """
    known = sa.select(Race.event, sa.func.max(Race.circuit)).group_by(Race.event)
    if year is not None:
        known = known.where(Race.year == year)
    events = [
        EventInfo(year or 0, 0, name, "", circuit or "", "", {})
        for name, circuit in session.execute(known.order_by(Race.event))
    ]
    names = [event.name for event in events]
    if not wanted.strip() or wanted.strip().isdigit():
        raise UnknownName(_PLAYED, wanted, names)
    try:
        return find_event(events, wanted).name
    except UnknownName as error:
        if error.kind != "event":
            raise
        raise UnknownName(_PLAYED, wanted, names) from error


def _best_runs(year: int | None, event: str | None, driver: str | None) -> sa.Subquery:
    """Runs that count, each player's of each race numbered from the best (``nth`` 1)."""
    nth = (
        sa.func.row_number()
        .over(
            partition_by=(Simulation.user_id, Simulation.race_id),
            order_by=(Simulation.iq.desc(), Simulation.submitted_s, Simulation.id),
        )
        .label("nth")
    )
    runs = (
        sa.select(
            Simulation.id,
            Simulation.race_id,
            Simulation.user_id,
            User.name.label("user"),
            Race.year,
            Race.event,
            Simulation.driver,
            Simulation.iq,
            Simulation.wall_iq,
            Simulation.position,
            Simulation.real_position,
            Simulation.submitted_s,
            nth,
        )
        .join(Simulation.user)
        .join(Simulation.race)
        .where(counts())
    )
    for column, value in ((Race.year, year), (Race.event, event), (Simulation.driver, driver)):
        if value is not None:
            runs = runs.where(column == value)
    return runs.subquery()
