"""Track evolution: the grip a track gained over the race and over qualifying.

In the race it is the track's own curve of the lap-time model, everything else taken off: fuel,
tyres, pace, traffic. The model knows fuel only to its prior, so the interval holds what fuel
and track share. In qualifying fuel and tyres are the same by design: the drivers who went on to
the next segment are compared with themselves. What they keep back in Q1 counts as grip there,
which the figure cannot tell apart.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.calc.estimate import LEVELS, Estimate
from f1lab.data.schema import DRY_COMPOUNDS, require_weekend
from f1lab.errors import NotEnoughLaps, whole_number
from f1lab.racemodel import RaceModel
from f1lab.racemodel.laps import SLICK

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Session, Weekend

    Floats = NDArray[np.float64]

__all__ = ["GripStep", "TrackEvolution", "track_evolution"]

_DRAWS = 400
#: Fewer racing laps on slicks than this carry no curve of the track.
_MIN_RACE_LAPS = 100
#: Fewer drivers in both segments carry no comparison of them.
_MIN_DRIVERS = 5
#: Beyond this spread between drivers, the segments were not run in the same conditions [s].
_MAX_SPREAD_S = 1.5


@dataclass(frozen=True)
class GripStep:
    """Seconds a lap became quicker from one moment to a later one (negative: slower).

    ``n`` is what it was read from: racing laps of the race, drivers of qualifying.
    """

    session: str
    start: str
    end: str
    gained_s: float
    low_s: float
    high_s: float
    n: int


@dataclass(frozen=True, repr=False)
class TrackEvolution:
    """Grip gained within sessions, and why some of it cannot be told.

    Attributes
    ----------
    year, event : int, str
    steps : tuple of GripStep
        Q1 to Q2, Q2 to Q3; the race from its first lap to its last.
    lap, lap_s, low_s, high_s : tuple of float
        The race lap by lap: the track against its first lap, 90 % interval [s].
    refused : tuple of str
        What the data cannot carry, and why.
    """

    year: int
    event: str
    steps: tuple[GripStep, ...]
    lap: tuple[int, ...]
    lap_s: tuple[float, ...]
    low_s: tuple[float, ...]
    high_s: tuple[float, ...]
    refused: tuple[str, ...]

    def __repr__(self) -> str:
        """Every step with its interval."""
        found = "; ".join(
            f"{s.session} {s.start} to {s.end} {s.gained_s:+.2f} s ({s.low_s:+.2f} to {s.high_s:+.2f})"
            for s in self.steps
        )
        return f"TrackEvolution({self.year} {self.event}: {found or 'nothing to be told'})"

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return {
            "year": self.year,
            "event": self.event,
            "steps": [asdict(step) for step in self.steps],
            "race_laps": self.to_frame().to_dict("records"),
            "refused": list(self.refused),
        }

    def to_frame(self) -> pd.DataFrame:
        """The race lap by lap: ``lap, track_s, low_s, high_s``."""
        columns = (self.lap, self.lap_s, self.low_s, self.high_s)
        names = ("lap", "track_s", "low_s", "high_s")
        return pd.DataFrame(dict(zip(names, map(list, columns), strict=True)))


def track_evolution(
    weekend: Weekend, model: RaceModel | None = None, seed: int = 0
) -> TrackEvolution:
    """Say how much grip the track gained.

    Parameters
    ----------
    weekend : Weekend
    model : RaceModel, optional
        Fit of its race; made when left out.
    seed : int
        Seed of the posterior draws.

    Returns
    -------
    TrackEvolution
        A part the data cannot carry is left out and named in ``refused``.
    """
    require_weekend(weekend)
    seed = whole_number("seed", seed)
    steps: list[GripStep] = []
    refused: list[str] = []
    if weekend.qualifying is None:
        refused.append("qualifying: the weekend was loaded without it.")
    else:
        for parts in (("q1", "q2"), ("q2", "q3")):
            try:
                steps.append(_qualifying_step(weekend.qualifying, *parts))
            except NotEnoughLaps as reason:
                refused.append(f"qualifying: {reason}")
    refused.append("from qualifying to the race: fuel, engine modes and tyres differ too much.")
    curve = np.empty((3, 0))
    try:
        step, curve = _race(model or RaceModel.of(weekend), seed)
        steps.append(step)
    except NotEnoughLaps as reason:
        refused.append(f"race: {reason}")
    laps = tuple(range(1, curve.shape[1] + 1))
    middle, low, high = (tuple(row) for row in curve.tolist())
    return TrackEvolution(
        weekend.year, weekend.event, tuple(steps), laps, middle, low, high, tuple(refused)
    )


def _race(model: RaceModel, seed: int) -> tuple[GripStep, Floats]:
    """The whole race's gain, and the curve with its interval, shape (3, n_laps) [s]."""
    laps = model.laps
    if laps.wet.any():
        raise NotEnoughLaps("rain tyres were raced, so the curve is the weather's, not the grip's.")
    used = int((model.fit.used & (laps.tyre_class == SLICK)).sum())
    if used < _MIN_RACE_LAPS:
        raise NotEnoughLaps(
            f"{used} racing laps on slicks; {_MIN_RACE_LAPS} or more carry a curve of the track."
        )
    coefficients = np.vstack([model.fit.coefficients, model.draws(_DRAWS, seed)])
    middle: Floats = np.arange(laps.distance_laps, dtype=np.float64) + 0.5
    track = model.track(coefficients, middle)[..., SLICK]
    against_first = track - track[:, :1]
    low, high = np.quantile(against_first[1:], LEVELS, axis=0)
    curve = np.stack([against_first[0], low, high])
    total = curve[:, -1]
    step = GripStep(
        *("race", "lap 1", f"lap {laps.distance_laps}"),
        gained_s=float(-total[0]),
        low_s=float(-total[2]),
        high_s=float(-total[1]),
        n=used,
    )
    return step, curve


def _qualifying_step(session: Session, before: str, after: str) -> GripStep:
    """What the drivers who took part in both segments gained from one to the next."""
    names = f"{before.upper()} to {after.upper()}"
    best = session.results.set_index("driver")[[f"{before}_s", f"{after}_s"]].dropna()
    best = best[[_same_tyre(session, driver, row.tolist()) for driver, row in best.iterrows()]]
    n = len(best)
    if n < _MIN_DRIVERS:
        raise NotEnoughLaps(
            f"{names}: {n} drivers set both times on the same slick; {_MIN_DRIVERS} or more are needed."
        )
    gained = (best.iloc[:, 0] - best.iloc[:, 1]).to_numpy()
    spread = float(gained.std(ddof=1))
    if spread > _MAX_SPREAD_S:
        raise NotEnoughLaps(
            f"{names}: drivers gained unlike amounts (spread {spread:.1f} s, at most {_MAX_SPREAD_S} s): "
            "the conditions were not the same for all."
        )
    told = Estimate.of(float(gained.mean()), spread / n**0.5, n - 1)
    ends = (before.upper(), after.upper())
    return GripStep("qualifying", *ends, told.value, told.low, told.high, n)


def _same_tyre(session: Session, driver: object, best_s: list[float]) -> bool:
    """Whether the laps of these times were set on one slick compound, where it is known at all."""
    own = session.laps[session.laps["driver"] == driver]
    fitted = {name for time in best_s for name in own.loc[own["lap_time_s"] == time, "compound"]}
    if fitted <= {"UNKNOWN"}:
        return True
    return len(fitted) == 1 and fitted <= set(DRY_COMPOUNDS)
