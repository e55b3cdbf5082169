"""Numbers and names as the widgets write them, and how wide the writing comes out.

``widgets/shared/format.js`` holds the same rules for the browser; both are tested against
``tests/widgets/fixtures/waterfall_cases.json``.
"""

from __future__ import annotations

import re
from decimal import ROUND_HALF_UP, Decimal

__all__ = ["laps_text", "places_text", "seconds_text", "share_text", "text_width", "wrap"]

MINUS = "\u2212"

#: The space between a number and its unit, where no line may end.
_GLUED = re.compile(r"(?<=\d) (?=%|(?:s|laps?|places?)\b)")

_NARROW = frozenset("iljtfrI.,:;'!|()[]/ \u00a0·1")
_WIDE = frozenset("mwMW%@—")


def seconds_text(seconds: float, decimals: int = 1) -> str:
    """Seconds with their sign, e.g. ``"+3.2 s"``; a rounded zero has none.

    Parameters
    ----------
    seconds : float
        Time lost (positive) or gained (negative). [s]
    decimals : int, default 1
        Digits after the point.

    Returns
    -------
    str
        The signed number and its unit.

    Examples
    --------
    >>> seconds_text(3.214), seconds_text(-0.04), seconds_text(-12.345, 3)
    ('+3.2 s', '0.0 s', '−12.345 s')
    """
    digits = Decimal(abs(seconds)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    if digits == 0:
        return f"{digits} s"
    return f"{'+' if seconds > 0 else MINUS}{digits} s"


def share_text(share: float | None) -> str:
    """Share of all seconds booked, in percent; gains carry a minus.

    Parameters
    ----------
    share : float or None
        Signed share between -1 and 1; None when nothing was booked at all.

    Returns
    -------
    str
        e.g. ``"36 %"``, ``"−5 %"``, ``"<1 %"``, ``"–"``.

    Examples
    --------
    >>> share_text(0.357), share_text(-0.05), share_text(0.001), share_text(None)
    ('36 %', '−5 %', '<1 %', '–')
    """
    if share is None:
        return "–"
    percent = int((Decimal(abs(share)) * 100).quantize(Decimal(1), ROUND_HALF_UP))
    if percent == 0:
        return "0 %" if share == 0 else "<1 %"
    return f"{MINUS if share < 0 else ''}{percent} %"


def places_text(places: int) -> str:
    """Positions a cause cost (``▼``) or won (``▲``); empty for none.

    Parameters
    ----------
    places : int
        Positions lost, negative for positions won.

    Returns
    -------
    str
        e.g. ``"▼2"``.

    Examples
    --------
    >>> places_text(2), places_text(-1), places_text(0)
    ('▼2', '▲1', '')
    """
    if places == 0:
        return ""
    return f"{'▼' if places > 0 else '▲'}{abs(places)}"


def laps_text(laps: int) -> str:
    """Number of laps as words.

    Parameters
    ----------
    laps : int
        How many.

    Returns
    -------
    str
        ``"1 lap"`` or ``"78 laps"``.

    Examples
    --------
    >>> laps_text(1), laps_text(78)
    ('1 lap', '78 laps')
    """
    return f"{laps} {'lap' if laps == 1 else 'laps'}"


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """Estimate of the width of one line in a common sans-serif face, on the wide side.

    Parameters
    ----------
    text : str
        One line.
    size : float
        Font size. [px]
    bold : bool, default False
        Whether the line is set in bold.

    Returns
    -------
    float
        Width. [px]
    """
    ems = sum(_em(character) for character in text)
    return ems * size * (1.08 if bold else 1.0)


def _em(character: str) -> float:
    if character in _NARROW:
        return 0.36
    if character in _WIDE:
        return 0.95
    return 0.69 if character.isupper() else 0.62


def wrap(text: str, width: float, size: float, *, bold: bool = False) -> list[str]:
    """Break text into lines that fit a width; a word longer than a line keeps its own.

    Parameters
    ----------
    text : str
        Running text.
    width : float
        Room for a line. [px]
    size : float
        Font size. [px]
    bold : bool, default False
        Whether the text is set in bold.

    Returns
    -------
    list of str
        The lines, in order.
    """
    lines: list[str] = []
    for word in _GLUED.sub("\u00a0", " ".join(text.split())).split(" "):
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and text_width(longer, size, bold=bold) <= width:
            lines[-1] = longer
        elif word:
            lines.append(word)
    return lines
