"""The form of the season so far: earlier rounds only, what is at hand only."""

from __future__ import annotations

import pytest

from f1lab.engine.history import season_so_far


def test_the_demo_has_no_season():
    from f1lab.data.demo import generate

    assert season_so_far(generate(0)) == []


@pytest.fixture
def _loaded_before(shared_tmp, monkeypatch):
    """Races another test has loaded need not be loaded again."""
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(shared_tmp / "f1lab_cache_of_weekends"))


@pytest.mark.real
@pytest.mark.usefixtures("_loaded_before")
def test_earlier_rounds_at_hand_and_nothing_later(weekends, fastf1_cache):
    weekend = weekends(2021, "Portuguese Grand Prix")
    told = []
    found = season_so_far(
        weekend, fastf1_cache=str(fastf1_cache), tell=lambda *args: told.append(args)
    )
    rounds = [record.round for record in found]
    assert rounds == sorted(rounds)
    assert set(rounds) <= set(range(1, weekend.round))
    assert {record.driver for record in found} >= {"HAM", "VER", "NOR"}
    assert len(told) == weekend.round - 1


@pytest.mark.real
@pytest.mark.usefixtures("_loaded_before")
def test_form_moves_the_forecast_towards_who_has_been_quick(weekends, fastf1_cache):
    from f1lab.engine import RaceField

    weekend = weekends(2021, "Portuguese Grand Prix")
    history = season_so_far(weekend, fastf1_cache=str(fastf1_cache))
    without, informed = (
        RaceField.from_weekend(weekend, "pre-race", history=known) for known in (None, history)
    )
    slow = informed.drivers.index("MAZ")
    shift = informed.model.pace_s.mean(axis=0) - without.model.pace_s.mean(axis=0)
    assert shift[slow] > 0
