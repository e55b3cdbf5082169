"""Scores of a forecast beside those of its baseline, with what they were measured on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["Score", "mean_score"]


@dataclass(frozen=True)
class Score:
    """One figure of a forecast and of its baseline.

    Parameters
    ----------
    group, name, unit : str
        Whom it is about, what it is and in which unit.
    baseline : str
        What it is compared with.
    model, reference : float
        Mean over the races of the model's and the baseline's figure.
    error : float
        Standard error of ``model``, from race to race.
    gain, gain_error : float
        Model better than the baseline by this much, mean over the races, in the same unit.
    pooled_model, pooled_reference : float
        The same figures over all cases at once, whatever race they are of.
    races, cases : int
        What it was measured on.
    more_is_better : bool
    target : float or None
        What the model's figure, or with ``relative_target`` its relative gain, is to reach.
    relative_target : bool
    pooled_target : bool
        The target is for ``pooled_model``.
    """

    group: str
    name: str
    unit: str
    baseline: str
    model: float
    reference: float
    error: float
    gain: float
    gain_error: float
    pooled_model: float
    pooled_reference: float
    races: int
    cases: int
    more_is_better: bool = False
    target: float | None = None
    relative_target: bool = False
    pooled_target: bool = False

    @property
    def relative_gain(self) -> float:
        """Gain relative to the baseline's figure [-]; NaN when that is 0."""
        return self.gain / self.reference if self.reference else float("nan")

    @property
    def figure(self) -> float:
        """The model's figure a target is held against."""
        return self.pooled_model if self.pooled_target else self.model

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        if self.relative_target:
            return self.relative_gain >= self.target
        enough = self.figure >= self.target if self.more_is_better else self.figure <= self.target
        return bool(enough)

    def to_dict(self) -> dict[str, Any]:
        """Return everything as plain values, ready for JSON; None for what is not a number."""
        out = {**asdict(self), "relative_gain": self.relative_gain, "met": self.met}
        return {name: None if _is_nan(value) else value for name, value in out.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Score:
        """Rebuild a score from what :meth:`to_dict` gave."""
        kept = {name: values[name] for name in cls.__dataclass_fields__}
        missing = {name for name, value in kept.items() if value is None and name != "target"}
        return cls(**{**kept, **dict.fromkeys(missing, float("nan"))})


def _is_nan(value: object) -> bool:
    return isinstance(value, float) and np.isnan(value)


def mean_score(
    group: str,
    name: str,
    unit: str,
    baseline: str,
    model: Sequence[Floats],
    reference: Sequence[Floats],
    **options: Any,  # noqa: ANN401  (more_is_better, target, relative_target)
) -> Score:
    """Score whose figure is a mean over cases, such as an error or a hit rate.

    Parameters
    ----------
    group, name, unit, baseline : str
    model, reference : sequence of ndarray
        For each race the losses (or hits) of its cases; races without any do not count.
    **options
        Passed on to :class:`Score`.

    Returns
    -------
    Score
    """
    pairs = [(m, r) for m, r in zip(model, reference, strict=True) if len(m)]
    return race_score(
        group,
        name,
        unit,
        baseline,
        np.array([m.mean() for m, _ in pairs]),
        np.array([r.mean() for _, r in pairs]),
        pooled=_pooled(pairs),
        cases=sum(len(m) for m, _ in pairs),
        **options,
    )


def _pooled(pairs: Sequence[tuple[Floats, Floats]]) -> tuple[float, float]:
    if not pairs:
        return float("nan"), float("nan")
    model, reference = zip(*pairs, strict=True)
    return float(np.concatenate(model).mean()), float(np.concatenate(reference).mean())


def race_score(
    group: str,
    name: str,
    unit: str,
    baseline: str,
    model: Floats,
    reference: Floats,
    *,
    pooled: tuple[float, float],
    cases: int,
    **options: Any,  # noqa: ANN401  (more_is_better, target, relative_target)
) -> Score:
    """Score from one figure a race and the two pooled ones.

    Parameters
    ----------
    group, name, unit, baseline : str
    model, reference : ndarray, shape (races,)
        Figures of each race; races where either is NaN do not count.
    pooled : (float, float)
        Figures over all cases at once.
    cases : int
    **options
        Passed on to :class:`Score`.

    Returns
    -------
    Score
    """
    both = np.isfinite(model) & np.isfinite(reference)
    model, reference = model[both], reference[both]
    gain = model - reference if options.get("more_is_better") else reference - model
    return Score(
        group=group,
        name=name,
        unit=unit,
        baseline=baseline,
        model=_mean(model),
        reference=_mean(reference),
        error=_standard_error(model),
        gain=_mean(gain),
        gain_error=_standard_error(gain),
        pooled_model=pooled[0],
        pooled_reference=pooled[1],
        races=len(model),
        cases=cases,
        **options,
    )


def _mean(values: Floats) -> float:
    return float(values.mean()) if len(values) else float("nan")


def _standard_error(values: Floats) -> float:
    n = len(values)
    return float(values.std(ddof=1) / np.sqrt(n)) if n > 1 else float("nan")
