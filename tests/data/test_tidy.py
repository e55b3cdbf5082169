"""The archive of FastF1 frames goes the same way as FastF1 itself."""

import pytest

from f1lab.data.tidy import load_tidy, tidy_races
from f1lab.errors import SourceError, UnknownName

pytestmark = pytest.mark.real


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_every_race_before_the_cache_is_sound(tidy_folder, past_race, assert_sound):
    races = [race for race in tidy_races(tidy_folder) if race[0] <= 2020]
    assert len(races) == 51
    for year, number, event in races:
        weekend = past_race(year, number).weekend
        assert_sound(weekend.race)
        assert weekend.event == event
        assert weekend.circuit != event


def test_the_archive_and_the_cache_tell_the_same(tidy_folder, weekends):
    ours, archived = weekends(2023, "Monaco Grand Prix"), load_tidy(tidy_folder, 2023, "Monaco")
    columns = ["driver", "lap", "time_s", "lap_time_s", "compound", "tyre_age_laps", "sc", "red"]
    left = ours.race.laps[columns].sort_values(["driver", "lap"], ignore_index=True)
    right = archived.race.laps[columns].sort_values(["driver", "lap"], ignore_index=True)
    assert left.equals(right)
    assert archived.race.date == ours.race.date
    assert archived.circuit == ours.circuit


def test_laps_the_feed_lost_in_2020_are_put_back(tidy_folder):
    weekend = load_tidy(tidy_folder, 2020, "Austria")
    race = weekend.race
    assert race.laps.loc[race.laps["driver"] == "HAM", "lap"].max() == 71
    restored = next(issue for issue in weekend.quality if issue.kind == "laps_restored")
    assert restored.count > 70
    finishers = race.laps["driver"].isin(race.results.loc[race.results["classified"], "driver"])
    assert race.laps.loc[finishers & (race.laps["lap"] > 1), "lap_time_s"].max() < 140


def test_tyres_of_2018_are_named_by_their_place_in_the_range(tidy_folder):
    race = load_tidy(tidy_folder, 2018, "Monaco Grand Prix").race
    assert set(race.laps["compound"]) == {"SOFT", "MEDIUM", "HARD"}
    ricciardo = race.laps[race.laps["driver"] == "RIC"]
    assert ricciardo["compound"].iloc[[0, -1]].tolist() == ["SOFT", "MEDIUM"]  # hyper to ultra


def test_flags_of_2018_without_codes_come_from_the_timeline(tidy_folder):
    weekend = load_tidy(tidy_folder, 2018, 3)
    assert any(issue.kind == "status_codes_missing" for issue in weekend.quality)
    vettel = weekend.race.laps[weekend.race.laps["driver"] == "VET"].set_index("lap")
    assert vettel.index[vettel["sc"]].tolist()[:1] == [31]


@pytest.mark.parametrize(
    ("event", "circuit"),
    [("Styrian", "Spielberg"), ("70th Anniversary", "Silverstone"), ("Italian", "Monza")],
)
def test_circuits_follow_from_the_event(tidy_folder, event, circuit):
    assert load_tidy(tidy_folder, 2020, event).circuit == circuit


def test_unknown_races_and_folders_are_refused_with_a_hint(tidy_folder, tmp_path):
    with pytest.raises(UnknownName, match="did you mean 'Monaco Grand Prix'"):
        load_tidy(tidy_folder, 2019, "Monako Grand Prix")
    with pytest.raises(UnknownName, match="no season '1999'"):
        load_tidy(tidy_folder, 1999, 1)
    with pytest.raises(SourceError, match=r"no file .*laps.parquet"):
        tidy_races(tmp_path)
