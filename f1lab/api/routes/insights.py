"""What an engineer reads first: a session, a car, a driver, and how drivers differ."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from f1lab import analyze, compare
from f1lab.api.answers import CACHED, answer
from f1lab.api.models.insights import (
    CarAnalysis,
    Consistency,
    DriverAnalysis,
    HeadToHead,
    QualifyingAnalysis,
    RaceAnalysis,
    Racecraft,
    SeasonHeadToHead,
)
from f1lab.api.params import (
    Driver,
    Event,
    First,
    Kind,
    Season,
    Second,
    Year,
    load_weekend,
    load_with_car_data,
)
from f1lab.compare._profile import driver_profile
from f1lab.compare.laps import race_view
from f1lab.errors import NotEnoughLaps

router = APIRouter(prefix="/insights", tags=["insights"])

#: No more cars start a race.
_MOST_DRIVERS = 30
Drivers = Annotated[
    list[Annotated[str, Query(pattern=r"^[A-Za-z]{3}$")]],
    Query(
        description="Three-letter codes; all drivers of the race when left out.",
        max_length=_MOST_DRIVERS,
        examples=[["UUR", "WEX"]],
    ),
]


@router.get("/consistency/{year}/{event}", response_model=Consistency, responses=CACHED)
async def consistency(
    request: Request,
    year: Year,
    event: Event,
    driver: Drivers = [],  # noqa: B006  (never changed)
) -> Response:
    """How even each driver's clean laps were, and how often he slipped."""
    args = (year, event, _codes(driver))
    return await answer(request, consistency_answer, *args, year=year, event=event)


@router.get("/racecraft/{year}/{event}", response_model=Racecraft, responses=CACHED)
async def racecraft(
    request: Request,
    year: Year,
    event: Event,
    driver: Drivers = [],  # noqa: B006  (never changed)
) -> Response:
    """Passes made and suffered beside those expected, and pace under pressure."""
    args = (year, event, _codes(driver))
    return await answer(request, racecraft_answer, *args, year=year, event=event)


@router.get("/head-to-head/{year}/{event}", response_model=HeadToHead, responses=CACHED)
async def head_to_head(request: Request, year: Year, event: Event, a: First, b: Second) -> Response:
    """Two drivers of a weekend side by side: grid, finish, stops, points, qualifying, pace."""
    args = (year, event, a.upper(), b.upper())
    return await answer(request, head_to_head_answer, *args, year=year, event=event)


@router.get("/head-to-head/{year}", response_model=SeasonHeadToHead, responses=CACHED)
async def season_head_to_head(request: Request, year: Season, a: First, b: Second) -> Response:
    """Two drivers over the races of a season at hand: who was ahead, how often."""
    return await answer(request, season_answer, year, a.upper(), b.upper(), year=year)


@router.get(
    "/session/{year}/{event}",
    response_model=RaceAnalysis | QualifyingAnalysis,
    responses=CACHED,
)
async def session(
    request: Request,
    year: Year,
    event: Event,
    session: Annotated[Literal["Q", "R"], Query(description="R, the race, or Q.")] = "R",
) -> Response:
    """A session: pace order, tyres, stops, track, weather."""
    return await answer(request, session_answer, year, event, session, year=year, event=event)


@router.get("/driver/{year}/{event}/{driver}", response_model=DriverAnalysis, responses=CACHED)
async def driver(request: Request, year: Year, event: Event, driver: Driver) -> Response:
    """One driver's race, each figure beside the field's."""
    return await answer(request, driver_answer, year, event, driver.upper(), year=year, event=event)


@router.get("/car/{year}/{event}/{driver}", response_model=CarAnalysis, responses=CACHED)
async def car(
    request: Request, year: Year, event: Event, driver: Driver, session: Kind = None
) -> Response:
    """One car in absolute terms: power, drag, corners, top speed, tyres, stops."""
    args = (year, event, driver.upper(), session)
    return await answer(request, car_answer, *args, year=year, event=event)


def consistency_answer(year: int | str, event: str, drivers: tuple[str, ...]) -> Consistency:
    """In the worker: consistency and mistakes out of each driver's profile."""
    found = _profiles(year, event, drivers, ("consistency", "mistakes"))
    return Consistency.model_validate(found)


def racecraft_answer(year: int | str, event: str, drivers: tuple[str, ...]) -> Racecraft:
    """In the worker: racecraft and pressure out of each driver's profile."""
    found = _profiles(year, event, drivers, ("racecraft", "pressure"))
    return Racecraft.model_validate(found)


def head_to_head_answer(year: int | str, event: str, a: str, b: str) -> HeadToHead:
    """In the worker: what :func:`f1lab.compare.drivers` says of the two side by side."""
    found = compare.drivers(load_weekend(year, event), a, b).to_dict()
    return HeadToHead.model_validate(_only(found, HeadToHead))


def season_answer(year: int, a: str, b: str) -> SeasonHeadToHead:
    """In the worker: who was ahead, out of :func:`f1lab.compare.season`."""
    found = compare.season(year, a, b, progress=False).to_dict()
    return SeasonHeadToHead.model_validate(_only(found, SeasonHeadToHead))


def session_answer(year: int | str, event: str, session: str) -> RaceAnalysis | QualifyingAnalysis:
    """In the worker: :func:`f1lab.analyze.session`."""
    found = analyze.session(load_weekend(year, event), session=session).to_dict()
    model = RaceAnalysis if session == "R" else QualifyingAnalysis
    return model.model_validate(found)


def driver_answer(year: int | str, event: str, driver: str) -> DriverAnalysis:
    """In the worker: :func:`f1lab.analyze.driver`."""
    found = analyze.driver(load_weekend(year, event), driver)
    return DriverAnalysis.model_validate(found.to_dict())


def car_answer(year: int | str, event: str, driver: str, session: str | None) -> CarAnalysis:
    """In the worker: :func:`f1lab.analyze.car`."""
    weekend = load_with_car_data(year, event, session)
    return CarAnalysis.model_validate(analyze.car(weekend, driver, session=session).to_dict())


def _codes(drivers: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(code.upper() for code in drivers))


def _only(found: dict[str, Any], model: type[HeadToHead | SeasonHeadToHead]) -> dict[str, Any]:
    return {name: value for name, value in found.items() if name in model.model_fields}


def _profiles(
    year: int | str, event: str, drivers: tuple[str, ...], parts: tuple[str, ...]
) -> dict[str, Any]:
    """Parts of the drivers' profiles, each with the reasons why some are not there."""
    weekend = load_weekend(year, event)
    told: list[dict[str, Any]] = []
    refusals = {}
    for code in drivers or tuple(weekend.race.results["driver"]):
        try:
            profile = driver_profile(race_view(weekend), code).to_dict()
        except NotEnoughLaps as error:
            refusals[code] = str(error)
            continue
        kept = {name: profile[name] for name in ("driver", "name", "team", *parts)}
        why = {name: why for name, why in profile["refusals"].items() if name in parts}
        told.append(kept | {"refusals": why})
    return {"year": weekend.year, "event": weekend.event, "drivers": told, "refusals": refusals}
