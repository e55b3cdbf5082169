"""What a pit wall can decide, one decision a lap, and the sentences it is refused with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from f1lab.data.schema import COMPOUNDS
from f1lab.errors import InvalidInput, whole_number

__all__ = [
    "PACE_MODES",
    "RACE_COMPOUNDS",
    "SCHEMAS_READ",
    "SCHEMA_VERSION",
    "SCORE_VERSION",
    "Decision",
    "ForgedRun",
    "InvalidDecision",
    "PlanLike",
    "decisions_of",
]

#: Version of the rules of :mod:`f1lab.simulator.score`: scores of another one do not compare.
SCORE_VERSION = 2
#: Version of what :meth:`f1lab.simulator.Simulation.to_dict` writes, and those that are read: a run
#: of version 1 never stands at a red flag.
SCHEMA_VERSION = 2
SCHEMAS_READ = (1, SCHEMA_VERSION)
PACE_MODES = ("push", "neutral", "save")
RACE_COMPOUNDS = COMPOUNDS[:5]


class InvalidDecision(InvalidInput):
    """A decision that this race does not allow."""


class ForgedRun(InvalidDecision):
    """A recorded run that does not come to what it says, or is of other data."""


@dataclass(frozen=True)
class Decision:
    """What is decided for one lap.

    Attributes
    ----------
    lap : int
    pit : str, optional
        Compound fitted at the end of the lap; None stays out.
    pace : str
        ``push``, ``neutral`` or ``save``.

    Examples
    --------
    >>> Decision(12, "HARD")
    Decision(lap=12, pit='HARD', pace='neutral')
    """

    lap: int
    pit: str | None = None
    pace: str = "neutral"

    def __post_init__(self) -> None:
        """Refuse what no race allows."""
        whole_number("lap", self.lap, 1)
        if self.pit is not None and self.pit not in RACE_COMPOUNDS:
            raise InvalidDecision(
                f"pit={self.pit!r} on lap {self.lap}: give one of {', '.join(RACE_COMPOUNDS)}, "
                "or None to stay out."
            )
        if self.pace not in PACE_MODES:
            raise InvalidDecision(
                f"pace={self.pace!r} on lap {self.lap}: give one of {', '.join(PACE_MODES)}."
            )

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return {"lap": self.lap, "pit": self.pit, "pace": self.pace}


@runtime_checkable
class PlanLike(Protocol):
    """A plan such as :class:`f1lab.RacePlan`: ``stops`` of (lap, compound)."""

    @property
    def stops(self) -> tuple[tuple[int, str], ...]:
        """Laps at whose end the car stops, and the compound it leaves on."""
        ...


def decisions_of(plan: object) -> dict[int, Decision]:
    """Read a plan: at most one decision a lap, by lap.

    Parameters
    ----------
    plan : PlanLike, iterable of Decision or (int, str) pairs, or None
        None stays out to the flag.

    Returns
    -------
    dict of int to Decision

    Raises
    ------
    InvalidDecision
        It is no plan, or names a lap twice.
    """
    given: object = () if plan is None else plan
    if isinstance(given, PlanLike) and not isinstance(given, Mapping):
        given = given.stops
    if not isinstance(given, Iterable) or isinstance(given, (str, bytes, Mapping)):
        raise InvalidDecision(
            f"plan={plan!r} is no plan: give a RacePlan, or a list such as [(20, 'HARD')]."
        )
    found: dict[int, Decision] = {}
    for item in given:
        decision = _decision(item)
        if decision.lap in found:
            raise InvalidDecision(f"lap {decision.lap} is decided twice: give each lap once.")
        found[decision.lap] = decision
    return found


def _decision(item: object) -> Decision:
    if isinstance(item, Decision):
        return item
    if isinstance(item, (tuple, list)) and len(item) == 2:  # noqa: PLR2004  (lap, compound)
        return Decision(item[0], item[1])
    raise InvalidDecision(
        f"{item!r} is no decision: give a Decision, or a pair such as (20, 'HARD')."
    )
