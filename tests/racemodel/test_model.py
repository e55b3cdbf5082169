"""The fitted race: known truth recovered, monotone wear, parts that add up."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.calc.basis import hat_basis, wear_basis
from f1lab.racemodel import RaceModel, load_priors


@pytest.fixture(scope="module")
def demo():
    from f1lab.data.demo import generate

    return generate(7, dry=True)


@pytest.fixture(scope="module")
def model(demo):
    return RaceModel.of(demo)


def test_pace_is_recovered(demo, model):
    """Differences of pace lie within three of their standard errors of the truth."""
    true = demo.truth.parameters["pace_s"]
    block = model.design.blocks["pace"]
    found = model.fit.coefficients[block]
    truth = np.array([true[code] for code in model.laps.drivers])
    sd = np.sqrt(np.diag(model.fit.covariance)[block])
    error = (found - found.mean()) - (truth - truth.mean())
    assert (np.abs(error) < 3.5 * sd).all()
    assert np.corrcoef(found, truth)[0, 1] > 0.9


def test_parts_and_residual_make_the_lap(model):
    coefficients = model.fit.coefficients[None]
    rows = np.arange(len(model.laps.lap))
    parts = model.parts(coefficients, rows)
    total = sum(parts.values())[0] + model.fit.residual
    assert total == pytest.approx(model.laps.lap_time_s, abs=1e-9)


def test_centring_moves_seconds_between_parts_only(model):
    """Where no slope was negative, reading wear against the field leaves the lap as it was."""
    rows = np.arange(len(model.laps.lap))
    before = model.fit.coefficients[None]
    after = model.centred(before, without=model.laps.drivers[0])
    slopes = before[0, model.design.wear_slopes]
    assert (slopes > 0.02).sum() >= 6
    racing = model.laps.racing[rows] & (model.laps.compound[rows] <= 2)
    a = sum(model.parts(before, rows).values())[0][racing]
    b = sum(model.parts(after, rows).values())[0][racing]
    assert b == pytest.approx(a, abs=0.05)


def test_no_wear_curve_falls(model):
    draws = model.centred(model.draws(200, seed=1), without=None)
    assert (draws[:, model.design.wear_slopes] >= 0).all()


def test_draws_have_the_posterior_s_moments(model):
    draws = model.draws(4000, seed=2)
    assert draws.mean(axis=0) == pytest.approx(model.fit.coefficients, abs=1e-6)
    block = model.design.blocks["pace"]
    sd = np.sqrt(np.diag(model.fit.covariance))[block]
    assert draws[:, block].std(axis=0) == pytest.approx(sd, rel=0.1)
    assert (model.draws(10, seed=3) == model.draws(10, seed=3)).all()


def test_a_wet_race_has_a_curve_for_each_class_and_a_crossover():
    from f1lab.data.demo import generate

    model = RaceModel.of(generate(1))
    progress = model.laps.progress[model.laps.tyre_class == 1]
    middle = np.array([np.median(progress)])
    curves = model.track(model.fit.coefficients[None], middle)[0, 0]
    assert curves[1] < curves[0], "in the shower intermediates are the quicker tyre"
    assert np.isnan(curves[2]), "nobody used full wets"
    dry = model.track(model.fit.coefficients[None], np.array([1.0]))[0, 0]
    assert dry[0] < dry[1]


def test_diagnostics_say_whose_word_a_term_is(model):
    terms = {d.term: d for d in model.diagnostics()}
    assert terms[f"pace:{model.laps.drivers[0]}"].moved_by_data
    assert not terms["wear_WET:0"].moved_by_data
    assert model.share_used > 0.5


def test_bases():
    x = np.array([-1.0, 0.0, 2.5, 10.0, 12.0])
    assert hat_basis(x, np.array([0.0, 5.0, 10.0])).sum(axis=1) == pytest.approx(1.0)
    assert wear_basis(np.array([25.0]), (0.0, 10.0, 20.0)).tolist() == [[10.0, 10.0, 5.0]]


def test_priors_carry_their_provenance_and_the_circuits():
    priors = load_priors()
    assert "races" in priors.table["provenance"]
    assert priors.pit_loss_s("Singapore")[0] > priors.pit_loss_s("Spa")[0]
    assert priors.wear_s_per_lap("HARD", "Nowhere") == priors.wear_s_per_lap("HARD", "Elsewhere")


def test_two_races_alike_give_the_same_fit(demo, model):
    again = RaceModel.of(demo)
    assert (again.fit.coefficients == model.fit.coefficients).all()
