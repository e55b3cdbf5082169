"""What the cache holds, and deleting from it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from f1lab.api.auth import needs
from f1lab.api.roles import Role
from f1lab.api.work import run
from f1lab.data import cache

__all__ = ["router"]

router = APIRouter(prefix="/cache", tags=["server"])


class Tier(BaseModel):
    """Size of one tier."""

    entries: int
    size_bytes: int


class CacheSize(BaseModel):
    """Size of the cache."""

    entries: int
    size_bytes: int
    tiers: dict[str, Tier]


class Deleted(BaseModel):
    """What was deleted."""

    deleted: int = Field(description="Entries, answers that may rest on them among them.")


@router.get("")
async def cache_size(request: Request) -> CacheSize:
    """Say what the cache holds."""
    return CacheSize.model_validate(await run(request, _size))


@router.delete("", dependencies=[needs(Role.admin)])
async def invalidate(
    request: Request,
    pattern: Annotated[
        str,
        Query(
            description="Shell pattern over keys, such as */2023/Monaco*.",
            min_length=1,
            max_length=200,
            examples=["*/2023/Monaco*"],
        ),
    ],
) -> Deleted:
    """Delete the entries whose key matches, and every answer, for it may rest on them."""
    return Deleted(deleted=await run(request, _invalidate, pattern))


def _size() -> dict[str, object]:
    return cache.stats().to_dict()


def _invalidate(pattern: str) -> int:
    return cache.invalidate(pattern) + cache.clear("response")
