"""How real pit walls score: ``python -m f1lab.simulator.distribution YEAR [YEAR …]``.

Scores every driver of every race of those seasons that is at hand without a network, by the code
that scores players, and writes the table beside this module.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.data.source import load, schedule
from f1lab.errors import F1LabError
from f1lab.simulator.score import pit_wall_iq

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from f1lab.data.schema import Weekend

__all__ = ["scored", "table"]

_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_POINTS, _MIDDLE = 10, 15


def scored(weekend: Weekend) -> Iterator[dict[str, Any]]:
    """Strategy IQ of every pit wall of one race.

    Parameters
    ----------
    weekend : Weekend

    Yields
    ------
    dict
        ``driver, finish`` (None for who did not see the flag), ``total`` and the score of each
        part (None where it did not apply); ``refused`` instead of those who cannot be scored.
    """
    results = weekend.race.results
    for driver, finish, classified in zip(
        results["driver"], results["finish"], results["classified"], strict=True
    ):
        row = {"driver": driver, "finish": int(finish) if classified else None}
        try:
            iq = pit_wall_iq(weekend, driver)
        except F1LabError as error:
            yield row | {"refused": str(error)}
        else:
            yield row | {"total": iq.total} | {part.name: part.score for part in iq.parts}


def table(rows: Sequence[dict[str, Any]]) -> str:
    """Markdown: quantiles of the total by where the driver finished, and means of the parts.

    Parameters
    ----------
    rows : sequence of dict
        As from :func:`scored`.

    Returns
    -------
    str
    """
    known = [row for row in rows if "total" in row]
    home = [row for row in known if row["finish"] is not None]
    groups = {
        "all that were scored": known,
        "at the flag": home,
        "winners": [row for row in home if row["finish"] == 1],
        f"2nd to {_POINTS}th": [row for row in home if 1 < row["finish"] <= _POINTS],
        f"{_POINTS + 1}th to {_MIDDLE}th": [
            row for row in home if _POINTS < row["finish"] <= _MIDDLE
        ],
        f"below {_MIDDLE}th": [row for row in home if row["finish"] > _MIDDLE],
    }
    lines = ["| | n | 5 % | 25 % | median | 75 % | 95 % |", "|---|---|---|---|---|---|---|"]
    for name, own in groups.items():
        if own:
            ends = np.quantile([row["total"] for row in own], _QUANTILES)
            lines.append(f"| {name} | {len(own)} | {' | '.join(f'{end:.0f}' for end in ends)} |")
    lines += ["", "| part | applied to | mean score |", "|---|---|---|"]
    for part in ("pit_timing", "tyre_efficiency", "outcome", "sc_reaction"):
        scores = [row[part] for row in known if row[part] is not None]
        if scores:
            lines.append(f"| {part.replace('_', ' ')} | {len(scores)} | {np.mean(scores):.2f} |")
    return "\n".join(lines) + "\n"


def main(years: Sequence[str]) -> None:
    """Score the races at hand and rewrite ``DISTRIBUTION.md``."""
    rows: list[dict[str, Any]] = []
    races = 0
    for year in map(int, years):
        for event in schedule(year, offline=True):
            try:
                weekend = load(year, event.round, offline=True)
            except F1LabError as error:
                sys.stderr.write(f"{year} {event.name} left out: {error}\n")
                continue
            rows += scored(weekend)
            races += 1
    left = sum("refused" in row for row in rows)
    text = (
        "# Strategy IQ of real pit walls\n\n"
        f"{races} races of {', '.join(years)}, every driver; {left} without a lap could not be "
        "scored. Written by `python -m f1lab.simulator.distribution`.\n\n"
    )
    Path(__file__).with_name("DISTRIBUTION.md").write_text(text + table(rows), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
