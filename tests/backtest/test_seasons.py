"""Seasons by name, and where their races come from."""

from __future__ import annotations

import pytest

from f1lab.backtest.seasons import load_seasons, parse_seasons
from f1lab.errors import InvalidInput, NoData


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("2023", (2023,)),
        ("2018-2021", (2018, 2019, 2020, 2021)),
        ("2018–2019, 2021", (2018, 2019, 2021)),
        ("2021,2021,2020", (2020, 2021)),
    ],
)
def test_seasons_as_one_writes_them(text, years):
    assert parse_seasons(text) == years


@pytest.mark.parametrize("text", ["", "23", "2021-2018", "2018-", "2018-2021-2022", "2018,,2019"])
def test_other_texts_are_refused_with_the_rule(text):
    with pytest.raises(InvalidInput, match="2018-2021"):
        parse_seasons(text)


@pytest.mark.real
def test_an_archive_gives_every_race_of_its_seasons(tidy_folder):
    told = []
    weekends, missing = load_seasons(
        (2020, 2022), tidy=tidy_folder, progress=lambda *what: told.append(what)
    )
    assert [(w.year, w.source) for w in weekends] == [(2020, "tidy")] * 10 + [(2022, "tidy")] * 11
    assert missing == ()
    assert told == [("loading 2020", 0, 2), ("loading 2022", 1, 2)]


@pytest.mark.real
def test_a_season_without_any_race_is_said(fastf1_cache, tidy_folder):
    with pytest.raises(NoData, match="no race of 2024"):
        load_seasons((2024,), tidy=tidy_folder, fastf1_cache=fastf1_cache)


@pytest.mark.real
@pytest.mark.slow
def test_a_season_the_archive_lacks_comes_from_fastf1(fastf1_cache, tidy_folder):
    weekends, missing = load_seasons((2025,), tidy=tidy_folder, fastf1_cache=fastf1_cache)
    assert [(w.source, w.event) for w in weekends] == [("fastf1", "Chinese Grand Prix")]
    assert "2025 Monaco Grand Prix" in missing
