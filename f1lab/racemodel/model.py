"""The lap-time model of one race: what each lap would have been, part by part, and how sure.

``RaceModel.fit(weekend)`` fits it; ``draws`` gives posterior samples, the only way in which
uncertainty travels onward; ``parts`` turns coefficients into the lines of the lap ledger.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.basis import hat_basis
from f1lab.data.schema import COMPOUNDS
from f1lab.racemodel.design import Design, compound_wear
from f1lab.racemodel.fit import Fit, fit_race
from f1lab.racemodel.laps import SLICK, TYRE_CLASSES, RaceLaps, race_laps
from f1lab.racemodel.priors import Priors, load_priors
from f1lab.racemodel.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.data.schema import Weekend

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]
    Bools = NDArray[np.bool_]

__all__ = ["Diagnostic", "RaceModel"]

#: A tyre class counts as a choice when two cars drove it within so many laps of race progress.
_CHOICE_REACH_LAPS = 2.0
#: A term with less than this share of its prior variance removed is still the prior.
_MOVED_SHARE = 0.5
_ROUNDING = 1e-12


@dataclass(frozen=True)
class Diagnostic:
    """What the data said about one term: its value, its doubt and whose word it is."""

    term: str
    value: float
    sd: float
    prior_sd: float
    moved_by_data: bool


@dataclass(frozen=True, repr=False)
class RaceModel:
    """A fitted race."""

    circuit: str
    laps: RaceLaps
    design: Design
    fit: Fit
    priors: Priors

    @classmethod
    def of(cls, weekend: Weekend, priors: Priors | None = None) -> RaceModel:
        """Fit the race of a weekend.

        Parameters
        ----------
        weekend : Weekend
        priors : Priors, optional
            Defaults to the shipped tables.

        Returns
        -------
        RaceModel
        """
        priors = priors or load_priors()
        laps = race_laps(weekend.race, weekend.year)
        design = Design.of(laps, priors, weekend.circuit)
        with one_thread():
            fit = fit_race(laps, design, priors.noise_s)
        return cls(weekend.circuit, laps, design, fit, priors)

    def __repr__(self) -> str:
        """Circuit and how many laps the fit was made from."""
        used = int(self.fit.used.sum())
        return f"RaceModel({self.circuit!r}, {used} of {len(self.laps.lap)} laps used)"

    @property
    def share_used(self) -> float:
        """Share of all laps the fit was made from [-]."""
        return float(self.fit.used.mean()) if len(self.fit.used) else 0.0

    def draws(self, n: int, seed: int = 0) -> Floats:
        """Posterior samples of the coefficients, shape (n, p), in antithetic pairs."""
        rng = np.random.default_rng(seed)
        half = rng.standard_normal(((n + 1) // 2, len(self.fit.coefficients)))
        pairs = np.stack([half, -half], axis=1).reshape(-1, half.shape[1])
        with one_thread():
            steps = pairs[:n] @ np.linalg.cholesky(self.fit.covariance).T
        return np.asarray(self.fit.coefficients + steps)

    def centred(self, coefficients: Floats, without: str | None = None) -> Floats:
        """Read wear against the field, and let no wear curve fall.

        The normal wear is what the *other* drivers showed on average: moving their mean excess
        into the compounds' curves leaves every lap time as it was. Slopes that came out
        negative are then put to zero and the rest follows along the posterior covariance.

        Parameters
        ----------
        coefficients : ndarray, shape (s, p)
        without : str, optional
            The driver who is not part of the norm.

        Returns
        -------
        ndarray, shape (s, p)
        """
        move = self._recentring(without)
        moved = coefficients @ move.T
        return _project(moved, move @ self.fit.covariance @ move.T, self.design.wear_slopes)

    def _recentring(self, without: str | None) -> Floats:
        excess = self.design.blocks["excess"]
        left_out = {without, *self.design.wear_unclear}
        weight = np.array([float(code not in left_out) for code in self.laps.drivers])
        move = np.eye(len(self.fit.coefficients))
        if weight.sum() > 0:
            mean = weight / weight.sum()
            move[excess, excess] -= mean
            move[self.design.wear_slopes, excess] += mean
        return move

    def parts(self, coefficients: Floats, rows: Ints) -> dict[str, Floats]:
        """Ledger lines that follow from the coefficients, for some laps.

        Parameters
        ----------
        coefficients : ndarray, shape (s, p)
            As given by :meth:`centred`.
        rows : ndarray of int, shape (r,)
            Which laps.

        Returns
        -------
        dict of str to ndarray, shape (s, r)
            ``track, fuel, pace, tyre_normal, tyre_excess, dirty_air`` [s].
        """
        laps = self.laps
        own = laps.tyre_class[rows]
        curves = self.track(coefficients, laps.progress[rows])
        best = self._best_class(curves, laps.progress[rows], own)
        track = np.take_along_axis(curves, best[..., None], axis=-1)[..., 0]
        own_track = np.take_along_axis(
            curves, np.broadcast_to(own, best.shape)[..., None], axis=-1
        )[..., 0]
        tyres = ["offset", "warm_up", *(b for b in self.design.blocks if b.startswith("wear_"))]
        return {
            "track": track,
            "fuel": self._line(coefficients, ["fuel"], rows),
            "pace": self._line(coefficients, ["pace"], rows),
            "tyre_normal": own_track - track + self._line(coefficients, tyres, rows),
            "tyre_excess": self._line(coefficients, ["excess"], rows),
            "dirty_air": self._line(coefficients, ["dirty_air"], rows),
        }

    def track(self, coefficients: Floats, progress: Floats) -> Floats:
        """Lap of the average car on new MEDIUM / INTERMEDIATE / WET tyres and no fuel.

        Returns
        -------
        ndarray, shape (s, len(progress), 3)
            One curve per tyre class [s]; NaN for a class nobody used.
        """
        out = np.full((len(coefficients), len(progress), len(TYRE_CLASSES)), np.nan)
        for k, knots in self.design.track_knots.items():
            block = self.design.blocks[f"track_{TYRE_CLASSES[k]}"]
            out[..., k] = coefficients[:, block] @ hat_basis(progress, knots).T
        return out

    def choices(self, progress: Floats) -> Bools:
        """Tyre classes two cars or more were racing on at about each moment, shape (n, 3)."""
        laps, racing = self.laps, self.laps.racing
        out = np.zeros((len(progress), len(TYRE_CLASSES)), dtype=bool)
        for k in range(len(TYRE_CLASSES)):
            on_it = racing & (laps.tyre_class == k)
            order = np.argsort(laps.progress[on_it])
            at, who = laps.progress[on_it][order], laps.driver[on_it][order]
            left = np.searchsorted(at, progress - _CHOICE_REACH_LAPS)
            right = np.searchsorted(at, progress + _CHOICE_REACH_LAPS)
            # two cars: somewhere between left and right the driver changes
            changes = np.cumsum(np.r_[0, who[1:] != who[:-1]]) if len(who) else np.zeros(0)
            some = right > left
            out[some, k] = changes[right[some] - 1] > changes[left[some]]
        return out

    def _best_class(self, curves: Floats, progress: Floats, own: Ints) -> Ints:
        open_classes = self.choices(progress)
        alone = ~open_classes.any(axis=1)
        open_classes[alone, own[alone]] = True
        masked = np.where(open_classes & np.isfinite(curves), curves, np.inf)
        return np.asarray(masked.argmin(axis=-1))

    def _line(self, coefficients: Floats, blocks: list[str], rows: Ints) -> Floats:
        """Sum of some blocks on some laps, from the columns these laps use at all."""
        columns = np.concatenate([np.r_[self.design.blocks[name]] for name in blocks])
        matrix = self.design.matrix[np.ix_(rows, columns)]
        used = matrix.any(axis=0)
        return np.asarray(coefficients[:, columns[used]] @ matrix[:, used].T)

    def tyre_cost(self, coefficients: Floats, progress: Floats, ages: Floats) -> Floats:
        """Seconds per lap of every compound at every moment and age, against the best class.

        Parameters
        ----------
        coefficients : ndarray, shape (s, p)
        progress : ndarray, shape (l,)
            Moments of the race [laps].
        ages : ndarray, shape (a,)
            Tyre ages [green-flag laps].

        Returns
        -------
        ndarray, shape (s, l, 5, a)
            SOFT, MEDIUM, HARD, INTERMEDIATE, WET [s]; inf for a class not in use then.
        """
        curves = self.track(coefficients, progress)
        usable = self.choices(progress) & np.isfinite(curves)
        usable[..., SLICK] |= ~usable.any(axis=-1)
        level = np.where(usable, curves, np.inf)
        level = level - level.min(axis=-1, keepdims=True)
        offset = coefficients[:, self.design.blocks["offset"]]
        out = np.empty((len(coefficients), len(progress), 5, len(ages)))
        for c, name in enumerate(COMPOUNDS[:5]):
            k = (SLICK, SLICK, SLICK, 1, 2)[c]
            wear = coefficients[:, self.design.blocks[f"wear_{name}"]] @ compound_wear(ages, name).T
            shift = {"SOFT": offset[:, 0], "HARD": offset[:, 1]}.get(name, np.zeros(len(offset)))
            out[:, :, c, :] = level[:, :, k, None] + (wear + shift[:, None])[:, None, :]
        return out

    def diagnostics(self) -> list[Diagnostic]:
        """Which terms the data moved and which are still the prior."""
        prior_sd = np.sqrt(np.diag(np.linalg.inv(self.design.precision)))
        sd = np.sqrt(np.diag(self.fit.covariance))
        out = []
        for name, where in self.design.blocks.items():
            if name.startswith("track"):
                continue
            labels = list(self.laps.drivers) if name in ("pace", "excess") else None
            for j, i in enumerate(range(where.start, where.stop)):
                label = f"{name}:{labels[j] if labels else j}"
                moved = bool(sd[i] ** 2 < (1 - _MOVED_SHARE) * prior_sd[i] ** 2)
                value = float(self.fit.coefficients[i])
                out.append(Diagnostic(label, value, float(sd[i]), float(prior_sd[i]), moved))
        return out


def _project(coefficients: Floats, covariance: Floats, slopes: Ints) -> Floats:
    """Put negative slopes to zero, conditioning everything else on it."""
    out = coefficients.copy()
    held = np.zeros((len(out), len(slopes)), dtype=bool)
    for _ in range(len(slopes)):
        negative = (out[:, slopes] < -_ROUNDING) & ~held
        if not negative.any():
            break
        held |= negative
        for pattern in np.unique(held[negative.any(axis=1)], axis=0):
            rows = (held == pattern).all(axis=1)
            at = slopes[pattern]
            gain = covariance[:, at] @ np.linalg.inv(covariance[np.ix_(at, at)])
            out[rows] = coefficients[rows] - coefficients[np.ix_(rows, at)] @ gain.T
    out[:, slopes] = np.maximum(out[:, slopes], 0.0)
    return out
