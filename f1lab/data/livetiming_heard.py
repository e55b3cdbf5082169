"""What a live-timing recording has said so far, put in order.

Lines become messages, each once, in the order of their time stamps whatever order they came in.
Of the timing only what says something about laps is kept: mini-sectors and counters are most of
the lines of a recording. What :meth:`Heard.for_replay` hands to FastF1 gives the same laps as the
whole recording does, in a fraction of the time, and survives what FastF1 does not:

* a recorder that was started again says everything once more; what is no news is left out;
* laps nobody recorded are counted, so that the next one keeps its number, and end at even times.
"""

from __future__ import annotations

import ast
import json
from bisect import insort
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import TYPE_CHECKING, Any

from f1lab.data.livetiming_gaps import gaps_at_the_line, mended_laps
from f1lab.data.livetiming_said import Message, changes, said_once

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["GAP_KEYS", "LAP_KEYS", "Heard", "Replay", "stints_of"]

#: What of a car's timing is kept: what FastF1 reads, and what a timing tower shows.
_TIMING = frozenset(
    {
        *("NumberOfLaps", "InPit", "LastLapTime", "BestLapTime", "BestLapTimes", "Speeds"),
        *("Position", "GapToLeader", "IntervalToPositionAhead", "Line"),
        *("PitOut", "Retired", "Stopped", "KnockedOut", "NumberOfPitStops"),
    }
)
#: What FastF1 reads the laps of a car from, and its gaps.
LAP_KEYS = frozenset(
    {"NumberOfLaps", "InPit", "LastLapTime", "BestLapTime", "BestLapTimes", "Speeds", "Sectors"}
)
GAP_KEYS = frozenset({"GapToLeader", "IntervalToPositionAhead", "Position"})
_TYRE_KEYS = frozenset({"Compound", "StartLaps", "New"})
#: Handed on as they are.
_AS_THEY_ARE = ("LapCount", "WeatherData", "CarData.z", "Position.z")
#: FastF1 tells stints apart by the lap counters of the sets after the start and after stops; later
#: ones say nothing new.
_COUNTED = timedelta(seconds=240)
_when = itemgetter(0)


@dataclass(frozen=True)
class Replay:
    """What FastF1 makes laps of.

    Attributes
    ----------
    data : dict of str to list
        Messages of each topic as ``[time since the zero, message]``.
    zero : datetime or None
        Zero of the session clock [UTC].
    lost_laps : int
        Laps nobody recorded.
    """

    data: dict[str, list[list[Any]]]
    zero: datetime | None
    lost_laps: int


@dataclass
class _Car:
    """What was said of one car: its laps and the pit lane; its gaps alone."""

    laps: list[Message] = field(default_factory=list)
    gaps: list[Message] = field(default_factory=list)


@dataclass
class Heard:
    """Messages of a recording by topic.

    Attributes
    ----------
    topics : dict of str to list of (datetime, dict)
        Messages of each topic in order of their time stamps [UTC]; of ``TimingData`` what is
        said in the module's documentation.
    lines, unreadable, repeated, late : int
        Lines given; of them no message, heard before, older than what had been heard of the
        same topic.
    last : datetime or None
        Latest time stamp.
    """

    topics: dict[str, list[Message]] = field(default_factory=lambda: defaultdict(list))
    lines: int = 0
    unreadable: int = 0
    repeated: int = 0
    late: int = 0
    last: datetime | None = None
    _seen: set[int] = field(default_factory=set)
    _cars: dict[str, _Car] = field(default_factory=lambda: defaultdict(_Car))

    @classmethod
    def of(cls, lines: Iterable[str]) -> Heard:
        """Everything some lines say."""
        heard = cls()
        for line in lines:
            heard.add(line)
        return heard

    def add(self, line: str) -> tuple[str, Message] | None:
        """Take one line in.

        Parameters
        ----------
        line : str
            As the recorder writes it: JSON, or what Python prints of it.

        Returns
        -------
        tuple of str and (datetime, dict), or None
            Its topic and message; None when it is no message or was heard before.
        """
        self.lines += 1
        mark = hash(line)
        if mark in self._seen:
            self.repeated += 1
            return None
        read = _read(line)
        if read is None:
            self.unreadable += 1
            return None
        self._seen.add(mark)
        topic, payload, stamp = read
        self.last = stamp if self.last is None else max(self.last, stamp)
        if topic == "TimingData":
            payload = _timing(payload)
            if not payload["Lines"]:
                return topic, (stamp, payload)
            self._sort_by_car(stamp, payload)
        self.late += _put(self.topics[topic], (stamp, payload))
        return topic, (stamp, payload)

    @property
    def info(self) -> dict[str, Any] | None:
        """What session it is; None as long as that was not said."""
        said = self.topics.get("SessionInfo")
        return said[0][1] if said else None

    @property
    def statuses(self) -> list[tuple[datetime, str]]:
        """Started, Aborted, Finished … of the session, each change once."""
        found = [(when, str(told.get("Status", ""))) for when, told in self.topics["SessionStatus"]]
        for _, told in self.topics["SessionData"]:
            series = told.get("StatusSeries", ())
            for entry in series.values() if isinstance(series, dict) else series:
                when = _stamp(entry.get("Utc"))
                if "SessionStatus" in entry and when is not None:
                    found.append((when, str(entry["SessionStatus"])))
        found.sort(key=_when)
        return [one for n, one in enumerate(found) if n == 0 or one[1] != found[n - 1][1]]

    @property
    def zero(self) -> datetime | None:
        """Zero of the session clock: the start, before it the first message."""
        started = [when for when, status in self.statuses if status == "Started"]
        if started:
            return started[0]
        first = [held[0][0] for held in self.topics.values() if held]
        return min(first) if first else None

    def for_replay(self, *, race: bool) -> Replay:
        """What FastF1 needs to make laps of it.

        Parameters
        ----------
        race : bool
            Whether it was raced: the laps of a race are counted without holes.

        Returns
        -------
        Replay
        """
        zero = self.zero
        if zero is None:
            return Replay({}, None, 0)
        cars, lost = self._laps(zero, race=race)
        told: dict[str, list[Message]] = {
            **{topic: self.topics[topic] for topic in _AS_THEY_ARE},
            # FastF1 knows nobody who is named late
            "DriverList": [(min(when, zero), who) for when, who in self.topics["DriverList"]],
            # FastF1 writes into it
            "SessionInfo": [(when, dict(info)) for when, info in self.topics["SessionInfo"]],
            "SessionStatus": [(when, {"Status": status}) for when, status in self.statuses],
            "TrackStatus": changes(self.topics["TrackStatus"], "Status"),
            "RaceControlMessages": said_once(self.topics["RaceControlMessages"]),
            "TimingData": cars,
            "TimingAppData": self._tyres(zero, race=race),
        }
        data = {
            topic: [[when - zero, message] for when, message in held]
            for topic, held in told.items()
            if held
        }
        return Replay(data, zero, lost)

    def _sort_by_car(self, when: datetime, told: dict[str, Any]) -> None:
        """Keep what a message says of each car with the rest of that car."""
        anew = {"_kf": True} if told.get("_kf") else {}
        for number, car in told["Lines"].items():
            if LAP_KEYS & car.keys():
                _put(self._cars[number].laps, (when, car | anew))
            elif GAP_KEYS & car.keys():
                _put(self._cars[number].gaps, (when, car))

    def _laps(self, zero: datetime, *, race: bool) -> tuple[list[Message], int]:
        """Laps of all cars, and the gaps FastF1 aligns them by."""
        found, lost = [], 0
        for number in sorted(self._cars):
            own = self._cars[number]
            mended, missing = mended_laps(own.laps, zero, race=race)
            lost += missing
            for when, car in gaps_at_the_line(mended, own.gaps):
                found.append((when, {"Lines": {number: car}}))
        found.sort(key=_when)
        return found, lost

    def _tyres(self, zero: datetime, *, race: bool) -> list[Message]:
        """Sets as they are fitted; of their lap counters those after the start and after stops.

        FastF1 counts the sets of a car from the start. Of a car that stops on the first lap it would
        hear of the set it started on too late, and give every lap that of the stint after; so in a
        race that set is named once more at the start.
        """
        fitted: set[tuple[str, str]] = set()
        entered = self._entered_pits()
        found: list[Message] = []
        for when, told in self.topics["TimingAppData"]:
            lines: dict[str, Any] = {}
            for number, car in told.get("Lines", {}).items():
                counts = [zero, *entered[number]]
                counted = any(timedelta(0) <= when - at < _COUNTED for at in counts)
                kept = {}
                for stint, said in stints_of(car).items():
                    if counted or (number, stint) not in fitted or _TYRE_KEYS & said.keys():
                        kept[stint] = said
                        fitted.add((number, stint))
                if kept:
                    lines[number] = {"Stints": kept}
            if lines:
                found.append((when, {"Lines": lines}))
        before = {number for when, told in found if when < zero for number in told["Lines"]}
        if race and before:
            found.append((zero, {"Lines": {n: {"Stints": {"0": {}}} for n in sorted(before)}}))
            found.sort(key=_when)
        return found

    def _entered_pits(self) -> dict[str, list[datetime]]:
        """When each car came into the pit lane."""
        found = defaultdict(list)
        for number, own in self._cars.items():
            found[number] = [when for when, car in own.laps if car.get("InPit") is True]
        return found


def _put(held: list[Message], message: Message) -> bool:
    """Add a message in the order of time; whether it came late."""
    late = bool(held) and message[0] < held[-1][0]
    if late:
        insort(held, message, key=_when)
    else:
        held.append(message)
    return late


def _read(line: str) -> tuple[str, dict[str, Any], datetime] | None:
    """Topic, message and time stamp of a line."""
    try:
        told = json.loads(line)
    except ValueError:
        try:
            told = ast.literal_eval(line.strip())
        except (ValueError, SyntaxError, MemoryError, RecursionError):
            return None
    if not isinstance(told, list) or len(told) != 3:  # noqa: PLR2004  (topic, message, stamp)
        return None
    topic, payload, stamp = told[0], told[1], _stamp(told[2])
    if stamp is None or not isinstance(topic, str):
        return None
    if topic.endswith(".z"):
        return topic, payload, stamp
    return (topic, payload, stamp) if isinstance(payload, dict) else None


def _stamp(text: object) -> datetime | None:
    """Time stamp such as ``2024-11-30T14:03:29.6153189Z`` as naive UTC."""
    if not isinstance(text, str):
        return None
    day, _, fraction = text.rstrip("Z").partition(".")
    try:
        return datetime.fromisoformat(f"{day}.{(fraction + '000000')[:6]}")
    except ValueError:
        return None


def _timing(payload: dict[str, Any]) -> dict[str, Any]:
    """Timing without mini-sectors, counters and colours."""
    lines = payload.get("Lines", {})
    kept = {}
    for number, car in lines.items() if isinstance(lines, dict) else ():
        if not isinstance(car, dict):
            continue
        own = {key: value for key, value in car.items() if key in _TIMING}
        sectors = car.get("Sectors")
        if isinstance(sectors, dict):
            timed = {n: {"Value": s["Value"]} for n, s in sectors.items() if s.get("Value")}
            own |= {"Sectors": timed} if timed else {}
        if own:
            kept[number] = own
    return {"Lines": kept, "_kf": True} if payload.get("_kf") else {"Lines": kept}


def stints_of(car: object) -> dict[str, dict[str, Any]]:
    """Sets a car's tyre data speak of; at first they come as a list."""
    stints = car.get("Stints") if isinstance(car, dict) else None
    if isinstance(stints, list):
        stints = {str(n): stint for n, stint in enumerate(stints)}
    return {n: said for n, said in (stints or {}).items() if isinstance(said, dict)}
