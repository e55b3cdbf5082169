"""The notebook in which every repair is written once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.data.schema import DataIssue

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["RepairLog", "where_laps"]

_SHOWN = 6


class RepairLog:
    """Collects what was repaired in one session.

    Parameters
    ----------
    session : str
        Name of the session, put in front of every place.
    """

    def __init__(self, session: str) -> None:
        self.session = session
        self.issues: list[DataIssue] = []

    def add(self, kind: str, count: int, action: str, where: str = "") -> None:
        """Write one issue; nothing is written when `count` is zero.

        Parameters
        ----------
        kind : str
            Short machine-readable name.
        count : int
            How many rows or values it concerns.
        action : str
            What was done, in a short sentence.
        where : str, optional
            Drivers and laps, readable by a person.
        """
        if count:
            place = f"{self.session}: {where}" if where else self.session
            self.issues.append(DataIssue(kind, place, int(count), action))


def where_laps(drivers: Iterable[object], laps: Iterable[object]) -> str:
    """Name drivers and laps in a short list.

    Parameters
    ----------
    drivers : iterable of str
        Driver codes.
    laps : iterable of int
        Lap numbers, one for each driver given.

    Returns
    -------
    str
        E.g. ``"HAM 1-3 5, VER 7"``; long lists end with how many drivers were left out.

    Examples
    --------
    >>> where_laps(["HAM", "HAM", "HAM", "VER"], [1, 2, 4, 9])
    'HAM 1-2 4, VER 9'
    """
    by_driver: dict[str, list[int]] = {}
    for driver, lap in zip(drivers, laps, strict=True):
        by_driver.setdefault(str(driver), []).append(int(lap))  # type: ignore[call-overload]
    named = [f"{driver} {_ranges(sorted(found))}" for driver, found in by_driver.items()]
    rest = f" and {len(named) - _SHOWN} more drivers" if len(named) > _SHOWN else ""
    return ", ".join(named[:_SHOWN]) + rest


def _ranges(laps: list[int]) -> str:
    runs: list[list[int]] = []
    for lap in laps:
        if runs and lap == runs[-1][1] + 1:
            runs[-1][1] = lap
        else:
            runs.append([lap, lap])
    named = [str(first) if first == last else f"{first}-{last}" for first, last in runs]
    rest = [f"(+{len(named) - _SHOWN})"] if len(named) > _SHOWN else []
    return " ".join(named[:_SHOWN] + rest)
