"""The API under load: a server of its own, 32 connections, plain sockets on the other end.

The client reads headers and bodies and checks every status; it does nothing else, so that the
server is what is measured.
"""

from __future__ import annotations

import asyncio
import os
import secrets
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import psutil
import pytest

ROOT = Path(__file__).parents[2]
AUTOPSY = "/autopsy/demo/demo/UUR"
CONNECTIONS = 32
KNOWN = "known-to-the-benchmark"
STARTS_WITHIN_S = 60
SETTLES_S = 3.0


@dataclass
class Client:
    """Keep-alive connections that ask for one address after the other."""

    host: str
    port: int
    latencies_s: list[float] = field(default_factory=list)

    async def connections(self, path: str, requests: int, connections: int) -> float:
        """Ask so often on so many connections; the time it took together [s]."""
        left = iter(range(requests))
        began = time.perf_counter()
        await asyncio.gather(*(self._connection(path, left) for _ in range(connections)))
        return time.perf_counter() - began

    async def steadily(self, path: str, every_s: float, until: asyncio.Event) -> None:
        """Ask now and then until it is enough."""
        while not until.is_set():
            await self._connection(path, iter(range(1)))
            await asyncio.sleep(every_s)

    async def _connection(self, path: str, left) -> None:
        reader, writer = await asyncio.open_connection(self.host, self.port)
        asked = (
            f"GET /api/v1{path} HTTP/1.1\r\nHost: api\r\nAuthorization: Bearer {KNOWN}\r\n\r\n"
        ).encode()
        for _ in left:
            began = time.perf_counter()
            writer.write(asked)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            await reader.readexactly(int(length))
            self.latencies_s.append(time.perf_counter() - began)
        writer.close()
        await writer.wait_closed()


@dataclass(frozen=True)
class Served:
    """A running server."""

    url: str
    process: psutil.Process

    def client(self) -> Client:
        place = urlsplit(self.url)
        return Client(place.hostname, place.port)

    def get(self, path: str) -> httpx.Response:
        headers = {"Authorization": f"Bearer {KNOWN}"}
        return httpx.get(f"{self.url}/api/v1{path}", headers=headers, timeout=120)

    def resident_mb(self) -> dict[str, float]:
        """Memory of the server, and of everything it started [MB]."""
        others = self.process.children(recursive=True)
        return {
            "server": self.process.memory_info().rss / 1e6,
            "others": sum(each.memory_info().rss for each in others) / 1e6,
        }


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("api")
    own = {
        "F1LAB_CACHE_DIR": str(folder / "cache"),
        "F1LAB_DATA_DIR": str(folder / "data"),
        "F1LAB_TOKEN": KNOWN,
        "PYTHONPATH": str(ROOT),
        "PYTHONUNBUFFERED": "1",
    }
    words = ("serve", "--offline", "--port", "0", "--workers", "2", "--per-minute", "10000000")
    process = subprocess.Popen(
        [sys.executable, "-m", "f1lab.cli", *words],
        env=os.environ | own,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        url = process.stdout.readline().split()[-1].split("/api/v1")[0]
        server = Served(url, psutil.Process(process.pid))
        assert server.get(AUTOPSY).status_code == 200
        assert server.get(_optimization(0)).status_code == 200
        yield server
    finally:
        process.terminate()
        process.communicate(timeout=60)


def _optimization(seed: int) -> str:
    """An optimization nobody has asked for yet."""
    return f"/strategy/optimal/demo/demo/UUR?seed={seed}"


@pytest.mark.benchmark(group="api")
def test_cached_autopsy(benchmark, served):
    """Targets on two cores: median 50 ms, 200 requests/s with 32 connections."""
    client, requests = served.client(), 2000
    seconds = benchmark.pedantic(
        lambda: asyncio.run(client.connections(AUTOPSY, requests, CONNECTIONS)), rounds=3
    )
    told = sorted(client.latencies_s)
    benchmark.extra_info["requests_per_s"] = round(requests / seconds)
    benchmark.extra_info["median_ms"] = round(1e3 * statistics.median(told), 1)
    benchmark.extra_info["p99_ms"] = round(1e3 * told[int(0.99 * len(told))], 1)
    benchmark.extra_info["kilobytes"] = round(len(served.get(AUTOPSY).content) / 1e3, 1)
    benchmark.extra_info["load"] = round(os.getloadavg()[0], 1)
    assert len(told) == 3 * requests


@pytest.mark.benchmark(group="api")
def test_a_cached_answer_beside_an_optimization(benchmark, served):
    """Target: it is delayed by at most 100 ms."""

    async def beside(*, work: bool) -> list[float]:
        client, enough = served.client(), asyncio.Event()
        asking = asyncio.create_task(client.steadily(AUTOPSY, 0.02, enough))
        if work:
            for _ in range(3):
                path = _optimization(secrets.randbelow(10**9))
                await served.client().connections(path, 1, 1)
        else:
            await asyncio.sleep(3.0)
        enough.set()
        await asking
        return sorted(client.latencies_s)

    quiet = asyncio.run(beside(work=False))
    busy = benchmark.pedantic(lambda: asyncio.run(beside(work=True)), rounds=1)
    for name, told in (("quiet", quiet), ("busy", busy)):
        benchmark.extra_info[f"{name}_median_ms"] = round(1e3 * statistics.median(told), 1)
        benchmark.extra_info[f"{name}_p99_ms"] = round(1e3 * told[int(0.99 * len(told))], 1)
        benchmark.extra_info[f"{name}_worst_ms"] = round(1e3 * told[-1], 1)
    benchmark.extra_info["load"] = round(os.getloadavg()[0], 1)
    assert len(busy) > 10


@pytest.mark.benchmark(group="api")
def test_memory_over_twenty_thousand_requests(benchmark, served):
    """Target: flat, in the server and in everything it started."""
    asyncio.run(served.client().connections(AUTOPSY, 1000, CONNECTIONS))
    time.sleep(SETTLES_S)
    before = served.resident_mb()
    benchmark.pedantic(
        lambda: asyncio.run(served.client().connections(AUTOPSY, 20_000, CONNECTIONS)), rounds=1
    )
    time.sleep(SETTLES_S)
    after = served.resident_mb()
    for name, held_mb in before.items():
        benchmark.extra_info[f"{name}_before_mb"] = round(held_mb, 1)
        benchmark.extra_info[f"{name}_after_mb"] = round(after[name], 1)
        assert after[name] <= 1.05 * held_mb + 5
