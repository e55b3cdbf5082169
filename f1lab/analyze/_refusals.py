"""Reasons put together: one line a calculation, whoever it refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["grouped", "merged"]


def merged(refusals: Mapping[str, Mapping[str, str]], names: Iterable[str]) -> dict[str, str]:
    """Reasons of some calculations, the same reason said once.

    Parameters
    ----------
    refusals : mapping
        Calculation to subject to reason; the subject ``""`` is the session itself.
    names : iterable of str
        Calculations that count.

    Returns
    -------
    dict of str to str

    Examples
    --------
    >>> merged({"life": {"SOFT": "too few.", "HARD": "too few.", "WET": "none."}}, ["life"])
    {'life': 'SOFT, HARD: too few. WET: none.'}
    """
    told = {}
    for name in names:
        subjects: dict[str, list[str]] = {}
        for subject, reason in refusals.get(name, {}).items():
            subjects.setdefault(reason, []).append(subject)
        if subjects:
            told[name] = " ".join(_said(who, reason) for reason, who in subjects.items())
    return told


def _said(subjects: list[str], reason: str) -> str:
    named = [subject for subject in subjects if subject]
    return f"{', '.join(named)}: {reason}" if named else reason


def grouped(refusals: Mapping[str, str]) -> dict[str, str]:
    """Refusals with the same reason as one, their names joined.

    Examples
    --------
    >>> grouped({"power": "no car data.", "wear": "wet.", "kerbs": "no car data."})
    {'power, kerbs': 'no car data.', 'wear': 'wet.'}
    """
    names: dict[str, list[str]] = {}
    for name, reason in refusals.items():
        names.setdefault(reason, []).append(name)
    return {", ".join(group): reason for reason, group in names.items()}
