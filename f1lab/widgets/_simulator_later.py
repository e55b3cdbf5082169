"""Work that takes longer than a lap may: on one thread beside the player, told when it is done."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from f1lab.errors import F1LabError

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["answered", "later"]

# One thread for all widgets of a kernel: what they ask for is numbers, and waits its turn.
_WORKERS = ThreadPoolExecutor(max_workers=1, thread_name_prefix="f1lab-simulator")

Answer = dict[str, Any]


def answered(work: Callable[[], Answer | None]) -> Answer:
    """Do what a browser asks for.

    Parameters
    ----------
    work : callable
        Gives what is to be answered, None for nothing.

    Returns
    -------
    dict
        ``ok`` and what `work` gave, or ``error``: the sentence it was refused with.
    """
    try:
        return {"ok": True, **(work() or {})}
    except F1LabError as error:
        return {"ok": False, "error": str(error)}


def later(work: Callable[[], Answer], tell: Callable[[Answer], None]) -> None:
    """Do something that takes long without keeping the player waiting.

    Where no event loop runs (a script) it is done at once.

    Parameters
    ----------
    work : callable
        Gives what is to be told.
    tell : callable
        Is given ``ok`` and the answer, or ``error``.
    """
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        tell(answered(work))
        return

    def done(future: asyncio.Future[Answer]) -> None:
        error = future.exception()
        if error is not None:
            tell({"ok": False, "error": f"This went wrong here: {error}"})
            raise error
        tell(future.result())

    loop.run_in_executor(_WORKERS, answered, work).add_done_callback(done)
