"""Nothing is learned from the day of a race or from after it."""

from __future__ import annotations

import itertools

import pytest

from f1lab.backtest.dates import FutureData, came_before, in_order, known_before, refuse_future
from f1lab.errors import InvalidInput


def test_days_decide(weekend_of):
    # rounds are numbered as planned; a race moved to the end of the year came later
    moved = weekend_of(2022, 3, "2022-12-01")
    later_round = weekend_of(2022, 4, "2022-04-10")
    assert came_before(later_round, moved)
    assert not came_before(moved, later_round)


def test_a_race_is_not_before_itself_nor_before_one_of_the_same_day(weekend_of):
    race = weekend_of(2023, 2, "2023-03-19")
    twin = weekend_of(2023, 3, "2023-03-19")
    assert not came_before(race, race)
    assert not came_before(race, twin)
    assert not came_before(twin, race)


@pytest.mark.parametrize(("first", "second"), [("", "2020-09-06"), ("2020-08-30", ""), ("", "")])
def test_without_a_day_season_and_round_decide(weekend_of, first, second):
    spa, monza = weekend_of(2020, 7, first), weekend_of(2020, 8, second)
    assert came_before(spa, monza)
    assert not came_before(monza, spa)
    assert came_before(weekend_of(2019, 21, first), monza)


def test_the_future_is_refused_wherever_it_hides(weekend_of):
    season = [weekend_of(2022, k, f"2022-{k:02d}-10") for k in range(1, 6)]
    for place, test in itertools.product(range(6), range(1, 5)):
        past = season[:test]
        refuse_future(past, season[test:])
        shuffled = [*past[:place], season[test], *past[place:]]
        with pytest.raises(FutureData, match=rf"2022 Race {test + 1} \(2022-0{test + 1}-10\)"):
            refuse_future(shuffled, season[test:])


def test_one_early_test_race_is_enough_to_refuse(weekend_of):
    past = [weekend_of(2022, 2, "2022-02-10")]
    tests = [weekend_of(2022, 3, "2022-03-10"), weekend_of(2022, 1, "2022-01-10")]
    with pytest.raises(InvalidInput, match=r"2022 Race 2 .* is not before 2022 Race 1"):
        refuse_future(past, tests)


def test_history_is_what_came_before_in_order(weekend_of):
    season = [weekend_of(2023, k, f"2023-{k:02d}-10") for k in (4, 2, 5, 1, 3)]
    assert [w.round for w in known_before(weekend_of(2023, 4, "2023-04-10"), season)] == [1, 2, 3]
    assert [w.round for w in in_order(season)] == [1, 2, 3, 4, 5]
