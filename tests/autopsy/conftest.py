"""Autopsies shared by the tests of this folder."""

from __future__ import annotations

from functools import lru_cache

import pytest

from f1lab.autopsy import autopsy
from f1lab.racemodel import RaceModel


@pytest.fixture(scope="session")
def examined(weekends, race_model):
    """Autopsy of a real race, each race fitted once."""
    model = lru_cache(maxsize=64)(race_model)

    def run(year, event, driver, reference="winner"):
        return autopsy(
            weekends(year, event), driver, reference, model=model(year, event), judge_calls=False
        )

    return run


@pytest.fixture(scope="session")
def demo():
    from f1lab.data.demo import generate

    return generate(0)


@pytest.fixture(scope="session")
def demo_model(demo):
    return RaceModel.of(demo)
