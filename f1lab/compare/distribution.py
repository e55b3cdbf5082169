"""Run every lap-based calculation on every race of an archive and tabulate what came out.

    python -m f1lab.compare.distribution TIDY_FOLDER

rewrites ``f1lab/calc/DISTRIBUTION.md`` up to its part on telemetry, which an archive of laps
does not hold. The table is there to be looked at for nonsense.
"""

from __future__ import annotations

import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from functools import partial
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.car import setup_flexibility
from f1lab.calc.driver import adaptability
from f1lab.calc.race_state import safety_car_probability
from f1lab.compare._calculations import lap_calculations
from f1lab.compare._chances import passing_chances, racecraft
from f1lab.compare._distribution_rows import GROUPS, numbers_of
from f1lab.compare._driver_laps import corrected_sectors
from f1lab.compare.laps import race_view
from f1lab.errors import F1LabError, NotEnoughLaps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from f1lab.compare._calculations import LapCalculations
    from f1lab.compare._chances import PassingChances
    from f1lab.compare.laps import RaceView
    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]

__all__ = ["Distribution", "SeasonRace", "measure"]

_TELEMETRY = "## Telemetry"
_HEAD = "| number | n | least | 5 % | median | 95 % | most | remark |"
_WET_SHARE = 0.1
_NEUTRAL = ("sc", "vsc")


@dataclass(frozen=True, repr=False)
class SeasonRace:
    """What one race adds to the calculations that join races."""

    year: int
    circuit: str
    n_laps: int
    wet: bool
    pace_s: dict[str, float]
    sectors_s: dict[str, Floats]
    chances: PassingChances
    neutralised: Counter[str]


@dataclass(repr=False)
class Distribution:
    """Numbers, answers and refusals over many races, gathered race by race.

    Attributes
    ----------
    values : dict of (str, str) to list of float
        Row of the table and what stands after its label, to its values.
    answered, refused : Counter
        By calculation.
    seconds : list of float
        Processor time of all calculations of each race [s].
    """

    values: dict[tuple[str, str], list[float]] = field(default_factory=lambda: defaultdict(list))
    answered: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    years: set[int] = field(default_factory=set)

    def add(self, found: LapCalculations) -> None:
        """Take in one race."""
        for row, suffix, value in numbers_of(found):
            self.values[f"{row.calculation}/{row.label}", suffix].append(value)
        self.answered.update({name: len(own) for name, own in found.answers.items()})
        self.refused.update({name: len(own) for name, own in found.refusals.items()})

    def ask(self, name: str, calculate: Callable[[], Iterable[tuple[str, float]]]) -> None:
        """Take in a calculation that joins races."""
        try:
            for label, value in calculate():
                self.values[f"{name}/{label}", ""].append(value)
            self.answered[name] += 1
        except F1LabError:
            self.refused[name] += 1

    def markdown(self) -> str:
        """The page, without its part on telemetry."""
        about = (
            f"{len(self.seconds)} races. All calculations of one race: median "
            f"{np.median(self.seconds):.2f} s, longest {max(self.seconds):.2f} s of one processor, "
            "the fits of the race included. Written by `python -m f1lab.compare.distribution`."
        )
        lines = [
            f"# Lap-based calculations on every race of {min(self.years)}–{max(self.years)}",
            "",
            about,
            "",
            _HEAD,
            "|---|---|---|---|---|---|---|---|",
        ]
        for group, rows in GROUPS.items():
            lines.append(f"| **{group}** | | | | | | | |")
            for row in rows:
                name = f"{row.calculation}/{row.label}"
                suffixes = sorted(suffix for own, suffix in self.values if own == name)
                for k, suffix in enumerate(suffixes):
                    label = f"{row.label} {suffix}".strip()
                    remark = row.remark if k == 0 else ""
                    lines.append(_line(f"{label} [{row.unit}]", self.values[name, suffix], remark))
        lines.append("| **Many races joined** | | | | | | | |")
        for (name, label), remark in _JOINED.items():
            if self.values.get((f"{name}/{label}", "")):
                lines.append(_line(label, self.values[f"{name}/{label}", ""], remark))
        lines += ["", "Answers and refusals:", "", "| calculation | answered | refused |"]
        lines += ["|---|---|---|"]
        asked = dict.fromkeys([*self.answered, *self.refused])
        lines += [f"| {n} | {self.answered[n]} | {self.refused[n]} |" for n in asked]
        return "\n".join(lines) + "\n"


_JOINED = {
    ("racecraft_score", "racecraft, season [logit]"): "by driver and season",
    ("racecraft_score", "passes made minus expected, season"): "",
    ("adaptability", "adaptability, season [0–1]"): "",
    ("adaptability", "spread of the pace rank, season [share of field]"): "",
    ("setup_flexibility", "setup flexibility over sectors, season [0–1]"): (
        "½ is the usual car by construction"
    ),
    ("safety_car_probability", "chance of a safety car, whole race [-]"): (
        "circuits' own records weigh little beside the field's"
    ),
    ("safety_car_probability", "chance of a virtual one, whole race [-]"): "",
}


def _line(label: str, values: list[float], remark: str) -> str:
    told = " | ".join(_three(x) for x in np.quantile(values, [0, 0.05, 0.5, 0.95, 1]))
    return f"| {label} | {len(values)} | {told} | {remark} |"


def _three(x: float) -> str:
    return f"{x:.3g}" if abs(x) < 100 else f"{x:.0f}"  # noqa: PLR2004  (three digits)


def measure(weekends: Iterable[Weekend]) -> Distribution:
    """Run every lap-based calculation on some races.

    Parameters
    ----------
    weekends : iterable of Weekend
        Looked at one at a time; none is kept.

    Returns
    -------
    Distribution
    """
    out = Distribution()
    races = []
    for weekend in weekends:
        began = time.process_time()
        view = race_view(weekend)
        found = lap_calculations(view)
        out.seconds.append(time.process_time() - began)
        out.add(found)
        out.years.add(weekend.year)
        races.append(_season_race(view))
    _join(out, races)
    return out


def _season_race(view: RaceView) -> SeasonRace:
    return SeasonRace(
        year=view.weekend.year,
        circuit=view.weekend.circuit,
        n_laps=view.laps.distance_laps,
        wet=bool(view.laps.wet.mean() > _WET_SHARE),
        pace_s={r.driver: r.pace_s for r in view.past.records},
        sectors_s=_median_sectors(view),
        chances=passing_chances(view),
        neutralised=Counter(run.kind for run in view.past.runs),
    )


def _median_sectors(view: RaceView) -> dict[str, Floats]:
    try:
        laps = {code: corrected_sectors(view, code) for code in view.laps.drivers}
    except NotEnoughLaps:
        return {}
    return {code: np.median(own, axis=0) for code, own in laps.items() if len(own)}


def _join(out: Distribution, races: list[SeasonRace]) -> None:
    """Seasons, and circuits against all other races."""
    for year in sorted(out.years):
        own = [race for race in races if race.year == year]
        names = sorted({name for race in own for name in race.pace_s})
        pace = np.array([[race.pace_s.get(name, np.nan) for race in own] for name in names])
        sectors = np.array([[_cells(race, name) for race in own] for name in names])
        cells = sectors.reshape(len(names), -1)
        cells = cells[:, np.isfinite(cells).any(axis=0)]
        loss = 100 * (cells / np.nanmin(cells, axis=0) - 1) if cells.size else cells
        wet = ["wet" if race.wet else "dry" for race in own]
        for i, name in enumerate(names):
            out.ask("adaptability", partial(_adaptability, pace, i, wet))
            out.ask("setup_flexibility", partial(_flexibility, loss, i))
            out.ask("racecraft_score", partial(_racecraft, own, name))
    for k, race in enumerate(races):
        others = [*races[:k], *races[k + 1 :]]
        out.ask("safety_car_probability", partial(_safety_car, race, others))


def _cells(race: SeasonRace, name: str) -> Floats:
    return race.sectors_s.get(name, np.full(3, np.nan))


def _adaptability(pace: Floats, row: int, wet: list[str]) -> Iterator[tuple[str, float]]:
    found = adaptability(pace, row, wet)
    yield "adaptability, season [0–1]", found.score.value
    yield "spread of the pace rank, season [share of field]", found.spread.value


def _flexibility(loss: Floats, row: int) -> Iterator[tuple[str, float]]:
    yield "setup flexibility over sectors, season [0–1]", setup_flexibility(loss, row).score.value


def _racecraft(races: list[SeasonRace], name: str) -> Iterator[tuple[str, float]]:
    found = racecraft([race.chances for race in races], name)
    yield "racecraft, season [logit]", found.score.value
    yield (
        "passes made minus expected, season",
        found.passes_made - found.passes_expected.value,
    )


def _safety_car(race: SeasonRace, others: list[SeasonRace]) -> Iterator[tuple[str, float]]:
    """Forecast before the start, from the other races."""
    here = [other for other in others if other.circuit == race.circuit]
    own, everywhere = (
        {kind: sum(r.neutralised[kind] for r in group) for kind in _NEUTRAL}
        for group in (here, others)
    )
    if not all(everywhere.values()):
        raise NotEnoughLaps("no safety car or no virtual one in the other races.")
    found = safety_car_probability(
        0,
        race.n_laps,
        race.n_laps,
        races=len(here),
        sc_starts=own["sc"],
        vsc_starts=own["vsc"],
        field_sc_per_race=everywhere["sc"] / len(others),
        field_vsc_per_race=everywhere["vsc"] / len(others),
    )
    yield "chance of a safety car, whole race [-]", found.sc_to_flag.value
    yield "chance of a virtual one, whole race [-]", found.vsc_to_flag.value


def main(folder: str) -> None:
    """Read a folder of tidy Parquet files and rewrite the page."""
    from f1lab.data.tidy import load_tidy, tidy_races  # noqa: PLC0415  (needs pyarrow)

    races = (load_tidy(folder, year, number) for year, number, _ in tidy_races(folder))
    page = Path(str(files("f1lab.calc").joinpath("DISTRIBUTION.md")))
    before = page.read_text(encoding="utf-8") if page.is_file() else ""
    _, _, kept = before.partition(_TELEMETRY)
    told = measure(races).markdown()
    page.write_text(told + (f"\n{_TELEMETRY}{kept}" if kept else ""), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
