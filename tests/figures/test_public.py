"""What f1lab.figures promises by name, and that every chart speaks one visual language."""

from __future__ import annotations

import itertools
import subprocess
import sys

import pytest

from f1lab import figures
from f1lab.figures._colour import DEUTERANOPIA, PROTANOPIA, difference, luminance, mixed, rgb
from f1lab.figures._shared import TOLD_APART, distinct_lines
from f1lab.figures.style import COMPOUND_STYLES, GAINED, LOST, RAMP, readable, shaded

PUBLIC = [
    "COMPOUND_STYLES",
    "CompoundStyle",
    "NoBrowser",
    "blame_heatmap",
    "corner_deltas",
    "gap",
    "gear_usage",
    "lap_distribution",
    "lap_times",
    "pedals",
    "place_errors",
    "positions",
    "radar",
    "reasons",
    "reliability",
    "sectors",
    "speed_trace",
    "stints",
    "to_image",
    "track_map",
    "tyre_degradation",
]
EYES = [None, DEUTERANOPIA, PROTANOPIA]
#: Of the teams of 2025, some of them close to each other.
TEAMS = [
    "#FF8000",
    "#27F4D2",
    "#3671C6",
    "#B6BABD",
    "#64C4FF",
    "#229971",
    "#6692FF",
    "#0093CC",
    "#52E252",
    "#E80020",
]


def test_the_public_names_are_frozen_and_sorted():
    assert figures.__all__ == PUBLIC == sorted(PUBLIC)
    assert dir(figures) == PUBLIC


@pytest.mark.parametrize("name", PUBLIC)
def test_every_public_name_is_there_and_documented(name):
    assert getattr(figures, name).__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="nonsense"):
        _ = figures.nonsense


def test_names_are_loaded_when_they_are_asked_for():
    code = "import sys, f1lab.figures; assert 'plotly' not in sys.modules and 'scipy' not in sys.modules"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("eyes", EYES, ids=["all cones", "deuteranopia", "protanopia"])
def test_lost_and_gained_are_told_apart_by_every_eye(eyes):
    assert difference(LOST, GAINED, eyes) > 2 * TOLD_APART


@pytest.mark.parametrize("eyes", EYES, ids=["all cones", "deuteranopia", "protanopia"])
def test_steps_of_the_ramp_are_told_apart_and_it_only_gets_brighter(eyes):
    colours = [colour for _, colour in RAMP]
    steps = [difference(a, b, eyes) for a, b in itertools.pairwise(colours)]
    assert min(steps) > TOLD_APART
    light = [luminance(rgb(colour)) for colour in colours]
    assert light == sorted(light)


def test_lines_differ_in_colour_to_every_eye_or_in_dash():
    lines = list(distinct_lines([readable(team) for team in TEAMS[:6]]))
    for k, one in enumerate(lines):
        for other in lines[k + 1 :]:
            apart = min(difference(one["color"], other["color"], eyes) for eyes in EYES)
            assert one["dash"] != other["dash"] or apart >= 0.6 * TOLD_APART, (one, other)


def test_two_of_one_team_differ_by_dash_and_by_shade_of_one_hue():
    first, second = distinct_lines([readable(TEAMS[0])] * 2)
    assert first["dash"] != second["dash"]
    assert second["color"] == shaded(first["color"])
    lights = [luminance(rgb(line["color"])) for line in (first, second)]
    assert max(lights) / min(lights) > 1.4


def test_red_and_green_look_alike_without_green_cones():
    # the simulation itself: what is far apart to most is near to some
    assert difference("#b04020", "#607000", DEUTERANOPIA) < difference("#b04020", "#607000") / 2


def test_tyres_alike_to_some_eye_differ_by_letter_and_shape():
    styles = list(COMPOUND_STYLES.values())
    for k, one in enumerate(styles):
        for other in styles[k + 1 :]:
            assert one.letter != other.letter
            assert one.symbol != other.symbol


def test_mixing_goes_from_one_colour_to_the_other():
    assert mixed(LOST, GAINED, 0) == LOST
    assert mixed(LOST, GAINED, 1) == GAINED
