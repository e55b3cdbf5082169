"""Work in processes of its own, so that an answer at hand never waits for one to be computed.

A request's work goes to a pool of warm workers. When the client leaves, or the time is up, the
worker is stopped and another one started; when many ask for the same thing at once it is computed
once. What a worker raises on purpose comes back as the problem it is, everything else as a 500
whose reason stands in the log.
"""

from __future__ import annotations

import asyncio
import logging
import multiprocessing
import os
import threading
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from pebble import ProcessExpired, ProcessPool
from starlette.requests import Request

from f1lab.api.problems import ProblemError, explain, unexpected
from f1lab.errors import F1LabError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Coroutine, Mapping
    from concurrent.futures import Future
    from multiprocessing.context import BaseContext

    from f1lab.api.config import ApiConfig

__all__ = ["Workers", "run", "while_there"]

_log = logging.getLogger(__name__)
T = TypeVar("T")
#: A worker is replaced after so many requests, whatever its libraries have kept by then.
_REQUESTS_OF_A_WORKER = 500
#: Workers leave the processor to whoever answers from the cache.
_NICE = 10
_RETRY_S = 5


async def run(request: Request, function: Callable[..., T], *args: object) -> T:
    """Call a function in a worker process and wait for what it returns.

    Parameters
    ----------
    request : Request
        Who waits for it: the work stops when the client leaves.
    function : callable
        Found by its name in its module; what it takes and returns must be picklable.
    *args
        Plain values.

    Returns
    -------
    object
        What the function returned.

    Raises
    ------
    ProblemError
        What the function refused, too much work at once, or no answer in time.
    """
    workers: Workers = request.app.state.workers
    return await while_there(request, workers.call(function, *args))


class Workers:
    """The worker processes of an API.

    Parameters
    ----------
    config : ApiConfig
    """

    def __init__(self, config: ApiConfig) -> None:
        self._config = config
        self._pool: ProcessPool | None = None
        self._shared: dict[str, _Shared] = {}
        self._pending = 0

    @property
    def pending(self) -> int:
        """Requests at work or waiting for a worker."""
        return self._pending

    def start(self) -> None:
        """Start the processes; they warm up by themselves."""
        self._pool = ProcessPool(
            self._config.workers,
            max_tasks=_REQUESTS_OF_A_WORKER,
            initializer=_become_worker,
            initargs=[self._config.environment],
            context=_context(),
        )
        self._pool.schedule(_nothing)  # pebble starts its processes with the first task

    def stop(self) -> None:
        """Stop the processes, whatever they are doing."""
        if self._pool is not None:
            self._pool.stop()  # type: ignore[no-untyped-call]  # no types shipped
            self._pool.join()
            self._pool = None

    async def call(self, function: Callable[..., T], *args: object) -> T:
        """Call a function in a worker; cancelled, the worker stops.

        Parameters
        ----------
        function : callable
        *args

        Raises
        ------
        ProblemError
            As for :func:`run`.
        """
        if self._pending >= self._config.workers + self._config.waiting:
            raise ProblemError(
                503,
                f"{self._pending} requests are being worked on already; come back in a moment.",
                "too-busy",
                {"Retry-After": str(_RETRY_S)},
            )
        self._pending += 1
        try:
            async with asyncio.timeout(self._config.work_s):
                outcome = await self._outcome(function, args)
        except TimeoutError:
            raise ProblemError(
                504,
                f"that took longer than {self._config.work_s:g} s and was stopped; ask for less.",
                "took-too-long",
            ) from None
        except ProcessExpired as error:
            _log.error("a worker process ended with status %s during %s", error.exitcode, function)
            raise unexpected() from None
        finally:
            self._pending -= 1
        if isinstance(outcome, ProblemError):
            raise outcome
        return outcome

    async def once(self, name: str, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Do a piece of work once for everybody who asks for it meanwhile.

        Parameters
        ----------
        name : str
            The same for the same work.
        work : callable
            Starts it. It goes on until the last one who waits for it has left.
        """
        held = self._shared.get(name)
        if held is None:
            held = self._shared[name] = _Shared(asyncio.ensure_future(work()))
            held.task.add_done_callback(lambda task: self._forget(name, task))
        held.waiting += 1
        try:
            return await asyncio.shield(held.task)
        finally:
            held.waiting -= 1
            if not held.waiting:
                self._let_go(name, held.task)
                held.task.cancel()

    def _forget(self, name: str, task: asyncio.Task[object]) -> None:
        self._let_go(name, task)
        if not task.cancelled():
            task.exception()  # seen, also when everybody has left

    def _let_go(self, name: str, task: asyncio.Task[Any]) -> None:
        """Nobody joins this work any more; work begun since under the same name stays."""
        held = self._shared.get(name)
        if held is not None and held.task is task:
            del self._shared[name]

    async def _outcome(self, function: Callable[..., T], args: tuple[object, ...]) -> T:
        """What a worker answers; nothing was begun when a pool broke, so it is asked again."""
        try:
            return await asyncio.wrap_future(self._schedule(function, args))
        except BrokenProcessPool:
            return await asyncio.wrap_future(self._schedule(function, args))

    def _schedule(self, function: Callable[..., object], args: tuple[object, ...]) -> Future[Any]:
        if self._pool is None or not self._pool.active:
            # A worker that dies while idle takes pebble's pool with it.
            _log.warning("the worker processes had ended and are started again")
            self.stop()
            self.start()
        assert self._pool is not None  # noqa: S101  (just started)
        return self._pool.schedule(_attempt, (function, args))


@dataclass
class _Shared:
    task: asyncio.Task[Any]
    waiting: int = 0


async def while_there(request: Request, work: Awaitable[T]) -> T:
    """Wait for work as long as the client waits for it.

    Parameters
    ----------
    request : Request
    work : awaitable
        Cancelled when the client leaves.
    """
    job = asyncio.ensure_future(work)
    left = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({job, left}, return_when=asyncio.FIRST_COMPLETED)
        if job.done():
            return job.result()
        left.result()  # a body that is too large ends here
        raise ProblemError(400, "the client left.", "client-left")
    finally:
        left.cancel()
        if not job.done():
            job.cancel()
        await asyncio.gather(job, left, return_exceptions=True)


async def _disconnected(request: Request) -> None:
    """Return when the client has left."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _context() -> BaseContext:
    """How processes are started: never by copying this one, which has threads."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["f1lab.api.warm"])
    return context


def _become_worker(environment: Mapping[str, str]) -> None:
    """Take over the settings, for the process that starts workers may be older; warm up."""
    for name in [name for name in os.environ if name.startswith("F1LAB_")]:
        del os.environ[name]
    os.environ.update(environment)
    if hasattr(os, "nice"):
        os.nice(_NICE)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from f1lab.api.warm import load_engine  # noqa: PLC0415  (in the worker)

    load_engine()


def _end_with_parent() -> None:
    """End when the server is gone, also when it was killed and could tell nobody."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _nothing() -> None:
    """The first task."""


def _attempt(function: Callable[..., object], args: tuple[object, ...]) -> object:
    """What a function returns, or the problem; in the worker."""
    try:
        return function(*args)
    except F1LabError as error:
        return explain(error)
    except ProblemError as error:
        return error
    except Exception:  # noqa: BLE001  (whatever it is, the server answers and goes on)
        _log.exception("%s%r failed", getattr(function, "__qualname__", function), args)
        return unexpected()
