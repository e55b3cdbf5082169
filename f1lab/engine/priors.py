"""What the engine knows of races in general before looking at one: the shipped table.

``priors.json`` is written by :mod:`f1lab.engine.calibrate` from real races and carries its
provenance. :class:`EnginePriors` turns it into the parts of a
:class:`~f1lab.engine.inputs.RaceField`. A circuit or team the table does not know gets the
figure of the field.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.engine.inputs import (
    Hazards,
    Neutralisation,
    Passing,
    PitLane,
    Reactions,
    Retirements,
    Start,
    Weather,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["EnginePriors", "Habits", "load_engine_priors"]

#: Figures that are the same at every circuit.
_PASSING = (
    *("gap", "pace", "age", "reach_s", "ceiling"),
    *("follow_s", "blue_flag_s", "lapping_s"),
)
_PIT = (
    *("in_share", "vsc_factor", "sc_factor"),
    *("crew_scale_s", "crew_shape", "crew_longest_s"),
)


@dataclass(frozen=True, repr=False)
class Habits:
    """How dry races at a circuit are usually planned, drawn towards the field.

    Attributes
    ----------
    stops_p : ndarray, shape (4,)
        Chance of 0, 1, 2, 3 tyre stops of a car that saw the flag.
    start_p : ndarray, shape (2, 3)
        Chance of starting on SOFT, MEDIUM, HARD: grid slots 1–10, and those behind.
    next_p : ndarray, shape (3, 3)
        Chance of fitting each at a stop (column), by the one that comes off (row).
    share, share_sd : ndarray, shape (4, 4)
        Length of stint s of a race with k stops, ``[k, s]``, as a share of the distance: mean
        and standard deviation; 0 for a stint that is none.
    oldest_laps : ndarray, shape (5,)
        99th percentile of the ages at which sets came off [laps].
    worth_s : float
        A plan slower by this much by the wear of the day is e times less likely [s]; infinite
        before it is measured.
    """

    stops_p: Floats
    start_p: Floats
    next_p: Floats
    share: Floats
    share_sd: Floats
    oldest_laps: Floats
    worth_s: float


@dataclass(frozen=True)
class EnginePriors:
    """The table, and the parts of a race it gives.

    Parameters
    ----------
    table : dict
        Content of ``priors.json``, or what :func:`f1lab.engine.calibrate.calibrate` returned.
    """

    table: dict[str, Any]

    def __repr__(self) -> str:
        """Seasons and races the table was measured on."""
        source = self.table["provenance"]
        return f"EnginePriors({source['races']} races of {source['seasons']})"

    def hazards(self, circuit: str, n_laps: int) -> Hazards:
        """What may neutralise a race of ``n_laps`` laps, beyond what retirements bring out."""
        entry = self.table["neutralisation"]
        factors = entry["circuits"].get(circuit, {})

        def chance(kind: str) -> Floats:
            rate = np.multiply(entry["per_race"][kind], factors.get(kind, 1.0))
            return _per_lap(entry["lap_1"][kind], rate, n_laps)

        def lasting(kind: str) -> Neutralisation:
            own = entry[kind]
            gap_s = own.get("gap_s", np.nan)
            return Neutralisation(np.array(own["length_p"]), own["lap_factor"], gap_s)

        return Hazards(
            sc_p=chance("sc"),
            vsc_p=chance("vsc"),
            red_p=chance("red"),
            sc=lasting("sc"),
            vsc=lasting("vsc"),
            sc_first_factor=entry["sc"]["first_factor"],
            unlap_laps=entry["unlapping"]["least_laps"],
            unlap_p=entry["unlapping"]["p"],
        )

    def retirements(self, teams: Sequence[str], n_laps: int) -> Retirements:
        """Chance of each car, given by its team, to retire on each lap."""
        entry = self.table["retirements"]
        known = entry["teams"]
        factor = np.array([known.get(team, 1.0) for team in teams]).reshape(-1, 1)
        later = np.full((len(teams), n_laps), entry["per_race"] / n_laps) * factor
        later[:, :1] = entry["lap_1"]
        return Retirements(later, entry["sc_share"], entry["vsc_share"])

    def passing(self, circuit: str) -> Passing:
        """Overtaking, and what following costs, at a circuit."""
        entry = self.table["passing"]
        air = self.table["dirty_air_s"]
        return Passing(
            intercept=entry["intercept"] + entry["circuits"].get(circuit, 0.0),
            dirty_air_s=air["circuits"].get(circuit, air["pooled"]),
            dirty_reach_s=air["reach_s"],
            # measured against the lap-time model, whose error may exceed a small cost
            passer_s=max(entry["passer_s"], 0.0),
            passed_s=max(entry["passed_s"], 0.0),
            **{name: entry[name] for name in _PASSING},
        )

    def start(self, circuit: str) -> Start:
        """Lap 1 at a circuit."""
        entry = self.table["start"]
        own = entry["circuits"].get(circuit, {})
        return Start(
            own.get("level_s", entry["level_s"]),
            own.get("slot_s", entry["slot_s"]),
            entry["spread_s"],
        )

    def pit_lane(
        self, circuit: str, teams: Sequence[str], n_draws: int, rng: np.random.Generator
    ) -> PitLane:
        """What a stop costs each car, given by its team; the circuit's loss in draws."""
        entry = self.table["pit"]
        loss = entry["loss_s"]
        own = loss["circuits"].get(circuit, loss["pooled"])
        return PitLane(
            loss_s=rng.normal(own["mean"], own["sd"], n_draws),
            speed_s=np.array([entry["teams"].get(team, 0.0) for team in teams]),
            **{name: entry[name] for name in _PIT},
        )

    def reactions(self, n_laps: int) -> Reactions:
        """How a pit wall answers, in a race of ``n_laps`` laps.

        ``sc_p[k]`` and ``vsc_p[k]`` are for a next planned stop ``k`` laps away; the last entry,
        ``k = n_laps``, is for no further stop planned.
        """
        entry = self.table["reactions"]
        away = np.arange(n_laps + 1) / n_laps
        chances = {}
        for kind in ("sc", "vsc"):
            own = entry[kind]
            chances[kind] = np.interp(away, own["to_go_share"], own["p"])
            chances[kind][-1] = own["none_planned_p"]
        return Reactions(
            chances["sc"],
            chances["vsc"],
            cover_p=entry["cover_p"],
            cover_gap_s=entry["cover_gap_s"],
            cover_window_laps=round(entry["cover_window_share"] * n_laps),
            crossover_s=self.table["weather"]["crossover_s"],
        )

    def weather(self, n_laps: int, lap_s: float, wet_weekend: bool | None = None) -> Weather:  # noqa: FBT001  (a fact about the weekend, not a switch)
        """Rain that may come in a race.

        Parameters
        ----------
        n_laps : int
        lap_s : float
            A dry lap of this circuit [s].
        wet_weekend : bool, optional
            Whether qualifying saw rain tyres; None when it is not known.
        """
        entry = self.table["weather"]
        known = {None: "race_p", True: "race_after_wet_p", False: "race_after_dry_p"}
        chance = entry[known[wet_weekend]]
        steps = len(entry["class_share"]) - 1
        rain = np.full(n_laps, -np.log1p(-chance * (1 - entry["from_start_share"])) / n_laps)
        rain[:1] = chance * entry["from_start_share"]
        drying = (steps - entry["slick_step"]) * entry["drying_laps"]
        return Weather(
            rain_p=rain,
            mean_laps=max(entry["wet_share"] * n_laps - drying, steps / 2),
            peak_steps=steps,
            drying_laps=entry["drying_laps"],
            class_s=np.array(entry["class_share"]) * lap_s,
        )

    def habits(self, circuit: str) -> Habits:
        """How dry races at a circuit are usually planned."""
        entry = self.table["habits"]
        arrays = {name: np.array(entry[name]) for name in ("start_p", "next_p", "oldest_laps")}
        return Habits(
            stops_p=np.array(entry["circuits"].get(circuit, entry["stops_p"])),
            share=np.array(entry["share"]),
            share_sd=np.array(entry["share_sd"]),
            worth_s=entry["worth_of_time"]["worth_s"] if "worth_of_time" in entry else np.inf,
            **arrays,
        )

    def wear_scores(self, n_draws: int, rng: np.random.Generator) -> Floats:
        """Wear of SOFT, MEDIUM and HARD in a race over their table, drawn: shape (n_draws, 3) [-].

        Log-normal of mean one; the compounds of one race are alike.
        """
        entry = self.table["wear"]
        sd = np.sqrt(np.log1p(np.square(entry["relative_sd"])))
        common, own = rng.standard_normal((n_draws, 1)), rng.standard_normal((n_draws, len(sd)))
        score = np.sqrt(entry["alike"]) * common + np.sqrt(1 - entry["alike"]) * own
        return np.asarray(np.exp(sd * score - sd**2 / 2))

    def noise_s(self, drivers: Sequence[str]) -> Floats:
        """Lap-to-lap standard deviation of each driver in the dry, shape (n,) [s]."""
        entry = self.table["noise_s"]
        return np.array([entry["drivers"].get(code, entry["pooled"]) for code in drivers])

    @property
    def forecast(self) -> dict[str, Any] | None:
        """Coefficients of the pre-race pace forecast; None when none were fitted."""
        return self.table.get("forecast")


def _per_lap(lap_1: float, by_fifth: Floats, n_laps: int) -> Floats:
    """Chance of an event on each lap: lap 1's own, then rates per fifth of the race."""
    middle = (np.arange(n_laps) + 0.5) / n_laps
    fifth = np.minimum((5 * middle).astype(np.int64), 4)
    chance = np.asarray(1 - np.exp(-5 * by_fifth[fifth] / n_laps))
    chance[:1] = lap_1
    return chance


@cache
def load_engine_priors() -> EnginePriors:
    """Read the table shipped with the package."""
    text = files("f1lab.engine").joinpath("priors.json").read_text(encoding="utf-8")
    return EnginePriors(json.loads(text))
