"""Invented reports and the cases both languages are held to."""

import json
from pathlib import Path

import pytest

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def report():
    """Read an invented report by name, fresh each time."""

    def read(name="typical"):
        return json.loads((FIXTURES / "reports" / f"{name}.json").read_text(encoding="utf-8"))

    return read


@pytest.fixture(scope="session")
def words():
    return json.loads((FIXTURES / "waterfall_words.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="session")
def cases():
    return json.loads((FIXTURES / "waterfall_cases.json").read_text(encoding="utf-8"))
