"""A weekend to play that is always there: the demo."""

from __future__ import annotations

import pytest

from f1lab.data.source import load_demo
from f1lab.simulator import Simulation

#: Stops twice in the demo, and sees the flag.
PLAYED = "UUR"


@pytest.fixture(scope="module")
def demo():
    return load_demo()


@pytest.fixture
def sim(demo):
    return Simulation(demo, PLAYED)
