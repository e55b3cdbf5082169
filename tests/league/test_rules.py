"""What may be handed in, by whom; everything else is refused with a sentence."""

from __future__ import annotations

import pytest

from f1lab.league import SubmissionRefused
from f1lab.league.names import user_key, user_name
from f1lab.league.runs import run_record
from tests.league.made import record, trusting


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("Ada", "Ada"),
        ("  Ada   Lovelace ", "Ada Lovelace"),
        ("\uff21da", "Ada"),  # full width
        ("Jose\u0301", "José"),  # e and an accent of its own
        ("井出 有治", "井出 有治"),
        ("O'Ward_5.1-x", "O'Ward_5.1-x"),
    ],
)
def test_names_of_any_script_are_taken_and_normalised(given, name):
    assert user_name(given) == name


@pytest.mark.parametrize(
    "given",
    [
        *("", "A", "A" * 25, "A" * 100_000, "...", " ", None, 7, b"Ada"),
        *(
            "<b>Ada</b>",
            "Ada\n",
            "Ada\x00",
            "Ada\u202eadA",
            "A\u200bda",
            "🏎🏎🏎",
            "'; DROP TABLE users",
        ),
        "A" + "\u0335" * 5,
    ],
)
def test_other_names_are_refused_in_a_sentence(given):
    if given == "Ada\n":
        assert user_name(given) == "Ada"  # space around a name is none of it
        return
    with pytest.raises(SubmissionRefused, match="letters, digits, spaces") as caught:
        user_name(given)
    assert len(str(caught.value)) < 400


def test_names_that_differ_in_case_are_one_player(tmp_path):
    assert user_key("STRASSE") == user_key("straße")
    with trusting(tmp_path / "league.sqlite") as league:
        league.submit(record(seed=80_000), "Ada")
        again = league.submit(record(seed=90_000), "ADA")
        assert again.user == "Ada"
        assert [row.iq for row in league.top().rows] == [90.0]


def test_the_same_run_has_one_key_and_another_decision_another():
    one = run_record(record()).key
    assert run_record(record()).key == one
    others = [record(stop=31), record(pace="push"), record(seed=1), record(start="SOFT")]
    others += [record(driver="VER"), record(fingerprint="f" * 16), record(year=2022)]
    assert len({run_record(other).key for other in others} | {one}) == 8


def test_a_run_survives_the_way_there_and_back():
    given = record(stop={3: "SOFT", 40: "INTERMEDIATE"}, pace="save")
    assert run_record(given).to_dict() == given


def test_a_run_of_the_version_before_is_still_taken():
    given = record(schema=1)
    del given["outcome"]["stopped"]
    assert not run_record(given).outcome.stopped


MANY = [{"lap": 1, "pit": None, "pace": "neutral"}] * 100_000
LAP = {"lap": 1, "pit": None, "pace": "neutral"}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"schema": 3}, "another version of the simulator .schema 3, here 1 and 2"),
        ({"schema": "1"}, "schema"),
        ({"kind": "autopsy"}, "kind"),
        ({"year": "2023"}, "year"),
        ({"event": ""}, "event"),
        ({"event": "Mona\x1b[31mco"}, "event"),
        ({"event": "x" * 101}, "event"),
        ({"driver": "../etc"}, "driver"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**63}, "seed"),
        ({"seed": True}, "seed"),
        ({"fingerprint": "' OR 1=1 --"}, "fingerprint"),
        ({"decisions": MANY}, "decisions"),
        ({"decisions": [LAP | {"pit": "SOFT; --"}]}, r"decisions\.0\.pit"),
        ({"decisions": [LAP | {"lap": 0}]}, r"decisions\.0\.lap"),
        ({"decisions": [LAP | {"why": "not"}]}, r"decisions\.0\.why"),
        ({"iq": 100.0}, "iq"),
        (
            {"outcome": {"laps": 60, "race_time_s": float("nan"), "position": 1, "finished": True}},
            "race_time_s",
        ),
        (
            {"outcome": {"laps": 12, "race_time_s": 900.0, "position": 1, "finished": False}},
            "drive it to the flag first",
        ),
    ],
)
def test_what_is_no_run_is_refused_before_anything_is_done_with_it(changes, said):
    with pytest.raises(SubmissionRefused, match=said) as caught:
        run_record(record(**changes))
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("given", [None, 5, "run", [], object()])
def test_something_else_is_refused(given):
    with pytest.raises(SubmissionRefused, match="and in a finished Simulation"):
        run_record(given)


def test_a_missing_key_is_named():
    given = record()
    del given["start"]
    with pytest.raises(SubmissionRefused, match="start: Field required"):
        run_record(given)


def test_a_score_that_was_changed_is_refused_and_nothing_kept(tmp_path):
    with trusting(tmp_path / "league.sqlite") as league:
        with pytest.raises(SubmissionRefused, match=r"scores an IQ of 80\.0 .* not 99\.0"):
            league.submit(record(seed=80_000), "Ada", iq=99.0)
        with pytest.raises(SubmissionRefused, match="not nan"):
            league.submit(record(seed=80_000), "Ada", iq=float("nan"))
        assert league.top().rows == ()
        assert league.submit(record(seed=80_000), "Ada", iq=80.04).iq == 80.0
