"""The grid as a forecast."""

from __future__ import annotations

import numpy as np
import pytest

from f1lab.backtest.baselines import GridOdds, entrants
from f1lab.backtest.places import among

NAN = float("nan")


def test_ties_on_the_grid_and_missing_slots_go_behind(weekend_of):
    race = weekend_of(grid=(2, 1, 4, 4, NAN), finish=(1, 2, 4, 3, 5))
    race.race.results.loc[4, "pit_lane_start"] = True
    who = entrants(race)
    assert who.grid.tolist() == [2, 1, 3, 4, 5]
    assert who.finish.tolist() == [1, 2, 4, 3, 5]


def test_who_did_not_start_is_no_entrant(weekend_of):
    race = weekend_of(grid=(1, 2, NAN, 3), finish=(2, 1, 4, NAN))
    who = entrants(race)
    assert who.drivers == ("D00", "D01")
    assert who.finish.tolist() == [2, 1]


def test_ranks_among_the_classified(weekend_of):
    who = entrants(weekend_of(grid=(1, 2, 3, 4), finish=(4, 2, 1, 3), classified=(0, 1, 1, 1)))
    seen = among(who, who.classified.astype(bool))
    assert seen.drivers == ("D01", "D02", "D03")
    assert seen.grid.tolist() == [1, 2, 3]
    assert seen.finish.tolist() == [2, 1, 3]


def test_odds_are_what_the_slot_did(weekend_of):
    # 30 races in which the grid never changes: the slot is nearly certain to stay
    races = [entrants(weekend_of()) for _ in range(30)]
    table = GridOdds.of(races).table(np.array([1, 2, 3]))
    assert table.sum(axis=1) == pytest.approx([1, 1, 1])
    # slot 1 with half of slot 2's record: 30 wins and 15 second places, a third of a race each
    assert table[0] == pytest.approx(np.array([30 + 1 / 3, 15 + 1 / 3, 1 / 3]) / 46)
    assert (table.argmax(axis=1) == [0, 1, 2]).all()


def test_odds_follow_the_order_asked_for(weekend_of):
    odds = GridOdds.of([entrants(weekend_of(finish=(3, 1, 2)))])
    forward, back = odds.table(np.array([1, 2, 3])), odds.table(np.array([3, 2, 1]))
    assert (back == forward[::-1]).all()


def test_a_larger_field_than_any_seen_still_gets_chances(weekend_of):
    odds = GridOdds.of([entrants(weekend_of())])
    table = odds.table(np.arange(1, 6))
    assert table.shape == (5, 5)
    assert table.sum(axis=1) == pytest.approx(np.ones(5))
    assert (table > 0).all()
