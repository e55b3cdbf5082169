"""What a race weekend looks like inside f1lab, whatever source it came from.

Times are floats in seconds, units stand in the column names, and nothing is missing by a
sentinel: an unknown number is NaN and an unknown compound is ``"UNKNOWN"``.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "COMPOUNDS",
    "CORNER_COLUMNS",
    "DRY_COMPOUNDS",
    "LAP_COLUMNS",
    "LEDGER_PARTS",
    "MESSAGE_COLUMNS",
    "RESULT_COLUMNS",
    "TELEMETRY_COLUMNS",
    "TRACK_STATUS_COLUMNS",
    "WEATHER_COLUMNS",
    "CornerSource",
    "DataIssue",
    "Session",
    "TelemetrySource",
    "Truth",
    "Weekend",
    "require_weekend",
]

DRY_COMPOUNDS = ("SOFT", "MEDIUM", "HARD")
COMPOUNDS = (*DRY_COMPOUNDS, "INTERMEDIATE", "WET", "UNKNOWN")

#: The lines of the lap ledger, in the order they are booked. Their seconds sum to the lap.
LEDGER_PARTS = (
    "track",
    "fuel",
    "pace",
    "tyre_normal",
    "tyre_excess",
    "traffic",
    "pit_normal",
    "pit_excess",
    "neutralisation",
    "start",
    "incident",
    "unexplained",
)

LAP_COLUMNS = {
    "driver": "str",
    "team": "str",
    "lap": "int",  # 1 … n without holes for each driver
    "time_s": "float",  # session clock at the end of the lap, never missing
    "lap_time_s": "float",  # time_s minus the previous lap's (lap 1: minus Session.start_s)
    "sector1_s": "float",
    "sector2_s": "float",
    "sector3_s": "float",
    "stint": "int",
    "compound": "str",  # one of COMPOUNDS
    "tyre_age_laps": "float",  # laps on this set at the end of the lap, 1 = its first
    "fresh_tyre": "bool",
    "pit_in_s": "float",  # session clock at pit entry, NaN when the lap has none
    "pit_out_s": "float",  # session clock at pit exit, NaN when the lap has none
    "pit_stationary_s": "float",  # seconds the car stood in its box in the stop that ends the lap
    "green": "bool",  # no yellow, SC, VSC or red at any moment of the lap
    "yellow": "bool",
    "sc": "bool",
    "vsc": "bool",
    "red": "bool",
    "position": "float",  # on the road at the end of the lap
    "gap_ahead_s": "float",  # to the car that crossed the line last before this one, lapped or not
    "driver_ahead": "str",  # that car, "" for nobody
    "driver_ahead_lap": "float",  # the lap it had just completed, NaN for nobody
    "speed_i1_kmh": "float",
    "speed_i2_kmh": "float",
    "speed_fl_kmh": "float",
    "speed_trap_kmh": "float",
    "accurate": "bool",  # timing source calls the lap consistent
    "deleted": "bool",
    "repaired": "bool",  # time_s or lap_time_s was derived here, not measured
}

RESULT_COLUMNS = {
    "driver": "str",
    "number": "str",
    "name": "str",
    "team": "str",
    "team_colour": "str",  # "#RRGGBB"
    "grid": "float",  # slot 1 … n; pit-lane starters behind the last, as they left the lane
    "pit_lane_start": "bool",
    "finish": "float",  # official position, NaN when unknown
    "status": "str",
    "classified": "bool",
    "points": "float",
    "laps": "float",  # official count
    "q1_s": "float",
    "q2_s": "float",
    "q3_s": "float",
}

WEATHER_COLUMNS = {
    "time_s": "float",
    "air_temp_c": "float",
    "track_temp_c": "float",
    "humidity_pct": "float",
    "pressure_hpa": "float",
    "rainfall": "bool",
    "wind_speed_ms": "float",
    "wind_direction_deg": "float",
}

MESSAGE_COLUMNS = {
    "time_s": "float",  # session clock, NaN when it could not be placed on it
    "lap": "float",  # the leader's lap
    "category": "str",
    "message": "str",
    "flag": "str",  # "" for none
    "scope": "str",
    "sector": "float",
    "driver": "str",  # "" when nobody is named
}

TRACK_STATUS_COLUMNS = {
    "time_s": "float",
    "status": "str",  # green, yellow, sc, vsc, red
}

TELEMETRY_COLUMNS = {
    "time_s": "float",  # from the start of the lap
    "distance_m": "float",  # along the line driven: about 1 % less than the official length
    "speed_kmh": "float",
    "rpm": "float",
    "gear": "int",
    "throttle_pct": "float",  # NaN where the car sent none
    "brake": "bool",
    "drs": "bool",
    "x_m": "float",  # NaN where the car sent no place
    "y_m": "float",
}

CORNER_COLUMNS = {
    "number": "int",
    "letter": "str",  # tells corners of one number apart, "" for most
    "x_m": "float",
    "y_m": "float",
}


@dataclass(frozen=True, order=True)
class DataIssue:
    """One thing found wrong in the data and what was done about it.

    Parameters
    ----------
    kind : str
        Short machine-readable name, e.g. ``"lap_time_missing"``.
    where : str
        Which session, drivers or laps, readable by a person.
    count : int
        How many rows or values it concerns.
    action : str
        What was done, in a short sentence.
    """

    kind: str
    where: str
    count: int
    action: str


class TelemetrySource(Protocol):
    """Anything that can give the car data of one lap."""

    def __call__(self, driver: str, lap: int) -> pd.DataFrame:
        """Return a frame with TELEMETRY_COLUMNS, or raise :class:`f1lab.errors.NoData`."""


class CornerSource(Protocol):
    """Anything that knows the numbered corners of a circuit."""

    def __call__(self) -> pd.DataFrame:
        """Return a frame with CORNER_COLUMNS, empty when the corners are not known."""


@dataclass(frozen=True)
class Session:
    """One session of a weekend; frames have exactly the columns of this module.

    ``start_s`` is the session clock [s] at lights out (race) or at the green light.
    ``total_laps`` is the official race distance [laps] actually run by the winner, NaN-free,
    or None outside a race. ``event`` is the name of the weekend, empty when nobody said.
    """

    kind: str  # "R", "Q", "S" (sprint), "SQ", "FP1" …
    name: str
    date: str  # ISO date of the session
    start_s: float
    total_laps: int | None
    laps: pd.DataFrame = field(repr=False)
    results: pd.DataFrame = field(repr=False)
    weather: pd.DataFrame = field(repr=False)
    messages: pd.DataFrame = field(repr=False)
    track_status: pd.DataFrame = field(repr=False)
    telemetry_source: TelemetrySource | None = field(default=None, repr=False, compare=False)
    corner_source: CornerSource | None = field(default=None, repr=False, compare=False)
    event: str = field(default="", compare=False)

    def telemetry(self, driver: str, lap: int) -> pd.DataFrame:
        """Car data of one lap [columns of TELEMETRY_COLUMNS]; NoData when there is none.

        Loaded when first asked for, then cached.
        """
        from f1lab.errors import NoData  # noqa: PLC0415  (keeps the schema import light)

        if self.telemetry_source is None:
            raise NoData(
                f"{self.name} was loaded without telemetry, so {driver} lap {lap} has none."
            )
        return self.telemetry_source(driver, lap)

    def corners(self) -> pd.DataFrame | None:
        """Numbered corners of the circuit [columns of CORNER_COLUMNS]; None when not known.

        Without them, :func:`f1lab.calc.corners.find_corners` numbers the corners it finds in a
        trace in their order.
        """
        known = None if self.corner_source is None else self.corner_source()
        return None if known is None or known.empty else known


@dataclass(frozen=True)
class Truth:
    """What really cost the time in a generated weekend.

    Parameters
    ----------
    ledger : pandas.DataFrame
        ``driver, lap`` and one column ``<part>_s`` per LEDGER_PARTS; a row sums to ``lap_time_s``.
    parameters : dict
        The numbers the weekend was generated from, JSON-ready, units in the keys.
    """

    ledger: pd.DataFrame = field(repr=False)
    parameters: dict[str, object] = field(repr=False)


@dataclass(frozen=True, repr=False)
class Weekend:
    """A race weekend, repaired and ready for every question f1lab answers."""

    year: int
    round: int
    event: str
    circuit: str
    source: str
    race: Session
    qualifying: Session | None = None
    quality: tuple[DataIssue, ...] = ()
    truth: Truth | None = None

    def __repr__(self) -> str:
        """Event, source, laps and cars of the race, and how many notes there are on the data."""
        cars, laps = self.race.laps["driver"].nunique(), self.race.total_laps
        return (
            f"Weekend({self.year} {self.event}, round {self.round}, from {self.source}: "
            f"{cars} cars, {laps} laps, {len(self.quality)} notes on the data)"
        )


def require_weekend(given: object) -> None:
    """Raise :class:`f1lab.errors.InvalidInput` unless a weekend is given."""
    from f1lab.errors import InvalidInput  # noqa: PLC0415  (keeps the schema import light)

    if not isinstance(given, Weekend):
        raise InvalidInput(
            f"a weekend is asked for, not a {type(given).__name__}: f1lab.load gives one."
        )
