"""A new league on each kind of database; PostgreSQL is a real server of our own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, shared_tmp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data folder for each test; the demo race is generated once for all of them."""
    monkeypatch.setenv("F1LAB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(shared_tmp / "league_cache"))


def _program(name: str) -> Path | None:
    """A program of PostgreSQL, on the path or where Debian puts it."""
    found = shutil.which(name)
    if found:
        return Path(found)
    return max(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), default=None)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A server of our own on a socket in a temporary folder."""
    initdb, postgres = _program("initdb"), _program("postgres")
    if initdb is None or postgres is None:
        pytest.skip("PostgreSQL is not installed (Debian's package postgresql)")
    who: dict[str, Any] = {}
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        try:
            owner = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("PostgreSQL refuses to run as root, and there is no user postgres")
        who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []}
    with tempfile.TemporaryDirectory(
        prefix="f1lab-pg-", dir="/tmp"
    ) as name:  # a socket’s path is short
        folder = Path(name)
        if who:
            os.chown(folder, who["user"], who["group"])
        data = folder / "data"
        subprocess.run(
            [initdb, "-D", data, "-U", "f1lab", "-A", "trust", "-E", "UTF8", "--no-sync"],
            check=True,
            capture_output=True,
            cwd=folder,
            **who,
        )
        options = {"fsync": "off", "listen_addresses": "", "unix_socket_directories": name}
        server = subprocess.Popen(
            [postgres, "-D", data, *(f"-c{key}={value}" for key, value in options.items())],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            cwd=folder,
            **who,
        )
        try:
            assert server.stdout is not None
            said = []
            for line in server.stdout:
                said.append(line)
                if "ready to accept connections" in line:
                    break
            else:
                pytest.fail("PostgreSQL did not start: " + "".join(said))
            yield f"postgresql://f1lab@/postgres?host={name}"
        finally:
            server.send_signal(signal.SIGQUIT)  # at once: the data are thrown away
            server.wait(timeout=20)
            server.stdout.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Database of a new league, on either kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'league.sqlite'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def postgres_url(postgres_server: str) -> str:
    """The server's database, empty."""
    import psycopg

    others = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE datname = current_database() AND pid <> pg_backend_pid()"
    )
    with psycopg.connect(postgres_server) as connection:
        connection.execute(others)
        connection.execute("DROP SCHEMA public CASCADE")
        connection.execute("CREATE SCHEMA public")
    return postgres_server
