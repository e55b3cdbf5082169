"""The gate in front of every endpoint: nobody passes without a token that holds.

It stands outside the router, so that an endpoint cannot be forgotten; one single address, the
bare ``health``, is open. Whoever tries tokens is slowed down, whoever asks too often is told when
to come back, and a page of another site can not use a browser that is let in.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from starlette.datastructures import Headers

from f1lab.api.auth import Caller, no_token, operator, read_token
from f1lab.api.docs import docs_caller
from f1lab.api.limits import RateLimit
from f1lab.api.problems import ProblemError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

    from f1lab.api.config import ApiConfig

__all__ = ["OPEN", "Gate"]

#: Addresses that need no token, and why: a load balancer asks whether the server is up.
OPEN = frozenset({"/api/v1/health"})
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})


class Gate:
    """Find out who is asking, and refuse everybody else.

    Parameters
    ----------
    app : ASGI application
    config : ApiConfig
    """

    def __init__(self, app: ASGIApp, config: ApiConfig) -> None:
        self._app, self._config = app, config
        self._rate = RateLimit(config.per_minute)
        self._wrong = RateLimit(config.wrong_per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request pass, or answer it with the problem."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        try:
            self._admit(scope)
        except ProblemError as problem:
            await problem.response(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _admit(self, scope: Scope) -> None:
        """Note the caller; ProblemError when there is none, or there are too many requests."""
        headers = Headers(scope=scope)
        if self._config.behind_jupyter:
            scope["root_path"] = headers.get("X-ProxyContextPath", "").rstrip("/")
        place = scope["client"][0] if scope.get("client") else "socket"
        if scope["path"] in OPEN:
            _raise(self._rate.hit("open", place))
            return
        found = self._caller(scope, headers, place)
        _raise(self._rate.hit("caller", found.name, place))
        if scope["method"] not in _SAFE:
            self._require_own_page(headers)
        scope["f1lab.caller"] = found

    def _caller(self, scope: Scope, headers: Headers, place: str) -> Caller:
        token = _token(scope, headers)
        if token is None:
            found = docs_caller(self._config, scope, headers.get("Cookie", ""))
            if found is None:
                raise no_token()
            return found
        found = read_token(self._config.secret, token)
        if found is None:  # who tries tokens must not keep those out that have one
            _raise(self._wrong.used_up("wrong", place))
            found = operator(self._config, token)
        if found is None:
            self._wrong.hit("wrong", place)
            raise no_token()
        return found

    def _require_own_page(self, headers: Headers) -> None:
        """Refuse what a page of another site asks a browser to send."""
        origin = headers.get("Origin")
        if origin is None and headers.get("Sec-Fetch-Site", "none") in ("none", "same-origin"):
            return
        hosts = {headers.get("Host"), headers.get("X-Forwarded-Host")}
        own = origin is not None and urlsplit(origin).netloc in hosts
        if not own and origin not in self._config.cors:
            raise ProblemError(403, "a page of another site may not ask for this.", "foreign-page")


def _raise(problem: ProblemError | None) -> None:
    if problem is not None:
        raise problem


def _token(scope: Scope, headers: Headers) -> str | None:
    """The token a request carries, from the header before the address."""
    scheme, _, token = headers.get("Authorization", "").partition(" ")
    if scheme.casefold() in ("bearer", "token") and token.strip():
        return token.strip()
    asked = dict(parse_qsl(scope["query_string"].decode("latin-1")))
    return asked.get("token") or None
