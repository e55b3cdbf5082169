"""Small invented weekends: enough of a race for what is judged here."""

from __future__ import annotations

import pandas as pd
import pytest

from f1lab.data.schema import Session, Weekend


@pytest.fixture
def weekend_of():
    """Return a maker of weekends from grid, finish and who saw the flag."""

    def make(year=2023, number=1, date="", grid=(1, 2, 3), finish=(1, 2, 3), classified=None):
        n = len(grid)
        results = pd.DataFrame(
            {
                "driver": [f"D{i:02d}" for i in range(n)],
                "team": [f"T{i // 2}" for i in range(n)],
                "grid": pd.Series(grid, dtype=float),
                "pit_lane_start": [False] * n,
                "finish": pd.Series(finish, dtype=float),
                "classified": [True] * n if classified is None else list(classified),
            }
        )
        empty = pd.DataFrame()
        race = Session("R", "Race", date, 0.0, 50, empty, results, empty, empty, empty)
        return Weekend(year, number, f"Race {number}", "Somewhere", "test", race)

    return make
