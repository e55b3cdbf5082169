"""What f1lab promises by name."""

from __future__ import annotations

import subprocess
import sys
from importlib.metadata import version

import pytest

import f1lab

PUBLIC = [
    "AutopsyReport",
    "BlameWaterfall",
    "DataIssue",
    "F1LabError",
    "League",
    "Outcomes",
    "RaceField",
    "RacePlan",
    "RaceTimeline",
    "Session",
    "Simulation",
    "SimulatorControls",
    "StrategyReport",
    "TelemetryTraces",
    "Weekend",
    "analyze",
    "autopsy",
    "battle_forecast",
    "compare",
    "export",
    "figures",
    "load",
    "load_demo",
    "load_session",
    "optimize",
    "pit_wall_iq",
    "safety_car_table",
    "season_blame",
    "simulate_races",
    "strategy_iq",
    "track_evolution",
    "undercut_table",
]


def test_the_public_names_are_frozen_and_sorted():
    assert f1lab.__all__ == PUBLIC == sorted(PUBLIC)


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(f1lab, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = f1lab.nonsense


def test_there_is_one_version_number():
    assert f1lab.__version__ == version("f1lab")


@pytest.mark.parametrize(
    "first",
    ["import f1lab.autopsy", "from f1lab.autopsy import AutopsyReport", "f1lab.AutopsyReport"],
)
def test_autopsy_stays_a_function_whatever_was_imported_before(first):
    # The package f1lab.autopsy and the function of that name share an attribute of f1lab.
    code = f"import f1lab\n{first}\nassert callable(f1lab.autopsy), f1lab.autopsy"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
