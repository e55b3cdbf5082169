"""A batch adds up, goes on where it was, and is the same whoever did the work."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

import f1lab
from f1lab.autopsy import season_races
from f1lab.batch import BatchError, autopsies
from f1lab.batch.parts import Folder
from f1lab.data.source import RateLimited
from f1lab.errors import InvalidInput, NoData, UnknownName
from tests.batch.helping import DRIVERS, environment, waited

pd = pytest.importorskip("pandas")
pytest.importorskip("pyarrow", reason="a batch writes Parquet")

TABLES = ("autopsies", "drives", "evidence")


def files(folder):
    """The tables as they are on disk."""
    return {name: (Path(folder) / f"{name}.parquet").read_bytes() for name in TABLES}


def parts(folder):
    """Names of the finished races, with the time of each."""
    return {path.name: path.stat().st_mtime_ns for path in (Path(folder) / "parts").iterdir()}


def test_every_drive_adds_up_to_its_gap(whole):
    tidy = pd.read_parquet(whole.output / "autopsies.parquet")
    drives = pd.read_parquet(whole.output / "drives.parquet")
    keys = ["year", "round", "driver"]
    rest = tidy.groupby(keys)["lost_s"].sum() - drives.set_index(keys)["gap_s"]
    assert rest.abs().max() < 1e-3
    assert len(tidy) == 7 * len(drives) == 7 * whole.drives == 42
    assert (tidy["lost_low_s"] <= tidy["lost_high_s"]).all()
    assert tidy.groupby(keys)["share"].apply(lambda own: own.abs().sum()).tolist() == (
        pytest.approx([1.0] * 6)
    )


def test_the_tables_say_what_an_autopsy_says(whole, demo):
    report = f1lab.autopsy(demo, "UUR", judge_calls=False)
    tidy = pd.read_parquet(whole.output / "autopsies.parquet")
    own = tidy[(tidy["driver"] == "UUR") & (tidy["round"] == demo.round)].set_index("category")
    for name, category in report.blame.categories.items():
        told = own.loc[name, ["lost_s", "lost_low_s", "lost_high_s"]].tolist()
        assert told == [category.seconds, category.low_s, category.high_s]
        assert own.loc[name, "places"] == report.positions[name]
    assert pd.isna(own.loc["unexplained", "places"])
    read = pd.read_parquet(whole.output / "evidence.parquet")
    read = read[(read["driver"] == "UUR") & (read["round"] == demo.round)]
    texts = [one.text for readings in report.evidence.values() for one in readings]
    assert read["evidence"].tolist() == texts
    verdicts = pd.read_parquet(whole.output / "drives.parquet").set_index(["round", "driver"])
    assert verdicts.loc[(demo.round, "UUR"), "verdict"] == report.verdict


def test_the_season_table_is_the_seasons_blame(whole, pair):
    season = f1lab.season_blame(pair, drivers=DRIVERS)
    (found,) = whole.blame
    pd.testing.assert_frame_equal(found.frame, season.frame)
    assert found.per_race == season.per_race
    assert found.total == season.total


def test_the_summary_is_there_for_people_and_programs(whole):
    plain = json.loads((whole.output / "summary.json").read_text(encoding="utf-8"))
    assert (plain["complete"], plain["drives"]) == (True, 6)
    assert plain["took_s"] > 0
    assert plain["peak_bytes"] > 50e6
    assert plain["size_bytes"] == sum(map(len, files(whole.output).values()))
    text = (whole.output / "summary.txt").read_text(encoding="utf-8")
    assert "2 races, 6 drives" in text
    assert "MB of memory" in text
    assert len(whole.findings) == 2
    assert whole.findings[1].startswith("In ")


def test_each_of_several_seasons_is_named_where_it_is_summed(whole):
    (own,) = whole.blame
    blame = (dataclasses.replace(own, seasons=(2023,)), own)
    told = dataclasses.replace(whole, blame=blame).findings[1:]
    assert [each[:9] for each in told] == ["2023: In ", "2024: In "]


def test_two_processes_write_the_same_bytes(pair, whole, tmp_path, monkeypatch):
    monkeypatch.setenv("F1LAB_CACHE_DIR", str(tmp_path / "cache"))
    found = autopsies(pair, tmp_path / "out", drivers=DRIVERS, jobs=2)
    assert files(found.output) == files(whole.output)
    assert found.peak_bytes > psutil.Process().memory_info().rss / 2


def test_broken_off_it_goes_on_where_it_was(pair, whole, tmp_path):
    def break_off(_text, done, _total):
        if done == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        autopsies(pair, tmp_path, drivers=DRIVERS, progress=break_off)
    before = parts(tmp_path)
    assert len(before) == 1
    assert not (tmp_path / "autopsies.parquet").exists()
    told = []
    found = autopsies(pair, tmp_path, drivers=DRIVERS, progress=lambda *step: told.append(step[1:]))
    assert before.items() <= parts(tmp_path).items()
    assert found.resumed == ("2024 Halvern Grand Prix",)
    assert told == [(1, 2), (2, 2)]
    assert files(tmp_path) == files(whole.output)


CODE = """
import dataclasses, sys
import f1lab
from f1lab.batch import autopsies
from tests.batch.helping import DRIVERS
if __name__ == "__main__":
    demo = f1lab.load_demo()
    races = [dataclasses.replace(demo, event=f"{n} Grand Prix", round=n) for n in range(1, 7)]
    autopsies(races, sys.argv[1], drivers=DRIVERS, jobs=2)
"""


def test_killed_it_leaves_no_process_and_no_half_race(demo, tmp_path, shared_tmp):
    script, out = tmp_path / "six.py", tmp_path / "out"
    script.write_text(CODE)
    env = environment(F1LAB_CACHE_DIR=str(shared_tmp / "batch_cache"))
    command = [sys.executable, str(script), str(out)]
    with (tmp_path / "log").open("wb") as log:
        running = subprocess.Popen(command, env=env, stdout=log, stderr=log)
        done = out / "parts"
        waited(lambda: running.poll() is not None or (done.is_dir() and finished(done)))
        assert running.poll() is None, (tmp_path / "log").read_text()
        workers = psutil.Process(running.pid).children(recursive=True)
        running.kill()
        running.wait(30)
    assert workers
    assert not psutil.wait_procs(workers, timeout=30)[1]
    kept = finished(done)
    races = [dataclasses.replace(demo, event=f"{n} Grand Prix", round=n) for n in range(1, 7)]
    found = autopsies(races, out, drivers=DRIVERS)
    assert len(found.resumed) == len(kept)
    assert len(found.races) == 6
    assert not list(done.glob(".*"))


def finished(folder):
    """Parts with their own name."""
    return [path for path in folder.iterdir() if not path.name.startswith(".")]


def test_other_options_are_other_parts(pair, tmp_path):
    first = autopsies(pair[:1], tmp_path, drivers=["UUR"])
    before = files(tmp_path)
    other = autopsies(pair[:1], tmp_path, drivers=["UUR"], reference="teammate")
    assert other.resumed == ()
    references = pd.read_parquet(tmp_path / "drives.parquet")["reference_kind"]
    assert references.tolist() == ["teammate"]
    again = autopsies(pair[:1], tmp_path, drivers=["UUR"])
    assert again.resumed == first.races
    assert files(tmp_path) == before


def test_other_data_are_other_parts(demo, tmp_path):
    autopsies([demo], tmp_path, drivers=["UUR"])
    laps = demo.race.laps.copy()
    mine = laps.index[laps["driver"] == "UUR"][20:]
    laps.loc[mine, "time_s"] += 1.0
    laps.loc[mine[0], "lap_time_s"] += 1.0
    changed = dataclasses.replace(demo, race=dataclasses.replace(demo.race, laps=laps))
    found = autopsies([changed], tmp_path, drivers=["UUR"])
    assert found.resumed == ()
    gap = pd.read_parquet(tmp_path / "drives.parquet")["gap_s"].item()
    assert gap == pytest.approx(f1lab.autopsy(demo, "UUR", judge_calls=False).gap_s + 1.0)


@pytest.mark.parametrize("file", ["autopsies.parquet", "refused.json"])
def test_a_damaged_part_is_made_again(pair, tmp_path, file):
    autopsies(pair[:1], tmp_path, drivers=["UUR"])
    before = files(tmp_path)
    (part,) = (tmp_path / "parts").iterdir()
    (part / file).write_bytes((part / file).read_bytes()[:-9])
    assert autopsies(pair[:1], tmp_path, drivers=["UUR"]).resumed == ()
    assert files(tmp_path) == before


def test_a_driver_f1lab_fails_on_is_named_and_tried_again(pair, tmp_path, monkeypatch, caplog):
    examine = season_races.autopsy

    def failing(weekend, code, *args, **options):
        if (weekend.event, code) == ("Second Grand Prix", "WEX"):
            raise ZeroDivisionError("nobody thought of this")
        return examine(weekend, code, *args, **options)

    with monkeypatch.context() as patch:
        patch.setattr(season_races, "autopsy", failing)
        found = autopsies(pair, tmp_path, drivers=DRIVERS)
    assert (found.complete, found.drives) == (True, 5)
    (reason,) = found.unmeasured.values()
    assert "ZeroDivisionError: nobody thought of this" in reason
    assert "in failing" in caplog.text
    again = autopsies(pair, tmp_path, drivers=DRIVERS)
    assert (again.resumed, again.drives) == (("2024 Halvern Grand Prix",), 6)


def test_a_race_that_fails_is_left_out_and_tried_again(pair, tmp_path, monkeypatch):
    examine = season_races.field_of

    def failing(weekend):
        if weekend.event == "Second Grand Prix" and planned:
            raise RuntimeError("broken")
        return examine(weekend)

    planned = []
    with monkeypatch.context() as patch:
        patch.setattr(season_races, "field_of", failing)
        found = autopsies(
            pair, tmp_path, drivers=["UUR"], progress=lambda *step: planned.append(step)
        )
    assert not found.complete
    assert found.races == ("2024 Halvern Grand Prix",)
    assert "RuntimeError: broken" in found.missing["2024 Second Grand Prix"]
    text = (tmp_path / "summary.txt").read_text(encoding="utf-8")
    assert "RuntimeError: broken" in " ".join(text.split())
    again = autopsies(pair, tmp_path, drivers=["UUR"])
    assert (again.complete, len(again.resumed)) == (True, 1)


def test_who_cannot_be_measured_is_named_with_the_librarys_sentence(pair, tmp_path):
    race = pair[1].race
    laps = race.laps[race.laps["driver"] != "UUR"].reset_index(drop=True)
    gone = dataclasses.replace(pair[1], race=dataclasses.replace(race, laps=laps))
    found = autopsies([pair[0], gone], tmp_path, drivers=["UUR", "WEX"])
    assert "completed no lap" in found.unmeasured["2024 Second Grand Prix: UUR"]
    assert found.drives == 3
    assert autopsies([pair[0], gone], tmp_path, drivers=["UUR", "WEX"]).unmeasured == (
        found.unmeasured
    )


def test_two_batches_in_one_folder_are_refused(pair, tmp_path):
    with Folder(tmp_path).held(), pytest.raises(BatchError, match="another batch is writing"):
        autopsies(pair, tmp_path, drivers=DRIVERS)
    assert autopsies(pair[:1], tmp_path, drivers=["UUR"]).complete


def test_when_no_more_requests_are_allowed_the_rest_comes_from_what_is_at_hand(demo, monkeypatch):
    asked = []

    def limited(_year, number, *, offline, fastf1_cache):  # noqa: ARG001
        asked.append((number, offline))
        if number == 1:
            raise RateLimited("no more requests this hour.")
        return demo

    monkeypatch.setattr(season_races, "load", limited)
    events = [dataclasses.make_dataclass("E", ["round", "name"])(n, f"race {n}") for n in (1, 2, 3)]
    refused = {}
    found = season_races.each_weekend(
        2023, events, lambda *_: None, refused, offline=None, fastf1_cache=None
    )
    assert len(list(found)) == 2
    assert asked == [(1, None), (2, True), (3, True)]
    assert refused == {"2023 race 1": "no more requests this hour."}


@pytest.mark.parametrize(
    ("given", "options", "error", "words"),
    [
        ("soon", {}, InvalidInput, "seasons are written 2023"),
        ("2023-2021", {}, InvalidInput, "seasons are written 2023"),
        (True, {}, InvalidInput, "a year such as 2023"),
        ([], {}, NoData, "without a race"),
        ([2023, "x"], {}, InvalidInput, "a year such as 2023"),
        (None, {"races": ["Monaco"]}, InvalidInput, "loaded weekends"),
        (None, {"jobs": 0}, InvalidInput, "jobs"),
        (None, {"drivers": ["ZZZ"]}, UnknownName, "driver of this season"),
        (None, {"drivers": []}, InvalidInput, "at least one driver"),
        (None, {"reference": "ZZZ"}, UnknownName, "reference"),
        (None, {"backend": "spark"}, UnknownName, "backend 'spark'"),
        (None, {"backend": "dask"}, InvalidInput, "--scheduler"),
        (None, {"scheduler": "tcp://127.0.0.1:1"}, InvalidInput, "--backend dask"),
        (None, {"drivers": ["UUR"], "reference": "UUR"}, NoData, "no race could be taken apart"),
        (2023, {"offline": True}, f1lab.F1LabError, "2023"),
    ],
)
def test_what_makes_no_batch_is_one_sentence(demo, tmp_path, given, options, error, words):
    with pytest.raises(error, match=words):
        autopsies([demo] if given is None else given, tmp_path / "out", **options)
    assert not list(tmp_path.glob("out/*.parquet"))


def test_a_folder_that_is_a_file_and_missing_libraries_say_so(demo, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(BatchError, match="cannot write to"):
        autopsies([demo], tmp_path / "file")
    monkeypatch.setitem(sys.modules, "dask.distributed", None)
    with pytest.raises(BatchError, match=r"pip install 'f1lab\[batch\]'"):
        autopsies([demo], tmp_path, backend="dask", scheduler="tcp://127.0.0.1:1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(BatchError, match=r"pip install 'f1lab\[batch\]'"):
        autopsies([demo], tmp_path)
