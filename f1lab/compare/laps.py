"""From a race to what the lap-based calculations want: laps, gaps, tyres, marks, the fits.

``race_view(weekend)`` looks at a race once and keeps what it found: everybody who asks about the
same race (comparison, analysis, figures, exports) shares the fits. The rows of every array are
the rows of :class:`~f1lab.racemodel.laps.RaceLaps`: all laps, by driver and lap.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.autopsy.pits import penalties, stops
from f1lab.autopsy.references import driver_code
from f1lab.calc.pace import FieldLaps, PaceFit, PacePriors, fit_pace
from f1lab.compare._marks import deleted_laps, off_laps
from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS, require_weekend
from f1lab.engine.calibrate_seen import PastRace
from f1lab.errors import InvalidInput, NoData, NotEnoughLaps
from f1lab.racemodel import RaceModel, load_priors
from f1lab.racemodel.laps import RIGHT_BEHIND_GAP_S, SLICK, TRAFFIC_GAP_S, RaceLaps, race_laps

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    from f1lab.autopsy.pits import Stop
    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = [
    "RaceView",
    "pace_priors",
    "race_view",
    "require_another",
    "require_timed",
    "two_drivers",
]

#: Races looked at last are kept, so that questions about one race share its fits.
_KEPT_RACES = 4
_SECTORS = ["sector1_s", "sector2_s", "sector3_s"]


def pace_priors(circuit: str) -> PacePriors:
    """Priors of :func:`f1lab.calc.pace.fit_pace` at a circuit, from the measured tables.

    Parameters
    ----------
    circuit : str
        As :func:`f1lab.data.circuits.circuit_name` calls it; an unknown one gets the pooled
        figures.

    Returns
    -------
    PacePriors
    """
    measured = load_priors()
    return PacePriors(
        fuel_s_per_kg=measured.fuel_s_per_kg,
        wear_s_per_lap={name: measured.wear_s_per_lap(name, circuit) for name in DRY_COMPOUNDS},
        offset_s=measured.offset_s,
        traffic_s=measured.dirty_air_s(circuit),
    )


@dataclass(frozen=True, repr=False)
class RaceView:
    """A race, ready for every lap-based calculation; what is costly is made when asked for.

    Attributes
    ----------
    weekend : Weekend
    laps : RaceLaps
        All laps of all drivers as arrays.
    frame : pandas.DataFrame
        The session's lap frame with the same rows.
    """

    weekend: Weekend
    laps: RaceLaps
    frame: pd.DataFrame

    def __repr__(self) -> str:
        """Which race, and how many laps it has."""
        return f"RaceView({self.weekend.year} {self.weekend.event}, {len(self.laps.lap)} laps)"

    @cached_property
    def dry(self) -> Ints:
        """Rows of the dry racing laps :attr:`fit` is made from and corrects, shape (n,).

        Green, no pit lane, not lap 1, no blue flag, on a known slick.
        """
        laps = self.laps
        known = (laps.tyre_class == SLICK) & (laps.compound < len(DRY_COMPOUNDS))
        rows = laps.racing & ~laps.wet & ~laps.yellow & ~laps.blue_flag & known
        return np.flatnonzero(rows & np.isfinite(laps.lap_time_s))

    @cached_property
    def field(self) -> FieldLaps:
        """The dry racing laps as :func:`f1lab.calc.pace.fit_pace` takes them.

        Laps on which a car was held up, and first flying laps, are only corrected.
        """
        laps, rows = self.laps, self.dry
        return FieldLaps(
            lap_time_s=laps.lap_time_s[rows],
            driver=self.codes[laps.driver[rows]],
            lap=laps.lap[rows],
            compound=np.array(COMPOUNDS)[laps.compound[rows]],
            age_laps=laps.wear_age[rows],
            fuel_kg=laps.fuel_kg[rows],
            gap_ahead_s=laps.gap_start_s[rows],
            learn=(laps.gap_end_s[rows] >= RIGHT_BEHIND_GAP_S) & ~laps.warming_up[rows],
        )

    @cached_property
    def fit(self) -> PaceFit:
        """The dry laps taken apart; its arrays have the rows of :attr:`dry`.

        Raises
        ------
        NotEnoughLaps
            Under 30 usable dry racing laps or two drivers, as in a race in the rain.
        """
        return fit_pace(self.field, priors=pace_priors(self.weekend.circuit))

    @cached_property
    def model(self) -> RaceModel:
        """The careful fit: wet laps, delays, and a wear slope for each driver."""
        return RaceModel.of(self.weekend)

    @cached_property
    def past(self) -> PastRace:
        """The race as the calibration sees it: retirements, passing candidates."""
        return PastRace(self.weekend, self.model)

    @cached_property
    def codes(self) -> NDArray[np.str_]:
        """Driver codes, in the order ``laps.driver`` counts them."""
        return np.array(self.laps.drivers)

    @cached_property
    def stops(self) -> list[Stop]:
        """Every visit to the pit lane that was a call of its own."""
        return stops(self.laps, penalties(self.weekend.race))

    @cached_property
    def stint(self) -> Ints:
        """Number of the stint each lap belongs to, one for every stint of every driver."""
        return np.asarray(self.laps.driver * (self.laps.stint.max(initial=0) + 1) + self.laps.stint)

    @cached_property
    def stint_lap(self) -> Ints:
        """Laps since the stint began, 1 = out lap or lap 1."""
        first = pd.Series(self.laps.lap).groupby(self.stint).transform("min").to_numpy()
        return np.asarray(self.laps.lap - first + 1, dtype=np.int64)

    @cached_property
    def flying_lap(self) -> Floats:
        """1 for the first full lap after an out lap; NaN on the stint from the grid [laps]."""
        opening = (self.laps.lap - self.stint_lap) == 0
        return np.where(opening, np.nan, self.stint_lap - 1.0)

    @cached_property
    def clean_air(self) -> Bools:
        """Laps begun with nobody close ahead (2.5 s), without a blue flag."""
        return np.asarray((self.laps.gap_start_s > TRAFFIC_GAP_S) & ~self.laps.blue_flag)

    @cached_property
    def gap_behind_s(self) -> Floats:
        """Gap to the rival behind as the lap began, on the same lap; inf for nobody [s]."""
        laps = self.laps
        row_of = np.full((len(laps.drivers) + 1, int(laps.lap.max(initial=0)) + 1), -1)
        row_of[laps.driver, laps.lap] = np.arange(len(laps.lap))
        ahead = np.where(laps.ahead_start_laps_up == 0, row_of[laps.ahead_start, laps.lap], -1)
        out = np.full(len(laps.lap), np.inf)
        near = np.flatnonzero(ahead >= 0)
        np.minimum.at(out, ahead[near], laps.gap_start_s[near])
        return out

    @cached_property
    def deleted(self) -> Bools:
        """Laps whose time was deleted; none where the source cannot tell."""
        return deleted_laps(self.frame)

    @cached_property
    def off(self) -> Bools:
        """Laps on which race control named an excursion or a spin of the car."""
        return off_laps(self.laps, self.weekend.race.messages)

    @cached_property
    def sectors_s(self) -> Floats:
        """Sector times, shape (rows, 3) [s]."""
        return self.frame[_SECTORS].to_numpy(dtype=float)

    @cached_property
    def trap_kmh(self) -> Floats:
        """Speed at the trap on each lap [km/h]; NaN where unknown."""
        return self.frame["speed_trap_kmh"].to_numpy(dtype=float)

    @cached_property
    def track_temp_c(self) -> Floats:
        """Track temperature at the end of each lap [°C]; NaN where none was measured."""
        weather = self.weekend.race.weather
        known = weather["track_temp_c"].notna().to_numpy() if len(weather) else np.zeros(0, bool)
        if not known.any():
            return np.full(len(self.laps.lap), np.nan)
        clock, temp = (weather[name].to_numpy(float)[known] for name in ("time_s", "track_temp_c"))
        return np.asarray(np.interp(self.laps.time_s, clock, temp), dtype=np.float64)

    def own(self, code: str) -> Bools:
        """Which of the rows of :attr:`dry` are a driver's, shape (n,)."""
        return np.asarray(self.codes[self.laps.driver[self.dry]] == code)

    def clean_laps(self) -> pd.DataFrame:
        """Dry racing laps with what is left of them when everything else is taken off.

        Returns
        -------
        pandas.DataFrame
            ``driver, team, lap, stint, compound, age_laps, lap_time_s, corrected_s, residual_s,
            sector1_s … sector3_s, clean_air, used``: ``corrected_s`` has track, fuel, tyres and
            traffic removed [s], ``used`` laps taught the fit.

        Raises
        ------
        NotEnoughLaps
            As :attr:`fit`.
        """
        kept = ["driver", "team", "lap", "stint", "compound", "lap_time_s", *_SECTORS]
        table = self.frame.loc[self.dry, kept].reset_index(drop=True)
        return table.assign(
            age_laps=self.laps.wear_age[self.dry],
            corrected_s=self.fit.corrected_s,
            residual_s=self.fit.residual_s,
            clean_air=self.clean_air[self.dry],
            used=self.fit.used,
        )


_recent: deque[tuple[Weekend, RaceView]] = deque(maxlen=_KEPT_RACES)


def race_view(weekend: Weekend) -> RaceView:
    """Look at the race of a weekend; the last four looked at are kept.

    Parameters
    ----------
    weekend : Weekend
        A lap whose time is unknown is left out, as if it had not been driven.

    Returns
    -------
    RaceView

    Raises
    ------
    InvalidInput
        If it is no weekend.
    NoData
        Its race has no laps.
    """
    require_weekend(weekend)
    for asked, kept in _recent:
        if asked is weekend:
            return kept
    laps = weekend.race.laps
    laps = laps[laps["lap_time_s"].notna()]
    if laps.empty:
        raise NoData(f"the race of the {weekend.year} {weekend.event} has no laps.")
    frame = laps.sort_values(["driver", "lap"], kind="stable").reset_index(drop=True)
    timed = replace(weekend, race=replace(weekend.race, laps=frame))
    view = RaceView(timed, race_laps(timed.race, weekend.year), frame)
    _recent.append((weekend, view))
    return view


def require_timed(view: RaceView, code: str) -> None:
    """Refuse a driver of the race without a timed lap.

    Raises
    ------
    NotEnoughLaps
        With how his race ended, and who has laps.
    """
    if code in view.laps.drivers:
        return
    results = view.weekend.race.results
    status = str(results.loc[results["driver"] == code, "status"].iloc[0])
    raise NotEnoughLaps(
        f"{code} completed no lap of the {view.weekend.year} {view.weekend.event} "
        f"({status or 'no reason given'}), so there is nothing to compare; with laps are "
        f"{', '.join(sorted(view.laps.drivers))}."
    )


def two_drivers(weekend: Weekend, a: str, b: str) -> tuple[str, str]:
    """Codes of two drivers who both completed a lap of the race.

    Raises
    ------
    UnknownName
        A name that is not in the results.
    InvalidInput
        The same driver twice.
    NotEnoughLaps
        One of them completed no lap, or none whose time is known.
    """
    require_weekend(weekend)
    codes = driver_code(weekend, a), driver_code(weekend, b)
    require_another(*codes, (str(code) for code in weekend.race.results["driver"]))
    view = race_view(weekend)
    for code in codes:
        require_timed(view, code)
    return codes


def require_another(a: str, b: str, known: Iterable[str]) -> None:
    """Refuse one driver given twice.

    Raises
    ------
    InvalidInput
        With the others.
    """
    if a == b:
        others = ", ".join(dict.fromkeys(code for code in known if code != a))
        raise InvalidInput(f"{a} cannot be compared with himself; name another driver: {others}.")
