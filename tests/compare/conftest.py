"""Real races from the archive: quicker to read than the FastF1 cache, and one at a time."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from f1lab.data.schema import Weekend


@pytest.fixture(scope="session")
def tidy(tidy_folder: Path) -> Callable[[int, str], Weekend]:
    """Loader of weekends of 2018 to 2023."""
    from f1lab.data.tidy import load_tidy

    @lru_cache(maxsize=16)
    def loaded(year: int, event: str) -> Weekend:
        return load_tidy(tidy_folder, year, event)

    return loaded
