"""Made-up runs, and a league whose referee takes them at their word: for tests of the store."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from f1lab.league import League
from f1lab.league.crowd import RacePrior
from f1lab.league.judged import Attack, Judged, RaceFacts

if TYPE_CHECKING:
    from pathlib import Path

    from f1lab.league.runs import RunRecord

N_LAPS = 60


def record(**changes: Any) -> dict[str, Any]:
    """A finished run of the form the simulator gives; its stop and pace may be chosen."""
    stop = changes.pop("stop", 30)
    stops = {stop: "HARD"} if isinstance(stop, int) else stop
    decisions = [
        {"lap": lap, "pit": stops.get(lap), "pace": changes.get("pace", "neutral")}
        for lap in range(1, N_LAPS + 1)
    ]
    changes.pop("pace", None)
    return {
        "schema": 2,
        "kind": "f1lab.simulation",
        "year": 2023,
        "event": "Monaco Grand Prix",
        "round": 6,
        "fingerprint": "0123456789abcdef",
        "driver": "ALO",
        "seed": 0,
        "start": "MEDIUM",
        "decisions": decisions,
        "outcome": {
            "laps": N_LAPS,
            "race_time_s": 6541.123,
            "position": 2,
            "finished": True,
            "stopped": False,
        },
    } | changes


@dataclass(frozen=True)
class Trusting:
    """Scores a run with the IQ its seed says [thousandths]; the real races are made up."""

    plans: tuple[tuple[tuple[int, str], ...], ...] = (((25, "HARD"),), ((40, "HARD"),))
    attacks: dict[int, Attack] = field(default_factory=dict)

    def __call__(self, run: RunRecord) -> Judged:
        iq = (run.seed % 100_001) / 1000
        return Judged(run, iq, {"total": iq}, 60.0, 2, 3, self.attacks)

    def race(self, year: int, event: str) -> RaceFacts:
        prior = RacePrior(N_LAPS, self.plans, None)
        return RaceFacts(year, event, 6, event.removesuffix(" Grand Prix"), prior)


def trusting(url: str | Path, **options: Any) -> League:
    """A league whose referee takes runs at their word."""
    league = League(url, **options)
    league._referee = Trusting()
    return league


def hand_in(url: str, players: range) -> int:
    """A process of its own hands in one run for each player; how many new ones counted."""
    with trusting(url) as league:
        done = [league.submit(record(seed=80_000 + k), f"Player {k}") for k in players]
    return sum(not one.already_there for one in done)


def fork_with_a_league(url: str) -> tuple[int, int, int]:
    """Server process behind a league's connection: before a fork, in the child, and after it."""
    backend = sa.select(sa.func.pg_backend_pid())
    with trusting(url) as league:

        def ask() -> int:
            return int(league._store.read(lambda session: session.scalar(backend)))

        before = ask()
        assert ask() == before
        read, write = os.pipe()
        child = os.fork()
        if not child:
            try:
                os.write(write, str(ask()).encode())
            finally:
                os._exit(0)
        os.close(write)
        os.waitpid(child, 0)
        told = os.read(read, 20)
        os.close(read)
        return before, int(told or 0), ask()
