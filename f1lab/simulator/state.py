"""What the pit wall sees: the race as it is known when the own car crosses the line."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ForecastLap", "Message", "PitLoss", "State", "TowerRow", "Wear"]


@dataclass(frozen=True)
class Wear:
    """What the set has lost by now, and loses with each further lap, with 90 % ranges [s].

    Estimated from the laps driven on it and what is usual here; no later lap is known to it.
    """

    loss_s: float
    low_s: float
    high_s: float
    per_lap_s: float
    per_lap_low_s: float
    per_lap_high_s: float

    def to_dict(self) -> dict[str, float]:
        """Ready for JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class ForecastLap:
    """A lap to come on this set, neutral, in clear air and under green, with its 90 % range [s].

    Rain that falls now, and rain tyres, move it and widen its range by what they did in earlier
    races; no later rain is known to it.
    """

    lap: int
    lap_time_s: float
    low_s: float
    high_s: float

    def to_dict(self) -> dict[str, float]:
        """Ready for JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class PitLoss:
    """What a stop now would cost, against driving past, with its 90 % range [s].

    A stop by this crew at this circuit, as the seasons the engine learnt from show it, under the
    flag that flies. ``known_here`` is false where the circuit was not among them and the mean of
    all circuits stands in, with its wider range.
    """

    value_s: float
    low_s: float
    high_s: float
    known_here: bool

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class Message:
    """A message of race control; ``time_s`` counts from lights out."""

    time_s: float
    lap: int | None
    text: str

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class TowerRow:
    """A car as timing shows it: at its last crossing of the line.

    ``gap_s`` is to the own car and positive behind it, ``gap_leader_s`` to the leader, both at
    the last line both crossed; None where there is no such line, or the car is a lap off.
    ``in_pit`` is a lap that ended in the pit lane; tyres are those of the last lap completed.
    """

    position: int
    driver: str
    team: str
    laps: int
    gap_leader_s: float | None
    gap_s: float | None
    compound: str
    tyre_age_laps: float
    stops: int
    last_lap_s: float | None
    in_pit: bool
    running: bool
    you: bool

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        return dict(self.__dict__)


@dataclass(frozen=True)
class State:
    """The race as it is known at a line crossing, or while a red flag stops it.

    ``as_of_s`` is the session clock at the line [s]: nothing that happened later is in here.
    ``stopped`` says that the race stands still, so that a change on the next lap is free; where
    the red flag came out on the lap under way, ``asked`` is true and ``as_of_s`` is when wheels
    have to be on again: the call for that lap is made then.
    ``n_laps`` is the scheduled distance; ``gap_behind_s`` is a lap old, since the car behind has
    yet to cross the line. ``must_change`` says that the tyre rule still asks for another dry
    compound, ``sets`` what is left to fit, ``note`` what the last lap brought.
    """

    driver: str
    lap: int
    n_laps: int
    laps_left: int
    finished: bool
    stopped: bool
    asked: bool
    as_of_s: float
    race_time_s: float
    last_lap_s: float | None
    position: int
    gap_ahead_s: float | None
    driver_ahead: str | None
    gap_behind_s: float | None
    driver_behind: str | None
    gap_leader_s: float | None
    laps_down: int
    flag: str
    rain: bool | None
    track_temp_c: float | None
    compound: str
    tyre_age_laps: float
    stops: int
    used: tuple[str, ...]
    must_change: bool
    sets: dict[str, int]
    pit_loss_s: PitLoss
    pace: str
    fuel_margin_kg: float
    wear: Wear
    forecast: tuple[ForecastLap, ...]
    tower: tuple[TowerRow, ...]
    messages: tuple[Message, ...]
    modelled: bool
    note: str

    def __repr__(self) -> str:
        """Driver, lap, place and tyres."""
        tyres = f"{self.compound} {self.tyre_age_laps:.0f} laps"
        return f"State({self.driver} P{self.position} after lap {self.lap} of {self.n_laps}, {tyres}, {self.flag})"

    def to_dict(self) -> dict[str, object]:
        """Ready for JSON."""
        lists = {
            name: [item.to_dict() for item in getattr(self, name)]
            for name in ("forecast", "tower", "messages")
        }
        return (
            self.__dict__
            | lists
            | {
                "wear": self.wear.to_dict(),
                "pit_loss_s": self.pit_loss_s.to_dict(),
                "used": list(self.used),
                "sets": dict(self.sets),
            }
        )
