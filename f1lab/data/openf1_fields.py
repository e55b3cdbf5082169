"""What OpenF1's endpoints give: the fields used here, checked row by row, as a plain frame.

OpenF1 promises no version of its answers. A field that is gone, or holds something else than it
did, is named in the error; nothing of such an answer is kept. Fields nobody asked for are left
alone. Moments become seconds since 1970, what is ``null`` NaN or ``""``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from f1lab.data.refusals import NotServed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ENDPOINTS", "frame_of"]

Kind = Literal["key", "number", "moment", "text", "truth", "any"]


@dataclass(frozen=True)
class _Field:
    """A field of an endpoint, and names it had before; `wanted`: an answer lacks none."""

    name: str
    kind: Kind
    before: tuple[str, ...] = ()
    wanted: bool = True


def _fields(**kinds: Kind) -> tuple[_Field, ...]:
    return tuple(_Field(name, kind) for name, kind in kinds.items())


_CAR = _fields(driver_number="key")

#: Fields of each endpoint. A key is a whole number and never missing; the rest may be null.
ENDPOINTS: dict[str, tuple[_Field, ...]] = {
    "meetings": (
        *_fields(meeting_key="key", meeting_name="text", meeting_official_name="text"),
        *_fields(location="text", country_name="text", date_start="moment"),
        _Field("is_cancelled", "truth", wanted=False),
    ),
    "sessions": (
        *_fields(meeting_key="key", session_key="key", session_name="text", date_start="moment"),
        _Field("is_cancelled", "truth", wanted=False),
    ),
    "drivers": (
        *_CAR,
        *_fields(name_acronym="text", full_name="text", team_name="text", team_colour="text"),
        _Field("first_name", "text", wanted=False),
        _Field("last_name", "text", wanted=False),
    ),
    "laps": (
        *_CAR,
        *_fields(lap_number="key", date_start="moment", lap_duration="number"),
        *_fields(duration_sector_1="number", duration_sector_2="number"),
        *_fields(duration_sector_3="number", i1_speed="number", i2_speed="number"),
        *_fields(st_speed="number", is_pit_out_lap="truth"),
    ),
    "stints": (
        *_CAR,
        *_fields(stint_number="key", lap_start="number", lap_end="number", compound="text"),
        *_fields(tyre_age_at_start="number"),
    ),
    "pit": (
        *_CAR,
        *_fields(lap_number="number", date="moment"),
        _Field("lane_duration", "number", before=("pit_duration", "pit_lane_time")),
        _Field("stop_duration", "number", before=("pit_stop_time",), wanted=False),
    ),
    "position": (*_CAR, *_fields(date="moment", position="number")),
    "intervals": (*_CAR, *_fields(date="moment", gap_to_leader="any", interval="any")),
    "weather": (
        *_fields(date="moment", air_temperature="number", track_temperature="number"),
        *_fields(humidity="number", pressure="number", rainfall="number"),
        *_fields(wind_speed="number", wind_direction="number"),
    ),
    "race_control": (
        *_fields(date="moment", lap_number="number", category="text", message="text"),
        *_fields(flag="text", scope="text", sector="number", driver_number="number"),
    ),
    "session_result": (
        *_CAR,
        *_fields(position="number", number_of_laps="number", dnf="truth", dns="truth"),
        *_fields(dsq="truth", duration="any", gap_to_leader="any"),
        _Field("points", "number", wanted=False),
    ),
    "starting_grid": (*_CAR, *_fields(position="number")),
    "overtakes": (
        *_fields(overtaking_driver_number="key", overtaken_driver_number="key"),
        *_fields(date="moment", position="number"),
    ),
    "car_data": (
        *_CAR,
        *_fields(date="moment", speed="number", rpm="number", n_gear="number"),
        *_fields(throttle="number", brake="number", drs="number"),
    ),
    "location": (*_CAR, *_fields(date="moment", x="number", y="number")),
}


def frame_of(endpoint: str, rows: Sequence[dict[str, Any]]) -> pd.DataFrame:
    """Check the rows of an answer and return them as a frame.

    Parameters
    ----------
    endpoint : str
        One of :data:`ENDPOINTS`.
    rows : sequence of dict
        As :meth:`f1lab.data.openf1_client.OpenF1Client.rows` gives them.

    Returns
    -------
    pandas.DataFrame
        One column for each field. Numbers are floats, keys whole numbers, moments seconds since
        1970; of a gap, ``"+1 LAP"`` stays what it is.

    Raises
    ------
    NotServed
        If a field is missing or holds something else; names endpoint and field.

    Examples
    --------
    >>> frame_of("starting_grid", [{"driver_number": 44, "position": 1, "lap_duration": 76.7}])
       driver_number  position
    0             44       1.0
    """
    columns = {}
    for field in ENDPOINTS[endpoint]:
        values = _values(endpoint, field, rows)
        columns[field.name] = _typed(endpoint, field, values)
    return pd.DataFrame(columns)


def _values(endpoint: str, field: _Field, rows: Sequence[dict[str, Any]]) -> list[Any]:
    """One field of all rows, under the first of its names that they have."""
    names = (field.name, *field.before)
    name = next((name for name in names if rows and name in rows[0]), field.name)
    missing = sum(name not in row for row in rows)
    if missing and field.wanted:
        had = "" if not field.before else f" (once {', '.join(field.before)})"
        raise NotServed(
            f"OpenF1's {endpoint} changed: field {field.name}{had} is missing in {missing} of "
            f"{len(rows)} rows."
        )
    return [row.get(name) for row in rows]


def _typed(endpoint: str, field: _Field, values: list[Any]) -> Any:  # noqa: ANN401
    """A column of the kind a field has."""
    expected, fits, made = _KINDS[field.kind]
    try:
        if all(map(fits, values)):
            return made(values)
    except ValueError:  # text that is no date
        odd = next(value for value in values if not _is_moment(value))
    else:
        odd = next(value for value in values if not fits(value))
    raise NotServed(
        f"OpenF1's {endpoint} changed: field {field.name} holds {odd!r:.60}, where {expected} is "
        "expected."
    )


def _moments(values: list[Any]) -> Any:  # noqa: ANN401
    """Dates as seconds since 1970, NaN for null; ValueError when one is no date."""
    dates = pd.to_datetime(pd.Series(values, dtype=object), utc=True, format="ISO8601")
    since: pd.Series = (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1)
    return since.to_numpy(dtype=float)


def _is_moment(value: str | None) -> bool:
    try:
        _moments([value])
    except ValueError:
        return False
    return True


#: What a kind of field is expected to hold, whether a value fits, and the column made of them.
_KINDS: dict[str, tuple[str, Callable[[Any], bool], Callable[[list[Any]], Any]]] = {
    "key": (
        "a whole number",
        lambda value: type(value) is int,
        lambda values: np.array(values, dtype=np.int64),
    ),
    "number": (
        "a number",
        lambda value: value is None or isinstance(value, int | float),
        lambda values: np.array([np.nan if v is None else v for v in values], dtype=float),
    ),
    "moment": ("a date", lambda value: value is None or isinstance(value, str), _moments),
    "text": (
        "text",
        lambda value: value is None or isinstance(value, str),
        lambda values: np.array([v or "" for v in values], dtype=object),
    ),
    "truth": (
        "true or false",
        lambda value: value is None or isinstance(value, bool),
        lambda values: np.array([bool(v) for v in values], dtype=bool),
    ),
    "any": (
        "anything",
        lambda _: True,
        lambda values: np.fromiter(values, dtype=object, count=len(values)),
    ),
}
