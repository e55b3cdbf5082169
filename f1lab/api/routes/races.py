"""Which races there are, and which of them are at hand."""

from __future__ import annotations

from dataclasses import asdict

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from f1lab.api.answers import CACHED, answer
from f1lab.api.models.league import Races, Schedule
from f1lab.api.params import Season
from f1lab.api.work import run
from f1lab.dashboards.races import races_at_hand
from f1lab.data import load_demo
from f1lab.data.source import schedule as schedule_of

router = APIRouter(tags=["races"])


@router.get("/races", response_model=Races)
async def races(request: Request) -> Races:
    """Races that can be asked about without a network."""
    return await run(request, races_answer)


@router.get("/schedule/{year}", response_model=Schedule, responses=CACHED)
async def schedule(request: Request, year: Season) -> Response:
    """The race weekends of a season."""
    return await answer(request, schedule_answer, year, year=year)


def races_answer() -> Races:
    """In the worker: what our cache and a FastF1 cache hold."""
    demo = load_demo()
    return Races.model_validate(
        {
            "demo": {"year": demo.year, "event": demo.event, "day": ""},
            "races": [race._asdict() for race in races_at_hand()],
        }
    )


def schedule_answer(year: int) -> Schedule:
    """In the worker: the events of a season."""
    events = [asdict(event) | {"circuit": event.circuit} for event in schedule_of(year)]
    return Schedule.model_validate({"year": year, "events": events})
