"""The pit wall's calls, judged on what was known when they were made.

A call is a stop, or staying out while a safety car is on. Each is put to the engine twice: in
the race as it stood then (laps driven so far, rivals that answer, flags and rain only as
chances), and in the race as it came (real pace, flags and stops of the others). Worse than the
best alternative in the first is a *wrong call*; only in the second, and worse than what really
came of it, *bad luck*.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from f1lab.autopsy.timeline import neutral_phases
from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS, DataIssue
from f1lab.engine.field import from_weekend
from f1lab.errors import F1LabError
from f1lab.racemodel.laps import FLAGS
from f1lab.strategy.free_air import SHORTEST_STINT_LAPS, FreeAir
from f1lab.strategy.judge import Calls, Judge, calls_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from f1lab.autopsy.ledger import Books
    from f1lab.data.schema import Weekend
    from f1lab.engine.inputs import RaceField
    from f1lab.strategy.free_air import OnTrack
    from f1lab.strategy.judge import Paired

__all__ = ["StrategyCall", "strategy_calls"]

_GREEN, _VSC, _SC, _RED = (FLAGS.index(name) for name in ("green", "vsc", "sc", "red"))
#: Races the best alternative is chosen on, and races it is then compared on.
_N_CHOOSE, _N_JUDGE = 150, 400
#: Tyre orders of the programme looked through for the best plan of each next compound.
_ORDERS = 40
#: A call is worth a word from so many places.
_MATERIAL_PLACES = 0.5
#: And only when the alternative ends higher in so many more races than lower [share].
_MOSTLY = 0.5
#: A stop more forced than this was no call [share].
_RATHER_FORCED = 0.5
#: A stop so soon after a collision looks after the car [laps].
_AFTER_A_COLLISION_LAPS = 2
_NAMES = {_VSC: "virtual safety car", _SC: "safety car"}


@dataclass(frozen=True)
class StrategyCall:
    """One call and what it was worth, in expected places; positive means lost.

    Attributes
    ----------
    lap : int
        The lap at whose end the car stopped, or could have.
    flag : str
        ``green``, ``virtual safety car`` or ``safety car``.
    did, best : str
        The call made and the best alternative on what was known.
    regret_places, low_places, high_places : float
        What the call cost against that alternative on what was known, and the 90 % interval of
        that mean.
    better_share : float
        Share of the races in which the alternative ended higher [-].
    hindsight_best, hindsight_places, … : the same against the best alternative in the race as
        it came.
    gained_places : float
        What that alternative would have gained on the place that really came of it, at most.
    judgement : str
        ``wrong call``, ``bad luck`` or ``right call``.
    """

    lap: int
    flag: str
    did: str
    best: str
    regret_places: float
    low_places: float
    high_places: float
    better_share: float
    hindsight_best: str
    hindsight_places: float
    hindsight_low_places: float
    hindsight_high_places: float
    hindsight_better_share: float
    gained_places: float
    judgement: str

    def to_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return dict(self.__dict__)

    @property
    def text(self) -> str:
        """The call in one sentence without its full stop."""
        where = f"lap {self.lap}" + ("" if self.flag == "green" else f" under the {self.flag}")
        said = f"{self.did} on {where}: {self.judgement}"
        if self.judgement == "right call":
            return said
        if self.judgement == "wrong call":
            return (
                f"{said}, on what was known then {self.best} ended higher in "
                f"{100 * self.better_share:.0f} % of the races, by {self.regret_places:.1f} places on average"
            )
        return (
            f"{said}, {self.hindsight_best} would have gained {self.gained_places:.1f} places, "
            "which nobody could know then"
        )


@dataclass(frozen=True)
class _Moment:
    """When a call was made: the driver's lap, its flag, the leader's last lap, the new set."""

    lap: int
    flag: int
    leader_lap: int
    compound: int | None


def strategy_calls(
    weekend: Weekend, books: Books, driver: str
) -> tuple[list[StrategyCall], list[DataIssue]]:
    """Judge every call of a driver's pit wall.

    Parameters
    ----------
    weekend : Weekend
    books : Books
        Of the report.
    driver : str

    Returns
    -------
    calls : list of StrategyCall
        In order of laps. Stops for damage, in red flags and in the first laps are no calls, and
        calls in the rain are not judged: nobody wrote down what the drivers saw of it.
    issues : list of DataIssue
        Why calls could not be judged, if so.
    """
    moments = _moments(books, driver)
    if not moments:
        return [], []
    unnamed = _laps_on_an_unknown_set(books, driver)
    if len(unnamed):
        return [], [_unjudged(driver, moments, f"nobody named the tyres of lap {unnamed[0]}.")]
    try:
        hindsight = from_weekend(weekend, "hindsight", model=books.model)
        fields = [_as_known(_Identity(weekend), moment.leader_lap) for moment in moments]
    except F1LabError as error:
        return [], [_unjudged(driver, moments, str(error))]
    driven = _driven(books, driver)
    finish = float(books.laps.position[books.laps.rows(driver)[-1]])
    judged = [
        _judge(field, driver, moment, hindsight, (driven, finish))
        for field, moment in zip(fields, moments, strict=True)
    ]
    return [call for call in judged if call is not None], []


def _unjudged(driver: str, moments: list[_Moment], reason: str) -> DataIssue:
    action = f"The pit wall's calls are not judged: {reason}"
    return DataIssue("calls_not_judged", driver, len(moments), action)


def _laps_on_an_unknown_set(books: Books, driver: str) -> NDArray[np.int64]:
    rows = books.laps.rows(driver)
    unknown = books.laps.compound[rows] == COMPOUNDS.index("UNKNOWN")
    return np.asarray(books.laps.lap[rows[unknown]])


def _driven(books: Books, driver: str) -> Calls:
    """The plan driven, without stops for damage and those in the last laps, made for nothing."""
    laps, rows = books.laps, books.laps.rows(driver)
    change = np.flatnonzero(np.diff(laps.stint[rows])) + 1
    stops = [(int(laps.lap[rows[i]]) - 1, int(laps.compound[rows[i]])) for i in change]
    last = laps.distance_laps - SHORTEST_STINT_LAPS
    forced = _forced(books, driver)
    kept = tuple(s for s in stops if s[0] <= last and s[0] not in forced)
    first = int(laps.compound[rows[0]])
    # stops that the rule of two compounds hangs on stay in, whatever they were made for
    driven = Calls(first, kept)
    return driven if _lawful(driven) else Calls(first, tuple(stops))


def _lawful(calls: Calls) -> bool:
    """Whether a plan may be driven to the flag: two dry compounds, or a rain tyre."""
    return len(set(calls.order)) > 1 or max(calls.order) >= len(DRY_COMPOUNDS)


def _forced(books: Books, driver: str) -> set[int]:
    """Laps of stops that damage called for: slow ones, and those right after a collision."""
    me = books.laps.drivers.index(driver)
    messages = books.weekend.race.messages
    hit = messages[
        messages["message"].str.contains(f"({driver})", regex=False)
        & messages["message"].str.contains("COLLISION", regex=False)
    ]["lap"]
    return {
        stop.lap
        for stop in books.stops
        if stop.driver == me
        and (
            books.forced_share(stop)[0] > _RATHER_FORCED
            or bool(((hit >= stop.lap - _AFTER_A_COLLISION_LAPS) & (hit <= stop.lap + 1)).any())
        )
    }


def _moments(books: Books, driver: str) -> list[_Moment]:
    """Stops that were a choice, and neutralisations stayed out through."""
    laps, rows = books.laps, books.laps.rows(driver)
    me = laps.drivers.index(driver)
    n = len(rows)
    called: dict[int, int | None] = {}
    forced = _forced(books, driver)
    for stop in books.stops:
        if stop.driver != me or not stop.is_stop or stop.out_row < 0 or laps.red[stop.in_row]:
            continue
        if stop.lap not in forced:
            called[stop.lap] = int(laps.compound[stop.out_row])
    for name, first, last in neutral_phases(books, rows):
        if name != "Red flag" and not any(first <= lap <= last for lap in called):
            called[first] = None
    leader_s = _leader_clock(books)
    out = []
    for lap, compound in sorted(called.items()):
        flag = int(laps.flag[rows[lap - 1]])
        before_s = laps.time_s[rows[lap - 2]] if lap > 1 else -np.inf
        leader_lap = max(int(np.searchsorted(leader_s, before_s, side="right")), lap - 1)
        wet = laps.wet[rows[lap - 1 : lap + 1]].any()
        if not wet and lap > 1 and lap < min(n, laps.distance_laps) and leader_lap < len(leader_s):
            out.append(_Moment(lap, flag if flag in _NAMES else _GREEN, leader_lap, compound))
    return out


def _leader_clock(books: Books) -> NDArray[np.float64]:
    """Session clock at the end of each leader's lap [s]."""
    laps = books.laps
    clock = np.full(int(laps.lap.max()), np.inf)
    np.minimum.at(clock, laps.lap - 1, laps.time_s)
    return clock


@lru_cache(maxsize=4)
def _as_known(weekend: _Identity, leader_lap: int) -> RaceField:
    return from_weekend(weekend.weekend, leader_lap)


@dataclass(frozen=True, eq=False)
class _Identity:
    """A weekend as a key: frames cannot be hashed."""

    weekend: Weekend

    def __hash__(self) -> int:
        return id(self.weekend)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and other.weekend is self.weekend


def _judge(
    field: RaceField,
    driver: str,
    moment: _Moment,
    hindsight: RaceField,
    real: tuple[Calls, float],
) -> StrategyCall | None:
    """Put one call to the engine; None when it was no choice. ``real``: plan driven, last place."""
    driven, finish = real
    if driver not in field.drivers or driver not in hindsight.drivers:
        return None
    car = field.drivers.index(driver)
    if not field.state.running[car] or int(field.state.done[car]) != moment.lap - 1:
        return None
    if moment.flag != _GREEN and field.state.flag == _GREEN:
        # it came out on this very lap: everybody knows that, nobody for how long
        field = replace(field, state=replace(field.state, flag=moment.flag, flag_laps_left=-1))
    known = _options(FreeAir.of(field, driver), None, moment)
    own = moment.compound
    if own not in known or len(known) < 2:  # noqa: PLR2004  (a choice has two sides)
        return None
    best, regret = _regret(Judge(field, driver, "position"), known, own)
    later = _options(FreeAir.of(hindsight, driver), driven, moment)
    if _lawful(driven):
        later[own] = driven
    if own not in later or len(later) < 2:  # noqa: PLR2004  (the race as it came left no choice)
        return None
    after, came = _regret(Judge(hindsight, driver, "position", reacts=False), later, own)
    return StrategyCall(
        lap=moment.lap,
        flag=_NAMES.get(moment.flag, "green"),
        did=_said(own, past=True),
        best=_said(best, past=False),
        regret_places=regret.paired.mean,
        low_places=regret.paired.low,
        high_places=regret.paired.high,
        better_share=regret.better_share,
        hindsight_best=_said(after, past=False),
        hindsight_places=came.paired.mean,
        hindsight_low_places=came.paired.low,
        hindsight_high_places=came.paired.high,
        hindsight_better_share=came.better_share,
        gained_places=min(came.paired.mean, finish - came.place),
        judgement=_judgement(regret, came, finish),
    )


def _judgement(known: _Regret, came: _Regret, finish: float) -> str:
    """Wrong when it was made, or unlucky: the alternative then also beats the place that came."""
    if known.material:
        return "wrong call"
    if came.material and finish - came.place >= _MATERIAL_PLACES:
        return "bad luck"
    return "right call"


def _said(compound: int | None, *, past: bool) -> str:
    if compound is None:
        return "stayed out" if past else "staying out"
    return f"{'stopped' if past else 'stopping'} for {COMPOUNDS[compound]}"


def _options(air: FreeAir, driven: Calls | None, moment: _Moment) -> dict[int | None, Calls]:
    """Best plan by the set fitted at the end of the lap (None: stay out)."""
    here, lap = air.on_track, moment.lap
    start, made = (0, ()) if driven is None else (driven.start, driven.stops)
    made = tuple(stop for stop in made if stop[0] < lap)
    if driven is not None:
        here = air.after(start, made, lap - 1)
    numbers = np.arange(1, air.n_laps + 1)
    found: dict[int | None, Calls] = {}
    for schedule in _first_of_each(air, here, numbers != lap):
        found.setdefault(schedule.stops[0][1], Calls(start, made + schedule.stops))
    for schedule in _first_of_each(air, here, numbers == lap):
        found.setdefault(None, Calls(start, made + schedule.stops))
    return found


def _first_of_each(
    air: FreeAir, here: OnTrack | None, no_stop: NDArray[np.bool_]
) -> Iterator[Calls]:
    done = 0 if here is None else here.lap
    for schedule in islice(air.programme(here, no_stop=no_stop).best(), _ORDERS):
        yield calls_of(schedule, done)


@dataclass(frozen=True)
class _Regret:
    """A call against its best alternative: places, how often that one ended higher or lower, its mean place at the flag."""

    paired: Paired
    better_share: float
    worse_share: float
    place: float

    @property
    def material(self) -> bool:
        return (
            self.paired.low > 0
            and self.paired.mean >= _MATERIAL_PLACES
            and self.better_share - self.worse_share >= _MOSTLY
        )


def _regret(
    judge: Judge, options: dict[int | None, Calls], own: int | None
) -> tuple[int | None, _Regret]:
    """The best alternative, chosen on some races, and what the call cost against it on others."""
    chosen = min(
        (name for name in options if name != own),
        key=lambda name: -judge.value(judge.run(options[name], _N_CHOOSE, 0)),
    )
    mine, other = (judge.run(options[name], _N_JUDGE, 1) for name in (own, chosen))
    better, worse = other.position < mine.position, other.position > mine.position
    return chosen, _Regret(
        judge.regret(mine, other),
        float(better.mean()),
        float(worse.mean()),
        float(other.position[~other.retired].mean()) if not other.retired.all() else np.inf,
    )
