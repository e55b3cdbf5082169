"""The last change of order between two cars, on the real races and on every pair of one."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.autopsy.decider import decider
from f1lab.autopsy.ledger import Books
from f1lab.racemodel import RaceModel

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def decide(weekends):
    def run(year, event, driver, other):
        weekend = weekends(year, event)
        books = Books(weekend, RaceModel.of(weekend), driver)
        n = min(len(books.laps.rows(code)) for code in (driver, other))
        return decider(books, driver, other, n)

    return run


def test_an_undercut_is_told_with_both_stops_and_the_gap_before_and_after(decide):
    found = decide(2023, "Hungarian Grand Prix", "PIA", "NOR")
    assert (found.ahead, found.how, found.lap) == ("NOR", "stops", 19)
    assert "NOR stopped on lap 17, PIA on lap 18" in found.text
    assert "from NOR 2.1 s behind to NOR 1.4 s ahead" in found.text


def test_both_sides_tell_the_same_story(decide):
    one = decide(2019, "Hungarian Grand Prix", "VER", "HAM")
    assert one == decide(2019, "Hungarian Grand Prix", "HAM", "VER")


def test_a_lead_lent_by_the_stops_is_no_change_of_order(decide):
    """PIA led from the grid; NOR was ahead at the line only while PIA had stopped a lap sooner."""
    assert decide(2025, "Chinese Grand Prix", "NOR", "PIA") is None


def test_a_pass_on_equal_tyres_is_just_a_pass(decide):
    found = decide(2023, "Italian Grand Prix", "SAI", "VER")
    assert (found.how, found.lap) == ("track", 15)


def test_every_pair_of_a_race_gets_the_order_it_finished_in(weekends):
    weekend = weekends(2021, "Azerbaijan Grand Prix")
    books = Books(weekend, RaceModel.of(weekend), "HAM")
    laps = books.laps
    for i, one in enumerate(laps.drivers):
        for other in laps.drivers[i + 1 :]:
            n = min(len(laps.rows(one)), len(laps.rows(other)))
            found = decider(books, one, other, n)
            if found is None:
                continue
            times = {code: laps.time_s[laps.rows(code)][:n] for code in (one, other)}
            lead = times[found.behind] - times[found.ahead]
            assert lead[n - 1] > 0
            assert 1 <= found.lap <= n
            lent = np.flatnonzero(lead[found.lap : n] <= 0)
            assert found.how != "track" or not len(lent)


def test_a_gap_closed_behind_the_safety_car_is_not_told_as_tyres(decide):
    found = decide(2021, "Abu Dhabi Grand Prix", "HAM", "VER")
    assert "the 4 laps after it won 10.1 s closing up" in found.text
    assert "closing up" not in decide(2019, "Hungarian Grand Prix", "VER", "HAM").text
