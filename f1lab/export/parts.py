"""What a result must have to be exported, and the few lines that go with every export."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

__all__ = ["SCHEMA_VERSION", "Exportable", "metadata", "require_exportable"]

#: Of the envelope around a result; raise when its keys change.
SCHEMA_VERSION = 1


class Exportable(Protocol):
    """The parts every result object has.

    Attributes
    ----------
    kind : str
        What it is, e.g. ``"driver_comparison"``.
    title : str
        One line: who or what, and where.
    findings : tuple of str
        Plain sentences, most important first.
    refusals : mapping of str to str
        What could not be told, and why.
    asked : mapping
        The question: season, event, names; plain values, the file name is made of them.
    sources : tuple of str
        Where the data came from.
    """

    @property
    def kind(self) -> str: ...  # noqa: D102  (listed above)
    @property
    def title(self) -> str: ...  # noqa: D102
    @property
    def findings(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def refusals(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def asked(self) -> Mapping[str, Any]: ...  # noqa: D102
    @property
    def sources(self) -> tuple[str, ...]: ...  # noqa: D102

    def tables(self) -> Mapping[str, pd.DataFrame]:
        """Tables by title, the main one first, units in the column names."""

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""


def require_exportable(given: object) -> None:
    """Raise :class:`f1lab.errors.InvalidInput` unless a result object is given."""
    needed = {"kind", "title", "findings", "refusals", "asked", "sources", "tables", "to_dict"}
    if isinstance(given, type) or not needed <= set(dir(given)):  # hasattr would compute them
        raise InvalidInput(
            f"a {type(given).__name__} cannot be exported: give a result, such as an autopsy, "
            "a strategy, a comparison or an analysis."
        )


def metadata(result: Exportable) -> dict[str, Any]:
    """What a file says of itself: version, time, what was asked, where the data came from.

    Parameters
    ----------
    result : Exportable

    Returns
    -------
    dict
        Plain values.
    """
    from f1lab import __version__  # noqa: PLC0415  (the package is being imported)

    return {
        "f1lab_version": __version__,
        "schema_version": SCHEMA_VERSION,
        "written_at_utc": datetime.now(UTC).isoformat(timespec="seconds"),
        "kind": result.kind,
        "title": result.title,
        "asked": dict(result.asked),
        "sources": list(result.sources),
    }
