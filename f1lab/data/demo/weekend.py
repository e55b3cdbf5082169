"""A demo weekend from its number: qualifying, race, telemetry and the truth about them.

The frames are made in FastF1's shape and repaired like everybody else's; the truth is put beside
the repaired laps.
"""

from __future__ import annotations

from copy import deepcopy
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data.demo import frames
from f1lab.data.demo.qualifying import run_qualifying, starting_grid
from f1lab.data.demo.race import run_race
from f1lab.data.demo.script import (
    draw_field,
    draw_luck,
    draw_script,
    parameters,
    stream,
)
from f1lab.data.demo.telemetry import DemoTelemetry, DrivenLap
from f1lab.data.frames import session_from_fastf1_frames
from f1lab.data.schema import LEDGER_PARTS, DataIssue, Session, Truth, Weekend
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from f1lab.data.demo.qualifying import QualifyingRecord
    from f1lab.data.demo.race import Lap, RaceRecord
    from f1lab.data.demo.script import Field, Parameters, Script

__all__ = ["generate"]

_NEUTRALISED_KEEPS = ("track", "fuel", "pit_normal", "pit_excess", "start")
_DRS_GAP_S = 1.0
_DRS_FROM_LAP = 3


def generate(seed: int = 0, *, dry: bool = False) -> Weekend:
    """Generate a demo weekend.

    Parameters
    ----------
    seed : int
        Number of the weekend, 0 or more; the same number gives the same weekend.
    dry : bool
        Leave the rain out.

    Returns
    -------
    Weekend
        Race and qualifying, repaired, with ``truth``.

    Raises
    ------
    InvalidInput
        If the seed is not a whole number of at least 0.

    Examples
    --------
    >>> weekend = generate(3)
    >>> weekend.event, len(weekend.race.results)
    ('Halvern Grand Prix', 20)
    """
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise InvalidInput(f"the seed of a demo weekend is a whole number from 0 up, not {seed!r}.")
    seed, p = int(seed), parameters()
    fielded = draw_field(seed, p)
    qualified = run_qualifying(seed, fielded, p)
    grid, sent_back = starting_grid(seed, qualified.order, p)
    script = draw_script(seed, p, dry=dry)
    record = run_race(script, grid, fielded, draw_luck(seed, p), p)
    race, race_issues = _race_session(seed, p, record, grid, script)
    qualifying, qualifying_issues = _qualifying_session(seed, p, qualified)
    told = _told(seed, p, fielded, script, record, grid, sent_back)
    event = p["event"]
    return Weekend(
        year=event["year"],
        round=event["round"],
        event=event["name"],
        circuit=event["circuit"],
        source="demo",
        race=race,
        qualifying=qualifying,
        quality=(*race_issues, *qualifying_issues),
        truth=Truth(ledger=_ledger(p, record, race.laps), parameters=told),
    )


def _race_session(
    seed: int, p: Parameters, record: RaceRecord, grid: list[int], script: Script
) -> tuple[Session, list[DataIssue]]:
    low, high = p["race"]["start_clock_s"]
    start_s = round(float(stream(seed, "race clock").uniform(low, high)), 3)
    status = frames.track_status(record, start_s)
    until_s = start_s + max(lap.end_s for lap in record.laps) + 420.0
    rain = script.rain
    return session_from_fastf1_frames(
        frames.race_laps(seed, p, record, start_s, status),
        frames.race_results(seed, p, record, grid, script),
        frames.weather(
            seed,
            p,
            until_s,
            None if rain is None else (start_s + rain.start_s, start_s + rain.stop_s),
            "race",
        ),
        frames.race_messages(seed, p, record, script, start_s),
        status,
        kind="R",
        name="Race",
        date=p["event"]["race_start_utc"][:10],
        start_s=start_s,
        total_laps=p["race"]["laps"],
        telemetry_source=DemoTelemetry(seed, "R", _teams(p), _recorded_race_laps(p, record)),
    )


def _qualifying_session(
    seed: int, p: Parameters, record: QualifyingRecord
) -> tuple[Session, list[DataIssue]]:
    status = frames.qualifying_status(seed, record)
    return session_from_fastf1_frames(
        frames.qualifying_laps(seed, p, record, status),
        frames.qualifying_results(p, record),
        frames.weather(seed, p, record.segments[-1][1] + 300.0, None, "qualifying"),
        frames.qualifying_messages(p, record, status),
        status,
        kind="Q",
        name="Qualifying",
        date=p["event"]["qualifying_start_utc"][:10],
        start_s=record.segments[0][0],
        telemetry_source=DemoTelemetry(seed, "Q", _teams(p), _recorded_qualifying_laps(p, record)),
    )


def _teams(p: Parameters) -> dict[str, int]:
    return {driver["code"]: driver["team"] for driver in p["drivers"]}


def _recorded_race_laps(p: Parameters, record: RaceRecord) -> dict[tuple[str, int], DrivenLap]:
    """The fastest lap of everybody."""
    best: dict[int, Lap] = {}
    for lap in record.laps:
        known = best.get(lap.driver)
        if lap.lap > 1 and (known is None or _seconds(lap) < _seconds(known)):
            best[lap.driver] = lap
    return {
        (p["drivers"][driver]["code"], lap.lap): DrivenLap(
            lap_time_s=round(_seconds(lap), 3),
            fuel_kg=lap.fuel / p["race"]["fuel_s_per_kg"],
            drs_open=lap.gap_ahead_s < _DRS_GAP_S and not lap.wet and lap.lap >= _DRS_FROM_LAP,
        )
        for driver, lap in best.items()
    }


def _recorded_qualifying_laps(
    p: Parameters, record: QualifyingRecord
) -> dict[tuple[str, int], DrivenLap]:
    """Everybody's best lap of each segment."""
    made = {}
    for lap in record.laps:
        if lap.kind == "push" and not lap.deleted:
            seconds = round(lap.lap_time_s, 3)
            if seconds == round(record.best_s[lap.segment][lap.driver], 3):
                code = p["drivers"][lap.driver]["code"]
                made[code, lap.lap] = DrivenLap(seconds, p["car"]["qualifying_fuel_kg"], True)  # noqa: FBT003
    return made


def _seconds(lap: Lap) -> float:
    return lap.end_s - lap.start_s


def _ledger(p: Parameters, record: RaceRecord, laps: pd.DataFrame) -> pd.DataFrame:
    """Every second of every lap by cause, in the order of the repaired laps."""
    codes = [driver["code"] for driver in p["drivers"]]
    by_lap = {(codes[lap.driver], lap.lap): lap for lap in record.laps}
    made = [by_lap[key] for key in zip(laps["driver"], laps["lap"].tolist(), strict=True)]
    names = [part for part in LEDGER_PARTS if part not in ("neutralisation", "unexplained")]
    parts = {name: np.array([getattr(lap, name) for lap in made]) for name in names}
    neutral = np.array([bool(lap.neutral) for lap in made])
    first = laps["lap"].to_numpy() == 1
    for name in names:
        if name not in _NEUTRALISED_KEEPS:
            parts[name] = np.where(neutral, 0.0, parts[name])
    rest = laps["lap_time_s"].to_numpy() - np.sum(list(parts.values()), axis=0)
    parts["neutralisation"] = np.where(neutral, rest, 0.0)
    parts["start"] = parts["start"] + np.where(first & ~neutral, rest, 0.0)
    parts["unexplained"] = np.where(first | neutral, 0.0, rest)
    return pd.DataFrame(
        {
            "driver": laps["driver"],
            "lap": laps["lap"],
            **{f"{name}_s": parts[name] for name in LEDGER_PARTS},
        }
    )


def _told(
    seed: int,
    p: Parameters,
    fielded: Field,
    script: Script,
    record: RaceRecord,
    grid: list[int],
    sent_back: int,
) -> dict[str, object]:
    """The numbers behind this weekend, ready for JSON."""
    codes = [driver["code"] for driver in p["drivers"]]

    def by_driver(values: np.ndarray) -> dict[str, float]:
        return dict(zip(codes, values.tolist(), strict=True))

    told: dict[str, Any] = {
        "seed": seed,
        "age": "Wear grows with the age in green-flag laps at the end of the lap: the first lap "
        "of a new set counts 1, a lap behind the safety car .25, under the virtual one .5.",
        "pace_s": by_driver(fielded.pace_s),
        "wear_excess_s_per_lap": by_driver(fielded.wear_s_per_lap),
        "noise_s": by_driver(fielded.noise_s),
        "tyres": fielded.tyres,
        "evolution_gain_s": fielded.evolution_gain_s,
        "evolution_tau_s": fielded.evolution_tau_s,
        "rain": None if script.rain is None else asdict(script.rain),
        "safety_car": asdict(dict(record.windows)["sc"]),
        "virtual_safety_car": None if script.virtual is None else asdict(script.virtual),
        "grid": [codes[driver] for driver in grid],
        "grid_penalty": codes[sent_back],
        "slow_stop": {"driver": codes[script.slow_stop[0]], "seconds": script.slow_stop[1]},
        "time_penalty": {"driver": codes[script.penalised], "seconds": p["pit"]["penalty_s"]},
        "stops": [
            {"driver": codes[lap.driver], "lap": lap.lap, "crew_s": lap.stop.crew_s}
            | asdict(lap.stop)
            for lap in record.laps
            if lap.stop is not None
        ],
        "offs": [
            {"driver": codes[driver], "lap": lap, "seconds": script.offs[driver][1]}
            for driver, lap in record.offs.items()
        ],
    }
    shipped = ("race", "pit", "traffic", "mistakes", "circuit", "car", "teams")
    return {**told, **{name: deepcopy(p[name]) for name in shipped}}
