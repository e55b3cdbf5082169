"""What a batch writes: tidy tables of seconds, drives and evidence, one row type each.

=============  ==========================================================================
``autopsies``  one row a race, driver and cause: seconds, 90 % interval, share, places
``drives``     one row a race and driver: grid, finish, laps, gap, the verdict
``evidence``   one row a reading: the laps and seconds a cause was read from
=============  ==========================================================================

Rows stand in the order of the races, of the results of each, and of the causes; so the files are
the same, byte for byte, whoever did the work and however often it was broken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from f1lab.autopsy.evidence import laps_text
from f1lab.autopsy.season import SEASON_CATEGORIES
from f1lab.autopsy.season_races import row_of
from f1lab.batch.errors import BatchError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from types import ModuleType

    import pandas as pd
    from pyarrow import Schema, Table

    from f1lab.autopsy.report import AutopsyReport

    Rows = list[dict[str, Any]]

__all__ = ["TABLES", "arrow", "race_tables", "schema", "season_frame"]

_WHERE = {"year": "int64", "round": "int64", "event": "string", "driver": "string"}

#: Columns of each table with their Arrow types; seconds are positive where time was lost.
TABLES: Mapping[str, Mapping[str, str]] = {
    "autopsies": {
        **_WHERE,
        "team": "string",
        "reference": "string",
        "category": "string",
        "lost_s": "double",
        "lost_low_s": "double",
        "lost_high_s": "double",
        "share": "double",
        "places": "int64",
    },
    "drives": {
        **_WHERE,
        "circuit": "string",
        "name": "string",
        "team": "string",
        "team_colour": "string",
        "reference": "string",
        "reference_kind": "string",
        "grid": "int64",
        "finish": "int64",
        "status": "string",
        "classified": "bool",
        "laps_compared": "int64",
        "race_laps": "int64",
        "to_the_end": "bool",
        "gap_s": "double",
        "verdict": "string",
        "source": "string",
    },
    "evidence": {
        **_WHERE,
        "category": "string",
        "line": "int64",
        "evidence": "string",
        "lost_s": "double",
        "laps": "string",
    },
}


def arrow() -> tuple[ModuleType, ModuleType]:
    """Import pyarrow and its Parquet part.

    Raises
    ------
    BatchError
        It is not installed.
    """
    try:
        import pyarrow  # noqa: ICN001, PLC0415  (its own name; heavy)
        from pyarrow import parquet  # noqa: PLC0415
    except ImportError as error:
        raise BatchError(
            "the results are Parquet files, which need pyarrow: pip install 'f1lab[batch]'."
        ) from error
    return pyarrow, parquet


def schema(table: str) -> Schema:
    """Arrow schema of a table.

    Parameters
    ----------
    table : str
        One of :data:`TABLES`.

    Returns
    -------
    pyarrow.Schema
    """
    pyarrow, _ = arrow()
    return pyarrow.schema(
        [(name, pyarrow.type_for_alias(kind)) for name, kind in TABLES[table].items()]
    )


def race_tables(reports: Sequence[AutopsyReport], race_laps: int) -> dict[str, Rows]:
    """Rows of one race for every table.

    Parameters
    ----------
    reports : sequence of AutopsyReport
        Of the drivers of one race.
    race_laps : int
        Laps of the race.

    Returns
    -------
    dict of str to list of dict
        By the names of :data:`TABLES`, plain values only.
    """
    return {
        "autopsies": [row for report in reports for row in _causes(report)],
        "drives": [_drive(report, race_laps) for report in reports],
        "evidence": [row for report in reports for row in _readings(report)],
    }


def season_frame(drives: Table, autopsies: Table) -> pd.DataFrame:
    """The table a season's blame is summed from.

    Parameters
    ----------
    drives, autopsies : pyarrow.Table
        Of the same races.

    Returns
    -------
    pandas.DataFrame
        As :attr:`f1lab.autopsy.season.SeasonBlame.frame`.
    """
    rows = [
        {"race": f"{row['year']} {row['event']}", **{name: row[name] for name in _KEPT}}
        for row in drives.to_pylist()
    ]
    by_drive = {(row["race"], row["driver"]): row for row in rows}
    for row in autopsies.to_pylist():
        drive = by_drive[f"{row['year']} {row['event']}", row["driver"]]
        name = row["category"]
        drive[f"{name}_s"] = row["lost_s"]
        drive[f"{name}_low_s"], drive[f"{name}_high_s"] = row["lost_low_s"], row["lost_high_s"]
    import pandas as pd  # noqa: PLC0415

    return pd.DataFrame(rows)


_KEPT = (
    "driver",
    "team",
    "team_colour",
    "reference",
    "reference_kind",
    "status",
    "laps_compared",
    "to_the_end",
    "gap_s",
)


_SECONDS = {
    "lost_s": "seconds",
    "lost_low_s": "low_s",
    "lost_high_s": "high_s",
    "share": "share",
}


def _where(report: AutopsyReport) -> dict[str, Any]:
    return {name: getattr(report, name) for name in _WHERE}


def _causes(report: AutopsyReport) -> Rows:
    told = report.to_frame().to_dict("index")
    places = {**report.positions, "unexplained": None}
    return [
        {
            **_where(report),
            "team": report.team,
            "reference": report.reference,
            "category": name,
            **{column: float(told[name][key]) for column, key in _SECONDS.items()},
            "places": places[name],
        }
        for name in SEASON_CATEGORIES
    ]


def _drive(report: AutopsyReport, race_laps: int) -> dict[str, Any]:
    row = row_of(report, race_laps)
    return {
        **_where(report),
        **{name: row[name] for name in _KEPT},
        "circuit": report.circuit,
        "name": report.driver_name,
        "grid": report.grid,
        "finish": report.finish,
        "classified": report.classified,
        "race_laps": race_laps,
        "verdict": report.verdict,
        "source": report.source,
    }


def _readings(report: AutopsyReport) -> Rows:
    return [
        {
            **_where(report),
            "category": name,
            "line": line,
            "evidence": reading.text,
            "lost_s": float(reading.seconds),
            "laps": laps_text(reading.laps).partition(" ")[2] or None,
        }
        for name, readings in report.evidence.items()
        for line, reading in enumerate(readings, start=1)
    ]
