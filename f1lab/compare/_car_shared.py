"""What fuel, track and tyre age made of a race lap, whoever drove it; and which laps had trouble.

Two laps of a pair lie up to three laps apart, on tyres up to three laps apart in age. A lap of
fuel is worth 0.06 s, so a pair that always falls the same way would read as pace. What the field's
lap-time model (:class:`f1lab.calc.pace.PaceFit`) expects of either lap for its fuel, the track and
its compound and age is therefore taken out of the difference. The wear taken out is the field's:
what a car wears beyond that is its own and stays in. The model's doubt of a lap's worth of either,
about 0.01 s, is not in the intervals.

A lap had trouble when it is slower than this and the driver's own laps around it explain, by more
than three times his own scatter and 0.5 s. Trouble comes before it shows in full and fades: beside
such a lap twice his scatter is enough.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.calc.robust import robust_sd
from f1lab.compare.laps import race_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

__all__ = ["shared_s"]

_SHARED = ("track", "fuel", "tyre")
#: A lap had trouble that stands out of so many around it by so many of the driver's own standard
#: deviations, or so many beside a lap with trouble, and by so much [-, s].
_AROUND_LAPS, _TROUBLE_SD, _BESIDE_SD, _LEAST_TROUBLE_S = 11, 3.0, 2.0, 0.5


def shared_s(weekend: Weekend) -> Mapping[tuple[str, int], float]:
    """Seconds that track, fuel and tyres account for, lap by lap of the race.

    Parameters
    ----------
    weekend : Weekend
        The weekend.

    Returns
    -------
    mapping of (str, int) to float
        Driver and lap to seconds; only differences have a meaning. Dry racing laps without
        trouble only.

    Raises
    ------
    NotEnoughLaps
        Under 30 dry racing laps, as in the rain.
    """
    view = race_view(weekend)
    driver = pd.Series(view.codes[view.laps.driver[view.dry]])
    laps = view.laps.lap[view.dry]
    sound = ~_troubled(driver, laps, pd.Series(view.fit.residual_s))
    shared = np.sum([view.fit.parts_s[name] for name in _SHARED], axis=0)[sound].tolist()
    whose = zip(driver[sound].tolist(), laps[sound].tolist(), strict=True)
    return dict(zip(whose, shared, strict=True))


def _troubled(driver: pd.Series, lap: NDArray[np.int64], off: pd.Series) -> NDArray[np.bool_]:
    """Laps slower than the driver's own standard; ``off`` is what the model leaves of each [s]."""
    usual = off.groupby(driver).transform(
        lambda own: own.rolling(_AROUND_LAPS, center=True, min_periods=1).median()
    )
    off = off - usual
    scatter = off.groupby(driver).transform(robust_sd)
    slow = off > _LEAST_TROUBLE_S
    sure = slow & (off > _TROUBLE_SD * scatter)
    named = set(zip(driver[sure], lap[sure], strict=True))
    beside = np.array(
        [
            (code, number - 1) in named or (code, number + 1) in named
            for code, number in zip(driver, lap, strict=True)
        ],
        dtype=bool,
    )
    return np.asarray(sure | (slow & (off > _BESIDE_SD * scatter) & beside))
