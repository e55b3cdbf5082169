"""Charts: as plotly JSON, PNG or SVG, whichever the client accepts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.requests import Request
from starlette.responses import Response

from f1lab import compare, figures
from f1lab.api.accept import preferred
from f1lab.api.answers import CACHED, Document, answer
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
from f1lab.api.problems import ProblemError
from f1lab.autopsy.season import season_blame
from f1lab.dashboards.races import season_at_hand
from f1lab.errors import ReportError

if TYPE_CHECKING:
    import plotly.graph_objects as go

router = APIRouter(prefix="/visualizations", tags=["visualizations"])

PLOTLY = "application/vnd.plotly.v1+json"
#: In the order in which one is chosen when a client takes all of them.
_FORMS = ("application/json", PLOTLY, "image/png", "image/svg+xml")
_RETRY = {"Retry-After": "10"}
_PICTURES = {"image/png": "png", "image/svg+xml": "svg"}
_FIGURE = {
    "type": "object",
    "description": "A plotly figure: what Plotly.newPlot takes.",
    "required": ["data", "layout"],
    "properties": {
        "data": {"type": "array", "items": {"type": "object"}},
        "layout": {"type": "object"},
    },
}
_CHART: dict[str, Any] = {
    "response_class": Response,
    "responses": {
        200: {
            "description": "The chart, in the form that is accepted; JSON when any is.",
            "content": {
                "application/json": {"schema": _FIGURE},
                PLOTLY: {"schema": _FIGURE},
                "image/png": {"schema": {"type": "string", "format": "binary"}},
                "image/svg+xml": {"schema": {"type": "string"}},
            },
        },
        406: {"description": "None of the forms there are is accepted."},
        501: {"description": "Pictures need Chromium, and this server has none."},
        **CACHED,
    },
}

Laps = Annotated[
    list[Annotated[str, Query(pattern=r"^[A-Za-z]{3}(:[0-9]{1,3})?$")]],
    Query(
        description="A driver, for his fastest lap, or driver and lap, such as UUR:12.",
        min_length=1,
        max_length=6,
        examples=[["UUR", "WEX"]],
    ),
]
Drivers = Annotated[
    list[Annotated[str, Query(pattern=r"^[A-Za-z]{3}$")]],
    Query(description="Three-letter codes; the first six when left out.", max_length=20),
]


class Size(BaseModel):
    """Size of a picture; a chart as JSON has none."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)

    width: int = Field(default=900, ge=200, le=2400)
    """Width of a picture [px]."""
    height: int | None = Field(default=None, ge=200, le=2400)
    """Height of a picture [px]; the chart's own when left out."""
    scale: float = Field(default=2.0, ge=0.5, le=4)
    """Dots for each px of a PNG."""


Picture = Annotated[Size, Query()]


@router.get("/speed-trace/{year}/{event}", **_CHART)
async def speed_trace(
    request: Request, year: Year, event: Event, lap: Laps, size: Picture, session: Kind = None
) -> Response:
    """Speed of two to six laps over the distance, and the time lost to the first."""
    args = ("speed_trace", year, event, _laps(lap), session)
    return await _chart(request, size, car_data, *args, year=year, event=event)


@router.get("/throttle-brake/{year}/{event}", **_CHART)
async def throttle_brake(
    request: Request, year: Year, event: Event, lap: Laps, size: Picture, session: Kind = None
) -> Response:
    """Throttle of one to six laps over the distance, and where each of them brakes."""
    args = ("pedals", year, event, _laps(lap), session)
    return await _chart(request, size, car_data, *args, year=year, event=event)


@router.get("/gear-usage/{year}/{event}", **_CHART)
async def gear_usage(
    request: Request, year: Year, event: Event, lap: Laps, size: Picture, session: Kind = None
) -> Response:
    """Share of the lap spent in each gear."""
    args = ("gear_usage", year, event, _laps(lap), session)
    return await _chart(request, size, car_data, *args, year=year, event=event)


@router.get("/lap-distribution/{year}/{event}", **_CHART)
async def lap_distribution(
    request: Request,
    year: Year,
    event: Event,
    size: Picture,
    driver: Drivers = [],  # noqa: B006  (never changed)
    by: Annotated[Literal["driver", "stint"], Query(description="One column for each.")] = "driver",
    corrected: Annotated[bool, Query(description="Take off fuel, tyres, track, traffic.")] = False,  # noqa: FBT002
) -> Response:
    """How the clean laps of some drivers are spread."""
    args = (year, event, tuple(code.upper() for code in driver), by, corrected)
    return await _chart(request, size, distribution, *args, year=year, event=event)


@router.get("/sector-comparison/{year}/{event}", **_CHART)
async def sector_comparison(
    request: Request,
    year: Year,
    event: Event,
    a: First,
    b: Second,
    size: Picture,
    of: Annotated[
        Literal["drivers", "cars"], Query(description="By their laps, or by telemetry.")
    ] = "drivers",
) -> Response:
    """Time lost in each sector."""
    args = (year, event, a.upper(), b.upper(), of)
    return await _chart(request, size, sectors, *args, year=year, event=event)


@router.get("/tyre-degradation/{year}/{event}", **_CHART)
async def tyre_degradation(request: Request, year: Year, event: Event, size: Picture) -> Response:
    """Seconds lost by the age of each compound, with the 90 % band."""
    return await _chart(request, size, degradation, year, event, year=year, event=event)


@router.get("/performance-radar/{year}/{event}", **_CHART)
async def performance_radar(
    request: Request, year: Year, event: Event, a: First, b: Second, size: Picture
) -> Response:
    """Profiles of two drivers; outside is better."""
    args = (year, event, a.upper(), b.upper())
    return await _chart(request, size, profiles, *args, year=year, event=event)


@router.get("/heatmap/{year}/{event}", **_CHART)
async def race_heatmap(request: Request, year: Year, event: Event, size: Picture) -> Response:
    """Seconds by cause of every driver of a race."""
    return await _chart(request, size, heatmap, year, event, year=year, event=event)


@router.get("/heatmap/{year}", **_CHART)
async def season_heatmap(
    request: Request,
    year: Season,
    size: Picture,
    rows: Annotated[
        Literal["drivers", "races"], Query(description="One row for each.")
    ] = "drivers",
    total: Annotated[bool, Query(description="Sum instead of the median of a race.")] = False,  # noqa: FBT002
    driver: Annotated[
        str | None, Query(description="Whose races; the median of all.", pattern=r"^[A-Za-z]{3}$")
    ] = None,
) -> Response:
    """Seconds by cause over the races of a season that are at hand."""
    args = (year, rows, total, None if driver is None else driver.upper())
    return await _chart(request, size, whole_season, *args, year=year)


def car_data(
    form: str, size: Size, name: str, year: int | str, event: str,
    laps: tuple[str | tuple[str, int], ...], session: str | None,
) -> Document:  # fmt: skip
    """In the worker: a chart of :mod:`f1lab.figures` that is drawn from telemetry."""
    weekend = load_with_car_data(year, event, session)
    draw = getattr(figures, name)
    return _drawn(draw(weekend, list(laps), session=session), form, size)


def distribution(
    form: str, size: Size, year: int | str, event: str,
    drivers: tuple[str, ...], by: str, corrected: bool,  # noqa: FBT001
) -> Document:  # fmt: skip
    """In the worker: :func:`f1lab.figures.lap_distribution`."""
    weekend = load_weekend(year, event)
    chosen = drivers or None
    chart = figures.lap_distribution(weekend, chosen, by=by, corrected=corrected)
    return _drawn(chart, form, size)


def sectors(
    form: str, size: Size, year: int | str, event: str, a: str, b: str, of: str
) -> Document:
    """In the worker: :func:`f1lab.figures.sectors`."""
    weekend = load_weekend(year, event)
    ask = compare.cars if of == "cars" else compare.drivers
    return _drawn(figures.sectors(ask(weekend, a, b)), form, size)


def degradation(form: str, size: Size, year: int | str, event: str) -> Document:
    """In the worker: :func:`f1lab.figures.tyre_degradation`."""
    return _drawn(figures.tyre_degradation(load_weekend(year, event)), form, size)


def profiles(form: str, size: Size, year: int | str, event: str, a: str, b: str) -> Document:
    """In the worker: :func:`f1lab.figures.radar`."""
    return _drawn(figures.radar(compare.drivers(load_weekend(year, event), a, b)), form, size)


def heatmap(form: str, size: Size, year: int | str, event: str) -> Document:
    """In the worker: :func:`f1lab.figures.blame_heatmap` of one race."""
    season = season_blame([load_weekend(year, event)])
    return _drawn(figures.blame_heatmap(season), form, size)


def whole_season(
    form: str,
    size: Size,
    year: int,
    rows: str,
    total: bool,  # noqa: FBT001  (as asked)
    driver: str | None,
) -> Document:
    """In the worker: :func:`f1lab.figures.blame_heatmap` of the races at hand."""
    season = season_blame(season_at_hand(year))
    return _drawn(figures.blame_heatmap(season, rows, total=total, driver=driver), form, size)


async def _chart(
    request: Request,
    size: Size,
    draw: Any,  # noqa: ANN401  (one of the functions above, each with arguments of its own)
    *args: object,
    year: int | str,
    event: str = "all",
) -> Response:
    """Answer with a chart in the form that is accepted; its size matters to pictures only."""
    form = preferred(request.headers.get("Accept"), _FORMS)
    size = size if form in _PICTURES else Size()
    return await answer(request, draw, form, size, *args, year=year, event=event)


def _laps(asked: list[str]) -> tuple[str | tuple[str, int], ...]:
    """``UUR:12`` as driver and lap."""
    pairs = [lap.upper().partition(":") for lap in asked]
    return tuple((code, int(lap)) if lap else code for code, _, lap in pairs)


def _drawn(chart: go.Figure, form: str, size: Size) -> Document:
    """The chart in the form wanted."""
    if form not in _PICTURES:
        return Document(chart.to_json().encode(), form)
    try:
        picture = figures.to_image(
            chart, _PICTURES[form], width=size.width, height=size.height, scale=size.scale
        )
    except figures.NoBrowser as error:
        raise ProblemError(501, str(error), "no-browser") from error
    except ReportError as error:
        raise ProblemError(503, str(error), "browser-failed", _RETRY) from error
    return Document(picture, form)
