"""Which laps a run was driven on."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from f1lab.data.schema import Weekend

__all__ = ["race_fingerprint"]


def race_fingerprint(weekend: Weekend) -> str:
    """Short fingerprint of the laps of a race: other data, another fingerprint.

    Parameters
    ----------
    weekend : Weekend

    Returns
    -------
    str
        16 hexadecimal digits.
    """
    frame = weekend.race.laps.sort_values(["driver", "lap"], kind="stable")
    text = "\n".join(
        f"{driver},{lap},{time_s:.3f},{compound},{stint},{age:.0f}"
        for driver, lap, time_s, compound, stint, age in zip(
            frame["driver"],
            frame["lap"],
            frame["time_s"],
            frame["compound"],
            frame["stint"],
            frame["tyre_age_laps"],
            strict=True,
        )
    )
    head = f"{weekend.year} {weekend.round} {weekend.event} {weekend.race.start_s:.3f}\n"
    return hashlib.sha256((head + text).encode()).hexdigest()[:16]
