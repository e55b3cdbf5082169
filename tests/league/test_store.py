"""The store: opened, refused, kept busy, and what two hundred players at once leave in it."""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import sqlite3
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor

import pytest
import sqlalchemy as sa

from f1lab.league import LeagueError, LeagueUnavailable
from f1lab.league.tables import StrategyDecision
from tests.league.made import fork_with_a_league, hand_in, record, trusting


def users(league):
    return {row.user for row in league.top(n=1000).rows}


def test_two_hundred_threads_lose_nothing(url):
    def one(k):
        run = record(seed=80_000 + k % 100, stop={10 + k % 40: "HARD", 55: "SOFT"})
        return league.submit(run, f"Player {k}")

    with trusting(url) as league:
        with ThreadPoolExecutor(40) as pool:
            done = list(pool.map(one, range(200)))
        rows = league.top(n=1000).rows
        count = sa.select(sa.func.count()).select_from(StrategyDecision)
        decisions = league._store.read(lambda session: session.scalar(count))
    assert len({one.id for one in done}) == 200
    assert {row.user for row in rows} == {f"Player {k}" for k in range(200)}
    assert all(row.iq == 80 + int(row.user[7:]) % 100 / 1000 for row in rows)
    assert decisions == 400


def test_processes_lose_nothing_and_count_a_run_once(tmp_path, request):
    urls = [f"sqlite:///{tmp_path / 'league.sqlite'}"]
    with contextlib.suppress(pytest.skip.Exception):  # other tests say so
        urls.append(request.getfixturevalue("postgres_url"))
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawn) as pool:
        # Every run is handed in by both at once, and the league does not exist before.
        done = {url: list(pool.map(hand_in, [url] * 2, [range(50), range(50)])) for url in urls}
    for url in urls:
        with trusting(url) as league:
            assert sum(done[url]) == len(users(league)) == 50


def test_a_league_of_another_version_is_refused_untouched(url):
    with trusting(url) as league:
        league.submit(record(seed=80_000), "Ada")
        league._store.write(lambda s: s.execute(sa.text("UPDATE league_schema SET version = 7")))
        with pytest.raises(LeagueError, match="tables of version 7; this f1lab reads version 1"):
            trusting(url)
        league._store.write(lambda s: s.execute(sa.text("UPDATE league_schema SET version = 1")))
    with trusting(url) as league:
        assert users(league) == {"Ada"}


def test_tables_of_somebody_else_are_not_taken_over(url):
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE users (email text)"))
    engine.dispose()
    with pytest.raises(LeagueError, match="is none: users"):
        trusting(url)


def test_a_locked_file_says_so_and_keeps_the_run(tmp_path):
    path = tmp_path / "league.sqlite"
    with trusting(path, patience_s=0.2) as league:
        league.submit(record(seed=80_000), "Ada")
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(LeagueUnavailable, match="is locked: another program") as caught:
            league.submit(record(seed=81_000), "Ada")
        kept = next((tmp_path / "data" / "pending").iterdir())
        assert f"f1lab league submit {kept} --user Ada" in str(caught.value)
        assert [row.iq for row in league.top().rows] == [80.0]  # readers do not wait
        other.execute("ROLLBACK")
        other.close()
        league.submit(json.loads(kept.read_text()), "Ada")
        assert [row.iq for row in league.top().rows] == [81.0]
    assert not kept.exists()


def test_a_locked_table_of_a_server_says_so_and_loses_nothing(postgres_url):
    with trusting(postgres_url, patience_s=0.2) as league:
        league.submit(record(seed=80_000), "Ada")
        lock = f"{postgres_url}&options=-c%20lock_timeout%3D50"
        with trusting(lock, patience_s=0.2) as hurried:

            def blocked(session):
                session.execute(sa.text("LOCK TABLE simulations IN EXCLUSIVE MODE"))
                with pytest.raises(LeagueUnavailable, match="is locked"):
                    hurried.submit(record(seed=81_000), "Ada")

            league._store.write(blocked)
            assert hurried.submit(record(seed=81_000), "Ada").best


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_read_only_league_is_read_and_not_written(kind, tmp_path, request):
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path / 'league.sqlite'}"
        read_only = f"sqlite:///file:{tmp_path / 'league.sqlite'}?mode=ro&uri=true"
    else:
        url = request.getfixturevalue("postgres_url")
        read_only = f"{url}&options=-c%20default_transaction_read_only%3Don"
    with trusting(url) as league:
        league.submit(record(seed=90_000), "Ada")
    with trusting(read_only) as league:
        assert users(league) == {"Ada"}
        assert league.optimal(2023, "Monaco").runs == 1  # answered, though it cannot be kept
        with pytest.raises(LeagueUnavailable, match=r"read-only.*The run is kept"):
            league.submit(record(seed=81_000), "Ada")
        assert users(league) == {"Ada"}


def test_a_folder_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(LeagueUnavailable, match="cannot be made"):
        trusting(tmp_path / "file" / "league.sqlite")


def test_a_file_that_is_no_database_is_refused_untouched(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_text("not a database, but long enough to look like one" * 30)
    before = path.read_bytes()
    with pytest.raises(LeagueError, match=r"notes\.txt is not a league"):
        trusting(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://here/league", "SQLite or PostgreSQL, not in mysql"),
        ("sqlite://", "in memory would be lost"),
        ("postgresql://host:port/name", "is no database URL"),
        ("postgresql://", "cannot be used"),
        ("://", "is no database URL"),
    ],
)
def test_an_url_that_names_no_league_is_refused(url, said):
    with pytest.raises(LeagueError, match=said):
        trusting(url)


def test_a_server_that_is_away_is_named_without_its_password(tmp_path):
    url = f"postgresql://ada:secret@/league?host={tmp_path}"
    with pytest.raises(LeagueUnavailable, match="cannot be used") as caught:
        trusting(url, patience_s=0.2)
    assert "secret" not in str(caught.value)


def test_the_environment_names_the_league(tmp_path, monkeypatch):
    with trusting(None) as league:
        assert str(tmp_path / "data" / "league.sqlite") in repr(league)
    monkeypatch.setenv("F1LAB_DATABASE_URL", f"sqlite:///{tmp_path / 'own.sqlite'}")
    with trusting(None) as league:
        assert str(tmp_path / "own.sqlite") in repr(league)


def test_a_forked_process_gets_connections_of_its_own(postgres_url):
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=spawn) as pool:  # this process has threads: no forking
        before, childs, after = pool.submit(fork_with_a_league, postgres_url).result()
    assert childs not in {before, 0}
    assert after == before
