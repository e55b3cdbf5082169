"""Two drivers over a season: pooling, parallel reading, and races that cannot be read."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f1lab.calc.estimate import Estimate
from f1lab.compare import season
from f1lab.compare._pooling import partial_pooling
from f1lab.compare.laps import race_view
from f1lab.compare.reliability import race_record, reliability
from f1lab.data.demo import generate
from f1lab.errors import InvalidInput, NoData, NotEnoughLaps, UnknownName

PRIOR = {"mean_sd": 1.0, "spread_sd": 0.3}


@pytest.fixture(scope="module")
def weekends_of_demo():
    made = [generate(seed, dry=seed != 7) for seed in (5, 6, 7, 8)]
    return [
        dataclasses.replace(weekend, round=k, event=f"Halvern {k}")
        for k, weekend in enumerate(made, 1)
    ]


@pytest.fixture(scope="module")
def pair(weekends_of_demo):
    """Two who ran in every race."""
    ran = [set(weekend.race.laps["driver"]) for weekend in weekends_of_demo]
    return tuple(sorted(set.intersection(*ran))[:2])


@pytest.fixture(scope="module")
def compared(weekends_of_demo, pair):
    return season(weekends_of_demo, *pair, progress=False)


def test_every_race_counts_once(compared, weekends_of_demo, pair):
    assert len(compared.races) == 4
    assert compared.by_race["race"].tolist() == list(compared.races)
    results = [w.race.results.set_index("driver")["points"] for w in weekends_of_demo]
    assert compared.points == pytest.approx([sum(r[code] for r in results) for code in pair])
    assert compared.qualified.n_races == 4
    assert compared.qualified.a_ahead == (compared.by_race["qualifying_s"] < 0).sum()
    plain = json.loads(json.dumps(compared.to_dict(), allow_nan=False))
    assert plain["kind"] == "season_comparison"
    assert all(profile.reliability.n_starts == 8 for profile in compared.profiles)
    assert compared.profiles[0].adaptability.n_events == 4


def test_swapping_the_two_turns_every_sign(compared, weekends_of_demo, pair):
    back = season(weekends_of_demo, *reversed(pair), progress=False)
    assert back.race_pace.mean.value == pytest.approx(-compared.race_pace.mean.value)
    assert back.race_pace.mean.low == pytest.approx(-compared.race_pace.mean.high)
    assert back.qualifying.mean.value == pytest.approx(-compared.qualifying.mean.value)
    assert back.qualified.a_ahead == compared.qualified.n_races - compared.qualified.a_ahead
    assert back.points == tuple(reversed(compared.points))


def test_a_race_that_cannot_be_read_is_named_and_does_not_stop_the_rest(
    compared, weekends_of_demo, pair
):
    broken = weekends_of_demo[1]
    laps = broken.race.laps[broken.race.laps["driver"] != pair[0]].reset_index(drop=True)
    bad = dataclasses.replace(broken, race=dataclasses.replace(broken.race, laps=laps))
    found = season([weekends_of_demo[0], bad, *weekends_of_demo[2:]], *pair, progress=False)
    assert len(found.races) == 3
    assert found.left_out == ("2024 Halvern 2",)
    assert f"{pair[0]} completed no lap" in found.refusals["2024 Halvern 2"]
    assert "Left out: 2024 Halvern 2." in found.findings
    assert compared.left_out == ()


def test_several_processes_find_the_same(compared, weekends_of_demo, pair):
    twice = season(weekends_of_demo[:2], *pair, n_jobs=2, progress=False)
    assert twice.rows == season(weekends_of_demo[:2], *pair, progress=False).rows
    assert twice.rows[0]["race_pace_s_per_lap"] == compared.rows[0]["race_pace_s_per_lap"]


def test_progress_is_shown_on_standard_error(weekends_of_demo, pair, capsys):
    season(weekends_of_demo[:1], *pair)
    assert "comparing: 100%" in capsys.readouterr().err
    season(weekends_of_demo[:1], *pair, progress=False)
    assert capsys.readouterr().err == ""


def test_wrong_questions_are_answered_with_a_sentence(weekends_of_demo, pair):
    ask = {"progress": False}
    with pytest.raises(UnknownName, match="driver of this season"):
        season(weekends_of_demo[:1], pair[0], "XYZ", **ask)
    with pytest.raises(InvalidInput, match="cannot be compared with himself"):
        season(weekends_of_demo[:1], pair[0], pair[0], **ask)
    with pytest.raises(InvalidInput, match="no season 2017 here: seasons are at hand from 2018"):
        season(2017, *pair, offline=True, **ask)
    with pytest.raises(InvalidInput, match="no season 2017 here"):
        season([(2017, "Monaco")], *pair, offline=True, **ask)
    with pytest.raises(InvalidInput, match="there twice"):
        season([weekends_of_demo[0]] * 2, *pair, **ask)
    with pytest.raises(InvalidInput, match="neither a loaded weekend nor a pair"):
        season(["Monaco"], *pair, **ask)
    with pytest.raises(InvalidInput, match="n_jobs"):
        season(weekends_of_demo[:1], *pair, n_jobs=0, **ask)
    with pytest.raises(NoData):
        season([], *pair, **ask)
    with pytest.raises(InvalidInput):
        season("2023", *pair, **ask)


def without(weekend, code):
    """The weekend as if a driver had not entered."""
    race = weekend.race
    laps, results = (table[table["driver"] != code] for table in (race.laps, race.results))
    return dataclasses.replace(
        weekend,
        race=dataclasses.replace(
            race, laps=laps.reset_index(drop=True), results=results.reset_index(drop=True)
        ),
    )


def test_two_who_never_met_are_told_so_in_one_sentence(weekends_of_demo, pair):
    a, b = pair
    apart = [without(weekend, pair[k % 2]) for k, weekend in enumerate(weekends_of_demo)]
    with pytest.raises(NoData, match=f"{a} and {b} never raced each other") as error:
        season(apart, a, b, progress=False)
    told = str(error.value)
    assert f"{a} took part in Halvern 2 and Halvern 4" in told
    assert "Known" not in told
    assert len(told) < 200


def test_an_absence_is_refused_without_the_list_of_the_field(weekends_of_demo, pair):
    there = [without(weekends_of_demo[0], pair[0]), weekends_of_demo[1]]
    found = season(there, *pair, progress=False)
    assert found.refusals["2024 Halvern 1"] == f"{pair[0]} did not take part in the 2024 Halvern 1."
    assert found.title.endswith("1 race of 2024")
    assert "1 races" not in " ".join(found.findings)


def test_a_tally_with_wet_qualifyings_says_so(compared):
    sure = Estimate(-0.3, -0.4, -0.2)
    pooled = dataclasses.replace(compared.qualifying, mean=sure, n_races=3)
    found = dataclasses.replace(compared, qualifying=pooled)
    assert "over 3 races with a dry qualifying" in found.findings[0]
    assert "of 4 races, wet qualifyings among them" in found.findings[0]
    dry = dataclasses.replace(found, qualifying=dataclasses.replace(pooled, n_races=4))
    assert "wet" not in dry.findings[0]


@given(
    values=st.lists(st.floats(-3, 3), min_size=1, max_size=12),
    error=st.floats(0.01, 1.0),
)
@settings(max_examples=30, deadline=None, derandomize=True)
def test_pooling_draws_races_together_and_knows_no_order(values, error):
    errors = np.linspace(error, 2 * error, len(values))
    found = partial_pooling(values, errors, **PRIOR)
    turned = partial_pooling([-v for v in reversed(values)], errors[::-1], **PRIOR)
    assert turned.mean.value == pytest.approx(-found.mean.value, abs=1e-9)
    assert turned.mean.low == pytest.approx(-found.mean.high, abs=1e-9)
    low, high = min(*values, 0.0, 0.0), max(*values, 0.0, 0.0)
    assert low - 1e-9 <= found.mean.value <= high + 1e-9
    for value, drawn in zip(values, found.by_race, strict=True):
        between = sorted((value, found.mean.value))
        assert between[0] - 0.02 <= drawn.value <= between[1] + 0.02
        assert drawn.low < drawn.high


def test_pooling_finds_the_truth_as_often_as_it_says():
    rng = np.random.default_rng(4)
    held, spread = [], []
    for _ in range(300):
        truth = rng.normal(0, 0.4)
        errors = rng.uniform(0.05, 0.3, 15)
        races = truth + 0.25 * rng.standard_normal(15)
        found = partial_pooling(races + errors * rng.standard_normal(15), errors, **PRIOR)
        held.append(found.mean.low <= truth <= found.mean.high)
        spread.append(found.spread.value)
    assert 0.86 <= np.mean(held) <= 0.95
    assert np.mean(spread) == pytest.approx(0.25, abs=0.05)


def test_one_lap_in_the_wall_moves_the_mean_little():
    clean = partial_pooling([0.3] * 9, [0.1] * 9, **PRIOR).mean.value
    struck = partial_pooling([0.3] * 9 + [4.0], [0.1] * 10, **PRIOR).mean.value
    assert abs(struck - clean) < 0.12
    with pytest.raises(NotEnoughLaps):
        partial_pooling([], [], **PRIOR)


def test_reliability_counts_retirements_against_the_field(weekends_of_demo):
    records = [race_record(race_view(weekend)) for weekend in weekends_of_demo]
    for team in records[0][0]:
        found = reliability(records, team)
        assert found.n_starts == 8
        assert found.n_retired == sum(gone[team] for _, gone in records)
        assert found.p_retire.low < found.field_rate + 0.1
    more = max(records[0][0], key=lambda team: reliability(records, team).n_retired)
    assert reliability(records, more).p_retire.value > reliability(records, more).field_rate
    with pytest.raises(NoData, match="started in none"):
        reliability(records, "Brawn")


@pytest.mark.real
def test_pairs_of_year_and_event_and_a_race_not_at_hand(fastf1_cache, shared_tmp, monkeypatch):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(shared_tmp / "f1lab_cache_of_weekends"))
    asked = [(2023, "Hungarian"), (2023, "British"), (2024, "Monaco")]
    found = season(asked, "NOR", "PIA", progress=False, offline=True, fastf1_cache=fastf1_cache)
    assert len(found.races) == 2
    assert found.left_out == ("2024 Monaco",)
    assert found.race_pace.mean.value < 0
    assert found.qualified.n_races == 2
    # Hungary's own figure is drawn towards the season's
    row = found.by_race[found.by_race["race"].str.contains("Hungarian")].iloc[0]
    assert row["race_pace_drawn_pct"] > 100 * row["race_pace_s_per_lap"] / 83
