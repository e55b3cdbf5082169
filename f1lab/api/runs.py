"""Simulations between two requests: each a small file of its owner's, which any server can go on.

What is kept is the run itself, ``Simulation.to_dict()``: the decisions and what they came to. A
request drives it again, so that nothing is lost with a server, and whoever edits a file is found
out. A file is written whole or not at all, by one request at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout
from pydantic import ValidationError

from f1lab.errors import CacheError, InvalidInput, NoData
from f1lab.league.runs import RunRecord
from f1lab.settings import settings
from f1lab.simulator import ForgedRun

__all__ = ["KEPT_DAYS", "MOST_RUNS", "Kept", "NoSuchRun", "Runs", "TooManyRuns"]

#: Simulations of one owner at a time, and how long one is kept that nobody touches [days].
MOST_RUNS, KEPT_DAYS = 200, 30
_DAY_S = 86_400.0
#: How long one request waits for another at the same simulation [s].
_PATIENCE_S = 20.0


class NoSuchRun(NoData):
    """There is no simulation of this number, or it is somebody else's."""


class TooManyRuns(InvalidInput):
    """Its owner has as many simulations as are kept."""


class BusyRun(CacheError):
    """Another request is at work on the simulation for too long."""


@dataclass(frozen=True)
class Kept:
    """A simulation as it is kept.

    Parameters
    ----------
    number : str
        Its number, which nobody can guess.
    run : RunRecord
        ``Simulation.to_dict()``, checked for form.
    changed_s : float
        When it was last changed [s since 1970].
    """

    number: str
    run: RunRecord
    changed_s: float


class Runs:
    """The simulations of one owner.

    Parameters
    ----------
    owner : str
        Name of who came in; nobody else sees them.
    """

    def __init__(self, owner: str) -> None:
        mark = hashlib.blake2b(owner.encode(), digest_size=12).hexdigest()
        self._folder = settings().data_dir.expanduser() / "simulations" / mark

    def add(self, run: Mapping[str, Any]) -> Kept:
        """Keep a new simulation.

        Parameters
        ----------
        run : mapping
            ``Simulation.to_dict()``.

        Returns
        -------
        Kept

        Raises
        ------
        TooManyRuns
            There are :data:`MOST_RUNS` already.
        CacheError
            The folder cannot be written.
        """
        number = secrets.token_hex(16)
        with self._alone("all"):
            if len(self.all()) >= MOST_RUNS:
                raise TooManyRuns(
                    f"you have {MOST_RUNS} simulations, and no more are kept; delete one first."
                )
            self._write(number, run)
        return self.find(number)

    def all(self) -> list[Kept]:
        """List the simulations, the last changed first; those nobody touched for long are gone."""
        oldest_s = time.time() - KEPT_DAYS * _DAY_S
        found = []
        for path in self._folder.glob("*.json"):
            with suppress(FileNotFoundError, NoSuchRun):  # deleted meanwhile
                if path.stat().st_mtime < oldest_s:
                    self._remove(path.stem)
                else:
                    found.append(self.find(path.stem))
        return sorted(found, key=lambda kept: -kept.changed_s)

    def find(self, number: str) -> Kept:
        """Return a simulation.

        Parameters
        ----------
        number : str

        Returns
        -------
        Kept

        Raises
        ------
        NoSuchRun
            There is none of this number.
        ForgedRun
            Its file was edited into something that is no run.
        """
        path = self._file(number)
        try:
            text, changed_s = path.read_text(encoding="utf-8"), path.stat().st_mtime
        except FileNotFoundError as error:
            raise _no_such(number) from error
        try:
            return Kept(number, RunRecord.model_validate_json(text), changed_s)
        except ValidationError as error:
            raise ForgedRun(
                f"the file of simulation {number} was edited into something that is no run: delete "
                "it, and begin another."
            ) from error

    @contextmanager
    def changing(self, number: str) -> Iterator[_Change]:
        """Change a simulation, nobody else meanwhile; nothing is kept when the change is refused.

        Parameters
        ----------
        number : str

        Yields
        ------
        _Change
            ``was`` is the run so far; set ``becomes`` to what is kept afterwards.

        Raises
        ------
        NoSuchRun, ForgedRun
            As for :meth:`find`.
        BusyRun
            Another request is at work on it for too long.
        """
        self.find(number)
        with self._alone(number):
            change = _Change(self.find(number).run)
            yield change
            self._write(number, change.becomes)

    def remove(self, number: str) -> None:
        """Delete a simulation.

        Parameters
        ----------
        number : str

        Raises
        ------
        NoSuchRun
            There is none of this number.
        """
        if not self._file(number).exists():
            raise _no_such(number)
        with self._alone(number):
            self._remove(number)

    def _file(self, number: str) -> Path:
        return self._folder / f"{number}.json"

    def _remove(self, number: str) -> None:
        self._file(number).unlink(missing_ok=True)
        self._file(number).with_suffix(".lock").unlink(missing_ok=True)

    @contextmanager
    def _alone(self, name: str) -> Iterator[None]:
        """Keep everybody else from changing it, in any process."""
        lock = FileLock(self._folder / f"{name}.lock", timeout=_PATIENCE_S)
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            held = lock.acquire()
        except Timeout as error:
            raise BusyRun(
                "another request is at work on this simulation; ask again in a moment."
            ) from error
        except OSError as error:
            raise self._cannot_keep(error) from error
        with held:
            yield

    def _write(self, number: str, run: Mapping[str, Any]) -> None:
        path = self._file(number)
        part = path.with_suffix(f".{os.getpid()}")
        try:
            part.write_text(json.dumps(run), encoding="utf-8")
            part.replace(path)
        except OSError as error:
            raise self._cannot_keep(error) from error

    def _cannot_keep(self, error: OSError) -> CacheError:
        return CacheError(
            f"simulations cannot be kept in {self._folder.parent}: {error.strerror}. Set "
            "F1LAB_DATA_DIR to a folder that can be written."
        )


class _Change:
    """A run before and after a request."""

    def __init__(self, was: RunRecord) -> None:
        self.was = was
        self.becomes: Mapping[str, Any] = was.to_dict()


def _no_such(number: str) -> NoSuchRun:
    return NoSuchRun(
        f"you have no simulation {number}; begin one, or list yours. Those that nobody touched for "
        f"{KEPT_DAYS} days are cleared away."
    )
