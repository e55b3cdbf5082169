"""The timing tower of a recording at any moment: what was said last of every car.

Live timing says only what changes. Said one after another the changes give the tower as it stood
when the last of them came, between two laps as well as at the line.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from f1lab.data.livetiming_heard import stints_of

if TYPE_CHECKING:
    from datetime import datetime

    from f1lab.data.livetiming_heard import Heard

__all__ = ["Board"]

_FLAGS = {"1": "green", "2": "yellow", "4": "sc", "5": "red", "6": "vsc", "7": "vsc"}


@dataclass
class Board:
    """What was said last.

    Attributes
    ----------
    drivers, cars : dict of str to dict
        By car number: who drives it; its timing.
    sets : dict of str to dict of str to dict
        Sets of tyres of each car by the number of the stint.
    crossed : dict of str to (int, datetime)
        The lap each car ended last, and when [UTC].
    entered : dict of str to datetime
        When each car last came into the pit lane [UTC].
    status : str
        Started, Aborted, Finished … ; empty before anything was said.
    finished : datetime or None
        When the race was over for the winner [UTC].
    flag : str
        green, yellow, sc, vsc or red.
    lap_count, weather : dict
    messages : list of (datetime, dict)
        Race control's.
    """

    drivers: dict[str, dict[str, Any]] = field(default_factory=dict)
    cars: dict[str, dict[str, Any]] = field(default_factory=dict)
    sets: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    crossed: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    entered: dict[str, datetime] = field(default_factory=dict)
    status: str = ""
    finished: datetime | None = None
    flag: str = "green"
    lap_count: dict[str, Any] = field(default_factory=dict)
    weather: dict[str, Any] = field(default_factory=dict)
    messages: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)

    @classmethod
    def of(cls, heard: Heard) -> Board:
        """The tower after everything heard."""
        board = cls()
        for topic, held in heard.topics.items():
            for when, told in held:
                board.take(topic, when, told)
        return board

    def take(self, topic: str, when: datetime, told: dict[str, Any]) -> None:
        """Let a message change the tower.

        Parameters
        ----------
        topic : str
            Such as ``TimingData``; one that has nothing to do with the tower changes nothing.
        when : datetime
            Its time stamp [UTC].
        told : dict
            The message.
        """
        if topic == "TimingData":
            for number, car in told["Lines"].items():
                self._car(number, when, car)
        elif topic == "TimingAppData":
            for number, car in told.get("Lines", {}).items():
                self._tyres(number, car)
        elif topic == "DriverList":
            for number, driver in told.items():
                if isinstance(driver, dict):
                    self.drivers.setdefault(number, {}).update(driver)
        elif topic == "LapCount":
            self.lap_count |= told
        elif topic == "WeatherData":
            self.weather |= told
        else:
            self._race_control(topic, when, told)

    def _race_control(self, topic: str, when: datetime, told: dict[str, Any]) -> None:
        """Status of the session and of the track, and what race control says."""
        if topic == "SessionStatus":
            self.status = str(told.get("Status", self.status))
            if self.status == "Finished" and self.finished is None:
                self.finished = when
        elif topic == "TrackStatus":
            self.flag = _FLAGS.get(str(told.get("Status")), self.flag)
        elif topic == "RaceControlMessages":
            entries = told.get("Messages", ())
            entries = entries.values() if isinstance(entries, dict) else entries
            known = [entry for _, entry in self.messages]
            self.messages += [(when, entry) for entry in entries if entry not in known]

    def _tyres(self, number: str, car: object) -> None:
        if not isinstance(car, dict):
            return
        sets = self.sets.setdefault(number, {})
        for stint, said in stints_of(car).items():
            sets.setdefault(stint, {}).update(said)
        if car.get("GridPos"):
            self.cars.setdefault(number, {})["GridPos"] = car["GridPos"]

    def _car(self, number: str, when: datetime, told: dict[str, Any]) -> None:
        car = self.cars.setdefault(number, {})
        lap = told.get("NumberOfLaps")
        if isinstance(lap, int) and lap > self.crossed.get(number, (0, when))[0]:
            self.crossed[number] = (lap, when)
        if told.get("InPit") is True and not car.get("InPit"):
            self.entered[number] = when
        for key, value in told.items():
            if isinstance(value, dict) and isinstance(car.get(key), dict):
                car[key] = car[key] | value
            else:
                car[key] = value
