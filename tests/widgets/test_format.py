"""The same numbers are written the same way in Python and in the browser."""

import pytest

from f1lab.widgets._format import (
    laps_text,
    places_text,
    seconds_text,
    share_text,
    text_width,
    wrap,
)
from f1lab.widgets._waterfall_data import wire
from f1lab.widgets._waterfall_geometry import steps, ticks
from f1lab.widgets._waterfall_text import sentence, subtitle, title


def test_numbers_are_written_as_agreed(words):
    assert [seconds_text(s, d) for s, d, _ in words["seconds"]] == [t for *_, t in words["seconds"]]
    assert [share_text(share) for share, _ in words["share"]] == [t for _, t in words["share"]]
    assert [places_text(n) for n, _ in words["places"]] == [t for _, t in words["places"]]
    assert [laps_text(n) for n, _ in words["laps"]] == [t for _, t in words["laps"]]


def test_ticks_are_round_and_inside(words):
    for low, high, count, expected in words["ticks"]:
        found = ticks(low, high, count)
        assert [text for _, text in found] == expected
        assert all(low - 1e-9 <= value <= high + 1e-9 for value, _ in found)


@pytest.mark.parametrize(
    "name", ["typical", "lapped", "negative_total", "all_zero", "ideal", "refusal"]
)
def test_titles_and_sentences_are_as_agreed(name, words, report):
    expected, data = words["reports"][name], wire(report(name))
    assert title(data) == expected["title"]
    assert subtitle(data) == expected["subtitle"]
    for key, text in expected["sentences"].items():
        assert sentence(next(step for step in steps(data) if step.key == key)) == text


def test_wrapped_lines_fit_and_lose_no_word():
    text = "Car pace cost 178.4 s; a front-wing change on lap 12 cost 42.1 s in the pit lane."
    lines = wrap(text, 200, 13)
    assert len(lines) > 1
    assert all(text_width(line, 13) <= 200 for line in lines)
    assert " ".join(lines).replace("\u00a0", " ") == text


def test_a_number_keeps_its_unit_on_the_line():
    lines = wrap("word " * 3 + "178.4 s and 12 % of 3 laps " * 4, 90, 13)
    assert not [line for line in lines if line.split(" ")[0] in {"s", "%", "laps"}]


def test_a_word_longer_than_a_line_stands_alone():
    assert wrap("a " + "x" * 80 + " b", 100, 13) == ["a", "x" * 80, "b"]
