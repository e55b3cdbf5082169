"""The API as it runs: uvicorn on a port of this machine, warm workers, the demo weekend."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx
import pytest

pytest.importorskip("fastapi", reason="the API needs pip install 'f1lab[api]'")

from f1lab.api import ApiConfig, Role, create_app
from f1lab.api.auth import issue_token
from f1lab.api.server import listening, make_server

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from fastapi import FastAPI

OPERATOR = "the-operators-own-token"
#: One worker, and no end of patience where a test does not try it.
PATIENT = {
    "token": OPERATOR,
    "secret": bytes(range(32)),
    "workers": 1,
    "per_minute": 1_000_000,
    "wrong_per_minute": 1_000_000,
}


@dataclass(frozen=True)
class Api:
    """A running API."""

    url: str
    app: FastAPI

    @property
    def config(self) -> ApiConfig:
        return self.app.state.config

    def client(self, role: Role | None = Role.admin, name: str = "somebody") -> httpx.Client:
        """A client with a token of a role; None for one without."""
        headers = {}
        if role is not None:
            headers["Authorization"] = f"Bearer {issue_token(self.config.secret, name, role, 1.0)}"
        return httpx.Client(base_url=f"{self.url}/api/v1", headers=headers, timeout=120)

    def ask(
        self, method: str, address: str, role: Role | None = Role.admin, **more
    ) -> httpx.Response:
        with self.client(role) as client:
            return client.request(method, address, **more)


@contextlib.contextmanager
def running(app: FastAPI) -> Iterator[Api]:
    """Serve an application from a thread of this process."""
    with listening("127.0.0.1", 0) as listener:
        server = make_server(app)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            until = time.monotonic() + 60
            while not server.started:
                assert thread.is_alive(), "the server did not start"
                assert time.monotonic() < until, "the server did not start in time"
                time.sleep(0.01)
            yield Api(f"http://127.0.0.1:{listener.getsockname()[1]}", app)
        finally:
            server.should_exit = True
            thread.join(30)
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def api_folders(shared_tmp: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Settings of the servers of the tests; computed answers are shared by all of them."""
    return {
        "F1LAB_CACHE_DIR": str(shared_tmp / "api_cache"),
        "F1LAB_DATA_DIR": str(tmp_path_factory.mktemp("api_data")),
        "F1LAB_FASTF1_CACHE": str(shared_tmp / "fastf1_cache"),
        "F1LAB_OFFLINE": "1",
    }


@pytest.fixture(scope="session")
def make_app(api_folders: dict[str, str]) -> Callable[..., FastAPI]:
    """Make an application for the folders of the tests, or for others."""

    def make(folders: dict[str, str] = api_folders, **settings) -> FastAPI:
        with pytest.MonkeyPatch.context() as patch:
            for name, value in folders.items():
                patch.setenv(name, value)
            return create_app(ApiConfig(**(PATIENT | settings)))

    return make


@pytest.fixture(scope="session")
def in_process() -> Callable[..., list[httpx.Response]]:
    """Ask an application that runs nowhere, so without workers, one request after the other."""

    async def ask(app: FastAPI, asked: list[tuple[str, str]], **more) -> list[httpx.Response]:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("192.0.2.1", 1234))
        async with httpx.AsyncClient(transport=transport, base_url="http://api/api/v1") as client:
            return [await client.request(*each, **more) for each in asked]

    return lambda app, asked, **more: asyncio.run(ask(app, asked, **more))


@pytest.fixture(scope="session")
def running_app() -> Callable[[FastAPI], contextlib.AbstractContextManager[Api]]:
    """Serve an application; used in a ``with`` statement."""
    return running


@pytest.fixture(scope="session")
def api(make_app: Callable[..., FastAPI]) -> Iterator[Api]:
    """One running API for all tests of a file and more."""
    with running(make_app()) as served:
        yield served
