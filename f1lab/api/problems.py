"""Errors as ``application/problem+json`` (RFC 9457), with the library's own sentence."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response

from f1lab.api.headers import SECURITY
from f1lab.data.source import RateLimited
from f1lab.data.telemetry import NoCarData
from f1lab.errors import (
    CacheError,
    F1LabError,
    InvalidInput,
    NoData,
    NotEnoughLaps,
    SourceError,
    UnknownName,
)
from f1lab.league.errors import LeagueUnavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import FastAPI
    from starlette.requests import Request

__all__ = ["PROBLEM_JSON", "Problem", "ProblemError", "Trouble", "explain"]

PROBLEM_JSON = "application/problem+json"
_log = logging.getLogger(__name__)
_MOST_TROUBLES, _LONGEST = 10, 200
_SAY_JSON = "send JSON, and say so: Content-Type: application/json"

#: The first class an error belongs to says its status.
_STATUS: tuple[tuple[type[F1LabError], int], ...] = (
    (UnknownName, 404),
    (NoCarData, 404),
    (NoData, 404),
    (NotEnoughLaps, 422),
    (InvalidInput, 422),
    (SourceError, 503),
    (CacheError, 503),
    (LeagueUnavailable, 503),
    (F1LabError, 422),
)
#: How long a client does well to wait [s] where the error itself does not know.
_RETRY_S, _SOURCE_RETRY_S = 30, 3600


class Trouble(BaseModel):
    """One value of the request that cannot be used."""

    where: str = Field(description="Where it stood, such as query.lap.")
    what: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Why a request was not answered."""

    model_config = ConfigDict(extra="forbid")

    type: str = Field(description="Kind of the problem, the same for all of its kind.")
    title: str = Field(description="The kind in words.")
    status: int = Field(description="HTTP status.", ge=400, le=599)
    detail: str = Field(description="One sentence: what was given, what is allowed, what to do.")
    errors: list[Trouble] = Field(default=[], description="Each value that cannot be used.")


class ProblemError(Exception):
    """A request that is answered with a problem.

    Parameters
    ----------
    status : int
        HTTP status.
    detail : str
        One sentence.
    kind : str, optional
        Name of the kind, such as ``"unknown-name"``; the status in words when left out.
    headers : mapping, optional
        Further headers, such as ``Retry-After``.
    errors : sequence of Trouble
        Each value that cannot be used.
    """

    def __init__(
        self,
        status: int,
        detail: str,
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
        errors: Sequence[Trouble] = (),
    ) -> None:
        super().__init__(status, detail, kind, headers, errors)  # comes whole out of a worker
        words = HTTPStatus(status).phrase
        kind = kind or words.lower().replace(" ", "-")
        self.headers = dict(headers or {})
        self.problem = Problem(
            type=f"urn:f1lab:problem:{kind}",
            title=kind.replace("-", " ").capitalize(),
            status=status,
            detail=detail,
            errors=list(errors),
        )

    def __str__(self) -> str:
        """The sentence."""
        return self.problem.detail

    @property
    def response(self) -> Response:
        """The answer."""
        return Response(
            self.problem.model_dump_json(exclude_defaults=True),
            self.problem.status,
            {"Cache-Control": "no-store", **self.headers},
            PROBLEM_JSON,
        )


def explain(error: F1LabError) -> ProblemError:
    """The problem that an error of the library is.

    Parameters
    ----------
    error : F1LabError

    Returns
    -------
    ProblemError

    Examples
    --------
    >>> explain(UnknownName("driver", "XXX", ["HAM"])).problem.status
    404
    """
    status = next(status for kind, status in _STATUS if isinstance(error, kind))
    headers = {}
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        wait_s = _SOURCE_RETRY_S if isinstance(error, RateLimited) else _RETRY_S
        headers["Retry-After"] = str(wait_s)
    return ProblemError(status, str(error), _kebab(type(error).__name__), headers)


def install(app: FastAPI) -> None:
    """Let every error of an application end as a problem."""
    app.add_exception_handler(ProblemError, _as_problem)
    app.add_exception_handler(F1LabError, _as_explained)
    app.add_exception_handler(RequestValidationError, _as_invalid)
    app.add_exception_handler(HTTPException, _as_http)
    app.add_exception_handler(Exception, _as_unexpected)


def unexpected() -> ProblemError:
    """What is said of an error nobody thought of: nothing of its inside."""
    return ProblemError(500, "that went wrong inside; the server's log says where.")


async def _as_problem(_request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101  (registered for it)
    return error.response


async def _as_explained(_request: Request, error: Exception) -> Response:
    assert isinstance(error, F1LabError)  # noqa: S101  (registered for it)
    return explain(error).response


async def _as_http(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101  (registered for it)
    said = {
        404: "there is nothing at this address.",
        405: "this address does not take that method.",
    }
    detail = said.get(error.status_code, str(error.detail))
    return ProblemError(error.status_code, detail, headers=error.headers).response


async def _as_invalid(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101  (registered for it)
    troubles = [_trouble(found) for found in error.errors()[:_MOST_TROUBLES]]
    if isinstance(error.body, bytes):  # read as JSON, it would be values
        troubles = [Trouble(where="body", what=_SAY_JSON)]
    sentence = "; ".join(f"{trouble.where}: {trouble.what}" for trouble in troubles)
    return ProblemError(422, f"{sentence}.", "invalid-request", errors=troubles).response


async def _as_unexpected(request: Request, error: Exception) -> Response:
    _log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    response = unexpected().response  # answered outside of everything that completes answers
    response.headers.update(SECURITY)
    return response


def _trouble(found: dict[str, Any]) -> Trouble:
    if found["type"] == "json_invalid":
        place, reason = found["loc"][-1], found["ctx"]["error"]
        return Trouble(where="body", what=f"this is no JSON at character {place}: {reason}")
    where = ".".join(str(part) for part in found["loc"])
    return Trouble(where=where[:_LONGEST], what=str(found["msg"])[:_LONGEST])


def _kebab(name: str) -> str:
    """``UnknownName`` as ``unknown-name``."""
    return "".join(f"-{c.lower()}" if c.isupper() else c for c in name).lstrip("-")
