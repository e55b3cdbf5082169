"""How good the intervals are: autopsies of generated weekends held against their truth.

A generated weekend knows every second by cause. Booking its true ledger into categories by the
same rules as a real one gives the true blame, and many of them show whether a 90 % interval
holds the truth nine times in ten. ``intervals.json`` has, for each category, the factor that
makes it so; it is measured on seeds the tests don't use:

    python -m f1lab.autopsy.truth
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.autopsy.blame import book, interval_scales, traffic_causes
from f1lab.autopsy.examine import autopsy
from f1lab.autopsy.ledger import Books, Ledger
from f1lab.data.schema import LEDGER_PARTS
from f1lab.errors import NoData
from f1lab.racemodel import RaceModel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]

__all__ = ["measure_scales", "score", "true_categories", "true_crew_s"]

_CALIBRATION_SEEDS = range(1000, 1120)
_DRIVERS_PER_RACE = 4
_LEVEL = 0.90


def true_categories(books: Books, driver: str) -> dict[str, Floats]:
    """Seconds by category and lap as they really were in a generated weekend.

    Parameters
    ----------
    books : Books
    driver : str

    Returns
    -------
    dict of str to ndarray, shape (l,)

    Raises
    ------
    NoData
        The weekend is not a generated one.
    """
    truth = books.weekend.truth
    if truth is None:
        raise NoData("only a generated weekend knows the truth; use f1lab.load_demo().")
    table = truth.ledger
    own = table[table["driver"] == driver].sort_values("lap")
    rows = books.laps.rows(driver)
    lines = {part: own[f"{part}_s"].to_numpy(dtype=float)[: len(rows)] for part in LEDGER_PARTS}
    first = table[table["lap"] == 1]
    slots = first["driver"].map(books.grid).to_numpy(dtype=float)
    per_slot = np.polyfit(slots - 1, first["start_s"].to_numpy(dtype=float), 1)[0]
    slot = np.zeros(len(rows))
    slot[0] = per_slot * (books.grid[driver] - 1)
    times = np.sum(list(lines.values()), axis=0)
    ledger = Ledger(driver, rows, times, lines, {})
    return book(lines, slot, traffic_causes(books, ledger))


def true_crew_s(books: Books, driver: str, n_laps: int) -> float:
    """Seconds the crew really took beyond the usual in the first ``n_laps`` of a generated race.

    Parameters
    ----------
    books : Books
        Of a weekend that knows the truth.
    driver : str
    n_laps : int
    """
    truth = books.weekend.truth
    if truth is None:
        raise NoData("only a generated weekend knows the truth; use f1lab.load_demo().")
    stops: Any = truth.parameters["stops"]
    own = (stop for stop in stops if stop["driver"] == driver and stop["lap"] < n_laps)
    return float(sum(stop["crew_s"] for stop in own))


def score(weekend: Weekend, drivers: Iterable[str], reference: str) -> pd.DataFrame:
    """Autopsy some drivers of a generated weekend and lay the truth beside it.

    Returns
    -------
    pandas.DataFrame
        ``driver, category, seconds, low_s, high_s, true_s``; the category ``pace_and_tyres``
        holds these two together, ``crew`` and ``lane`` are the two parts of ``pit_execution``.
    """
    model = RaceModel.of(weekend)
    rows = []
    for driver in drivers:
        report = autopsy(weekend, driver, reference, model=model, judge_calls=False)
        books = Books(weekend, model, driver)
        n = report.blame.laps_compared
        own, other = (true_categories(books, code) for code in (driver, report.reference))
        true = {name: float(own[name][:n].sum() - other[name][:n].sum()) for name in own}
        true["pace_and_tyres"] = true["car_pace"] + true["tyre_degradation"]
        true["crew"] = true_crew_s(books, driver, n) - true_crew_s(books, report.reference, n)
        true["lane"] = true["pit_execution"] - true["crew"]
        split = report.pit_split
        parts = {"crew": split.crew, "lane": split.lane}
        found = {
            **report.blame.categories,
            "unexplained": report.blame.unexplained,
            "pace_and_tyres": report.blame.pace_and_tyres,
            **{name: part for name, part in parts.items() if part is not None},
        }
        rows += [
            (driver, name, c.seconds, c.low_s, c.high_s, true[name]) for name, c in found.items()
        ]
    columns = ["driver", "category", "seconds", "low_s", "high_s", "true_s"]
    return pd.DataFrame(rows, columns=columns)


def measure_scales(table: pd.DataFrame) -> dict[str, float]:
    """Factor per category that makes its intervals hold the truth nine times in ten.

    Parameters
    ----------
    table : pandas.DataFrame
        From :func:`score`, with intervals that are not yet scaled.
    """
    columns = ("seconds", "low_s", "high_s", "true_s")
    point, low, high, true = (np.array(table[c], dtype=np.float64) for c in columns)
    side = np.where(true > point, high - point, point - low)
    ratio = np.abs(true - point) / np.maximum(side, 1e-9)
    names = np.array(table["category"], dtype=str)
    return {
        str(name): round(float(np.quantile(ratio[names == name], _LEVEL)), 2)
        for name in np.unique(names)
    }


def main() -> None:
    """Measure the scales afresh and rewrite the shipped table."""
    from f1lab.data.demo import generate  # noqa: PLC0415  (needed for calibration only)

    rows = []
    for seed in _CALIBRATION_SEEDS:
        for dry in (False, True):
            weekend = generate(seed, dry=dry)
            drivers = weekend.race.results["driver"].to_numpy()[1:]
            some = np.random.default_rng(seed).choice(drivers, _DRIVERS_PER_RACE, replace=False)
            rows.append(score(weekend, some, "winner"))
    table = pd.concat(rows, ignore_index=True)
    half = np.array([interval_scales()[name] for name in table["category"]])
    for edge in ("low_s", "high_s"):
        table[edge] = table["seconds"] + (table[edge] - table["seconds"]) / half
    result = {
        "provenance": (
            f"Measured by f1lab.autopsy.truth on seeds {_CALIBRATION_SEEDS.start} to "
            f"{_CALIBRATION_SEEDS.stop - 1} of the demo weekend, with and without rain, "
            f"{_DRIVERS_PER_RACE} drivers each."
        ),
        "scale": measure_scales(table),
    }
    target = Path(__file__).with_name("intervals.json")
    target.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
