"""Words and columns that every answer uses alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from f1lab.errors import F1LabError

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.calc.estimate import Estimate

__all__ = [
    "asked_or_refused",
    "clear",
    "columns",
    "counted",
    "interval",
    "ordinal",
    "quicker",
    "spoken_list",
]

T = TypeVar("T")
_THE_TEENS, _TEN = range(11, 14), 10


def asked_or_refused(name: str, calculate: Callable[[], T], refusals: dict[str, str]) -> T | None:
    """Ask a calculation; where it refuses, note its reason under ``name`` and give None."""
    try:
        return calculate()
    except F1LabError as reason:
        refusals[name] = str(reason)
        return None


def columns(name: str, estimate: Estimate | None, unit: str) -> dict[str, float | None]:
    """Three columns of a table: the value and the ends of its interval, unit last."""
    ends = ("value", "low", "high")
    names = (f"{name}_{unit}", f"{name}_low_{unit}", f"{name}_high_{unit}")
    return {
        column: None if estimate is None else getattr(estimate, end)
        for column, end in zip(names, ends, strict=True)
    }


def clear(estimate: Estimate) -> bool:
    """Whether an interval leaves out zero."""
    return estimate.low > 0 or estimate.high < 0


def counted(n: int, noun: str) -> str:
    """A number and its noun: ``1 lap``, ``2 laps``."""
    return f"{n} {noun}{'' if n == 1 else 's'}"


def interval(estimate: Estimate, digits: int = 2) -> str:
    """An interval as it stands in a sentence, with signs."""
    return f"{estimate.low:+.{digits}f} to {estimate.high:+.{digits}f}"


def quicker(a: str, b: str, gap: Estimate, where: str) -> str:
    """Who was quicker by how much a lap, or that it cannot be told; ``gap`` is a minus b [s]."""
    if not clear(gap):
        return (
            f"{where} {a} and {b} cannot be told apart: {a} {gap.value:+.2f} s a lap "
            f"(90 %: {interval(gap)})."
        )
    first, second = (a, b) if gap.value < 0 else (b, a)
    ends = sorted((abs(gap.low), abs(gap.high)))
    return (
        f"{where} {first} was {abs(gap.value):.2f} s a lap quicker than {second} "
        f"(90 %: {ends[0]:.2f} to {ends[1]:.2f})."
    )


def ordinal(place: float) -> str:
    """1st, 2nd, 3rd … of a whole number."""
    number = int(place)
    last = 0 if number % 100 in _THE_TEENS else number % _TEN
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def spoken_list(parts: list[str]) -> str:
    """``a, b and c``."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
