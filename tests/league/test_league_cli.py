"""``f1lab league`` and ``f1lab optimal``: what they print, and how they end."""

from __future__ import annotations

import json
import sys

import pytest

from f1lab import cli
from f1lab.data import load_demo
from f1lab.simulator import Simulation
from tests.league.made import record, trusting


@pytest.fixture
def run(monkeypatch, capsys):
    """Run the command line in this process; returns status, stdout and stderr."""

    def call(*args):
        monkeypatch.setattr(sys, "argv", ["f1lab", *map(str, args)])
        monkeypatch.setenv("COLUMNS", "120")
        with pytest.raises(SystemExit) as end:
            cli.main()
        out, err = capsys.readouterr()
        return int(end.value.code or 0), out, err

    return call


@pytest.fixture
def filled(tmp_path):
    path = tmp_path / "league.sqlite"
    with trusting(path) as league:
        for user, iq in (("Ada", 90), ("Bo", 80)):
            league.submit(record(seed=iq * 1000), user)
    return path


def test_the_leaderboard_of_a_race(run, filled):
    status, out, _ = run("league", "top", "Monaco", 2023, "--league", filled)
    assert status == 0
    first, second = out.splitlines()[1:3]
    assert first.split() == [
        "1",
        "Ada",
        "90.0",
        "60.0",
        "ALO",
        "P2",
        "(P3)",
        *["Monaco", "Grand", "Prix", "2023"],
    ]
    assert second.split()[:3] == ["2", "Bo", "80.0"]


def test_the_leaderboard_as_json(run, filled):
    _, out, _ = run("league", "top", "--league", filled, "--json")
    assert [row["user"] for row in json.loads(out)["rows"]] == ["Ada", "Bo"]


def test_the_standings_of_a_season(run, filled):
    _, out, _ = run("league", "top", "--season", 2023, "--league", filled)
    assert out.splitlines()[1].split() == ["1", "Ada", "25", "1", "1", "90.0"]
    assert "No run counts in 1999" in run("league", "top", "--season", 1999, "--league", filled)[1]
    status, _, err = run("league", "top", "Monaco", "--season", 2023, "--league", filled)
    assert (status, err.count("\n")) == (2, 1)


def test_an_empty_league_says_so(run, tmp_path):
    assert run("league", "top", "--league", tmp_path / "new.sqlite") == (
        0,
        "No run counts in all races yet.\n",
        "",
    )


def test_a_run_is_handed_in_exported_and_led(run, tmp_path):
    demo = load_demo()
    simulation = Simulation(demo, "UUR")
    simulation.run(simulation.actual_plan())
    path, league = tmp_path / "run.json", tmp_path / "league.sqlite"
    path.write_text(json.dumps(simulation.to_dict()))
    status, out, _ = run("league", "submit", path, "--user", "Ada", "--league", league)
    assert status == 0
    assert out.startswith(f"Ada’s run of UUR in {demo.event} {demo.year} counts with an IQ of ")
    assert out.endswith("Place 1 of 1.\n")
    (row,) = json.loads(run("league", "top", "--league", league, "--json")[1])["rows"]
    assert row["iq"] == row["wall_iq"]
    file = tmp_path / "league.gz"
    assert run("league", "export", file, "--league", league)[1] == f"1 run written to {file}.\n"
    assert file.stat().st_size > 0


def test_a_league_file_is_imported(run, tmp_path):
    with trusting(tmp_path / "league.sqlite") as league:
        league.export(tmp_path / "league.gz")
    status, out, _ = run("league", "import", tmp_path / "league.gz")
    assert status == 0
    assert out.startswith("0 runs read: 0 count now")


def test_the_best_strategy_of_the_demo_race(run, tmp_path):
    status, out, _ = run("optimal", "demo", "--league", tmp_path / "new.sqlite")
    assert status == 0
    assert "nobody’s good runs yet: what the real pit walls did" in out
    assert "window" in out
    assert "Undercut: works half the time from" in out
    _, out, _ = run("optimal", "demo", "--league", tmp_path / "new.sqlite", "--json")
    assert json.loads(out)["runs"] == 0


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("optimal", "Monaco"), "YEAR is missing"),
        (("optimal", "Monaco", 2023), "is not at hand here"),
        (("league", "top", "Spa"), "no race played in this league by the name 'Spa'"),
        (("league", "submit", "absent.json", "-u", "Ada"), "No such file"),
        (("league", "submit", "{text}", "-u", "Ada"), "holds no JSON"),
        (("league", "submit", "{list}", "-u", "Ada"), "holds no run"),
        (("league", "submit", "{huge}", "-u", "Ada"), "larger than any run"),
        (("league", "submit", "{empty}", "-u", "Ada"), "no run of the simulator"),
        (("league", "submit", "{empty}", "-u", "<Ada>"), "letters, digits, spaces"),
        (("league", "import", "{text}"), "no league file"),
        (("league", "top", "--league", "mysql://x/y"), "SQLite or PostgreSQL"),
    ],
)
def test_what_cannot_be_done_ends_in_one_line(run, tmp_path, monkeypatch, args, said):
    monkeypatch.setenv("F1LAB_OFFLINE", "1")
    contents = {"text": "hello", "list": "[]", "huge": " " * 1_000_001, "empty": "{}"}
    for name, text in contents.items():
        (tmp_path / name).write_text(text)
    files = {name: str(tmp_path / name) for name in contents}
    status, out, err = run(*[str(arg).format(**files) for arg in args])
    assert (status, out) == (2, "")
    assert err.startswith("f1lab: ")
    assert err.count("\n") == 1
    assert said in err


def test_refused_runs_of_a_file_are_named(run, tmp_path):
    with trusting(tmp_path / "league.sqlite") as league:
        league.submit(record(seed=80_000), "Ada")
        league.export(tmp_path / "league.gz")
    status, out, err = run("league", "import", tmp_path / "league.gz")
    assert status == 2
    assert "1 refused" in out
    assert "'Ada', ALO in Monaco Grand Prix 2023: the run was driven on seed 80000" in err
