"""Whole sessions for TelemetryTraces: the laps of a driver one after the other.

Each lap is stretched to one length, so that the lines lie at whole laps for everybody; the time
difference is read off the session clock.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from f1lab.errors import NoData
from f1lab.widgets._traces_choice import facts
from f1lab.widgets._traces_data import Curves, Trace, channels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from numpy.typing import NDArray

    from f1lab.data.schema import Session
    from f1lab.widgets._traces_choice import Pick

    Floats = NDArray[np.float64]
    Channels = dict[str, NDArray[Any]]

__all__ = ["race_curves"]


class _Strung(NamedTuple):
    """All laps of a driver one after the other."""

    channels: Channels
    clock_s: Floats
    outline: Channels
    lap_m: float


def race_curves(session: Session, picks: Sequence[Pick]) -> Curves:
    """All laps of each driver on the distance of the session.

    Parameters
    ----------
    session : Session
        The session.
    picks : sequence of Pick
        Drivers as checked by ``choose``.

    Returns
    -------
    Curves
        A driver without car data says so instead.

    Raises
    ------
    NoData
        If the first of them has no car data.
    """
    first = _strung(session, picks[0].driver, None)
    laps = session.laps[session.laps["driver"].isin([pick.driver for pick in picks])]
    traces = [Trace(picks[0], facts(session, picks[0]), channels=first.channels)]
    for pick in picks[1:]:
        try:
            other = _strung(session, pick.driver, first.lap_m)
        except NoData as error:
            traces.append(Trace(pick, facts(session, pick), f"Not shown: {error}"))
            continue
        at = other.channels["at"]
        behind = other.clock_s - np.interp(at, first.channels["at"], first.clock_s)
        behind[(at < first.channels["at"][0]) | (at > first.channels["at"][-1])] = np.nan
        channels = other.channels | {"delta_at": at, "delta": behind}
        traces.append(Trace(pick, facts(session, pick), channels=channels))
    note = "Laps are stretched to one length each"
    if len(picks) > 1:
        note += f"; delta is the time behind {picks[0].driver} on the session clock, up is behind"
    return Curves(
        mode="race",
        lap_m=first.lap_m,
        length_m=first.lap_m * int(laps["lap"].max()),
        traces=tuple(traces),
        outline=first.outline,
        note=f"{note}.",
    )


def _strung(session: Session, driver: str, lap_m: float | None) -> _Strung:
    """Samples of all laps of a driver on one distance; a hole where a lap has none.

    ``lap_m`` is the length each lap is stretched to [m]; the median of the driver's if None.
    """
    frames, begin_s, missing = _all_laps(session, driver)
    if not frames:
        raise missing or NoData(f"{driver} completed no lap in {session.name}.")
    driven = {lap: float(np.ptp(frame["distance_m"])) for lap, frame in frames.items()}
    length = float(np.median(list(driven.values()))) if lap_m is None else lap_m
    pieces: list[Channels] = []
    clocks: list[Floats] = []
    before = None
    for lap, frame in frames.items():
        distance = frame["distance_m"].to_numpy()
        at = (lap - 1 + (distance - distance[0]) / driven[lap]) * length
        if before is not None and before != lap - 1:
            pieces.append(_hole(length * before))
            clocks.append(np.array([np.nan]))
        pieces.append(channels_of(frame, at))
        clocks.append(begin_s[lap] + frame["time_s"].to_numpy())
        before = lap
    channels = {name: np.concatenate([piece[name] for piece in pieces]) for name in pieces[0]}
    typical = frames[min(driven, key=lambda lap: abs(driven[lap] - length))]
    return _Strung(channels, np.concatenate(clocks), _outline(typical, length), length)


def _all_laps(
    session: Session, driver: str
) -> tuple[dict[int, pd.DataFrame], dict[int, float], NoData | None]:
    """Car data of every lap that has any, when each began, and why one has none."""
    own = session.laps[session.laps["driver"] == driver].sort_values("lap")
    frames: dict[int, pd.DataFrame] = {}
    missing = None
    for lap in own["lap"].astype(int):
        try:
            frame = session.telemetry(driver, lap)
        except NoData as error:
            missing = error
            continue
        if np.ptp(frame["distance_m"]) > 0:
            frames[lap] = frame
    begins = zip(own["lap"].astype(int), own["time_s"] - own["lap_time_s"], strict=True)
    return frames, dict(begins), missing


def _hole(at_m: float) -> Channels:
    """One sample without values."""
    nothing = {name: np.array([np.nan]) for name in ("speed", "throttle", "rpm")}
    off = {name: np.zeros(1, np.uint8) for name in ("brake", "gear", "drs")}
    return {"at": np.array([at_m]), **nothing, **off}


def _outline(frame: pd.DataFrame, length: float) -> Channels:
    """The circuit as one lap went round it; nothing without places."""
    if frame["x_m"].isna().all():
        return {}
    distance = frame["distance_m"].to_numpy()
    at = (distance - distance[0]) / np.ptp(distance) * length
    return {"at": at, "x": frame["x_m"].to_numpy(), "y": frame["y_m"].to_numpy()}
