"""Reports: a job that is created, watched, fetched and cancelled."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Literal

from fastapi import APIRouter, Body, Depends, Path, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request

from f1lab.api.auth import Caller, caller
from f1lab.api.jobs import State
from f1lab.api.problems import ProblemError
from f1lab.reporting import (
    check_autopsy_parameters,
    check_comparison_parameters,
    check_season_parameters,
)

if TYPE_CHECKING:
    from f1lab.api.config import ApiConfig
    from f1lab.api.jobs import Job, Jobs

__all__ = ["router"]

router = APIRouter(prefix="/report", tags=["report"])

Format = Literal["html", "pdf"]
Code = Annotated[str, Field(pattern=r"^[A-Za-z]{3}$", description="Three-letter code.")]
Who = Annotated[
    str,
    Field(
        pattern=r"^(winner|teammate|ideal|[A-Za-z]{3})$",
        description="winner, teammate, ideal, or a driver's code.",
    ),
]
Year = Annotated[
    Annotated[int, Field(ge=2018, le=2100)] | Literal["demo"],
    Field(description="Season, or the word demo."),
]
Event = Annotated[
    str | None,
    Field(
        min_length=1,
        max_length=60,
        pattern=r"^[^/\\\x00-\x1f\x7f]+$",
        description="Event by name or round; not for the demo.",
    ),
]
Number = Annotated[str, Path(pattern="^[0-9a-f]{16}$", description="Number of the report.")]
_MEDIA = {"html": "text/html; charset=utf-8", "pdf": "application/pdf"}
#: A report is a page of its own: it may run its own scripts, as nobody, and ask for nothing.
_POLICY = (
    "sandbox allow-scripts allow-downloads allow-popups; default-src 'none'; "
    "script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")

    formats: list[Format] = Field(
        default=["html"], min_length=1, max_length=2, description="What to write."
    )


class AutopsyReport(_Asked):
    """What cost a driver the race."""

    kind: Literal["autopsy"]
    year: Year
    event: Event = None
    driver: Code
    reference: Who = "winner"


class ComparisonReport(_Asked):
    """Two drivers of a weekend."""

    kind: Literal["comparison"]
    year: Year
    event: Event = None
    first: Code
    second: Code


class SeasonReport(_Asked):
    """Who lost how much to which cause over a season."""

    kind: Literal["season-blame"]
    year: Year
    reference: Who = "winner"
    drivers: list[Code] | None = Field(
        default=None, min_length=1, max_length=40, description="Everybody when left out."
    )


Report = Annotated[AutopsyReport | ComparisonReport | SeasonReport, Body(discriminator="kind")]


class ReportJob(BaseModel):
    """How a report is doing."""

    id: str = Field(description="Its number.")
    kind: str
    state: State
    progress: float = Field(description="How much of it is done.", ge=0, le=1)
    step: str = Field(description="What is being done.")
    created: datetime = Field(description="When it was asked for.")
    seconds: float | None = Field(description="How long it took [s]; null until it has ended.")
    formats: list[Format] = Field(description="Files that can be fetched once it is done.")
    detail: str | None = Field(description="Why there is none, where it failed.")


async def _may_report(request: Request, who: Annotated[Caller, Depends(caller)]) -> Caller:
    """Reports are reserved to the role the operator said."""
    config: ApiConfig = request.app.state.config
    if not who.role.may(config.reports_for):
        raise ProblemError(
            403,
            f"reports take the role {config.reports_for.value}; your token says {who.role.value}.",
        )
    return who


Reporter = Annotated[Caller, Depends(_may_report)]


@router.post("", status_code=202)
async def create_report(
    request: Request, response: Response, who: Reporter, asked: Report
) -> ReportJob:
    """Have a report written; ask for its state until it is done."""
    name, parameters, stem = _parameters(asked)
    formats = tuple(dict.fromkeys(asked.formats))
    job = _jobs(request).create(who, name, parameters, formats, stem)
    root = request.scope.get("root_path", "")
    response.headers["Location"] = f"{root}{request.url.path.removeprefix(root)}/{job.id}"
    return _told(job)


@router.get("")
async def list_reports(request: Request, who: Reporter) -> list[ReportJob]:
    """List your reports, the newest first."""
    return [_told(job) for job in _jobs(request).mine(who)]


@router.get("/{number}")
async def report_state(request: Request, who: Reporter, number: Number) -> ReportJob:
    """Say how a report is doing."""
    return _told(_jobs(request).find(who, number))


@router.get(
    "/{number}/{ending}",
    response_class=FileResponse,
    responses={
        200: {
            "description": "The report.",
            "content": {
                "text/html": {"schema": {"type": "string"}},
                "application/pdf": {"schema": {"type": "string", "format": "binary"}},
            },
        },
        409: {"description": "It is not finished, or failed."},
    },
)
async def report_file(
    request: Request, who: Reporter, number: Number, ending: Format
) -> FileResponse:
    """Fetch a finished report."""
    job = _jobs(request).find(who, number)
    if job.state != "done":
        raise ProblemError(409, f"the report is not there: {job.detail or job.step}.")
    if ending not in job.files:
        raise ProblemError(404, f"the report was not asked for as {ending}.")
    file = job.files[ending]
    return FileResponse(
        file,
        media_type=_MEDIA[ending],
        filename=file.name,
        content_disposition_type="inline",
        headers={"Content-Security-Policy": _POLICY, "Cache-Control": "private, no-cache"},
    )


@router.delete("/{number}", status_code=204)
async def cancel_report(request: Request, who: Reporter, number: Number) -> None:
    """Stop a report that is being written, and delete it."""
    jobs = _jobs(request)
    await jobs.remove(jobs.find(who, number))


def _jobs(request: Request) -> Jobs:
    jobs: Jobs = request.app.state.jobs
    return jobs


def _told(job: Job) -> ReportJob:
    return ReportJob(
        id=job.id,
        kind=job.name.replace("driver_", "").replace("_", "-"),
        state=job.state,
        progress=job.progress,
        step=job.step,
        created=job.created,
        seconds=job.seconds,
        formats=list(job.formats),  # type: ignore[arg-type]  # they were checked when asked for
        detail=job.detail,
    )


def _parameters(
    asked: AutopsyReport | ComparisonReport | SeasonReport,
) -> tuple[str, dict[str, object], str]:
    """Name of the report, its checked parameters, and what its files are called."""
    if isinstance(asked, SeasonReport):
        codes = None if asked.drivers is None else ",".join(asked.drivers)
        season = check_season_parameters(year=asked.year, reference=asked.reference, drivers=codes)
        return "season_blame", season.to_dict(), _stem("season-blame", asked.year, asked.reference)
    weekend = {"year": asked.year, "event": asked.event}
    if isinstance(asked, ComparisonReport):
        pair = check_comparison_parameters(first=asked.first, second=asked.second, **weekend)
        stem = _stem("comparison", asked.year, asked.event, pair.first, pair.second)
        return "driver_comparison", pair.to_dict(), stem
    one = check_autopsy_parameters(driver=asked.driver, reference=asked.reference, **weekend)
    return "autopsy", one.to_dict(), _stem("autopsy", asked.year, asked.event, one.driver)


def _stem(*words: object) -> str:
    """Name of a report's files."""
    said = "-".join(str(word) for word in words if word is not None)
    return re.sub(r"[^\w]+", "-", said, flags=re.ASCII).strip("-")
