"""What the follower says on a track that is drying."""

from __future__ import annotations

import pytest

from f1lab.live.advice import advise
from f1lab.strategy.known import field_of


@pytest.mark.real
def test_on_rain_tyres_the_next_stop_is_when_the_track_asks_for_it(weekends):
    """Monaco 2022, lap 9: everybody on wets, and slicks win the race in the end."""
    field = field_of(weekends(2022, "Monaco"), 8)
    advice = advise(field, "LEC", sprint=False, n=200, seed=0)
    assert advice.call == "stay"
    assert advice.plan == "as the track asks"
    assert "The next stop is when the track asks for other tyres." in advice.sentence
