"""How much one client may ask: requests a minute, and bytes a request."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from throttled import MemoryStore, RateLimiterType, Throttled, per_min

from f1lab.api.problems import ProblemError

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["BodyLimit", "RateLimit"]

#: Counts kept, one of each client and minute; the one unheard of for longest is forgotten first.
_COUNTS = 100_000


class RateLimit:
    """Requests a minute of each client, counted over a window that slides.

    Parameters
    ----------
    per_minute : int
        The most.
    """

    def __init__(self, per_minute: int) -> None:
        self._most = per_minute
        self._counted = Throttled(
            using=RateLimiterType.SLIDING_WINDOW.value,
            quota=per_min(per_minute),
            store=MemoryStore(options={"MAX_SIZE": _COUNTS}),
        )

    def hit(self, *client: str) -> ProblemError | None:
        """Count a request; the problem when it is one too many.

        Parameters
        ----------
        *client : str
            Who it is.
        """
        told = self._counted.limit(repr(client))
        return self._too_many(told.state.retry_after) if told.limited else None

    def used_up(self, *client: str) -> ProblemError | None:
        """The problem when there is nothing left, without counting.

        Parameters
        ----------
        *client : str
            Who it is.
        """
        told = self._counted.peek(repr(client))
        return None if told.remaining else self._too_many(told.reset_after)  # at the latest then

    def _too_many(self, wait_s: float) -> ProblemError:
        wait_s = max(1, math.ceil(wait_s))
        return ProblemError(
            429,
            f"more than {self._most} requests in a minute; come back in {wait_s} s.",
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
