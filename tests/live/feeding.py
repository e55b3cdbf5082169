"""Recordings for tests: written slowly, broken off, begun again."""

from __future__ import annotations

import json
import threading
import time

from f1lab.data.livetiming_board import Board
from f1lab.data.livetiming_heard import Heard
from f1lab.data.livetiming_source import event_of, recorded_session


def lines_of(path):
    return path.read_text(encoding="utf-8").splitlines()


def written(path, lines):
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def session_of(lines, archive):
    """Session some lines make, and what was mended."""
    heard = Heard.of(lines)
    event, kind = event_of(heard.info)
    return recorded_session(heard, event, kind, archive)


def until_lap(race, lines, lap):
    """Feed a race until the plan after a lap is due; how many lines that took."""
    for count, line in enumerate(lines, start=1):
        race.hear(line)
        if race.lap == lap and race.to_plan:
            return count
    raise AssertionError(f"lap {lap} never ended")


class Writer(threading.Thread):
    """A recorder: appends bytes to a file, in pieces that end anywhere."""

    def __init__(self, path, lines, *, pieces=40, over_s=2.0):
        super().__init__(daemon=True)
        self.path, self.over_s = path, over_s
        data = "".join(f"{line}\n" for line in lines).encode()
        step = max(len(data) // pieces, 1) | 1
        self.parts = [data[at : at + step] for at in range(0, len(data), step)]

    def run(self):
        for part in self.parts:
            with self.path.open("ab") as file:
                file.write(part)
            time.sleep(self.over_s / len(self.parts))


def keyframes(lines):
    """What a recorder hears when it is started again after these lines: everything once more."""
    heard = Heard.of(lines)
    board = Board.of(heard)
    stamp = f"{heard.last.isoformat(timespec='milliseconds')}Z"
    cars = {number: dict(car) for number, car in board.cars.items()}
    for car in cars.values():
        car["Sectors"] = [{"Value": ""}, {"Value": ""}, {"Value": ""}]
    for number, (lap, _) in board.crossed.items():
        cars[number]["NumberOfLaps"] = lap
    sets = {n: {"Stints": list(own.values())} for n, own in board.sets.items()}
    told = [entry for _, entry in board.messages]
    statuses = [
        {"Utc": f"{when.isoformat()}Z", "SessionStatus": status} for when, status in heard.statuses
    ]
    topics = {
        "SessionInfo": heard.info,
        "DriverList": board.drivers,
        "TimingAppData": {"Lines": sets, "_kf": True},
        "TimingData": {"Lines": cars, "_kf": True},
        "RaceControlMessages": {"Messages": told},
        "SessionData": {"StatusSeries": statuses},
        "SessionStatus": {"Status": board.status},
    }
    return [json.dumps([topic, payload, stamp]) for topic, payload in topics.items()]
