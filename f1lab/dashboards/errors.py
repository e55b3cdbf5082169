"""What can go wrong around the dashboards."""

from __future__ import annotations

from f1lab.errors import F1LabError

__all__ = ["DashboardError"]


class DashboardError(F1LabError):
    """The dashboards could not be started, or a door into them not be opened."""
