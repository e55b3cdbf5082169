"""Every address of the API, walked: none without authentication, each described."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import iter_route_contexts

from f1lab.api import Role
from f1lab.api.gate import OPEN

#: The addresses nobody needs a token for, and why.
PUBLIC = {"/api/v1/health": "a load balancer asks whether the server is up; it says nothing else"}
FILLED = {"year": "demo", "event": "demo", "driver": "UUR"}


def routes_of(app) -> list[tuple[str, set[str]]]:
    """Path and methods of every route, however deep it was included."""
    return [(route.path, route.methods) for route in iter_route_contexts(app.routes)]


def address(path: str) -> str:
    return re.sub(r"{(\w+)}", lambda name: FILLED.get(name[1], "1"), path)


def test_the_walk_sees_every_route(api):
    paths = {path for path, _ in routes_of(api.app)}
    assert set(api.app.openapi()["paths"]) <= paths
    assert {"/api/v1/docs", "/api/v1/docs/{name}", "/api/v1/openapi.json"} <= paths


def test_no_route_answers_without_a_token(api):
    walked = 0
    with api.client(role=None) as client:
        for path, methods in routes_of(api.app):
            for method in methods:
                answer = client.request(method, f"{api.url}{address(path)}")
                expected = 200 if path in PUBLIC else 401
                assert answer.status_code == expected, f"{method} {path}"
                walked += 1
    assert walked > len(PUBLIC) + 3


def test_what_is_open_is_what_is_listed_here():
    assert set(PUBLIC) == OPEN


def test_every_operation_says_that_it_needs_a_token(api):
    for path, operations in api.app.openapi()["paths"].items():
        for method, operation in operations.items():
            assert bool(operation.get("security")) == (path not in PUBLIC), f"{method} {path}"


def test_a_route_that_was_forgotten_is_closed_all_the_same(make_app, in_process):
    app = make_app()

    @app.get("/api/v1/forgotten")
    def forgotten() -> str:
        return "everything"

    assert in_process(app, [("GET", "/forgotten")])[0].status_code == 401
    assert ("/api/v1/forgotten", {"GET"}) in routes_of(app)


@pytest.mark.parametrize("path", ["", "/", "/nothing", "//health", "/health/", "/docs/../status"])
def test_an_address_without_a_route_tells_a_stranger_nothing(api, path):
    assert api.ask("GET", path, role=None).status_code == 401


def test_an_address_without_a_route_is_a_problem(api):
    answer = api.ask("GET", "/nothing")
    assert answer.status_code == 404
    assert answer.headers["Content-Type"] == "application/problem+json"
    answer = api.ask("PUT", "/status")
    assert answer.status_code == 405
    assert answer.headers["Allow"] == "GET"


def test_health_says_nothing_but_that_it_is_up(api):
    assert api.ask("GET", "/health", role=None).json() == {"status": "ok"}


def test_status_tells_a_reader_how_the_server_is_doing(api):
    told = api.ask("GET", "/status", Role.reader).json()
    assert told["workers"] == 1
    assert told["offline"] is True


def test_every_operation_says_what_it_does_and_what_may_go_wrong(api):
    for path, operations in api.app.openapi()["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"].count(" ") >= 2, f"{method} {path} says what it does"
            problems = {code for code in operation["responses"] if code[0] in "45"}
            assert problems, f"{method} {path}"
            for code in problems:
                assert set(operation["responses"][code]["content"]) == {"application/problem+json"}
