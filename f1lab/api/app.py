"""The application: what stands in front of the endpoints, and in which order."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter, FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

from f1lab import __version__
from f1lab.api import docs, openapi, problems
from f1lab.api.auth import needs
from f1lab.api.config import ApiConfig
from f1lab.api.gate import Gate
from f1lab.api.headers import SecurityHeaders
from f1lab.api.jobs import Jobs
from f1lab.api.limits import BodyLimit
from f1lab.api.roles import Role
from f1lab.api.routes import ROUTERS, health
from f1lab.api.work import Workers

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

__all__ = ["PREFIX", "create_app"]

PREFIX = "/api/v1"
_ABOUT = (
    "What cost a Formula 1 driver the race, and what would have happened if. Positive seconds were "
    "lost, negative ones gained; intervals hold the truth nine times out of ten."
)


def create_app(config: ApiConfig | None = None) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    config : ApiConfig, optional
        What the operator decided; the defaults when left out.

    Returns
    -------
    FastAPI
        An ASGI application; its workers start and stop with its lifespan.
    """
    config = config or ApiConfig()
    app = FastAPI(
        title="f1lab",
        version=__version__,
        description=_ABOUT,
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        middleware=_in_front(config),
    )
    app.state.config, app.state.workers = config, Workers(config)
    problems.install(app)
    openapi.install(app)
    everything = APIRouter(prefix=PREFIX, dependencies=[needs(Role.reader)])
    for router in ROUTERS:
        everything.include_router(router)
    app.include_router(everything)
    app.include_router(health.router, prefix=PREFIX)
    app.include_router(docs.router)
    return app


def _in_front(config: ApiConfig) -> list[Middleware]:
    """What a request passes before it comes to its endpoint, outermost first."""
    cors = Middleware(
        CORSMiddleware,
        allow_origins=config.cors,
        allow_methods=["GET", "POST", "DELETE"],
        allow_headers=["Authorization", "If-None-Match"],
        expose_headers=["ETag", "Location", "Retry-After"],
    )
    return [
        Middleware(SecurityHeaders),
        *([cors] if config.cors else []),
        Middleware(Gate, config=config),
        Middleware(BodyLimit, most_bytes=config.body_bytes),
    ]


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    workers: Workers = app.state.workers
    jobs = app.state.jobs = Jobs(app.state.config)
    workers.start()
    try:
        yield
    finally:
        await jobs.stop()
        workers.stop()
