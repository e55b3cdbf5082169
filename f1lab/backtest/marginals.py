"""Do simulated races look like real ones: flags, stops, passes, retirements.

Real and simulated races are brought into the same lap table and counted by the same lines, so
that a difference is the engine's.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.engine.calibrate_passing import REACH_S
from f1lab.racemodel.laps import FLAGS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.engine.calibrate_seen import PastRace
    from f1lab.engine.outcomes import Outcomes

__all__ = ["Marginals", "real_laps", "real_marginals", "simulated_laps", "simulated_marginals"]

#: Flags a stop is told apart by: those of its in lap.
_STOP_FLAGS = ("green", "vsc", "sc")
_RACED = ("green", "yellow")


@dataclass(frozen=True)
class Marginals:
    """Rates of what happens in races.

    Parameters
    ----------
    races : int
    safety_cars, virtual_safety_cars, red_flags : float
        Mean number a race.
    with_safety_car : float
        Share of the races that had one [-].
    lap_1_share : float
        Share of the safety cars that came out on lap 1 [-].
    safety_car_laps : float
        Mean length of a safety car by the leader's laps, the unfinished ones included [laps].
    retired : float
        Share of the cars that did not see the flag [-].
    wet : float
        Share of the races in which somebody drove rain tyres [-].
    passes : float
        Mean number of passes on the track in a dry race.
    stops : float
        Mean number of stops of a car in a dry race.
    places_lost : dict of str to float
        Mean places lost by a stop in a dry race, from the lap before to the out lap, by flag of the in lap.
    pit_spread_s : (float, float)
        Distance of the 10th and 90th percentile of a green stop's loss from the race's median [s].
    """

    races: int
    safety_cars: float
    virtual_safety_cars: float
    red_flags: float
    with_safety_car: float
    lap_1_share: float
    safety_car_laps: float
    retired: float
    wet: float
    passes: float
    stops: float
    places_lost: dict[str, float]
    pit_spread_s: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON."""
        return asdict(self)


def real_laps(race: PastRace) -> pd.DataFrame:
    """Lap table of a real race: driver, lap, time_s, position, flag, stopped, compound."""
    laps = race.laps
    stopped = np.zeros(len(laps.lap), dtype=bool)
    stopped[[stop.in_row for stop in race.stops]] = True
    return pd.DataFrame(
        {
            "driver": np.array(laps.drivers)[laps.driver],
            "lap": laps.lap,
            "time_s": laps.time_s - race.weekend.race.start_s,
            "position": laps.position,
            "flag": np.array(FLAGS)[laps.flag],
            "stopped": stopped,
            "compound": np.array(COMPOUNDS)[laps.compound],
        }
    )


def simulated_laps(outcomes: Outcomes, race: int) -> pd.DataFrame:
    """Lap table of a simulated race that was traced."""
    columns = ["driver", "lap", "time_s", "position", "flag", "stopped", "compound"]
    frame = outcomes.trace(race)[columns].sort_values(["driver", "lap"], ignore_index=True)
    # on the road: by the order in which the lap was completed, as in the timing
    frame["position"] = frame.groupby("lap")["time_s"].rank(method="first")
    return frame


def _stop_rows(laps: pd.DataFrame) -> pd.DataFrame:
    """Every stop with its in and out lap under one kind of flag: flag, places lost, loss."""
    own = laps.groupby("driver")
    lap_s = laps["time_s"] - own["time_s"].shift(1)
    near_stop = laps["stopped"] | own["stopped"].shift(1, fill_value=False)
    raced = lap_s.where(laps["flag"].isin(_RACED) & ~near_stop & (laps["lap"] > 1))
    median_s = raced.groupby(laps["driver"]).transform("median")
    found = pd.DataFrame(
        {
            "flag": laps["flag"].where(~laps["flag"].isin(_RACED), "green"),
            "out_flag": own["flag"].shift(-1),
            "lost": own["position"].shift(-1) - own["position"].shift(1),
            "loss_s": lap_s + own["time_s"].shift(-1) - laps["time_s"] - 2 * median_s,
        }
    )
    found["all_green"] = (found["flag"] == "green") & found["out_flag"].isin(_RACED)
    kept = laps["stopped"] & found["lost"].notna() & (found["out_flag"] != "red")
    return found[kept & found["flag"].isin(_STOP_FLAGS)]


def _passes(laps: pd.DataFrame) -> int:
    """Cars that began a lap within reach of the next, raced it to its end and got past.

    Both drove it under green or yellow, without the pit lane, after lap 1.
    """
    own = laps.groupby("driver")
    next_raced = own["flag"].shift(-1).isin(_RACED) & ~own["stopped"].shift(-1, fill_value=True)
    state = pd.DataFrame(
        {
            "lap": laps["lap"],
            "time_s": laps["time_s"],
            "next_s": own["time_s"].shift(-1),
            "raced": next_raced & ~laps["stopped"],
        }
    ).sort_values(["lap", "time_s"])
    ahead = state.groupby("lap").shift(1)
    near = state["time_s"] - ahead["time_s"] <= REACH_S
    both = state["raced"] & ahead["raced"].eq(True)  # noqa: FBT003  (nobody ahead is no match)
    return int((near & both & (state["next_s"] < ahead["next_s"])).sum())


def _is_dry(laps: pd.DataFrame) -> bool:
    return not laps["compound"].isin(set(COMPOUNDS[:5]) - set(DRY_COMPOUNDS)).any()


def _track_figures(tables: Sequence[pd.DataFrame]) -> dict[str, Any]:
    """Figures of dry races, and how many were not."""
    dry = [_is_dry(table) for table in tables]
    kept = [table for table, own in zip(tables, dry, strict=True) if own]
    stops = [_stop_rows(table) for table in kept]
    lost = pd.concat(stops).groupby("flag")["lost"].mean()
    green = [own.loc[own["all_green"], "loss_s"].dropna() for own in stops]
    beyond = pd.concat([loss - loss.median() for loss in green if len(loss)])
    low, high = beyond.quantile([0.1, 0.9])
    return {
        "wet": 1 - float(np.mean(dry)),
        "passes": float(np.mean([_passes(table) for table in kept])),
        "stops": sum(int(t["stopped"].sum()) for t in kept)
        / sum(t["driver"].nunique() for t in kept),
        "places_lost": {flag: float(lost.get(flag, np.nan)) for flag in _STOP_FLAGS},
        "pit_spread_s": (float(low), float(high)),
    }


def real_marginals(races: Sequence[PastRace]) -> Marginals:
    """Count real races.

    Parameters
    ----------
    races : sequence of PastRace

    Returns
    -------
    Marginals
    """
    n = len(races)
    runs = [run for race in races for run in race.runs]
    cars = sum(len(race.teams) for race in races)
    behind = [run for run in runs if run.kind == "sc"]
    return Marginals(
        races=n,
        safety_cars=len(behind) / n,
        virtual_safety_cars=sum(run.kind == "vsc" for run in runs) / n,
        red_flags=sum(run.kind == "red" for run in runs) / n,
        with_safety_car=sum(any(r.kind == "sc" for r in race.runs) for race in races) / n,
        lap_1_share=sum(run.first == 1 for run in behind) / max(len(behind), 1),
        safety_car_laps=float(np.mean([run.laps for run in behind])) if behind else 0.0,
        retired=sum(len(race.retirements) for race in races) / cars,
        **_track_figures([real_laps(race) for race in races]),
    )


def simulated_marginals(outcomes: Sequence[Outcomes], traced: Sequence[int]) -> Marginals:
    """Count simulated races.

    Parameters
    ----------
    outcomes : sequence of Outcomes
        One for each field, all of the same number of races.
    traced : sequence of int
        The races of each that were traced, for the figures of stops and passes.

    Returns
    -------
    Marginals
    """

    def mean(name: str) -> float:
        return float(np.mean([getattr(own, name).mean() for own in outcomes]))

    count = np.array([own.safety_cars.sum() for own in outcomes]).sum()
    first = np.array([own.safety_car_lap_1.sum() for own in outcomes]).sum()
    laps = np.array([own.safety_car_laps.sum() for own in outcomes]).sum()
    return Marginals(
        races=sum(len(own) for own in outcomes),
        safety_cars=mean("safety_cars"),
        virtual_safety_cars=mean("virtual_safety_cars"),
        red_flags=mean("red_flags"),
        with_safety_car=float(np.mean([(own.safety_cars > 0).mean() for own in outcomes])),
        lap_1_share=float(first / max(count, 1)),
        safety_car_laps=float(laps / max(count, 1)),
        retired=mean("retired"),
        **_track_figures([simulated_laps(own, race) for own in outcomes for race in traced]),
    )
