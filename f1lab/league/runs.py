"""A run as it is handed in: checked and bounded before anything is done with it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from f1lab.league.errors import SubmissionRefused
from f1lab.simulator import SCHEMAS_READ, SCORE_VERSION

if TYPE_CHECKING:
    from f1lab.simulator import Simulation

__all__ = ["MOST_LAPS", "RULES", "DecisionRecord", "OutcomeRecord", "RunRecord", "run_record"]

#: No race is longer [laps].
MOST_LAPS = 120
#: The code that scores: scores of other code do not compare, and wait to be given anew.
RULES = f"score {SCORE_VERSION}"

Compound = Annotated[str, Field(pattern=r"^[A-Z]{1,12}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class DecisionRecord(_Strict):
    """One lap's decision."""

    lap: int = Field(ge=1, le=MOST_LAPS)
    pit: Compound | None
    pace: Annotated[str, Field(pattern=r"^[a-z]{1,8}$")]


class OutcomeRecord(_Strict):
    """What a run says it came to."""

    laps: int = Field(ge=0, le=MOST_LAPS)
    race_time_s: float = Field(ge=0.0, lt=1e6)
    position: int | None = Field(ge=1, le=99)
    finished: bool
    #: Not written before version 2 of the record.
    stopped: bool = False


class RunRecord(_Strict):
    """A run: the race it was driven in, whose car, every decision, and what came of it."""

    version: int = Field(alias="schema")
    kind: Literal["f1lab.simulation"]
    year: int = Field(ge=1950, le=2200)
    event: str = Field(max_length=100, pattern=r"^[\w .'’&()-]+$")
    round: int = Field(ge=0, le=99)
    fingerprint: str = Field(pattern=r"^[0-9a-f]{8,64}$")
    driver: str = Field(pattern=r"^[A-Z0-9]{2,8}$")
    seed: int = Field(ge=0, lt=2**63)
    start: Compound
    decisions: tuple[DecisionRecord, ...] = Field(strict=False, max_length=MOST_LAPS)
    outcome: OutcomeRecord

    @property
    def race(self) -> str:
        """The race in words."""
        return f"{self.event} {self.year}"

    @property
    def key(self) -> str:
        """The same for the same decisions in the same race, whoever hands them in."""
        told = json.dumps(self.to_dict() | {"outcome": None}, sort_keys=True)
        return hashlib.sha256(told.encode()).hexdigest()

    def to_dict(self) -> dict[str, Any]:
        """The run as :meth:`f1lab.Simulation.from_dict` takes it."""
        return self.model_dump(mode="json", by_alias=True)


def run_record(given: Simulation | RunRecord | Mapping[str, Any]) -> RunRecord:
    """Return a run, checked for form and size; whether it is true only a replay can tell.

    Parameters
    ----------
    given : Simulation, RunRecord or mapping
        A finished simulation, or its ``to_dict()``.

    Returns
    -------
    RunRecord

    Raises
    ------
    SubmissionRefused
        If it is no run, not finished, or from another version of the simulator.
    """
    if isinstance(given, RunRecord):
        return given
    values = given if isinstance(given, Mapping) else _told_by(given)
    version = values.get("schema")
    if isinstance(version, int) and version not in SCHEMAS_READ:
        raise SubmissionRefused(
            f"this run was made by another version of the simulator (schema {version}, here "
            f"{' and '.join(map(str, SCHEMAS_READ))}); play it again with this f1lab."
        )
    try:
        record = RunRecord.model_validate(values)
    except ValidationError as error:
        wrong = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, wrong["loc"])) or "it"
        raise SubmissionRefused(
            f"this is no run of the simulator: {where}: {wrong['msg']}. Hand in a finished "
            "Simulation or its to_dict()."
        ) from error
    if not record.outcome.finished:
        raise SubmissionRefused(
            f"the run of {record.driver} in {record.race} ends after {len(record.decisions)} laps; "
            "drive it to the flag first, .run() does."
        )
    return record


def _told_by(given: object) -> Mapping[str, Any]:
    """What a simulation says of itself."""
    told = given.to_dict() if hasattr(given, "to_dict") else None
    if not isinstance(told, Mapping):
        raise SubmissionRefused(
            f"a {type(given).__name__} is no run: hand in a finished Simulation or its to_dict()."
        )
    return told
