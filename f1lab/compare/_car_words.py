"""A comparison of two cars as sentences and as tables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from f1lab.compare._text import clear, columns, quicker, spoken_list

if TYPE_CHECKING:
    from f1lab.calc.estimate import Estimate, Result
    from f1lab.compare._car_delta import LapDelta
    from f1lab.compare._car_profile import CarProfile
    from f1lab.compare.car_comparison import CarComparison
    from f1lab.compare.traces import DrivenLap

__all__ = ["findings", "lap_facts", "tables", "title"]

_WHERE = {
    "straight": "on the straights",
    "slow": "in slow corners",
    "medium": "in medium corners",
    "fast": "in fast corners",
}
#: Less than this is not worth a word [s].
_WORTH_A_WORD_S = 0.02
_MOST_CORNERS = 3
#: So many pairs tell more of a corner than the two fastest laps do.
_MANY_PAIRS = 8
_MINUTE_S = 60


def title(found: CarComparison) -> str:
    """Whose cars, and where."""
    where = found.session if found.event is None else f"{found.event}, {found.session}"
    return f"Cars of {found.a} and {found.b}, {found.year} {where}"


def lap_facts(lap: DrivenLap) -> str:
    """Lap, time and tyres: ``"lap 19, 1:15.096, soft, 2 laps old"``."""
    minutes, seconds = divmod(round(lap.lap_time_s, 3), _MINUTE_S)
    age = f", {lap.tyre_age_laps:.0f} laps old" if np.isfinite(lap.tyre_age_laps) else ""
    return f"lap {lap.lap}, {minutes:.0f}:{seconds:06.3f}, {lap.compound.lower()}{age}"


def findings(found: CarComparison) -> tuple[str, ...]:
    """What the numbers say: the gap, where it is, what makes it. Nothing that may be chance."""
    told, many = [], False
    if found.delta is not None:
        n = len(found.delta.laps)
        many = n >= _MANY_PAIRS
        what = f"{_in(found)}, over {n} pairs of laps in like circumstances,"
        told.append(quicker(found.a, found.b, found.delta.lap_s, what))
        told += _where(found, found.delta, "Over these laps")
        told += _corners(found, found.delta) if many else []
    if found.fastest is not None:
        told.append(_fastest_sentence(found))
        if found.fastest_alike:
            told += _where(found, found.fastest, "On these two laps")
            told += [] if many else _corners(found, found.fastest)
    told += _properties(found)
    unclear = [name for name, (own, *_) in _differences(found).items() if not clear(own)]
    if unclear:
        told.append(f"Not to be told apart: {spoken_list(unclear)}.")
    return tuple(told)


def _in(found: CarComparison) -> str:
    """``"In qualifying"``, ``"In the race"``."""
    name = found.session.lower()
    return f"In {name}" if name == "qualifying" else f"In the {name}"


def _fastest_sentence(found: CarComparison) -> str:
    gap = found.fastest.lap_s.value if found.fastest else 0.0
    first, second = (found.a, found.b) if gap <= 0 else (found.b, found.a)
    facts = " against ".join(found.fastest_facts)
    unlike = "" if found.fastest_alike else " Their tyres differ, so this is not the cars' alone."
    return f"Fastest laps: {first} was {abs(gap):.3f} s quicker than {second} ({facts}).{unlike}"


def _where(found: CarComparison, delta: LapDelta, when: str) -> list[str]:
    """Kinds of road on which one gains for sure, and those that cannot be told."""
    if not delta.parts:
        return []
    parts = sorted(delta.parts, key=lambda part: -abs(part.delta_s.value))
    sure = [part for part in parts if clear(part.delta_s)]
    sure = [part for part in sure if abs(part.delta_s.value) >= _WORTH_A_WORD_S]
    rest = [_WHERE[part.kind] for part in parts if not clear(part.delta_s)]
    told = []
    for driver, sign in ((found.a, -1), (found.b, 1)):
        won = [
            f"{abs(part.delta_s.value):.2f} s {_WHERE[part.kind]}"
            for part in sure
            if part.delta_s.value * sign > 0
        ]
        told += [f"{driver} gains {spoken_list(won)}"] if won else []
    if not told:
        return [f"{when} no kind of road can be told to favour either."]
    told += [f"not separable {spoken_list(rest)}"] if rest else []
    return [f"{when} {'; '.join(told)}."]


def _corners(found: CarComparison, delta: LapDelta) -> list[str]:
    """The corners that made most of the gap."""
    if delta.corners is None:
        return []
    named = zip(delta.corners.corners, delta.corners.delta_s, delta.corners.clear, strict=True)
    sure = [(label, part) for label, part, sure in named if sure]
    sure = sorted(sure, key=lambda corner: -abs(corner[1].value))[:_MOST_CORNERS]
    if not sure:
        return ["No single corner made a difference beyond chance."]
    told = [f"T{label} {part.value:+.2f} s" for label, part in sure]
    return [f"The corners that tell most (for {found.a}, minus is gained): {', '.join(told)}."]


def _differences(found: CarComparison) -> dict[str, tuple[Estimate, str, str, int]]:
    """Differences there are: name to estimate, what the greater one does, unit and digits."""
    has = found.difference
    told = {
        f"acceleration at {pull.speed_kmh:.0f} km/h": (
            pull.delta_ms2,
            f"accelerates harder at {pull.speed_kmh:.0f} km/h",
            "m/s²",
            2,
        )
        for pull in has.pulls
    }
    clips = "clips longer (full throttle and no more speed, a proxy for the battery)"
    others = {
        "top speed": (has.top_speed_kmh, "is quicker at the speed trap, without a tow,", "km/h", 1),
        "slow-corner speed": (
            _of(has.grip, "apex_kmh"),
            "is quicker at the apex of slow corners",
            "km/h",
            1,
        ),
        "fast-corner speed": (
            has.fast_corners_kmh,
            "is quicker at the apex of fast corners",
            "km/h",
            1,
        ),
        "clipping": (has.ers_s_per_lap, clips, "s a lap", 1),
        "tyre wear": (has.wear_s_per_lap, "wears its tyres more", "s a lap of age", 3),
    }
    known = {
        name: (own, does, unit, digits)
        for name, (own, does, unit, digits) in others.items()
        if own is not None
    }
    return told | known


def _properties(found: CarComparison) -> list[str]:
    """One sentence for each property that tells the cars apart."""
    told = []
    for own, does, unit, digits in _differences(found).values():
        if clear(own):
            more, less = (found.a, found.b) if own.value > 0 else (found.b, found.a)
            low, high = sorted((abs(own.low), abs(own.high)))
            told.append(
                f"The car of {more} {does} than that of {less}, by {abs(own.value):.{digits}f} "
                f"{unit} (90 %: {low:.{digits}f} to {high:.{digits}f})."
            )
    return told


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


def _views(found: CarComparison) -> list[tuple[str, LapDelta]]:
    views = [("like laps", found.delta), ("fastest laps", found.fastest)]
    return [(name, delta) for name, delta in views if delta is not None]


def _parts_table(found: CarComparison) -> list[dict[str, Any]]:
    rows = []
    for name, delta in _views(found):
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
        for name, delta in _views(found)
        for k, sector in enumerate(delta.sectors_s, start=1)
    ]


def _corners_table(found: CarComparison) -> list[dict[str, Any]]:
    """One row a corner: time on the fastest laps and over like laps, speeds at the apex."""
    rows: dict[str, dict[str, Any]] = {}
    for name, delta in reversed(_views(found)):
        if delta.corners is None:
            continue
        for label, part in zip(delta.corners.corners, delta.corners.delta_s, strict=True):
            row = rows.setdefault(label, {"corner": f"T{label}"})
            row |= columns(name.replace(" ", "_"), part, "s")
    for apex in found.apexes:
        row = rows.setdefault(apex.corner, {"corner": f"T{apex.corner}"})
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
        ("effective power (leans on drag)", "W/kg", _of(has.power, "power_w_per_kg")),
        (
            "speed by power at the end of the longest straight",
            "km/h",
            _of(has.power, "speed_gain_kmh"),
        ),
        ("the same by power and drag", "km/h", _of(has.power, "with_drag_kmh")),
        ("effective drag ½·rho·CdA/m", "1/m", _of(has.drag, "drag_1_m")),
        ("cost of drag on the straights", "s/lap", _of(has.drag, "cost_s_per_lap")),
        *(
            (f"acceleration at {pull.speed_kmh:.0f} km/h", "m/s²", pull.delta_ms2)
            for pull in has.pulls
        ),
        ("apex speed in slow corners", "km/h", _of(has.grip, "apex_kmh")),
        ("grip in slow corners, ratio", "-", _of(has.grip, "grip_ratio")),
        ("cost of slow corners", "s/lap", _of(has.grip, "cost_s_per_lap")),
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


def _of(owner: Result | None, name: str) -> Estimate | None:
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
            **columns("clipped", _of(car.ers, "clipped_s_per_lap"), "s_per_lap"),
            **columns("kerbs", _of(car.kerbs, "speed_kept_pct"), "pct"),
            **columns("flexibility", _of(car.flexibility, "score"), "0_to_1"),
            **columns("wear_over_field", car.wear_s_per_lap, "s_per_lap"),
            **columns("retires", _of(car.reliability, "p_retire"), "0_to_1"),
        }
        for car in found.profiles
    ]
