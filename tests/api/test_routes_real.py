"""Real races over the API: what the library says of them, and a refusal where it refuses."""

from __future__ import annotations

import json

import pytest

pytest.importorskip("fastapi", reason="the API needs pip install 'f1lab[api]'")

import f1lab
from f1lab import compare, figures
from f1lab.api import Role

pytestmark = pytest.mark.real


@pytest.fixture
def real(api, fastf1_cache):
    """The running API, with a FastF1 cache to read."""
    assert fastf1_cache
    return api


def as_json(values):
    return json.loads(json.dumps(values, allow_nan=False))


MONZA = {
    "/autopsy/2023/Monza/sai?reference=teammate": (
        lambda w: f1lab.autopsy(w, "SAI", "teammate").to_dict()
    ),
    "/compare/drivers/2023/14?a=SAI&b=LEC": lambda w: compare.drivers(w, "SAI", "LEC").to_dict(),
    "/compare/teams/2023/italian?a=Ferrari&b=McLaren": (
        lambda w: compare.teams(w, "Ferrari", "McLaren").to_dict()
    ),
    "/strategy/optimal/2023/Monza/SAI?at_lap=18&n=100": (
        lambda w: f1lab.optimize(w, "SAI", 18, n=100).to_dict()
    ),
    "/strategy/battle/2023/Monza?attacker=VER&defender=SAI&at_lap=12": (
        lambda w: f1lab.battle_forecast(w, "VER", "SAI", 12).to_dict()
    ),
    "/strategy/track-evolution/2023/Monza": lambda w: f1lab.track_evolution(w).to_dict(),
}


@pytest.mark.parametrize("address", MONZA)
def test_monza_is_answered_as_in_a_notebook(real, weekends, address, api_folders, monkeypatch):
    answer = real.ask("GET", address)
    assert answer.status_code == 200, answer.text
    # what the server has fitted is fitted: it is the answer that is looked at
    monkeypatch.setenv("F1LAB_CACHE_DIR", api_folders["F1LAB_CACHE_DIR"])
    assert answer.json() == as_json(MONZA[address](weekends(2023, "Italian Grand Prix")))


def test_a_qualifying_without_its_race_is_compared_by_its_telemetry(real, fastf1_cache):
    cars = real.ask("GET", "/compare/cars/2025/Australia?a=NOR&b=PIA&session=Q")
    assert cars.status_code == 200, cars.text
    told = cars.json()
    assert told["fastest"]["lap_s"]["value"] == pytest.approx(-0.084, abs=1e-9)
    assert sum(part["value"] for part in told["fastest"]["sectors_s"]) == pytest.approx(-0.084)
    trace = real.ask("GET", "/visualizations/speed-trace/2025/Australia?lap=NOR&lap=PIA&session=Q")
    session = f1lab.load_session(2025, "Australia", "Q", offline=True, fastf1_cache=fastf1_cache)
    drawn = figures.speed_trace(session, ["NOR", "PIA"])
    assert trace.json() == json.loads(drawn.to_json())
    raced = real.ask("GET", "/compare/drivers/2025/Australia?a=NOR&b=PIA")
    assert raced.status_code in (404, 503)


ODD = [
    ("2021", "Belgian Grand Prix", "HAM", "VER"),
    ("2023", "Australian Grand Prix", "HAM", "VER"),
]
ASKED = [
    "/autopsy/{0}/{1}/{2}?judge_calls=false",
    "/autopsy/{0}/{1}/{2}/ledger?reference=ideal",
    "/compare/performance/{0}/{1}?a={2}&b={3}",
    "/compare/teams/{0}/{1}?a=Mercedes&b=Red+Bull",
    "/insights/session/{0}/{1}",
    "/insights/consistency/{0}/{1}?driver={2}",
    "/insights/racecraft/{0}/{1}?driver={2}",
    "/strategy/live/{0}/{1}/{2}?at_lap=2&flag=SC",
    "/strategy/battle/{0}/{1}?attacker={2}&defender={3}&at_lap=1",
    "/strategy/track-evolution/{0}/{1}",
    "/strategy/optimal/{1}/{0}",
    "/visualizations/speed-trace/{0}/{1}?lap={2}&lap={3}",
    "/visualizations/lap-distribution/{0}/{1}",
    "/visualizations/sector-comparison/{0}/{1}?a={2}&b={3}",
    "/visualizations/tyre-degradation/{0}/{1}",
    "/visualizations/performance-radar/{0}/{1}?a={2}&b={3}",
]


@pytest.mark.parametrize("race", ODD, ids=lambda race: " ".join(race[:2]))
def test_an_odd_race_is_answered_or_refused_in_a_sentence(real, race):
    refused = {}
    for pattern in ASKED:
        answer = real.ask("GET", pattern.format(*race))
        if answer.status_code != 200:
            assert answer.status_code in (404, 422), f"{pattern}: {answer.text}"
            refused[pattern] = answer.json()["detail"]
    for sentence in refused.values():
        assert len(sentence) > 30
        assert sentence.endswith(".")
        assert "Traceback" not in sentence
    assert len(refused) < len(ASKED) / 2
    assert ASKED[0] not in refused


@pytest.mark.parametrize("race", ODD, ids=lambda race: " ".join(race[:2]))
def test_an_odd_race_is_played_to_its_flag(real, race):
    with real.client(Role.player, "dora") as client:
        begun = client.post(
            "/simulate", json={"year": int(race[0]), "event": race[1], "driver": race[2]}
        )
        assert begun.status_code == 201, begun.text
        mine = f"/simulate/{begun.json()['id']}"
        one = client.post(f"{mine}/step", json={}).json()
        assert one["state"]["lap"] <= 1
        laps = one["state"]["n_laps"]
        done = client.post(f"{mine}/fast-forward", json={"lap": 58 if laps > 50 else 3})
        told = (
            done.json() if done.status_code == 200 else client.post(f"{mine}/run", json={}).json()
        )
        assert told["result"]["driver"] == race[2]
