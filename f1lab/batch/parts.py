"""The folder of a batch: finished races as parts, the tables put together from them, one lock.

A part is a folder ``parts/<year>-<round>-<event>-<mark>`` with one Parquet file a table and the
drivers who could not be measured. It is written under another name and renamed when it is whole,
so a part that is there is finished. The mark is made of everything the race was read from, of
the options and of the versions of the code: other data or options are other parts.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from f1lab.batch.errors import BatchError
from f1lab.batch.tables import TABLES, arrow, schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pyarrow import Table

__all__ = ["PROVISIONAL", "Folder", "part_name"]

#: Ends the name of a part with a driver f1lab failed on: the next batch makes it again.
PROVISIONAL = ".provisional"

_REFUSED = "refused.json"


def part_name(year: int, number: int, event: str, told: Sequence[object]) -> str:
    """Name of the part of a race.

    Parameters
    ----------
    year, number : int
        Season and round.
    event : str
    told : sequence
        Everything the numbers depend on.

    Returns
    -------
    str

    Examples
    --------
    >>> part_name(2023, 6, "Monaco Grand Prix", ["a"])
    '2023-06-monaco-grand-prix-9b7221431b7f'
    """
    slug = re.sub(r"[^a-z0-9]+", "-", event.lower()).strip("-")
    mark = hashlib.blake2b(repr(tuple(told)).encode(), digest_size=6).hexdigest()
    return f"{year}-{number:02d}-{slug}-{mark}"


class Folder:
    """Where a batch is written.

    Parameters
    ----------
    path : Path
        Made when it is not there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._parts = path / "parts"

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep the folder to this process.

        Raises
        ------
        BatchError
            Another batch is writing there, or the folder cannot be written.
        """
        from filelock import FileLock, Timeout  # noqa: PLC0415

        with _said(self.path):
            self._parts.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path / ".lock", timeout=0)
            try:
                lock.acquire()
            except Timeout as error:
                raise BatchError(
                    f"another batch is writing into {self.path}; wait for it, end it, or name "
                    "another folder."
                ) from error
        try:
            for left in self._parts.glob(".*"):  # of a process that was killed while writing
                shutil.rmtree(left)
            yield
        finally:
            lock.release()

    def has(self, name: str) -> bool:
        """Whether a part is there and can be read."""
        try:
            self.refused(name)
            for table in TABLES:
                if not self._read(name, table).schema.equals(schema(table)):
                    return False
        except (OSError, ValueError):  # not there, or damaged on disk: made anew
            return False
        return True

    def write(
        self, name: str, rows: Mapping[str, list[dict[str, Any]]], refused: Mapping[str, str]
    ) -> None:
        """Write a part, whole or not at all.

        Parameters
        ----------
        name : str
            From :func:`part_name`.
        rows : mapping
            Rows of each of :data:`~f1lab.batch.tables.TABLES`.
        refused : mapping of str to str
            Driver to the reason why there is nothing about him.

        Raises
        ------
        BatchError
            The disk is full, or the folder cannot be written.
        """
        pyarrow, parquet = arrow()
        with _said(self.path):
            work = Path(tempfile.mkdtemp(prefix=".", dir=self._parts))
            try:
                for table in TABLES:
                    made = pyarrow.Table.from_pylist(rows[table], schema=schema(table))
                    parquet.write_table(made, work / f"{table}.parquet")
                text = json.dumps(dict(refused), ensure_ascii=False, indent=2)
                (work / _REFUSED).write_text(text + "\n", encoding="utf-8")
                work.chmod(0o777 & ~_umask())
                shutil.rmtree(self._parts / name, ignore_errors=True)  # a damaged one
                work.rename(self._parts / name)
            finally:
                shutil.rmtree(work, ignore_errors=True)

    def refused(self, name: str) -> dict[str, str]:
        """Drivers of a part who could not be measured, with the reasons."""
        text = (self._parts / name / _REFUSED).read_text(encoding="utf-8")
        found: dict[str, str] = json.loads(text)
        return found

    def read(self, names: Sequence[str]) -> dict[str, Table]:
        """Put the parts of these races together, in this order.

        Parameters
        ----------
        names : sequence of str

        Returns
        -------
        dict of str to pyarrow.Table
        """
        pyarrow, _ = arrow()
        return {
            table: pyarrow.concat_tables(
                [schema(table).empty_table(), *(self._read(name, table) for name in names)]
            ).combine_chunks()
            for table in TABLES
        }

    def publish(self, tables: Mapping[str, Table]) -> None:
        """Write the tables of the whole batch, each whole or not at all.

        Parameters
        ----------
        tables : mapping
            From :meth:`read`.

        Raises
        ------
        BatchError
            The disk is full, or the folder cannot be written.
        """
        _, parquet = arrow()
        with _said(self.path):
            for name, table in tables.items():
                target = self.path / f"{name}.parquet"
                waiting = target.with_name(f".{target.name}")
                try:
                    parquet.write_table(table, waiting)
                    waiting.replace(target)
                finally:
                    waiting.unlink(missing_ok=True)

    def size_bytes(self) -> int:
        """What the tables of the whole batch take [bytes]."""
        return sum((self.path / f"{name}.parquet").stat().st_size for name in TABLES)

    def _read(self, name: str, table: str) -> Table:
        _, parquet = arrow()
        return parquet.read_table(self._parts / name / f"{table}.parquet")


@contextmanager
def _said(folder: Path) -> Iterator[None]:
    """What the operating system refused, in one sentence."""
    try:
        yield
    except OSError as error:
        raise BatchError(
            f"cannot write to {folder}: {error.strerror or error}. Free some space there or name "
            "another folder; races that were finished are kept."
        ) from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
