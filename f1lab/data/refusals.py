"""How a source says no: not now, not at all, not so much."""

from __future__ import annotations

from f1lab.errors import SourceError

__all__ = ["AccountNeeded", "NotServed", "RateLimited", "TooMuch"]


class RateLimited(SourceError):
    """The source allows no more requests for now."""


class NotServed(SourceError):
    """The source does not serve this, no matter how often it is asked."""


class TooMuch(NotServed):
    """The source does not serve this much at once."""


class AccountNeeded(SourceError):
    """The source answers only who is signed in."""
