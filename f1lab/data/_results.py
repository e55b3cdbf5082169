"""The official result: grid slots, classification, lap counts, and what to do without them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.data._columns import numbers, texts
from f1lab.data.schema import RESULT_COLUMNS

if TYPE_CHECKING:
    from f1lab.data._log import RepairLog

__all__ = ["repair_results", "with_lap_counts"]

#: A car is classified when it has covered this share of the winner's laps.
_CLASSIFIED_SHARE = 0.9
_FINISHED = ("Finished", "Lapped")
_NO_COLOUR = "#808080"
_COLOUR_DIGITS = 6


def repair_results(
    raw: pd.DataFrame, laps: pd.DataFrame, *, race: bool, log: RepairLog
) -> pd.DataFrame:
    """Complete the result table, one row for each driver.

    Parameters
    ----------
    raw : pandas.DataFrame
        Result columns of the schema as far as known, with ``classified_position`` and ``gap_s``.
    laps : pandas.DataFrame
        Raw laps; drivers seen only there get a row.
    race : bool
        Whether the session was raced.
    log : RepairLog
        Where repairs are written.

    Returns
    -------
    pandas.DataFrame
        Result columns plus ``classified_position`` and ``gap_s``.
    """
    results = _columns(raw)
    if results.empty:
        log.add("results_missing", 1, "no result table; drivers were read from the laps")
    results = _with_drivers_of_laps(results, laps, log)
    results["team_colour"] = _colours(results["team_colour"], log)
    if race:
        _repair_grid(results, laps, log)
        log.add(
            "points_missing",
            int(results["points"].isna().sum()),
            "points stay unknown (the official results were not available)",
        )
    return results


def with_lap_counts(
    results: pd.DataFrame, laps: pd.DataFrame, *, race: bool, log: RepairLog
) -> pd.DataFrame:
    """Fill lap counts, finishing order and classification from the laps where they are missing.

    Parameters
    ----------
    results : pandas.DataFrame
        As :func:`repair_results` returns it.
    laps : pandas.DataFrame
        Repaired laps.
    race : bool
        Whether the session was raced; other sessions are only counted.
    log : RepairLog
        Where repairs are written.

    Returns
    -------
    pandas.DataFrame
        The completed results.
    """
    driven = laps.groupby("driver")["lap"].max().reindex(results["driver"]).fillna(0).to_numpy()
    official = results["laps"].to_numpy(copy=True)
    unknown = np.isnan(official)
    results["laps"] = np.where(unknown, driven, official)
    if not race:
        return results
    log.add("official_laps_missing", int(unknown.sum()), "lap counts were taken from the timing")
    _report_counts(results, driven, unknown, log)
    if results["finish"].isna().all():
        results["finish"] = _order_on_the_road(results, laps)
        log.add("finish_missing", len(results), "the finishing order was read from the last lap")
    results["classified"] = _classified(results, log)
    return results


def _columns(raw: pd.DataFrame) -> pd.DataFrame:
    """Every column of the schema, and the two that only the repair reads."""
    raw = pd.DataFrame() if raw is None else raw.reset_index(drop=True)
    wanted = {**RESULT_COLUMNS, "classified_position": "str", "gap_s": "float"}
    results = pd.DataFrame(index=raw.index)
    for name, kind in wanted.items():
        if name in raw.columns:
            results[name] = numbers(raw[name]) if kind == "float" else raw[name]
        else:
            results[name] = np.nan if kind == "float" else ""
        if kind == "str":
            results[name] = texts(results[name])
    if "classified" not in raw.columns:
        results["classified"] = pd.Series([None] * len(results), dtype=object)
    if "pit_lane_start" not in raw.columns:
        results["pit_lane_start"] = False
    nameless = results["driver"] == ""
    results.loc[nameless, "driver"] = results.loc[nameless, "number"]
    return results[results["driver"] != ""].drop_duplicates("driver").reset_index(drop=True)


def _with_drivers_of_laps(
    results: pd.DataFrame, laps: pd.DataFrame, log: RepairLog
) -> pd.DataFrame:
    known = set(results["driver"])
    seen = laps[laps["driver"] != ""].drop_duplicates("driver")
    new = seen[~seen["driver"].isin(known)]
    if known:
        log.add(
            "driver_without_result",
            len(new),
            "a result row was made from the laps",
            ", ".join(new["driver"]),
        )
    if new.empty:
        return results
    rows = pd.DataFrame({"driver": new["driver"].to_numpy(), "team": new["team"].to_numpy()})
    rows = _columns(rows)
    return rows if results.empty else pd.concat([results, rows], ignore_index=True)


def _colours(column: pd.Series, log: RepairLog) -> list[str]:
    bare = [str(value).lstrip("#").upper() for value in column]
    good = [len(c) == _COLOUR_DIGITS and all(d in "0123456789ABCDEF" for d in c) for c in bare]
    log.add("team_colour_missing", good.count(False), "drawn in grey")
    return [f"#{c}" if ok else _NO_COLOUR for c, ok in zip(bare, good, strict=True)]


def _repair_grid(results: pd.DataFrame, laps: pd.DataFrame, log: RepairLog) -> None:
    """Slots 1 … n; who starts from the pit lane is behind them, in the order of leaving it."""
    grid = results["grid"].to_numpy(copy=True)
    away = (results["classified_position"] == "W").to_numpy()
    lane = (grid == 0) & ~away
    log.add(
        "did_not_start",
        int(away.sum()),
        "withdrew before the start; no grid slot",
        ", ".join(results["driver"][away]),
    )
    grid[(grid <= 0) | away] = np.nan
    if lane.any():
        last = np.nanmax(grid) if np.isfinite(grid).any() else 0.0
        first = laps[laps["lap"] == 1].drop_duplicates("driver").set_index("driver")
        left = first[["pit_out_s", "time_s"]].reindex(results["driver"][lane])
        order = left.sort_values([*left.columns], kind="stable").index
        grid[lane] = last + 1.0 + order.get_indexer(left.index)
    log.add(
        "pit_lane_start",
        int(lane.sum()),
        "placed behind the last grid slot, in the order in which they left the pit lane",
        ", ".join(results["driver"][lane]),
    )
    missing = np.isnan(grid) & ~away
    log.add(
        "grid_missing",
        int(missing.sum()),
        "grid slots stay unknown (the official results were not available)",
        ", ".join(results["driver"][missing]) if not missing.all() else "everybody",
    )
    results["grid"] = grid
    results["pit_lane_start"] = lane | results["pit_lane_start"].astype(bool)


def _report_counts(
    results: pd.DataFrame, driven: np.ndarray, unknown: np.ndarray, log: RepairLog
) -> None:
    """Say where the timing has fewer or more laps than the official count."""
    official = results["laps"].to_numpy()
    short, over = (driven < official) & ~unknown, (driven > official) & ~unknown
    log.add(
        "laps_truncated",
        int((official - driven)[short].sum()),
        "the timing stops before the official lap count; nothing was invented",
        _counts(results, driven, short),
    )
    log.add(
        "laps_beyond_official_count",
        int((driven - official)[over].sum()),
        "measured laps after the one the result counts were kept",
        _counts(results, driven, over),
    )


def _counts(results: pd.DataFrame, driven: np.ndarray, rows: np.ndarray) -> str:
    named = zip(results["driver"][rows], driven[rows], results["laps"][rows], strict=True)
    return ", ".join(f"{driver} {have:.0f} of {want:.0f}" for driver, have, want in named)


def _order_on_the_road(results: pd.DataFrame, laps: pd.DataFrame) -> np.ndarray:
    last = laps.groupby("driver")[["lap", "time_s"]].max().reindex(results["driver"])
    order = last.sort_values(["lap", "time_s"], ascending=[False, True], na_position="last")
    places = pd.Series(np.arange(1.0, len(order) + 1), index=order.index)
    return np.where(last["lap"].isna(), np.nan, places.reindex(results["driver"]))


def _classified(results: pd.DataFrame, log: RepairLog) -> np.ndarray:
    """Officially, else by status, else by the 90 % rule."""
    given = results["classified"].to_numpy()
    letter = results["classified_position"].to_numpy()
    status = results["status"].to_numpy()
    enough = np.floor(_CLASSIFIED_SHARE * results["laps"].max())
    ruled, out = 0, np.zeros(len(results), dtype=bool)
    for row in range(len(results)):
        if isinstance(given[row], bool | np.bool_):
            out[row] = given[row]
        elif letter[row]:
            out[row] = letter[row].replace(".", "").isdigit()
        elif status[row] in _FINISHED or status[row].startswith("+"):
            out[row] = True
        else:
            out[row] = results["laps"].iloc[row] >= max(enough, 1)
            ruled += 1
    log.add("classified_by_rule", ruled, "classified with 90 % of the winner's laps")
    return out
