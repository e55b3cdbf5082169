"""A comparison of two cars as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from f1lab.calc.corners import corner_name
from f1lab.compare._text import columns

if TYPE_CHECKING:
    from f1lab.calc.estimate import Estimate, Result
    from f1lab.compare._car_delta import LapDelta
    from f1lab.compare._car_profile import CarProfile
    from f1lab.compare.car_comparison import CarComparison

__all__ = ["part_of", "tables", "views"]


def tables(found: CarComparison) -> dict[str, pd.DataFrame]:
    """Where the time is, corner by corner, sectors, and the properties of the cars."""
    told = {
        "Where the time is": _parts_table(found),
        "Sector by sector": _sectors_table(found),
        "Corner by corner": _corners_table(found),
        "What tells the cars apart": _difference_table(found),
        "Each car": _profile_table(found),
        "Tyres in the race, the field": _tyre_table(found),
    }
    return {name: pd.DataFrame(rows) for name, rows in told.items() if rows}


def views(found: CarComparison) -> list[tuple[str, LapDelta]]:
    """Like laps and the two fastest, as far as there are any."""
    views = [("like laps", found.delta), ("fastest laps", found.fastest)]
    return [(name, delta) for name, delta in views if delta is not None]


def _parts_table(found: CarComparison) -> list[dict[str, Any]]:
    rows = []
    for name, delta in views(found):
        head = {"laps": name, "pairs": len(delta.laps)}
        rows.append({**head, "part": "lap", **columns("delta", delta.lap_s, "s")})
        rows += [
            {
                **head,
                "part": part.kind,
                **columns("delta", part.delta_s, "s"),
                "length_m": part.length_m,
                "corners": " ".join(part.corners),
            }
            for part in delta.parts
        ]
    return rows


def _sectors_table(found: CarComparison) -> list[dict[str, Any]]:
    return [
        {"laps": name, "sector": k, **columns("delta", sector, "s")}
        for name, delta in views(found)
        for k, sector in enumerate(delta.sectors_s, start=1)
    ]


def _corners_table(found: CarComparison) -> list[dict[str, Any]]:
    """One row a corner: time on the fastest laps and over like laps, speeds at the apex."""
    rows: dict[str, dict[str, Any]] = {}
    for name, delta in reversed(views(found)):
        if delta.corners is None:
            continue
        named = zip(delta.corners.corners, delta.corners_m, delta.corners.delta_s, strict=True)
        for label, at_m, part in named:
            row = rows.setdefault(label, {"corner": corner_name(label), "apex_m": at_m})
            row |= columns(name.replace(" ", "_"), part, "s")
    for apex in found.apexes:
        row = rows.setdefault(apex.corner, {"corner": corner_name(apex.corner)})
        row |= {
            "kind": apex.kind,
            "apex_m": apex.apex_m,
            f"{found.a}_apex_kmh": apex.a_kmh,
            f"{found.b}_apex_kmh": apex.b_kmh,
            **columns("apex_delta", apex.delta_kmh, "kmh"),
        }
    return list(rows.values())


def _difference_table(found: CarComparison) -> list[dict[str, Any]]:
    has = found.difference
    told: list[tuple[str, str, Estimate | None]] = [
        ("effective power (leans on drag)", "W/kg", part_of(has.power, "power_w_per_kg")),
        (
            "speed by power at the end of the longest straight",
            "km/h",
            part_of(has.power, "speed_gain_kmh"),
        ),
        ("the same by power and drag", "km/h", part_of(has.power, "with_drag_kmh")),
        ("effective drag ½·rho·CdA/m", "1/m", part_of(has.drag, "drag_1_m")),
        ("cost of drag on the straights", "s/lap", part_of(has.drag, "cost_s_per_lap")),
        *(
            (f"acceleration at {pull.speed_kmh:.0f} km/h", "m/s²", pull.delta_ms2)
            for pull in has.pulls
        ),
        ("apex speed in slow corners", "km/h", part_of(has.grip, "apex_kmh")),
        ("grip in slow corners, ratio", "-", part_of(has.grip, "grip_ratio")),
        ("cost of slow corners", "s/lap", part_of(has.grip, "cost_s_per_lap")),
        ("apex speed in fast corners", "km/h", has.fast_corners_kmh),
        ("speed at the trap", "km/h", has.top_speed_kmh),
        ("clipping", "s/lap", has.ers_s_per_lap),
        ("wear", "s per lap of age", has.wear_s_per_lap),
    ]
    return [
        {"property": what, "unit": unit, "a_minus_b": own.value, "low": own.low, "high": own.high}
        for what, unit, own in told
        if own is not None
    ]


def _tyre_table(found: CarComparison) -> list[dict[str, Any]]:
    if found.degradation is None:
        return []
    return [
        {
            "compound": curve.compound,
            **columns("wear", curve.slope_s_per_lap, "s_per_lap"),
            "laps": curve.n_laps,
            "oldest_age_laps": float(curve.age_laps[-1]),
        }
        for curve in found.degradation.curves
    ]


def part_of(owner: Result | None, name: str) -> Estimate | None:
    """An estimate of an answer, None without the answer."""
    return None if owner is None else getattr(owner, name)


def _top_kmh(car: CarProfile) -> Estimate | None:
    """Top speed without a tow where there is one."""
    top = car.top_speed
    if top is None:
        return None
    kinds = (top.clean, top.clean_drs, top.towed, top.towed_drs)
    return next((kind.kmh for kind in kinds if kind is not None), None)


def _profile_table(found: CarComparison) -> list[dict[str, Any]]:
    return [
        {
            "driver": car.driver,
            "team": car.team,
            "laps": len(car.laps),
            **columns("power", car.power_w_per_kg, "w_per_kg"),
            **columns("drag", car.drag_1_m, "1_m"),
            **columns("drag_open", car.drag_open_1_m, "1_m"),
            **columns("top_speed", _top_kmh(car), "kmh"),
            **columns("clipped", part_of(car.ers, "clipped_s_per_lap"), "s_per_lap"),
            **columns("kerbs", part_of(car.kerbs, "speed_kept_pct"), "pct"),
            **columns("flexibility", part_of(car.flexibility, "score"), "0_to_1"),
            **columns("wear_over_field", car.wear_s_per_lap, "s_per_lap"),
            **columns("retires", part_of(car.reliability, "p_retire"), "0_to_1"),
        }
        for car in found.profiles
    ]
