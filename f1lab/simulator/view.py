"""The race as it is known: built from what had happened when the own car crossed the line.

While a red flag stops the race it is what had happened when tyres could last be changed.

Rivals are seen at the lines they have crossed by then. What is known beforehand is the grid, the
teams and the scheduled distance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS, DRY_COMPOUNDS
from f1lab.racemodel.laps import FLAGS
from f1lab.simulator.pace import FUEL_RESERVE_LAPS, PACES
from f1lab.simulator.rain import Excess, excesses, slowed_share, track_now
from f1lab.simulator.state import Message, State, TowerRow
from f1lab.simulator.stop_cost import stop_cost
from f1lab.simulator.stoppages import standing_s
from f1lab.simulator.wear import own_laps
from f1lab.simulator.world import RED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from f1lab.simulator.car import Car, Driver
    from f1lab.simulator.course import Course
    from f1lab.simulator.world import World

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["Seen", "flag_at", "seen_at", "state_of", "weather_at"]

#: A car that has not crossed the line for so much longer than its laps take is out [-].
_OVERDUE = 2.0


@dataclass(frozen=True)
class Seen:
    """Rivals at their last lines: rows of their last laps (-1: none yet), laps done, clock.

    ``on_lap_1`` says whether a car that has not come round yet may still do so.
    """

    last_row: Ints
    laps: Ints
    clock_s: Floats
    running: NDArray[np.bool_]
    on_lap_1: bool


def seen_at(world: World, driver: int, clock_s: float) -> Seen:
    """Where everybody was when last seen; the own row is left to the played car."""
    laps = world.laps
    times = np.where(world.row_of >= 0, laps.time_s[world.row_of], np.inf)
    done = (times <= clock_s).sum(axis=1)
    at = np.arange(len(done))
    last_row = np.where(done > 0, world.row_of[at, np.maximum(done - 1, 0)], -1)
    clock = np.where(done > 0, laps.time_s[last_row], world.lights_out_s)
    usual_s = np.median(laps.lap_time_s[laps.time_s <= clock_s]) if (done > 0).any() else np.inf
    last_s = laps.lap_time_s[last_row]
    last_s = last_s - standing_s(world.stoppages, clock - last_s, clock)
    longest = np.where(done > 0, np.maximum(last_s, usual_s), usual_s)
    since_s = clock_s - clock - standing_s(world.stoppages, clock, np.array(clock_s))
    running = since_s < _OVERDUE * longest
    out_s = np.array(world.lights_out_s)
    raced_s = clock_s - out_s - standing_s(world.stoppages, out_s, np.array(clock_s))
    done[driver] = 0
    return Seen(last_row, done, clock, running, bool(raced_s < _OVERDUE * usual_s))


def flag_at(world: World, clock_s: float) -> str:
    """Flag that flew at a moment: by the track status, without one by the laps ended by then."""
    if world.stopped_at(clock_s):
        return "red"
    status = world.weekend.race.track_status
    if len(status):
        before = status["time_s"].to_numpy() <= clock_s
        return str(status["status"].to_numpy()[before][-1]) if before.any() else "green"
    ended = np.flatnonzero(world.laps.time_s <= clock_s)
    if not len(ended):
        return "green"
    last = ended[world.laps.time_s[ended].argmax()]
    name = FLAGS[int(world.laps.flag[last])]
    return "green" if name == "restart" else name


def state_of(course: Course) -> State:
    """Build the state at the line, or at the red flag that has stopped the race since.

    Parameters
    ----------
    course : Course

    Returns
    -------
    State
    """
    driver, cars, now_s = course.driver, course.cars, course.now_s
    world, car, n_laps = driver.world, cars[-1], course.scheduled_laps
    tower = _tower(driver, cars, now_s)
    own = next(row for row in tower if row.you)
    ahead = tower[own.position - 2] if own.position > 1 else None
    behind = tower[own.position] if own.position < len(tower) else None
    if behind is not None and not behind.running:
        behind = None
    # he who was ahead at the last line both crossed is behind by nobody knows how much
    known_behind = behind is not None and behind.gap_s is not None and behind.gap_s >= 0
    used = tuple(dict.fromkeys(COMPOUNDS[f.compound] for f in car.sets))
    rain, track_temp_c = weather_at(world, now_s)
    learnt = own_laps(cars, world.weekend.circuit, world.weekend.year, n_laps)
    laps_left = 0 if course.finished else max(n_laps - car.lap, 0)
    spare = FUEL_RESERVE_LAPS * PACES["push"].fuel - car.fuel_laps
    led = int(seen_at(world, driver.number, car.clock_s).laps.max())
    flag = flag_at(world, now_s)
    return State(
        driver=driver.code,
        lap=car.lap,
        n_laps=n_laps,
        laps_left=laps_left,
        finished=course.finished,
        stopped=course.stopped,
        asked=course.stoppage is not None,
        as_of_s=now_s,
        race_time_s=now_s - world.lights_out_s,
        last_lap_s=own.last_lap_s,
        position=own.position,
        gap_ahead_s=None if ahead is None or ahead.gap_s is None else -ahead.gap_s,
        driver_ahead=None if ahead is None else ahead.driver,
        gap_behind_s=behind.gap_s if behind is not None and known_behind else None,
        driver_behind=None if behind is None else behind.driver,
        gap_leader_s=own.gap_leader_s,
        laps_down=max(led - car.lap, 0),
        flag=flag,
        rain=rain,
        track_temp_c=track_temp_c,
        compound=COMPOUNDS[car.sets[-1].compound],
        tyre_age_laps=_age_laps(car),
        stops=len(car.sets) - 1,
        used=used,
        must_change=len(used) == 1 and used[0] in DRY_COMPOUNDS,
        sets=course.sets_left(),
        pit_loss_s=stop_cost(world, driver.code, flag),
        pace=course.decisions[-1].pace if course.decisions else "neutral",
        fuel_margin_kg=max(spare * driver.lap_kg, 0.0),
        wear=learnt.wear(),
        forecast=learnt.forecast(laps_left, _excesses(world, car, now_s, raining=rain)),
        tower=tower,
        messages=_messages(world, now_s),
        modelled=car.modelled,
        note=_note(course),
    )


def _excesses(
    world: World, car: Car, now_s: float, *, raining: bool | None
) -> tuple[Excess, ...] | None:
    slowed = slowed_share(world, now_s)
    return excesses(track_now(car.sets[-1].compound, slowed, raining=raining), slowed)


def _age_laps(car: Car) -> float:
    return float(car.lap - car.sets[-1].lap + car.sets[-1].age)


def _tower(driver: Driver, cars: Sequence[Car], now_s: float) -> tuple[TowerRow, ...]:
    world, me = driver.world, cars[-1]
    seen = seen_at(world, driver.number, now_s)
    own_clock = [car.clock_s for car in cars]
    laps = seen.laps.copy()
    laps[driver.number] = me.lap
    clock = seen.clock_s.copy()
    clock[driver.number] = me.clock_s
    codes = world.laps.drivers
    # level cars, such as those yet to end lap 1, stand in the order of the grid
    slot = {code: float(i) for i, code in enumerate(world.field.drivers)}
    place = [slot.get(code, float(len(codes))) for code in codes]
    standing: list[tuple[tuple[float, float, float], int | str]] = [
        ((-laps[i], clock[i] if laps[i] else 0.0, place[i]), i) for i in range(len(codes))
    ]
    standing += [((0.0, 0.0, behind), code) for code, behind in _never_round(world)]
    standing.sort(key=lambda one: one[0])
    first = next(i for _, i in standing if isinstance(i, int))
    rows = []
    for position, (_, i) in enumerate(standing, start=1):
        if isinstance(i, str):
            rows.append(_lapless_row(world, i, position, running=seen.on_lap_1))
            continue
        line = int(min(laps[i], me.lap))
        gap_s = None
        if line and i != driver.number and abs(int(laps[i]) - me.lap) <= 1:
            gap_s = _gap_s(world, own_clock[line], _clock_of(world, i, line))
        rows.append(
            _row(
                driver,
                seen,
                i,
                position,
                cars,
                (gap_s, _to_leader(driver, first, i, laps, own_clock)),
            )
        )
    return tuple(rows)


def _to_leader(
    driver: Driver, first: int, car: int, laps: Ints, own_clock: list[float]
) -> float | None:
    """Gap to the leader at the last line the car crossed, if the leader is on that lap or the next."""
    line = int(laps[car])
    if car == first or not line or laps[first] - line > 1:
        return 0.0 if car == first else None

    def clock(i: int) -> float:
        return own_clock[line] if i == driver.number else _clock_of(driver.world, i, line)

    return _gap_s(driver.world, clock(first), clock(car))


def _gap_s(world: World, from_s: float, to_s: float) -> float | None:
    """Time between two crossings of a line [s]; None where the race was stopped in between."""
    early_s, late_s = sorted((from_s, to_s))
    stood = standing_s(world.stoppages, np.array(early_s), np.array(late_s)) > 0
    return None if stood else to_s - from_s


def _never_round(world: World) -> list[tuple[str, float]]:
    """Starters who never ended a lap, and where they stood among the slots of the others."""
    results = world.weekend.race.results
    grid = dict(zip(results["driver"].astype(str), results["grid"], strict=True))
    ahead = [grid.get(code, np.nan) for code in world.field.drivers]
    return [
        (code, float(np.sum(np.array(ahead) < slot)) - 0.5)
        for code, slot in grid.items()
        if code not in world.laps.drivers and np.isfinite(slot)
    ]


def _lapless_row(world: World, code: str, position: int, *, running: bool) -> TowerRow:
    results = world.weekend.race.results
    team = str(results.loc[results["driver"] == code, "team"].iloc[0])
    return TowerRow(
        position=position,
        driver=code,
        team=team,
        laps=0,
        gap_leader_s=None,
        gap_s=None,
        compound="UNKNOWN",
        tyre_age_laps=0.0,
        stops=0,
        last_lap_s=None,
        in_pit=False,
        running=running,
        you=False,
    )


def _clock_of(world: World, car: int, lap: int) -> float:
    return float(world.laps.time_s[world.row_of[car, lap - 1]])


def _row(
    driver: Driver,
    seen: Seen,
    i: int,
    position: int,
    cars: Sequence[Car],
    gaps: tuple[float | None, float | None],
) -> TowerRow:
    world, you, me = driver.world, i == driver.number, cars[-1]
    laps, row = world.laps, int(seen.last_row[i])
    code = laps.drivers[i]
    gap_s, leader_s = gaps
    team = dict(zip(world.field.drivers, world.field.teams, strict=True)).get(code, "")
    if you:
        last_s = me.clock_s - cars[-2].clock_s if me.lap else None
        values = (COMPOUNDS[me.sets[-1].compound], _age_laps(me), len(me.sets) - 1, me.stop_s > 0)
        done, running = me.lap, True
    else:
        done, running = int(seen.laps[i]), bool(seen.running[i])
        last_s = float(laps.lap_time_s[row]) if done else None
        values = _tyres(world, code, row, done)
    return TowerRow(
        position, code, team, done, leader_s, gap_s, *values[:3], last_s, values[3], running, you
    )


def _tyres(world: World, code: str, row: int, done: int) -> tuple[str, float, int, bool]:
    """Compound, age and stops of a rival as of his last lap, and whether it ended in the pits."""
    laps, plan = world.laps, world.plans[code]
    if not done:
        return COMPOUNDS[plan.compound], plan.age_steps / 4, 0, False
    stops = int(laps.stint[row]) - int(laps.stint[world.rows(code)[0]])
    in_pit = bool(laps.in_lap[row])
    return COMPOUNDS[int(laps.compound[row])], float(laps.age_laps[row]), stops, in_pit


def weather_at(world: World, clock_s: float) -> tuple[bool | None, float | None]:
    """Whether it rained when last told, and how warm the track was [°C]; None where untold."""
    weather = world.weekend.race.weather
    before = weather["time_s"].to_numpy() <= clock_s if len(weather) else np.zeros(0, bool)
    if not before.any():
        return None, None
    last = int(np.flatnonzero(before)[-1])
    temp = float(weather["track_temp_c"].to_numpy()[last])
    return bool(weather["rainfall"].to_numpy()[last]), temp if np.isfinite(temp) else None


def _messages(world: World, clock_s: float) -> tuple[Message, ...]:
    frame, start_s = world.weekend.race.messages, world.lights_out_s
    if not len(frame):
        return ()
    times = frame["time_s"].to_numpy(dtype=float)
    known = np.flatnonzero((times <= clock_s) & (times >= start_s))
    laps, texts = frame["lap"].to_numpy(dtype=float), frame["message"].to_numpy()
    return tuple(
        Message(
            float(times[i]) - start_s,
            int(laps[i]) if np.isfinite(laps[i]) else None,
            str(texts[i]),
        )
        for i in known
    )


def _note(course: Course) -> str:
    """What the last lap brought, as timing shows it."""
    driver, cars = course.driver, course.cars
    if course.stopped:
        return f"the race is stopped on lap {cars[-1].lap + 1}: change tyres free, or keep them"
    if len(cars) < 2:  # noqa: PLR2004  (a lap has two ends)
        return ""
    before, car, world = cars[-2], cars[-1], driver.world
    said = []
    if len(car.sets) > len(before.sets):
        free = " under the red flag" if car.flag == RED else ""
        said.append(f"boxed for {COMPOUNDS[car.sets[-1].compound]}{free}")
    if before.lap:
        rows = world.row_of[:, before.lap - 1 : before.lap + 1]
        clock = np.where(rows >= 0, world.laps.time_s[rows], np.inf)
        first = clock[:, 0] < before.clock_s
        last = clock[:, 1] < car.clock_s
        running = seen_at(world, driver.number, car.clock_s).running
        for word, which in (("ahead of", first & ~last & running), ("behind", last & ~first)):
            which[driver.number] = False
            names = [world.laps.drivers[i] for i in np.flatnonzero(which)]
            said += [f"now {word} {', '.join(names)}"] if names else []
    return "; ".join(said)
