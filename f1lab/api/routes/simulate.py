"""Play a race from the pit wall: begin, decide lap by lap, take back, be scored, hand in.

What is shown after a lap never depends on what came later. Each simulation belongs to who began
it, and is there until it is deleted or nobody touched it for a month.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Depends, Path
from starlette.requests import Request
from starlette.responses import Response

from f1lab.api.auth import Caller, caller, needs
from f1lab.api.models.league import Submission
from f1lab.api.models.simulate import (
    FastForward,
    NewRun,
    Odds,
    Plan,
    Run,
    RunLine,
    Score,
    Step,
    Submit,
    Undo,
)
from f1lab.api.params import load_weekend
from f1lab.api.problems import ProblemError
from f1lab.api.roles import Role
from f1lab.api.runs import Runs
from f1lab.api.work import run
from f1lab.errors import NotEnoughLaps
from f1lab.league import League
from f1lab.league.names import user_key
from f1lab.league.referee import load_race
from f1lab.league.runs import RunRecord
from f1lab.simulator import Simulation, pit_wall_iq, strategy_iq

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.data.schema import Weekend

router = APIRouter(prefix="/simulate", tags=["simulate"], dependencies=[needs(Role.player)])

#: Weekends a worker has ready: the first lap of one takes a second, the others a twentieth.
_WEEKENDS = 4

Number = Annotated[
    str,
    Path(
        description="Number of the simulation.",
        pattern=r"^[0-9a-f]{32}$",
        examples=["0123456789abcdef0123456789abcdef"],
    ),
]
Player = Annotated[Caller, Depends(caller)]


@router.post("", status_code=201, response_model=Run)
async def create(request: Request, response: Response, who: Player, asked: NewRun) -> Run:
    """Begin a simulation, on the grid."""
    begun = await run(request, begin, who.name, asked)
    response.headers["Location"] = _place(request, "/simulate", begun.id)
    return begun


@router.post("/import", status_code=201, response_model=Run)
async def take_over(request: Request, response: Response, who: Player, asked: RunRecord) -> Run:
    """Go on with a run from elsewhere, ``Simulation.to_dict()``; it is driven again first."""
    taken = await run(request, take_in, who.name, asked)
    response.headers["Location"] = _place(request, "/simulate/import", taken.id)
    return taken


@router.get("", response_model=list[RunLine])
async def mine(request: Request, who: Player) -> list[RunLine]:
    """List your simulations, the last changed first."""
    return await run(request, listed, who.name)


@router.get("/{number}", response_model=Run)
async def state(request: Request, who: Player, number: Number) -> Run:
    """The race as it is known now."""
    return await run(request, shown, who.name, number)


@router.get("/{number}/record", response_model=RunRecord)
async def record(request: Request, who: Player, number: Number) -> RunRecord:
    """The run as ``Simulation.from_dict`` and the league take it."""
    return await run(request, recorded, who.name, number)


@router.post(
    "/{number}/step",
    response_model=Run,
    responses={409: {"description": "Another lap is to be decided than the one sent."}},
)
async def step(request: Request, who: Player, number: Number, asked: Step) -> Run:
    """Decide the next lap, and drive it."""
    return await run(request, stepped, who.name, number, asked)


@router.post("/{number}/fast-forward", response_model=Run)
async def fast_forward(request: Request, who: Player, number: Number, asked: FastForward) -> Run:
    """Let the real pit wall make the calls until some laps are driven."""
    return await run(request, forwarded, who.name, number, asked.lap)


@router.post("/{number}/run", response_model=Run)
async def run_out(request: Request, who: Player, number: Number, asked: Plan) -> Run:
    """Drive to the flag, with the stops given."""
    return await run(request, finished, who.name, number, asked)


@router.post("/{number}/undo", response_model=Run)
async def undo(request: Request, who: Player, number: Number, asked: Undo) -> Run:
    """Take back the last laps."""
    return await run(request, undone, who.name, number, asked.laps)


@router.get("/{number}/odds", response_model=Odds)
async def odds(request: Request, who: Player, number: Number) -> Odds:
    """Chances of the best plan behind each call on the next lap."""
    return await run(request, weighed, who.name, number)


@router.get("/{number}/score", response_model=Score)
async def score(request: Request, who: Player, number: Number) -> Score:
    """Strategy IQ of a finished race, beside the real pit wall's."""
    return await run(request, scored, who.name, number)


@router.post("/{number}/submit", status_code=201, response_model=Submission)
async def submit(request: Request, who: Player, number: Number, asked: Submit) -> Submission:
    """Hand a finished run in to the league, which drives it again and scores it itself."""
    user = who.name if asked.user is None else asked.user
    if not who.role.may(Role.admin) and user_key(user) != user_key(who.name):
        raise ProblemError(403, f"your token says {who.name!r}, so a run is handed in as that.")
    return await run(request, submitted, who.name, number, user)


@router.delete("/{number}", status_code=204)
async def delete(request: Request, who: Player, number: Number) -> None:
    """Delete a simulation; what was handed in stays in the league."""
    await run(request, deleted, who.name, number)


def begin(owner: str, asked: NewRun) -> Run:
    """In the worker: :class:`f1lab.Simulation`."""
    weekend = load_weekend(asked.year, asked.event)
    ready = _weekend(weekend.year, weekend.event)
    sim = Simulation(ready, asked.driver.upper(), asked.seed, asked.start)
    return _told(Runs(owner).add(sim.to_dict()).number, sim)


def take_in(owner: str, record: RunRecord) -> Run:
    """In the worker: :meth:`f1lab.Simulation.from_dict`; ForgedRun for what does not come out."""
    sim = _driven(record)
    return _told(Runs(owner).add(sim.to_dict()).number, sim)


def listed(owner: str) -> list[RunLine]:
    """In the worker: what is kept of an owner."""
    return [
        RunLine(
            id=kept.number,
            year=kept.run.year,
            event=kept.run.event,
            driver=kept.run.driver,
            seed=kept.run.seed,
            laps=kept.run.outcome.laps,
            finished=kept.run.outcome.finished,
            changed_s=kept.changed_s,
        )
        for kept in Runs(owner).all()
    ]


def shown(owner: str, number: str) -> Run:
    """In the worker: the run, driven again."""
    return _told(number, _driven(Runs(owner).find(number).run))


def recorded(owner: str, number: str) -> RunRecord:
    """In the worker: the run as it is kept, once it has been driven again."""
    return RunRecord.model_validate(_driven(Runs(owner).find(number).run).to_dict())


def stepped(owner: str, number: str, asked: Step) -> Run:
    """In the worker: :meth:`f1lab.Simulation.step`."""

    def change(sim: Simulation) -> None:
        coming = len(sim.decisions) + 1
        if asked.lap is not None and asked.lap != coming and not sim.finished:
            raise ProblemError(409, f"lap {asked.lap} was sent, and lap {coming} is to be decided.")
        sim.step(asked.pit, asked.pace, under_sc=asked.under_sc)

    return _changed(owner, number, change)


def forwarded(owner: str, number: str, lap: int) -> Run:
    """In the worker: :meth:`f1lab.Simulation.fast_forward`."""
    return _changed(owner, number, lambda sim: sim.fast_forward(lap))


def finished(owner: str, number: str, asked: Plan) -> Run:
    """In the worker: :meth:`f1lab.Simulation.run`; stops of laps already driven must be those."""

    def change(sim: Simulation) -> None:
        sim.run([(stop.lap, stop.compound) for stop in asked.stops])

    return _changed(owner, number, change)


def undone(owner: str, number: str, laps: int) -> Run:
    """In the worker: :meth:`f1lab.Simulation.undo`."""
    return _changed(owner, number, lambda sim: sim.undo(laps))


def weighed(owner: str, number: str) -> Odds:
    """In the worker: :meth:`f1lab.Simulation.odds`."""
    return Odds.model_validate(_driven(Runs(owner).find(number).run).odds().to_dict())


def scored(owner: str, number: str) -> Score:
    """In the worker: :func:`f1lab.strategy_iq`, and :func:`f1lab.pit_wall_iq` beside it."""
    sim = _driven(Runs(owner).find(number).run)
    told: dict[str, Any] = {"own": strategy_iq(sim).to_dict(), "pit_wall": None, "refusals": {}}
    try:
        told["pit_wall"] = pit_wall_iq(sim.weekend, sim.driver).to_dict()
    except NotEnoughLaps as error:
        told["refusals"]["pit_wall"] = str(error)
    return Score.model_validate(told)


def submitted(owner: str, number: str, user: str) -> Submission:
    """In the worker: :meth:`f1lab.League.submit`."""
    with League() as league:
        done = league.submit(Runs(owner).find(number).run.to_dict(), user)
    return Submission.model_validate(done.to_dict())


def deleted(owner: str, number: str) -> None:
    """In the worker: forget a run."""
    Runs(owner).remove(number)


def _changed(owner: str, number: str, change: Callable[[Simulation], object]) -> Run:
    """Drive a run again, change it, keep it; one request at a time, and nothing of a refused one."""
    runs = Runs(owner)
    with runs.changing(number) as kept:
        sim = _driven(kept.was)
        change(sim)
        kept.becomes = sim.to_dict()
    return _told(number, sim)


def _driven(record: RunRecord) -> Simulation:
    """Drive a run as it is kept; ForgedRun when it was edited."""
    return Simulation.from_dict(_weekend(record.year, record.event), record.to_dict())


@lru_cache(_WEEKENDS)
def _weekend(year: int, event: str) -> Weekend:
    """A race at hand, the same object for all runs of it, so that it is prepared once."""
    return load_race(year, event)


def _told(number: str, sim: Simulation) -> Run:
    return Run.model_validate(
        {
            "id": number,
            "year": sim.weekend.year,
            "event": sim.weekend.event,
            "driver": sim.driver,
            "seed": sim.seed,
            "start": sim.start,
            "decisions": [decision.to_dict() for decision in sim.decisions],
            "state": sim.state.to_dict(),
            "result": sim.result.to_dict() if sim.finished else None,
        }
    )


def _place(request: Request, suffix: str, number: str) -> str:
    """Address of a simulation, below whatever stands in front of the server."""
    root = request.scope.get("root_path", "")
    return f"{root}{request.url.path.removeprefix(root).removesuffix(suffix)}/simulate/{number}"
