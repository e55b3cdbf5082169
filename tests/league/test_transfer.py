"""A league as one file: whole, unchanged, merged, and never believed."""

from __future__ import annotations

import gzip
import hashlib
import json

import pytest
import sqlalchemy as sa

from f1lab.league import LeagueError, NotReplayable, SubmissionRefused
from f1lab.league.runs import RULES
from f1lab.league.tables import Simulation
from tests.league.made import Trusting, record, trusting


@pytest.fixture
def league(tmp_path):
    with trusting(tmp_path / "mine.sqlite") as league:
        yield league


@pytest.fixture
def filled(league):
    league.submit(record(seed=80_000, stop={3: "SOFT", 40: "HARD"}, pace="push"), "Ada")
    league.submit(record(seed=90_000), "Bo")
    league.submit(record(seed=85_000, event="Italian Grand Prix", driver="VER"), "José")
    return league


def lines(path):
    return gzip.decompress(path.read_bytes()).splitlines(keepends=True)


def write(path, some, *, sound=True):
    """Write lines as a league file, with a checksum that fits unless told otherwise."""
    head = b"".join(some)
    end = {"runs": len(some) - 1, "sha256": hashlib.sha256(head).hexdigest() if sound else "0"}
    path.write_bytes(gzip.compress(head + json.dumps(end).encode() + b"\n"))
    return path


def changed(line, **changes):
    return json.dumps(json.loads(line) | changes).encode() + b"\n"


def test_a_league_goes_through_a_file_unchanged(filled, url, tmp_path):
    path = tmp_path / "league.gz"
    assert filled.export(path) == 3
    with trusting(url) as other:
        report = other.import_(path)
        assert (report.read, report.added, report.already_there) == (3, 3, 0)
        shown = [row.to_dict() | {"id": 0} for row in other.top().rows]
        assert shown == [row.to_dict() | {"id": 0} for row in filled.top().rows]
        again = other.import_(path)
        assert (again.added, again.already_there, again.refused) == (0, 3, ())
        other.export(tmp_path / "back.gz")
    assert (tmp_path / "back.gz").read_bytes() == path.read_bytes()


def test_leagues_merge(filled, tmp_path):
    filled.export(tmp_path / "one.gz")
    with trusting(tmp_path / "other.sqlite") as other:
        other.submit(record(seed=90_000), "Bo")
        other.submit(record(seed=95_000), "Cy")
        report = other.import_(tmp_path / "one.gz")
        assert (report.added, report.already_there) == (2, 1)
        assert [row.user for row in other.top(2023, "Monaco").rows] == ["Cy", "Bo", "Ada"]


def test_a_score_in_a_file_is_a_claim(filled, tmp_path):
    filled.export(tmp_path / "file.gz")
    head, first, *rest, _ = lines(tmp_path / "file.gz")
    forged = write(tmp_path / "forged.gz", [head, changed(first, iq=99.9), *rest])
    with trusting(tmp_path / "other.sqlite") as other:
        report = other.import_(forged)
        assert report.added == 2
        (reason,) = report.refused
        assert "scores an IQ of 80.0 when driven again, not 99.9" in reason
        assert reason.startswith("'Ada', ALO in Monaco Grand Prix 2023")
        older = write(tmp_path / "older.gz", [head, changed(first, iq=99.9, rules="f1lab 0.0")])
        assert other.import_(older).added == 1  # scored anew: other rules gave that score
        assert {row.iq for row in other.top(2023, "Monaco").rows} == {80.0, 90.0}


def test_a_run_that_does_not_reproduce_and_a_bad_name_are_left_out(filled, tmp_path):
    class Strict(Trusting):
        def __call__(self, run):
            if run.driver == "VER":
                raise SubmissionRefused("the run does not reproduce: lap 3 differs.")
            return super().__call__(run)

    filled.export(tmp_path / "file.gz")
    head, first, *rest, _ = lines(tmp_path / "file.gz")
    write(tmp_path / "file.gz", [head, changed(first, user="<Ada>"), *rest])
    with trusting(tmp_path / "other.sqlite") as other:
        other._referee = Strict()
        report = other.import_(tmp_path / "file.gz")
        assert [row.user for row in other.top().rows] == ["Bo"]
    assert (report.read, report.added, len(report.refused)) == (3, 1, 2)
    assert str(report).endswith("2 refused.")


def test_runs_of_a_race_that_is_not_at_hand_wait_and_do_not_count(filled, tmp_path):
    class Elsewhere(Trusting):
        def __call__(self, run):
            raise NotReplayable(f"the data of {run.race} is not at hand here.")

    filled.export(tmp_path / "file.gz")
    with trusting(tmp_path / "other.sqlite") as other:
        other._referee = Elsewhere()
        assert other.import_(tmp_path / "file.gz").unverified == 3
        assert other.import_(tmp_path / "file.gz").unverified == 3
        assert other.top().rows == ()
        assert other.standings(2023).rows == ()
        assert other.export(tmp_path / "on.gz") == 3  # handed on, as they came
        assert lines(tmp_path / "on.gz") == lines(tmp_path / "file.gz")
        other._referee = Trusting()
        assert other.optimal(2023, "Monaco").runs == 0
        report = other.import_(tmp_path / "file.gz")
        assert (report.added, report.already_there) == (3, 0)
        assert len(other.top().rows) == 3
        assert other.optimal(2023, "Monaco").runs == 2


def test_scores_of_other_rules_count_no_more_until_they_are_given_anew(filled, tmp_path):
    older = sa.update(Simulation).values(rules="score 0", iq=1.0)
    filled._store.write(lambda session: session.execute(older))
    assert filled.top().rows == ()
    assert filled.optimal(2023, "Monaco").runs == 0
    assert filled.export(tmp_path / "file.gz") == 3
    assert filled.import_(tmp_path / "file.gz").added == 3
    assert [row.iq for row in filled.top().rows] == [90.0, 85.0, 80.0]
    assert filled.optimal(2023, "Monaco").runs == 2


def test_a_file_of_another_version_or_kind_is_refused(filled, tmp_path):
    filled.export(tmp_path / "file.gz")
    head, *rest, _ = lines(tmp_path / "file.gz")
    newer = write(tmp_path / "newer.gz", [changed(head, version=9), *rest])
    with pytest.raises(LeagueError, match="version 9; this f1lab reads version 1"):
        filled.import_(newer)
    other = write(tmp_path / "other.gz", [changed(head, format="else"), *rest])
    with pytest.raises(LeagueError, match="is no league file"):
        filled.import_(other)


def damage_tail(path):
    path.write_bytes(path.read_bytes()[:-20])


def damage_middle(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0xFF
    path.write_bytes(data)


def drop_a_run(path):
    head, _, *rest = lines(path)
    path.write_bytes(gzip.compress(b"".join([head, *rest])))


def edit_a_run(path):
    head, first, *rest = lines(path)
    path.write_bytes(gzip.compress(b"".join([head, first.replace(b"Ada", b"Eve"), *rest])))


def long_line(path):
    head, first, *rest, _ = lines(path)
    write(path, [head, changed(first, user="x" * 70_000), *rest])


def deep_json(path):
    head, *rest, _ = lines(path)
    write(path, [head, b"[" * 60_000 + b"\n", *rest])


def no_run(path):
    head, *rest, _ = lines(path)
    write(path, [head, *rest, b'{"user": "Ada"}\n'])


def plain_text(path):
    path.write_text("hello\n")


def empty(path):
    path.write_bytes(b"")


@pytest.mark.parametrize(
    "damage",
    [
        damage_tail,
        damage_middle,
        drop_a_run,
        edit_a_run,
        long_line,
        deep_json,
        no_run,
        plain_text,
        empty,
    ],
)
def test_a_damaged_file_changes_nothing(damage, tmp_path):
    path = tmp_path / "file.gz"
    with trusting(tmp_path / "one.sqlite") as league:
        for k in range(2):
            league.submit(record(seed=80_000 + k), f"Ada {k}")
        league.export(path)
    damage(path)
    with trusting(tmp_path / "other.sqlite") as other:
        with pytest.raises(LeagueError, match=r"file\.gz"):
            other.import_(path)
        assert other.top().rows == ()


def test_an_export_is_whole_or_not_there(league, tmp_path):
    with pytest.raises(LeagueError, match="cannot be written"):
        league.export(tmp_path / "nowhere" / "file.gz")
    (tmp_path / "taken").mkdir()
    with pytest.raises(LeagueError, match="cannot be written"):
        league.export(tmp_path / "taken")
    assert list(tmp_path.glob(".taken*")) == []
    assert league.export(tmp_path / "empty.gz") == 0
    assert league.import_(tmp_path / "empty.gz").read == 0
    with pytest.raises(LeagueError, match="cannot be read"):
        league.import_(tmp_path / "absent.gz")


def test_a_file_names_the_rules_that_scored_it(filled, tmp_path):
    filled.export(tmp_path / "file.gz")
    assert json.loads(lines(tmp_path / "file.gz")[1])["rules"] == RULES
