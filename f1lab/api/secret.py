"""The secret that signs tokens: from ``F1LAB_API_SECRET``, else a file only its owner can read."""

from __future__ import annotations

import contextlib
import os
import secrets
from typing import TYPE_CHECKING

from f1lab.errors import InvalidInput
from f1lab.settings import settings

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["server_secret"]

_FILE, _BYTES, _PRIVATE = "api-secret", 32, 0o077


def server_secret() -> bytes:
    """The secret of this user's servers, made when there is none.

    Returns
    -------
    bytes
        32 or more. Whoever has it can sign a token of any role; a new one ends all tokens.

    Raises
    ------
    InvalidInput
        ``F1LAB_API_SECRET`` is too short, or the file can be read by others or not at all.
    """
    held = settings()
    if held.api_secret is not None:
        given = held.api_secret.get_secret_value().encode()
        if len(given) < _BYTES:
            raise InvalidInput(f"F1LAB_API_SECRET needs {_BYTES} characters or more.")
        return given
    path = held.data_dir.expanduser() / _FILE
    try:
        _make(path)
        shown = path.stat().st_mode & _PRIVATE if os.name == "posix" else 0
        found = path.read_bytes()
    except OSError as error:
        raise InvalidInput(
            f"{path} cannot be used: {error.strerror}. Set F1LAB_DATA_DIR to a folder that can, "
            "or F1LAB_API_SECRET."
        ) from error
    if shown or len(found) < _BYTES:
        raise InvalidInput(
            f"{path} can be read by others or was cut short; delete it, and a new one is made."
        )
    return found


def _make(path: Path) -> None:
    """Write a new secret unless there is one; nobody ever sees half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        return
    part = path.with_name(f".{_FILE}.{secrets.token_hex(8)}")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(secrets.token_bytes(_BYTES))
        with contextlib.suppress(FileExistsError):  # somebody else was quicker
            os.link(part, path)
    finally:
        part.unlink(missing_ok=True)
