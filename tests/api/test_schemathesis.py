"""The whole OpenAPI document, tried: no 500, and every answer is one that is described."""

from __future__ import annotations

import pytest

pytest.importorskip("schemathesis", reason="schemathesis is not installed")

import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.config import SchemathesisConfig

from f1lab.api import ApiConfig, create_app

PATIENCE_S = 120
#: The same requests every time, and few enough for every run. With the phase "coverage" as well
#: there are many times as many.
CONFIG = SchemathesisConfig.from_dict(
    {
        "generation": {"max-examples": 4, "deterministic": True},
        "phases": {"coverage": {"enabled": False}},
        "checks": {
            # What fits its description may still not fit the race, or not be at hand: 422 and 503.
            "not_a_server_error": {"expected-statuses": ["2xx", "3xx", "4xx", 503]},
            "positive_data_acceptance": {
                "expected-statuses": ["2xx", "3xx", 401, 403, 404, 409, 422, 429, 503]
            },
        },
    }
)
SCHEMA = schemathesis.openapi.from_dict(create_app(ApiConfig()).openapi(), config=CONFIG)


@pytest.fixture(scope="module")
def api(api_folders, make_app, running_app, tmp_path_factory):
    """A server that has the demo and nothing else: a season is not taken apart for every guess."""
    folder = tmp_path_factory.mktemp("tried")
    own = {"F1LAB_CACHE_DIR": "cache", "F1LAB_FASTF1_CACHE": "fastf1"}
    alone = api_folders | {name: str(folder / place) for name, place in own.items()}
    with running_app(make_app(alone)) as served:
        yield served


@SCHEMA.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_as_described(api, case):
    case.call_and_validate(
        base_url=api.url,
        headers={"Authorization": f"Bearer {api.config.token}"},
        timeout=PATIENCE_S,
    )


@pytest.fixture(autouse=True, scope="module")
def _no_reports_left(api):
    """Reports that were asked for on the way are not written to the end."""
    yield
    with api.client() as client:
        for job in client.get("/report").json():
            client.delete(f"/report/{job['id']}")
