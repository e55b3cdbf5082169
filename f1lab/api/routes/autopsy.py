"""The race autopsy: what cost a driver the race, and every lap it was read from."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import Response

from f1lab.api.answers import CACHED, answer
from f1lab.api.models.autopsy import Autopsy, Ledger
from f1lab.api.params import Driver, Event, Reference, Year, load_weekend
from f1lab.autopsy.examine import autopsy as examine

router = APIRouter(prefix="/autopsy", tags=["autopsy"])

JudgeCalls = Annotated[
    bool, Query(description="Judge the pit wall's calls, which takes about a second.")
]


@router.get("/{year}/{event}/{driver}", response_model=Autopsy, responses=CACHED)
async def autopsy(
    request: Request,
    year: Year,
    event: Event,
    driver: Driver,
    reference: Reference = "winner",
    judge_calls: JudgeCalls = True,  # noqa: FBT002  (a question in an address)
) -> Response:
    """What cost a driver the race: six causes and the rest, each with its interval."""
    args = (year, event, driver.upper(), reference, judge_calls)
    return await answer(request, autopsy_answer, *args, year=year, event=event)


@router.get("/{year}/{event}/{driver}/ledger", response_model=Ledger, responses=CACHED)
async def ledger(
    request: Request, year: Year, event: Event, driver: Driver, reference: Reference = "winner"
) -> Response:
    """Every lap of the driver and of the reference, booked line by line."""
    args = (year, event, driver.upper(), reference)
    return await answer(request, ledger_answer, *args, year=year, event=event)


def autopsy_answer(
    year: int | str,
    event: str,
    driver: str,
    reference: str,
    judge_calls: bool,  # noqa: FBT001
) -> Autopsy:
    """In the worker: :func:`f1lab.autopsy`."""
    weekend = load_weekend(year, event)
    found = examine(weekend, driver, reference=reference, judge_calls=judge_calls)
    return Autopsy.model_validate(found.to_dict())


def ledger_answer(year: int | str, event: str, driver: str, reference: str) -> Ledger:
    """In the worker: the ledgers of an autopsy."""
    weekend = load_weekend(year, event)
    found = examine(weekend, driver, reference=reference, judge_calls=False)
    laps = {code: found.ledger(code).to_dict("records") for code in found.ledgers}
    return Ledger.model_validate(
        {
            "year": found.year,
            "event": found.event,
            "driver": found.driver,
            "reference": found.reference,
            "laps": laps,
        }
    )
