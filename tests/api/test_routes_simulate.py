"""A race played over the API: the same race as in a notebook, kept, bounded, and nobody else's."""

from __future__ import annotations

import json
import os
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

pytest.importorskip("fastapi", reason="the API needs pip install 'f1lab[api]'")

import f1lab
from f1lab.api import Role, runs
from f1lab.api.models.simulate import Run
from f1lab.api.routes import simulate
from f1lab.errors import CacheError, InvalidInput
from f1lab.simulator import ForgedRun

STOPS = [{"lap": 20, "compound": "INTERMEDIATE"}, {"lap": 26, "compound": "HARD"}]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", str(tmp_path_factory.mktemp("cache")))
        yield f1lab.load_demo()


@pytest.fixture
def player(api):
    with api.client(Role.player, "ann") as client:
        yield client


def new(client, **more) -> str:
    answer = client.post("/simulate", json={"year": "demo", "driver": "UUR"} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def as_json(values):
    return json.loads(json.dumps(values, allow_nan=False))


def test_a_whole_race_is_played_scored_and_handed_in(player, demo):
    begun = player.post("/simulate", json={"year": "demo", "driver": "uur"})
    mine = f"/simulate/{begun.json()['id']}"
    assert begun.headers["Location"] == f"/api/v1{mine}"
    same = f1lab.Simulation(demo, "UUR")
    assert begun.json()["state"] == as_json(same.state.to_dict())

    told = player.post(f"{mine}/fast-forward", json={"lap": 8}).json()
    assert told["state"] == as_json(same.fast_forward(8).to_dict())
    for step in ({"pit": "HARD", "pace": "push", "lap": 9}, {"under_sc": "MEDIUM"}, {}):
        told = player.post(f"{mine}/step", json=step).json()
        more = {name: value for name, value in step.items() if name != "lap"}
        assert told["state"] == as_json(same.step(**more).to_dict())
        assert told["result"] is None
    told = player.post(f"{mine}/undo", json={"laps": 2}).json()
    assert told["state"] == as_json(same.undo(2).to_dict())
    assert player.get(f"{mine}/odds").json() == as_json(same.odds().to_dict())

    told = player.post(f"{mine}/run", json={"stops": STOPS}).json()
    result = same.run([(stop["lap"], stop["compound"]) for stop in STOPS])
    assert told["result"] == as_json(result.to_dict())
    assert told["decisions"] == as_json([made.to_dict() for made in same.decisions])
    assert player.get(f"{mine}/record").json() == as_json(same.to_dict())

    score = player.get(f"{mine}/score").json()
    assert score["own"] == as_json(f1lab.strategy_iq(same).to_dict())
    assert score["pit_wall"] == as_json(f1lab.pit_wall_iq(demo, "UUR").to_dict())

    handed = player.post(f"{mine}/submit", json={})
    assert handed.status_code == 201, handed.text
    assert handed.json()["user"] == "ann"
    assert handed.json()["iq"] == pytest.approx(score["own"]["total"], abs=5e-4)
    board = player.get("/leaderboard", params={"year": "demo"}).json()
    row = next(row for row in board["rows"] if row["user"] == "ann")
    assert (row["iq"], row["driver"]) == (handed.json()["iq"], "UUR")
    again = player.post(f"{mine}/submit", json={"user": "Ann"}).json()
    assert again["already_there"]
    assert not Run.model_validate(told).state.model_extra
    assert player.get("/leaderboard/standings/2024").json()["rows"][0]["points"] == 25


def test_nothing_of_what_is_to_come_is_shown(player, demo):
    """What a pit wall knows at a line: no later message, lap or plan of anybody."""
    mine = f"/simulate/{new(player)}"
    told = player.post(f"{mine}/fast-forward", json={"lap": 10}).json()
    now_s = told["state"]["as_of_s"]
    race = demo.race
    assert told["result"] is None
    driven = race.laps[race.laps["time_s"] <= now_s].groupby("driver")["lap"].max()
    for row in told["state"]["tower"]:
        if not row["you"]:
            assert row["laps"] <= driven.get(row["driver"], 0)
    said = {message["text"] for message in told["state"]["messages"]}
    later = race.messages[race.messages["time_s"] > now_s]["message"]
    assert len(later)
    assert said <= set(race.messages[race.messages["time_s"] <= now_s]["message"])
    assert player.get(f"{mine}/score").status_code == 422
    refused = player.post(f"{mine}/submit", json={})
    assert refused.status_code == 422
    assert "drive it to the flag first" in refused.json()["detail"]


REFUSED = [
    ({"pit": "HYPERSOFT"}, 422, "body.pit"),
    ({"pace": "flat out"}, 422, "body.pace"),
    ({"lap": 7}, 409, "lap 7 was sent, and lap 3 is to be decided"),
    ({"laps": 3}, 422, "body.laps"),
]


def test_a_refused_step_changes_nothing(player):
    number = new(player)
    mine = f"/simulate/{number}"
    before = player.post(f"{mine}/fast-forward", json={"lap": 2}).json()
    for body, status, said in REFUSED:
        answer = player.post(f"{mine}/step", json=body)
        assert (answer.status_code, said in answer.json()["detail"]) == (status, True), answer.text
    behind = player.post(f"{mine}/fast-forward", json={"lap": 1})
    assert "lap 1 is behind" in behind.json()["detail"]
    beyond = player.post(f"{mine}/run", json={"stops": [{"lap": 90, "compound": "HARD"}]})
    assert "the flag falls" in beyond.json()["detail"]
    assert player.get(mine).json() == before


def test_a_simulation_is_its_players_alone(api, player):
    number = new(player)
    with api.client(Role.player, "bob") as other:
        for method, rest, body in (
            ("GET", "", None),
            ("POST", "/step", {}),
            ("POST", "/submit", {}),
            ("DELETE", "", None),
        ):
            answer = other.request(method, f"/simulate/{number}{rest}", json=body)
            assert answer.status_code == 404
            assert answer.json()["detail"].startswith(f"you have no simulation {number}")
        assert number not in [run["id"] for run in other.get("/simulate").json()]
        named = player.post(f"/simulate/{number}/submit", json={"user": "bob"})
        assert named.status_code == 403
    with api.client(Role.reader, "eve") as reader:
        assert reader.get("/simulate").status_code == 403
    assert number in [run["id"] for run in player.get("/simulate").json()]
    assert player.delete(f"/simulate/{number}").status_code == 204
    assert player.get(f"/simulate/{number}").status_code == 404
    assert player.get("/simulate/12").status_code == 422


def test_a_run_from_elsewhere_goes_on_and_a_forged_one_is_refused(player, demo):
    same = f1lab.Simulation(demo, "OND")
    same.fast_forward(12)
    record = as_json(same.to_dict())
    taken = player.post("/simulate/import", json=record)
    assert taken.status_code == 201, taken.text
    assert taken.headers["Location"] == f"/api/v1/simulate/{taken.json()['id']}"
    assert taken.json()["state"] == as_json(same.state.to_dict())

    forged = json.loads(json.dumps(record))
    forged["outcome"]["race_time_s"] -= 5.0
    answer = player.post("/simulate/import", json=forged)
    assert answer.status_code == 422
    assert "it was edited" in answer.json()["detail"]
    elsewhere = player.post("/simulate/import", json=record | {"event": "Nowhere Grand Prix"})
    assert elsewhere.status_code in (404, 503)


def test_another_server_goes_on_and_two_at_once_drive_one_lap_after_the_other(
    player, make_app, running_app
):
    """Nothing is lost with a server; two workers, so that two requests really meet at the file."""
    mine = f"/simulate/{new(player)}"
    before = player.post(f"{mine}/fast-forward", json={"lap": 5}).json()
    with running_app(make_app(workers=2)) as served, served.client(Role.player, "ann") as client:
        assert client.get(mine).json() == before

        def step(_: int) -> int:
            return client.post(f"{mine}/step", json={}).json()["state"]["lap"]

        with ThreadPoolExecutor(4) as many:
            assert sorted(many.map(step, range(6))) == [6, 7, 8, 9, 10, 11]
        lost = client.post(f"{mine}/step", json={"lap": 11})
        assert lost.status_code == 409
    assert player.get(mine).json()["state"]["lap"] == 11


@pytest.fixture
def kept(tmp_path, monkeypatch):
    monkeypatch.setenv("F1LAB_DATA_DIR", str(tmp_path))
    return runs.Runs("ann")


@pytest.fixture(scope="module")
def record(demo):
    return f1lab.Simulation(demo, "UUR").to_dict()


def file_of(tmp_path, number):
    return next(tmp_path.rglob(f"{number}.json"))


def test_there_is_room_for_so_many(kept, record, monkeypatch):
    monkeypatch.setattr(runs, "MOST_RUNS", 2)
    first = kept.add(record)
    kept.add(record)
    with pytest.raises(InvalidInput, match="you have 2 simulations, and no more are kept"):
        kept.add(record)
    assert len(runs.Runs("bob").all()) == 0
    kept.remove(first.number)
    assert len(kept.all()) == 1
    kept.add(record)


def test_what_nobody_touched_for_a_month_is_cleared_away(kept, record, tmp_path):
    old, young = kept.add(record), kept.add(record)
    long_ago = time.time() - 31 * 86_400
    os.utime(file_of(tmp_path, old.number), (long_ago, long_ago))
    assert [run.number for run in kept.all()] == [young.number]
    with pytest.raises(runs.NoSuchRun, match="30 days"):
        kept.find(old.number)


def test_what_is_deleted_while_all_are_listed_is_left_out(kept, record, monkeypatch):
    gone, there = kept.add(record), kept.add(record)
    find = runs.Runs.find

    def deleted_meanwhile(own, number):
        (own._folder / f"{gone.number}.json").unlink(missing_ok=True)
        return find(own, number)

    monkeypatch.setattr(runs.Runs, "find", deleted_meanwhile)
    assert [run.number for run in kept.all()] == [there.number]


def test_an_edited_file_is_found_out(kept, record, tmp_path):
    number = kept.add(record).number
    path = file_of(tmp_path, number)
    path.write_text(path.read_text(encoding="utf-8").replace("false", "true"), encoding="utf-8")
    with pytest.raises(ForgedRun, match="edited"):
        simulate.shown("ann", number)
    path.write_text("{", encoding="utf-8")
    with pytest.raises(ForgedRun, match="no run: delete it"):
        kept.find(number)


def test_a_change_that_fails_leaves_what_was(kept, record):
    number = kept.add(record).number

    def failing() -> None:
        with kept.changing(number) as change:
            change.becomes = {"nothing": "left"}
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert kept.find(number).run.to_dict() == as_json(record)


def test_who_waits_too_long_is_told_to_come_back(kept, record, monkeypatch):
    monkeypatch.setattr(runs, "_PATIENCE_S", 0.05)
    number = kept.add(record).number
    with kept.changing(number), pytest.raises(CacheError, match="ask again in a moment"):
        runs.Runs("ann").remove(number)


def test_a_folder_that_cannot_be_written_is_named(record, tmp_path, monkeypatch):
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("F1LAB_DATA_DIR", str(tmp_path / "file"))
    with pytest.raises(CacheError, match="F1LAB_DATA_DIR"):
        runs.Runs("ann").add(record)
