"""What every calculation answers with: numbers that carry their doubt, ready for JSON."""

from __future__ import annotations

from dataclasses import dataclass, fields
from math import isfinite, sqrt
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import special

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

__all__ = ["INTERVAL", "LEVELS", "Z90", "Estimate", "Result"]

#: Share of the probability inside every interval of :mod:`f1lab.calc` [-].
INTERVAL = 0.90
#: Quantiles at the ends of that interval [-].
LEVELS = (0.05, 0.95)
#: Standard deviations from the middle of a normal to either end of it [-].
Z90 = 1.6448536269514722


class Result:
    """Base of the answers of :mod:`f1lab.calc`: frozen dataclasses that become plain values."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready values; an unknown number is None.

        Returns
        -------
        dict
            One key per field, unit in its name; estimates are dicts of their own. Posterior
            draws (fields of metadata ``plain=False``) stay out.
        """
        shown = [item.name for item in fields(self) if item.metadata.get("plain", True)]  # type: ignore[arg-type]
        return {name: _plain(getattr(self, name)) for name in shown}


@dataclass(frozen=True, repr=False)
class Estimate(Result):
    """A number and its 90 % interval, in the unit of the field that holds it.

    Parameters
    ----------
    value, low, high : float
        The estimate and the ends of its interval.
    """

    value: float
    low: float
    high: float

    @classmethod
    def of(cls, value: float, sd: float, dof: float = np.inf) -> Estimate:
        """Interval from a standard error.

        Parameters
        ----------
        value, sd : float
            Estimate and its standard error, in one unit.
        dof : float
            Degrees of freedom of Student's t [-]; infinite for a normal.

        Returns
        -------
        Estimate
        """
        factor = Z90 if not isfinite(dof) else special.stdtrit(dof, LEVELS[1])
        half = float(factor) * float(sd)
        return cls(float(value), float(value) - half, float(value) + half)

    @classmethod
    def of_draws(cls, draws: ArrayLike) -> Estimate:
        """Median and interval of posterior draws.

        Parameters
        ----------
        draws : array_like, shape (s,)
            Equally likely values.

        Returns
        -------
        Estimate
        """
        low, middle, high = np.quantile(np.asarray(draws, dtype=float), [LEVELS[0], 0.5, LEVELS[1]])
        return cls(float(middle), float(low), float(high))

    @classmethod
    def of_share(cls, hits: float, n: float, prior: tuple[float, float] = (0.5, 0.5)) -> Estimate:
        """Probability from counts: the posterior mean of a beta prior and its interval.

        Parameters
        ----------
        hits, n : float
            How often it happened and how often it could have [-].
        prior : (float, float)
            Beta parameters; (½, ½) is Jeffreys' prior.

        Returns
        -------
        Estimate
        """
        a, b = prior[0] + hits, prior[1] + n - hits
        low, high = (special.betaincinv(a, b, level) for level in LEVELS)
        return cls(float(a / (a + b)), float(low), float(high))

    @classmethod
    def of_rate(cls, shape: float, exposure: float) -> Estimate:
        """Rate of events from their gamma posterior.

        Parameters
        ----------
        shape : float
            Events counted, the prior's among them [-].
        exposure : float
            Over how much of what the rate is for, such as laps or races.

        Returns
        -------
        Estimate
            ``shape / exposure`` with the gamma's quantiles [1/unit of the exposure].
        """
        low, high = (float(special.gammaincinv(shape, level)) / exposure for level in LEVELS)
        return cls(shape / exposure, low, high)

    @classmethod
    def of_spread(cls, sd: float, dof: float) -> Estimate:
        """Interval of a standard deviation from its degrees of freedom (chi-squared).

        Parameters
        ----------
        sd : float
            Estimated standard deviation, in its unit.
        dof : float
            Degrees of freedom it was estimated with [-].

        Returns
        -------
        Estimate
        """
        low, high = (float(special.chdtri(dof, level)) for level in LEVELS)
        return cls(float(sd), float(sd) * sqrt(dof / low), float(sd) * sqrt(dof / high))

    def __repr__(self) -> str:
        """Value and interval to four digits."""
        return f"{self.value:.4g} [{self.low:.4g} … {self.high:.4g}]"


def _plain(value: Any) -> Any:  # noqa: ANN401  (any value of any result)
    if isinstance(value, Result):
        return value.to_dict()
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, float | np.floating):
        return float(value) if isfinite(value) else None
    return value.item() if isinstance(value, np.generic) else value
