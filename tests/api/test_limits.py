"""What one client may ask of the server, and what browsers are told about it."""

from __future__ import annotations

import contextlib
import http.client
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from f1lab.api import Role

if TYPE_CHECKING:
    import httpx

TEN_MEGABYTES = 10_000_000


def problem(answer: httpx.Response, status: int) -> dict:
    assert answer.status_code == status, answer.text[:300]
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == status
    assert told["detail"]
    assert "Traceback" not in answer.text
    return told


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_a_body_of_ten_megabytes_is_refused_before_it_is_sent(api, method):
    place = urlsplit(api.url)
    with contextlib.closing(http.client.HTTPConnection(place.hostname, place.port)) as line:
        line.putrequest(method, "/api/v1/report")
        line.putheader("Authorization", f"Bearer {api.config.token}")
        line.putheader("Content-Length", str(TEN_MEGABYTES))
        line.endheaders()
        with line.getresponse() as answer:
            assert answer.status == 413
            assert answer.headers["Content-Type"] == "application/problem+json"


def test_a_body_that_does_not_say_how_long_it_is_is_cut_off(api):
    def pieces():
        for _ in range(TEN_MEGABYTES // 100_000):
            yield b" " * 100_000

    headers = {"Content-Type": "application/json"}
    told = problem(api.ask("POST", "/report", content=pieces(), headers=headers), 413)
    assert "1,000,000" in told["detail"]


def test_a_length_that_is_none_is_refused(api, in_process):
    headers = {"Content-Length": "-1", "Authorization": f"Bearer {api.config.token}"}
    assert in_process(api.app, [("POST", "/report")], headers=headers)[0].status_code == 413


def test_who_asks_too_often_is_told_when_to_come_back_and_others_are_not(make_app, in_process):
    app = make_app(per_minute=5)
    token = {"Authorization": f"Bearer {app.state.config.token}"}
    answers = in_process(app, [("GET", "/status")] * 7, headers=token)
    assert [answer.status_code for answer in answers] == [200] * 5 + [429] * 2
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60
    problem(answers[-1], 429)
    assert in_process(app, [("GET", "/health")])[0].status_code == 200


PATHS = {
    "up": "..",
    "up, coded": "%2e%2e",
    "up and down": "%2e%2e%2f%2e%2e%2fetc%2fpasswd",
    "backwards": "..%5c..%5cwindows",
    "nothing": "%00",
    "a line": "Monaco%0d%0aSet-Cookie:%20a=b",
    "very long": "x" * 5000,
    "as long as can be": "x" * 60,
    "elsewhere": "%e3%83%a2%e3%83%8a%e3%82%b3",
    "no letters": "%f0%9f%8f%8e%ef%b8%8f",
    "no text": "%ff%fe",
    "to the left": "%e2%80%aeocanoM",
    "a pattern": "*",
    "an injection": "1%27%20OR%201=1--",
    "blanks": "%20%20",
    "a template": "{{7*7}}",
}


@pytest.mark.parametrize("event", PATHS.values(), ids=PATHS)
def test_a_trick_in_an_event_ends_as_a_problem(api, event):
    for year in ("2023", "demo"):
        status, headers, body = raw(api, f"/api/v1/autopsy/{year}/{event}/HAM")
        assert status in (404, 422, 503), body
        assert headers["Content-Type"] == "application/problem+json"
        assert headers["Set-Cookie"] is None
        assert "root:" not in body
        assert len(body) < 4000


@pytest.mark.parametrize(
    "path",
    [
        "/../etc/passwd",
        "/%2e%2e/%2e%2e/etc/passwd",
        "/docs/..%2f..%2fauth.py",
        "/docs/%2e%2e",
        "/docs/%00",
    ],
)
def test_no_path_leads_to_a_file_of_ours(api, path):
    status, _, body = raw(api, f"/api/v1{path}")
    assert status == 404
    assert "import" not in body


def raw(api, path: str) -> tuple[int, http.client.HTTPMessage, str]:
    """Ask for an address as it is, which no client library would."""
    place = urlsplit(api.url)
    with contextlib.closing(http.client.HTTPConnection(place.hostname, place.port)) as line:
        line.putrequest("GET", path, skip_accept_encoding=True)
        line.putheader("Authorization", f"Bearer {api.config.token}")
        line.putheader("Connection", "close")
        line.endheaders()
        with line.getresponse() as answer:
            return answer.status, answer.headers, answer.read().decode()


@pytest.mark.parametrize("path", ["/health", "/status", "/nothing", "/openapi.json"])
def test_browsers_are_told_to_do_no_more_with_an_answer(api, path):
    headers = api.ask("GET", path).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert "Server" not in headers


def test_an_error_nobody_thought_of_says_nothing_of_the_inside(make_app, in_process):
    app = make_app()

    @app.get("/api/v1/broken")
    def broken() -> None:
        raise RuntimeError("a secret of the inside")

    token = {"Authorization": f"Bearer {app.state.config.token}"}
    answer = in_process(app, [("GET", "/broken")], headers=token)[0]
    problem(answer, 500)
    assert "secret" not in answer.text
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


PREFLIGHT = {
    "Origin": "https://pitwall.example",
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization",
}


def test_no_other_origin_may_ask_unless_the_operator_said_so(api, make_app, in_process):
    token = {"Authorization": f"Bearer {api.config.token}"}
    asked = api.ask("GET", "/status", headers={"Origin": "https://pitwall.example"})
    assert not [name for name in asked.headers if name.startswith("access-control")]
    preflight = api.ask("OPTIONS", "/report", role=None, headers=PREFLIGHT)
    assert preflight.status_code == 401
    assert "Access-Control-Allow-Origin" not in preflight.headers

    app = make_app(cors=("https://pitwall.example",))
    allowed = in_process(app, [("OPTIONS", "/report")], headers=PREFLIGHT)[0]
    assert allowed.status_code == 200
    assert allowed.headers["Access-Control-Allow-Origin"] == "https://pitwall.example"
    told = in_process(
        app, [("GET", "/status")], headers=token | {"Origin": "https://pitwall.example"}
    )
    assert told[0].headers["Access-Control-Allow-Origin"] == "https://pitwall.example"
    assert "Access-Control-Allow-Credentials" not in told[0].headers
    other = PREFLIGHT | {"Origin": "https://evil.example"}
    refused = in_process(app, [("OPTIONS", "/report")], headers=other)[0]
    assert "Access-Control-Allow-Origin" not in refused.headers


def test_a_request_that_cannot_be_understood_is_explained(api):
    told = problem(api.ask("POST", "/report", json={"kind": "autopsy", "year": 1}), 422)
    assert {trouble["where"] for trouble in told["errors"]} >= {"body.autopsy.driver"}
    told = problem(
        api.ask("POST", "/report", content=b"{", headers={"Content-Type": "application/json"}), 422
    )
    assert told["type"] == "urn:f1lab:problem:invalid-request"
    assert "body: this is no JSON at character 1" in told["detail"]
    told = problem(api.ask("GET", f"/strategy/optimal/Monaco/{10**20}"), 422)
    assert {trouble["where"] for trouble in told["errors"]} >= {"path.year.constrained-int"}
    told = problem(api.ask("POST", "/report", data={"kind": "autopsy"}), 422)
    assert told["detail"] == "body: send JSON, and say so: Content-Type: application/json."


def test_the_librarys_own_sentence_is_told(api):
    told = problem(api.ask("GET", "/autopsy/demo/demo/XXX", Role.reader), 404)
    assert told["type"] == "urn:f1lab:problem:unknown-name"
    assert "'XXX'. Known: " in told["detail"]
    assert "UUR" in told["detail"]
