"""How much memory a batch takes, main process and workers together."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

__all__ = ["PeakMemory", "children_bytes"]

_LOOK_EVERY_S = 0.5


class PeakMemory:
    """Looks twice a second how much memory is taken, inside a ``with`` block.

    Parameters
    ----------
    workers : callable
        What the workers take now [bytes].

    Attributes
    ----------
    bytes : float
        The most seen so far of this process and the workers together, resident.
    """

    def __init__(self, workers: Callable[[], float]) -> None:
        self.bytes = 0.0
        self._workers = workers
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True, name="peak memory")

    def __enter__(self) -> Self:
        """Begin to look."""
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Look a last time."""
        self._over.set()
        self._thread.join()

    def _watch(self) -> None:
        over = False
        while not over:
            over = self._over.wait(_LOOK_EVERY_S if self.bytes else 0.0)
            self.bytes = max(self.bytes, _resident(os.getpid()) + self._workers())


def children_bytes() -> float:
    """Resident memory of the processes below this one [bytes].

    Returns
    -------
    float
    """
    import psutil  # type: ignore[import-untyped]  # noqa: PLC0415

    return sum(_resident(child.pid) for child in psutil.Process().children(recursive=True))


def _resident(process: int) -> float:
    """Resident memory of one process, none when it has just ended [bytes]."""
    import psutil  # noqa: PLC0415

    try:
        return float(psutil.Process(process).memory_info().rss)
    except psutil.NoSuchProcess:
        return 0.0
