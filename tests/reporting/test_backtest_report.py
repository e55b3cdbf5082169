"""The backtest's report: its parameters, and the page made of finished results."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from f1lab.backtest import BacktestReport
from f1lab.backtest.metrics import reliability
from f1lab.backtest.parameters import check_backtest_parameters
from f1lab.backtest.report import RaceRow
from f1lab.backtest.scores import mean_score
from f1lab.errors import InvalidInput, ReportError
from f1lab.reporting import run_report

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def results(tmp_path):
    """A small invented backtest, as the command writes it."""
    rng = np.random.default_rng(0)
    chance = rng.random(400)
    table = reliability(chance, rng.random(400) < chance)
    losses = [np.array([2.0, 3.0]), np.array([1.0, 4.0, 1.0])]
    report = BacktestReport(
        protocol="pre-race",
        n=100,
        seed=3,
        train=("2021 First Grand Prix", "2021 Last Grand Prix"),
        test=("2023 Somewhere Grand Prix", "2023 Elsewhere Grand Prix"),
        first_day="2023-03-05",
        last_day="2023-11-26",
        scores=tuple(
            mean_score(group, "place error", "places", "grid slot", losses, losses, target=1.5)
            for group in ("all starters", "classified finishers")
        ),
        reliability={
            group: dict.fromkeys(("win", "podium", "points"), table)
            for group in ("all starters", "classified finishers")
        },
        races=tuple(
            RaceRow(f"2023 {name} Grand Prix", 20, 18, 3.25, 3.75, 2.5, 2.75)
            for name in ("Somewhere", "Elsewhere")
        ),
        left_out={"2023 Nowhere Grand Prix": "could not be loaded"},
    )
    path = tmp_path / "results.json"
    path.write_text(json.dumps(report.to_dict(), allow_nan=False), encoding="utf-8")
    return path


def test_values_are_typed():
    given = check_backtest_parameters(train=2021, test="2023", protocol="hindsight", n=50)
    assert (given.train, given.test, given.protocol, given.n) == ("2021", "2023", "hindsight", 50)


def test_parameters_come_back_as_they_are_injected():
    given = check_backtest_parameters(results="x.json", seed=4)
    assert check_backtest_parameters(**given.to_dict()) == given


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"train": "soon"}, "2018-2021"),
        ({"test": "2021"}, "train ends with 2021 and test begins with 2021"),
        ({"train": "2018-2024"}, "learn from earlier seasons"),
        ({"protocol": "later"}, "pre-race or hindsight"),
        ({"n": 0}, "n is a whole number of at least 1"),
        ({"n": 2.5}, "n is a whole number"),
        ({"seed": True}, "seed is a whole number"),
        ({"tidy": 3}, "tidy is a path"),
        ({"results": ""}, "results is a path"),
    ],
)
def test_other_values_are_refused_with_the_rule(wrong, named):
    with pytest.raises(InvalidInput, match=named):
        check_backtest_parameters(**wrong)


@pytest.mark.parametrize("text", ["", "{}", "[1]", '{"protocol": "pre-race"}'])
def test_a_file_without_results_is_refused(tmp_path, text):
    path = tmp_path / "other.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InvalidInput, match=r"other\.json does not hold the results"):
        check_backtest_parameters(results=str(path)).run()


def test_results_are_read_instead_of_a_new_run(results):
    report = check_backtest_parameters(results=str(results)).run()
    assert report.to_dict() == json.loads(results.read_text(encoding="utf-8"))


@pytest.mark.slow
def test_the_page_shows_the_results(results, tmp_path):
    made = run_report("backtest", {"results": str(results)}, tmp_path / "out")
    page = made.files[0].read_text(encoding="utf-8")
    assert "2 races, 2023-03-05 to 2023-11-26" in page
    assert "2023 Nowhere Grand Prix: could not be loaded" in page
    assert "place error, all starters" in page
    assert "2.250 ± 0.250" in page  # the mean of 2.5 and 2 places, and its error
    assert "missed" in page
    for title in ("Chances, all starters", "Chances, classified finishers", "Error of places"):
        assert title in page


def test_an_unknown_parameter_is_refused(tmp_path):
    with pytest.raises(ReportError, match="no parameter season"):
        run_report("backtest", {"season": 2023}, tmp_path)


def test_the_shipped_results_are_the_ones_of_the_readme(monkeypatch, capsys):
    from f1lab.cli import main

    shipped = ROOT / "reports" / "backtest-2023-pre-race.json"
    command = ["f1lab", "backtest", "--results", str(shipped)]
    monkeypatch.setattr("sys.argv", command)
    with pytest.raises(SystemExit) as left:
        main()
    assert not left.value.code
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    found = json.loads(shipped.read_text(encoding="utf-8"))
    (places,) = [
        s for s in found["scores"] if s["name"] == "place error" and s["group"] == "all starters"
    ]
    assert f"| {places['model']:.2f} ± " in readme
    assert "Brier, points" in capsys.readouterr().out
