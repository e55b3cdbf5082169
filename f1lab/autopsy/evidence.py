"""The laps and seconds each category was read from."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from f1lab.autopsy.blame import slot_share, traffic_causes
from f1lab.autopsy.timeline import neutral_phases
from f1lab.data.schema import COMPOUNDS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from f1lab.autopsy.blame import Blame
    from f1lab.autopsy.calls import StrategyCall
    from f1lab.autopsy.crew import PitSplit, StopSplit
    from f1lab.autopsy.decider import Decider
    from f1lab.autopsy.ideal import PlanRegret
    from f1lab.autopsy.ledger import Books, Ledger

    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["Evidence", "Pair", "evidence", "laps_text", "signed"]

#: Pieces smaller than this are left to the last line of a category [s].
_SMALL_S = 0.3
_MOST_LINES = 6
#: A lap is worth naming from this much [s].
_TOUCHED_S = 0.05


@dataclass(frozen=True)
class Evidence:
    """One reading: a sentence, the laps it was read from, the seconds it holds."""

    text: str
    laps: tuple[int, ...]
    seconds: float

    def to_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {"text": self.text, "laps": list(self.laps), "seconds": round(self.seconds, 3)}


@dataclass(frozen=True)
class Pair:
    """The driver, the reference and how many laps of them are compared.

    ``against`` is the reference as a person would say it; ``regret`` what the driver's plan cost
    against the best one, where that is known; ``decider`` how the order of the two came about;
    ``calls`` what the driver's pit wall decided, judged; ``split`` pit execution by crew and lane.
    """

    own: Ledger
    reference: Ledger
    n_laps: int
    against: str
    regret: PlanRegret | None
    decider: Decider | None
    calls: tuple[StrategyCall, ...]
    split: PitSplit


def signed(seconds: float) -> str:
    """Seconds with their sign, as they are printed: ``+1.2``, ``−0.4``."""
    return f"{round(seconds, 1) + 0.0:+.1f}".replace("-", "−")


def laps_text(laps: list[int] | tuple[int, ...]) -> str:
    """``[3, 4, 5, 9]`` as ``laps 3–5, 9``."""
    runs: list[list[int]] = []
    for lap in sorted(set(laps)):
        if runs and lap == runs[-1][1] + 1:
            runs[-1][1] = lap
        else:
            runs.append([lap, lap])
    words = ", ".join(f"{a}" if a == b else f"{a}–{b}" for a, b in runs)
    return f"lap {words}" if len(runs) == 1 and runs[0][0] == runs[0][1] else f"laps {words}"


def evidence(books: Books, pair: Pair, blame: Blame) -> dict[str, list[Evidence]]:
    """Evidence of every category; the seconds of a category's lines sum to it."""
    totals = {name: category.seconds for name, category in blame.categories.items()}
    pieces = {
        "qualifying": _qualifying(books, pair),
        "tyre_degradation": _tyres(books, pair),
        "pit_execution": _pits(books, pair),
        "strategy": _strategy(books, pair),
        "car_pace": _pace(pair),
        "incidents": _incidents(books, pair),
    }
    tidy = {name: _tidy(found, totals[name], pair) for name, found in pieces.items()}
    tidy["pit_execution"] += _crew_or_lane(pair)
    tidy["strategy"] += [*_decided(pair), *_called(pair), *_hindsight(pair)]
    for name in ("tyre_degradation", "car_pace"):
        tidy[name] += _together(blame)
    return tidy


def _tidy(found: list[Evidence], total: float, pair: Pair) -> list[Evidence]:
    """Biggest first, small pieces and the rest in one last line."""
    kept = sorted((e for e in found if abs(e.seconds) >= _SMALL_S), key=lambda e: -abs(e.seconds))
    kept = kept[:_MOST_LINES]
    rest = total - sum(e.seconds for e in kept)
    if abs(rest) >= 0.0005:  # noqa: PLR2004  (what the third decimal can show)
        text = f"Smaller differences to {pair.against}" if kept else "Nothing stands out"
        kept.append(Evidence(text, (), rest))
    return kept


def _line(ledger: Ledger, part: str, n: int) -> Floats:
    return ledger.seconds[part][:n]


def _sides(pair: Pair) -> list[tuple[Ledger, float, str]]:
    return [(pair.own, 1.0, ""), (pair.reference, -1.0, f"{pair.against}: ")]


def _where(values: Bools | Floats) -> tuple[int, ...]:
    return tuple(int(i) + 1 for i in np.flatnonzero(values))


def _qualifying(books: Books, pair: Pair) -> list[Evidence]:
    own = float(slot_share(books, pair.own)[0].sum())
    reference = float(slot_share(books, pair.reference)[0].sum())
    grid = books.grid.get(pair.own.driver, np.nan)
    found = []
    if np.isfinite(grid):
        text = f"Started P{grid:.0f}: the slot's share of lap 1 at {books.start_line.slot_s:.2f} s a slot"
        found.append(Evidence(text, (1,), own - reference))
    found += _traffic(books, pair, "qualifying", "Held up by cars that started ahead")
    return found


def _traffic(books: Books, pair: Pair, category: str, text: str) -> list[Evidence]:
    found = []
    for ledger, sign, who in _sides(pair):
        causes = traffic_causes(books, ledger)
        if not causes:
            continue
        seconds = _line(ledger, "traffic", pair.n_laps) * causes[category][: pair.n_laps]
        where = _where(np.abs(seconds) > _TOUCHED_S)
        if where:
            found.append(Evidence(f"{who}{text}, {laps_text(where)}", where, sign * seconds.sum()))
    return found


def _stints(books: Books, ledger: Ledger, n: int) -> list[tuple[str, NDArray[np.int64]]]:
    laps, rows = books.laps, ledger.rows[:n]
    change = np.flatnonzero(np.diff(laps.stint[rows])) + 1
    return [
        (COMPOUNDS[laps.compound[rows[part[0]]]].lower(), part)
        for part in np.split(np.arange(len(rows)), change)
        if len(part)
    ]


def _tyres(books: Books, pair: Pair) -> list[Evidence]:
    found = []
    for ledger, sign, who in _sides(pair):
        if ledger.driver == "ideal":
            continue
        excess = _line(ledger, "tyre_excess", pair.n_laps)
        for compound, part in _stints(books, ledger, pair.n_laps):
            seconds = float(excess[part].sum())
            more = "more" if seconds > 0 else "less"
            where = tuple(int(i) + 1 for i in part)
            text = f"{who}{compound}, {laps_text(where)}: wore {more} than the field"
            found.append(Evidence(text, where, sign * seconds))
    return found


def _pits(books: Books, pair: Pair) -> list[Evidence]:
    found = []
    norm = books.pit_norm.lane_s
    told = {(own.driver, own.lap): own for own in pair.split.stops}
    for ledger, sign, who in _sides(pair):
        for stop in books.stops:
            index = stop.out_row - int(ledger.rows[0])
            own = books.laps.drivers[stop.driver] == ledger.driver
            if not own or stop.out_row < 0 or index >= pair.n_laps or not stop.is_stop:
                continue
            seconds = float(ledger.seconds["pit_excess"][index])
            text = (
                f"{who}stop on lap {stop.lap}: {stop.lane_s:.1f} s in the pit lane, "
                f"normal {norm:.1f} s"
            )
            if stop.penalty is not None:
                text += f", {stop.penalty.seconds:.0f} s of it a penalty"
            if (ledger.driver, stop.lap) in told:
                text += _stood(told[ledger.driver, stop.lap], pair.split)
            found.append(Evidence(text, (stop.lap, stop.lap + 1), sign * seconds))
    return found


def _stood(stop: StopSplit, split: PitSplit) -> str:
    """How long the car stood, and what that makes of the stop; "" where it was not timed."""
    if stop.crew_s is None or stop.lane_s is None:
        return ""
    return (
        f"; stood {stop.stationary_s:.1f} s, normal {split.usual_stationary_s:.1f} s: "
        f"crew {signed(stop.crew_s)} s, lane {signed(stop.lane_s)} s"
    )


def _crew_or_lane(pair: Pair) -> list[Evidence]:
    """Pit execution by crew and lane, or why not; a remark, so it holds no seconds."""
    split = pair.split
    if not split.stops:
        return []
    if split.crew is None or split.lane is None:
        return [Evidence(f"Crew and lane are not told apart: {split.unknown}", (), 0.0)]
    crew, lane = (
        f"{signed(part.seconds)} s (90 % {signed(part.low_s)} to {signed(part.high_s)})"
        for part in (split.crew, split.lane)
    )
    return [Evidence(f"Of it the crew's {crew}, the rest of the pit lane {lane}", (), 0.0)]


def _strategy(books: Books, pair: Pair) -> list[Evidence]:
    n = pair.n_laps
    own_stops = _line(pair.own, "pit_normal", n).sum()
    their_stops = _line(pair.reference, "pit_normal", n).sum()
    loss = max(books.pit_norm.loss_s, 1e-9)
    count = [_count_stops(books, ledger, n) for ledger in (pair.own, pair.reference)]
    plans = f"{count[0]} stop{'s' * (count[0] != 1)} against {count[1]}"
    own_tyres = _line(pair.own, "tyre_normal", n).sum()
    their_tyres = _line(pair.reference, "tyre_normal", n).sum()
    found = [
        Evidence(f"{plans}, at {loss:.1f} s a stop", (), float(own_stops - their_stops)),
        Evidence(
            f"Compounds and tyre ages of the plan driven against those of {pair.against}",
            (),
            float(own_tyres - their_tyres),
        ),
    ]
    found += _traffic(books, pair, "strategy", "Held up by cars met through the stop")
    return found


def _together(blame: Blame) -> list[Evidence]:
    """Say how well pace and wear are told apart; a remark, so it holds no seconds."""
    both = blame.pace_and_tyres
    text = (
        "Over a stint a slower car and harder wear look alike: pace and tyres together are "
        f"{signed(both.seconds)} s (90 % {signed(both.low_s)} to {signed(both.high_s)})"
    )
    return [Evidence(text, (), 0.0)]


def _decided(pair: Pair) -> list[Evidence]:
    """How stops decided the order of the two; a remark, so it holds no seconds."""
    if pair.decider is None or pair.decider.how not in {"stops", "fresher_tyres"}:
        return []
    return [Evidence(pair.decider.text, pair.decider.laps, 0.0)]


def _called(pair: Pair) -> list[Evidence]:
    """The pit wall's calls; remarks, so they hold no seconds."""
    return [Evidence(f"Call: {call.text}", (call.lap,), 0.0) for call in pair.calls]


def _hindsight(pair: Pair) -> list[Evidence]:
    """What the best plan would have been; a remark, so it holds no seconds."""
    if pair.regret is None or pair.regret.seconds < 0:
        return []
    text = (
        f"In hindsight and free air the best plan was {pair.regret.best}; "
        f"the one driven, {pair.regret.driven}, costs "
        f"{signed(pair.regret.seconds)} s against it "
        f"(90 % {signed(pair.regret.low_s)} to {signed(pair.regret.high_s)})"
    )
    return [Evidence(text, (), 0.0)]


def _count_stops(books: Books, ledger: Ledger, n: int) -> int:
    """Stops a plan made by itself, damage and penalties apart."""
    booked = np.flatnonzero(_line(ledger, "pit_normal", n))
    if ledger.driver not in books.laps.drivers:
        return len(booked)
    out = [s.out_row - int(ledger.rows[0]) for s in books.stops if s.out_row >= 0]
    driver = [books.laps.drivers[s.driver] for s in books.stops if s.out_row >= 0]
    return sum(d == ledger.driver and row in booked for d, row in zip(driver, out, strict=True))


def _pace(pair: Pair) -> list[Evidence]:
    pace = _line(pair.own, "pace", pair.n_laps)
    theirs = _line(pair.reference, "pace", pair.n_laps)
    where = _where(pace != 0)
    if not where:
        return []
    seconds = float(pace.sum() - theirs.sum())
    per_lap = float(
        pace.sum() / max((pace != 0).sum(), 1) - theirs.sum() / max((theirs != 0).sum(), 1)
    )
    slower = "slower" if per_lap > 0 else "quicker"
    text = (
        f"{abs(per_lap):.2f} s a lap {slower}, corrected for fuel, tyres and traffic, "
        f"over {len(where)} laps not neutralised"
    )
    return [Evidence(text, where, seconds)]


def _incidents(books: Books, pair: Pair) -> list[Evidence]:
    n = pair.n_laps
    found = _start_evidence(books, pair)
    neutral = _line(pair.own, "neutralisation", n) - _line(pair.reference, "neutralisation", n)
    over = _flown(books, pair, n)
    found += [
        Evidence(f"{name}, {laps_text(where)}", where, float(neutral[np.array(where) - 1].sum()))
        for name, where in _runs(over)
    ]
    yellow = _where(np.array([not name for name in over]) & (np.abs(neutral) > _TOUCHED_S))
    if yellow:
        seconds = float(neutral[np.array(yellow) - 1].sum())
        found.append(Evidence(f"Yellow flags, {laps_text(yellow)}", yellow, seconds))
    for ledger, sign, who in _sides(pair):
        found += _mistakes(books, ledger, sign, who, n)
    found += _traffic(
        books, pair, "incidents", "Held up by cars that started behind, or lapping and lapped"
    )
    return found


def _flown(books: Books, pair: Pair, n: int) -> list[str]:
    """What neutralised each lap of either driver, "" for nothing."""
    over = [""] * n
    for ledger in (pair.reference, pair.own):
        for name, first, last in neutral_phases(books, ledger.rows):
            over[first - 1 : min(last, n)] = [name] * (min(last, n) - first + 1)
    return over[:n]


def _runs(names: list[str]) -> list[tuple[str, tuple[int, ...]]]:
    """Runs of laps under the same name."""
    numbered = groupby(enumerate(names, start=1), key=lambda item: item[1])
    return [(name, tuple(lap for lap, _ in run)) for name, run in numbered if name]


def _start_evidence(books: Books, pair: Pair) -> list[Evidence]:
    own = float(pair.own.seconds["start"].sum() - slot_share(books, pair.own)[0].sum())
    theirs = float(
        pair.reference.seconds["start"].sum() - slot_share(books, pair.reference)[0].sum()
    )
    level = books.start_line.level_s
    out = []
    for seconds, sign, who in ((own, 1.0, ""), (theirs, -1.0, f"{pair.against}: ")):
        if seconds == 0.0:
            continue
        word = "lost" if seconds > level else "won"
        text = f"{who}start and lap 1: {word} {abs(seconds - level):.1f} s against the grid slot"
        out.append(Evidence(text, (1,), sign * (seconds - level)))
    return out


def _mistakes(books: Books, ledger: Ledger, sign: float, who: str, n: int) -> list[Evidence]:
    out = []
    seconds = _line(ledger, "incident", n)
    served = {stop.out_row: stop.penalty for stop in books.stops if stop.penalty is not None}
    for i in np.flatnonzero(seconds > _SMALL_S):
        lap = int(i) + 1
        penalty = served.get(int(ledger.rows[i])) if ledger.driver != "ideal" else None
        what = "time lost off the pace"
        if penalty is not None:
            what = f"{penalty.kind.replace('_', ' ')} penalty served"
        out.append(Evidence(f"{who}lap {lap}: {what}", (lap,), sign * float(seconds[i])))
    return out
