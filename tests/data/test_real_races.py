"""What repair makes of every real race there is, and of the odd ones in particular."""

import pickle

import numpy as np
import pandas as pd
import pytest

from f1lab.data.repair import repair

pytestmark = pytest.mark.real


def kinds(weekend):
    return {issue.kind: issue.count for issue in weekend.quality if issue.where.startswith("Race")}


def laps_of(weekend, driver):
    laps = weekend.race.laps
    return laps[laps["driver"] == driver].set_index("lap")


def marked(own, flag):
    return own.index[own[flag]].tolist()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_every_race_of_the_cache_is_sound_and_repaired_for_good(races, weekends, assert_sound):
    assert len(races) >= 46
    for year, event in races:
        weekend = weekends(year, event)
        assert (weekend.year, weekend.event) == (year, event)
        for session in filter(None, (weekend.race, weekend.qualifying)):
            assert_sound(session)
            again, _ = repair(session)
            pd.testing.assert_frame_equal(again.laps, session.laps)
            pd.testing.assert_frame_equal(again.results, session.results)
        race = weekend.race
        assert set(race.laps["driver"]) <= set(race.results["driver"])
        assert race.messages["time_s"].notna().all(), event
        assert race.results["points"].notna().all(), event
        winner = race.results.loc[race.results["finish"] == 1, "driver"].item()
        assert laps_of(weekend, winner).index.max() == race.total_laps
        on_track = race.laps[race.laps["lap"] > 1]
        assert on_track["lap_time_s"].min() > 50, event
        assert len(weekend.quality) == len({(i.kind, i.where) for i in weekend.quality}), event


@pytest.mark.parametrize(("year", "event"), [(2019, "German"), (2023, "Australian")])
def test_behind_safety_cars_and_red_flags_the_gaps_are_those_that_were_shown(
    weekends, fastf1_cache, year, event
):
    race = weekends(year, f"{event} Grand Prix").race
    timing = next(fastf1_cache.glob(f"{year}/*_{event}_*/*_Race/_extended_timing_data.ff1pkl"))
    shown = pickle.loads(timing.read_bytes())["data"][1]  # noqa: S301  (ours)
    number = race.results.set_index("driver")["number"]
    gaps = dict(
        iter(
            shown.assign(gap_s=pd.to_numeric(shown["GapToLeader"], errors="coerce"))
            .dropna(subset="gap_s")
            .groupby("Driver")
        )
    )
    behind = race.laps["time_s"] - race.laps.groupby("lap")["time_s"].transform("min")
    off = []
    for driver, line_s, gap_s in zip(race.laps["driver"], race.laps["time_s"], behind, strict=True):
        own = gaps.get(number[driver], shown[:0].assign(gap_s=0.0))
        after = own["Time"].dt.total_seconds() - line_s
        error = (own["gap_s"] - gap_s)[after.between(-0.1, 4.0)].abs()
        off += [error.min()] if (error < 0.3).any() else []
    assert len(off) > 800
    assert np.mean(np.array(off) > 0.005) < 0.02


@pytest.mark.parametrize(
    ("year", "event", "driver", "gap_s"),
    [
        (2019, "Hungarian Grand Prix", "VER", 17.796),
        (2021, "Abu Dhabi Grand Prix", "HAM", 2.256),
        (2023, "Monaco Grand Prix", "HAM", 39.062),
        (2023, "Hungarian Grand Prix", "NOR", 33.731),
        (2023, "Italian Grand Prix", "BOT", 64.056),  # last lap lost, timed by the official gap
    ],
)
def test_gaps_at_the_flag_are_the_official_ones(weekends, year, event, driver, gap_s):
    race = weekends(year, event).race
    last = race.laps[race.laps["lap"] == race.total_laps].set_index("driver")["time_s"]
    assert last[driver] - last.min() == pytest.approx(gap_s, abs=0.1)


def test_three_laps_behind_the_safety_car(weekends):
    weekend = weekends(2021, "Belgian Grand Prix")
    race = weekend.race
    assert race.total_laps == 3
    assert race.laps["sc"].all()
    assert not race.laps["green"].any()
    assert set(race.laps["compound"]) == {"UNKNOWN"}
    assert race.results["laps"].tolist() == [1.0] * 20
    found = kinds(weekend)
    assert found["laps_beyond_official_count"] == 40
    assert found["safety_car_start"] == 1


def test_last_laps_the_recording_lacks_come_from_the_official_gaps(weekends):
    weekend = weekends(2023, "Italian Grand Prix")
    assert kinds(weekend)["lap_from_official_gap"] == 7
    piastri = laps_of(weekend, "PIA")
    assert piastri["repaired"][51]
    assert piastri["lap_time_s"][51] == pytest.approx(86.159, abs=1e-3)  # less his 5 s penalty
    assert laps_of(weekend, "MAG").index.max() == 50  # lapped: no 51st lap


@pytest.mark.parametrize(
    ("year", "event", "leader", "red"),
    [
        (2021, "Azerbaijan Grand Prix", "PER", [48, 49]),
        (2021, "Saudi Arabian Grand Prix", "VER", [13, 14, 15, 16]),
        (2023, "Australian Grand Prix", "VER", [8, 55, 56, 57, 58]),
        (2023, "Dutch Grand Prix", "VER", [64, 65]),
    ],
)
def test_red_flags_are_on_the_laps_they_stopped_and_on_those_that_waited(
    weekends, year, event, leader, red
):
    assert marked(laps_of(weekends(year, event), leader), "red") == red


def test_the_last_safety_car_of_2021(weekends):
    weekend = weekends(2021, "Abu Dhabi Grand Prix")
    assert marked(laps_of(weekend, "HAM"), "sc") == [53, 54, 55, 56, 57]
    messages = weekend.race.messages
    called = messages[messages["message"] == "SAFETY CAR DEPLOYED"]["time_s"].item()
    status = weekend.race.track_status
    shown = status[status["status"] == "sc"]["time_s"].item()
    assert called == pytest.approx(shown, abs=1.0)


def test_a_change_of_tyres_recorded_late(weekends):
    hamilton = laps_of(weekends(2019, "Hungarian Grand Prix"), "HAM")
    assert hamilton["compound"][48] == "HARD"
    assert hamilton["compound"][49] == "MEDIUM"
    assert hamilton["tyre_age_laps"][49] == 1
    assert hamilton["stint"][49] == hamilton["stint"][48] + 1


def test_a_crossing_recorded_with_the_next_lap(weekends):
    stroll = laps_of(weekends(2021, "Styrian Grand Prix"), "STR")
    assert stroll["lap_time_s"][[4, 5]].tolist() == pytest.approx([71.257, 71.257], abs=1e-3)
    assert stroll["repaired"][4]


def test_a_set_nobody_named_stays_unknown(weekends):
    laps = weekends(2021, "Belgian Grand Prix").race.laps
    assert set(laps["compound"]) == {"UNKNOWN"}


def test_a_set_told_long_before_the_stop_is_fitted_at_the_stop(weekends):
    tsunoda = laps_of(weekends(2023, "Canadian Grand Prix"), "TSU")
    assert set(tsunoda["compound"][2:]) == {"HARD"}
    assert tsunoda["tyre_age_laps"][[34, 35]].tolist() == [33, 1]
    assert tsunoda["stint"][35] == tsunoda["stint"][34] + 1


def test_an_age_told_with_a_wrong_compound_is_taken_back_with_it(weekends):
    verstappen = laps_of(weekends(2023, "Bahrain Grand Prix"), "VER")
    assert verstappen["compound"][15] == verstappen["compound"][14] == "SOFT"
    assert verstappen["tyre_age_laps"][[14, 15]].tolist() == [17, 3]


def test_those_who_never_completed_a_lap_have_no_laps_and_a_result(weekends):
    race = weekends(2021, "Hungarian Grand Prix").race
    gone = {"BOT", "PER", "LEC", "STR"}
    assert not gone & set(race.laps["driver"])
    left = race.results[race.results["driver"].isin(gone)]
    assert not left["classified"].any()
    assert left["laps"].tolist() == [0.0] * 4


def test_wet_races_know_their_tyres(weekends):
    zandvoort = weekends(2023, "Dutch Grand Prix").race.laps
    assert {"SOFT", "INTERMEDIATE", "WET"} <= set(zandvoort["compound"])
    monaco = weekends(2022, "Monaco Grand Prix").race.laps
    assert monaco.loc[monaco["lap"] == 1, "compound"].eq("WET").mean() > 0.8
    assert marked(monaco[monaco["driver"] == "LEC"].set_index("lap"), "sc")[:2] == [1, 2]


def test_names_and_penalties_in_messages(weekends):
    messages = weekends(2023, "Monaco Grand Prix").race.messages
    penalties = messages[messages["message"].str.contains("SECOND TIME PENALTY")]
    assert set(penalties["driver"]) >= {"HUL", "SAR", "RUS"}
    assert np.isfinite(messages["time_s"]).all()


def test_qualifying_without_messages_still_has_its_laps(weekends):
    with pytest.raises(Exception, match="Australian Grand Prix 2025 is not in the FastF1 cache"):
        weekends(2025, "Australian Grand Prix")
    china = weekends(2025, "Chinese Grand Prix")
    assert china.qualifying.messages.empty
    assert any(i.kind == "messages_missing" and "Qualifying" in i.where for i in china.quality)
    best = china.qualifying.laps["lap_time_s"].min()
    assert best == pytest.approx(china.qualifying.results["q3_s"].min(), abs=1e-3)
