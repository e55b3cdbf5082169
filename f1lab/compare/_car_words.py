"""A comparison of two cars as sentences.

What laps show is what a driver made of a car; nothing in them tells the two apart, and the
sentences say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from f1lab.calc.corners import corner_name
from f1lab.compare._car_tables import part_of, views
from f1lab.compare._text import clear, quicker, spoken_list
from f1lab.compare.traces import numbered_as_found

if TYPE_CHECKING:
    from f1lab.calc.estimate import Estimate
    from f1lab.compare._car_delta import LapDelta
    from f1lab.compare.car_comparison import CarComparison
    from f1lab.compare.traces import DrivenLap

__all__ = ["findings", "lap_facts", "title"]

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
        told += _how_read(found, found.delta)
        told += _where(found, found.delta, "Over these laps")
        told += _corners(found, found.delta) if many else []
    if found.fastest is not None:
        told.append(_fastest_sentence(found))
        if found.fastest_alike:
            told += _where(found, found.fastest, "On these two laps")
            told += [] if many else _corners(found, found.fastest)
    told += _properties(found)
    told += _battery(found)
    unclear = [name for name, (own, *_) in _differences(found).items() if not clear(own)]
    if unclear:
        told.append(f"Not to be told apart: {spoken_list(unclear)}.")
    return (*told, _whose(found), *_numbering(found))


def _in(found: CarComparison) -> str:
    """``"In qualifying"``, ``"In the race"``."""
    name = found.session.lower()
    return f"In {name}" if name == "qualifying" else f"In the {name}"


def _how_read(found: CarComparison, delta: LapDelta) -> list[str]:
    """How the figure relates to the laps as timed, and to the race pace of two drivers."""
    if "fuel and tyre correction" in found.refusals:
        read = "It is as timed, not corrected for fuel and tyres"
    elif found.session.lower() != "race":
        return []
    else:
        timed = delta.lap_s.value + delta.taken_off_s
        read = (
            f"Fuel, track and tyre age are taken off ({delta.taken_off_s:+.2f} s; as timed "
            f"{found.a} {timed:+.2f} s)"
        )
    laps = [lap for pair in delta.laps for lap in pair]
    told = (
        f"{read}. It is of laps {min(laps)} to {max(laps)}, paired and in clean air; the race pace "
        "of a driver comparison is read from all racing laps of both by the lap-time model, so the "
        "two may differ."
    )
    return [told]


def _whose(found: CarComparison) -> str:
    """Whose differences these are: nothing in a lap tells the car from its driver."""
    one, other = (profile.team for profile in found.profiles)
    if one == other:
        return (
            f"Both drove a {one}: what differs is the drivers, their set-ups and their laps, "
            "not the make of car."
        )
    return "Laps do not tell a car from its driver: every difference is of the two together."


def _numbering(found: CarComparison) -> list[str]:
    """That corners are not numbered as the circuit does, and where they are."""
    seen = next((view for _, view in views(found) if view.corners is not None), None)
    if seen is None or seen.corners is None:
        return []
    return numbered_as_found(seen.corners.corners, seen.corners_m)


def _fastest_sentence(found: CarComparison) -> str:
    gap = found.fastest.lap_s.value if found.fastest else 0.0
    first, second = (found.a, found.b) if gap <= 0 else (found.b, found.a)
    facts = " against ".join(found.fastest_facts)
    unlike = "" if found.fastest_alike else " Their tyres differ and are in it."
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
    told = [f"{corner_name(label)} {part.value:+.2f} s" for label, part in sure]
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
    clips = "clips longer (full throttle and no more speed)"
    others = {
        "top speed": (has.top_speed_kmh, "is quicker at the speed trap, without a tow,", "km/h", 1),
        "slow-corner speed": (
            part_of(has.grip, "apex_kmh"),
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
        "tyre wear": (has.wear_s_per_lap, "wears the tyres more", "s a lap of age", 3),
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
            more, less = _names(found) if own.value > 0 else _names(found)[::-1]
            low, high = sorted((abs(own.low), abs(own.high)))
            told.append(
                f"{more} {does} than {less}, by {abs(own.value):.{digits}f} "
                f"{unit} (90 %: {low:.{digits}f} to {high:.{digits}f})."
            )
    return told


def _names(found: CarComparison) -> tuple[str, str]:
    """Drivers, with their cars where these are not of one make."""
    one, other = found.profiles
    if one.team == other.team:
        return found.a, found.b
    return f"{found.a} ({one.team})", f"{found.b} ({other.team})"


def _battery(found: CarComparison) -> list[str]:
    """What clipping can mean, and how long either lifts before the brakes."""
    clips, (one, other) = found.difference.ers_s_per_lap, found.profiles
    if clips is None or not clear(clips) or one.ers is None or other.ers is None:
        return []
    lifts = [profile.ers.coasted_s_per_lap.value for profile in (one, other) if profile.ers]
    told = (
        "Clipping may be the battery, or what the driver saves of it. Lifting before the brakes "
        f"hides some ({found.a} {lifts[0]:.1f} s a lap, {found.b} {lifts[1]:.1f} s), too little "
        "to turn this round."
    )
    return [told]
