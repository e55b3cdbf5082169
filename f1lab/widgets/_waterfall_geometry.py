"""Where everything of the waterfall stands, in pixels.

The bars are stacked along one axis of seconds: each begins where the last one ended, the
first at zero, and the total spans zero to the gap. A whisker covers the 90 % interval of
its own bar. The seconds beside a bar stand at its tip, beyond the whisker: right of a loss,
left of a gain; the axis leaves them the room.

``widgets/blame-waterfall/geometry.js`` holds the same rules for the browser; both are
tested against ``tests/widgets/fixtures/waterfall_cases.json``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from f1lab.widgets._format import places_text, seconds_text, share_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = ["Box", "Layout", "Row", "Step", "Strip", "hatching", "layout", "steps", "ticks"]

#: Below this width the words stand above their bars instead of beside them. [px]
NARROW_BELOW = 560

VALUE_SIZE = 13  # font size of the seconds beside a bar [px]
VALUE_EM = 0.6  # mean width of one of their characters [em]
GAP = 6  # between a bar or whisker and its seconds [px]
MIN_BAR = 2  # so that a cause of some milliseconds can still be seen [px]
TICK_EVERY = 80  # about, between two ticks of the axis [px]
HATCH = 6  # between two lines of the hatching of gains [px]
TOTAL_GAP = 10  # between the parts and the total [px]
TOKEN = 8  # radius of a mark above the lap strip [px]
TRACK = 14  # height of the lap strip [px]

_TOKENS = {"stop": "P", "penalty": "!", "incident": "×", "rain": "W", "retirement": "R"}


@dataclass(frozen=True)
class Sizes:
    """Row and column sizes of the wide or the narrow picture, in pixels."""

    axis: int
    row: int
    bar: int
    bar_top: int  # from the top of a row to the top of its bar
    plot_left: int
    plot_right: int  # from the right edge
    share: int  # length of a share bar standing for 100 %
    share_left: int  # from the right edge
    share_text: int  # from the right edge, end of the text
    places: int  # from the right edge, centre of the badge
    label_y: int  # from the top of a row to the baseline
    side_y: int  # from the top of a row to the middle of share and places


WIDE = Sizes(40, 34, 18, 8, 148, 206, 84, 190, 62, 24, 21, 17)
NARROW = Sizes(36, 50, 16, 26, 4, 4, 44, 140, 52, 20, 17, 13)


@dataclass(frozen=True)
class Step:
    """One bar: a cause, the unexplained remainder, or the total.

    ``seconds``, ``low``, ``high`` are the bar's own; ``start`` and ``end`` are on the axis. [s]
    """

    key: str
    label: str
    kind: str  # cause, unexplained, total
    sense: str  # lost, gained, none
    seconds: float
    low: float | None
    high: float | None
    start: float
    end: float
    share: float | None
    places: int


@dataclass(frozen=True)
class Box:
    """A rectangle, in pixels."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Row:
    """A bar with its whisker, its writing and the link to the next bar, in pixels."""

    step: Step
    y: float
    height: float
    label_y: float
    side_y: float
    bar: Box
    whisker: tuple[float, float] | None
    value_x: float
    value_anchor: str  # start or end
    value: str
    share_box: Box | None  # the filled part
    share: str
    places: str
    link: tuple[float, float, float] | None  # x, top, bottom


@dataclass(frozen=True)
class Mark:
    """A token above the lap strip, in pixels."""

    x: float
    y: float
    lap: int
    kind: str
    token: str
    text: str


@dataclass(frozen=True)
class Band:
    """A neutralised stretch of the lap strip, in pixels."""

    x: float
    width: float
    lap: int
    last_lap: int
    flag: str
    text: str


@dataclass(frozen=True)
class Strip:
    """The laps of the race on one line, with stops and neutralisations, in pixels."""

    track: Box
    laps: int
    marks: tuple[Mark, ...]
    bands: tuple[Band, ...]
    ticks: tuple[tuple[float, str], ...]


@dataclass(frozen=True)
class Layout:
    """The whole picture below its header, in pixels."""

    width: float
    height: float
    narrow: bool
    sizes: Sizes
    plot: Box
    zero: float
    ticks: tuple[tuple[float, str], ...]
    spans: tuple[tuple[float, float], ...]  # top and bottom of the pieces of a grid line
    rows: tuple[Row, ...]
    strip: Strip | None


def steps(report: Mapping[str, Any]) -> tuple[Step, ...]:
    """Stack the parts of a report from zero to its gap.

    Parameters
    ----------
    report : dict
        As checked by ``wire``.

    Returns
    -------
    tuple of Step
        The causes in order, the remainder, the total.
    """
    remainder = report["unexplained"]
    parts = [(key, "cause", part) for key, part in report["categories"].items()]
    booked = math.fsum(abs(part["seconds"]) for _, _, part in parts) + abs(remainder["seconds"])
    share = remainder["seconds"] / booked if booked > 0 else 0.0
    rest = {**remainder, "label": "Unexplained", "share": share, "positions": 0}
    stacked, at = [], 0.0
    for key, kind, part in [*parts, ("unexplained", "unexplained", rest)]:
        stacked.append(_step(key, kind, part, at))
        at += part["seconds"]
    total = {"label": "Total gap", "seconds": report["gap_s"], "share": None, "positions": 0}
    return (*stacked, _step("total", "total", total, 0.0))


def _step(key: str, kind: str, part: Mapping[str, Any], start: float) -> Step:
    seconds = part["seconds"]
    return Step(
        key, part["label"], kind, _sense(seconds), seconds, part.get("low_s"),
        part.get("high_s"), start, start + seconds, part["share"], part["positions"],
    )  # fmt: skip


def _sense(seconds: float) -> str:
    if abs(seconds) < 5e-4:  # noqa: PLR2004 - half a millisecond, the finest that is shown
        return "none"
    return "lost" if seconds > 0 else "gained"


def ticks(low: float, high: float, count: int) -> tuple[tuple[float, str], ...]:
    """Round values between two ends, with their writing.

    Parameters
    ----------
    low, high : float
        Ends of the axis, ``low < high``. [s]
    count : int
        About how many.

    Returns
    -------
    tuple of (float, str)
        Value [s] and text, ascending; steps of 1, 2 or 5 times a power of ten.

    Examples
    --------
    >>> [text for _, text in ticks(-4.0, 41.0, 5)]
    ['0', '+10', '+20', '+30', '+40']
    """
    power = 10.0 ** math.floor(math.log10((high - low) / count))
    ratio = (high - low) / count / power
    factor = next((f for limit, f in ((1.5, 1), (3, 2), (7, 5)) if ratio < limit), 10)
    step = power * factor
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple(
        (n * step, seconds_text(n * step, decimals).removesuffix(" s") if n else "0")
        for n in range(first, last + 1)
    )


def layout(report: Mapping[str, Any], width: float, *, timeline: bool = True) -> Layout:
    """Place everything for one width.

    Parameters
    ----------
    report : dict
        As checked by ``wire``, without a refusal.
    width : float
        Room there is. [px]
    timeline : bool, default True
        Whether to leave room for the lap strip.

    Returns
    -------
    Layout
        Every place in pixels, y downwards from the top of the axis.
    """
    narrow = width < NARROW_BELOW
    sizes = NARROW if narrow else WIDE
    stacked = steps(report)
    plot_width = width - sizes.plot_left - sizes.plot_right
    plot_height = sizes.row * len(stacked) + TOTAL_GAP
    plot = Box(sizes.plot_left, sizes.axis, plot_width, plot_height)
    low, high = _domain(stacked)
    left, right = _range(stacked, plot, low, high)

    def scale(seconds: float) -> float:
        return left + (seconds - low) / (high - low) * (right - left)

    rows = [_row(step, i, sizes, plot, width, scale) for i, step in enumerate(stacked)]
    linked = tuple(_linked(row, below, scale) for row, below in pairwise(rows))
    height = plot.y + plot.height
    strip = _strip(report, plot, width, height + 12) if timeline else None
    if strip:
        height = strip.track.y + strip.track.height + 22
    return Layout(
        width, height, narrow, sizes, plot, scale(0.0),
        tuple((scale(value), text) for value, text in ticks(low, high, max(2, int(plot_width / TICK_EVERY)))),
        _spans(rows, plot, narrow=narrow), (*linked, rows[-1]), strip,
    )  # fmt: skip


def _spans(rows: Sequence[Row], plot: Box, *, narrow: bool) -> tuple[tuple[float, float], ...]:
    """Grid lines run through, or only beside the bars where words stand between them."""
    if not narrow:
        return ((plot.y - 2, plot.y + plot.height),)
    return tuple((row.bar.y - 3, row.bar.y + row.bar.height + 3) for row in rows)


def _domain(stacked: Sequence[Step]) -> tuple[float, float]:
    reaches = [_reach(step) for step in stacked]
    low, high = min(low for low, _ in reaches), max(high for _, high in reaches)
    if high - low < 1e-2:  # noqa: PLR2004 - nothing to show: a second either side of zero
        return -1.0, 1.0
    return low, high


def _reach(step: Step) -> tuple[float, float]:
    """Lowest and highest second a bar and its whisker cover on the axis."""
    ends = [step.start, step.end]
    if step.low is not None and step.high is not None:
        ends += [step.start + step.low, step.start + step.high]
    return min(ends), max(ends)


def _range(stacked: Sequence[Step], plot: Box, low: float, high: float) -> tuple[float, float]:
    """Where the axis begins and ends, so that each bar's seconds find room at its tip."""
    widths = [_value_width(step) + GAP for step in stacked]
    core = plot.width - 2 * max(widths) - 2 * GAP
    left = right = 0.0
    for step, width in zip(stacked, widths, strict=True):
        first, last = _reach(step)
        if step.sense == "gained":
            left = max(left, width - (first - low) / (high - low) * core)
        else:
            right = max(right, width - (high - last) / (high - low) * core)
    return plot.x + GAP + left, plot.x + plot.width - GAP - right


def _value_width(step: Step) -> float:
    return len(seconds_text(step.seconds)) * VALUE_SIZE * VALUE_EM


def _row(
    step: Step, index: int, sizes: Sizes, plot: Box, width: float, scale: Callable[[float], float]
) -> Row:
    y = plot.y + index * sizes.row + (TOTAL_GAP if step.kind == "total" else 0)
    begin, end = sorted((scale(step.start), scale(step.end)))
    if end - begin < MIN_BAR:
        begin = (begin + end) / 2 - MIN_BAR / 2
        end = begin + MIN_BAR
    whisker = None
    if step.low is not None and step.high is not None and step.low < step.high:
        whisker = (scale(step.start + step.low), scale(step.start + step.high))
    low, high = (min(begin, whisker[0]), max(end, whisker[1])) if whisker else (begin, end)
    at_left = step.sense == "gained"
    share_box = None
    if step.share is not None:
        side = y + sizes.side_y - 4
        share_box = Box(width - sizes.share_left, side, min(abs(step.share), 1) * sizes.share, 8)
    return Row(
        step, y, sizes.row, y + sizes.label_y, y + sizes.side_y,
        Box(begin, y + sizes.bar_top, end - begin, sizes.bar), whisker,
        low - GAP if at_left else high + GAP, "end" if at_left else "start",
        seconds_text(step.seconds), share_box,
        "" if step.kind == "total" else share_text(step.share), places_text(step.places), None,
    )  # fmt: skip


def _linked(row: Row, below: Row, scale: Callable[[float], float]) -> Row:
    x = scale(row.step.end)
    link = (x, row.bar.y + row.bar.height, below.bar.y)
    return Row(**{**row.__dict__, "link": link})


def hatching(box: Box) -> str:
    """Diagonal lines that fill a box, as an SVG path.

    Parameters
    ----------
    box : Box
        The box to fill. [px]

    Returns
    -------
    str
        ``d`` of a path; empty for a box too small to carry a line.
    """
    lines = []
    at = HATCH / 2
    while at < box.width + box.height:
        x0, y0 = max(0.0, at - box.height), min(at, box.height)
        x1, y1 = min(at, box.width), max(0.0, at - box.width)
        lines.append(
            f"M{_px(box.x + x0)} {_px(box.y + y0)}L{_px(box.x + x1)} {_px(box.y + y1)}",
        )
        at += HATCH
    return "".join(lines)


def _px(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _strip(report: Mapping[str, Any], plot: Box, width: float, top: float) -> Strip | None:
    events = [event for event in report.get("timeline") or () if event["lap"] >= 1]
    laps = max([report.get("laps_compared") or 0, *(event["lap"] for event in events)])
    shown = [event for event in events if event["kind"] in {*_TOKENS, "neutralisation"}]
    if not shown or not laps:
        return None
    left = plot.x + GAP
    unit = (width - 4 - left) / laps
    places = _levels([event for event in shown if event["kind"] in _TOKENS], left, unit)
    depth = 1 + max([level for _, _, level in places], default=-1)
    track = Box(left, top + depth * (2 * TOKEN + 2) + 2, unit * laps, TRACK)
    marks = tuple(
        Mark(
            x, track.y - 3 - TOKEN - level * (2 * TOKEN + 2), event["lap"], event["kind"],
            _TOKENS[event["kind"]], event["text"],
        )
        for event, x, level in places
    )  # fmt: skip
    return Strip(track, laps, marks, _bands(shown, left, unit, laps), _lap_ticks(laps, left, unit))


def _levels(
    events: Sequence[Mapping[str, Any]], left: float, unit: float
) -> list[tuple[Mapping[str, Any], float, int]]:
    """Lift a mark that would cover an earlier one; at most three marks high."""
    right_ends = [-math.inf] * 3
    placed = []
    for event in sorted(events, key=lambda event: event["lap"]):
        x = left + (event["lap"] - 0.5) * unit
        free = [level for level, end in enumerate(right_ends) if x - TOKEN >= end]
        level = free[0] if free else 2
        right_ends[level] = x + TOKEN + 1
        placed.append((event, x, level))
    return placed


def _bands(
    events: Sequence[Mapping[str, Any]], left: float, unit: float, laps: int
) -> tuple[Band, ...]:
    """Neutralised laps, neighbours under the same flag joined."""
    joined: list[dict[str, Any]] = []
    neutral = [event for event in events if event["kind"] == "neutralisation"]
    for event in sorted(neutral, key=lambda event: event["lap"]):
        flag, last = _flag(event["text"]), max(event["last_lap"], event["lap"])
        if joined and joined[-1]["flag"] == flag and event["lap"] <= joined[-1]["last_lap"] + 1:
            joined[-1]["last_lap"] = max(last, joined[-1]["last_lap"])
        else:
            joined.append({**event, "flag": flag, "last_lap": last})
    return tuple(
        Band(
            left + (band["lap"] - 1) * unit,
            (min(band["last_lap"], laps) - band["lap"] + 1) * unit,
            band["lap"], band["last_lap"], band["flag"], band["text"],
        )
        for band in joined
    )  # fmt: skip


def _flag(text: str) -> str:
    words = text.casefold()
    if "virtual" in words or "vsc" in words:
        return "VSC"
    return "RED" if "red" in words.split() or "red-flag" in words else "SC"


def _lap_ticks(laps: int, left: float, unit: float) -> tuple[tuple[float, str], ...]:
    step = 5 if laps <= 30 else 10  # noqa: PLR2004
    numbers = [1, *(n for n in range(step, laps, step) if laps - n >= step / 2), laps]
    return tuple((left + (n - 0.5) * unit, str(n)) for n in dict.fromkeys(numbers))
