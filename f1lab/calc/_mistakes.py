"""Mistakes: how often a driver makes one, shrunk to the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from f1lab.calc._check import columns, counted, enough, flags, labels, positive
from f1lab.calc.estimate import Estimate, Result
from f1lab.calc.robust import robust_sd
from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

_MIN_ERROR_LAPS, _MIN_FIELD = 10, 3
#: More laps marked as deleted than this and the mark means something else [-].
_MOST_DELETED = 0.5


#: An outlier is a mistake only where it stands this many standard deviations out [-].
_OUTLIER_SD = 2.0


#: Least and most laps the field's rate may weigh for one driver [laps]; most events [-].
_PRIOR_LAPS, _MOST_EVENTS = (20.0, 5000.0), 100.0


@dataclass(frozen=True)
class ErrorRisk(Result):
    """Chance of a mistake per lap, driver by driver, shrunk to the field.

    ``prior_mistakes, prior_clean`` are the beta parameters the field gave [laps]; ``refused``
    tells why a driver has no figure.
    """

    per_lap: dict[str, Estimate]
    mistakes: dict[str, int]
    laps: dict[str, int]
    prior_mistakes: float
    prior_clean: float
    refused: dict[str, str]


def error_risk(
    residual_s: ArrayLike,
    driver: ArrayLike,
    clean_air: ArrayLike,
    deleted: ArrayLike,
    off: ArrayLike,
    *,
    outlier_s: float = 1.5,
) -> ErrorRisk:
    """Chance of a mistake per lap, by a beta-binomial over the field.

    A mistake is a deleted lap, an off, or a lap in clean air at least ``outlier_s`` slower than
    expected. Field: ``mistakes_d ~ BetaBinomial(laps_d; a, b)``, ``a, b`` by maximum
    likelihood; driver: ``Beta(a + mistakes, b + laps − mistakes)``.

    Parameters
    ----------
    residual_s : array_like, shape (n,)
        Dry racing laps of the field against what was expected of them [s].
    driver : array_like, shape (n,)
        Whose lap it was.
    clean_air, deleted, off : array_like of bool, shape (n,)
        Nobody close ahead; lap time deleted; race control named an excursion.
    outlier_s : float
        Slower than expected by this much counts [s].

    Returns
    -------
    ErrorRisk

    Raises
    ------
    NotEnoughLaps
        If under three drivers have ten laps and a spread the outlier stands out of.
    InvalidInput
        If arrays do not match, ``outlier_s`` is not above zero, or most laps are deleted.

    Notes
    -----
    A driver whose laps scatter by more than half of ``outlier_s`` (robust sigma) is refused: there
    an outlier is no mistake.

    Examples
    --------
    >>> residual = np.tile([0.0, 0.1, -0.1, 0.2, -0.2], 30)
    >>> residual[7] = 2.4
    >>> no = np.zeros(150, dtype=bool)
    >>> found = error_risk(residual, np.repeat(["A", "B", "C"], 50), ~no, no, no)
    >>> found.mistakes["A"], found.per_lap["A"].value > found.per_lap["B"].value
    (1, True)
    """
    positive(outlier_s=outlier_s)
    (residual,) = columns(residual_s=residual_s)
    n = len(residual)
    clear, cut, away = flags(n, clean_air=clean_air, deleted=deleted, off=off)
    labels(n, driver=driver)
    enough("dry racing laps", n, _MIN_ERROR_LAPS)
    who = np.asarray(driver).astype(str)
    known = np.isfinite(residual) | cut | away
    mistake = cut | away | (clear & (np.nan_to_num(residual) >= outlier_s))
    if cut.mean() > _MOST_DELETED:
        raise InvalidInput(
            f"deleted marks {int(cut.sum())} of {n} laps; an unknown one must be False."
        )
    laps, mistakes, refused = {}, {}, {}
    for name in dict.fromkeys(who.tolist()):
        rows = known & (who == name)
        timed = residual[rows & np.isfinite(residual)]
        scatter = robust_sd(timed) if len(timed) else 0.0
        if rows.sum() < _MIN_ERROR_LAPS:
            told = counted(int(rows.sum()), "dry racing laps")
            refused[name] = f"{name} has {told}, needed are {_MIN_ERROR_LAPS}."
        elif scatter > outlier_s / _OUTLIER_SD:
            refused[name] = (
                f"{name}'s laps scatter by {scatter:.2f} s, so one {outlier_s:g} s slower is no "
                f"mistake; the scatter may be {outlier_s / _OUTLIER_SD:g} s."
            )
        else:
            laps[name], mistakes[name] = int(rows.sum()), int(mistake[rows].sum())
    if len(laps) < _MIN_FIELD:
        raise NotEnoughLaps(
            f"mistakes can be told of {counted(len(laps), 'drivers')}, needed are {_MIN_FIELD}. {' '.join(refused.values())}"
        )
    a, b = _beta_of_field(np.array(list(mistakes.values())), np.array(list(laps.values())))
    per_lap = {name: Estimate.of_share(mistakes[name], laps[name], (a, b)) for name in laps}
    return ErrorRisk(per_lap, mistakes, laps, a, b, refused)


def _beta_of_field(hits: Ints, n: Ints) -> tuple[float, float]:
    """Beta parameters by maximum likelihood of the beta-binomial, on a grid."""
    pooled = (hits.sum() + 0.5) / (n.sum() + 1.0)
    mean = special.expit(special.logit(pooled) + np.linspace(-1, 1, 31))[:, None, None]
    weight = np.geomspace(*_PRIOR_LAPS, 41)[None, :, None]
    a, b = mean * weight, (1 - mean) * weight
    likelihood = (special.betaln(a + hits, b + n - hits) - special.betaln(a, b)).sum(axis=-1)
    i, j = np.unravel_index(np.argmax(likelihood), likelihood.shape)
    return float(a[i, j, 0]), float(b[i, j, 0])
