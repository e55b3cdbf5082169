"""The report as its readers meet it: fields, frames, references, refusals."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from f1lab.autopsy import autopsy
from f1lab.autopsy.blame import CATEGORIES
from f1lab.data.schema import LEDGER_PARTS
from f1lab.errors import InvalidInput, NoData, NotEnoughLaps, UnknownName

WANTED = {
    "driver", "reference", "status", "laps_compared", "gap_s", "categories", "unexplained_s",
    "verdict", "timeline", "quality",
}  # fmt: skip


@pytest.fixture(scope="module")
def report(demo, demo_model):
    return autopsy(demo, demo.race.results["driver"].iloc[3], model=demo_model, judge_calls=False)


def test_the_package_itself_is_the_function(demo, demo_model, report):
    import f1lab.autopsy

    driver = report.driver.lower()
    assert (
        f1lab.autopsy(demo, driver, model=demo_model, judge_calls=False).to_dict()
        == report.to_dict()
    )


def test_dict_is_json_and_complete(report):
    found = json.loads(json.dumps(report.to_dict(), allow_nan=False))
    assert found.keys() >= WANTED
    assert list(found["categories"]) == list(CATEGORIES)
    for entry in found["categories"].values():
        assert entry.keys() >= {"seconds", "low_s", "high_s", "share", "positions", "evidence"}
    shares = [abs(c["share"]) for c in found["categories"].values()]
    assert 0 < sum(shares) <= 1 + 1e-9
    assert len(found["positions_by_lap"]) == len(report.ledger())


def test_frame_holds_the_same_numbers(report):
    frame = report.to_frame()
    assert frame["seconds"].sum() == pytest.approx(report.gap_s, abs=1e-9)
    assert frame.index.tolist() == [*CATEGORIES, "unexplained"]


def test_ledger_of_driver_and_reference_only(report):
    assert list(report.ledger(report.reference).columns[2:]) == [f"{p}_s" for p in LEDGER_PARTS]
    with pytest.raises(UnknownName, match="driver in this report"):
        report.ledger("XXX")


def test_same_seed_same_report(demo, demo_model, report):
    again = autopsy(demo, report.driver, model=demo_model, judge_calls=False)
    assert again.to_dict() == report.to_dict()
    assert repr(again) == repr(report)


def test_the_winner_is_measured_against_the_runner_up(demo, demo_model):
    first, second = demo.race.results["driver"].iloc[:2]
    report = autopsy(demo, first, model=demo_model, judge_calls=False)
    assert (report.reference, report.reference_kind) == (second, "runner-up")
    assert report.gap_s < 0
    assert "ahead of" in report.verdict


def test_mirror_image(demo, demo_model):
    """What one driver lost to another is what the other won, but for the norms' company."""
    a, b = demo.race.results["driver"].iloc[2:4]
    there = autopsy(demo, a, b, model=demo_model, judge_calls=False).blame
    back = autopsy(demo, b, a, model=demo_model, judge_calls=False).blame
    assert there.gap_s == pytest.approx(-back.gap_s, abs=1e-9)
    for name in ("car_pace", "pit_execution"):
        assert there.categories[name].seconds == pytest.approx(
            -back.categories[name].seconds, abs=0.5
        )


def test_ideal_is_never_slower_in_what_it_controls(demo, demo_model):
    for driver in demo.race.results["driver"].iloc[:8]:
        found = autopsy(demo, driver, "ideal", model=demo_model, judge_calls=False).blame.categories
        assert found["car_pace"].seconds >= -0.5
        assert found["strategy"].seconds >= -1.0


def test_a_retired_driver_is_judged_to_his_last_lap(demo, demo_model):
    results = demo.race.results
    out = results.loc[~results["classified"], "driver"].iloc[0]
    report = autopsy(demo, out, model=demo_model, judge_calls=False)
    assert f"{out} stopped after lap {report.blame.laps_compared}" in report.verdict
    assert report.timeline[-1].kind == "retirement"
    assert report.blame.laps_compared == (demo.race.laps["driver"] == out).sum()


def test_unknown_names_are_answered_with_the_known_ones(demo):
    code = demo.race.results["driver"].iloc[0]
    with pytest.raises(UnknownName, match=f"did you mean '{code}'"):
        autopsy(demo, code[:2] + "Q")
    with pytest.raises(UnknownName, match=r"reference 'winer'.*did you mean 'winner'"):
        autopsy(demo, code, "winer")
    with pytest.raises(InvalidInput, match="cannot be his own"):
        autopsy(demo, code, code)


def test_no_lap_no_verdict(demo):
    laps = demo.race.laps
    code = demo.race.results["driver"].iloc[4]
    without = replace(demo, race=replace(demo.race, laps=laps[laps["driver"] != code]))
    with pytest.raises(NotEnoughLaps, match=f"{code} completed no lap"):
        autopsy(without, code)


def test_no_teammate(demo):
    results = demo.race.results.copy()
    code = results["driver"].iloc[0]
    results.loc[results["driver"] == code, "team"] = "Alone"
    alone = replace(demo, race=replace(demo.race, results=results))
    with pytest.raises(NoData, match="no teammate"):
        autopsy(alone, code, "teammate")


def test_timeline_tells_the_race(report):
    kinds = [e.kind for e in report.timeline]
    assert kinds[0] == "start"
    assert kinds[-1] == "finish"
    assert {"stop", "neutralisation", "rain"} <= set(kinds)
    assert [e.lap for e in report.timeline] == sorted(e.lap for e in report.timeline)
    for event in report.timeline:
        if event.kind == "neutralisation":
            assert event.last_lap >= event.lap


def test_positions_are_places_regained(demo, report):
    """Taking a category's seconds away re-ranks the driver at his last lap."""
    laps = demo.race.laps
    n = len(report.ledger())
    clock = laps[laps["lap"] == n].set_index("driver")["time_s"]
    for name, category in report.blame.categories.items():
        now = (clock < clock[report.driver]).sum()
        then = (clock.drop(report.driver) < clock[report.driver] - category.seconds).sum()
        assert report.positions[name] == now - then


def test_grid_unknown_leaves_qualifying_to_traffic(demo):
    results = demo.race.results.assign(grid=np.nan)
    blind = replace(demo, race=replace(demo.race, results=results))
    report = autopsy(blind, results["driver"].iloc[5])
    assert report.grid is None
    assert not any("Started P" in e.text for e in report.evidence["qualifying"])
