"""A session as the cache keeps it: plain values and frames, nothing of the source."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

from f1lab.data.schema import DataIssue, Session

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["SCHEMA_VERSION", "Loaded", "pack", "unpack"]

#: Raise when the schema, the repair or the packing changes.
SCHEMA_VERSION = 7
_FRAMES = ("laps", "results", "weather", "messages", "track_status")

Loaded = tuple[Session, list[DataIssue]]


def pack(session: Session, issues: Sequence[DataIssue]) -> dict[str, Any]:
    """Return a session and its issues as plain values and frames.

    Parameters
    ----------
    session : Session
        A repaired session.
    issues : sequence of DataIssue
        What was missing or repaired.

    Returns
    -------
    dict
        For :func:`unpack`.
    """
    names = ("kind", "name", "date", "start_s", "total_laps", *_FRAMES)
    return {
        **{name: getattr(session, name) for name in names},
        "issues": [dataclasses.astuple(issue) for issue in issues],
    }


def unpack(packed: dict[str, Any]) -> Loaded:
    """Return the session and the issues of :func:`pack`.

    Parameters
    ----------
    packed : dict
        As :func:`pack` made it.

    Returns
    -------
    session : Session
        The session, without telemetry.
    issues : list of DataIssue
        What was missing or repaired.
    """
    values = dict(packed)
    issues = [DataIssue(*row) for row in values.pop("issues")]
    return Session(**values), issues
