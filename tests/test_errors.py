"""What an error says."""

from __future__ import annotations

import pytest

from f1lab.errors import UnknownName


@pytest.mark.parametrize("given", ["2017", "2026", "20233", "7"])
def test_a_number_is_not_taken_for_a_slip_of_another(given):
    told = str(UnknownName("season", given, ["2018", "2023", "2027"]))
    assert told == f"no season {given!r}. Known: 2018, 2023, 2027."


@pytest.mark.parametrize(
    ("given", "meant"), [("Monacco", "Monaco"), ("HAN", "HAM"), ("c 1", "c1"), ("fastf2", "FastF1")]
)
def test_a_name_gets_the_closest_one(given, meant):
    told = str(UnknownName("name", given, ["Monaco", "HAM", "c1", "FastF1"]))
    assert f"no name {given!r} — did you mean {meant!r}?" in told


def test_a_name_like_none_gets_the_list_only():
    assert str(UnknownName("event", "xyz", ["Monza"])) == "no event 'xyz'. Known: Monza."
    assert str(UnknownName("event", "xyz", [])) == "no event 'xyz'. Known: none."
