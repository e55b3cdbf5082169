"""Pooling recovers known spreads, and the shipped tables are what the archive gives."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.data.tidy import load_tidy
from f1lab.racemodel import RaceModel
from f1lab.racemodel.calibrate import Reading, calibrate, pool, readings
from f1lab.racemodel.priors import Priors, load_priors


def test_pooling_recovers_mean_and_circuits():
    rng = np.random.default_rng(0)
    circuits = {f"c{i}": rng.normal(22.0, 2.5) for i in range(25)}
    figures = [
        Reading(name, value + rng.normal(0, 0.6) + rng.normal(0, 0.2), 0.2)
        for name, value in circuits.items()
        for _ in range(4)
    ]
    table = pool(figures)
    assert table["pooled"]["mean"] == pytest.approx(np.mean(list(circuits.values())), abs=0.3)
    assert table["pooled"]["sd"] == pytest.approx(2.5, rel=0.35)
    errors = [table["circuits"][c]["mean"] - v for c, v in circuits.items()]
    assert np.sqrt(np.mean(np.square(errors))) < 0.5


def test_a_circuit_seen_once_is_drawn_towards_the_pool():
    rng = np.random.default_rng(1)
    figures = [Reading(f"c{i}", rng.normal(1.0, 1.0), 0.5) for i in range(20)]
    table = pool([*figures, Reading("odd", 3.0, 0.5)])
    assert table["pooled"]["mean"] < table["circuits"]["odd"]["mean"] < 2.9


def test_a_figure_far_outside_all_others_is_left_out():
    figures = [Reading(f"c{i}", 1.0 + 0.01 * i, 0.05) for i in range(10)]
    assert "odd" not in pool([*figures, Reading("odd", 9.0, 0.05)])["circuits"]


@pytest.mark.real
@pytest.mark.parametrize("event", ["Hungarian Grand Prix", "Bahrain Grand Prix"])
def test_a_race_of_the_archive_reads_like_the_shipped_table(tidy_folder, event):
    weekend = load_tidy(tidy_folder, 2023, event)
    found = readings(weekend)
    priors = load_priors()
    for name, table in (("pit_loss", priors.pit_loss_s), ("pit_lane", priors.pit_lane_s)):
        mean, sd = table(weekend.circuit)
        assert found[name].value == pytest.approx(mean, abs=2.5 * sd)
    mean, sd = priors.wear_s_per_lap("HARD", weekend.circuit)
    assert found["wear:HARD"].value == pytest.approx(mean, abs=3 * sd)


@pytest.mark.real
def test_two_races_leave_what_they_do_not_tell_to_the_wide_prior(tidy_folder):
    races = [load_tidy(tidy_folder, 2018, event) for event in ("Bahrain", "Hungar")]
    table = calibrate(races)
    Priors(table).wear_s_per_lap("INTERMEDIATE", "Bahrain")
    assert table["wear_s_per_lap"]["INTERMEDIATE"]["pooled"]["sd"] > 0
    assert "2 races" in table["provenance"]
    assert RaceModel.of(races[0], Priors(table)).fit.used.any()
