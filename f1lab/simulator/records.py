"""A run on paper: written, read again, and refused when it does not come to what it says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from f1lab.data.schema import require_weekend
from f1lab.errors import F1LabError
from f1lab.simulator.decisions import SCHEMA_VERSION, SCHEMAS_READ, Decision, ForgedRun
from f1lab.simulator.fingerprint import race_fingerprint
from f1lab.simulator.results import place_of

if TYPE_CHECKING:
    from f1lab.data.schema import Weekend
    from f1lab.simulator.course import Course

__all__ = ["Record", "read", "record_of", "require_outcome"]

_KIND = "f1lab.simulation"
_KEYS = frozenset(
    {
        *("schema", "kind", "year", "event", "round", "fingerprint"),
        *("driver", "seed", "start", "decisions", "outcome"),
    }
)
_OUTCOME = frozenset({"laps", "race_time_s", "position", "finished", "stopped"})
#: Two runs are the same to the resolution of the timing [s].
_SAME_S = 1e-3


@dataclass(frozen=True)
class Record:
    """A run as read, its decisions not yet driven."""

    driver: str
    seed: int
    start: str
    decisions: tuple[Decision, ...]
    outcome: dict[str, Any]


def record_of(course: Course) -> dict[str, Any]:
    """Write a run down, ready for JSON."""
    weekend = course.world.weekend
    return {
        "schema": SCHEMA_VERSION,
        "kind": _KIND,
        "year": weekend.year,
        "event": weekend.event,
        "round": weekend.round,
        "fingerprint": race_fingerprint(weekend),
        "driver": course.driver.code,
        "seed": course.driver.seed,
        "start": course.start,
        "decisions": [decision.to_dict() for decision in course.decisions],
        "outcome": _outcome(course),
    }


def _outcome(course: Course) -> dict[str, Any]:
    return {
        "laps": len(course.decisions),
        "race_time_s": course.car.clock_s - course.world.lights_out_s,
        "position": place_of(course.driver, course.car),
        "finished": course.finished,
        "stopped": course.stoppage is not None,
    }


def read(weekend: Weekend, data: object) -> Record:
    """Read a run of a weekend.

    Raises
    ------
    ForgedRun
        It is no run, of another version, or of other data.
    """
    require_weekend(weekend)
    if not isinstance(data, Mapping) or set(data) != _KEYS:
        raise ForgedRun(
            f"this is no recorded run: a mapping with exactly {', '.join(sorted(_KEYS))} is read."
        )
    if data["schema"] not in SCHEMAS_READ or data["kind"] != _KIND:
        raise ForgedRun(
            f"this run was written as {data['kind']!r} version {data['schema']!r}; versions "
            f"{' and '.join(map(str, SCHEMAS_READ))} of {_KIND!r} are read. Play it again with "
            "this version."
        )
    own = (weekend.year, weekend.event, weekend.round)
    theirs = (data["year"], data["event"], data["round"])
    if own != theirs:
        raise ForgedRun(
            f"this run is of the {theirs[0]} {theirs[1]}, and the {own[0]} {own[1]} was given: "
            "load its own weekend."
        )
    if data["fingerprint"] != race_fingerprint(weekend):
        raise ForgedRun(
            f"this run was driven on other laps of the {own[0]} {own[1]} than these: load the "
            "weekend from the source it was played with."
        )
    outcome = data["outcome"]
    if data["schema"] == 1 and isinstance(outcome, Mapping):
        outcome = {"stopped": False, **outcome}
    if not isinstance(outcome, Mapping) or set(outcome) != _OUTCOME:
        raise ForgedRun(f"the run's outcome needs exactly {', '.join(sorted(_OUTCOME))}.")
    names_ok = isinstance(data["driver"], str) and isinstance(data["start"], str)
    seed = data["seed"]
    if not names_ok or isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise ForgedRun("the run needs a driver, a start compound and a seed of 0 or more.")
    decisions = _decisions(data["decisions"])
    return Record(data["driver"], seed, data["start"], decisions, dict(outcome))


def _decisions(given: object) -> tuple[Decision, ...]:
    if not isinstance(given, Sequence) or isinstance(given, (str, bytes)):
        raise ForgedRun("the run's decisions are no list.")
    found = []
    for lap, item in enumerate(given, start=1):
        if not isinstance(item, Mapping) or set(item) != {"lap", "pit", "pace"}:
            raise ForgedRun(f"decision {lap} of the run needs exactly lap, pit and pace.")
        try:
            decision = Decision(item["lap"], item["pit"], item["pace"])
        except F1LabError as error:
            raise ForgedRun(f"decision {lap} of the run is not possible: {error}") from error
        if decision.lap != lap:
            raise ForgedRun(f"decision {lap} of the run is for lap {decision.lap}: one a lap.")
        found.append(decision)
    return tuple(found)


def require_outcome(course: Course, record: Record) -> None:
    """Refuse a run whose decisions do not come to what it says.

    Raises
    ------
    ForgedRun
    """
    came = _outcome(course)
    for name, value in came.items():
        said = record.outcome[name]
        number = isinstance(said, (int, float))
        same = said == value
        if name == "race_time_s":
            same = number and abs(said - value) <= _SAME_S
        if not same or isinstance(said, bool) != isinstance(value, bool):
            raise ForgedRun(
                f"this run says {name} = {said!r}, and its decisions come to {value!r}: it was "
                "edited, or driven with another version of the model."
            )
