"""How the kernel is compiled: once, kept on disk, free of the interpreter's lock.

This module and those that use it import numba; nothing that only describes a race does.
"""

from __future__ import annotations

import hashlib
import logging
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from numba import njit
from numba.core import event

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

__all__ = ["announced", "compiled", "fingerprint", "inlined"]

_Function = TypeVar("_Function", bound="Callable[..., object]")

_log = logging.getLogger("f1lab.engine")


def compiled(function: _Function) -> _Function:
    """Compile a function on first use and keep the result on disk."""
    return cast("_Function", njit(cache=True, nogil=True, error_model="numpy")(function))


def inlined(function: _Function) -> _Function:
    """Compile a function into its callers, as one that makes no arrays of its own.

    That spares the counting of references to the arrays passed around, which would take nine
    tenths of the time. Only compiled code calls it: doors for Python and C would double the time
    that compiling takes.
    """
    options: dict[str, Any] = {
        "nogil": True,
        "error_model": "numpy",
        "forceinline": True,
        "no_cpython_wrapper": True,
        "no_cfunc_wrapper": True,
        "_nrt": False,
    }
    return cast("_Function", njit(**options)(function))


def fingerprint() -> str:
    """Hash of everything that is compiled into the kernel, for numba looks at one file only."""
    here = Path(__file__).parent
    names = ("compiled.py", "inputs.py", "random.py", *(p.name for p in here.glob("kernel*.py")))
    return hashlib.sha256(
        b"".join((here / name).read_bytes() for name in sorted(names))
    ).hexdigest()


class _Announcer(event.Listener):
    """Says once that compiling has begun; what comes from the disk stays silent."""

    def __init__(self) -> None:
        self.said = False

    def on_start(self, event: object) -> None:
        """Numba begins to compile a function."""
        del event
        if not self.said:
            self.said = True
            _log.warning("f1lab: compiling the race engine; this happens once and takes a while.")

    def on_end(self, event: object) -> None:
        """Numba is done with a function."""


def announced() -> AbstractContextManager[None]:
    """Within this, compiling, if it is needed, says so in one line."""
    said: AbstractContextManager[None] = event.install_listener("numba:compile", _Announcer())
    return said
