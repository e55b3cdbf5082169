"""One against another: cars, drivers, teams, a season, and both lap by lap."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from f1lab import compare
from f1lab.api.answers import CACHED, answer
from f1lab.api.models.compare import (
    CarComparison,
    DriverComparison,
    Performance,
    SeasonComparison,
    TeamComparison,
)
from f1lab.api.params import (
    Event,
    First,
    Kind,
    Season,
    Second,
    Year,
    load_weekend,
    load_with_car_data,
)
from f1lab.autopsy import autopsy

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.compare import Answer

router = APIRouter(prefix="/compare", tags=["compare"])

Team = Annotated[
    str,
    Query(
        description="Name of a team, or the beginning of it.",
        min_length=1,
        max_length=60,
        examples=["Kestrel Motorsport"],
    ),
]


@router.get("/cars/{year}/{event}", response_model=CarComparison, responses=CACHED)
async def cars(
    request: Request, year: Year, event: Event, a: First, b: Second, session: Kind = None
) -> Response:
    """Two cars through their telemetry: corners, straights, power, drag, grip."""
    args = (year, event, a.upper(), b.upper(), session)
    return await answer(request, cars_answer, *args, year=year, event=event)


@router.get("/drivers/{year}/{event}", response_model=DriverComparison, responses=CACHED)
async def drivers(request: Request, year: Year, event: Event, a: First, b: Second) -> Response:
    """Two drivers by their laps: pace, tyres, traffic, mistakes, and why the laps differ."""
    args = (year, event, a.upper(), b.upper())
    return await answer(request, drivers_answer, *args, year=year, event=event)


@router.get("/teams/{year}/{event}", response_model=TeamComparison, responses=CACHED)
async def teams(request: Request, year: Year, event: Event, a: Team, b: Team) -> Response:
    """Two teams: pace of both cars, qualifying, pit work, reliability."""
    return await answer(request, teams_answer, year, event, a, b, year=year, event=event)


@router.get("/season/{year}", response_model=SeasonComparison, responses=CACHED)
async def season(request: Request, year: Season, a: First, b: Second) -> Response:
    """Two drivers over all races of a season that are at hand."""
    return await answer(request, season_answer, year, a.upper(), b.upper(), year=year)


@router.get("/performance/{year}/{event}", response_model=Performance, responses=CACHED)
async def performance(
    request: Request, year: Year, event: Event, a: First, b: Second, session: Kind = None
) -> Response:
    """Two drivers in full: every table of both comparisons, and every lap booked line by line."""
    args = (year, event, a.upper(), b.upper(), session)
    return await answer(request, performance_answer, *args, year=year, event=event)


def cars_answer(year: int | str, event: str, a: str, b: str, session: str | None) -> CarComparison:
    """In the worker: :func:`f1lab.compare.cars`."""
    found = compare.cars(load_with_car_data(year, event, session), a, b, session=session)
    return CarComparison.model_validate(found.to_dict())


def drivers_answer(year: int | str, event: str, a: str, b: str) -> DriverComparison:
    """In the worker: :func:`f1lab.compare.drivers`."""
    found = compare.drivers(load_weekend(year, event), a, b)
    return DriverComparison.model_validate(found.to_dict())


def teams_answer(year: int | str, event: str, a: str, b: str) -> TeamComparison:
    """In the worker: :func:`f1lab.compare.teams`."""
    found = compare.teams(load_weekend(year, event), a, b)
    return TeamComparison.model_validate(found.to_dict())


def season_answer(year: int, a: str, b: str) -> SeasonComparison:
    """In the worker: :func:`f1lab.compare.season` of the races at hand."""
    found = compare.season(year, a, b, progress=False)
    return SeasonComparison.model_validate(found.to_dict())


def performance_answer(
    year: int | str, event: str, a: str, b: str, session: str | None
) -> Performance:
    """In the worker: tables of both comparisons, and both ledgers."""
    weekend = load_weekend(year, event)
    laps = autopsy(weekend, a, reference=b, judge_calls=False)
    return Performance.model_validate(
        {
            "year": weekend.year,
            "event": weekend.event,
            "a": a,
            "b": b,
            "drivers": _tables(compare.drivers(weekend, a, b)),
            "cars": _tables(compare.cars(weekend, a, b, session=session)),
            "laps": {code: _rows(laps.ledger(code)) for code in (a, b)},
        }
    )


def _tables(found: Answer) -> dict[str, Any]:
    return {
        "title": found.title,
        "findings": list(found.findings),
        "refusals": found.refusals,
        "tables": {title: _rows(frame) for title, frame in found.tables().items()},
    }


def _rows(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows of a table; an unknown number is None."""
    known = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in known.to_dict("records")]
