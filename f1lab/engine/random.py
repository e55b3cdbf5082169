"""Random numbers without a state: each is a function of race, car, lap and purpose.

A race has a key; each number of that race is the key's counter run through the mixing function
of SplitMix64 (Steele, Lea & Flood 2014). So two plans are compared on the same races, one
car's choice never shifts another's luck, and the order of computation does not matter.
Normals come from a 256-layer ziggurat (Marsaglia & Tsang 2000; Doornik 2005).
"""

from __future__ import annotations

import math

import numpy as np

from f1lab.engine.compiled import inlined

__all__ = [
    "CREW",
    "FLAG",
    "LENGTH",
    "NOISE",
    "PASS",
    "RAIN",
    "REACTION",
    "RETIREMENT",
    "START",
    "VARIANT",
    "bits",
    "normal",
    "race_key",
    "uniform",
]

# What a number is for.
NOISE, START, CREW, VARIANT, RETIREMENT, REACTION, FLAG, LENGTH, RAIN, PASS = range(10)

_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)

#: Right edge of the ziggurat's lowest rectangle and the area of each layer, for 256 layers.
_EDGE, _AREA = 3.6541528853610088, 0.00492867323399
_LAYERS = 256
_TO_UNIT = 2.0**-52
_TO_SIGNED_UNIT = 2.0**-52


def _ziggurat() -> tuple[np.ndarray, np.ndarray]:
    """Layer widths, and the share of each that lies wholly under the curve."""
    width = np.zeros(_LAYERS + 1)
    width[0] = _AREA / math.exp(-0.5 * _EDGE**2)
    width[1] = _EDGE
    for i in range(2, _LAYERS):
        height = _AREA / width[i - 1] + math.exp(-0.5 * width[i - 1] ** 2)
        width[i] = math.sqrt(-2.0 * math.log(height))
    return width, width[1:] / width[:-1]


_WIDTH, _SAFE = _ziggurat()


@inlined
def _mix(z: np.uint64) -> np.uint64:
    z = (z ^ (z >> np.uint64(30))) * _MIX_1
    z = (z ^ (z >> np.uint64(27))) * _MIX_2
    return z ^ (z >> np.uint64(31))


@inlined
def race_key(seed: int, race: int) -> np.uint64:
    """Key of one race of one seed."""
    return _mix(_mix(np.uint64(seed) + _GOLDEN) + np.uint64(race) * _GOLDEN)


@inlined
def bits(key: np.uint64, car: int, lap: int, purpose: int) -> np.uint64:
    """64 random bits of a race for a car (or −1: the race itself), a lap and a purpose.

    Parameters
    ----------
    key : uint64
        From :func:`race_key`.
    car, lap, purpose : int
        Below 2¹⁶, 2¹⁶ and 2³¹.
    """
    counter = (
        (np.uint64(purpose) << np.uint64(32))
        | (np.uint64(lap) << np.uint64(16))
        | np.uint64(car + 1)
    )
    return _mix(key + counter * _GOLDEN)


@inlined
def uniform(z: np.uint64) -> float:
    """Turn bits into a number between 0 and 1, never 0 or 1."""
    return (float(z >> np.uint64(12)) + 0.5) * _TO_UNIT


@inlined
def normal(z: np.uint64) -> float:
    """Turn bits into a standard normal number; further bits follow from the first."""
    while True:
        layer = int(z & np.uint64(_LAYERS - 1))
        u = float(np.int64(z) >> 11) * _TO_SIGNED_UNIT
        x = float(u * _WIDTH[layer])
        if abs(u) < _SAFE[layer]:
            return x
        z = _mix(z + _GOLDEN)
        if layer == 0:
            return _tail(z, u)
        low = math.exp(-0.5 * _WIDTH[layer] ** 2)
        high = math.exp(-0.5 * _WIDTH[layer + 1] ** 2)
        if low + uniform(z) * (high - low) < math.exp(-0.5 * x * x):
            return x
        z = _mix(z + _GOLDEN)


@inlined
def _tail(z: np.uint64, sign: float) -> float:
    """Beyond the lowest rectangle (Marsaglia 1964)."""
    while True:
        x = -math.log(uniform(z)) / _EDGE
        z = _mix(z + _GOLDEN)
        y = -math.log(uniform(z))
        if y + y > x * x:
            return _EDGE + x if sign > 0 else -_EDGE - x
        z = _mix(z + _GOLDEN)
