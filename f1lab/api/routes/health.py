"""Whether the server is up, and how it is doing."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field
from starlette.requests import Request

from f1lab import __version__

if TYPE_CHECKING:
    from f1lab.api.config import ApiConfig
    from f1lab.api.work import Workers

__all__ = ["router", "status_router"]

router = APIRouter(tags=["server"])
status_router = APIRouter(tags=["server"])
_STARTED_S = time.monotonic()


class Health(BaseModel):
    """The server answers."""

    status: Literal["ok"] = "ok"


class Status(BaseModel):
    """How the server is doing."""

    version: str
    offline: bool = Field(description="The operator said never to touch the network.")
    workers: int = Field(description="Worker processes.")
    pending: int = Field(description="Requests being worked on or waiting for a worker.")
    up_s: float = Field(description="Time since the start [s].")


@router.get("/health")
async def health() -> Health:
    """Say that the server is up; the only address that needs no token."""
    return Health()


@status_router.get("/status")
async def status(request: Request) -> Status:
    """Say how the server is doing."""
    config: ApiConfig = request.app.state.config
    workers: Workers = request.app.state.workers
    return Status(
        version=__version__,
        offline=config.settings.offline,
        workers=config.workers,
        pending=workers.pending,
        up_s=time.monotonic() - _STARTED_S,
    )
