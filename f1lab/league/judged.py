"""What the referee says of a run, and of the race it was driven in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from f1lab.league.crowd import RacePrior
    from f1lab.league.runs import RunRecord

__all__ = ["Attack", "Judged", "RaceFacts"]


@dataclass(frozen=True)
class RaceFacts:
    """What a league keeps of a race."""

    year: int
    event: str
    round: int
    circuit: str
    prior: RacePrior


@dataclass(frozen=True)
class Attack:
    """A stop that went for the car ahead: the gap before it [s], and whether it passed."""

    rival: str
    gap_s: float
    passed: bool


@dataclass(frozen=True)
class Judged:
    """A run that reproduced, with the score it really has."""

    record: RunRecord
    iq: float
    score: dict[str, Any]
    wall_iq: float | None
    position: int | None
    real_position: int | None
    attacks: dict[int, Attack] = field(default_factory=dict)
