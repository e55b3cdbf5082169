"""Files that are there whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from f1lab.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["write_texts"]


def write_texts(texts: Mapping[str | Path, str]) -> list[Path]:
    """Write texts to files: all under temporary names first, then renamed.

    Parameters
    ----------
    texts : mapping of path to str
        Folders are made when they are not there.

    Returns
    -------
    list of Path
        The files, in the order given.

    Raises
    ------
    ReportError
        A folder or a file cannot be written; what was there before is untouched.
    """
    targets = [Path(path) for path in texts]
    waiting: list[Path] = []
    try:
        for target, text in zip(targets, texts.values(), strict=True):
            waiting.append(_temporary(target, text))
        for made, target in zip(waiting, targets, strict=True):
            made.replace(target)
    except OSError as error:
        raise ReportError(
            f"cannot write {target}: {error.strerror or error}. "
            "Free some space there or name another folder."
        ) from error
    finally:
        for made in waiting:
            made.unlink(missing_ok=True)
    return targets


def _temporary(target: Path, text: str) -> Path:
    """Write a text beside its target; permissions as those of any new file."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
    made = Path(name)
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
        mask = os.umask(0)
        os.umask(mask)
        made.chmod(0o666 & ~mask)
    except OSError:
        made.unlink(missing_ok=True)
        raise
    return made
