"""Stops, penalties and what a stop normally costs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from f1lab.autopsy.ledger import Books
from f1lab.autopsy.pits import Penalty, Stop, excess_parts, forced_share, penalties
from f1lab.autopsy.start import start_line


def session_saying(demo, *lines):
    messages = pd.DataFrame(
        {"message": lines, "lap": np.arange(1.0, len(lines) + 1)},
    ).reindex(columns=demo.race.messages.columns)
    return replace(demo.race, messages=messages)


def test_penalties_are_read_from_race_control(demo):
    found = penalties(
        session_saying(
            demo,
            "FIA STEWARDS: 5 SECOND TIME PENALTY FOR CAR 44 (HAM) - SPEEDING IN THE PIT LANE",
            "10 SECOND STOP/GO PENALTY FOR CAR 99 (GIO)",
            "DRIVE THROUGH PENALTY FOR CAR 24 (ZHO) - FALSE START",
            "FIA STEWARDS: PENALTY SERVED - 5 SECOND TIME PENALTY FOR CAR 44 (HAM) - SPEEDING",
            "INCIDENT INVOLVING CAR 24 (ZHO) UNDER INVESTIGATION - PENALTY NOT SERVED",
            "DRS ENABLED",
        )
    )
    assert found == [
        Penalty("HAM", "time", 5.0, 1, "speeding in the pit lane"),
        Penalty("GIO", "stop_go", 10.0, 2, ""),
        Penalty("ZHO", "drive_through", 0.0, 3, "false start"),
    ]


def stop(lane_s, penalty=None):
    return Stop(0, 10, 9, 10, lane_s, green=True, tyres=True, penalty=penalty)


@pytest.mark.parametrize(
    ("lane_s", "penalty", "expected"),
    [
        (21.5, None, (1.5, 0.0)),
        (19.0, None, (-1.0, 0.0)),
        (26.2, Penalty("HAM", "time", 5.0, 3, ""), (1.2, 5.0)),
        (20.1, Penalty("HAM", "time", 5.0, 3, ""), (0.1, 0.0)),
        (95.0, None, (0.0, 75.0)),
        (np.nan, None, (0.0, 0.0)),
    ],
    ids=["slow", "quick", "penalty served", "penalty not served here", "repair", "unknown"],
)
def test_excess_goes_to_the_crew_the_stewards_or_the_damage(lane_s, penalty, expected):
    found = excess_parts(stop(lane_s, penalty), 20.0)
    assert tuple(float(x) for x in found) == pytest.approx(expected)


def test_norm_is_read_without_the_driver(demo, demo_model):
    code = demo_model.laps.drivers[0]
    books = Books(demo, demo_model, code)
    pit = demo.truth.parameters["pit"]
    assert books.pit_norm.lane_s == pytest.approx(pit["lane_s"], abs=0.3)
    assert books.pit_norm.loss_s == pytest.approx(
        pit["loss_in_lap_s"] + pit["loss_out_lap_s"], abs=0.6
    )
    assert books.pit_norm.n > 10


@pytest.mark.parametrize(
    ("lap", "beyond_s", "trouble_s", "penalty", "share"),
    [
        (10, 8.4, 20.0, None, 0.0),
        (10, 9.2, 20.0, None, 0.7),
        (10, 9.2, 4.8, None, 0.7 * 0.3),
        (10, 60.0, 20.0, None, 1.0),
        (10, 60.0, 1.0, None, 0.0),
        (10, 12.0, 20.0, Penalty("HAM", "time", 5.0, 3, ""), 0.0),
        (2, 2.3, 0.0, None, 0.8),
        (2, np.nan, 20.0, None, 0.0),
    ],
    ids=[
        *("slow", "slower", "little trouble", "repair", "no trouble"),
        *("penalty", "early", "not known"),
    ],
)
def test_how_far_damage_called_for_a_stop(
    demo, demo_model, lap, beyond_s, trouble_s, penalty, share
):
    norm = Books(demo, demo_model, demo_model.laps.drivers[0]).pit_norm
    own = replace(stop(norm.lane_s + beyond_s, penalty), lap=lap)
    found = forced_share(own, norm, trouble_s, wet=False)
    assert found[0] == pytest.approx(share)
    assert len(found) == 1 + len(norm.lane_draws)
    assert ((found >= 0) & (found <= 1)).all()


def test_a_stop_a_little_slower_is_booked_a_little_otherwise(demo, demo_model):
    """Around the limit a tenth of a second moves a tenth of the stop, and every lap still adds up."""
    code = demo_model.laps.drivers[4]
    booked = []
    for beyond_s in (8.6, 8.9, 9.0, 9.1, 9.4):
        books = Books(demo, demo_model, code)
        green = [s for s in books.stops if demo_model.laps.drivers[s.driver] == code and s.green]
        slow = replace(green[0], lane_s=books.pit_norm.lane_s + beyond_s)
        books.stops = [slow if s == green[0] else s for s in books.stops]
        books.surprise[slow.in_row] = books.pit_norm.in_s + 12.0  # he limped home
        ledger = books.ledger(code)
        assert sum(ledger.seconds.values()) == pytest.approx(ledger.lap_time_s, abs=1e-9)
        draws = sum(ledger.draws.values())
        assert draws == pytest.approx(np.tile(ledger.lap_time_s, (len(draws), 1)), abs=1e-9)
        both = slice(slow.in_row - ledger.rows[0], slow.out_row - ledger.rows[0] + 1)
        booked.append({part: line[both].sum() for part, line in ledger.seconds.items()})
    normal, *_, repair = (one["pit_normal"] for one in booked)
    shares = [(one["pit_normal"] - repair) / (normal - repair) for one in booked]
    assert shares == pytest.approx([1.0, 0.625, 0.5, 0.375, 0.0], abs=0.01)


def test_start_line_recovers_level_and_slope():
    rng = np.random.default_rng(0)
    slot = np.arange(1.0, 20.0)
    loss = 4.0 + 0.3 * (slot - 1) + rng.normal(0, 0.3, len(slot))
    loss[4] += 15.0  # a spin on lap 1 is no property of the grid
    line = start_line(slot, loss, (0.5, 0.2), 2000, rng)
    assert line.slot_s == pytest.approx(0.3, abs=0.05)
    assert line.level_s == pytest.approx(4.0, abs=0.4)
    assert line.slot_draws.std() < 0.05


def test_start_line_without_anybody_is_its_prior():
    line = start_line(np.zeros(0), np.zeros(0), (0.5, 0.1), 4000, np.random.default_rng(0))
    assert line.slot_s == 0.5
    assert line.slot_draws.std() == pytest.approx(0.1, rel=0.1)
