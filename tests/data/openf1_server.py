"""A server on this machine that answers as OpenF1 does, filled from real races of the FastF1 cache.

It gives what OpenF1 gives and no more: lap starts as late as their messages came (the lateness is
measured on a recorded race), times in the pit lane to a tenth and none beyond a minute, stints
counted by the messages about tyres and laps, no track status, no accurate laps, no corners.
It can be told to fail in every way a server can.
"""

from __future__ import annotations

import json
import pickle
import threading
import time
from contextlib import contextmanager
from functools import cached_property, lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

import numpy as np
import pandas as pd

from f1lab.data.fastf1_source import FastF1Source, fastf1_frames, repaired, using_fastf1

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from f1lab.data.events import EventInfo

NOTHING = {"detail": "No results found."}
#: A pit lane time is told in seconds up to a minute; longer ones come out as null.
LONGEST_LANE_S = 60.0
#: Tyre news this soon after a lap began count from the lap that ended.
JUST_NOW_S = 10.0
#: Laps follow one another by their times to this.
TIMED = pd.Timedelta(milliseconds=1.5)
#: Gaps are told this often [s].
INTERVALS_EVERY_S = 4.0
#: Where the cache has the samples of the cars, and in which column each field is.
SAMPLED = {
    "car_data": (
        "car_data",
        {
            "brake": "Brake",
            "drs": "DRS",
            "n_gear": "nGear",
            "rpm": "RPM",
            "speed": "Speed",
            "throttle": "Throttle",
        },
    ),
    "location": ("position_data", {"x": "X", "y": "Y", "z": "Z"}),
}
#: Who started from the pit lane as he had qualified, where the cache has no qualifying.
QUALIFIED = {
    "Azerbaijan Grand Prix": ["OCO", "HUL"],
    "Austrian Grand Prix": ["BOT", "MAG", "DEV"],
    "United States Grand Prix": ["MAG", "HUL", "ALO", "STR"],
}
MORE_THAN_ONE = 2
KINDS = {"Race": "R", "Qualifying": "Q", "Sprint": "S"}


def iso(seconds: float) -> str | None:
    """A moment as OpenF1 writes it."""
    if not np.isfinite(seconds):
        return None
    return pd.Timestamp(round(seconds * 1000), unit="ms", tz="UTC").isoformat(
        timespec="microseconds"
    )


def plain(value: Any) -> Any:
    """A number, or null for none; a duration in seconds."""
    if value is None or pd.isna(value):
        return None
    if isinstance(value, pd.Timedelta):
        return round(value.total_seconds(), 3)
    if isinstance(value, float | np.floating):
        return int(value) if float(value).is_integer() else round(float(value), 3)
    return value.item() if isinstance(value, np.generic) else value


def lateness(recording: Path) -> np.ndarray:
    """How late the messages of a recorded race came that begin a lap [s], the quickest 0."""
    from f1lab.data import load_recording

    session, _ = load_recording(recording, offline=True)
    code = dict(zip(session.results["number"], session.results["driver"], strict=True))
    crossed = session.laps.set_index(["driver", "lap"])["time_s"]
    late = []
    for line in recording.read_text(encoding="utf-8").splitlines():
        topic, said, moment = json.loads(line)
        if topic != "TimingData":
            continue
        for number, told in said.get("Lines", {}).items():
            lap = told.get("NumberOfLaps") if isinstance(told, dict) else None
            if lap and (code.get(number), lap) in crossed.index:
                late.append(pd.Timestamp(moment).timestamp() - crossed[code[number], lap])
    return np.sort(late) - min(late)


class RealSession:
    """One session of the FastF1 cache as rows of OpenF1.

    Parameters
    ----------
    folder : Path
        Its folder in the cache.
    results : pandas.DataFrame
        FastF1's results of it.
    late_s : ndarray
        How late messages may come [s].
    offset_s : float
        Wall clock at the zero of the session clock [s since 1970].
    key : int
        OpenF1's number of it.
    """

    def __init__(
        self, folder: Path, results: pd.DataFrame, late_s: np.ndarray, offset_s: float, key: int
    ) -> None:
        self.folder, self.results, self.offset_s, self.key = folder, results, offset_s, key
        self.sent: dict[str, dict[str, pd.DataFrame]] = {}
        self.told: dict[tuple[str, str], list[dict[str, Any]]] = {}
        self.race = self._part("session_info")["Type"] == "Race"
        laps, self.stream, _ = self._part("_extended_timing_data")
        self.laps = laps.assign(
            told=self._clock(laps["Time"]) + self._late(laps, late_s),
            into=self._clock(laps["PitInTime"]),
            out=self._clock(laps["PitOutTime"]),
        )

    def _has(self, name: str) -> bool:
        return (self.folder / f"{name}.ff1pkl").exists()

    def _part(self, name: str) -> Any:
        told = pickle.loads((self.folder / f"{name}.ff1pkl").read_bytes())  # noqa: S301  (ours)
        return told["data"] if isinstance(told, dict) and "data" in told else told

    def _clock(self, times: pd.Series) -> pd.Series:
        """Session times as wall clock [s since 1970]."""
        return pd.to_timedelta(times).dt.total_seconds() + self.offset_s

    def _late(self, laps: pd.DataFrame, late_s: np.ndarray) -> np.ndarray:
        """How late the message of each crossing came [s], against FastF1's time of it.

        FastF1 hangs laps that follow one another by their times on the earliest of their messages.
        A crossing with no lap time beside it has its own message's time there, so it is not late
        but for what the whole car was moved by to have the gaps shown, which it is in a race.
        """
        late = pd.Series(np.random.default_rng(self.key).choice(late_s, len(laps)), laps.index)
        driven = laps.groupby("Driver")["Time"].diff() - laps["LapTime"]
        run = (~(driven.abs() < TIMED)).cumsum()
        car = late.groupby(laps["Driver"]).transform("min") if self.race else 0.0
        return (late - late.groupby(run).transform("min") + car).to_numpy()

    def rows(self, endpoint: str) -> list[dict[str, Any]]:
        """Rows of one endpoint."""
        made: list[dict[str, Any]] = getattr(self, {"laps": "lap_rows"}.get(endpoint, endpoint))
        keys = {"meeting_key": self.key // 10, "session_key": self.key}
        return [{**row, **keys} for row in made]

    def samples(self, endpoint: str, number: str) -> list[dict[str, Any]]:
        """What one car sent, as the feed has it: nothing put in between, nothing left out."""
        if (endpoint, number) not in self.told:
            self.told[endpoint, number] = self._samples(endpoint, number)
        return self.told[endpoint, number]

    def _samples(self, endpoint: str, number: str) -> list[dict[str, Any]]:
        part, fields = SAMPLED[endpoint]
        if part not in self.sent:
            self.sent[part] = self._part(part) if self._has(part) else {}
        if number not in self.sent[part]:
            return []
        own = pd.DataFrame(self.sent[part][number])
        own = own[own["Source"].notna()]  # the others FastF1 filled in
        told = pd.DataFrame({field: own[column].astype(int) for field, column in fields.items()})
        if "brake" in told:
            told["brake"] *= 100
        told = told.assign(
            date=[iso(at) for at in self._clock(own["Time"])],
            driver_number=int(number),
            meeting_key=self.key // 10,
            session_key=self.key,
        )
        return told.to_dict("records")

    @cached_property
    def drivers(self) -> list[dict[str, Any]]:
        return [
            {
                "broadcast_name": told["BroadcastName"],
                "country_code": told.get("CountryCode"),
                "driver_number": int(number),
                "first_name": told.get("FirstName"),
                "full_name": told["FullName"],
                "headshot_url": told.get("HeadshotUrl"),
                "last_name": told.get("LastName"),
                "name_acronym": told["Tla"],
                "team_colour": told.get("TeamColour"),
                "team_name": told.get("TeamName"),
            }
            for number, told in self._part("driver_info").items()
        ]

    @cached_property
    def lap_rows(self) -> list[dict[str, Any]]:
        status = self._part("session_status_data")
        started = status["Time"][status["Status"].index("Started")].total_seconds()
        flag = max((own["NumberOfLaps"].max() for _, own in self.laps.groupby("Driver")))
        rows = []
        for number, own in self.laps.groupby("Driver", sort=False):
            start = started + self.offset_s if self.race else np.nan
            for lap in own.itertuples():
                begun = lap.out if not self.race and np.isfinite(lap.out) else start
                rows.append(self._lap(number, lap, begun))
                start = lap.told
            if self.race and own["NumberOfLaps"].max() < flag:  # begun, and never finished
                unfinished = dict.fromkeys(rows[-1])
                rows.append(
                    unfinished
                    | {
                        "driver_number": int(number),
                        "lap_number": int(own["NumberOfLaps"].max()) + 1,
                        "date_start": iso(start),
                        "is_pit_out_lap": False,
                    }
                )
        return rows

    def _lap(self, number: str, lap: Any, begun: float) -> dict[str, Any]:
        first = self.race and lap.NumberOfLaps == 1
        return {
            "date_start": iso(begun),
            "driver_number": int(number),
            "duration_sector_1": plain(lap.Sector1Time),
            "duration_sector_2": plain(lap.Sector2Time),
            "duration_sector_3": plain(lap.Sector3Time),
            "i1_speed": plain(lap.SpeedI1),
            "i2_speed": plain(lap.SpeedI2),
            "is_pit_out_lap": bool(np.isfinite(lap.out)),
            "lap_duration": plain(lap.told - begun) if first else plain(lap.LapTime),
            "lap_number": int(lap.NumberOfLaps),
            "segments_sector_1": [],
            "segments_sector_2": [],
            "segments_sector_3": [],
            "st_speed": plain(lap.SpeedST),
        }

    @cached_property
    def pit(self) -> list[dict[str, Any]]:
        rows = []
        for number, own in self.laps.groupby("Driver", sort=False):
            leaves = own.set_index("NumberOfLaps")["out"]
            for lap in own[np.isfinite(own["into"])].itertuples():
                leave = leaves.get(lap.NumberOfLaps + 1, np.nan)
                if np.isnan(leave):
                    continue
                lane = round(leave - lap.into, 1)
                told = lane if lane < LONGEST_LANE_S else None
                rows.append(
                    {
                        "date": iso(leave),
                        "driver_number": int(number),
                        "lane_duration": told,
                        "lap_number": int(lap.NumberOfLaps),
                        "pit_duration": told,
                        "stop_duration": None,
                    }
                )
        return rows

    @cached_property
    def stints(self) -> list[dict[str, Any]]:
        news = self._part("timing_app_data")
        news = news.assign(at=self._clock(news["Time"]))
        rows = []
        for number, told in news.groupby("Driver", sort=False):
            own = self.laps[self.laps["Driver"] == number]
            events = [
                (at, "lap", lap) for at, lap in zip(own["told"], own["NumberOfLaps"], strict=True)
            ]
            events += [(row.at, "tyre", row) for row in told.itertuples() if pd.notna(row.Stint)]
            rows += self._stints_of(int(number), sorted(events, key=lambda event: event[0]))
        return rows

    def _stints_of(self, number: int, events: list[tuple[float, str, Any]]) -> list[dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        last_lap_s = -np.inf
        for at, what, told in events:
            if what == "lap":
                last_lap_s = at
                if found:
                    found[max(found)]["lap_end"] = int(told)
                continue
            stint = int(told.Stint) + 1
            if stint not in found:
                last = found[max(found)] if found else None
                if last is not None and at - last_lap_s < JUST_NOW_S:
                    last["lap_end"] -= 1
                start = last["lap_end"] + 1 if last else 1
                found[stint] = {
                    "compound": None,
                    "driver_number": number,
                    "lap_end": start,
                    "lap_start": start,
                    "stint_number": stint,
                    "tyre_age_at_start": None,
                }
            if told.Compound is not None:
                found[stint]["compound"] = told.Compound
            if found[stint]["tyre_age_at_start"] is None and pd.notna(told.TotalLaps):
                found[stint]["tyre_age_at_start"] = int(told.TotalLaps)
        return list(found.values())

    @cached_property
    def weather(self) -> list[dict[str, Any]]:
        told = pd.DataFrame(self._part("weather_data"))
        return [
            {
                "air_temperature": row.AirTemp,
                "date": iso(at),
                "humidity": row.Humidity,
                "pressure": row.Pressure,
                "rainfall": int(row.Rainfall),
                "track_temperature": row.TrackTemp,
                "wind_direction": row.WindDirection,
                "wind_speed": row.WindSpeed,
            }
            for at, row in zip(self._clock(told["Time"]), told.itertuples(), strict=True)
        ]

    @cached_property
    def race_control(self) -> list[dict[str, Any]]:
        if not self._has("race_control_messages"):
            return []
        told = pd.DataFrame(self._part("race_control_messages"))
        return [
            {
                "category": row.Category,
                "date": pd.Timestamp(row.Time, tz="UTC").isoformat(),
                "driver_number": int(row.RacingNumber) if row.RacingNumber else None,
                "flag": row.Flag,
                "lap_number": plain(row.Lap) if hasattr(row, "Lap") else None,
                "message": row.Message,
                "scope": row.Scope,
                "sector": plain(row.Sector),
            }
            for row in told.itertuples()
        ]

    @cached_property
    def position(self) -> list[dict[str, Any]]:
        moved = self.stream.groupby("Driver")["Position"].diff().ne(0)
        told = self.stream[moved]
        return [
            {"date": iso(at), "driver_number": int(row.Driver), "position": int(row.Position)}
            for at, row in zip(self._clock(told["Time"]), told.itertuples(), strict=True)
        ]

    @cached_property
    def intervals(self) -> list[dict[str, Any]]:
        rows = []
        stream = self.stream.assign(at=self._clock(self.stream["Time"]))
        for number, own in stream.groupby("Driver", sort=False):
            ticks = np.arange(own["at"].min(), own["at"].max(), INTERVALS_EVERY_S)
            told = own.iloc[np.searchsorted(own["at"], ticks, side="right") - 1]
            for at, row in zip(ticks, told.itertuples(), strict=True):
                rows.append(
                    {
                        "date": iso(at),
                        "driver_number": int(number),
                        "gap_to_leader": self._gap_text(row.GapToLeader),
                        "interval": self._gap_text(row.IntervalToPositionAhead),
                    }
                )
        return rows

    @staticmethod
    def _gap_text(told: Any) -> float | str | None:
        if not isinstance(told, str) or not told:
            return None
        if "LAP" in told:
            return 0.0
        if told.endswith("L"):
            return f"+{told[:-1].strip()} LAP"
        minutes, _, seconds = told.lstrip("+").rpartition(":")
        return round(60 * int(minutes or 0) + float(seconds), 3)

    @cached_property
    def overtakes(self) -> list[dict[str, Any]]:
        rows = []
        holder: dict[int, str] = {}
        for at, row in zip(self._clock(self.stream["Time"]), self.stream.itertuples(), strict=True):
            before = holder.get(row.Position)
            if before is not None and before != row.Driver:
                rows.append(
                    {
                        "date": iso(at),
                        "overtaken_driver_number": int(before),
                        "overtaking_driver_number": int(row.Driver),
                        "position": int(row.Position),
                    }
                )
            holder[row.Position] = row.Driver
        return rows

    @cached_property
    def session_result(self) -> list[dict[str, Any]]:
        most = self.results["Laps"].max()
        total = self.results["Time"].max() if self.race else None
        return [self._result(row, most, total) for row in self.results.itertuples()]

    def _result(self, row: Any, most: float, total: Any) -> dict[str, Any]:
        classed = str(row.ClassifiedPosition).isdigit() or not self.race
        told = {
            "dnf": self.race and not classed and row.ClassifiedPosition not in {"D", "W"},
            "dns": row.ClassifiedPosition == "W",
            "dsq": row.ClassifiedPosition == "D",
            "driver_number": int(row.DriverNumber),
            "number_of_laps": int(row.Laps) if pd.notna(row.Laps) else None,
            "position": int(row.Position) if classed else None,
        }
        if not self.race:
            return told | {
                "duration": [plain(row.Q1), plain(row.Q2), plain(row.Q3)],
                "gap_to_leader": [None, None, None],
            }
        down = int(most - row.Laps)
        gap = None if pd.isna(row.Time) else row.Time
        if gap is not None and row.Position > 1 and gap > total / 2:
            gap = gap - total
        if row.Position == 1:
            return told | {"duration": plain(gap), "gap_to_leader": 0, "points": row.Points}
        lapped = f"+{down} LAP{'S' if down > 1 else ''}"
        return told | {
            "duration": None if down or gap is None else plain(total + gap),
            "gap_to_leader": (lapped if down else plain(gap)) if classed else None,
            "points": row.Points,
        }

    def starting_grid(self, qualified: list[str]) -> list[dict[str, Any]]:
        """The grid as it was published, which is before the formation lap.

        Who then did not start, or from the pit lane, is in the slot left empty; without one, who
        did not start is not on it, and who starts from the pit lane comes last, as qualified.
        """
        grid = self.results
        place = grid["Abbreviation"].map({name: i for i, name in enumerate(qualified)})
        grid = grid.iloc[np.argsort(place.fillna(len(grid)), kind="stable")]
        grid = grid.assign(_away=grid["ClassifiedPosition"] == "W")
        grid = grid.sort_values("_away", ascending=False, kind="stable")
        away = grid["_away"]
        slot = grid["GridPosition"].where(~away, 0.0)
        free = sorted({*range(1, int(slot.max()))} - {*slot.astype(int)})
        rows = dict(zip(slot[slot > 0].astype(int), grid["DriverNumber"][slot > 0], strict=True))
        for number, gone in zip(grid["DriverNumber"][slot == 0], away[slot == 0], strict=True):
            if free or not gone:
                rows[free.pop(0) if free else max(rows) + 1] = number
        return [
            {"position": place, "driver_number": int(number), "lap_duration": None}
            for place, number in sorted(rows.items())
        ]


class RealSeason:
    """A season of the FastF1 cache as OpenF1 has it.

    Parameters
    ----------
    fastf1_cache : Path
        The cache.
    schedule : list of EventInfo
        The season.
    late_s : ndarray
        How late messages may come [s].
    """

    def __init__(self, fastf1_cache: Path, schedule: list[EventInfo], late_s: np.ndarray) -> None:
        self.cache, self.schedule, self.late_s = fastf1_cache, schedule, late_s
        self.year = schedule[0].year
        self.known: dict[int, RealSession] = {}
        self.meetings, self.sessions = [], []
        self._add(
            1, "Pre-Season Testing", "Bahrain", "Sakhir", {"Day 1": f"{self.year}-02-23T07:00:00"}
        )
        for event in schedule:
            self._add(event.round, event.name, event.country, event.location, event.sessions)
        if self.year == 2023:  # it has a place in the list, and never took place
            day = {"Race": "2023-05-21T13:00:00"}
            self._add(99, "Emilia Romagna Grand Prix", "Italy", "Imola", day)

    def _add(
        self, number: int, name: str, country: str, location: str, sessions: dict[str, str]
    ) -> None:
        meeting = 100_000 + 100 * number + (name == "Pre-Season Testing")
        self.meetings.append(
            {
                "circuit_key": number,
                "circuit_short_name": location,
                "country_name": country,
                "date_start": f"{min(sessions.values())}+00:00",
                "gmt_offset": "02:00:00",
                "location": location,
                "meeting_key": meeting,
                "meeting_name": name,
                "meeting_official_name": f"FORMULA 1 {name.upper()} {self.year}",
                "year": self.year,
            }
        )
        for place, (called, start) in enumerate(sessions.items()):
            self.sessions.append(
                {
                    "date_start": f"{start}+00:00",
                    "location": location,
                    "meeting_key": meeting,
                    "session_key": 10 * meeting + place,
                    "session_name": called.replace("Shootout", "Qualifying"),
                    "session_type": called,
                    "year": self.year,
                }
            )

    def session(self, number: int, called: str) -> RealSession:
        """One session of the season, read from the cache when first asked for."""
        key = next(
            row["session_key"]
            for row in self.sessions
            if row["meeting_key"] == 100_000 + 100 * number and row["session_name"] == called
        )
        if key not in self.known:
            event = self.schedule[number - 1]
            results, offset_s = _of_fastf1(self.cache, event, KINDS[called])
            folder = self._folders(number, called)[0]
            self.known[key] = RealSession(folder, results, self.late_s, offset_s, key)
        return self.known[key]

    def _grid(self, number: int) -> list[dict[str, Any]]:
        """The starting grid of a race; the order of qualifying only matters in the pit lane."""
        race = self.session(number, "Race")
        if (race.results["GridPosition"] == 0).sum() < MORE_THAN_ONE:
            return race.starting_grid([])
        if not self._folders(number, "Qualifying"):
            return race.starting_grid(QUALIFIED.get(self.schedule[number - 1].name, []))
        return race.starting_grid(self.session(number, "Qualifying").results["Abbreviation"])

    def _folders(self, number: int, called: str) -> list[Path]:
        """Where the cache has the laps of a session."""
        name = self.schedule[number - 1].name.replace(" ", "_")
        pattern = f"{self.year}/*{name}/*_{called.replace(' ', '_')}/_extended_timing_data.ff1pkl"
        return [path.parent for path in self.cache.glob(pattern)]

    def answers(self, endpoint: str, query: dict[str, str]) -> list[dict[str, Any]] | None:
        """Rows of an endpoint for a query; None when there is no such endpoint."""
        if endpoint in {"meetings", "sessions"}:
            return getattr(self, endpoint) if query.get("year") == str(self.year) else []
        told = next(s for s in self.sessions if s["session_key"] == int(query["session_key"]))
        number, called = (told["meeting_key"] - 100_000) // 100, told["session_name"]
        if endpoint == "starting_grid":
            return self._grid(number) if called == "Qualifying" else []
        if not self._folders(number, called):
            return []
        session = self.session(number, called)
        if endpoint in SAMPLED:
            rows = session.samples(endpoint, query["driver_number"])
        elif hasattr(session, "lap_rows" if endpoint == "laps" else endpoint):
            rows = session.rows(endpoint)
        else:
            return None
        if "driver_number" in query:
            rows = [row for row in rows if row["driver_number"] == int(query["driver_number"])]
        begin, end = query.get("date>", ""), query.get("date<", "9")
        return [row for row in rows if "date" not in row or begin <= row["date"] <= end]


def _of_fastf1(fastf1_cache: Path, event: EventInfo, kind: str) -> tuple[pd.DataFrame, float]:
    """FastF1's results of a session, and the wall clock at the zero of its clock [s]."""
    source = FastF1Source(fastf1_cache, offline=True, cache=fastf1_cache.parent / "openf1_locks")
    with using_fastf1(source) as fastf1:
        session = fastf1.get_session(event.year, event.round, event.called(kind))
        session.load(telemetry=False, weather=False)
        frames = fastf1_frames(fastf1, session)
    repaired_session, _ = repaired(frames, event, kind, event.called(kind), None)
    said = repaired_session.messages["time_s"]
    if said.notna().any():
        utc = pd.to_datetime(frames["messages"]["Time"]).astype("int64") / 1e9
        offset_s = float((utc.to_numpy() - said.to_numpy()).min())
    else:  # nothing tells: it began when it was to
        start = pd.Timestamp(event.sessions[event.called(kind)], tz="UTC").timestamp()
        offset_s = start - frames["start"].total_seconds()
    return pd.DataFrame(frames["results"]), offset_s


class OpenF1Server:
    """The server, and what it was asked.

    Parameters
    ----------
    answers : callable
        Rows of an endpoint for a query.
    """

    def __init__(
        self, answers: Callable[[str, dict[str, str]], list[dict[str, Any]] | None]
    ) -> None:
        self.answers = answers
        self.asked: list[tuple[str, dict[str, str]]] = []
        #: What goes wrong next with an endpoint, in order; see :meth:`_fault`.
        self.faults: dict[str, list[Any]] = {}
        self.changes: dict[str, Callable[[list[dict[str, Any]]], Any]] = {}
        self._bodies = lru_cache(maxsize=256)(self._body)
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                server.answer(self)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}/v1"

    def endpoints(self) -> list[str]:
        """What was asked, in order."""
        return [endpoint for endpoint, _ in self.asked]

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """Answer one request, or fail as planned."""
        where = urlsplit(handler.path)
        endpoint = where.path.removeprefix("/v1/")
        query = dict(parse_qsl(where.query))
        self.asked.append((endpoint, query))
        planned = self.faults.get(endpoint) or self.faults.get("*") or []
        fault = planned.pop(0) if planned else None
        if fault is None or fault[0] == "slow":
            time.sleep(fault[1] if fault else 0.0)
            status, body = self._answer(endpoint, query)
            self._send(handler, status, body)
        elif fault[0] == "cut":
            _, body = self._answer(endpoint, query)
            self._send(handler, 200, body, cut=True)
        else:
            status, *rest = fault
            self._send(handler, status, b'{"detail": "planned"}', headers=dict(rest))

    def _answer(self, endpoint: str, query: dict[str, str]) -> tuple[int, bytes]:
        if endpoint in self.changes:
            return self._body(endpoint, tuple(sorted(query.items())))
        return self._bodies(endpoint, tuple(sorted(query.items())))

    def _body(self, endpoint: str, query: tuple[tuple[str, str], ...]) -> tuple[int, bytes]:
        rows: Any = self.answers(endpoint, dict(query))
        if rows is None:
            return 404, b'{"detail": "Not Found"}'
        if endpoint in self.changes:
            rows = self.changes[endpoint]([dict(row) for row in rows])
        if rows is None:
            return 404, b'{"detail": "Not Found"}'
        if not rows:
            return 404, json.dumps(NOTHING).encode()
        return 200, json.dumps(rows).encode()

    @staticmethod
    def _send(
        handler: BaseHTTPRequestHandler,
        status: int,
        body: bytes,
        *,
        cut: bool = False,
        headers: dict[str, str] | None = None,
    ) -> None:
        try:
            handler.send_response(status)
            handler.send_header("Content-Type", "application/json")
            handler.send_header("Content-Length", str(len(body)))
            for name, value in (headers or {}).items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(body[: len(body) // 2] if cut else body)
        except OSError:  # who asked has gone away
            pass
        handler.close_connection = True


@contextmanager
def running(server: OpenF1Server) -> Iterator[OpenF1Server]:
    """Let the server answer meanwhile."""
    thread = threading.Thread(target=server.http.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.http.shutdown()
        server.http.server_close()
        thread.join()
