"""One function over many tasks, in processes of its own, where one that dies is one task lost.

The work runs on whatever joblib is set to: one process after the other by default, several with
``n_jobs``, and another backend inside ``joblib.parallel_config``. Tasks come back as they are
done. Workers never touch the network, because the limits of a source hold for a process: what
they need is loaded before they begin. They end with the process that started them, however it
ended.
"""

from __future__ import annotations

import os
import sys
import threading
import time
import traceback
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from f1lab.errors import F1LabError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator, Sequence

__all__ = ["Lost", "attempt", "spread"]

_LOOK_EVERY_S = 1.0


@dataclass(frozen=True)
class Lost:
    """A task without a result.

    Attributes
    ----------
    reason : str
        One sentence.
    detail : str
        Where it happened, for whoever mends it; "" for an error raised on purpose.
    """

    reason: str
    detail: str = ""


@dataclass(frozen=True)
class _Surroundings:
    """What a worker has to know of the process that hands out the work."""

    process: int
    cache: str


def spread(
    function: Callable[[Any], Any],
    tasks: Sequence[Any],
    n_jobs: int = 1,
    *,
    ready: Callable[[Any], Any] | None = None,
) -> Generator[tuple[int, Any], None, None]:
    """Call a function with each task.

    Parameters
    ----------
    function : callable
        Takes one task. It must be importable by the workers.
    tasks : sequence
        What it is called with.
    n_jobs : int
        Processes at a time; with 1 the work is done here, unless ``joblib.parallel_config`` says
        where.
    ready : callable, optional
        Called here with a task just before it is handed out; what it returns is handed out. Few
        tasks are made ready ahead of the workers, so that memory does not grow with their number.

    Yields
    ------
    place : int
        Of the task among the tasks.
    result : object
        What the function returned, or a :class:`Lost` when it raised or its process died. A task
        whose process dies twice, the second time alone, is lost; the others go on.
    """
    from joblib import Parallel, delayed  # noqa: PLC0415  (half a second, only when asked)

    surroundings, todo = _surroundings(), list(range(len(tasks)))
    suspects: list[int] = []
    while todo:
        handed: list[int] = []

        def calls(places: list[int], handed: list[int] = handed) -> Iterator[Any]:
            for place in places:
                handed.append(place)
                # joblib would wait for ever for a task that raises while it is handed out
                task = attempt(partial(ready or _same, tasks[place]))
                yield delayed(_settled)(function, place, task, surroundings)

        several = max(n_jobs, 2) if suspects else n_jobs  # a suspect is not let into this process
        parallel = Parallel(
            n_jobs=several if several > 1 else None,
            return_as="generator_unordered",
            batch_size=1,
        )
        try:
            with _heard(parallel(calls(suspects[:1] or list(todo)))) as results:
                for place, result in results:
                    todo.remove(place)
                    yield place, result
        except F1LabError:
            raise
        except Exception as error:  # noqa: BLE001  (the work never raises: a process was lost)
            if suspects:
                todo.remove(suspects[0])
                yield suspects[0], Lost(_killed(error))
            else:
                suspects = [place for place in handed if place in todo]
                continue
        suspects = suspects[1:]


@contextmanager
def _heard(results: Generator[Any, None, None]) -> Iterator[Generator[Any, None, None]]:
    """Stop the work when nobody listens any more, without a word of what is thrown away."""
    try:
        yield results
    finally:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", r"\d+ tasks ", UserWarning, "joblib")
            results.close()


def _surroundings() -> _Surroundings:
    from f1lab.data.cache import cache_dir  # noqa: PLC0415

    return _Surroundings(os.getpid(), str(cache_dir().resolve()))


def _same(task: object) -> object:
    return task


def _killed(error: Exception) -> str:
    return (
        f"the process that worked on it was killed, out of memory perhaps ({type(error).__name__})."
    )


def attempt(call: Callable[[], Any]) -> Any:  # noqa: ANN401  (whatever the call returns)
    """What a call returns, or a :class:`Lost` that says why it returns nothing.

    Parameters
    ----------
    call : callable
        Takes nothing.

    Returns
    -------
    object

    Examples
    --------
    >>> attempt(lambda: 1 / 0).reason
    'an error f1lab did not foresee, ZeroDivisionError: division by zero'
    """
    try:
        return call()
    except F1LabError as error:
        return Lost(str(error))
    except Exception as error:  # noqa: BLE001  (one bad task must not stop the others)
        words = " ".join(str(error).split()) or "no words"
        return Lost(
            f"an error f1lab did not foresee, {type(error).__name__}: {words}",
            "".join(traceback.format_exception(error)),
        )


def _settled(
    function: Callable[[Any], Any], place: int, task: object, surroundings: _Surroundings
) -> tuple[int, Any]:
    """In the worker: the result, or why there is none."""
    if os.getppid() == surroundings.process:
        _leave_with(surroundings.process)
    if isinstance(task, Lost):
        return place, task
    with _offline(surroundings):
        return place, attempt(partial(function, task))


@contextmanager
def _offline(surroundings: _Surroundings) -> Iterator[None]:
    """The cache of the process that handed out the work, and no network."""
    wanted = {"F1LAB_OFFLINE": "1", "F1LAB_CACHE_DIR": surroundings.cache}
    before = {name: os.environ.get(name) for name in wanted}
    os.environ.update(wanted)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@cache
def _leave_with(process: int) -> None:
    """End this worker when its parent is gone: killed, it could not tell its workers."""

    def watch() -> None:
        while os.getppid() == process:
            time.sleep(_LOOK_EVERY_S)
        os._exit(1)

    if sys.platform != "win32":  # there a parent's number outlives it
        threading.Thread(target=watch, daemon=True, name="leave with the parent").start()
