"""A report is asked for, watched, fetched; cancelled, nothing of it goes on."""

from __future__ import annotations

import time

import psutil
import pytest

from f1lab.api import Role

ASKED = {"kind": "autopsy", "year": "demo", "driver": "uur"}


def wait(client, number: str, states: tuple[str, ...], within_s: float = 90.0) -> dict:
    until = time.monotonic() + within_s
    while (told := client.get(f"/report/{number}").json())["state"] not in states:
        assert time.monotonic() < until, told
        time.sleep(0.2)
    return told


def writers() -> list[psutil.Process]:
    """Processes that write reports for a server of this process, kernels and browsers included."""
    ours = psutil.Process().children(recursive=True)
    heads = [each for each in ours if "f1lab.api.write_report" in " ".join(each.cmdline())]
    return [process for head in heads for process in (head, *head.children(recursive=True))]


@pytest.mark.slow
def test_a_report_is_asked_for_watched_and_fetched(api):
    with api.client(Role.reporter, "ann") as ann, api.client(Role.reporter, "bob") as bob:
        created = ann.post("/report", json=ASKED)
        assert created.status_code == 202
        number = created.json()["id"]
        assert created.headers["Location"] == f"/api/v1/report/{number}"
        early = ann.get(f"/report/{number}/html")
        assert early.status_code == 409
        seen = {0.0}
        while (told := ann.get(f"/report/{number}").json())["state"] in ("waiting", "running"):
            seen.add(told["progress"])
            time.sleep(0.1)
        assert told["state"] == "done", told
        assert told["progress"] == 1.0
        assert told["seconds"] > 0
        assert len(seen) > 3, "progress was told on the way"
        assert max(seen) < 1.0
        page = ann.get(f"/report/{number}/html")
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert page.headers["Content-Security-Policy"].startswith("sandbox")
        assert "Uur" in page.text or "UUR" in page.text
        assert ann.get(f"/report/{number}/pdf").status_code == 404
        assert [job["id"] for job in ann.get("/report").json()] == [number]
        assert bob.get("/report").json() == []
        for method, path in (("GET", ""), ("GET", "/html"), ("DELETE", "")):
            assert bob.request(method, f"/report/{number}{path}").status_code == 404
        assert api.ask("GET", f"/report/{number}").json()["state"] == "done"
        assert ann.delete(f"/report/{number}").status_code == 204
        assert ann.get(f"/report/{number}").status_code == 404


def test_a_report_that_cannot_be_says_why(api):
    with api.client(Role.reporter) as client:
        number = client.post("/report", json=ASKED | {"driver": "XXX"}).json()["id"]
        told = wait(client, number, ("done", "failed"))
        assert told["state"] == "failed"
        assert "'XXX'" in told["detail"]
        answer = client.get(f"/report/{number}/html")
        assert answer.status_code == 409
        assert "'XXX'" in answer.json()["detail"]
        client.delete(f"/report/{number}")


def test_a_cancelled_report_leaves_nothing_running_and_nothing_on_the_disk(api):
    with api.client(Role.reporter) as client:
        number = client.post("/report", json=ASKED).json()["id"]
        told = wait(client, number, ("running",))
        until = time.monotonic() + 60
        while told["progress"] == 0.0:  # the kernel of its notebook is up
            assert time.monotonic() < until
            told = client.get(f"/report/{number}").json()
        job = api.app.state.jobs._jobs[number]
        begun = writers()
        assert len(begun) >= 2, "the process that writes, and the kernel it started"
        assert client.delete(f"/report/{number}").status_code == 204
        assert not job.folder.exists()
        assert client.get(f"/report/{number}").status_code == 404
    _, left = psutil.wait_procs(begun, timeout=20)
    assert not left


def test_reports_wait_for_their_turn_and_too_many_are_refused(make_app, running_app, monkeypatch):
    from f1lab.api import jobs

    monkeypatch.setattr(jobs, "_MOST_WAITING", 2)
    with running_app(make_app()) as served, served.client() as client:
        numbers = [client.post("/report", json=ASKED).json()["id"] for _ in range(2)]
        refused = client.post("/report", json=ASKED)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        states = {client.get(f"/report/{number}").json()["state"] for number in numbers}
        assert "waiting" in states
        folder = served.app.state.jobs._root
        assert folder.stat().st_mode & 0o077 == 0
    assert not folder.exists(), "the server that ends takes its reports with it"


WRONG = [
    {},
    {"kind": "poem"},
    ASKED | {"driver": "../../x"},
    ASKED | {"year": 1950},
    ASKED | {"year": 2023},
    ASKED | {"formats": []},
    ASKED | {"formats": ["exe"]},
    ASKED | {"output": "/etc"},
    ASKED | {"recording": "/etc/passwd"},
    ASKED | {"event": "a/b"},
    {"kind": "comparison", "year": "demo", "first": "UUR", "second": "uur"},
    {"kind": "season-blame", "year": "demo", "drivers": []},
]


@pytest.mark.parametrize("asked", WRONG)
def test_a_report_nobody_can_write_is_refused_at_once(api, asked):
    answer = api.ask("POST", "/report", json=asked)
    assert answer.status_code == 422
    assert answer.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("number", ["x", "0" * 16, "..%2f..", "0" * 17])
def test_a_report_that_is_not_there_is_not_found(api, number):
    assert api.ask("GET", f"/report/{number}").status_code in (404, 422)
