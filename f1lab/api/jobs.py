"""Reports as jobs: asked for, watched, fetched, cancelled.

Each report is written by a process of its own (:mod:`f1lab.api.write_report`), which tells how far
it is; a cancelled one is stopped with everything it started. Jobs live as long as the server.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from f1lab.api.problems import ProblemError
from f1lab.api.roles import Role

if TYPE_CHECKING:
    from collections.abc import Mapping

    from f1lab.api.auth import Caller
    from f1lab.api.config import ApiConfig

__all__ = ["Job", "Jobs", "State"]

State = Literal["waiting", "running", "done", "failed"]
_log = logging.getLogger(__name__)
#: Unfinished reports of everybody together, and finished ones that are kept.
_MOST_WAITING, _MOST_KEPT = 16, 64
_RETRY_S = 30
_LONGEST_S = 1800.0
_STOPS_WITHIN_S = 5.0


@dataclass(eq=False)
class Job:
    """One report that was asked for.

    Parameters
    ----------
    id : str
    owner : str
        Name of whoever asked.
    name : str
        Name of the report, such as ``"autopsy"``.
    formats : tuple of str
    folder : Path
        Where its files go.
    """

    id: str
    owner: str
    name: str
    formats: tuple[str, ...]
    folder: Path
    created: datetime = field(default_factory=lambda: datetime.now(UTC))
    state: State = "waiting"
    done: int = 0
    total: int = 0
    step: str = "waiting for its turn"
    detail: str | None = None
    seconds: float | None = None
    files: dict[str, Path] = field(default_factory=dict)
    task: asyncio.Task[None] | None = None

    @property
    def progress(self) -> float:
        """How much of it is done, 0 to 1."""
        return 1.0 if self.state == "done" else self.done / self.total if self.total else 0.0

    @property
    def finished(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed")


class Jobs:
    """The reports of one server.

    Parameters
    ----------
    config : ApiConfig
    """

    def __init__(self, config: ApiConfig) -> None:
        self._environment = config.environment
        self._jobs: dict[str, Job] = {}
        self._turns = asyncio.Semaphore(config.reports_at_once)
        self._root: Path | None = None

    def create(
        self,
        owner: Caller,
        name: str,
        parameters: Mapping[str, object],
        formats: tuple[str, ...],
        stem: str,
    ) -> Job:
        """Have a report written.

        Parameters
        ----------
        owner : Caller
        name : str
            Name of the report.
        parameters : mapping
            Values of its notebook's parameters.
        formats : tuple of str
            ``"html"``, ``"pdf"``.
        stem : str
            Name of its files.

        Raises
        ------
        ProblemError
            Too many are waiting.
        """
        waiting = sum(not job.finished for job in self._jobs.values())
        if waiting >= _MOST_WAITING:
            raise ProblemError(
                503,
                f"{waiting} reports are waiting already; come back later.",
                "too-busy",
                {"Retry-After": str(_RETRY_S)},
            )
        self._forget_old()
        self._root = self._root or Path(tempfile.mkdtemp(prefix="f1lab-api-"))
        number = secrets.token_hex(8)
        job = Job(number, owner.name, name, formats, self._root / number)
        asked = {
            "name": name,
            "parameters": dict(parameters),
            "output": str(job.folder),
            "formats": formats,
            "stem": stem,
        }
        self._jobs[number] = job
        job.task = asyncio.create_task(self._write(job, json.dumps(asked).encode()))
        return job

    def mine(self, owner: Caller) -> list[Job]:
        """Reports somebody may see, the newest first.

        Parameters
        ----------
        owner : Caller
        """
        return [job for job in reversed(self._jobs.values()) if _may_see(owner, job)]

    def find(self, owner: Caller, number: str) -> Job:
        """A report by its number.

        Parameters
        ----------
        owner : Caller
        number : str

        Raises
        ------
        ProblemError
            There is none, or it is somebody else's.
        """
        job = self._jobs.get(number)
        if job is None or not _may_see(owner, job):
            raise ProblemError(404, f"there is no report {number!r}.")
        return job

    async def remove(self, job: Job) -> None:
        """Stop a report if it is being written, and delete it.

        Parameters
        ----------
        job : Job
        """
        self._jobs.pop(job.id, None)
        if job.task is not None and not job.task.done():
            job.task.cancel()
            await asyncio.gather(job.task, return_exceptions=True)
        shutil.rmtree(job.folder, ignore_errors=True)

    async def stop(self) -> None:
        """Stop and delete everything."""
        for job in list(self._jobs.values()):
            await self.remove(job)
        if self._root is not None:
            shutil.rmtree(self._root, ignore_errors=True)
            self._root = None

    def _forget_old(self) -> None:
        finished = [job for job in self._jobs.values() if job.finished]
        for job in finished[: max(0, len(finished) - _MOST_KEPT + 1)]:
            del self._jobs[job.id]
            shutil.rmtree(job.folder, ignore_errors=True)

    async def _write(self, job: Job, asked: bytes) -> None:
        """Wait for its turn, then for the process that writes it."""
        async with self._turns:
            began_s = time.monotonic()
            job.state, job.step = "running", "starting"
            try:
                async with asyncio.timeout(_LONGEST_S):
                    await _follow(job, asked, self._environment)
            except TimeoutError:
                job.detail = f"it took longer than {_LONGEST_S:g} s and was stopped."
            except OSError as error:
                _log.exception("a report could not be started")
                job.detail = f"it could not be started: {error.strerror}."
            job.seconds = time.monotonic() - began_s
            job.state = "done" if job.files else "failed"
            job.step = "done" if job.files else "failed"


def _may_see(who: Caller, job: Job) -> bool:
    return who.role is Role.admin or job.owner == who.name


async def _follow(job: Job, asked: bytes, environment: Mapping[str, str]) -> None:
    """Start the process, listen to it until it has ended; cancelled, stop it."""
    job.folder.mkdir(mode=0o700)
    others = {name: value for name, value in os.environ.items() if not name.startswith("F1LAB_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "f1lab.api.write_report"),
        env=others | dict(environment),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdin is not None  # noqa: S101  (a pipe was asked for)
    assert process.stdout is not None  # noqa: S101
    try:
        process.stdin.write(asked + b"\n")
        await process.stdin.drain()
        async for line in process.stdout:
            _note(job, json.loads(line))
        status = await process.wait()
        if not job.files and job.detail is None:
            job.detail = f"the process that writes it ended with status {status}."
    finally:
        if process.returncode is None:
            await _end(process)


def _note(job: Job, told: dict[str, object]) -> None:
    """Take over what the process says."""
    match told:
        case {"step": str(step), "done": int(done), "total": int(total)}:
            job.step, job.done, job.total = step, done, total
        case {"files": list(files)}:
            job.files = {Path(file).suffix[1:]: Path(file) for file in files}
        case {"failed": str(reason)}:
            job.detail = reason


async def _end(process: asyncio.subprocess.Process) -> None:
    """Stop a process and what it started; one that does not listen is killed."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
        try:
            await asyncio.wait_for(process.wait(), _STOPS_WITHIN_S)
        except TimeoutError:
            os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
