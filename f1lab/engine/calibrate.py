"""Measure what the engine knows of races in general, and write ``priors.json``.

    python -m f1lab.engine.calibrate TIDY_FOLDER

Every figure is counted or fitted on real races in the way the engine uses it: flags by lap of
the leader, a neutralised lap being one on which the flag flew at any moment. Give
:func:`calibrate` only races dated before the one to be forecast.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.calc.basis import DIRTY_AIR_GAP_S
from f1lab.engine.calibrate_flags import neutralisation_table, retirement_table
from f1lab.engine.calibrate_passing import Candidates, candidates, passing_table, traffic_losses
from f1lab.engine.calibrate_pits import crew_table, flag_factors, habit_table, reaction_table
from f1lab.engine.calibrate_seen import PastRace
from f1lab.engine.calibrate_start import noise_table, start_table
from f1lab.engine.calibrate_tyres import wear_spread, worth_of_time
from f1lab.engine.calibrate_weather import weather_table
from f1lab.engine.forecast import fit_forecast
from f1lab.engine.priors import EnginePriors
from f1lab.errors import NotEnoughLaps
from f1lab.racemodel.priors import load_priors

if TYPE_CHECKING:
    from collections.abc import Iterable

    from f1lab.data.schema import Weekend
    from f1lab.racemodel.priors import Priors

__all__ = ["calibrate", "calibrate_seen"]

_MIN_RACES = 10
_DIGITS = 4


def calibrate(races: Iterable[Weekend], priors: Priors | None = None) -> dict[str, Any]:
    """Measure the engine's table on real races.

    Parameters
    ----------
    races : iterable of Weekend
        Ten at least.
    priors : Priors, optional
        Lap-time priors to fit the races with; defaults to the shipped tables. A backtest gives
        those of its own training years.

    Returns
    -------
    dict
        Content of ``priors.json``; wrap it in :class:`~f1lab.engine.priors.EnginePriors`.

    Raises
    ------
    NotEnoughLaps
        With fewer than ten races.
    """
    priors = priors or load_priors()
    return calibrate_seen([PastRace.of(weekend, priors) for weekend in races], priors)


def calibrate_seen(seen: list[PastRace], priors: Priors) -> dict[str, Any]:
    """Measure the table on races whose lap-time model has been fitted already.

    Parameters
    ----------
    seen : list of PastRace
        Ten at least, in any order.
    priors : Priors
        The lap-time priors, whose dirty air and pit loss go into the table.

    Returns
    -------
    dict

    Raises
    ------
    NotEnoughLaps
        With fewer than ten races.
    """
    if len(seen) < _MIN_RACES:
        raise NotEnoughLaps(
            f"{len(seen)} races were given, at least {_MIN_RACES} are needed to calibrate the "
            "engine: add earlier seasons, or use load_engine_priors()."
        )
    seen = sorted(seen, key=lambda race: (race.weekend.year, race.weekend.round))
    retirements = retirement_table(seen)
    losses = zip(*(traffic_losses(race) for race in seen), strict=True)
    pairs = Candidates.joined([candidates(race) for race in seen])
    years = [race.weekend.year for race in seen]
    table = {
        "provenance": {
            "seasons": f"{min(years)}–{max(years)}",
            "races": len(seen),
            "laps": int(sum(len(race.laps.lap) for race in seen)),
            "how": "f1lab.engine.calibrate on timing data of real races",
        },
        "neutralisation": neutralisation_table(seen, retirements),
        "retirements": retirements,
        "passing": passing_table(pairs, *(np.concatenate(part) for part in losses)),
        "dirty_air_s": {
            "reach_s": DIRTY_AIR_GAP_S,
            **_means(priors.table["dirty_air_s"]),
        },
        "start": start_table(seen),
        "pit": {
            **crew_table(seen),
            **flag_factors(seen),
            "loss_s": _normals(priors.table["pit_loss_s"]),
        },
        "reactions": reaction_table(seen),
        "habits": habit_table(seen),
        "wear": wear_spread(seen),
        "weather": weather_table(seen),
        "noise_s": noise_table(seen),
        "forecast": fit_forecast([record for race in seen for record in race.records]).to_dict(),
    }
    table["habits"]["worth_of_time"] = worth_of_time(seen, EnginePriors(table))
    return dict(_rounded(table))


def _means(entry: dict[str, Any]) -> dict[str, Any]:
    circuits = {name: max(own["mean"], 0.0) for name, own in entry["circuits"].items()}
    return {"pooled": entry["pooled"]["mean"], "circuits": circuits}


def _normals(entry: dict[str, Any]) -> dict[str, Any]:
    def normal(own: dict[str, float]) -> dict[str, float]:
        return {"mean": own["mean"], "sd": own["sd"]}

    circuits = {name: normal(own) for name, own in entry["circuits"].items()}
    return {"pooled": normal(entry["pooled"]), "circuits": circuits}


def _rounded(value: Any) -> Any:  # noqa: ANN401  (any part of a JSON document)
    """Four significant digits, all the way down; -0 becomes 0."""
    if isinstance(value, dict):
        return {key: _rounded(own) for key, own in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(own) for own in value]
    if isinstance(value, float):
        return float(f"{value:.{_DIGITS}g}") + 0.0
    return value


def main(folder: str) -> None:
    """Read a folder of tidy Parquet files and rewrite the shipped table."""
    from f1lab.data.tidy import load_tidy, tidy_races  # noqa: PLC0415  (needs pyarrow)

    races = (load_tidy(folder, year, number) for year, number, _ in tidy_races(folder))
    target = Path(__file__).with_name("priors.json")
    text = json.dumps(calibrate(races), indent=1, ensure_ascii=False, sort_keys=True)
    target.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
