"""Nobody comes in without a token that holds, and nobody does more than it says."""

from __future__ import annotations

import base64
import json
import time

import httpx
import jwt
import pytest

from f1lab.api import ApiConfig, Role
from f1lab.api.auth import Caller, issue_token, operator, read_token
from f1lab.errors import InvalidInput

SECRET = bytes(range(32))  # of the servers in conftest.py, too
OPERATOR = "the-operators-own-token"


def claims(**other):
    now = int(time.time())
    held = {"sub": "ann", "role": "admin", "aud": "f1lab-api", "iat": now, "exp": now + 60}
    return {name: value for name, value in (held | other).items() if value is not None}


def signed(key=SECRET, algorithm="HS256", **other):
    return jwt.encode(claims(**other), key, algorithm)


def unsigned():
    def part(value):
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()

    return f"{part({'alg': 'none', 'typ': 'JWT'})}.{part(claims())}."


def retold(token, **other):
    """The same signature under other claims."""
    head, _, signature = token.split(".")
    body = base64.urlsafe_b64encode(json.dumps(claims(**other)).encode()).rstrip(b"=").decode()
    return f"{head}.{body}.{signature}"


def test_a_token_says_who_and_as_what():
    token = issue_token(SECRET, "ann", Role.player, hours=1)
    assert read_token(SECRET, token) == Caller("ann", Role.player)
    assert read_token(SECRET, signed()) == Caller("ann", Role.admin)


FORGED = {
    "another secret": signed(bytes(32)),
    "not signed": unsigned(),
    "another claim": retold(signed(role="reader"), role="admin"),
    "another algorithm": signed(bytes(range(64)), "HS512"),
    "ended": signed(exp=int(time.time()) - 1),
    "never ends": signed(exp=None),
    "for others": signed(aud="somebody-else"),
    "for nobody": signed(aud=None),
    "no name": signed(sub=None),
    "no role": signed(role=None),
    "no such role": signed(role="owner"),
    "cut": signed()[:-2],
    "empty": "",
    "not a token": "a.b.c",
    "not even text": "\udcff",
}


@pytest.mark.parametrize("token", FORGED.values(), ids=FORGED)
def test_a_token_that_does_not_hold_lets_nobody_in(token):
    assert read_token(SECRET, token) is None


@pytest.mark.parametrize(
    ("name", "hours"),
    [("", 1), ("x" * 61, 1), ("a\nb", 1), ("ann", 0), ("ann", float("nan")), ("ann", 1e9)],
)
def test_a_token_nobody_should_have_is_not_signed(name, hours):
    with pytest.raises(InvalidInput):
        issue_token(SECRET, name, Role.reader, hours)


def test_the_operators_token_may_do_everything_and_a_beginning_of_it_nothing():
    config = ApiConfig(token=OPERATOR, secret=SECRET)
    assert operator(config, OPERATOR) == Caller("operator", Role.admin)
    assert operator(config, OPERATOR[:-1]) is None
    assert operator(config, f"{OPERATOR}x") is None


@pytest.mark.parametrize(
    "given",
    [
        {"token": "short"},
        {"token": "pässwörter"},
        {"secret": b"short"},
        {"workers": 0},
        {"cors": ("*",)},
        {"cors": ("https://a.example/path",)},
        {"work_s": 0},
    ],
)
def test_a_setting_that_cannot_be_used_is_refused(given):
    with pytest.raises(InvalidInput):
        ApiConfig(**given)


@pytest.mark.parametrize(
    "way",
    [
        {"headers": {"Authorization": f"Bearer {OPERATOR}"}},
        {"headers": {"Authorization": f"token {OPERATOR}"}},
        {"headers": {"Authorization": f"TOKEN   {OPERATOR}"}},
        {"params": {"token": OPERATOR}},
    ],
)
def test_a_token_comes_as_jupyters_do(api, way):
    assert api.ask("GET", "/status", role=None, **way).status_code == 200


@pytest.mark.parametrize("token", [value for value in FORGED.values() if value and value.isascii()])
def test_the_server_refuses_what_was_forged(api, token):
    assert api.ask("GET", "/status", role=None, params={"token": signed()}).status_code == 200
    answer = api.ask("GET", "/status", role=None, headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 401
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_whoever_tries_tokens_is_slowed_down_and_whoever_has_one_is_not(make_app, in_process):
    app = make_app(wrong_per_minute=20)
    wrong = in_process(app, [("GET", f"/status?token=guess-{n}") for n in range(25)])
    assert [answer.status_code for answer in wrong[:20]] == [401] * 20
    assert wrong[-1].status_code == 429
    assert int(wrong[-1].headers["Retry-After"]) > 0
    good = issue_token(app.state.config.secret, "ann", Role.reader, 1)
    assert in_process(app, [("GET", f"/status?token={good}")])[0].status_code == 200


def test_a_role_may_do_what_lower_ones_may_and_no_more(api):
    for role in Role:
        assert api.ask("GET", "/cache", role).status_code == 200
        allowed = role is Role.admin
        answer = api.ask("DELETE", "/cache", role, params={"pattern": "*/1950/*"})
        assert answer.status_code == (200 if allowed else 403)
        if not allowed:
            assert role.value in answer.json()["detail"]


def test_reports_are_reserved_to_the_role_the_operator_said(api):
    assert api.ask("GET", "/report", Role.player).status_code == 403
    assert api.ask("GET", "/report", Role.reporter).json() == []


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_page_of_another_site_cannot_use_a_browser_that_is_let_in(api, headers):
    answer = api.ask("DELETE", "/cache", params={"pattern": "*/1950/*"}, headers=headers)
    assert answer.status_code == 403
    assert answer.json()["type"].endswith("foreign-page")


def test_a_page_of_our_own_can(api):
    headers = {"Origin": api.url, "Sec-Fetch-Site": "same-origin"}
    answer = api.ask("DELETE", "/cache", params={"pattern": "*/1950/*"}, headers=headers)
    assert answer.status_code == 200


def test_the_cookie_of_the_documentation_opens_the_documentation_alone(api, make_app, in_process):
    with httpx.Client(base_url=f"{api.url}/api/v1") as client:
        page = client.get("/docs", params={"token": OPERATOR})
        cookie = page.headers["Set-Cookie"]
        assert page.status_code == 200
        assert {"HttpOnly", "SameSite=strict"} <= set(cookie.split("; "))
        assert OPERATOR not in cookie
        assert OPERATOR not in page.text
        assert client.get("/docs/docs.js").status_code == 200
        assert client.get("/openapi.json").status_code == 200
        assert client.get("/status").status_code == 401
        assert client.delete("/cache", params={"pattern": "*"}).status_code == 401
        held = client.cookies["f1lab-docs"]
    in_front = {"Cookie": f"f1lab-docs={held}", "X-ProxyContextPath": "/api/v1/docs"}
    app = make_app(behind_jupyter=True)
    beyond = in_process(app, [("GET", "/docs/api/v1/status")], headers=in_front)[0]
    assert beyond.status_code == 401, "a path said to be in front opens no more"
    as_token = api.ask("GET", "/status", role=None, headers={"Authorization": f"Bearer {held}"})
    assert as_token.status_code == 401
    plain = issue_token(api.config.secret, "ann", Role.reader, 1)
    answer = api.ask("GET", "/openapi.json", role=None, headers={"Cookie": f"f1lab-docs={plain}"})
    assert answer.status_code == 401
