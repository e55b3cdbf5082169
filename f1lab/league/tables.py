"""The tables of a league, SQLAlchemy 2.

Moments are seconds since 1970, UTC, in columns that end in ``_s``: the same on every database.
A run's decisions are rows of their own, with what the player saw when making them; what was
read off a replay (score, places, whether an undercut worked) is never taken from the player.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

__all__ = [
    "SCHEMA_VERSION",
    "Base",
    "LeagueSchema",
    "OptimalStrategyModel",
    "Race",
    "RaceAutopsy",
    "Simulation",
    "StrategyDecision",
    "User",
]

#: Raise when a table changes.
SCHEMA_VERSION = 1

#: SQLite numbers rows itself only in a column that is an INTEGER to the letter.
_Id = BigInteger().with_variant(Integer, "sqlite")


class Base(DeclarativeBase):
    """What all tables share."""


class LeagueSchema(Base):
    """One row: the version of the tables."""

    __tablename__ = "league_schema"

    version: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)


class User(Base):
    """A player; ``key`` is the name without its case."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    name: Mapped[str] = mapped_column(String(24))
    key: Mapped[str] = mapped_column(String(96), unique=True)
    joined_s: Mapped[float] = mapped_column(Float(53))


class Race(Base):
    """A race that is played; ``prior`` is what its pit walls and the engine say of it."""

    __tablename__ = "races"
    __table_args__ = (UniqueConstraint("year", "event"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    year: Mapped[int]
    event: Mapped[str] = mapped_column(String(100))
    round: Mapped[int | None]
    circuit: Mapped[str | None] = mapped_column(String(100))
    n_laps: Mapped[int | None]
    prior: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))


class Simulation(Base):
    """A run: one car driven through one race, and its score.

    ``verified`` runs were replayed here and reproduced; others wait, with the reason in
    ``waits_for``, and count nowhere. ``key`` is the same for the same decisions in the same race,
    ``rules`` names the code that scored it, ``score`` holds the parts of the IQ, ``claims`` what
    the run says of itself, ``wall_iq`` what the real pit wall scored in the same car.
    """

    __tablename__ = "simulations"
    __table_args__ = (
        UniqueConstraint("user_id", "key"),
        CheckConstraint("iq >= 0 AND iq <= 100", name="iq_is_a_score"),
        Index("simulations_board", "race_id", "verified", "iq"),
    )

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    race_id: Mapped[int] = mapped_column(ForeignKey("races.id"))
    key: Mapped[str] = mapped_column(String(64))
    driver: Mapped[str] = mapped_column(String(8))
    start: Mapped[str] = mapped_column(String(12))
    seed: Mapped[int] = mapped_column(BigInteger)
    fingerprint: Mapped[str] = mapped_column(String(64))
    laps: Mapped[int]
    claims: Mapped[dict[str, Any]] = mapped_column(JSON)
    rules: Mapped[str] = mapped_column(String(32))
    iq: Mapped[float] = mapped_column(Float(53))
    score: Mapped[dict[str, Any]] = mapped_column(JSON)
    wall_iq: Mapped[float | None] = mapped_column(Float(53))
    position: Mapped[int | None]
    real_position: Mapped[int | None]
    verified: Mapped[bool]
    waits_for: Mapped[str | None] = mapped_column(String(500))
    submitted_s: Mapped[float] = mapped_column(Float(53))

    user: Mapped[User] = relationship()
    race: Mapped[Race] = relationship()
    decisions: Mapped[list[StrategyDecision]] = relationship(
        order_by="StrategyDecision.lap", cascade="all, delete-orphan", passive_deletes=True
    )


class StrategyDecision(Base):
    """What the player decided for one lap, where it was more than to go on.

    ``rival`` is the car ahead that stopped a few laps after, ``gap_s`` the gap to it before the
    stop [s], and ``undercut`` whether it was passed by that.
    """

    __tablename__ = "strategy_decisions"

    simulation_id: Mapped[int] = mapped_column(
        ForeignKey("simulations.id", ondelete="CASCADE"), primary_key=True
    )
    lap: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    pit: Mapped[str | None] = mapped_column(String(12))
    pace: Mapped[str] = mapped_column(String(8))
    rival: Mapped[str | None] = mapped_column(String(8))
    gap_s: Mapped[float | None] = mapped_column(Float(53))
    undercut: Mapped[bool | None]


class RaceAutopsy(Base):
    """What cost a real driver the race [s by category], kept beside the players' runs of it."""

    __tablename__ = "race_autopsies"
    __table_args__ = (UniqueConstraint("race_id", "driver", "reference"),)

    id: Mapped[int] = mapped_column(_Id, primary_key=True)
    race_id: Mapped[int] = mapped_column(ForeignKey("races.id"))
    driver: Mapped[str] = mapped_column(String(8))
    reference: Mapped[str] = mapped_column(String(8))
    gap_s: Mapped[float] = mapped_column(Float(53))
    verdict: Mapped[str] = mapped_column(Text)
    categories_s: Mapped[dict[str, float]] = mapped_column(JSON)
    made_with: Mapped[str] = mapped_column(String(32))
    made_s: Mapped[float] = mapped_column(Float(53))


class OptimalStrategyModel(Base):
    """What the good runs of a race agree on, and which runs it was read from."""

    __tablename__ = "optimal_strategy_models"

    race_id: Mapped[int] = mapped_column(ForeignKey("races.id"), primary_key=True)
    circuit: Mapped[str] = mapped_column(String(100))
    year: Mapped[int]
    basis: Mapped[str] = mapped_column(String(64))
    model: Mapped[dict[str, Any]] = mapped_column(JSON)
    made_s: Mapped[float] = mapped_column(Float(53))
