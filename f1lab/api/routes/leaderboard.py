"""Who plays a race best."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request

from f1lab.api.models.league import Leaderboard, Standings
from f1lab.api.params import DEMO, Season, Year, load_weekend
from f1lab.api.work import run
from f1lab.league import League

router = APIRouter(prefix="/leaderboard", tags=["league"])

_MOST_ROWS = 500


@router.get("", response_model=Leaderboard)
async def leaderboard(
    request: Request,
    year: Annotated[
        Year | None, Query(description="Season, or the word demo; all seasons when left out.")
    ] = None,
    event: Annotated[
        str | None,
        Query(description="Event by name; all races when left out.", min_length=1, max_length=60),
    ] = None,
    driver: Annotated[
        str | None,
        Query(description="Runs of one car, by its three-letter code.", pattern=r"^[A-Za-z]{3}$"),
    ] = None,
    n: Annotated[int, Query(description="Rows at most.", ge=1, le=_MOST_ROWS)] = 20,
) -> Leaderboard:
    """Each player's best run of each race, best first."""
    return await run(request, top_answer, year, event, driver, n)


@router.get("/standings/{year}", response_model=Standings)
async def standings(request: Request, year: Season) -> Standings:
    """Championship points of every race's leaderboard of a season."""
    return await run(request, standings_answer, year)


def top_answer(
    year: int | str | None, event: str | None, driver: str | None, n: int
) -> Leaderboard:
    """In the worker: :meth:`f1lab.League.top`."""
    if year == DEMO:
        demo = load_weekend(DEMO, event or DEMO)
        year, event = demo.year, demo.event
    with League() as league:
        found = league.top(None if year is None else int(year), event, driver, n)
    return Leaderboard.model_validate(found.to_dict())


def standings_answer(year: int) -> Standings:
    """In the worker: :meth:`f1lab.League.standings`."""
    with League() as league:
        return Standings.model_validate(league.standings(year).to_dict())
