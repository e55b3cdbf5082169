"""Measure the prior tables on real races and write ``priors.json``.

    python -m f1lab.racemodel.calibrate TIDY_FOLDER

Every dry race is fitted with priors so wide that the laps decide; the figures of all races are
then pooled with a random-effects model (method of moments) that knows two spreads, between
circuits and between the races of one circuit. A circuit's entry is its own races' mean, drawn
towards the pooled one by as much as its races are few; its ``sd`` is what to expect of the
*next* race there. Fuel cannot be told from track evolution within a race, so its figure is the
published one (a hierarchical fit over many races: 0.0309 s/kg, 90 % 0.0226 to 0.0390).
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.calc.race_state import REPAIR_S
from f1lab.calc.robust import median_error, robust_sd, theil_line
from f1lab.data.schema import COMPOUNDS
from f1lab.racemodel.model import RaceModel
from f1lab.racemodel.priors import Priors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from f1lab.data.schema import Weekend

__all__ = ["Reading", "calibrate", "pool", "readings"]

_FUEL = {"mean": 0.0309, "sd": 0.005}
#: Priors wide enough to leave the measuring to the laps.
_WIDE: dict[str, Any] = {
    "fuel_s_per_kg": _FUEL,
    "offset_s": {c: {"mean": 0.0, "sd": 1.0} for c in ("SOFT", "HARD")},
    "warm_up_s": {"mean": 0.0, "sd": 1.0},
    "noise_s": 0.4,
    "wear_s_per_lap": {
        c: {"pooled": {"mean": 0.05, "sd": 0.1}, "circuits": {}} for c in COMPOUNDS[:5]
    },
    "dirty_air_s": {"pooled": {"mean": 0.0, "sd": 1.0}, "circuits": {}},
    "slot_s": {"pooled": {"mean": 0.5, "sd": 1.0}, "circuits": {}},
    "pit_loss_s": {"pooled": {"mean": 23.0, "sd": 5.0}, "circuits": {}},
    "pit_lane_s": {"pooled": {"mean": 23.0, "sd": 5.0}, "circuits": {}},
}
#: A term the laps said this little about is not a reading of it: sd above this share of _WIDE's.
_HEARD = 0.6
_MIN_LAPS, _MIN_STOPS, _MIN_STARTS = 300, 5, 10
#: Stops scatter by this much even where a handful did not [s].
_LEAST_STOP_SD_S = 0.2
#: Fewer readings of a figure say nothing of its spread: the wide prior stands.
_MIN_READINGS = 3


@dataclass(frozen=True)
class Reading:
    """One figure of one race, with its standard error."""

    circuit: str
    value: float
    error: float


def readings(weekend: Weekend) -> dict[str, Reading]:
    """Every figure one race gives; nothing for a wet or short one."""
    model = RaceModel.of(weekend, Priors(_WIDE))
    if model.fit.used.sum() < _MIN_LAPS:
        return {}
    found = dict(_pit_readings(model))
    if model.laps.wet.any():
        found.update(_rain_readings(model))
    else:
        found.update(_dry_readings(model))
        found.update(_start_readings(model, weekend))
    return {name: Reading(weekend.circuit, *figure) for name, figure in found.items()}


def _term(model: RaceModel, block: str, column: int, wide: float) -> tuple[float, float] | None:
    at = model.design.blocks[block].start + column
    error = float(np.sqrt(model.fit.covariance[at, at]))
    return (float(model.fit.coefficients[at]), error) if error < _HEARD * wide else None


def _mean_slope(model: RaceModel, compound: str) -> tuple[float, float] | None:
    """Mean wear slope over the ages raced [s/lap]."""
    laps = model.laps
    on_it = model.fit.used & (laps.compound == COMPOUNDS.index(compound))
    if on_it.sum() < _MIN_LAPS / 4:
        return None
    block = model.design.blocks[f"wear_{compound}"]
    weight = model.design.matrix[on_it, block].sum(axis=0)
    weight = weight / weight.sum()
    error = float(np.sqrt(weight @ model.fit.covariance[block, block] @ weight))
    if error > _HEARD * 0.1:
        return None
    return float(model.fit.coefficients[block] @ weight), error


def _dry_readings(model: RaceModel) -> dict[str, tuple[float, float]]:
    found = {
        "offset:SOFT": _term(model, "offset", 0, 1.0),
        "offset:HARD": _term(model, "offset", 1, 1.0),
        "warm_up": _term(model, "warm_up", 0, 1.0),
        "dirty_air": _term(model, "dirty_air", 0, 1.0),
        **{f"wear:{c}": _mean_slope(model, c) for c in COMPOUNDS[:3]},
        "noise": (float(np.median(model.fit.sigma[model.fit.used])), 0.05),
    }
    return {name: figure for name, figure in found.items() if figure is not None}


def _rain_readings(model: RaceModel) -> dict[str, tuple[float, float]]:
    found = {f"wear:{c}": _mean_slope(model, c) for c in COMPOUNDS[3:5]}
    return {name: figure for name, figure in found.items() if figure is not None}


def _pit_readings(model: RaceModel) -> dict[str, tuple[float, float]]:
    laps = model.laps
    inward = laps.stops
    inward = inward[~laps.red[inward] & ~laps.red[inward + 1]]
    lane = laps.pit_out_s[inward + 1] - laps.pit_in_s[inward]
    green = ~laps.neutralised[inward] & ~laps.neutralised[inward + 1] & (laps.lap[inward] > 1)
    green &= lane < np.median(lane) + REPAIR_S if len(lane) else green
    loss = (model.fit.residual[inward] + model.fit.residual[inward + 1])[green]
    found = {}
    for name, values in (("pit_lane", lane), ("pit_loss", loss)):
        if len(values) >= _MIN_STOPS:
            spread = max(robust_sd(values), _LEAST_STOP_SD_S)
            found[name] = float(np.median(values)), median_error(spread, len(values))
    return found


def _start_readings(model: RaceModel, weekend: Weekend) -> dict[str, tuple[float, float]]:
    laps = model.laps
    grid = dict(zip(weekend.race.results["driver"], weekend.race.results["grid"], strict=True))
    first = np.flatnonzero((laps.lap == 1) & ~laps.neutralised & ~laps.in_lap)
    slot = np.array([grid.get(laps.drivers[d], np.nan) for d in laps.driver[first]], dtype=float)
    loss = model.fit.residual[first]
    known = np.isfinite(slot)
    if known.sum() < _MIN_STARTS:
        return {}
    x, y = slot[known], loss[known]
    _, slope = theil_line(x, y)
    error = robust_sd(y - slope * x) / (np.std(x) * np.sqrt(len(x)))
    return {"slot": (slope, float(error))}


def pool(figures: list[Reading]) -> dict[str, Any]:
    """Random-effects pooling of one figure over circuits and races.

    Parameters
    ----------
    figures : list of Reading

    Returns
    -------
    dict
        ``pooled`` and ``circuits``, each entry ``mean``, ``sd`` (of the next race) and ``races``.
    """
    value = np.array([f.value for f in figures])
    error = np.array([f.error for f in figures])
    names = np.array([f.circuit for f in figures])
    centre = float(np.median(value))
    keep = np.abs(value - centre) < 5 * max(robust_sd(value), 1e-6)
    value, error, names = value[keep], error[keep], names[keep]
    several = [c for c in np.unique(names) if (names == c).sum() > 1]
    within = [value[names == c] - value[names == c].mean() for c in several]
    freedom = sum(len(w) - 1 for w in within)
    noise = float(np.mean(error**2))
    total = max(float(np.var(value, ddof=1)) - noise, 1e-8)
    race = sum(float((w**2).sum()) for w in within) / freedom - noise if freedom else total / 2
    race = float(np.clip(race, 0.05 * total, total))
    circuit = max(total - race, 0.02 * total)
    weight = 1 / (total + error**2)
    mean = float((weight * value).sum() / weight.sum())
    entries = {}
    for name in np.unique(names):
        own = names == name
        information = 1 / (race + error[own] ** 2)
        precision = 1 / circuit + information.sum()
        own_mean = (mean / circuit + (information * value[own]).sum()) / precision
        entries[str(name)] = _entry(own_mean, np.sqrt(1 / precision + race), int(own.sum()))
    return {"pooled": _entry(mean, np.sqrt(total), len(value)), "circuits": entries}


def _entry(mean: float, sd: float, races: int) -> dict[str, float]:
    return {"mean": round(float(mean), 4), "sd": round(float(sd), 4), "races": races}


def calibrate(weekends: Iterable[Weekend]) -> dict[str, Any]:
    """Tables from many races, with their provenance."""
    found: dict[str, list[Reading]] = defaultdict(list)
    years, n = set(), 0
    for weekend in weekends:
        n += 1
        years.add(weekend.year)
        for name, reading in readings(weekend).items():
            found[name].append(reading)
    tables = _unread() | {
        name: pool(figures) for name, figures in found.items() if len(figures) >= _MIN_READINGS
    }
    return {
        "provenance": (
            f"Measured by f1lab.racemodel.calibrate on {n} races of "
            f"{min(years)}–{max(years)}; fuel from a published hierarchical fit."
        ),
        "fuel_s_per_kg": _FUEL,
        "offset_s": {c: tables[f"offset:{c}"]["pooled"] for c in ("SOFT", "HARD")},
        "warm_up_s": tables["warm_up"]["pooled"],
        "noise_s": tables["noise"]["pooled"]["mean"],
        "wear_s_per_lap": {c: _wear_table(tables, c) for c in COMPOUNDS[:5]},
        "dirty_air_s": tables["dirty_air"],
        "slot_s": tables["slot"],
        "pit_loss_s": tables["pit_loss"],
        "pit_lane_s": tables["pit_lane"],
    }


def _unread() -> dict[str, Any]:
    """The wide prior of every figure, for those that too few races tell."""
    by_compound = {f"wear:{c}": _WIDE["wear_s_per_lap"][c] for c in COMPOUNDS[:5]}
    offsets = {f"offset:{c}": {"pooled": prior} for c, prior in _WIDE["offset_s"].items()}
    alone = {name: _WIDE[f"{name}_s"] for name in ("dirty_air", "slot", "pit_loss", "pit_lane")}
    spread = {
        "warm_up": {"pooled": _WIDE["warm_up_s"]},
        "noise": {"pooled": {"mean": _WIDE["noise_s"]}},
    }
    return by_compound | offsets | alone | spread


def _wear_table(tables: dict[str, Any], compound: str) -> dict[str, Any]:
    """Table of one compound; rain tyres share one pooled figure.

    Full wets are too rare to measure, and the spread of slopes between wet races is the
    weather's, so the doubt is put at the size of the mean.
    """
    if compound in COMPOUNDS[:3]:
        return dict(tables[f"wear:{compound}"])
    pooled = dict(tables["wear:INTERMEDIATE"]["pooled"])
    pooled["sd"] = abs(pooled["mean"])
    return {"pooled": pooled, "circuits": {}}


def main(folder: str) -> None:
    """Read a folder of tidy Parquet files and rewrite the shipped table."""
    from f1lab.data.tidy import load_tidy, tidy_races  # noqa: PLC0415  (needs pyarrow)

    races = (load_tidy(folder, year, number) for year, number, _ in tidy_races(folder))
    target = Path(__file__).with_name("priors.json")
    text = json.dumps(calibrate(races), indent=1, ensure_ascii=False, sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
