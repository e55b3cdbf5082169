"""One fetch for each key, nothing half-written, nothing lost."""

import errno
import logging
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import joblib
import numpy as np
import pandas as pd
import pytest

from f1lab.data import cache
from f1lab.data.cache import Key, cached
from f1lab.errors import CacheError, InvalidInput, SourceError

KEY = Key("session", 2023, "Monaco Grand Prix", "R", "fastf1")
OLD = 1.0  # a session of 1970


class Counter:
    """Counts its calls; each call gives another number."""

    def __init__(self):
        self.calls = 0

    def __call__(self):
        self.calls += 1
        return self.calls


def get(function, key=KEY, **options):
    return cached(key, function, **{"schema_version": 1, "started_s": OLD, **options})


@pytest.fixture
def folder():
    return cache.cache_dir()


def entry(folder, key=KEY):
    return folder / f"{key}.joblib"


@pytest.fixture
def aged(monkeypatch):
    """Let time pass."""
    ahead = [0.0]
    clock = SimpleNamespace(time=lambda: time.time() + ahead[0])
    monkeypatch.setattr(cache, "time", clock)

    def wait(seconds):
        ahead[0] += seconds

    return wait


def test_an_entry_is_computed_once_and_comes_back_the_same():
    frame = pd.DataFrame({"a": [1.5, np.nan], "b": ["x", ""], "c": [1, 2], "d": [True, False]})
    first = get(lambda: {"frame": frame, "array": np.arange(3)})
    second = get(lambda: pytest.fail("computed again"))
    pd.testing.assert_frame_equal(second["frame"], frame)
    assert second["array"].tolist() == first["array"].tolist() == [0, 1, 2]


def test_keys_can_be_read_and_are_the_paths(folder):
    get(Counter())
    assert str(KEY) == "f1/session/2023/Monaco_Grand_Prix/R/fastf1"
    assert cache.keys() == [str(KEY)]
    assert entry(folder).is_file()


@pytest.mark.parametrize("name", ["../../evil", "a/b", "..", "", "C:\\x", "x\0y"])
def test_no_name_leaves_the_cache_folder(name, folder):
    key = Key("computed", 2023, name, name, name)
    get(Counter(), key)
    assert folder.resolve() in entry(folder, key).resolve().parents
    assert str(key).count("/") == 5


def test_another_schema_version_is_another_value():
    count = Counter()
    assert get(count) == 1
    assert get(count, schema_version=2) == 2
    assert get(count, schema_version=2) == 2


def test_refresh_computes_anew():
    count = Counter()
    assert [get(count), get(count, refresh=True), get(count)] == [1, 2, 2]


@pytest.mark.parametrize(
    ("age_s", "ttl_s"),
    [(-3600, 300), (600, 300), (7199, 300), (7201, 3600), (86_401, 86_400), (700_000, 604_800)],
)
def test_a_session_lives_the_longer_the_older_it_is(age_s, ttl_s, aged):
    count = Counter()
    started = cache.time.time() - age_s
    get(count, started_s=started)
    aged(min(ttl_s, 3000) - 1 if ttl_s == 3600 else ttl_s - 1)
    if cache.session_ttl_s(age_s) == cache.session_ttl_s(cache.time.time() - started):
        assert get(count, started_s=started) == 1
    aged(700_000)
    assert get(count, started_s=started) == 2
    assert cache.session_ttl_s(age_s) == ttl_s


@pytest.mark.parametrize(
    ("tier", "started_s", "lives_s", "dies_s"),
    [
        ("computed", None, 1e9, None),
        ("response", None, 14 * 60, 16 * 60),
        ("reference", None, 6 * 86_400, 8 * 86_400),
    ],
)
def test_each_tier_has_its_time_to_live(tier, started_s, lives_s, dies_s, aged):
    count, key = Counter(), Key(tier, 2023, "all", "all", "x")
    get(count, key, started_s=started_s)
    aged(lives_s)
    assert get(count, key, started_s=started_s) == 1
    if dies_s:
        aged(dies_s - lives_s)
        assert get(count, key, started_s=started_s) == 2


def test_what_was_computed_from_a_session_of_this_week_lives_a_day(aged):
    count, key = Counter(), Key("computed", 2023, "Monaco", "R", "fit")
    started = cache.time.time() - 3600
    get(count, key, started_s=started)
    aged(23 * 3600)
    assert get(count, key, started_s=started) == 1
    aged(2 * 3600)
    assert get(count, key, started_s=started) == 2


def test_offline_nothing_expires(aged):
    count = Counter()
    get(count)
    aged(1e9)
    assert get(count, expire=False) == 1


def test_an_expired_entry_is_better_than_no_answer(aged, caplog):
    get(Counter())
    aged(1e9)

    def gone():
        raise SourceError("no network")

    assert get(gone) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    with pytest.raises(SourceError):
        get(gone, refresh=True)
    with pytest.raises(SourceError):
        get(gone, Key("session", 1, "a", "b", "c"))


@pytest.mark.parametrize("damage", [b"", b"not a pickle", None])
def test_a_corrupt_entry_is_computed_anew_with_one_line_in_the_log(damage, folder, caplog):
    count = Counter()
    get(count)
    if damage is None:
        joblib.dump({"some": "thing else"}, entry(folder))
    else:
        entry(folder).write_bytes(damage)
    with caplog.at_level(logging.INFO):
        assert get(count) == 2
    assert len(caplog.records) == 1
    assert "corrupt" in caplog.text
    assert str(KEY) in caplog.text
    assert get(count) == 2


def test_a_truncated_entry_is_computed_anew(folder):
    count = Counter()
    get(lambda: (count(), np.arange(10_000)))
    entry(folder).write_bytes(entry(folder).read_bytes()[:1000])
    assert get(lambda: (count(), None))[0] == 2


def test_a_full_disk_loses_nothing_and_leaves_nothing(folder, monkeypatch, caplog):
    def full(_, path):
        Path(path).write_bytes(b"half")
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cache.joblib, "dump", full)
    assert get(Counter()) == 1
    assert len(caplog.records) == 1
    assert "No space left" in caplog.text
    left = [path for path in (folder / "f1").rglob("*") if path.is_file()]
    assert left == []


def test_a_full_disk_that_takes_no_lock_either(monkeypatch, caplog):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(cache.FileLock, "acquire", full)
    monkeypatch.setattr(cache.joblib, "dump", full)
    assert get(Counter()) == 1
    assert len(caplog.records) == 1


def test_a_folder_that_cannot_be_written_is_an_error_that_says_what_to_do(tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheError, match="Set F1LAB_CACHE_DIR"):
        get(Counter(), folder=tmp_path / "file" / "cache")


def test_an_error_stores_nothing(folder):
    with pytest.raises(ZeroDivisionError):
        get(lambda: 1 / 0)
    assert not entry(folder).exists()
    assert get(Counter()) == 1


def test_threads_that_ask_together_compute_once():
    count, gate = Counter(), threading.Barrier(8)

    def slow():
        time.sleep(0.2)
        return count()

    def ask(_):
        gate.wait()
        return get(slow)

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, range(8))) == [1] * 8
    assert count.calls == 1


def test_processes_that_ask_together_compute_once(tmp_path):
    code = """
import sys, time
from pathlib import Path
from f1lab.data.cache import Key, cached
folder, gate, calls = map(Path, sys.argv[1:])
while not gate.exists():
    time.sleep(0.01)
def fetch():
    with calls.open("a") as file:
        file.write("x")
    time.sleep(0.5)
    return 42
print(cached(Key("session", 2023, "Monaco", "R", "x"), fetch, schema_version=1, folder=folder))
"""
    gate, calls = tmp_path / "gate", tmp_path / "calls"
    root = str(Path(__file__).resolve().parents[2])
    command = [sys.executable, "-c", code, str(tmp_path / "c"), str(gate), str(calls)]
    asked = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=root) for _ in range(8)
    ]
    gate.touch()
    said = [process.communicate(timeout=120)[0] for process in asked]
    assert [text.strip() for text in said] == ["42"] * 8
    assert calls.read_text() == "x"


def fill():
    for tier in cache.TIERS:
        for year in (2021, 2023):
            get(Counter(), Key(tier, year, "Monaco Grand Prix", "R", "x"))


def test_stats_count_each_tier(folder):
    assert cache.stats().entries == 0
    fill()
    told = cache.stats()
    assert {tier: size.entries for tier, size in told.tiers.items()} == dict.fromkeys(
        cache.TIERS, 2
    )
    on_disk = sum(path.stat().st_size for path in (folder / "f1").rglob("*.joblib"))
    assert told.size_bytes == told.to_dict()["size_bytes"] == on_disk > 0


def test_clear_takes_one_tier_or_all():
    fill()
    assert cache.clear("computed") == 2
    assert cache.stats().tiers["computed"].entries == 0
    assert cache.clear() == 6
    assert cache.keys() == []
    with pytest.raises(InvalidInput, match="no cache tier 'nope'"):
        cache.clear("nope")


@pytest.mark.parametrize(
    ("pattern", "count"),
    [("f1/*/2023/*", 4), ("*/monaco grand prix/*", 8), ("f1/session/*", 2), ("x", 0)],
)
def test_invalidate_takes_what_matches(pattern, count):
    fill()
    assert cache.invalidate(pattern) == count
    assert len(cache.keys()) == 8 - count


def test_peek_never_computes():
    assert cache.peek(KEY, schema_version=1) is None
    get(Counter())
    assert cache.peek(KEY, schema_version=1) == 1
    assert cache.peek(KEY, schema_version=2) is None


def test_store_puts_what_came_along():
    cache.store(KEY, "value", schema_version=1)
    assert get(lambda: pytest.fail("computed")) == "value"


def test_warm_loads_what_it_can_and_says_what_it_cannot(monkeypatch):
    from f1lab.data import source
    from f1lab.errors import NoData

    def load(_, event, **__):
        if event == "b":
            raise NoData("nothing there")
        if event == "c":
            raise source.RateLimited("no more requests")

    monkeypatch.setattr(source, "load", load)
    done = cache.warm([(2023, "a"), (2023, "b"), (2023, "c"), (2023, "d")])
    assert done == {"2023 a": "loaded", "2023 b": "nothing there", "2023 c": "no more requests"}
