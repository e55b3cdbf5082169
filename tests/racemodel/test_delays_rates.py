"""A race tells apart the ways of meeting traffic, and its own noise."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.racemodel import RaceModel
from f1lab.racemodel.delays import TRAFFIC

SEEDS = range(300, 306)


@pytest.fixture(scope="module")
def fitted():
    from f1lab.data.demo import generate

    weekends = [generate(seed, dry=True) for seed in SEEDS]
    return [(weekend, RaceModel.of(weekend)) for weekend in weekends]


def test_every_lap_in_traffic_has_the_odds_of_how_it_met_it(fitted):
    model = fitted[0][1]
    laps, rates = model.laps, model.fit.rates
    odds = model.fit.odds(laps, np.arange(len(laps.lap)))
    close = laps.gap_end_s < 1.0
    where = {
        "blue": laps.blue_flag,
        "behind": close & (laps.gap_start_s < 1.0) & ~laps.blue_flag,
        "caught": close & (laps.gap_start_s >= 1.0) & ~laps.blue_flag,
        "train": laps.in_traffic & ~close & ~laps.blue_flag,
    }
    for name, here in where.items():
        k = TRAFFIC.index(name)
        assert here.sum() > 0
        assert (odds.traffic[here] == rates.traffic[k]).all()
        assert (odds.traffic_mean_s[here] == rates.traffic_mean_s[k]).all()
    assert (odds.traffic[~laps.in_traffic] == 0).all()


def test_a_car_right_behind_another_all_lap_is_held_up_most_often(fitted):
    """In the demo it is stuck there; a car that caught up or hangs back drives its own pace."""
    chance = np.mean([model.fit.rates.traffic for _, model in fitted], axis=0)
    by_name = dict(zip(TRAFFIC, chance, strict=True))
    assert by_name["behind"] > by_name["caught"] + 0.1 > by_name["train"] + 0.1


def test_noise_is_found_without_being_swallowed_by_the_fit(fitted):
    """Over all cars; without counting back what the coefficients absorb, it is 4 % too small."""
    ratio = []
    for weekend, model in fitted:
        true = np.array([weekend.truth.parameters["noise_s"][c] for c in model.laps.drivers])
        first = [model.laps.rows(code)[0] for code in model.laps.drivers]
        ratio.append(np.sqrt(np.mean(model.fit.sigma[first] ** 2) / np.mean(true**2)))
    assert np.mean(ratio) == pytest.approx(1.0, abs=0.025)
