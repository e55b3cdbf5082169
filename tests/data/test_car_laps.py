"""Laps of a car are read as FastF1 reads them, from messages sound and spoilt."""

from __future__ import annotations

import math
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from f1lab.data._car_laps import DURATIONS, CarLaps
from f1lab.data.livetiming_heard import LAP_KEYS, Heard

pytestmark = pytest.mark.real
_US = timedelta(microseconds=1)


def said_of_cars(path):
    heard = Heard.of(path.read_text(encoding="utf-8").splitlines())
    cars = {}
    for when, message in heard.topics["TimingData"]:
        for number, car in message["Lines"].items():
            if LAP_KEYS & car.keys():
                cars.setdefault(number, []).append((when - heard.zero, car))
    return cars


def spoilt(said, chance):
    """Messages lost, told in part and out of order, and an end anywhere."""
    kept = [message for message in said if chance.random() < 0.8]
    kept = [
        (when, {key: told for key, told in car.items() if chance.random() < 0.9})
        for when, car in kept[: chance.integers(10, len(kept))]
    ]
    for _ in range(5):
        at = chance.integers(len(kept) - 3)
        kept[at], kept[at + 2] = kept[at + 2], kept[at]
    return kept


def as_told(name, value):
    if name in DURATIONS:
        return math.nan if pd.isna(value) else value // _US
    return value


@pytest.mark.parametrize("which", ["sprint", "qualifying"])
def test_laps_are_those_fastf1_reads(livetiming_folder, which):
    from fastf1 import _api as api

    chance, laps = np.random.default_rng(0), 0
    for number, said in said_of_cars(livetiming_folder / f"2024_qatar_gp_{which}.txt").items():
        for messages in (said, *(spoilt(said, chance) for _ in range(4))):
            own = CarLaps(messages, api.to_timedelta)
            theirs, splits = api._laps_data_driver(messages, api.EMPTY_LAPS, number)
            assert own.known == (theirs is not None)
            if theirs is None:
                continue
            assert own.splits == [when // _US for when in splits]
            for name, values in own.columns.items():
                told = [as_told(name, value) for value in theirs[name]]
                assert values == pytest.approx(told, rel=0, abs=0, nan_ok=True), (number, name)
            laps += len(own.columns["Time"])
    assert laps > 700
