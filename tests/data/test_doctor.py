"""The doctor finds what is there, and says what to do about what is not."""

import importlib.metadata
import json
import threading
import time

import httpx
import pytest

from f1lab.data import cache
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
    for name in ("fastf1 network", "openf1"):
        assert sources[name].detail.endswith("offline mode is on")
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
    stop = threading.Event()

    def dead(*_, **__):
        stop.wait(delay_s)
        raise httpx.ConnectError("unreachable")

    monkeypatch.setattr(httpx, "get", dead)
    begun = time.monotonic()
    report = doctor(offline=False)
    took = time.monotonic() - begun
    stop.set()
    for name in ("fastf1 network", "openf1"):
        network = by_name(report.sources)[name]
        assert not network.answers
        assert network.detail.endswith("no answer" if delay_s else "unreachable")
    assert took < 10  # never hangs
    assert report.auto[2].startswith("then OpenF1, which does not answer now")


@pytest.fixture
def answering(monkeypatch):
    """Answers with a status of the archive and one of OpenF1."""

    def set_up(archive, openf1):
        def get(url, **_):
            return httpx.Response(archive if "livetiming" in url else openf1)

        monkeypatch.setattr(httpx, "get", get)
        return doctor(offline=False)

    return set_up


def test_a_network_that_answers(answering):
    report = answering(200, 200)
    sources = by_name(report.sources)
    assert sources["fastf1 network"].answers
    assert sources["openf1"].answers
    assert report.auto[2].startswith("then OpenF1, if FastF1 fails")
    assert sources["openf1"].needs == "network, no account; 2023 and later"


def test_an_archive_that_wants_an_account(answering, monkeypatch):
    monkeypatch.delenv("F1_USERNAME", raising=False)
    report = answering(401, 200)
    archive = by_name(report.sources)["fastf1 network"]
    assert not archive.answers
    assert archive.detail.endswith("wants an account (401), and none is set")
    advice = {told.missing: told.do for told in report.advice}
    assert "come from OpenF1 meanwhile" in advice[archive.detail]
    assert "which gives what those two have not" in report.auto[2]
    monkeypatch.setenv("F1_USERNAME", "me")
    monkeypatch.setenv("F1_PASSWORD", "secret")
    assert by_name(answering(401, 200).sources)["fastf1 network"].answers


def test_openf1_while_a_session_is_on(answering):
    openf1 = by_name(answering(200, 401).sources)["openf1"]
    assert not openf1.answers
    assert "a session is on" in openf1.detail


def test_what_is_cached_is_counted_by_who_gave_it():
    for year, name in ((2023, "fastf1"), (2024, "openf1"), (2025, "openf1")):
        cache.store(cache.Key("session", year, "Monaco", "R", name), [1], schema_version=1)
    ours = by_name(doctor(offline=True).sources)["our cache"]
    assert ours.detail == "races loaded before: 1 from fastf1, 2 from openf1"


def test_extras_that_are_not_installed_are_named(monkeypatch):
    def version(name):
        if name in {"fastapi", "dask"}:
            raise importlib.metadata.PackageNotFoundError
        return "1.0"

    monkeypatch.setattr(module.importlib.metadata, "version", version)
    advice = {told.missing: told.do for told in doctor(offline=True).advice}
    assert "f1lab[api]" in advice["fastapi is not installed"]
    assert "f1lab[batch]" in advice["dask is not installed"]
