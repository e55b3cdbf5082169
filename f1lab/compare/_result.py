"""What a comparison or an analysis answers with, wherever it is shown."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, ClassVar

from f1lab.calc.estimate import Result

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Answer"]


class Answer(Result, ABC):
    """Base of the answers: frozen dataclasses that tell, tabulate and export themselves.

    A part that the data cannot carry is None, and ``refusals`` says why: name of the part to
    the reason, in the words of the calculation that refused. Fields that are no plain values
    (frames, sessions) carry the metadata ``plain=False`` and stay out of :meth:`to_dict`.
    """

    #: What it is, e.g. ``"driver_comparison"``; the key by which exports and figures know it.
    kind: ClassVar[str]
    refusals: dict[str, str]
    source: str | None

    @property
    @abstractmethod
    def title(self) -> str:
        """One line: who or what, and where."""

    @property
    @abstractmethod
    def findings(self) -> tuple[str, ...]:
        """Plain sentences read off the numbers, most important first."""

    @property
    def asked(self) -> dict[str, Any]:
        """What was asked, ready for JSON: season, event, session, names."""
        return {}

    @property
    def sources(self) -> tuple[str, ...]:
        """Where the data came from, e.g. ``("fastf1",)``."""
        return () if self.source is None else (self.source,)

    @abstractmethod
    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by title, the main one first, units in the column names.

        Plain rows, labels in ordinary columns. An estimate is three columns with its unit last:
        ``pace_s, pace_low_s, pace_high_s``.
        """

    def to_frame(self) -> pd.DataFrame:
        """The main table.

        Returns
        -------
        pandas.DataFrame
        """
        return next(iter(self.tables().values()))

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON, units in the keys; an unknown number is None.

        Returns
        -------
        dict
            ``kind``, ``title``, ``findings`` and one key per field.
        """
        told = {"kind": self.kind, "title": self.title, "findings": list(self.findings)}
        return told | super().to_dict()

    def __repr__(self) -> str:
        """Title and first finding, in one line."""
        told = f": {self.findings[0]}" if self.findings else ""
        return f"{type(self).__name__}({self.title}{told})"

    def _repr_html_(self) -> str:
        from f1lab.export import html_fragment  # noqa: PLC0415  (a higher floor, only to show)

        return str(html_fragment(self))
