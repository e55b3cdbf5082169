"""Plans: the best one, the others, what to do now, and what the crowd agrees on."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from f1lab.api.answers import CACHED, answer
from f1lab.api.models.strategy import (
    Alternatives,
    BattleForecast,
    CrowdModel,
    LiveAdvice,
    SafetyCarTable,
    Strategy,
    TrackEvolution,
    UndercutTable,
)
from f1lab.api.params import DEMO, Driver, Event, Lap, Seed, Year, load_weekend
from f1lab.api.work import run
from f1lab.engine import RaceField
from f1lab.engine.history import season_so_far
from f1lab.errors import InvalidInput
from f1lab.league import League
from f1lab.strategy import (
    battle_forecast,
    optimize,
    safety_car_table,
    track_evolution,
    undercut_table,
)

if TYPE_CHECKING:
    from f1lab.strategy import SafetyCarCall, StrategyReport

router = APIRouter(prefix="/strategy", tags=["strategy"])

#: Races each plan is compared on: more tell no more apart, and take a worker for a minute.
_MOST_RACES = 5000
Objective = Annotated[
    Literal["points", "position", "time"], Query(description="What plans are compared in.")
]
Driven = Annotated[int, Query(description="Last lap known.", ge=1, le=200, examples=[12])]
Attacker = Annotated[
    str, Query(description="Code of the car behind.", pattern=r"^[A-Za-z]{3}$", examples=["UUR"])
]
Defender = Annotated[
    str, Query(description="Code of the car ahead.", pattern=r"^[A-Za-z]{3}$", examples=["WEX"])
]


class Plans(BaseModel):
    """What is asked of the optimizer."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    at_lap: Lap = 0
    objective: Objective = "points"
    n: int = Field(800, ge=100, le=_MOST_RACES)
    """Races each plan is compared on."""
    seed: Seed = 0
    start: Literal["SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET"] | None = None
    """Compound to start on; free when left out."""
    form: bool = False
    """Use the pace of the season's earlier races at hand as well."""


class PlansAndTables(Plans):
    """The same, with what undercuts and safety cars change."""

    tables: bool = False
    """Add what undercuts are worth and what to do if a safety car comes."""


@router.get("/optimal/{year}/{event}/{driver}", response_model=Strategy, responses=CACHED)
async def optimal(
    request: Request,
    year: Year,
    event: Event,
    driver: Driver,
    asked: Annotated[PlansAndTables, Query()],
) -> Response:
    """The best plan before the race or from a lap on, what others cost, and the pit windows."""
    args = (year, event, driver.upper(), asked)
    return await answer(request, optimal_answer, *args, year=year, event=event)


@router.get("/alternatives/{year}/{event}/{driver}", response_model=Alternatives, responses=CACHED)
async def alternatives(
    request: Request, year: Year, event: Event, driver: Driver, asked: Annotated[Plans, Query()]
) -> Response:
    """What else could be done, and what it costs against the best plan."""
    args = (year, event, driver.upper(), asked)
    return await answer(request, alternatives_answer, *args, year=year, event=event)


@router.get("/live/{year}/{event}/{driver}", response_model=LiveAdvice, responses=CACHED)
async def live(
    request: Request,
    year: Year,
    event: Event,
    driver: Driver,
    at_lap: Driven,
    flag: Annotated[
        Literal["green", "VSC", "SC"], Query(description="What is out on the next lap.")
    ] = "green",
    seed: Seed = 0,
) -> Response:
    """What to do now: the plan from here, box or stay under the flag, undercuts within reach."""
    args = (year, event, driver.upper(), at_lap, flag, seed)
    return await answer(request, live_answer, *args, year=year, event=event)


@router.get("/undercut/{year}/{event}/{driver}", response_model=UndercutTable, responses=CACHED)
async def undercut(
    request: Request,
    year: Year,
    event: Event,
    driver: Driver,
    at_lap: Driven,
    lap: Annotated[
        int | None, Query(description="Lap of the first stop; the next one.", ge=1, le=200)
    ] = None,
    seed: Seed = 0,
) -> Response:
    """What stopping one, two or three laps before or after a rival is worth."""
    args = (year, event, driver.upper(), at_lap, lap, seed)
    return await answer(request, undercut_answer, *args, year=year, event=event)


@router.get("/safety-car/{year}/{event}/{driver}", response_model=SafetyCarTable, responses=CACHED)
async def safety_car(  # noqa: PLR0913, PLR0917  (each a question in the address)
    request: Request,
    year: Year,
    event: Event,
    driver: Driver,
    at_lap: Lap = 0,
    kind: Annotated[Literal["SC", "VSC"], Query(description="Safety car, or virtual.")] = "SC",
    lap: Annotated[
        list[Annotated[int, Query(ge=1, le=200)]],
        Query(description="Laps it comes out on; seven over the race.", max_length=10),
    ] = [],  # noqa: B006  (never changed)
    objective: Objective = "points",
    seed: Seed = 0,
) -> Response:
    """Box or stay, if a safety car comes out on a lap."""
    args = (year, event, driver.upper(), at_lap, kind, tuple(lap), objective, seed)
    return await answer(request, safety_car_answer, *args, year=year, event=event)


@router.get("/battle/{year}/{event}", response_model=BattleForecast, responses=CACHED)
async def battle(
    request: Request,
    year: Year,
    event: Event,
    attacker: Attacker,
    defender: Defender,
    at_lap: Driven,
    laps: Annotated[int, Query(description="How far to look [laps].", ge=1, le=100)] = 10,
    seed: Seed = 0,
) -> Response:
    """Whether the car behind gets past, lap by lap."""
    args = (year, event, attacker.upper(), defender.upper(), at_lap, laps, seed)
    return await answer(request, battle_answer, *args, year=year, event=event)


@router.get("/track-evolution/{year}/{event}", response_model=TrackEvolution, responses=CACHED)
async def evolution(request: Request, year: Year, event: Event) -> Response:
    """Grip the track gained, over qualifying and over the race."""
    return await answer(request, evolution_answer, year, event, year=year, event=event)


@router.get("/optimal/{circuit}/{year}", response_model=CrowdModel)
async def crowd(
    request: Request,
    circuit: Annotated[
        str,
        Path(
            description="Circuit, place or event by name; the word demo for the demo.",
            min_length=1,
            max_length=60,
            pattern=r"^[^/\\\x00-\x1f\x7f]+$",
            examples=["demo"],
        ),
    ],
    year: Year,
) -> CrowdModel:
    """What the good runs of the league agree on; without any, what the race itself says."""
    return await run(request, crowd_answer, circuit, year)


def optimal_answer(year: int | str, event: str, driver: str, asked: PlansAndTables) -> Strategy:
    """In the worker: :func:`f1lab.optimize`."""
    found = _optimized(year, event, driver, asked, tables=asked.tables)
    return Strategy.model_validate(found.to_dict())


def alternatives_answer(year: int | str, event: str, driver: str, asked: Plans) -> Alternatives:
    """In the worker: :func:`f1lab.optimize`, its plans apart from the best."""
    found = _optimized(year, event, driver, asked, tables=False).to_dict()
    best, *others = found["ranking"]
    same = {name: found[name] for name in Alternatives.model_fields if name in found}
    return Alternatives.model_validate(same | {"best": best, "alternatives": others})


def _optimized(
    year: int | str, event: str, driver: str, asked: Plans, *, tables: bool
) -> StrategyReport:
    weekend = load_weekend(year, event)
    history = season_so_far(weekend) if asked.form else None
    return optimize(
        weekend,
        driver,
        asked.at_lap,
        asked.objective,
        n=asked.n,
        seed=asked.seed,
        start=asked.start,
        history=history,
        tables=tables,
    )


def live_answer(
    year: int | str, event: str, driver: str, at_lap: int, flag: str, seed: int
) -> LiveAdvice:
    """In the worker: the plan from here, the call under the flag, undercuts; or why not."""
    weekend = load_weekend(year, event)
    field = RaceField.from_weekend(weekend, at_lap)
    found = optimize(field, driver, seed=seed)
    calls: tuple[SafetyCarCall, ...] = ()
    refusals = {}
    if flag != "green":
        try:
            calls = safety_car_table(field, driver, (at_lap + 1,), kind=flag, seed=seed)
        except InvalidInput as error:
            refusals["call"] = str(error)
        if not calls:
            refusals.setdefault("call", "no set is left that could be fitted.")
    try:
        attacks = undercut_table(field, driver, seed=seed)
    except InvalidInput as error:
        attacks, refusals["undercuts"] = (), str(error)
    return LiveAdvice.model_validate(
        {
            "strategy": found.to_dict(),
            "flag": flag,
            "call": _call(calls[0]) if calls else None,
            "undercuts": [asdict(row) for row in attacks],
            "refusals": refusals,
        }
    )


def undercut_answer(
    year: int | str, event: str, driver: str, at_lap: int, lap: int | None, seed: int
) -> UndercutTable:
    """In the worker: :func:`f1lab.undercut_table`."""
    field = RaceField.from_weekend(load_weekend(year, event), at_lap)
    found = [asdict(row) for row in undercut_table(field, driver, lap, seed=seed)]
    return UndercutTable.model_validate(_asked(field, driver) | {"undercuts": found})


def safety_car_answer(
    year: int | str,
    event: str,
    driver: str,
    at_lap: int,
    kind: str,
    laps: tuple[int, ...],
    objective: str,
    seed: int,
) -> SafetyCarTable:
    """In the worker: :func:`f1lab.safety_car_table`."""
    field = RaceField.from_weekend(load_weekend(year, event), at_lap or "pre-race")
    found = safety_car_table(field, driver, laps or None, kind=kind, objective=objective, seed=seed)
    told = _asked(field, driver) | {"objective": objective, "calls": [_call(c) for c in found]}
    return SafetyCarTable.model_validate(told)


def battle_answer(
    year: int | str,
    event: str,
    attacker: str,
    defender: str,
    at_lap: int,
    laps: int,
    seed: int,
) -> BattleForecast:
    """In the worker: :func:`f1lab.battle_forecast`."""
    weekend = load_weekend(year, event)
    found = battle_forecast(weekend, attacker, defender, at_lap, laps=laps, seed=seed)
    return BattleForecast.model_validate(found.to_dict())


def evolution_answer(year: int | str, event: str) -> TrackEvolution:
    """In the worker: :func:`f1lab.track_evolution`."""
    return TrackEvolution.model_validate(track_evolution(load_weekend(year, event)).to_dict())


def crowd_answer(circuit: str, year: int | str) -> CrowdModel:
    """In the worker: :meth:`f1lab.League.optimal`."""
    with League() as league:
        if year == DEMO:
            demo = load_weekend(year, circuit)
            found = league.optimal(demo.year, demo.event)
        else:
            found = league.optimal(int(year), circuit)
    return CrowdModel.model_validate(found.to_dict())


def _asked(field: RaceField, driver: str) -> dict[str, object]:
    lap = field.state.lap
    return {"year": field.year, "event": field.event, "driver": driver, "at_lap": lap}


def _call(call: SafetyCarCall) -> dict[str, object]:
    return asdict(call) | {"verdict": call.verdict}
