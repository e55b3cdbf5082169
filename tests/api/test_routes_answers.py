"""Each endpoint answers what the library answers, and says so in its OpenAPI entry."""

from __future__ import annotations

import json
from dataclasses import asdict

import pytest

pytest.importorskip("fastapi", reason="the API needs pip install 'f1lab[api]'")

import f1lab
from f1lab import analyze, compare
from f1lab.api.models import autopsy as of_autopsy
from f1lab.api.models import compare as of_compare
from f1lab.api.models import insights as of_insights
from f1lab.api.models import league as of_league
from f1lab.api.models import strategy as of_strategy
from f1lab.api.models.common import Shape
from f1lab.api.routes.races import schedule_answer
from f1lab.engine import RaceField
from f1lab.export import to_json
from f1lab.strategy import safety_car_table, undercut_table

D = "demo/demo"


def optimal(weekend, at_lap=0, **more):
    return f1lab.optimize(weekend, "UUR", at_lap, n=100, **more).to_dict()


def alternatives(weekend):
    found = optimal(weekend, 18)
    best, *others = found["ranking"]
    kept = {name: found[name] for name in ("year", "event", "driver", "at_lap", "n_laps", "unit")}
    return kept | {
        "best": best,
        "alternatives": others,
        "windows": found["windows"],
        "notes": found["notes"],
    }


def called(calls):
    return [asdict(call) | {"verdict": call.verdict} for call in calls]


def live(weekend):
    field = RaceField.from_weekend(weekend, 10)
    return {
        "strategy": f1lab.optimize(field, "UUR").to_dict(),
        "flag": "SC",
        "call": called(safety_car_table(field, "UUR", (11,)))[0],
        "undercuts": [asdict(row) for row in undercut_table(field, "UUR")],
        "refusals": {},
    }


def table(weekend, key, **more):
    field = RaceField.from_weekend(weekend, more.pop("at_lap"))
    told = {"year": 2024, "event": "Halvern Grand Prix", "driver": "OND"}
    if key == "undercuts":
        rows = [asdict(row) for row in undercut_table(field, "OND", **more)]
    else:
        rows = called(safety_car_table(field, "OND", **more))
    return told | {"at_lap": field.state.lap, key: rows}


def ledger(weekend):
    found = f1lab.autopsy(weekend, "UUR", "teammate", judge_calls=False)
    laps = {code: found.ledger(code).to_dict("records") for code in ("UUR", "FJE")}
    told = {"year": 2024, "event": weekend.event, "driver": "UUR", "reference": "FJE"}
    return told | {"laps": laps}


def part_of(found, *names):
    return {name: found[name] for name in names}


def profile(weekend, *parts):
    found = analyze.driver(weekend, "PNY").profile.to_dict()
    why = {name: why for name, why in found["refusals"].items() if name in parts}
    told = part_of(found, "driver", "name", "team", *parts) | {"refusals": why}
    return {"year": 2024, "event": weekend.event, "drivers": [told], "refusals": {}}


def crowd(weekend, league):
    return league.optimal(weekend.year, weekend.event).to_dict()


HEADS = ("kind", "title", "findings", "refusals", "year", "event", "a", "b", "head_to_head")
#: Address, what the library says, shape of the answer.
CASES = {
    f"/autopsy/{D}/uur": (lambda w: f1lab.autopsy(w, "UUR").to_dict(), of_autopsy.Autopsy),
    f"/autopsy/{D}/UUR/ledger?reference=teammate": (ledger, of_autopsy.Ledger),
    f"/compare/cars/{D}?a=UUR&b=WEX": (
        lambda w: compare.cars(w, "UUR", "WEX").to_dict(),
        of_compare.CarComparison,
    ),
    f"/compare/drivers/{D}?a=UUR&b=wex": (
        lambda w: compare.drivers(w, "UUR", "WEX").to_dict(),
        of_compare.DriverComparison,
    ),
    f"/compare/teams/{D}?a=Kestrel+Motorsport&b=Velarix": (
        lambda w: compare.teams(w, "Kestrel Motorsport", "Velarix").to_dict(),
        of_compare.TeamComparison,
    ),
    f"/insights/session/{D}": (
        lambda w: analyze.session(w).to_dict(),
        of_insights.RaceAnalysis,
    ),
    f"/insights/session/{D}?session=Q": (
        lambda w: analyze.session(w, "Q").to_dict(),
        of_insights.QualifyingAnalysis,
    ),
    f"/insights/driver/{D}/PNY": (
        lambda w: analyze.driver(w, "PNY").to_dict(),
        of_insights.DriverAnalysis,
    ),
    f"/insights/car/{D}/UUR": (
        lambda w: analyze.car(w, "UUR").to_dict(),
        of_insights.CarAnalysis,
    ),
    f"/insights/consistency/{D}?driver=PNY": (
        lambda w: profile(w, "consistency", "mistakes"),
        of_insights.Consistency,
    ),
    f"/insights/racecraft/{D}?driver=PNY": (
        lambda w: profile(w, "racecraft", "pressure"),
        of_insights.Racecraft,
    ),
    f"/insights/head-to-head/{D}?a=UUR&b=WEX": (
        lambda w: part_of(
            compare.drivers(w, "UUR", "WEX").to_dict(),
            *HEADS,
            *("qualifying", "race_pace", "lap_difference_s"),
        ),
        of_insights.HeadToHead,
    ),
    f"/strategy/optimal/{D}/UUR?n=100&at_lap=18&objective=time&tables=true": (
        lambda w: optimal(w, 18, objective="time", tables=True),
        of_strategy.Strategy,
    ),
    f"/strategy/alternatives/{D}/UUR?n=100&at_lap=18": (alternatives, of_strategy.Alternatives),
    f"/strategy/live/{D}/UUR?at_lap=10&flag=SC": (live, of_strategy.LiveAdvice),
    f"/strategy/undercut/{D}/OND?at_lap=6": (
        lambda w: table(w, "undercuts", at_lap=6),
        of_strategy.UndercutTable,
    ),
    f"/strategy/safety-car/{D}/OND?at_lap=8&lap=20&kind=VSC": (
        lambda w: table(w, "calls", at_lap=8, laps=(20,), kind="VSC") | {"objective": "points"},
        of_strategy.SafetyCarTable,
    ),
    f"/strategy/battle/{D}?attacker=UUR&defender=WEX&at_lap=18&laps=5": (
        lambda w: f1lab.battle_forecast(w, "UUR", "WEX", 18, laps=5).to_dict(),
        of_strategy.BattleForecast,
    ),
    f"/strategy/track-evolution/{D}": (
        lambda w: f1lab.track_evolution(w).to_dict(),
        of_strategy.TrackEvolution,
    ),
}


@pytest.fixture(scope="session")
def demo(api_folders):
    """The demo weekend as the servers of the tests see it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("F1LAB_CACHE_DIR", api_folders["F1LAB_CACHE_DIR"])
        yield f1lab.load_demo()


@pytest.fixture
def _same_folders(api_folders, monkeypatch):
    for name, value in api_folders.items():
        monkeypatch.setenv(name, value)


def as_json(values):
    return json.loads(json.dumps(values, allow_nan=False))


def undocumented(shape: Shape, where="") -> list[str]:
    """Keys of an answer that its shape does not know."""
    found = [f"{where}.{name}" for name in shape.model_extra or {}]
    for name in type(shape).model_fields:
        value = getattr(shape, name)
        inside = value.values() if isinstance(value, dict) else value
        for part in inside if isinstance(inside, list | type({}.values())) else [value]:
            if isinstance(part, Shape):
                found += undocumented(part, f"{where}.{name}")
    return found


@pytest.mark.parametrize("address", CASES)
@pytest.mark.usefixtures("_same_folders")
def test_an_endpoint_answers_what_the_library_says(api, demo, address):
    expected, shape = CASES[address]
    answer = api.ask("GET", address)
    assert answer.status_code == 200, answer.text
    assert answer.json() == as_json(expected(demo))
    assert not undocumented(shape.model_validate(answer.json()))
    assert answer.headers["ETag"]


@pytest.mark.usefixtures("_same_folders")
def test_the_whole_performance_is_both_comparisons_and_every_lap(api, demo):
    pair = "a=UUR&b=WEX"
    told = api.ask("GET", f"/compare/performance/{D}?{pair}").json()
    for part in ("cars", "drivers"):
        alone = api.ask("GET", f"/compare/{part}/{D}?{pair}").json()
        for name in ("title", "findings", "refusals"):
            assert told[part][name] == alone[name]
    tables = compare.drivers(demo, "UUR", "WEX").tables()
    assert list(told["drivers"]["tables"]) == list(tables)
    for title, frame in tables.items():
        rows = json.loads(frame.to_json(orient="records", double_precision=15))
        found = told["drivers"]["tables"][title]
        assert found == [pytest.approx(row, abs=1e-12) for row in rows]
    corners = told["cars"]["tables"]["Corner by corner"]
    assert len(corners) == 12
    for code in ("UUR", "WEX"):
        for row in told["laps"][code]:
            lines = [value for name, value in row.items() if name not in ("lap", "lap_time_s")]
            assert sum(lines) == pytest.approx(row["lap_time_s"], abs=1e-9)
    assert len(told["laps"]["UUR"]) == demo.race.total_laps
    assert not undocumented(of_compare.Performance.model_validate(told))


@pytest.mark.usefixtures("_same_folders")
def test_everybody_is_told_of_who_has_laps(api, demo):
    told = api.ask("GET", f"/insights/racecraft/{D}").json()
    named = [row["driver"] for row in told["drivers"]] + list(told["refusals"])
    assert sorted(named) == sorted(demo.race.results["driver"])


def test_the_crowd_of_nobody_is_what_the_race_says(api, demo, api_folders, monkeypatch):
    told = api.ask("GET", "/strategy/optimal/demo/demo").json()
    for name, value in api_folders.items():
        monkeypatch.setenv(name, value)
    with f1lab.League() as league:
        assert told == as_json(crowd(demo, league))
    assert not undocumented(of_strategy.CrowdModel.model_validate(told))


def test_the_demo_is_always_at_hand(api):
    told = api.ask("GET", "/races").json()
    assert told["demo"] == {"year": 2024, "event": "Halvern Grand Prix", "day": ""}


@pytest.mark.real
@pytest.mark.usefixtures("_same_folders")
def test_a_season_has_its_schedule(api, fastf1_cache):
    assert fastf1_cache
    told = api.ask("GET", "/schedule/2023").json()
    assert told == schedule_answer(2023).model_dump(mode="json")
    assert [event["round"] for event in told["events"]] == list(range(1, 23))
    assert told["events"][5]["circuit"] == "Monaco"
    assert not undocumented(of_league.Schedule.model_validate(told))


def test_an_answer_is_the_export_without_its_envelope(api, demo):
    told = api.ask("GET", f"/compare/drivers/{D}?a=UUR&b=WEX").json()
    assert told == json.loads(to_json(compare.drivers(demo, "UUR", "WEX")))["result"]


REFUSED = {
    f"/autopsy/{D}/XYZ": (404, "no driver in the 2024 Halvern Grand Prix 'XYZ'"),
    f"/autopsy/{D}/UUR?reference=UUR": (422, "UUR cannot be his own reference"),
    f"/autopsy/{D}/UUR?reference=nobody": (422, "query.reference"),
    "/autopsy/demo/Monaco/UUR": (404, "no event of the demo 'Monaco'"),
    "/autopsy/1901/Monaco/HAM": (404, "1901"),
    f"/autopsy/{D}/UURR": (422, "path.driver"),
    f"/compare/drivers/{D}?a=UUR&b=UUR": (422, "UUR cannot be compared with himself"),
    f"/compare/drivers/{D}?a=UUR": (422, "query.b"),
    f"/compare/teams/{D}?a=Kestrel&b=Nobody": (404, "Nobody"),
    f"/compare/cars/{D}?a=UUR&b=WEX&session=FP1": (422, "query.session"),
    f"/insights/consistency/{D}?driver=XYZ": (404, "XYZ"),
    f"/strategy/optimal/{D}/UUR?n=1000000000": (422, "query.n"),
    f"/strategy/optimal/{D}/UUR?at_lap=18&start=SOFT": (422, "the start is over"),
    f"/strategy/optimal/{D}/UUR?at_lap=99": (422, "99"),
    f"/strategy/live/{D}/UUR?at_lap=0": (422, "query.at_lap"),
    f"/strategy/battle/{D}?attacker=WEX&defender=UUR&at_lap=18": (422, "WEX is not behind UUR"),
    f"/strategy/safety-car/{D}/UUR?at_lap=20&lap=5": (422, "cannot be decided"),
    f"/strategy/undercut/{D}/UUR?at_lap=10&lap=60": (422, "do not fit"),
    "/leaderboard?year=2023&event=Nowhere": (404, "Nowhere"),
    "/schedule/1950": (422, "path.year"),
}


@pytest.mark.parametrize("address", REFUSED)
def test_a_refusal_is_the_librarys_own_sentence(api, address):
    status, said = REFUSED[address]
    answer = api.ask("GET", address)
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert said in answer.json()["detail"]
