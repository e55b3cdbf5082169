"""How much one client may ask: requests a minute, and bytes a request."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter
from starlette.exceptions import HTTPException

from f1lab.api.problems import ProblemError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BodyLimit", "RateLimit"]


class RateLimit:
    """Requests a minute of each client.

    Parameters
    ----------
    per_minute : int
        The most.
    """

    def __init__(self, per_minute: int) -> None:
        self._item = RateLimitItemPerMinute(per_minute)
        self._limiter = SlidingWindowCounterRateLimiter(MemoryStorage())

    def hit(self, *client: str) -> ProblemError | None:
        """Count a request; the problem when it is one too many.

        Parameters
        ----------
        *client : str
            Who it is.
        """
        if self._limiter.hit(self._item, *client):
            return None
        return self._too_many(client)

    def used_up(self, *client: str) -> ProblemError | None:
        """The problem when there is nothing left, without counting.

        Parameters
        ----------
        *client : str
            Who it is.
        """
        return None if self._limiter.test(self._item, *client) else self._too_many(client)

    def _too_many(self, client: tuple[str, ...]) -> ProblemError:
        reset_s = self._limiter.get_window_stats(self._item, *client).reset_time
        wait_s = max(1, math.ceil(reset_s - time.time()))
        return ProblemError(
            429,
            f"more than {self._item.amount} requests in a minute; come back in {wait_s} s.",
            headers={"Retry-After": str(wait_s)},
        )


class BodyLimit:
    """Refuse bodies that are too large, whether they say so first or not.

    Parameters
    ----------
    app : ASGI application
    most_bytes : int
        The most [bytes].
    """

    def __init__(self, app: ASGIApp, most_bytes: int) -> None:
        self._app, self._most = app, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, counting what it sends."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = dict(scope["headers"]).get(b"content-length", b"0")
        if not said.isdigit() or int(said) > self._most:
            await ProblemError(413, self._sentence).response(scope, receive, send)
            return
        got = 0

        async def counted() -> Message:
            nonlocal got
            message = await receive()
            got += len(message.get("body", b""))
            if got > self._most:
                raise HTTPException(413, self._sentence)
            return message

        await self._app(scope, counted, send)

    @property
    def _sentence(self) -> str:
        return f"a request has up to {self._most:,} bytes here."
