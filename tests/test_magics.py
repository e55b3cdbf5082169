"""``%f1`` in a real IPython shell: what it returns, what it completes, and how it fails."""

from __future__ import annotations

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import f1lab
from f1lab.autopsy import AutopsyReport
from f1lab.data.circuits import known_circuits
from f1lab.data.schema import Weekend


@pytest.fixture(scope="module")
def shell():
    shell = InteractiveShell()
    shell.run_line_magic("load_ext", "f1lab")
    yield shell
    shell.history_manager.end_session()
    InteractiveShell.clear_instance()


@pytest.fixture
def run(shell, capsys, tmp_path_factory, monkeypatch):
    """Run a cell; returns whether it worked, what was displayed and what was complained."""
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.getbasetemp() / "analysis-cache"))
    monkeypatch.setenv("F1LAB_OFFLINE", "1")

    def call(cell):
        capsys.readouterr()
        done = shell.run_cell(cell, store_history=True)
        out, err = capsys.readouterr()
        return done.success, out, err

    return call


@pytest.fixture
def demo(run, shell):
    assert run("%f1 load demo")[0]
    return shell.find_line_magic("f1").__self__.weekend


def completions(shell, text):
    with provisionalcompleter():
        found = list(shell.Completer.completions(text, len(text)))
    return [text[: one.start] + one.text for one in found]


def test_load_returns_the_weekend_and_shows_it_in_a_line(run, shell):
    worked, out, _ = run("%f1 load demo")
    assert worked
    assert isinstance(shell.user_ns["_"], Weekend)
    assert "2024 Halvern Grand Prix" in out
    assert "UUR" in out
    assert out.strip().count("\n") == 0


def test_an_answer_can_be_assigned_and_is_the_object(run, shell, demo):
    worked, out, _ = run("report = %f1 autopsy uur --reference teammate")
    assert worked
    assert out == ""
    report = shell.user_ns["report"]
    assert isinstance(report, AutopsyReport)
    assert (report.driver, report.reference_kind) == ("UUR", "teammate")
    assert f1lab.autopsy(demo, "UUR", "teammate").to_dict() == report.to_dict()


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("compare UUR WEX", "driver_comparison"),
        ("compare --what teams 'Kestrel Motorsport' \"Northgate GP\"", "team_comparison"),
        ("analyze", "session_analysis"),
        ("analyze --session q", "session_analysis"),
        ("analyze --driver UUR", "driver_analysis"),
        ("strategy WEX --at-lap 30 --races 100", "strategy"),
    ],
)
def test_each_command_returns_its_result(run, shell, line, kind):
    worked, _, err = run(f"answer = %f1 {line}")
    assert worked, err
    assert shell.user_ns["answer"].kind == kind


@pytest.mark.parametrize("line", ["%f1 help", "%f1", "%f1 autopsy --help"])
def test_help_says_how_commands_are_written(run, line):
    worked, out, _ = run(line)
    assert worked
    assert "%f1 autopsy [--reference WHO] DRIVER" in out


@pytest.mark.usefixtures("demo")
@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("autopsi UUR", ["'autopsi'", "did you mean 'autopsy'"]),
        ("autopsy", ["DRIVER", "Usage: %f1 autopsy"]),
        ("autopsy ZZZ", ["ZZZ", "Known:"]),
        ("autopsy 'UUR", ["quotation mark"]),
        ("autopsy UUR --colour red", ["--colour"]),
        ("compare UUR UUR", ["UUR"]),
        ("compare UUR WEX --what wheels", ["wheels", "drivers"]),
        ("compare UUR WEX --session R", ["--what cars"]),
        ("analyze --driver UUR --car WEX", ["not allowed with"]),
        ("analyze --driver ZZZ", ["ZZZ"]),
        ("strategy UUR --at-lap soon", ["soon"]),
        ("load 2023", ["%f1 load 2023 Monaco"]),
        ("load", ["YEAR"]),
        ("load 1949 Monaco", ["1949"]),
    ],
)
def test_a_mistake_is_one_line_and_stops_the_cell(run, line, words):
    worked, out, err = run(f"before = 1\n%f1 {line}\nprint('went on')")
    assert not worked
    assert "went on" not in out
    assert "Traceback" not in out + err
    assert err.startswith("UsageError: ")
    assert err.strip().count("\n") == 0
    for word in words:
        assert word in err


def test_without_a_weekend_it_says_how_to_load_one(run):
    run("%reload_ext f1lab")
    _, _, err = run("%f1 autopsy HAM")
    assert "%f1 load 2023 Monaco" in err


# ---------------------------------------------------------------------------------------------
# completion


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("%f1 au", ["%f1 autopsy"]),
        ("%f1 load d", ["%f1 load demo"]),
        ("%f1 autopsy uu", ["%f1 autopsy UUR"]),
        ("report = %f1 autopsy W", ["report = %f1 autopsy WEX"]),
        ("x = 1\n%f1 strategy ZM", ["x = 1\n%f1 strategy ZMB"]),
        ("%f1 compare --what t", ["%f1 compare --what teams"]),
        ("%f1 compare --what teams N", ["%f1 compare --what teams 'Northgate GP'"]),
        ("%f1 autopsy UUR --re", ["%f1 autopsy UUR --reference"]),
        ("%f1 autopsy UUR --reference te", ["%f1 autopsy UUR --reference teammate"]),
        ("%f1 analyze --driver F", ["%f1 analyze --driver FJE", "%f1 analyze --driver FXH"]),
    ],
)
def test_completion_of_words_drivers_teams_and_options(demo, shell, text, wanted):
    assert demo is not None
    assert completions(shell, text) == wanted


def test_a_driver_named_already_is_not_offered_again(demo, shell):
    codes = {text.split()[-1] for text in completions(shell, "%f1 compare UUR ")}
    assert codes == set(demo.race.results["driver"]) - {"UUR"}


def test_without_a_calendar_known_circuits_complete_events(shell):
    assert completions(shell, "%f1 load 2023 Monz") == ["%f1 load 2023 Monza"]
    assert completions(shell, "%f1 load 2023 las v") == ["%f1 load 2023 las Vegas"]
    offered = completions(shell, "%f1 load 2023 ")
    assert [text.removeprefix("%f1 load 2023 ") for text in offered] == known_circuits()


@pytest.mark.real
def test_events_of_the_calendar_complete(shell, fastf1_cache, monkeypatch):
    monkeypatch.setenv("F1LAB_FASTF1_CACHE", str(fastf1_cache))
    assert completions(shell, "%f1 load 2023 monac") == ["%f1 load 2023 Monaco"]
    assert completions(shell, "%f1 load 2023 sao") == ["%f1 load 2023 São Paulo"]
    assert completions(shell, "%f1 load 2023 Spa") == [
        f"%f1 load 2023 {x}" for x in ("Spanish", "Spa")
    ]


@pytest.mark.parametrize("text", ["f1 = 3; f1.bit_l", "%timeit f1lab.auto", "print('%f1 au"])
def test_other_lines_are_left_to_others(shell, text):
    assert not any(
        one.endswith(("autopsy", "load")) and "%f1" in one for one in completions(shell, text)
    )
