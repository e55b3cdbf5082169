"""What SimulatorControls sends: the race once, then a frame a lap.

Nothing is sent that the pit wall could not know: drivers come in grid order, a frame holds what
the state of its lap holds, and messages only once they have been sent.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from f1lab.simulator.pace import FUEL_RESERVE_LAPS, PACES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from f1lab.simulator import Decision, Simulation, State, TowerRow

__all__ = ["DASHES", "frame", "frames", "outcome", "race_facts", "skeleton"]

#: Lines of cars that share a colour, told apart; as in ``widgets/race-timeline``.
DASHES = 3
#: Tyres in the order of the keys 1 to 5.
_FITTED = ("SOFT", "MEDIUM", "HARD", "INTERMEDIATE", "WET")


def race_facts(sim: Simulation) -> dict[str, Any]:
    """What does not change while a race is played.

    Parameters
    ----------
    sim : Simulation

    Returns
    -------
    dict
        ``title``, ``driver``, ``n_laps``, ``drivers`` (by code, in grid order: name, team,
        colour, dash), ``compounds`` (by name: fill, ink, letter), ``fitted`` (tyres a stop can
        ask for), ``paces_s`` (what a pace changes on the lap [s]), ``reserve_laps`` (laps the
        fuel reserve of the grid can be pushed).
    """
    from f1lab.figures.style import COMPOUND_STYLES, readable  # noqa: PLC0415  (plotly is slow to load)

    weekend = sim.weekend
    people = {str(row["driver"]): row for row in weekend.race.results.to_dict("records")}
    grid = sim.history[0]
    used: dict[str, int] = {}
    drivers = {}
    for row in grid.tower:
        who = people[row.driver]
        colour = readable(str(who["team_colour"]))
        drivers[row.driver] = {
            "name": str(who["name"]),
            "team": str(who["team"]),
            "colour": colour,
            "dash": used.setdefault(colour, 0) % DASHES,
        }
        used[colour] += 1
    return {
        "title": f"{weekend.event} {weekend.year}",
        "driver": sim.driver,
        "n_laps": grid.n_laps,
        "drivers": drivers,
        "compounds": {name: list(COMPOUND_STYLES[name][:3]) for name in (*_FITTED, "UNKNOWN")},
        "fitted": list(_FITTED),
        "paces_s": {name: pace.lap_s for name, pace in PACES.items()},
        "reserve_laps": FUEL_RESERVE_LAPS,
    }


def skeleton(sim: Simulation) -> dict[str, Any]:
    """Return the record of a run without what grows: a browser adds decisions and outcome."""
    record = sim.to_dict()
    return {name: record[name] for name in record if name not in {"decisions", "outcome"}}


def outcome(line: State, *, stopped: bool) -> dict[str, Any]:
    """Return what a run comes to so far, as in its record.

    Parameters
    ----------
    line : State
        At the last line crossed.
    stopped : bool
        Whether the race has been stopped since, and the call for its next lap is asked for.
    """
    return {
        "laps": line.lap,
        "race_time_s": line.race_time_s,
        "position": line.position,
        "finished": line.finished,
        "stopped": stopped,
    }


def frames(sim: Simulation) -> list[dict[str, Any]]:
    """Return the frames of all laps so far, the grid first."""
    states = sim.history
    found = [frame(states[0], None, 0)]
    for before, state, decision in zip(states, states[1:], sim.decisions, strict=False):
        found.append(frame(state, decision, len(before.messages)))
    return found


def frame(state: State, decision: Decision | None, messages_known: int) -> dict[str, Any]:
    """Everything known at the end of a lap, or where the race is stopped; JSON-ready and small.

    Parameters
    ----------
    state : State
    decision : Decision, optional
        What was decided for the lap; None on the grid and where the race is stopped.
    messages_known : int
        Messages of race control that earlier frames hold.

    Returns
    -------
    dict
        Names as in the state. ``tower`` is a list a car, ``[driver, laps, gap to the leader [s],
        gap to the own car [s], compound, age [laps], stops, last lap [s], in the pits, running]``,
        ``pit_loss_s`` what a stop now would cost, ``[usual, low, high, known at this circuit]``.
    """
    wear, cost = state.wear, state.pit_loss_s
    return {
        "lap": state.lap,
        "laps_left": state.laps_left,
        "finished": state.finished,
        "call": None if decision is None else {"pit": decision.pit, "pace": decision.pace},
        "race_time_s": _ms(state.race_time_s),
        "last_lap_s": _ms(state.last_lap_s),
        "flag": state.flag,
        "stopped": state.stopped,
        "pit_loss_s": [
            *(round(value, 1) for value in (cost.value_s, cost.low_s, cost.high_s)),
            int(cost.known_here),
        ],
        "rain": state.rain,
        "track_temp_c": state.track_temp_c,
        "laps_down": state.laps_down,
        "compound": state.compound,
        "tyre_age_laps": state.tyre_age_laps,
        "stops": state.stops,
        "must_change": state.must_change,
        "sets": dict(state.sets),
        "fuel_margin_kg": round(state.fuel_margin_kg, 2),
        "wear": [_ms(value) for value in (wear.loss_s, wear.low_s, wear.high_s)],
        "wear_per_lap": [
            _ms(value) for value in (wear.per_lap_s, wear.per_lap_low_s, wear.per_lap_high_s)
        ],
        "forecast": [
            [lap.lap, _ms(lap.lap_time_s), _ms(lap.low_s), _ms(lap.high_s)]
            for lap in state.forecast
        ],
        "tower": _tower(state.tower),
        "messages": [
            [_ms(message.time_s), message.lap, message.text]
            for message in state.messages[messages_known:]
        ],
        "modelled": state.modelled,
        "note": state.note,
    }


def _tower(rows: Sequence[TowerRow]) -> list[list[Any]]:
    return [
        [
            row.driver,
            row.laps,
            _ms(row.gap_leader_s),
            _ms(row.gap_s),
            row.compound,
            row.tyre_age_laps,
            row.stops,
            _ms(row.last_lap_s),
            int(row.in_pit),
            int(row.running),
        ]
        for row in rows
    ]


def _ms(seconds: float | None) -> float | None:
    """Seconds to the millisecond."""
    return None if seconds is None else round(seconds, 3)
