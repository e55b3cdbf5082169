"""Box now, stay, or box if a safety car comes: the calls for the end of this lap, run in the engine.

Behind each call stands the best plan that follows from it. They are run on the same races, so that
their difference is known better than either.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from f1lab.data.schema import COMPOUNDS
from f1lab.live.state import CallOption, LiveAdvice
from f1lab.live.stopped import choices_when_stopped, is_stopped, sentence_when_stopped
from f1lab.racemodel.laps import FLAGS
from f1lab.strategy.free_air import FreeAir, is_rain_tyre
from f1lab.strategy.judge import OBJECTIVES, Calls, Judge, calls_of
from f1lab.strategy.neutral import safety_car_table
from f1lab.strategy.optimizer import QUICK, next_window, optimize

if TYPE_CHECKING:
    from f1lab.engine.inputs import RaceField
    from f1lab.live.state import LiveRow
    from f1lab.strategy.judge import Sample
    from f1lab.strategy.neutral import SafetyCarCall
    from f1lab.strategy.report import StrategyReport

__all__ = ["advise", "no_calls"]

_NEUTRAL = FLAGS.index("vsc")
_UNKNOWN = COMPOUNDS.index("UNKNOWN")
#: Places that score in a sprint, and in a race.
_SPRINT_POINTS, _RACE_POINTS = 8, 10
#: Tyre orders looked through for the best behind each call.
_ORDERS = 30
#: A window is looked for only where it is told.
_EFFORT = replace(QUICK, stops=0)
#: The seed of the races the calls are compared on: not those the plan was searched on.
_OTHER_RACES = 7
#: The plan of a car that comes in when the track asks for it.
_IN_THE_RAIN = "as the track asks"
#: A difference smaller than this is none to anybody, by unit.
_NOTHING = {"points": 0.05, "places": 0.02, "s": 0.1}


def advise(field: RaceField, driver: str, *, sprint: bool, n: int, seed: int) -> LiveAdvice:
    """Weigh the calls of a driver for the end of the lap he is on.

    Parameters
    ----------
    field : RaceField
        The race as it stands.
    driver : str
        A driver who is running, with a lap left on which he can stop.
    sprint : bool
        A sprint is compared in places, and eight cars score.
    n : int
        Races each call is run for.
    seed : int

    Returns
    -------
    LiveAdvice
    """
    if is_stopped(field):
        return _advise_stopped(field, driver, sprint=sprint, n=n, seed=seed)
    objective = "position" if sprint else "points"
    report = optimize(
        field, driver, objective=objective, n=max(n // 2, 100), seed=seed, effort=_EFFORT
    )
    judge = Judge(field, driver, report.objective)
    done = int(field.state.done[judge.car])
    plans = _plans(field, driver, report, done + 1)
    races = judge.run_each(plans.values(), n, seed + _OTHER_RACES)
    samples = {call: races[calls] for call, calls in plans.items()}
    options = _options(judge, plans, samples, _SPRINT_POINTS if sprint else _RACE_POINTS)
    unit = OBJECTIVES[report.objective]
    call = _call(options, unit)
    neutral = field.state.flag >= _NEUTRAL
    stay = plans.get("stay")
    danger = None
    if not neutral and stay is not None:
        danger = _if_safety_car(field, driver, stay, judge.objective, n, seed)
    # what is recommended is planned for: staying out, the stop after it
    chosen = next(one for one in options if (one.call == "stay") == (call != "box"))
    window = None if call == "box" or stay is None else _window(field, report, stay)
    advice = LiveAdvice(
        driver=driver,
        lap=done,
        box_lap=done + 1,
        call=call,
        compound=next((one.call for one in options if one.call != "stay"), None),
        sentence="",
        unit=unit,
        races=n,
        options=options,
        plan=chosen.plan,
        window=window,
        on_safety_car=None if danger is None else danger.verdict,
        safety_car_gain=None if danger is None else danger.gain,
        safety_car_gain_low=None if danger is None else danger.gain_low,
        safety_car_gain_high=None if danger is None else danger.gain_high,
    )
    return _with_sentence(advice, neutral=neutral)


def no_calls(field: RaceField, driver: str, row: LiveRow | None) -> str:
    """Why nothing can be called for a driver; empty when something can.

    Parameters
    ----------
    field : RaceField
        The race as it stands.
    driver : str
    row : LiveRow or None
        His row of the tower, if he has one.

    Returns
    -------
    str
    """
    if row is None or driver not in field.drivers:
        return f"{driver} is not on the grid: no calls."
    car, state = field.drivers.index(driver), field.state
    why = (
        (row.out, "is out of the race: no calls"),
        (not state.running[car] or not state.done[car], "has not completed a lap: no calls"),
        (int(state.compound[car]) == _UNKNOWN, "is on tyres nobody knows: no calls"),
        (state.done[car] >= field.n_laps - 1, "is on the last lap: nothing is left to call"),
    )
    return next((f"{driver} {reason}." for holds, reason in why if holds), "")


def _advise_stopped(
    field: RaceField, driver: str, *, sprint: bool, n: int, seed: int
) -> LiveAdvice:
    """Weigh what to go on with after a red flag: nobody has to come in for it."""
    objective = "position" if sprint else "points"
    judge, plans, samples = choices_when_stopped(field, driver, objective, n, seed + _OTHER_RACES)
    options = _options(judge, plans, samples, _SPRINT_POINTS if sprint else _RACE_POINTS)
    unit, done = OBJECTIVES[objective], int(field.state.done[judge.car])
    call = _call(options, unit)
    chosen = next((one for one in options if (one.call == "stay") == (call != "box")), options[0])
    advice = LiveAdvice(
        driver=driver,
        lap=done,
        box_lap=done,
        call=call,
        compound=next((one.call for one in options if one.call != "stay"), None),
        sentence="",
        unit=unit,
        races=n,
        options=options,
        plan=chosen.plan,
        window=None,
        on_safety_car=None,
        safety_car_gain=None,
        safety_car_gain_low=None,
        safety_car_gain_high=None,
    )
    own = COMPOUNDS[int(field.state.compound[judge.car])]
    return replace(advice, sentence=sentence_when_stopped(advice, own))


def _options(
    judge: Judge, plans: dict[str, Calls], samples: dict[str, Sample], scoring: int
) -> tuple[CallOption, ...]:
    """The calls, best first."""
    ranked = sorted(samples, key=lambda call: -judge.value(samples[call]))
    best = samples[ranked[0]]
    return tuple(_option(judge, call, plans[call], samples[call], best, scoring) for call in ranked)


def _plans(field: RaceField, driver: str, report: StrategyReport, lap: int) -> dict[str, Calls]:
    """The best plan behind each call: staying out, and every compound that is a choice now."""
    air = FreeAir.of(field, driver)
    numbers = np.arange(1, air.n_laps + 1)
    found: dict[str, Calls] = {}
    for ranked in report.ranking:
        calls = Calls.of(ranked.start, ranked.stops)
        found.setdefault(_call_of(calls, lap), calls)
    if "stay" not in found:
        stay = next(air.programme(no_stop=numbers == lap).best(), None)
        if stay is not None:
            found["stay"] = calls_of(stay, lap - 1)
    for n, schedule in enumerate(air.programme(no_stop=numbers != lap).best()):
        if n == _ORDERS:
            break
        calls = calls_of(schedule, lap - 1)
        found.setdefault(_call_of(calls, lap), calls)
    return found


def _call_of(calls: Calls, lap: int) -> str:
    """What a plan does at the end of a lap: ``stay``, or the compound it boxes for."""
    if calls.stops and calls.stops[0][0] == lap:
        return COMPOUNDS[calls.stops[0][1]]
    return "stay"


def _option(
    judge: Judge, call: str, calls: Calls, sample: Sample, best: Sample, scoring: int
) -> CallOption:
    regret = judge.regret(sample, best)
    return CallOption(
        call=call,
        plan=_said(calls),
        win=sample.share(1),
        podium=sample.share(3),
        points=sample.share(scoring),
        position=float(sample.position.mean()),
        regret=regret.mean,
        regret_low=regret.low,
        regret_high=regret.high,
    )


def _said(calls: Calls) -> str:
    if not calls.stops:
        return _IN_THE_RAIN if is_rain_tyre(calls.start) else "to the flag"
    return " → ".join(f"lap {lap} {COMPOUNDS[compound]}" for lap, compound in calls.stops)


def _call(options: tuple[CallOption, ...], unit: str) -> str:
    """Box, stay, or level when the best of the other kind cannot be told from the best."""
    best = options[0]
    other = next((one for one in options if (one.call == "stay") != (best.call == "stay")), None)
    if other is not None and (other.regret_low <= 0 or other.regret < _NOTHING[unit]):
        return "level"
    return "stay" if best.call == "stay" else "box"


def _window(field: RaceField, report: StrategyReport, stay: Calls) -> tuple[int, int, int] | None:
    """First, best and last lap of the next stop when staying out."""
    if not stay.stops:
        return None
    lap, best = stay.stops[0][0], report.best
    told = None
    if best.stops and best.stops[0][0] == lap:
        told = next_window(field, report.driver, report)
    return (lap, lap, lap) if told is None else (told.first_lap, told.best_lap, told.last_lap)


def _if_safety_car(
    field: RaceField, driver: str, plan: Calls, objective: str, n: int, seed: int
) -> SafetyCarCall | None:
    """Box or stay if a safety car comes out on the lap that is being driven."""
    lap = int(field.state.done[field.drivers.index(driver)]) + 1
    if not field.state.lap + 1 <= lap <= field.n_laps - 1:
        return None
    found = safety_car_table(field, driver, (lap,), plan=plan, objective=objective, n=n, seed=seed)
    return found[0] if found else None


def _with_sentence(advice: LiveAdvice, *, neutral: bool) -> LiveAdvice:
    """Say it as the pit wall would."""
    stay = next((one for one in advice.options if one.call == "stay"), None)
    box = next((one for one in advice.options if one.call != "stay"), None)
    now = " under this flag" if neutral else ""
    if box is None or stay is None:
        said = [f"{advice.driver}: stay out; there is no stop to make."]
        if box is not None:
            said = [f"{advice.driver}: box for {box.call}: the tyre rule leaves no other lap."]
    elif advice.call == "box":
        said = [f"{advice.driver}: box{now} at the end of lap {advice.box_lap} for {box.call}."]
        said.append(f"Staying out costs {_cost(stay, advice.unit)}.")
    elif advice.call == "stay":
        said = [f"{advice.driver}: stay out{now}."]
        said.append(f"Boxing now costs {_cost(box, advice.unit)}.")
    else:
        lap = advice.box_lap
        said = [f"{advice.driver}: box{now} at the end of lap {lap} for {box.call}, or stay:"]
        said.append("the two cannot be told apart.")
    if advice.call != "box" and box is not None and stay is not None:
        said.append(_planned(stay, advice.window))
    if advice.on_safety_car is not None and box is not None:
        said.append(_on_safety_car(advice))
    return replace(advice, sentence=" ".join(said))


def _cost(option: CallOption, unit: str) -> str:
    return f"{option.regret:.2f} {unit} ({option.regret_low:.2f} to {option.regret_high:.2f})"


def _planned(stay: CallOption, window: tuple[int, int, int] | None) -> str:
    if stay.plan == _IN_THE_RAIN:
        return "The next stop is when the track asks for other tyres."
    if window is None:
        return "No stop is planned."
    first, _, last = window
    between = "" if first == last else f", window {first}–{last}"
    return f"Planned: {stay.plan}{between}."


def _on_safety_car(advice: LiveAdvice) -> str:
    gain, low, high = (
        abs(value or 0.0)
        for value in (
            advice.safety_car_gain,
            advice.safety_car_gain_low,
            advice.safety_car_gain_high,
        )
    )
    if advice.on_safety_car == "level":
        return "If a safety car comes now: box or stay, level."
    low, high = min(low, high), max(low, high)
    return (
        f"If a safety car comes now: {advice.on_safety_car}, worth {gain:.2f} {advice.unit} "
        f"({low:.2f} to {high:.2f})."
    )
