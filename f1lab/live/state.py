"""What a follower of a race sees at a moment, and what it would advise."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any, ClassVar

import pandas as pd

from f1lab.data.frames import RACE_KINDS

__all__ = [
    "CallOption",
    "LiveAdvice",
    "LiveMessage",
    "LiveOdds",
    "LiveRow",
    "LiveState",
    "LiveWear",
    "LiveWeather",
    "gap_text",
    "where_text",
]

_STATUS = {"stopped": ", stopped", "over": ", over"}
_FLAGS = {
    "yellow": "yellow flags",
    "sc": "safety car",
    "vsc": "virtual safety car",
    "red": "red flag",
}


@dataclass(frozen=True)
class LiveRow:
    """A car as timing shows it now.

    ``gap_leader_s`` and ``gap_ahead_s`` are what timing last said [s], None for the leader and
    for cars that are ``laps_down``; ``laps`` are completed ones, ``tyre_age_laps`` those on the
    set. ``out`` is a car that stopped for good.
    """

    position: int
    driver: str
    team: str
    laps: int
    gap_leader_s: float | None
    gap_ahead_s: float | None
    laps_down: int
    compound: str
    tyre_age_laps: int | None
    stops: int
    last_lap_s: float | None
    best_lap_s: float | None
    in_pit: bool
    out: bool


@dataclass(frozen=True)
class LiveWear:
    """What a compound loses with every lap it gets older, with its 90 % range [s].

    ``laps`` is how many have been driven on it in this race: after few of them the figure is what
    other races here have shown. None where the laps driven get no slower with age, which fuel and
    a track that gets faster can hide: how much it wears is not known then.
    """

    compound: str
    per_lap_s: float | None
    low_s: float | None
    high_s: float | None
    laps: int


@dataclass(frozen=True)
class LiveOdds:
    """Chances of a driver from here, and the mean place; ``points`` is a place that scores."""

    driver: str
    win: float
    podium: float
    points: float
    position: float


@dataclass(frozen=True)
class LiveWeather:
    """Air and track temperature [°C], and whether it rains; None where nothing was said."""

    air_temp_c: float | None
    track_temp_c: float | None
    rain: bool | None


@dataclass(frozen=True)
class LiveMessage:
    """A message of race control; ``clock_s`` counts from the start [s]."""

    clock_s: float
    lap: int | None
    text: str


@dataclass(frozen=True)
class CallOption:
    """A call for the end of this lap and what the best plan behind it comes to.

    ``call`` is ``"stay"`` or the compound boxed for. ``regret`` is against the best call on the
    same races, in the unit of the advice, with its 90 % range.
    """

    call: str
    plan: str
    win: float
    podium: float
    points: float
    position: float
    regret: float
    regret_low: float
    regret_high: float


@dataclass(frozen=True)
class LiveAdvice:
    """What the pit wall of one car should do at the end of lap ``box_lap``.

    ``call`` is ``box``, ``stay``, or ``level`` when the two cannot be told apart. Under a red
    flag ``box`` is to change tyres before the race goes on, and ``box_lap`` the lap done. ``on_safety_car``
    is the same for a safety car that comes out now; None when one is out, or no stop could
    follow. ``window`` is first, best and last lap of the next stop of the plan, None without one.
    """

    driver: str
    lap: int
    box_lap: int
    call: str
    compound: str | None
    sentence: str
    unit: str
    races: int
    options: tuple[CallOption, ...]
    plan: str
    window: tuple[int, int, int] | None
    on_safety_car: str | None
    safety_car_gain: float | None
    safety_car_gain_low: float | None
    safety_car_gain_high: float | None


@dataclass(frozen=True, repr=False)
class LiveState:
    """A session as it is known at a moment.

    Attributes
    ----------
    year, event, session, session_kind
        What is followed; the kind is ``R``, ``S`` (sprint), ``Q`` …
    status : str
        ``waiting``, ``running``, ``stopped`` (red flag) or ``over``.
    lap, n_laps : int, int or None
        Laps the leader has completed, and the distance if it is known.
    planned_lap : int or None
        Leader's lap after which wear, odds and advice were worked out.
    flag : str
        green, yellow, sc, vsc or red.
    clock_s : float
        Time since the start [s]; before it since the recorder was switched on.
    tower : tuple of LiveRow
        In order.
    wear : tuple of LiveWear
    odds : tuple of LiveOdds
    advice : LiveAdvice or None
    weather : LiveWeather
    messages : tuple of LiveMessage
    notes : tuple of str
        What is missing or was lost, and why there is no advice.
    silent_s : float
        For how long nothing had come [s].
    seconds : dict of str to float
        What reading, fitting and planning took for ``planned_lap`` [s]; no part of what is
        compared.
    """

    year: int
    event: str
    session: str
    session_kind: str
    status: str
    lap: int
    n_laps: int | None
    planned_lap: int | None
    flag: str
    clock_s: float
    tower: tuple[LiveRow, ...]
    wear: tuple[LiveWear, ...]
    odds: tuple[LiveOdds, ...]
    advice: LiveAdvice | None
    weather: LiveWeather
    messages: tuple[LiveMessage, ...]
    notes: tuple[str, ...]
    silent_s: float = 0.0
    seconds: dict[str, float] | None = field(default=None, compare=False)

    kind: ClassVar[str] = "live"

    @property
    def title(self) -> str:
        """What is followed, and how far it is."""
        if self.status == "waiting":
            moment = "before the start"
        elif self.session_kind not in RACE_KINDS:
            moment = "over" if self.status == "over" else "under way"
        else:
            of = "" if self.n_laps is None else f" of {self.n_laps}"
            moment = f"lap {self.lap}{of}" + _STATUS.get(self.status, "")
        flag = "" if self.flag == "green" else f", {_FLAGS[self.flag]}"
        return f"{self.year} {self.event}, {self.session}: {moment}{flag}"

    @property
    def findings(self) -> tuple[str, ...]:
        """The advice, the weather, what race control said last, and the notes."""
        advice = () if self.advice is None else (self.advice.sentence,)
        return (*advice, *self._weather(), *self._last_message(), *self.notes)

    @property
    def refusals(self) -> dict[str, str]:
        """Nothing: what cannot be told is among the notes."""
        return {}

    @property
    def asked(self) -> dict[str, Any]:
        """Season, event, session and lap."""
        return {
            "year": self.year,
            "event": self.event,
            "session": self.session_kind,
            "at_lap": f"lap {self.lap}",
        }

    @property
    def sources(self) -> tuple[str, ...]:
        """A live-timing recording."""
        return ("livetiming",)

    def tables(self) -> dict[str, pd.DataFrame]:
        """Tables by title: the tower, the calls, wear; those with nothing in them are left out."""
        found = {"Tower": self._tower(), **self._calls()}
        wear = pd.DataFrame([asdict(one) for one in self.wear])
        if len(wear):
            wear.columns = pd.Index(["compound", "loss_s", "loss_low_s", "loss_high_s", "laps"])
        found["Wear for every lap of age"] = wear
        return {title: frame for title, frame in found.items() if len(frame)}

    def __repr__(self) -> str:
        """Session, lap, leader, and the call."""
        of = "" if self.n_laps is None else f" of {self.n_laps}"
        leader = f", {self.tower[0].driver} leads" if self.tower else ""
        call = "" if self.advice is None else f", {self.advice.driver}: {self.advice.call}"
        return (
            f"LiveState({self.year} {self.event} {self.session}, lap {self.lap}{of}, "
            f"{self.flag}{leader}{call})"
        )

    def row(self, driver: str) -> LiveRow:
        """Row of a driver; KeyError when he does not take part."""
        for row in self.tower:
            if row.driver == driver:
                return row
        raise KeyError(driver)

    def to_frame(self) -> pd.DataFrame:
        """The tower, one row a car, with the chances where they are known."""
        frame = pd.DataFrame([asdict(row) for row in self.tower])
        odds = pd.DataFrame([asdict(one) for one in self.odds])
        if len(frame) and len(odds):
            odds = odds.rename(columns={"position": "expected_position"})
            frame = frame.merge(odds, on="driver", how="left")
        return frame

    def to_dict(self) -> dict[str, Any]:
        """Everything, ready for JSON."""
        return asdict(self)

    def _repr_html_(self) -> str:
        from f1lab.export import html_fragment  # noqa: PLC0415  (a higher floor, only to show)

        return html_fragment(self)

    def _tower(self) -> pd.DataFrame:
        raced = self.session_kind in RACE_KINDS
        odds = {one.driver: one for one in self.odds}
        rows = []
        for row in self.tower:
            told: dict[str, Any] = {"place": row.position, "driver": row.driver}
            if raced:
                told |= {"laps": row.laps, "gap": gap_text(row), "ahead_s": row.gap_ahead_s}
            told |= {"tyre": row.compound, "age": row.tyre_age_laps}
            told |= {"stops": row.stops} if raced else {"best_s": row.best_lap_s}
            told |= {"last_s": row.last_lap_s, "": where_text(row)}
            if row.driver in odds:
                own = odds[row.driver]
                told |= {"p_win": own.win, "p_podium": own.podium, "p_points": own.points}
            rows.append(told)
        return pd.DataFrame(rows)

    def _calls(self) -> dict[str, pd.DataFrame]:
        if self.advice is None:
            return {}
        stopped = self.advice.box_lap == self.advice.lap
        when = "under the red flag" if stopped else f"for the end of lap {self.advice.box_lap}"
        title = (
            f"Calls of {self.advice.driver} {when}, regret in {self.advice.unit} against the best"
        )
        change = "change to" if stopped else "box for"
        rows = [
            {
                "call": one.call if one.call == "stay" else f"{change} {one.call}",
                "then": one.plan,
                "regret": one.regret,
                "regret_low": one.regret_low,
                "regret_high": one.regret_high,
                "place": one.position,
                "p_win": one.win,
                "p_podium": one.podium,
                "p_points": one.points,
            }
            for one in self.advice.options
        ]
        return {title: pd.DataFrame(rows)}

    def _weather(self) -> tuple[str, ...]:
        told = self.weather
        if told.track_temp_c is None or told.air_temp_c is None:
            return ()
        rain = "rain" if told.rain else "dry"
        return (f"Track {told.track_temp_c:.0f} °C, air {told.air_temp_c:.0f} °C, {rain}.",)

    def _last_message(self) -> tuple[str, ...]:
        if not self.messages:
            return ()
        last = self.messages[-1]
        lap = "" if last.lap is None else f", lap {last.lap}"
        return (f"Race control{lap}: {last.text}.",)


def gap_text(row: LiveRow) -> str:
    """Gap to the leader as a tower writes it."""
    if row.out:
        return ""
    if row.position == 1:
        return "leader"
    if row.laps_down:
        return f"{row.laps_down} lap" + "s" * (row.laps_down > 1)
    return "" if row.gap_leader_s is None else f"+{row.gap_leader_s:.3f}"


def where_text(row: LiveRow) -> str:
    """``out``, ``pit`` or nothing."""
    return "out" if row.out else "pit" if row.in_pit else ""
