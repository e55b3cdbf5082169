"""A league as one file: gzipped JSON lines.

The first line says what it is, every other one is a run with its player, the last counts the
runs and carries the SHA-256 of all lines before it. Reading goes through the whole file before
the first run is looked at, line by line, so a damaged file changes nothing and a large one needs
no memory. Scores in a file are claims: whoever reads it drives every run again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import tempfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from f1lab.league.errors import LeagueError
from f1lab.league.runs import RunRecord  # noqa: TC001  (read by pydantic)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

__all__ = ["FORMAT_VERSION", "ExportedRun", "read_runs", "write_runs"]

#: Raise when the lines change.
FORMAT_VERSION = 1
_FORMAT = "f1lab.league"
#: No line is longer [bytes], no file has more runs.
_LONGEST_LINE = 64 * 1024
_MOST_RUNS = 500_000


class ExportedRun(BaseModel):
    """A run in a league file; ``iq`` and ``rules`` are what the exporting league scored with."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    user: str = Field(max_length=200)
    submitted_s: float = Field(ge=0.0, lt=1e11)
    iq: float = Field(ge=0.0, le=100.0)
    rules: str = Field(max_length=32)
    run: RunRecord


def write_runs(path: Path, runs: Iterable[dict[str, Any]]) -> int:
    """Write a league file; it is whole or not there.

    Parameters
    ----------
    path : Path
    runs : iterable of dict
        As :class:`ExportedRun` reads them.

    Returns
    -------
    int
        How many were written.

    Raises
    ------
    LeagueError
        If the file cannot be written.
    """
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from error
    temporary = Path(name)
    try:
        with os.fdopen(handle, "wb") as raw, gzip.GzipFile("", "wb", 6, raw, mtime=0) as file:
            written = _write_lines(file, runs)
        temporary.chmod(0o644)
        temporary.replace(path)
    except OSError as error:
        raise _unwritable(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)
    return written


def read_runs(path: Path) -> Iterator[ExportedRun]:
    """Read the runs of a league file, once all of it has been checked.

    Parameters
    ----------
    path : Path

    Yields
    ------
    ExportedRun

    Raises
    ------
    LeagueError
        If it is no league file, damaged, or another version's.
    """
    with _opened(path) as file:
        for _ in _checked(path, file):
            pass
    with _opened(path) as file:
        yield from _checked(path, file)


def _write_lines(file: gzip.GzipFile, runs: Iterable[dict[str, Any]]) -> int:
    digest, written = hashlib.sha256(), 0
    file.write(_line({"format": _FORMAT, "version": FORMAT_VERSION}, digest))
    for run in runs:
        file.write(_line(run, digest))
        written += 1
    file.write(_line({"runs": written, "sha256": digest.hexdigest()}, digest))
    return written


def _line(values: dict[str, Any], digest: Any) -> bytes:  # noqa: ANN401  (hashlib's own)
    line = json.dumps(values, ensure_ascii=False, allow_nan=False, sort_keys=True).encode() + b"\n"
    digest.update(line)
    return line


def _checked(path: Path, file: gzip.GzipFile) -> Iterator[ExportedRun]:
    """The runs, each checked; raises at the end unless the whole file is as it was written."""
    digest = hashlib.sha256()
    lines = _lines(path, file)
    first = next(lines, b"")
    _check_header(path, _values(path, first))
    digest.update(first)
    line, runs = next(lines, b""), 0
    for following in lines:
        if runs == _MOST_RUNS:
            raise LeagueError(f"{path} holds more than {_MOST_RUNS} runs; split the league.")
        try:
            yield ExportedRun.model_validate(_values(path, line))
        except ValidationError as error:
            wrong = error.errors(include_url=False, include_input=False)[0]
            raise LeagueError(
                f"line {runs + 2} of {path} is no run: "
                f"{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}. Nothing was imported."
            ) from error
        digest.update(line)
        line, runs = following, runs + 1
    if _values(path, line) != {"runs": runs, "sha256": digest.hexdigest()}:
        raise _damaged(path, "its checksum does not fit")


def _check_header(path: Path, header: dict[str, Any]) -> None:
    if header.get("format") != _FORMAT:
        raise LeagueError(f"{path} is no league file: f1lab league export writes one.")
    if header.get("version") != FORMAT_VERSION:
        raise LeagueError(
            f"{path} is a league file of version {header.get('version')!r}; this f1lab reads "
            f"version {FORMAT_VERSION}. Export it again with this f1lab; nothing was imported."
        )


def _values(path: Path, line: bytes) -> dict[str, Any]:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "a line is no JSON") from error
    if not isinstance(values, dict):
        raise _damaged(path, "a line is no object")
    return values


def _lines(path: Path, file: gzip.GzipFile) -> Iterator[bytes]:
    while True:
        try:
            line = file.readline(_LONGEST_LINE + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise _damaged(path, str(error)) from error
        if not line:
            return
        if len(line) > _LONGEST_LINE:
            raise _damaged(path, "a line is too long")
        yield line


@contextmanager
def _opened(path: Path) -> Iterator[gzip.GzipFile]:
    try:
        raw: BinaryIO = path.open("rb")
    except OSError as error:
        raise LeagueError(f"{path} cannot be read: {error.strerror}.") from error
    with raw, gzip.GzipFile(fileobj=raw, mode="rb") as file:
        yield file


def _damaged(path: Path, why: str) -> LeagueError:
    return LeagueError(
        f"{path} is no league file, or damaged: {why}. Nothing was imported; fetch it again."
    )


def _unwritable(path: Path, error: OSError) -> LeagueError:
    return LeagueError(f"{path} cannot be written: {error.strerror}. Nothing was left behind.")
