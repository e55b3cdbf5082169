"""The endpoints, one module for each room of the house."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.api.routes import (
    autopsy,
    cache,
    compare,
    health,
    insights,
    leaderboard,
    races,
    report,
    simulate,
    strategy,
    visualizations,
)

if TYPE_CHECKING:
    from fastapi import APIRouter

__all__ = ["ROUTERS"]

#: Everything below ``/api/v1`` that needs a token, in the order of the documentation.
ROUTERS: tuple[APIRouter, ...] = (
    races.router,
    autopsy.router,
    compare.router,
    insights.router,
    strategy.router,
    visualizations.router,
    simulate.router,
    leaderboard.router,
    report.router,
    health.status_router,
    cache.router,
)
