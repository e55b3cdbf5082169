"""Where the work of a batch is done: in processes of this machine, or on a dask cluster."""

from __future__ import annotations

import logging
import socket
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from f1lab.batch.errors import BatchError
from f1lab.batch.memory import children_bytes
from f1lab.errors import InvalidInput, UnknownName, whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from concurrent.futures import Future

__all__ = ["BACKENDS", "workers"]

BACKENDS = ("loky", "dask")

_ANSWER_S = 10


@contextmanager
def workers(
    backend: str = "loky", n_jobs: int = 1, scheduler: str | None = None
) -> Iterator[Callable[[], float]]:
    """Have the work inside a ``with`` block done by these workers.

    Everything that goes through :func:`f1lab.autopsy.spread.spread` follows: batches, seasons,
    reports.

    Parameters
    ----------
    backend : str
        ``"loky"``: processes of this machine; ``"dask"``: the workers of a dask scheduler.
    n_jobs : int
        Processes at a time, at least 1; dask uses every worker it has.
    scheduler : str, optional
        Address of the dask scheduler, such as ``"tcp://10.0.0.5:8786"``.

    Yields
    ------
    callable
        Says how much memory the workers take now, all together [bytes].

    Raises
    ------
    UnknownName
        No such backend.
    InvalidInput
        ``n_jobs`` below 1, or an address that does not fit the backend.
    BatchError
        dask is not installed, the scheduler does not answer, went away, has no workers, or they
        have another f1lab.
    """
    n_jobs = whole_number("jobs", n_jobs, least=1)
    if backend not in BACKENDS:
        raise UnknownName("backend", backend, BACKENDS)
    if backend == "dask":
        with _dask(scheduler) as client:
            yield lambda: _cluster_bytes(client)
        return
    if scheduler is not None:
        raise InvalidInput(
            f"a scheduler ({scheduler}) belongs to the dask backend; add --backend dask."
        )
    from joblib import parallel_config  # noqa: PLC0415  (half a second, only when asked)

    with parallel_config(backend="loky", n_jobs=n_jobs):
        yield children_bytes


@contextmanager
def _dask(address: str | None) -> Iterator[Any]:
    """Have joblib work on a cluster; what goes wrong with it is one sentence."""
    if not address:
        raise InvalidInput(
            "the dask backend needs the address of its scheduler: --scheduler tcp://HOST:8786."
        )
    try:
        from dask.distributed import Client  # noqa: PLC0415
    except ImportError as error:
        raise BatchError(
            "the dask backend needs dask, which is not installed: pip install 'f1lab[batch]'."
        ) from error
    from joblib import parallel_config  # noqa: PLC0415

    try:
        _knock(address)
        client: Any = Client(address, timeout=_ANSWER_S, set_as_default=False)  # type: ignore[no-untyped-call]
    except (OSError, ValueError) as error:
        raise BatchError(
            f"no dask scheduler answers at {address} within {_ANSWER_S} s. Is it running (dask "
            "scheduler) and the address right, such as tcp://10.0.0.5:8786?"
        ) from error
    log = logging.getLogger("distributed.client")
    before = log.level
    try:
        _check_cluster(client, address)
        log.setLevel(logging.CRITICAL)  # one that goes away is told in one sentence, not in pages
        with parallel_config(backend=_backend(client, address)):
            yield client
    finally:
        client.close()
        log.setLevel(before)


def _knock(address: str) -> None:
    """Raise OSError or ValueError where nobody listens; a client of dask takes 30 s to say so."""
    parts = urlsplit(address if "://" in address else f"tcp://{address}")
    if parts.scheme not in {"tcp", "tls"} or not parts.hostname or not parts.port:
        raise ValueError(address)
    socket.create_connection((parts.hostname, parts.port), timeout=_ANSWER_S).close()


def _backend(client: Any, address: str) -> Any:  # noqa: ANN401  (neither has types)
    """Backend of joblib without two of its habits.

    It waits for ever for a task dask has given up on, and with one worker only it does the work
    in this process.
    """
    from joblib._dask import DaskDistributedBackend  # noqa: PLC0415

    class Backend(DaskDistributedBackend):  # type: ignore[misc]
        def effective_n_jobs(self, n_jobs: int) -> int:
            try:
                return max(2, int(super().effective_n_jobs(n_jobs)))
            except TimeoutError as error:
                raise BatchError(_no_workers(address)) from error

        def submit(
            self, func: object, callback: Callable[[object], None] | None = None
        ) -> Future[object]:
            future: Future[object] = super().submit(func, callback)

            def given_up(done: Future[object]) -> None:
                error = done.exception()
                if error is not None and callback is not None:
                    callback(error)

            future.add_done_callback(given_up)
            return future

        def retrieve_result_callback(self, out: object) -> object:
            if client.status != "running":
                raise BatchError(
                    f"the dask scheduler at {address} went away. What is done is kept: start it "
                    "and run the same command again."
                )
            if isinstance(out, BaseException):
                raise out
            return super().retrieve_result_callback(out)

    return Backend(client=client, wait_for_workers_timeout=_ANSWER_S)


def _check_cluster(client: Any, address: str) -> None:  # noqa: ANN401  (dask has no types)
    """Scheduler and workers have this f1lab, and there are workers."""
    from f1lab import __version__  # noqa: PLC0415

    if not client.ncores():
        raise BatchError(_no_workers(address))
    try:
        there = {client.run_on_scheduler(_version), *client.run(_version).values()}
    except ImportError as error:
        raise BatchError(
            f"the dask cluster at {address} cannot import f1lab ({error}). Install f1lab "
            f"{__version__} where its scheduler and its workers run."
        ) from error
    if there != {__version__}:
        raise BatchError(
            f"the dask cluster at {address} has f1lab {', '.join(sorted(there))}, this is "
            f"{__version__}: install the same one everywhere, so that the numbers agree."
        )


def _no_workers(address: str) -> str:
    return (
        f"the dask scheduler at {address} has no workers. Start some: dask worker {address} "
        "--nworkers 2 --nthreads 1."
    )


def _version() -> str:
    """Of f1lab, asked on scheduler and workers."""
    from f1lab import __version__  # noqa: PLC0415

    return __version__


def _cluster_bytes(client: Any) -> float:  # noqa: ANN401  (dask has no types)
    """Memory of the workers as they last told their scheduler [bytes]; none when it is gone."""
    told = client.scheduler_info(n_workers=-1).get("workers", {}).values()
    return float(sum(worker["metrics"].get("memory", 0) for worker in told))
