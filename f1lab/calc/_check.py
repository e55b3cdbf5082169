"""Looking at what was given, so that every refusal says it in the same words."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from f1lab.errors import InvalidInput, NotEnoughLaps

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]


def columns(**given: ArrayLike) -> list[Floats]:
    """One-dimensional float arrays of one length, in the order given."""
    arrays = [_vector(name, values) for name, values in given.items()]
    lengths = {name: len(a) for name, a in zip(given, arrays, strict=True)}
    if len(set(lengths.values())) > 1:
        told = ", ".join(f"{name} has {n}" for name, n in lengths.items())
        raise InvalidInput(f"arrays must have one value per row: {told}.")
    return arrays


def _vector(name: str, values: ArrayLike) -> Floats:
    try:
        array = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InvalidInput(f"{name} must hold numbers; give NaN for an unknown one.") from error
    if array.ndim != 1:
        raise InvalidInput(f"{name} must have one dimension, not {array.ndim}.")
    return array


def table(name: str, values: ArrayLike) -> Floats:
    """Two-dimensional float array."""
    array = np.asarray(values, dtype=float)
    if array.ndim != 2:  # noqa: PLR2004
        raise InvalidInput(f"{name} must have two dimensions, not {array.ndim}.")
    return array


def flags(n: int, **given: ArrayLike) -> list[Bools]:
    """Boolean arrays of length n."""
    arrays = [np.asarray(values, dtype=bool) for values in given.values()]
    for name, array in zip(given, arrays, strict=True):
        if array.shape != (n,):
            raise InvalidInput(f"{name} has shape {array.shape}, needed is ({n},).")
    return arrays


def labels(n: int, **given: ArrayLike) -> list[Ints]:
    """Group numbers 0 … k-1 of any labels (codes, numbers), length n."""
    numbered = []
    for name, values in given.items():
        array = np.asarray(values)
        if array.shape != (n,):
            raise InvalidInput(f"{name} has shape {array.shape}, needed is ({n},).")
        numbered.append(np.unique(array, return_inverse=True)[1].astype(np.int64))
    return numbered


def positive(**given: float) -> None:
    """Refuse numbers that are not above zero."""
    for name, value in given.items():
        if not (np.isfinite(value) and value > 0):
            raise InvalidInput(f"{name} is {value:g}; it must be above zero.")


def enough(what: str, n: int, needed: int, how: str = "") -> None:
    """Refuse when there are too few; ``what`` begins with the words for several, ``"laps on SOFT"``."""
    if n < needed:
        advice = f" {how}" if how else ""
        be = "is" if needed == 1 else "are"
        raise NotEnoughLaps(f"{counted(n, what)}, needed {be} {needed}.{advice}")


def counted(n: int, what: str) -> str:
    """A number and its noun: ``what`` for several, its first plural without the s for one.

    Examples
    --------
    >>> counted(2, "known laps in stints"), counted(1, "known laps in stints")
    ('2 known laps in stints', '1 known lap in stints')
    """
    noun = re.sub(r"s\b", "", what, count=1) if n == 1 else what
    return f"{n} {noun}"
