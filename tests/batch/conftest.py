"""Two small races, and a real dask cluster: a scheduler and two worker processes."""

from __future__ import annotations

import dataclasses

import pytest

import f1lab
from tests.batch.helping import DRIVERS, program, scheduler, waited


@pytest.fixture(autouse=True)
def _own_folder(shared_tmp, monkeypatch):
    """One cache for all of these tests: the demo is generated once."""
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(shared_tmp / "batch_cache"))


@pytest.fixture(scope="session")
def demo(shared_tmp):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(shared_tmp / "batch_cache"))
        return f1lab.load_demo()


@pytest.fixture(scope="session")
def pair(demo):
    """The demo under two names."""
    return [demo, dataclasses.replace(demo, event="Second Grand Prix", round=2)]


@pytest.fixture(scope="session")
def whole(pair, tmp_path_factory):
    """Both races in one go, in this process, from nothing."""
    from f1lab.batch import autopsies

    folder = tmp_path_factory.mktemp("whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(folder / "cache"))
        return autopsies(pair, folder / "out", drivers=DRIVERS)


@pytest.fixture(scope="session")
def cluster(tmp_path_factory):
    """Address of a scheduler with two worker processes."""
    pytest.importorskip("distributed", reason="a dask cluster needs dask")
    folder = tmp_path_factory.mktemp("dask")
    two = ("--nworkers", "2", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
    with scheduler(folder) as address:
        log = folder / "workers.log"
        with program(log, "worker", address, *two, "--local-directory", str(folder / "scratch")):
            waited(lambda: log.read_bytes().count(b"Registered to") >= 2)
            yield address
