"""Runs that could not be handed in, kept as files until they are."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from f1lab.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

    from f1lab.league.runs import RunRecord

__all__ = ["forget", "set_aside"]


def set_aside(record: RunRecord, user: str) -> str:
    """Keep a run that could not be handed in; a sentence that says where.

    Parameters
    ----------
    record : RunRecord
    user : str

    Returns
    -------
    str
    """
    path = _file(record)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(record.to_dict()), encoding="utf-8")
    except OSError as error:
        return (
            f"The run could not be set aside either ({error.strerror}): keep simulation.to_dict()."
        )
    told = f"f1lab league submit {shlex.quote(str(path))} --user {shlex.quote(user)}"
    return f"The run is kept; hand it in later with {told}"


def forget(record: RunRecord) -> None:
    """Delete the file of a run that has been handed in."""
    _file(record).unlink(missing_ok=True)


def _file(record: RunRecord) -> Path:
    return settings().data_dir.expanduser() / "pending" / f"{record.key[:16]}.json"
