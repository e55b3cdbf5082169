"""Leaderboard, standings, crowd models and autopsies, on both databases."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from f1lab.errors import InvalidInput, UnknownName
from f1lab.league import board
from tests.league.made import N_LAPS, record, trusting

RACES = ("Monaco Grand Prix", "Italian Grand Prix")


@pytest.fixture
def league(url):
    with trusting(url) as league:
        yield league


def play(league, user, iq, **changes):
    return league.submit(record(seed=round(iq * 1000), **changes), user)


def places(rows):
    return [(row.place, row.user, row.iq) for row in rows]


def test_each_player_stands_with_the_best_run_and_equal_scores_share_a_place(league):
    for user, iq in [("Ada", 70), ("Ada", 90), ("Bo", 90), ("Cy", 85), ("Ada", 80)]:
        play(league, user, iq)
    assert places(league.top().rows) == [(1, "Ada", 90), (1, "Bo", 90), (3, "Cy", 85)]
    assert places(league.top(n=1).rows) == [(1, "Ada", 90)]


def test_a_race_and_a_driver_can_be_asked_for(league):
    play(league, "Ada", 70, driver="VER")
    play(league, "Ada", 90, driver="ALO")
    play(league, "Bo", 80, event=RACES[1])
    play(league, "Bo", 60, year=2022)
    assert places(league.top(2023, "monaco").rows) == [(1, "Ada", 90)]
    assert places(league.top(2023, "monaco", "ver").rows) == [(1, "Ada", 70)]
    assert places(league.top(event="Monaco").rows) == [(1, "Ada", 90), (2, "Bo", 60)]
    assert places(league.top(2023).rows) == [(1, "Ada", 90), (2, "Bo", 80)]
    assert league.top(2023, "monaco", "ver").title == "Monaco Grand Prix 2023 VER"
    assert league.top(1999).rows == ()
    with pytest.raises(UnknownName, match="Known: Italian Grand Prix, Monaco Grand Prix"):
        league.top(2023, "Spa")
    with pytest.raises(InvalidInput, match="n=0"):
        league.top(n=0)


def test_a_run_says_what_place_it_gives(league):
    first = play(league, "Ada", 80)
    assert (first.place, first.players, first.best, first.wall_iq) == (1, 1, True, 60.0)
    better = play(league, "Bo", 90)
    assert (better.place, better.players) == (1, 2)
    worse = play(league, "Ada", 70)
    assert (worse.place, worse.players, worse.best) == (2, 2, False)
    assert str(worse) == (
        "Ada’s run of ALO in Monaco Grand Prix 2023 counts with an IQ of 70.0; the real pit wall "
        "scored 60.0. Place 2 of 2, with a better run."
    )


def test_the_same_run_counts_once(league):
    first, again = play(league, "Ada", 80), play(league, "Ada", 80)
    assert (first.id, first.already_there) == (again.id, False)
    assert again.already_there
    assert "had counted already" in str(again)
    assert play(league, "Bo", 80).id != first.id


def test_a_season_adds_up_the_points_of_its_races(league):
    scores = {"Ada": (90, 80), "Bo": (80, 80), "Cy": (85, None), "Di": (None, 10)}
    for user, iqs in scores.items():
        for event, iq in zip(RACES, iqs, strict=True):
            if iq is not None:
                play(league, user, iq, event=event)
    play(league, "Ada", 95, year=2022)
    rows = league.standings(2023).rows
    assert [(row.place, row.user, row.points, row.wins, row.races) for row in rows] == [
        (1, "Ada", 25 + 25, 2, 2),
        (2, "Bo", 15 + 25, 1, 2),
        (3, "Cy", 18, 0, 1),
        (4, "Di", 15, 0, 1),
    ]
    assert rows[0].mean_iq == 85
    assert league.standings(1999).rows == ()
    assert list(league.standings(2023).to_frame()) == list(league.standings(1999).to_frame())


def test_places_beyond_the_tenth_score_nothing(league):
    for k in range(12):
        play(league, f"Player {k:02}", 99 - k)
    points = [row.points for row in league.standings(2023).rows]
    assert points == [*board.POINTS, 0, 0]


def test_the_crowd_model_is_kept_and_renewed_when_a_run_comes_to_count(league, monkeypatch):
    from f1lab.league import league as room

    made = []
    monkeypatch.setattr(
        room, "keep_model", lambda *args, keep=room.keep_model: (made.append(1), keep(*args))
    )
    for k in range(12):
        play(league, f"Player {k}", 90, stop=33)
    first = league.optimal(2023, "Monaco")
    assert first == league.optimal(2023, "Monaco Grand Prix")
    assert len(made) == 1
    play(league, "Ada", 60, stop=10)  # does not count
    assert league.optimal(2023, "Monaco") == first
    assert len(made) == 1
    play(league, "Ada", 99, stop=33)
    then = league.optimal(2023, "Monaco")
    assert len(made) == 2
    assert (first.players, then.players) == (12, 13)
    assert then.votes > first.votes
    assert then.windows[0].lap.value == pytest.approx(33, abs=1)
    assert json.loads(json.dumps(then.to_dict(), allow_nan=False))["windows"][0]["stop"] == 1


def test_a_race_nobody_played_answers_with_what_it_says_itself(league):
    answer = league.optimal(2023, "Spanish Grand Prix")
    assert (answer.players, answer.runs, answer.votes) == (0, 0, 0.0)
    assert answer.stops == 1
    assert answer.n_laps == N_LAPS
    assert league.top(2023).rows == ()


def test_autopsies_are_kept_once_for_each_driver_and_reference(league):
    def report(gap_s, driver="HAM"):
        part = SimpleNamespace(seconds=gap_s)
        return SimpleNamespace(
            year=2023,
            round=6,
            event="Monaco Grand Prix",
            circuit="Monaco",
            driver=driver,
            reference="VER",
            gap_s=gap_s,
            verdict="Slow.",
            blame=SimpleNamespace(categories={"car_pace": part}, unexplained=part),
        )

    league.keep_autopsy(report(30.0))
    league.keep_autopsy(report(39.1))
    league.keep_autopsy(report(12.0, "RUS"))
    kept = league.autopsies(2023, "Monaco")
    assert [(one.driver, one.gap_s) for one in kept] == [("HAM", 39.1), ("RUS", 12.0)]
    assert kept[0].categories_s == {"car_pace": 39.1, "unexplained": 39.1}
    assert league.autopsies(driver="RUS")[0].verdict == "Slow."
    assert league.autopsies(2022) == ()
    # An autopsy alone makes no crowd: the race answers with what it says itself.
    assert league.optimal(2023, "Monaco").runs == 0
