"""Why a batch could not run."""

from __future__ import annotations

from f1lab.errors import F1LabError

__all__ = ["BatchError"]


class BatchError(F1LabError):
    """A batch could not run here: a folder in use, a library or a cluster that is missing."""
