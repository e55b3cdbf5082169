"""Fixtures for every test: real data where they are, a cache of one's own, and no network."""

from __future__ import annotations

import os
import pickle
import shutil
import socket
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from f1lab.data.schema import Session, Weekend
    from f1lab.engine.calibrate_seen import PastRace
    from f1lab.racemodel import RaceModel

_Made = TypeVar("_Made")
_ROOT = Path(__file__).resolve().parents[1]
_LOOPBACK = ("127.", "::1", "localhost", "0.0.0.0")  # noqa: S104  (compared with, not bound to)


def _test_data() -> Path:
    """Folder of the real data: ``F1LAB_TEST_DATA``, else beside the repository."""
    return Path(os.environ.get("F1LAB_TEST_DATA", _ROOT.parent / "shared" / "data"))


def _folder(name: str) -> Path:
    path = _test_data() / name
    if not path.is_dir():
        pytest.skip(f"no real data: {path} is not there (set F1LAB_TEST_DATA)")
    return path


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files of slow tests: whoever came to one last would work on alone."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


def _kept(path: Path, make: Callable[[], _Made]) -> _Made:
    """Read what another test or worker of this run has made, or make it."""
    if path.exists():
        found: _Made = pickle.loads(path.read_bytes())  # noqa: S301  (written a moment ago)
        return found
    path.parent.mkdir(exist_ok=True)
    made = make()
    part = path.with_suffix(f".{os.getpid()}")
    part.write_bytes(pickle.dumps(made))
    part.replace(path)
    return made


@pytest.fixture(scope="session")
def shared_tmp(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """Temporary folder that all workers of one test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if hasattr(request.config, "workerinput") else base


@pytest.fixture(scope="session")
def fastf1_cache(shared_tmp: Path) -> Path:
    """Writable copy of the FastF1 cache, made once for all workers."""
    source = _folder("fastf1_cache")
    copy = shared_tmp / "fastf1_cache"
    with FileLock(shared_tmp / "fastf1_cache.lock"):
        done = shared_tmp / "fastf1_cache.copied"
        if not done.exists():
            shutil.copytree(source, copy, dirs_exist_ok=True, copy_function=shutil.copyfile)
            for path in (copy, *copy.rglob("*")):
                path.chmod(0o755 if path.is_dir() else 0o644)
            done.touch()
    return copy


@pytest.fixture(scope="session")
def tidy_folder() -> Path:
    """Archive of FastF1 frames in parquet files."""
    pytest.importorskip("pyarrow", reason="reading the archive needs pyarrow")
    return _folder("tidy")


@pytest.fixture(scope="session")
def livetiming_folder() -> Path:
    """Live-timing recordings."""
    return _folder("livetiming")


@pytest.fixture(scope="session")
def races(fastf1_cache: Path) -> list[tuple[int, str]]:
    """Year and event of every race in the FastF1 cache."""
    found = fastf1_cache.glob("*/*/*_Race/_extended_timing_data.ff1pkl")
    return sorted((int(p.parts[-4]), p.parts[-3][11:].replace("_", " ")) for p in found)


@pytest.fixture(scope="session")
def weekends(fastf1_cache: Path, shared_tmp: Path) -> Callable[[int, str], Weekend]:
    """Loader of real weekends, offline, each loaded once; workers share the stored frames."""
    from f1lab.data.source import load

    folder = shared_tmp / "f1lab_cache_of_weekends"

    @lru_cache(maxsize=64)
    def loaded(year: int, event: str) -> Weekend:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("F1LAB_CACHE_DIR", str(folder))
            return load(year, event, offline=True, fastf1_cache=fastf1_cache)

    return loaded


@pytest.fixture(scope="session")
def race_model(
    weekends: Callable[[int, str], Weekend], shared_tmp: Path
) -> Callable[[int, str], RaceModel]:
    """Lap-time model of a real race, each fitted once for all tests and workers."""
    from f1lab.racemodel import RaceModel

    def fitted(year: int, event: str) -> RaceModel:
        path = shared_tmp / "race_models" / f"{year} {event}.pickle"
        return _kept(path, lambda: RaceModel.of(weekends(year, event)))

    return fitted


@pytest.fixture(scope="session")
def past_race(tidy_folder: Path, shared_tmp: Path) -> Callable[[int, int], PastRace]:
    """Race of the archive with its model, each repaired and fitted once for all tests."""
    from f1lab.data.tidy import load_tidy
    from f1lab.engine.calibrate_seen import PastRace

    def seen(year: int, number: int) -> PastRace:
        path = shared_tmp / "past_races" / f"{year} {number}.pickle"
        return _kept(path, lambda: PastRace.of(load_tidy(tidy_folder, year, number)))

    return seen


@pytest.fixture(autouse=True)
def _own_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test has a cache of its own and no settings of the machine."""
    for name in [name for name in os.environ if name.startswith("F1LAB_")]:
        if name != "F1LAB_TEST_DATA":
            monkeypatch.delenv(name)
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "f1lab_cache"))
    monkeypatch.setenv("F1LAB_DATA_DIR", str(tmp_path / "f1lab_data"))


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Any connection that leaves the machine fails the test."""
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and not str(address[0]).startswith(_LOOPBACK):
            pytest.fail(f"a test tried to connect to {address[0]}")
        connect(self, address)

    def guarded_look_up(host: Any, *args: Any, **kwargs: Any) -> Any:
        if host and not str(host).startswith(_LOOPBACK):
            pytest.fail(f"a test tried to look up {host}")
        return look_up(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded)
        patch.setattr(socket, "getaddrinfo", guarded_look_up)
        yield


@pytest.fixture(scope="session")
def assert_sound() -> Callable[[Session], None]:
    """Check everything a repaired session promises."""
    import numpy as np

    from f1lab.data import schema

    def check(session: Session) -> None:
        assert_columns(session)
        race = session.kind in ("R", "S")
        laps = session.laps
        assert np.isfinite(session.start_s)
        assert len(laps) > 0
        assert set(laps["compound"]) <= set(schema.COMPOUNDS)
        flags = laps[["yellow", "sc", "vsc", "red"]].any(axis=1)
        assert (laps["green"] != flags).all()
        for driver, own in laps.groupby("driver", sort=False):
            clock = own["time_s"].to_numpy()
            assert own["lap"].tolist() == list(range(1, len(own) + 1)), driver
            assert np.isfinite(clock).all(), driver
            assert (np.diff(clock) > 0).all(), driver
            if race:
                assert clock[0] > session.start_s, driver
                driven = np.diff(clock, prepend=session.start_s)
                assert (own["lap_time_s"].to_numpy() == driven).all(), driver
            stint, age = own["stint"].to_numpy(), own["tyre_age_laps"].to_numpy()
            assert stint[0] == 1, driver
            assert set(np.diff(stint)) <= {0, 1}, driver
            assert (np.diff(age)[np.diff(stint) == 0] == 1).all(), driver
            assert (age >= 1).all(), driver
            assert (own.groupby("stint")["compound"].nunique() == 1).all(), driver
        if race:
            assert session.total_laps is not None
            assert session.total_laps >= laps["lap"].max()
            places = laps.sort_values(["lap", "time_s"]).groupby("lap")["position"]
            assert all(own.tolist() == list(range(1, len(own) + 1)) for _, own in places)
        order = laps.sort_values("time_s", kind="stable")
        gap = order["time_s"].to_numpy() - order["gap_ahead_s"].to_numpy()
        assert np.isnan(gap[0])
        assert (gap[1:] <= order["time_s"].to_numpy()[1:])[np.isfinite(gap[1:])].all()
        assert ((order["driver_ahead"] == "") == order["gap_ahead_s"].isna()).all()

    def assert_columns(session: Session) -> None:
        kinds = {"str": "O", "int": "i", "float": "f", "bool": "b"}
        for name in ("laps", "results", "weather", "messages", "track_status"):
            wanted = getattr(schema, f"{name.removesuffix('s').upper()}_COLUMNS", None)
            wanted = wanted or getattr(schema, f"{name.upper()}_COLUMNS")
            frame = getattr(session, name)
            assert {c: frame[c].dtype.kind for c in frame} == {
                c: kinds[k] for c, k in wanted.items()
            }
            assert list(frame.columns) == list(wanted), name
            assert frame.index.tolist() == list(range(len(frame))), name

    return check
