"""Progress of long work on standard error, with the time that is left."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    Tell = Callable[[str, int, int], None]

_HOUR_S, _MINUTE_S = 3600.0, 60.0
#: Lines of a log are at least this far apart.
_QUIET_S = 5.0


class TimeLeft:
    """How long the rest takes if it goes on as since the work began.

    Parameters
    ----------
    clock : callable
        Seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._begun: tuple[float, int, int] | None = None

    def seconds(self, done: int, total: int) -> float | None:
        """Time left [s]; None while nothing has been finished.

        Parameters
        ----------
        done, total : int
            What was done before the first call took no time.
        """
        now = self._clock()
        if self._begun is None or done < self._begun[1] or total != self._begun[2]:
            self._begun = now, done, total
        began, before, _ = self._begun
        if done == before:
            return None
        return (now - began) / (done - before) * (total - done)


def words(seconds: float | None) -> str:
    """Time left as one says it; "" when it is not known.

    Examples
    --------
    >>> words(95.0)
    'about 2 min left'
    """
    if seconds is None:
        return ""
    if seconds < _MINUTE_S:
        return f"about {seconds:.0f} s left"
    if seconds < _HOUR_S:
        return f"about {seconds / _MINUTE_S:.0f} min left"
    return f"about {seconds / _HOUR_S:.1f} h left"


@contextmanager
def time_left() -> Iterator[Tell]:
    """Show ``tell(text, done, total)`` as a bar in a terminal, else as a line now and then."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    left = TextColumn("{task.fields[left]}")
    with Progress(*columns, left, console=console, transient=True) as bar:
        task, estimate = bar.add_task("", total=None, left=""), TimeLeft()

        def tell(text: str, done: int, total: int) -> None:
            told = words(estimate.seconds(done, total)) if done < total else ""
            bar.update(task, description=text, completed=done, total=total, left=told)

        yield tell


def _lines() -> Tell:
    estimate, last = TimeLeft(), -_QUIET_S

    def tell(text: str, done: int, total: int) -> None:
        nonlocal last
        left = words(estimate.seconds(done, total)) if done < total else ""
        if done in (0, total) or time.monotonic() - last >= _QUIET_S:
            last = time.monotonic()
            said = f"[{done} of {total}] {text}{', ' if left else ''}{left}"
            print(said, file=sys.stderr, flush=True)

    return tell
