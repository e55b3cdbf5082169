"""Which form of an answer a client wants (RFC 9110, section 12.5.1)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.api.problems import ProblemError

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["preferred"]

#: More forms than this nobody can want.
_MOST = 32


def preferred(accept: str | None, offered: Sequence[str]) -> str:
    """Choose a media type.

    Parameters
    ----------
    accept : str or None
        What the client sent as ``Accept``.
    offered : sequence of str
        Media types there are; of those wanted equally the first is taken.

    Returns
    -------
    str
        One of `offered`.

    Raises
    ------
    ProblemError
        406 when none of them is wanted.

    Examples
    --------
    >>> preferred("text/html, image/*;q=0.8, */*;q=0.1", ["application/json", "image/png"])
    'image/png'
    """
    ranges = [_range(part) for part in (accept or "*/*").split(",")[:_MOST] if part.strip()]
    wanted = {media: _quality(media, ranges) for media in offered}
    best = max(offered, key=lambda media: wanted[media])
    if wanted[best] <= 0:
        raise ProblemError(
            406, f"nothing that is accepted is there; ask for one of {', '.join(offered)}."
        )
    return best


def _range(part: str) -> tuple[str, float]:
    """A media range and how much it is wanted."""
    media, *parameters = (piece.strip().casefold() for piece in part.split(";"))
    told = next((p.removeprefix("q=") for p in parameters if p.startswith("q=")), "1")
    try:
        quality = float(told)
    except ValueError:
        quality = 0.0
    return media, quality if 0 <= quality <= 1 else 0.0


def _quality(media: str, ranges: list[tuple[str, float]]) -> float:
    """How much a media type is wanted: the most particular range that holds it says so."""
    kind = media.partition("/")[0]
    for name in (media, f"{kind}/*", "*/*"):
        told = [quality for wanted, quality in ranges if wanted == name]
        if told:
            return max(told)
    return 0.0
