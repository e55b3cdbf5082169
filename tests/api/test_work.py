"""Work happens in other processes, ends when nobody waits for it, and is done once."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from urllib.parse import urlsplit

import pytest
from starlette.requests import Request  # noqa: TC002  (FastAPI reads the annotation)

from f1lab.api.problems import ProblemError
from f1lab.api.work import run

WITHIN_S = 15.0


async def slow(request: Request) -> str:
    await run(request, time.sleep, 60.0)
    return "slept"


async def whose(request: Request) -> int:
    return await run(request, os.getpid)


async def dies(request: Request) -> None:
    await run(request, os._exit, 3)


async def fails(request: Request) -> None:
    await run(request, int, "secret of the inside")


@pytest.fixture(scope="module")
def worked(make_app, running_app):
    """A server of one worker with routes that are slow, die and fail."""
    app = make_app(waiting=1, work_s=20.0)
    for route in (slow, whose, dies, fails):
        app.add_api_route(f"/api/v1/{route.__name__}", route)
    with running_app(app) as served:
        yield served


def is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def until(true, what: str) -> None:
    end = time.monotonic() + WITHIN_S
    while not true():
        assert time.monotonic() < end, f"not within {WITHIN_S:g} s: {what}"
        time.sleep(0.05)


def start(api, path: str) -> socket.socket:
    """Ask and do not wait for the answer."""
    place = urlsplit(api.url)
    line = socket.create_connection((place.hostname, place.port))
    line.sendall(
        f"GET /api/v1{path} HTTP/1.1\r\nHost: api\r\nAuthorization: token {api.config.token}\r\n\r\n".encode()
    )
    return line


def pending(api) -> int:
    return api.ask("GET", "/status").json()["pending"]


def test_work_is_done_by_another_process_and_answers_go_on_meanwhile(worked):
    assert worked.ask("GET", "/whose").json() != os.getpid()
    line = start(worked, "/slow")
    until(lambda: pending(worked) == 1, "the work begins")
    assert worked.ask("GET", "/health").status_code == 200
    line.close()
    until(lambda: pending(worked) == 0, "the work ends")


def test_when_the_client_leaves_its_worker_is_free_again(worked):
    process = worked.ask("GET", "/whose").json()
    line = start(worked, "/slow")
    until(lambda: pending(worked) == 1, "the work begins")
    time.sleep(0.3)
    assert is_alive(process)
    line.close()
    until(lambda: not is_alive(process), "the worker that slept is gone")
    assert worked.ask("GET", "/whose").json() != process
    assert pending(worked) == 0


def test_more_work_than_can_wait_is_told_to_come_back(worked):
    lines = [start(worked, "/slow") for _ in range(2)]
    until(lambda: pending(worked) == 2, "one works, one waits")
    answer = worked.ask("GET", "/whose")
    assert answer.status_code == 503
    assert answer.json()["type"].endswith("too-busy")
    assert int(answer.headers["Retry-After"]) > 0
    for line in lines:
        line.close()
    until(lambda: pending(worked) == 0, "nobody waits any more")
    assert worked.ask("GET", "/whose").status_code == 200


def test_a_worker_that_dies_is_a_problem_and_another_takes_over(worked):
    answer = worked.ask("GET", "/dies")
    assert answer.status_code == 500
    assert worked.ask("GET", "/whose").status_code == 200


def test_a_worker_killed_while_idle_is_replaced(worked):
    process = worked.ask("GET", "/whose").json()
    os.kill(process, signal.SIGKILL)
    until(lambda: not is_alive(process), "the worker is dead")
    assert worked.ask("GET", "/whose").json() != process


def test_an_error_nobody_thought_of_says_nothing_of_the_inside(worked):
    answer = worked.ask("GET", "/fails")
    assert answer.status_code == 500
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "secret" not in answer.text
    assert "int" not in answer.json()["detail"].split()


@pytest.fixture
def workers(make_app):
    """Workers of an application that does not run; their processes are started by the first call."""
    made = make_app(work_s=0.2, waiting=2).state.workers
    yield made
    made.stop()


def test_work_that_takes_too_long_is_stopped(workers):
    async def wait() -> ProblemError:
        with pytest.raises(ProblemError) as caught:
            await workers.call(time.sleep, 60.0)
        return caught.value

    problem = asyncio.run(wait())
    assert problem.problem.status == 504
    assert "0.2 s" in str(problem)
    assert workers.pending == 0


def test_the_same_work_is_done_once_and_stops_with_the_last_who_waits(workers):
    begun, stopped = [], []

    async def work() -> str:
        begun.append("begun")
        try:
            await asyncio.sleep(0.1)
        except asyncio.CancelledError:
            stopped.append("stopped")
            raise
        return "done"

    async def several() -> None:
        first, second, third = (asyncio.create_task(workers.once("it", work)) for _ in range(3))
        await asyncio.sleep(0.02)
        first.cancel()
        assert await asyncio.gather(second, third) == ["done", "done"]
        assert len(begun) == 1
        assert not stopped
        alone = [asyncio.create_task(workers.once("it", work)) for _ in range(2)]
        await asyncio.sleep(0.02)
        for each in alone:
            each.cancel()
        await asyncio.sleep(0.02)
        assert (len(begun), len(stopped)) == (2, 1)
        assert await workers.once("it", work) == "done"

    asyncio.run(several())


def test_work_begun_anew_is_not_forgotten_with_the_work_before_it(workers):
    begun = []

    async def work() -> int:
        begun.append("begun")
        await asyncio.sleep(0.02)
        return len(begun)

    async def several() -> None:
        first = asyncio.create_task(workers.once("it", work))
        await asyncio.sleep(0)
        before = workers._shared["it"].task
        again: list[asyncio.Task[int]] = []
        # asked again when the work is done and the last who waited has not gone on yet
        before.add_done_callback(
            lambda _: again.append(asyncio.create_task(workers.once("it", work)))
        )
        last = asyncio.create_task(workers.once("it", work))
        assert await asyncio.gather(first, last) == [1, 1]
        assert await asyncio.gather(*again, workers.once("it", work)) == [2, 2]

    asyncio.run(several())


def test_a_failure_reaches_everybody_who_waits(workers):
    async def work() -> None:
        await asyncio.sleep(0.01)
        raise ProblemError(404, "no.")

    async def several() -> list[object]:
        asked = (workers.once("it", work) for _ in range(3))
        return await asyncio.gather(*asked, return_exceptions=True)

    assert [str(answer) for answer in asyncio.run(several())] == ["no."] * 3
