"""The doctor finds what is there, and says what to do about what is not."""

import json
import socket
import time

import pytest

from f1lab.data import doctor as module
from f1lab.data.doctor import doctor


def by_name(found):
    return {thing.name: thing for thing in found}


@pytest.mark.real
def test_a_machine_with_a_cache(fastf1_cache):
    report = doctor(offline=True, fastf1_cache=fastf1_cache)
    assert report.healthy
    assert report.versions["f1lab"]
    assert by_name(report.sources)["fastf1 cache"].detail.startswith("46 races in")
    assert by_name(report.folders)["FastF1 cache"].size_bytes > 1e8
    assert json.loads(json.dumps(report.to_dict()))["healthy"] is True


def test_a_machine_with_nothing(tmp_path):
    report = doctor(offline=True, fastf1_cache=tmp_path / "none")
    sources = by_name(report.sources)
    assert sources["demo"].answers
    assert not sources["fastf1 cache"].answers
    assert sources["fastf1 network"].detail == "offline mode is on"
    advice = {told.missing: told.do for told in report.advice}
    assert "unset F1LAB_OFFLINE" in advice["no real races can be loaded"]


def test_a_folder_in_the_way(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "file" / "cache"))
    report = doctor(offline=True, fastf1_cache=tmp_path)
    assert not report.healthy
    assert any("set F1LAB_CACHE_DIR" in told.do for told in report.advice)


@pytest.mark.parametrize("delay_s", [0.0, 30.0])
def test_a_network_that_does_not_answer_costs_no_more_than_three_seconds(delay_s, monkeypatch):
    def dead(*_, **__):
        stop.wait(delay_s)
        raise OSError("unreachable")

    import threading

    stop = threading.Event()
    monkeypatch.setattr(module.socket, "create_connection", dead)
    begun = time.monotonic()
    network = by_name(doctor(offline=False).sources)["fastf1 network"]
    took = time.monotonic() - begun
    stop.set()
    assert not network.answers
    assert network.detail.endswith("no answer" if delay_s else "unreachable")
    assert took < 10  # never hangs


def test_a_network_that_answers(monkeypatch):
    here, there = socket.socketpair()
    monkeypatch.setattr(module.socket, "create_connection", lambda *_, **__: here)
    assert by_name(doctor(offline=False).sources)["fastf1 network"].answers
    there.close()
