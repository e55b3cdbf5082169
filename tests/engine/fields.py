"""Fields for tests of the engine: every part can be switched off or set by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from f1lab.engine.inputs import (
    Hazards,
    LapModel,
    Neutralisation,
    Passing,
    PitLane,
    Policies,
    RaceField,
    RaceState,
    Reactions,
    Retirements,
    Start,
    Weather,
)

SOFT, MEDIUM, HARD, INTERMEDIATE, WET = range(5)
GREEN, YELLOW, VSC, SC, RESTART, RED = range(6)


def codes(n):
    return tuple(f"{chr(65 + i // 26)}{chr(65 + i % 26)}A" for i in range(n))


def lap_model(n=20, n_laps=57, draws=20, noise_s=0.4, spread_s=0.3, seed=1):
    """Cars two tenths apart, wear that grows, 110 kg of fuel."""
    rng = np.random.default_rng(seed)
    ages = np.arange(4 * (n_laps + 40) + 1) / 4.0
    slope = np.array([0.09, 0.06, 0.04, 0.05, 0.05])
    track = np.array([88.0, 95.0, 100.0]) + np.zeros((draws, n_laps, 1))
    return LapModel(
        track_s=track + rng.normal(0, 0.05, (draws, 1, 1)),
        fuel_s_per_kg=np.full(draws, 0.031),
        fuel_kg=110.0 * (1 - (np.arange(n_laps) + 0.5) / n_laps),
        pace_s=0.12 * np.arange(n) + rng.normal(0, spread_s, (draws, n)),
        own_wear_s=rng.normal(0, 0.005, (draws, n)),
        offset_s=np.array([-0.5, 0.0, 0.4, 0.0, 0.0]) + np.zeros((draws, 1)),
        wear_s=slope[None, :, None] * ages[None, None, :] * np.ones((draws, 1, 1)),
        warm_up_s=np.full(draws, 0.6),
        noise_s=np.full(n, noise_s),
    )


def lengths(*chances):
    return np.array(chances) / sum(chances)


def field(n=20, n_laps=57, **changes):
    """A field with everything on; ``changes`` replace parts of it."""
    laps = max(n_laps, 2)
    hazard = np.full(n_laps, 0.012)
    hazard[0] = 0.15
    third, half = max(laps // 3, 1), max(laps // 2, 1)
    lap = np.zeros((n, 2, 2), dtype=np.int64)
    if n_laps > 1:
        lap[:, 0, 0] = half
        lap[:, 1, 0], lap[:, 1, 1] = third, min(2 * third, n_laps - 1)
        if n_laps <= 3:
            lap[:, 1, 1] = 0
    parts = {
        "year": 2023,
        "event": "Test Grand Prix",
        "circuit": "Test",
        "as_of": "pre-race",
        "drivers": codes(n),
        "teams": tuple(f"T{i // 2}" for i in range(n)),
        "n_laps": n_laps,
        "model": lap_model(n, n_laps),
        "start": Start(4.0, 0.25, 0.8),
        "pit": PitLane(np.full(20, 22.0), 0.3, 0.6, 0.48, 0.5, 1.6, 20.0, np.zeros(n)),
        "passing": Passing(1.0, -2.5, 1.2, 0.05, 1.5, 0.5, 0.4, 0.5, 1.5, 0.1, 0.3, 0.8, 0.3),
        "hazards": Hazards(
            sc_p=hazard,
            vsc_p=np.full(n_laps, 0.008),
            red_p=np.full(n_laps, 0.002),
            sc=Neutralisation(lengths(1, 2, 3, 3, 2, 1), 1.44, 1.3),
            vsc=Neutralisation(lengths(2, 3, 1), 1.33, np.nan),
            sc_first_factor=1.2,
            unlap_laps=4,
            unlap_p=0.9,
        ),
        "retirements": Retirements(
            np.full((n, n_laps), 0.0015) + 0.01 * (np.arange(n_laps) == 0), 0.3, 0.2
        ),
        "reactions": Reactions(
            np.clip(1 - np.arange(n_laps + 1) / 25, 0, 1),
            np.clip(0.6 - np.arange(n_laps + 1) / 25, 0, 1),
            0.5,
            3.0,
            8,
            2.0,
        ),
        "policies": Policies(
            start_compound=np.tile([MEDIUM, SOFT], (n, 1)),
            stop_lap=lap,
            stop_compound=np.tile([[HARD, 0], [HARD, MEDIUM]], (n, 1, 1)),
            weight=np.tile([0.6, 0.4], (n, 1)),
            reacts=np.ones(n, dtype=bool),
        ),
        "weather": Weather(
            rain_p=np.full(n_laps, 0.002),
            mean_laps=6.0,
            peak_steps=4,
            drying_laps=3.0,
            class_s=np.array(
                [[0.0, 7.0, 12.0], [2.0, 6.0, 10.0], [6.0, 5.5, 8.0], [12, 6.5, 7.5], [20, 9, 7.5]]
            ),
        ),
        "state": on_the_grid(n),
        "flown": np.full(n_laps, -1),
    }
    return RaceField(**(parts | changes))


def on_the_grid(n):
    return RaceState(
        lap=0,
        grid=np.arange(1.0, n + 1),
        time_s=np.zeros(n),
        done=np.zeros(n, dtype=np.int64),
        running=np.ones(n, dtype=bool),
        compound=np.full(n, MEDIUM),
        age_steps=np.zeros(n, dtype=np.int64),
        used=np.zeros(n, dtype=np.int64),
    )


def plan(n, start, *stops):
    """The same fixed plan for everybody."""
    size = max(len(stops), 1)
    lap, compound = np.zeros((n, 1, size), np.int64), np.zeros((n, 1, size), np.int64)
    for s, (at, fitted) in enumerate(stops):
        lap[:, 0, s], compound[:, 0, s] = at, fitted
    return Policies(np.full((n, 1), start), lap, compound, np.ones((n, 1)), np.zeros(n, dtype=bool))


def calm(n=20, n_laps=57, noise_s=0.0, **changes):
    """A field without chance: no flags, retirements, rain, luck; all on one plan, one stop."""
    base = field(n, n_laps)
    zero = np.zeros(n_laps)
    quiet = {
        "model": lap_model(n, n_laps, draws=3, noise_s=noise_s, spread_s=0.0),
        "start": Start(4.0, 0.25, 0.0),
        "pit": PitLane(np.full(3, 22.0), 0.3, 0.6, 0.48, 0.0, 1.6, 20.0, np.zeros(n)),
        "hazards": replace(base.hazards, sc_p=zero, vsc_p=zero, red_p=zero),
        "retirements": Retirements(np.zeros((n, n_laps)), 0.0, 0.0),
        "weather": replace(base.weather, rain_p=zero),
        "policies": plan(n, MEDIUM, (n_laps // 2, HARD)),
        "flown": np.full(n_laps, GREEN),
    }
    return replace(base, **(quiet | changes))
