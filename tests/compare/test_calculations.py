"""Every lap-based calculation on real races: plausible, or refused with a reason."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest

from f1lab.calc import CALCULATIONS
from f1lab.compare._calculations import lap_calculations
from f1lab.compare._distribution_rows import GROUPS, numbers_of
from f1lab.compare.distribution import measure
from f1lab.compare.laps import race_view
from f1lab.data.demo import generate

#: Want telemetry, or many races.
ELSEWHERE = {
    *("power_delta", "drag_penalty", "mechanical_grip_delta", "kerb_compliance", "turn_delta"),
    *("adaptability", "setup_flexibility", "safety_car_probability"),
}
#: What an engineer would take for possible, by the table's labels.
PLAUSIBLE = {
    "wear slope": (0, 0.25),
    "loss at 15 laps": (0, 3.5),
    "compound delta at 5 laps,": (-1.5, 1.5),
    "tyre life": (3, 80),
    "chance to outlast the race": (0, 1),
    "warm-up loss, first flying lap": (-3, 8),
    "push penalty": (-1, 1),
    "consistency sigma": (0.03, 2.5),
    "share within 0.2 s": (0, 1),
    "error risk per lap": (0, 0.25),
    "racecraft, one race": (-1.5, 1.5),
    "pressure": (-2, 3),
    "track gain over the race": (-3, 6),
    "sector delta, lap, against the winner": (-3, 7),
    "speed trap, clean": (230, 370),
    "tow (with DRS) gain": (-30, 40),
    "dirty air, right behind": (-0.5, 4),
    "blue flag": (-1, 16),
    "lapping": (-1, 3),
    "DRS gain": (-1, 1.5),
    "expected passes of a race": (0, 120),
    "fuel, first lap": (3, 3.5),
    "undercut of three laps": (-3, 12),
    "least grip of a wet race": (0.3, 1),
    "cooling index": (0.6, 1.4),
    "air density": (0.85, 1.3),
}
ODD = [
    (2019, "German"),
    (2021, "Belgian"),
    (2021, "Hungarian"),
    (2022, "Monaco"),
    (2023, "Australian"),
    (2023, "Dutch"),
    (2023, "Monaco"),
    (2023, "Bahrain"),
]


@pytest.mark.real
@pytest.mark.parametrize(("year", "event"), ODD)
def test_real_races_give_plausible_numbers_and_reasons(tidy, year, event):
    found = lap_calculations(race_view(tidy(year, event)))
    assert {*found.answers, *found.refusals} == set(CALCULATIONS) - ELSEWHERE
    for row, suffix, value in numbers_of(found):
        low, high = PLAUSIBLE.get(row.label, (-np.inf, np.inf))
        assert low <= value <= high, f"{row.label} {suffix}"
    for name, reasons in found.refusals.items():
        for subject, reason in reasons.items():
            assert len(reason.split()) >= 4, (name, subject)
            assert reason.endswith("."), (name, subject)
    json.dumps(found.to_dict(), allow_nan=False)


@pytest.mark.real
def test_a_race_behind_the_safety_car_is_refused_everything_that_needs_racing(tidy):
    found = lap_calculations(race_view(tidy(2021, "Belgian")))
    assert {"weather_volatility", "cooling_margin", "fuel_effect"} == {
        name for name, own in found.answers.items() if own
    }
    assert found.refusals["track_evolution"][""].startswith("0 usable racing laps")


@pytest.mark.real
def test_bahrain_2023_costs_what_everybody_knows(tidy):
    found = lap_calculations(race_view(tidy(2023, "Bahrain")))
    loss = found.get("pit_loss")
    assert loss.of("green").loss_s.value == pytest.approx(24.1, abs=1.5)
    assert loss.of("vsc").factor.value == pytest.approx(0.59, abs=0.1)
    slopes = {c.compound: c.slope_s_per_lap.value for c in found.get("degradation_curve").curves}
    assert slopes["SOFT"] > 0.05  # an abrasive track
    assert found.get("drs_advantage").speed_kmh.value > 5


def test_calculations_of_a_generated_race_find_what_it_was_made_with():
    weekend = generate(5, dry=True)
    found = lap_calculations(race_view(weekend))
    made = weekend.truth.parameters
    for curve in found.get("degradation_curve").curves:
        tyre = made["tyres"][curve.compound]
        true = tyre["wear_s_per_lap"] + tyre["wear_s_per_lap2"] * curve.age_laps[-1]
        assert curve.slope_s_per_lap.value == pytest.approx(true, abs=0.025), curve.compound
    loss = found.get("pit_loss").of("green").loss_s
    true = made["pit"]["loss_in_lap_s"] + made["pit"]["loss_out_lap_s"]
    assert loss.value == pytest.approx(true, abs=1.0)


def test_the_page_has_a_row_for_every_number_that_was_answered():
    made = [dataclasses.replace(generate(seed), round=seed) for seed in (5, 6)]
    found = measure(made)
    page = found.markdown()
    assert page.startswith("# Lap-based calculations on every race of 2024–2024\n\n2 races.")
    labels = {row.label for rows in GROUPS.values() for row in rows}
    read = {name.partition("/")[2] for name, _ in found.values}
    assert read & labels
    for label in read & labels:
        assert f"| {label}" in page
    assert found.answered["weather_volatility"] == 2
    assert "| weather_volatility | 2 | 0 |" in page
    assert "| adaptability | 0 |" in page  # two races are too few
    for line in page.splitlines():
        if line.startswith("| ") and line.count("|") == 9:
            assert "nan" not in line.lower()
