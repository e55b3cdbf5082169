"""Answers that are kept: computed once in a worker, sent as they are, unchanged only once.

An answer is a page of bytes with its media type and an ETag, kept in the ``response`` tier of the
cache. A client that has it already (``If-None-Match``) is told so with 304.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from starlette.responses import Response

from f1lab import __version__
from f1lab.api.work import while_there
from f1lab.data import cache

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from f1lab.api.config import ApiConfig
    from f1lab.api.work import Workers

__all__ = ["CACHED", "Document", "answer"]

#: Raise it when the way an answer is kept changes.
_SCHEMA_VERSION = 1
_JSON = "application/json"
#: Theirs alone, and asked again every time: it may have been invalidated.
_CACHE_CONTROL = "private, no-cache"

#: What the endpoints that use :func:`answer` declare beside their own answer.
CACHED: dict[int | str, dict[str, Any]] = {
    304: {"description": "What the client has, by its If-None-Match, still holds."}
}


@dataclass(frozen=True)
class Document:
    """Something to send that is not JSON.

    Parameters
    ----------
    body : bytes
    media_type : str
        Such as ``"image/png"``.
    """

    body: bytes
    media_type: str


async def answer(
    request: Request,
    function: Callable[..., BaseModel | Document],
    *args: object,
    year: int | str = "all",
    event: str = "all",
) -> Response:
    """Answer with what a function returns for its arguments: from the cache, or from a worker.

    Parameters
    ----------
    request : Request
    function : callable
        Of a module, not of another function. Called in a worker process; returns a pydantic
        model, sent as JSON, or a :class:`Document`.
    *args
        Plain values whose ``repr`` tells them apart.
    year, event : int or str
        What the answer is about, so that it is found when that is invalidated.

    Returns
    -------
    Response
        200 with an ETag, or 304.

    Raises
    ------
    ProblemError
        As for :func:`f1lab.api.work.run`.
    """
    key = _key(function, args, year, event)
    config: ApiConfig = request.app.state.config
    folder = config.settings.cache_dir.expanduser()
    # Read here: a thread of its own takes longer than reading one small file.
    found = cache.peek(key, schema_version=_SCHEMA_VERSION, folder=folder)
    if found is None:
        workers: Workers = request.app.state.workers
        made = workers.once(str(key), lambda: workers.call(_make_and_keep, key, function, args))
        found = await while_there(request, made)
    headers = {
        "ETag": found["etag"],
        "Cache-Control": _CACHE_CONTROL,
        "Vary": "Accept, Authorization",
    }
    if _has(request, found["etag"]):
        return Response(status_code=304, headers=headers)
    return Response(found["body"], headers=headers, media_type=found["media_type"])


def _key(
    function: Callable[..., object], args: tuple[object, ...], year: int | str, event: str
) -> cache.Key:
    told = f"{__version__} {function.__module__}.{function.__qualname__}{args!r}"
    mark = hashlib.blake2b(told.encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
    return cache.Key("response", year, event, "api", f"{function.__name__}-{mark}")


def _make_and_keep(
    key: cache.Key, function: Callable[..., BaseModel | Document], args: tuple[object, ...]
) -> dict[str, Any]:
    """Compute an answer and keep it; in the worker."""
    made = function(*args)
    if isinstance(made, BaseModel):
        made = Document(made.model_dump_json(by_alias=True).encode(), _JSON)
    digest = hashlib.blake2b(made.media_type.encode() + made.body, digest_size=16).hexdigest()
    entry = {"body": made.body, "media_type": made.media_type, "etag": f'"{digest}"'}
    cache.store(key, entry, schema_version=_SCHEMA_VERSION)
    return entry


def _has(request: Request, etag: str) -> bool:
    """Whether the client has this answer already."""
    told = request.headers.get("If-None-Match", "")
    return told.strip() == "*" or etag in (
        tag.strip().removeprefix("W/") for tag in told.split(",")
    )
