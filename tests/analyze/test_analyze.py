"""What an engineer reads first: it finds the truth of the demo, and says what it cannot tell."""

from __future__ import annotations

import dataclasses
import json
import re

import numpy as np
import pytest
from scipy.stats import spearmanr

import f1lab
from f1lab import analyze, export
from f1lab.analyze.race_analysis import _neutralised
from f1lab.compare.laps import race_view
from f1lab.errors import InvalidInput, UnknownName


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "analysis-cache"))
        yield f1lab.load_demo()


@pytest.fixture(scope="module")
def race(demo):
    return analyze.session(demo)


@pytest.fixture(scope="module")
def answers(demo, race):
    return {
        "race": race,
        "qualifying": analyze.session(demo, "Q"),
        "car": analyze.car(demo, "UUR"),
        "driver": analyze.driver(demo, "uur"),
    }


# ---------------------------------------------------------------------------------------------
# known truth


def test_the_pace_order_is_the_true_one(demo, race):
    truth = demo.truth.parameters
    age = race.pace[0].to_field and 12.0
    true = [truth["pace_s"][own.driver] + age * truth["wear_excess_s_per_lap"][own.driver]
            for own in race.pace]  # fmt: skip
    told = [own.behind_best for own in race.pace]
    assert spearmanr(true, [own.value for own in told]).statistic > 0.9
    assert race.pace[0].driver == min(truth["pace_s"], key=truth["pace_s"].get)
    held = [
        own.low - 0.02 <= t - true[0] <= own.high + 0.02 for own, t in zip(told, true, strict=True)
    ]
    assert np.mean(held) > 0.8


def test_the_flags_are_those_that_flew(race):
    assert [phase.name for phase in race.neutralised] == ["safety car", "virtual safety car"]
    assert any("Neutralised for" in finding for finding in race.findings)


def test_wear_and_compounds_hold_the_truth(demo, race):
    tyres = demo.truth.parameters["tyres"]
    for curve in race.degradation.curves:
        assert curve.slope_s_per_lap.low <= tyres[curve.compound]["wear_s_per_lap"] * 1.35
        assert curve.slope_s_per_lap.high >= tyres[curve.compound]["wear_s_per_lap"]
    pair = next(p for p in race.compounds if {p.compound, p.against} == {"SOFT", "MEDIUM"})
    quick = pair.delta_s.value * (1 if pair.compound == "SOFT" else -1)
    assert quick < 0, "soft tyres are the quicker ones"


def test_engine_and_drag_are_those_the_car_was_driven_with(demo, answers):
    truth = demo.truth.parameters["car"]
    teams = demo.truth.parameters["teams"]
    own = next(team for team in teams if team["name"] == answers["car"].team)
    mass = truth["mass_kg"] + truth["qualifying_fuel_kg"]
    drag = 0.5 * truth["air_density_kgm3"] * truth["cda_m2"] * own["cda_factor"] / mass
    profile = answers["car"].profile
    assert profile.power_w_per_kg.value == pytest.approx(
        truth["power_w"] * own["power_factor"] / mass, rel=0.03
    )
    assert profile.drag_1_m.value == pytest.approx(drag, rel=0.03)
    assert answers["car"].drag_at_300_g.value == pytest.approx(
        drag * (300 / 3.6) ** 2 / 9.81, rel=0.03
    )


# ---------------------------------------------------------------------------------------------
# what an answer promises


@pytest.mark.parametrize("name", ["race", "qualifying", "car", "driver"])
def test_every_answer_leaves_in_every_format(answers, name, tmp_path):
    answer = answers[name]
    files = export.save(answer, tmp_path)
    told = json.loads(files[0].read_text("utf-8"), parse_constant=pytest.fail)
    assert told["result"] == answer.to_dict() == json.loads(json.dumps(answer.to_dict()))
    assert {path.suffix for path in files} == {".json", ".csv", ".txt", ".html"}
    assert repr(answer).count("\n") == 0
    assert "f1lab-answer" in answer._repr_html_()
    assert len(answer.tables()) >= 2
    for title, frame in answer.tables().items():
        assert len(frame), title
        assert frame.columns.is_unique


@pytest.mark.parametrize("name", ["race", "qualifying", "car", "driver"])
def test_findings_are_sentences_without_missing_numbers(answers, name):
    assert answers[name].findings
    for sentence in answers[name].findings:
        assert re.match(r"[A-Z].*\.$", sentence), sentence
        assert not re.search(r"\b(nan|None|inf)\b|\s{2}|-0\.0+\b(?! to)", sentence), sentence


def test_the_order_of_qualifying_is_that_of_its_times(answers, demo):
    order = answers["qualifying"].order
    assert [own.part for own in order] == ["Q3"] * 10 + ["Q2"] * 5 + ["Q1"] * 5
    assert [own.q3_s for own in order[:10]] == sorted(own.q3_s for own in order[:10])
    best = demo.qualifying.results["q3_s"].min()
    assert order[0].q3_s == best
    assert order[1].gap_in_part_s == pytest.approx(order[1].q3_s - best)
    cut = max(own.q2_s for own in order[:10])
    assert order[10].missed_s == pytest.approx(order[10].q2_s - cut)
    assert all(
        own.ideal_s <= min(t for t in (own.q1_s, own.q2_s, own.q3_s) if t) * 1.01 for own in order
    )


def test_places_in_the_field_are_counted_from_the_best(answers, race):
    pace = answers["driver"].figures[0]
    quicker = sum(own.to_field.value < pace.own.value for own in race.pace)
    assert (pace.place, pace.of) == (quicker + 1, len(race.pace))


def test_no_place_is_told_where_the_interval_holds_the_median(answers):
    figures = answers["driver"].figures
    for own in figures:
        assert (own.place is None) == (own.own.low <= own.field_median <= own.own.high), own.name
    mistakes = next(own for own in figures if own.name == "mistakes")
    assert mistakes.place is None
    table = answers["driver"].tables()["Beside the field"].set_index("what")
    assert table.loc["mistakes", "place"] == "not told from the field"
    assert any("is not told from the field's." in line for line in answers["driver"].findings)


def test_the_corners_of_a_car_are_beside_the_best_of_the_field(answers):
    corners = answers["car"].corners
    assert len(corners) == 12
    for own in corners:
        assert own.apex_kmh <= own.best_kmh
        assert (own.place == 1) == (own.best_driver == "UUR")


def test_corners_that_are_not_the_circuit_s_numbers_say_so(answers):
    """The demo's car data have no official corners: c1, c2 … are those found in the trace."""
    own = answers["car"]
    note = next(line for line in own.findings if "not as the circuit does" in line)
    for corner in own.corners:
        assert f"{corner.corner} {corner.apex_m:.0f} m" in note
    official = tuple(
        dataclasses.replace(corner, corner=corner.corner[1:]) for corner in own.corners
    )
    known = dataclasses.replace(own, corners=official)
    assert not any("not as the circuit does" in line for line in known.findings)


# ---------------------------------------------------------------------------------------------
# races that cannot say much


@pytest.mark.real
def test_a_race_of_three_laps_says_why_it_cannot_tell(weekends):
    belgium = weekends(2021, "Belgium")
    race = analyze.session(belgium)
    assert race.pace == ()
    assert race.degradation is None
    assert {"degradation_curve", "pit_loss", "pace"} <= set(race.refusals)
    assert not any("quick" in sentence for sentence in race.findings)
    assert race.findings[0].startswith("VER won from 1st")
    driver = analyze.driver(belgium, "VER")
    assert driver.figures == ()
    assert {"pace", "consistency", "mistakes"} <= set(driver.refusals)
    assert json.loads(export.to_json(race))["result"]["pace"] == []


@pytest.mark.real
def test_a_wet_qualifying_does_not_add_sectors_of_different_tracks(weekends):
    found = analyze.session(weekends(2021, "Belgium"), "Q")
    russell = next(own for own in found.order if own.driver == "RUS")
    assert russell.part == "Q3"
    assert russell.ideal_s == pytest.approx(russell.q3_s, rel=0.01)
    assert "track evolution" in found.refusals


@pytest.mark.real
def test_a_car_without_telemetry_says_so(weekends):
    found = analyze.car(weekends(2021, "Belgium"), "VER")
    assert found.profile.power_w_per_kg is None
    assert found.corners == ()
    told = {name: why for names, why in found.refusals.items() for name in names.split(", ")}
    assert {"power", "kerbs", "flexibility", "race pace"} <= set(told)
    assert "no car data" in told["power"]


@pytest.mark.real
def test_disqualified_and_retired_are_no_finishers(weekends):
    race = analyze.session(weekends(2025, "China"))
    by_code = {own.driver: own for own in race.runners}
    assert by_code["HAM"].gained is None
    assert by_code["ALO"].gained is None
    assert by_code["OCO"].gained == 6
    assert not any(re.match(r"(HAM|LEC|GAS) finished", sentence) for sentence in race.findings)
    assert race.stops.of("green").loss_s.value == pytest.approx(23.2, abs=1.0)


@pytest.mark.real
@pytest.mark.parametrize(
    ("event", "year", "driver", "mate"),
    [("Australia", 2023, "SAI", "LEC"), ("Hungary", 2021, "HAM", "BOT")],
)
def test_a_teammate_without_a_lap_is_refused_and_the_rest_answered(
    weekends, event, year, driver, mate
):
    found = analyze.driver(weekends(year, event), driver)
    assert found.teammate == mate
    assert found.teammate_pace is None
    assert f"{mate} completed no lap" in found.refusals["pace against the teammate"]
    assert found.profile.pace is not None
    assert found.findings


@pytest.mark.real
def test_a_retirement_gains_nothing_by_strategy(weekends):
    race = analyze.session(weekends(2022, "Monaco"))
    cut = {own.driver for own in race.against_winner if not own.to_the_end}
    assert cut == {"MSC", "MAG", "ALB"}
    (sentence,) = [line for line in race.findings if line.startswith("By strategy")]
    assert not any(code in sentence for code in cut)
    table = race.tables()["Seconds lost to the winner by plan, stops and incidents"]
    assert table.set_index("driver")["laps compared"]["MAG"] == 19


@pytest.mark.real
@pytest.mark.parametrize(
    ("event", "year", "flown"),
    [
        ("Hungary", 2021, [("safety car", 1, 1), ("red flag", 2, 3)]),
        (
            "Monaco",
            2022,
            [
                ("safety car", 1, 2),
                ("safety car", 27, 29),
                ("red flag", 30, 30),
                ("safety car", 31, 32),
            ],
        ),
    ],
)
def test_a_restart_is_no_red_flag(weekends, event, year, flown):
    found = _neutralised(race_view(weekends(year, event)))
    assert [(own.name, own.first_lap, own.last_lap) for own in found] == flown


# ---------------------------------------------------------------------------------------------
# bad input


def test_an_unknown_session_names_the_known(demo):
    with pytest.raises(UnknownName, match="Known: R, Q"):
        analyze.session(demo, "FP1")


@pytest.mark.parametrize("ask", [analyze.driver, analyze.car])
def test_a_driver_who_did_not_run_is_refused_with_those_who_did(demo, ask):
    with pytest.raises(UnknownName, match=r"HAM.*Known: .*UUR"):
        ask(demo, "HAM")


@pytest.mark.parametrize("ask", [analyze.session, lambda w: analyze.driver(w, "UUR")])
def test_what_is_no_weekend_is_refused(ask):
    with pytest.raises(InvalidInput, match=r"f1lab\.load"):
        ask("Monaco")
