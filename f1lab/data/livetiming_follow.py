"""A live-timing recording that is still being written: its files, read as far as they go.

The recorder appends a line for every message. Whoever reads meanwhile meets half a line at the
end, a file that was cut or replaced when the recorder was started again, a second file that takes
over, and the same lines twice. Here they become whole lines, each once and as they came.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from f1lab.errors import SourceError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["GrowingFiles"]

#: Read at most so much at a time [bytes].
_CHUNK = 1 << 22
#: Another beginning of so many bytes is another recording.
_HEAD = 256


@dataclass
class _OneFile:
    """A file and how far it has been read."""

    path: Path
    inode: int = -1
    at: int = 0
    begun: bytes = b""
    head: bytes = b""


@dataclass
class GrowingFiles:
    r"""Files of one recording, read line by line while they grow.

    Parameters
    ----------
    paths : sequence of Path
        In order of time. All but the first may be written later.
    restarts : int
        How often a file was found cut or replaced; it is read from its beginning then.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "recording.txt")
    ...     _ = path.write_text("one\ntw")
    ...     files = GrowingFiles([path])
    ...     first = files.new_lines()
    ...     with path.open("a") as file:
    ...         _ = file.write("o\n")
    ...     first, files.new_lines()
    (['one'], ['two'])
    """

    paths: Sequence[Path]
    restarts: int = 0
    _files: list[_OneFile] = field(init=False)

    def __post_init__(self) -> None:
        """Refuse a recording that is not there."""
        self._files = [_OneFile(Path(path)) for path in self.paths]
        first = self._files[0].path
        if not first.exists():
            raise SourceError(
                f"the recording {first} is not there; start the recorder, or name the file it writes."
            )
        if first.is_dir():
            raise SourceError(f"{first} is a folder; name the file the recorder writes.")

    def new_lines(self) -> list[str]:
        """Whole lines written since the last call.

        Returns
        -------
        list of str
            Without their ends; empty when nothing came.

        Raises
        ------
        SourceError
            If a file cannot be read.
        """
        return [line for file in self._files for line in self._lines_of(file)]

    def last_words(self) -> list[str]:
        """What stands at the ends of the files without an end of line: a finished file may."""
        left = [file.begun for file in self._files]
        for file in self._files:
            file.begun = b""
        return [part.decode("utf-8", "replace") for part in left if part.strip()]

    def _lines_of(self, file: _OneFile) -> list[str]:
        try:
            with file.path.open("rb") as opened:
                told, head = os.fstat(opened.fileno()), opened.read(_HEAD)
                same = told.st_size >= file.at and head.startswith(file.head)
                if file.inode not in (-1, told.st_ino) or not same:
                    self.restarts += 1
                    file.at, file.begun = 0, b""
                file.inode, file.head = told.st_ino, head
                opened.seek(file.at)
                found: list[bytes] = []
                while chunk := opened.read(_CHUNK):
                    file.at += len(chunk)
                    *whole, file.begun = (file.begun + chunk).split(b"\n")
                    found += whole
        except FileNotFoundError:
            return []  # between two recordings, or not begun yet
        except OSError as error:
            raise SourceError(
                f"cannot read the recording {file.path}: {error.strerror}."
            ) from error
        return [line.decode("utf-8", "replace").rstrip("\r") for line in found if line.strip()]
