"""Single laps for TelemetryTraces, each aligned with the first and with its own samples."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.calc.align import LapsDoNotAlign, align
from f1lab.calc.corners import edges_m, segments
from f1lab.compare.traces import corners_of, driven_lap
from f1lab.errors import NoData
from f1lab.widgets._traces_choice import clock_text, facts, row_of
from f1lab.widgets._traces_data import Curves, Trace, channels_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.calc.align import AlignedLaps, LapTrace
    from f1lab.calc.corners import Corner
    from f1lab.data.schema import Session
    from f1lab.widgets._traces_choice import Pick

__all__ = ["lap_curves"]


def lap_curves(session: Session, picks: Sequence[Pick]) -> Curves:
    """Laps on the distance of the first.

    Parameters
    ----------
    session : Session
        The session.
    picks : sequence of Pick
        Laps as checked by ``choose``.

    Returns
    -------
    Curves
        A lap that cannot be aligned with the first, or has no car data, says so instead.

    Raises
    ------
    NoData
        If the first of them has no car data.
    """
    lap = driven_lap(session, picks[0].driver, picks[0].lap or 0)
    frame, reference = lap.frame, lap.trace
    driven = (frame["distance_m"] - frame["distance_m"].iloc[0]).to_numpy()
    first = replace(_named(session, picks[0]), channels=channels_of(frame, driven))
    traces, aligned = [first], []
    for pick in picks[1:]:
        trace, pair = _compared(session, pick, reference)
        traces.append(trace)
        aligned += [pair] if pair else []
    corners = corners_of(session, lap)
    outline = {"at": driven, "x": frame["x_m"].to_numpy(), "y": frame["y_m"].to_numpy()}
    return Curves(
        mode="laps",
        lap_m=reference.driven_m,
        length_m=reference.driven_m,
        traces=tuple(traces),
        outline={} if frame["x_m"].isna().all() else outline,
        corners=corners,
        parts=_parts(corners, reference, aligned),
        note=_lap_note(session, picks[0], compared=len(picks) > 1),
    )


def _compared(
    session: Session, pick: Pick, reference: LapTrace
) -> tuple[Trace, AlignedLaps | None]:
    """One more lap, aligned with the first; or the reason why it is not."""
    trace = _named(session, pick)
    try:
        lap = driven_lap(session, pick.driver, pick.lap or 0)
        pair = align(reference, lap.trace)
    except LapsDoNotAlign as error:
        return replace(trace, problem=f"Not compared: {error}"), None
    except NoData as error:
        return replace(trace, problem=f"Not shown: {error}"), None
    channels = channels_of(lap.frame, pair.other_at_m)
    channels |= {"delta_at": pair.distance_m, "delta": pair.delta_s}
    return replace(trace, channels=channels), pair


def _named(session: Session, pick: Pick) -> Trace:
    """Name, tyres and time of a lap, without its samples."""
    seconds = float(row_of(session, pick)["lap_time_s"])
    return Trace(pick, facts(session, pick), lap_time=clock_text(seconds))


def _parts(
    corners: tuple[Corner, ...], reference: LapTrace, aligned: Sequence[AlignedLaps]
) -> tuple[dict[str, Any], ...]:
    """Corners and straights with the speeds of each lap there, and what was lost."""
    tiles = segments(corners, reference.driven_m)
    edges = edges_m(tiles)
    lost = [pair.lost_s(edges) for pair in aligned]
    grid = np.linspace(0.0, reference.driven_m, round(reference.driven_m) + 1)
    speeds = [np.interp(grid, reference.distance_m - reference.distance_m[0], reference.speed_kmh)]
    speeds += [np.interp(grid, pair.distance_m, pair.other_speed_kmh) for pair in aligned]
    found = []
    for i, tile in enumerate(tiles):
        inside = (grid >= tile.begin_m) & (grid <= tile.end_m)
        pick = np.max if tile.kind == "straight" else np.min
        cells = [
            {
                "speed_kmh": round(float(pick(speed[inside])), 1) if inside.any() else None,
                "lost_s": round(float(lost[k - 1][i]), 4) if k else None,
            }
            for k, speed in enumerate(speeds)
        ]
        found.append({**tile.to_dict(), "cells": cells})
    return tuple(found)


def _lap_note(session: Session, first: Pick, *, compared: bool) -> str:
    delta = (
        f"Delta: time behind {first.label} at the same place, up is time lost. " if compared else ""
    )
    numbered = (
        ""
        if session.corners() is not None
        else "Corners c1, c2 … are numbered as found in the trace."
    )
    return (delta + numbered).strip()
