"""The work is the same on processes of this machine and on a dask cluster, and neither is trusted."""

from __future__ import annotations

import dataclasses
import os
import signal
import time

import pytest

import f1lab
from f1lab.autopsy.spread import Lost, attempt, spread
from f1lab.batch import BatchError, autopsies
from f1lab.batch.backends import workers
from f1lab.errors import NoData
from f1lab.reporting.batch import ReportJob, run_batch
from f1lab.settings import settings
from tests.batch.helping import DRIVERS, program, scheduler, waited

pytest.importorskip("pyarrow", reason="a batch writes Parquet")


def square(number):
    """Some work: 3 kills its process, 4 is refused, 5 is a mistake of ours."""
    if number == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    if number == 4:
        raise NoData("there is no four.")
    if number == 5:
        raise ValueError("five")
    return number**2


def told_settings(_task):
    """What a worker knows of network and cache."""
    found = settings()
    return os.getpid(), found.offline, str(found.cache_dir)


def late(number):
    time.sleep(0.2 * number)
    return number


def test_a_process_that_dies_is_one_task_lost():
    found = dict(spread(square, range(8), 2))
    assert {place: one for place, one in found.items() if place not in {3, 4, 5}} == {
        0: 0, 1: 1, 2: 4, 6: 36, 7: 49,
    }  # fmt: skip
    assert "killed" in found[3].reason
    assert found[4] == Lost("there is no four.")
    assert "ValueError: five" in found[5].reason
    assert "in square" in found[5].detail


def test_what_cannot_be_made_ready_is_one_task_lost():
    def ready(number):
        if number == 1:
            raise NoData("one is not at hand.")
        return 10 * number

    assert dict(spread(abs, range(3), 2, ready=ready)) == {
        0: 0, 1: Lost("one is not at hand."), 2: 20,
    }  # fmt: skip


def test_tasks_are_made_ready_a_few_at_a_time():
    ready = []
    results = spread(late, [0.5] * 30, 2, ready=lambda n: ready.append(n) or n)
    next(results)
    assert len(ready) < 15
    results.close()


def test_who_stops_listening_stops_the_work(capfd):
    def listen():
        for place, _ in spread(late, [0.2] * 40, 2):
            if place >= 0:
                raise OSError("the disk is full")

    with pytest.raises(OSError, match="the disk is full"):
        listen()
    assert dict(spread(abs, [-1, -2], 2)) == {0: 1, 1: 2}
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_workers_never_touch_the_network_and_use_our_cache(tmp_path, monkeypatch, n_jobs):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "of this test"))
    for _, (process, offline, cache) in spread(told_settings, range(2), n_jobs):
        assert offline
        assert cache == str(tmp_path / "of this test")
        assert (process == os.getpid()) == (n_jobs == 1)
    assert not settings().offline


def test_results_come_as_they_are_done():
    assert [place for place, _ in spread(late, [9, 0, 1], 2)][-1] == 0


def test_an_attempt_keeps_what_was_returned():
    assert attempt(lambda: 7) == 7


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "nonsense", "http://127.0.0.1:1", "a:b"])
def test_a_scheduler_that_does_not_answer_is_one_sentence(demo, tmp_path, address):
    with pytest.raises(BatchError, match=f"no dask scheduler answers at {address} within"):
        autopsies([demo], tmp_path, backend="dask", scheduler=address)
    assert not list(tmp_path.iterdir())


def test_a_cluster_without_workers_or_with_another_f1lab_is_refused(
    demo, tmp_path, cluster, monkeypatch
):
    with scheduler(tmp_path) as address, pytest.raises(BatchError, match="has no workers"):
        autopsies([demo], tmp_path / "out", backend="dask", scheduler=address)
    monkeypatch.setattr(f1lab, "__version__", "9.9")
    with pytest.raises(BatchError, match=r"has f1lab 0.* this is 9\.9"):
        autopsies([demo], tmp_path / "out", backend="dask", scheduler=cluster)


def test_a_dask_cluster_writes_the_same_bytes(pair, whole, tmp_path, cluster, monkeypatch):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "cache"))
    there = autopsies(pair, tmp_path / "out", drivers=DRIVERS, backend="dask", scheduler=cluster)
    found = {}
    for batch in (whole, there):
        found[batch.backend] = {
            path.name: path.read_bytes() for path in batch.output.glob("*.parquet")
        }
        assert (batch.drives, batch.complete) == (6, True)
        assert batch.peak_bytes > 100e6
    assert found["loky"] == found["dask"]
    assert len(found["dask"]) == 3


def test_a_season_and_reports_follow_to_the_cluster(pair, tmp_path, cluster):
    here = f1lab.season_blame(pair, drivers=["UUR"])
    with workers("dask", scheduler=cluster) as memory:
        there = f1lab.season_blame(pair, drivers=["UUR"])
        made = run_batch([ReportJob("one", "autopsy", {"nonsense": 1}, tmp_path)])
        assert {process for _, (process, *_) in spread(told_settings, range(4))}.isdisjoint(
            {os.getpid()}
        )
        assert memory() > 100e6
    assert there.total == here.total
    assert "no parameter nonsense" in made.failures["one"]


def test_a_cluster_that_goes_away_is_one_sentence_and_finished_races_are_kept(
    demo, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr("f1lab.batch.backends._ANSWER_S", 2)
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "cache"))  # nothing is quick here
    races = [dataclasses.replace(demo, event=f"{n} Grand Prix", round=n) for n in range(1, 5)]
    log = tmp_path / "workers.log"
    alone = ("--no-nanny", "--nthreads", "1", "--no-dashboard", "--host", "127.0.0.1")
    scratch = ("--local-directory", str(tmp_path / "scratch"))
    with (
        scheduler(tmp_path, running := []) as address,
        program(log, "worker", address, *alone, *scratch),
    ):
        waited(lambda: b"Registered to" in log.read_bytes())

        def end(_text, done, _total):
            if done == 1:
                running[0].kill()

        given = {"drivers": ["UUR"], "backend": "dask", "scheduler": address, "progress": end}
        with workers("dask", scheduler=address) as memory:
            assert memory() > 50e6
            with pytest.raises(BatchError, match="went away"):
                autopsies(races, tmp_path / "out", **given)
            waited(lambda: memory() == 0)
    kept = len(list((tmp_path / "out" / "parts").iterdir()))
    assert 1 <= kept < 4
    assert len(autopsies(races, tmp_path / "out", drivers=["UUR"]).resumed) == kept
    assert "distributed" not in capfd.readouterr().err
