"""What became of a batch."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003  (part of a public dataclass)
from typing import TYPE_CHECKING, Any, ClassVar

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from f1lab.autopsy.season import SeasonBlame

__all__ = ["BatchResult"]


@dataclass(frozen=True, repr=False)
class BatchResult:
    """What became of a batch of autopsies.

    Attributes
    ----------
    seasons : tuple of int
    reference : str
        Whom every driver was measured against.
    output : Path
        Folder of the tables.
    races : tuple of str
        Races in the tables, in order.
    resumed : tuple of str
        Those of them that were there from an earlier start.
    drives : int
        Drivers taken apart, over all races.
    missing : dict of str to str
        Races that were asked for and are not in the tables, to the reason.
    unmeasured : dict of str to str
        Race and driver to the reason why he is not in the tables.
    blame : tuple of SeasonBlame
        One a season.
    took_s : float
        Wall time [s].
    peak_bytes : float
        Most memory seen, this process and the workers together, resident [bytes].
    size_bytes : int
        The tables on disk [bytes].
    backend : str
    sources : tuple of str
        Where the data came from.
    """

    kind: ClassVar[str] = "autopsy_batch"
    seasons: tuple[int, ...]
    reference: str
    output: Path
    races: tuple[str, ...]
    resumed: tuple[str, ...]
    drives: int
    missing: Mapping[str, str]
    unmeasured: Mapping[str, str]
    blame: tuple[SeasonBlame, ...]
    took_s: float
    peak_bytes: float
    size_bytes: int
    backend: str
    sources: tuple[str, ...]

    @property
    def complete(self) -> bool:
        """Whether every race that was asked for is in the tables."""
        return not self.missing

    @property
    def title(self) -> str:
        """Seasons, races and drives in one line."""
        seasons = ", ".join(map(str, self.seasons)) or "no season"
        return (
            f"Autopsies of {seasons} against {self.reference}: "
            f"{_plural(len(self.races), 'race')}, {_plural(self.drives, 'drive')}"
        )

    @property
    def findings(self) -> tuple[str, ...]:
        """What it took, and each season's first sentence."""
        before = f", {len(self.resumed)} of the races from an earlier start" if self.resumed else ""
        took = (
            f"It took {_minutes(self.took_s)}{before}; {self.peak_bytes / 1e6:.0f} MB of memory at "
            f"the most, {self.size_bytes / 1e6:.2f} MB of tables in {self.output}."
        )
        if len(self.blame) == 1:
            return (took, self.blame[0].findings[0])
        return (
            took,
            *(f"{', '.join(map(str, own.seasons))}: {own.findings[0]}" for own in self.blame),
        )

    @property
    def refusals(self) -> dict[str, str]:
        """Races and drivers who are not in the tables, to the reason."""
        return {**self.missing, **self.unmeasured}

    @property
    def asked(self) -> dict[str, Any]:
        """Seasons and reference."""
        return {"season": "-".join(map(str, self.seasons)), "reference": self.reference}

    def tables(self) -> dict[str, pd.DataFrame]:
        """Medians by driver, one table a season.

        Returns
        -------
        dict of str to pandas.DataFrame
        """
        return {
            f"{', '.join(map(str, season.seasons))}: seconds a race, median": season.to_frame()
            for season in self.blame
        }

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON, units in the keys."""
        plain = {
            field.name: getattr(self, field.name)
            for field in dataclasses.fields(self)
            if field.name not in {"blame", "output"}
        }
        return {
            "kind": self.kind,
            "title": self.title,
            "complete": self.complete,
            "findings": list(self.findings),
            **{name: list(v) if isinstance(v, tuple) else v for name, v in plain.items()},
            "output": str(self.output),
            "season_tables": {
                title: frame.to_dict("records") for title, frame in self.tables().items()
            },
        }

    def __repr__(self) -> str:
        """Races, drives and what is missing in one line."""
        return (
            f"BatchResult({', '.join(map(str, self.seasons))}: {len(self.races)} races, "
            f"{self.drives} drives, {len(self.missing)} races missing, {self.output})"
        )


def _minutes(seconds: float) -> str:
    whole = round(seconds)
    return f"{seconds:.1f} s" if whole < 60 else f"{whole // 60} min {whole % 60} s"  # noqa: PLR2004  (seconds of a minute)


def _plural(n: int, what: str) -> str:
    return f"{n} {what}{'' if n == 1 else 's'}"
