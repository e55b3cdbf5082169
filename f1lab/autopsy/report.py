"""The race autopsy: one driver, one reference, every second booked."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.autopsy.blame import CATEGORIES, Blame, by_category, compare
from f1lab.autopsy.evidence import Evidence, Pair, evidence
from f1lab.autopsy.ideal import ideal_ledger, plan_regret
from f1lab.autopsy.ledger import Books, Ledger
from f1lab.autopsy.timeline import Event, timeline
from f1lab.autopsy.verdict import Outcome, verdict
from f1lab.data.schema import LEDGER_PARTS
from f1lab.errors import NoData, NotEnoughLaps, UnknownName
from f1lab.racemodel import RaceModel

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.data.schema import DataIssue, Weekend

__all__ = ["AutopsyReport", "autopsy"]

SCHEMA_VERSION = 1
REFERENCES = ("winner", "teammate", "ideal")
#: Fewer racing laps of the whole field than this, and the lap-time model is mostly its priors.
_FEW_FIT_LAPS = 100


@dataclass(frozen=True, repr=False)
class AutopsyReport:
    """What cost a driver the race against a reference.

    ``blame`` holds the seconds, ``evidence`` where they were read, ``positions`` the places each
    category cost. Make one with :func:`f1lab.autopsy`.
    """

    year: int
    round: int
    event: str
    circuit: str
    source: str
    driver: str
    driver_name: str
    team: str
    team_colour: str
    reference: str
    reference_kind: str
    reference_name: str
    status: str
    classified: bool
    grid: int | None
    finish: int | None
    blame: Blame
    positions: dict[str, int]
    evidence: dict[str, list[Evidence]]
    verdict: str
    timeline: list[Event]
    positions_by_lap: list[int | None]
    quality: tuple[DataIssue, ...]
    diagnostics: dict[str, Any]
    ledgers: dict[str, Ledger] = field(repr=False)
    lap_times_s: dict[str, np.ndarray] = field(repr=False)

    @property
    def gap_s(self) -> float:
        """Gap to the reference on the road at the last common lap [s]."""
        return self.blame.gap_s

    def __repr__(self) -> str:
        parts = ", ".join(f"{k} {v.seconds:+.1f}" for k, v in self.blame.categories.items())
        return (
            f"AutopsyReport({self.year} {self.event}, {self.driver} vs {self.reference}: "
            f"{self.gap_s:+.3f} s = {parts}, unexplained {self.blame.unexplained.seconds:+.1f})"
        )

    def _repr_mimebundle_(self, **kwargs: object) -> object:
        from f1lab.widgets import BlameWaterfall  # noqa: PLC0415  (a higher floor, only to show)

        bundle = BlameWaterfall(self)._repr_mimebundle_(**kwargs)
        if isinstance(bundle, tuple):
            bundle[0]["text/plain"] = repr(self)
        elif isinstance(bundle, dict):
            bundle["text/plain"] = repr(self)
        return bundle

    def ledger(self, driver: str | None = None) -> pd.DataFrame:
        """Lap ledger of the driver or the reference.

        Parameters
        ----------
        driver : str, optional
            The driver (default) or the reference of this report.

        Returns
        -------
        pandas.DataFrame
            ``lap, lap_time_s`` and one column per line [s]; a row's lines sum to its lap time.
        """
        import pandas as pd  # noqa: PLC0415  (kept out of the import of the package)

        code = self.driver if driver is None else driver
        if code not in self.ledgers:
            raise UnknownName("driver in this report", str(code), self.ledgers)
        lines = {f"{part}_s": self.ledgers[code].seconds[part] for part in LEDGER_PARTS}
        times = self.lap_times_s[code]
        return pd.DataFrame({"lap": np.arange(1, len(times) + 1), "lap_time_s": times, **lines})

    def to_frame(self) -> pd.DataFrame:
        """Categories as rows: seconds, interval, share and positions."""
        import pandas as pd  # noqa: PLC0415  (kept out of the import of the package)

        categories = self.to_dict()["categories"]
        rows = [
            {k: v for k, v in {"category": name, **entry}.items() if k != "evidence"}
            for name, entry in categories.items()
        ]
        u = self.blame.unexplained
        rows.append(
            {
                "category": "unexplained",
                "label": "Unexplained",
                "seconds": u.seconds,
                "low_s": u.low_s,
                "high_s": u.high_s,
                "share": self._share(u.seconds),
                "positions": None,
            }
        )
        return pd.DataFrame(rows).set_index("category")

    def _share(self, seconds: float) -> float:
        total = sum(abs(c.seconds) for c in self.blame.categories.values())
        total += abs(self.blame.unexplained.seconds)
        return seconds / total if total > 0 else 0.0

    def to_dict(self) -> dict[str, Any]:
        """Everything, JSON-ready, with units in the keys.

        ``share`` is a category's seconds over the absolute seconds of all of them.
        """
        blame = self.blame
        return {
            "schema_version": SCHEMA_VERSION,
            "kind": "autopsy",
            "year": self.year,
            "round": self.round,
            "event": self.event,
            "circuit": self.circuit,
            "source": self.source,
            "driver": self.driver,
            "driver_name": self.driver_name,
            "team": self.team,
            "team_colour": self.team_colour,
            "reference": self.reference,
            "reference_kind": self.reference_kind,
            "reference_name": self.reference_name,
            "status": self.status,
            "classified": self.classified,
            "grid": self.grid,
            "finish": self.finish,
            "laps_compared": blame.laps_compared,
            "gap_s": blame.gap_s,
            "categories": {
                name: {
                    "label": CATEGORIES[name],
                    "seconds": c.seconds,
                    "low_s": c.low_s,
                    "high_s": c.high_s,
                    "share": self._share(c.seconds),
                    "positions": self.positions[name],
                    "evidence": [e.to_dict() for e in self.evidence[name]],
                }
                for name, c in blame.categories.items()
            },
            "unexplained_s": blame.unexplained.seconds,
            "unexplained": {
                "low_s": blame.unexplained.low_s,
                "high_s": blame.unexplained.high_s,
            },
            "pace_and_tyres": dict(blame.pace_and_tyres.__dict__),
            "verdict": self.verdict,
            "timeline": [e.to_dict() for e in self.timeline],
            "positions_by_lap": self.positions_by_lap,
            "quality": [dict(q.__dict__) for q in self.quality],
            "diagnostics": self.diagnostics,
        }


def autopsy(
    weekend: Weekend,
    driver: str,
    reference: str = "winner",
    *,
    model: RaceModel | None = None,
    seed: int = 0,
) -> AutopsyReport:
    """Find out what cost a driver the race.

    Parameters
    ----------
    weekend : Weekend
        From :func:`f1lab.load` or :func:`f1lab.load_demo`.
    driver : str
        Three-letter code, e.g. ``"HAM"``.
    reference : str
        ``"winner"`` (the runner-up when the driver won), ``"teammate"``, ``"ideal"`` (the
        quickest car on the best plan in clean air) or a driver's code.
    model : RaceModel, optional
        The fitted race, to fit it once for many drivers.
    seed : int
        Of the posterior draws the intervals come from.

    Returns
    -------
    AutopsyReport

    Raises
    ------
    UnknownName
        No such driver or reference.
    NotEnoughLaps
        The driver or the reference completed no lap.
    NoData
        The race has no laps, or there is nobody to compare with.
    """
    code = _driver_code(weekend, driver)
    kind, other = _reference(weekend, code, reference)
    _must_have_laps(weekend, code)
    if other != "ideal":
        _must_have_laps(weekend, other)
    model = model or RaceModel.of(weekend)
    books = Books(weekend, model, code, seed)
    own = books.ledger(code)
    quickest = ""
    if other == "ideal":
        theirs, _, quickest = ideal_ledger(books, _winner(weekend, exclude=""))
    else:
        theirs = books.ledger(other)
    n = min(len(own.rows), len(theirs.rows))
    blame = compare(by_category(books, own), by_category(books, theirs), n)
    against = "the ideal race" if other == "ideal" else other
    pair = Pair(own, theirs, n, against, plan_regret(books, own))
    totals = {name: c.seconds for name, c in blame.categories.items()}
    found = evidence(books, pair, totals)
    positions = _positions(books, own, totals)
    return _report(weekend, books, pair, (kind, other, quickest), blame, found, positions)


def _report(  # noqa: PLR0913
    weekend: Weekend,
    books: Books,
    pair: Pair,
    reference: tuple[str, str, str],
    blame: Blame,
    found: dict[str, list[Evidence]],
    positions: dict[str, int],
) -> AutopsyReport:
    kind, other, quickest = reference
    results = weekend.race.results.set_index("driver")
    row = results.loc[pair.own.driver]
    last = len(pair.own.rows)
    place = row["finish"]
    outcome = Outcome(
        driver=pair.own.driver,
        against=pair.against,
        classified=bool(row["classified"]),
        finish=int(place) if np.isfinite(place) else None,
        status=str(row["status"]).lower() or "no reason given",
        last_lap=last,
    )
    model = books.model
    name = (
        f"the pace of {quickest} on the best plan" if quickest else str(results.loc[other, "name"])
    )
    own_position = books.laps.position[pair.own.rows]
    return AutopsyReport(
        year=weekend.year,
        round=weekend.round,
        event=weekend.event,
        circuit=weekend.circuit,
        source=weekend.source,
        driver=pair.own.driver,
        driver_name=str(row["name"]),
        team=str(row["team"]),
        team_colour=str(row["team_colour"]),
        reference=other,
        reference_kind=kind,
        reference_name=name,
        status=str(row["status"]),
        classified=bool(row["classified"]),
        grid=int(row["grid"]) if np.isfinite(row["grid"]) else None,
        finish=outcome.finish,
        blame=blame,
        positions=positions,
        evidence=found,
        verdict=" ".join(verdict(outcome, blame, positions, found)),
        timeline=timeline(books, pair.own),
        positions_by_lap=[int(p) if np.isfinite(p) else None for p in own_position],
        quality=(*weekend.quality, *_model_issues(model, pair)),
        diagnostics={
            "laps_used_share": round(model.share_used, 4),
            "noise_inflation": round(model.fit.inflation, 3),
            "stops_in_norm": books.pit_norm.n,
            "pit_loss_s": round(books.pit_norm.loss_s, 3),
            "slot_s": round(books.start_line.slot_s, 3),
            "terms": [
                {
                    "term": d.term,
                    "value": round(d.value, 4),
                    "sd": round(d.sd, 4),
                    "moved_by_data": d.moved_by_data,
                }
                for d in model.diagnostics()
            ],
        },  # fmt: skip
        ledgers={pair.own.driver: pair.own, other: pair.reference},
        lap_times_s={
            pair.own.driver: books.laps.lap_time_s[pair.own.rows],
            other: sum(pair.reference.seconds.values()),  # type: ignore[dict-item]
        },
    )


def _model_issues(model: RaceModel, pair: Pair) -> list[DataIssue]:
    from f1lab.data.schema import DataIssue  # noqa: PLC0415  (typing-only elsewhere)

    out = []
    used = int(model.fit.used.sum())
    if used < _FEW_FIT_LAPS:
        out.append(
            DataIssue(
                "few_racing_laps", "race", used,
                "The lap-time model has little to go on; most terms are their priors.",
            )
        )  # fmt: skip
    for ledger in (pair.own, pair.reference):
        if ledger.driver in model.design.thin_drivers:
            out.append(
                DataIssue(
                    "few_laps", ledger.driver, len(ledger.rows),
                    "Too few clear laps for a wear slope of his own; the field's is used.",
                )
            )  # fmt: skip
    return out


def _driver_code(weekend: Weekend, given: str) -> str:
    known = [str(code) for code in weekend.race.results["driver"]]
    code = str(given).strip().upper()
    if code not in known:
        raise UnknownName(f"driver in the {weekend.year} {weekend.event}", str(given), known)
    return code


def _winner(weekend: Weekend, exclude: str) -> str:
    """Best-placed driver with laps, other than ``exclude``."""
    results = weekend.race.results
    ran = set(weekend.race.laps["driver"])
    order = results.assign(place=results["finish"].fillna(np.inf)).sort_values(
        "place", kind="stable"
    )
    for code in order["driver"]:
        if code != exclude and code in ran:
            return str(code)
    raise NoData(
        f"nobody completed a lap of the {weekend.year} {weekend.event} to compare with; "
        "try another race."
    )


def _reference(weekend: Weekend, driver: str, given: str) -> tuple[str, str]:
    """Kind of the reference and the driver it means."""
    word = str(given).strip()
    if word.lower() == "winner":
        other = _winner(weekend, exclude="")
        if other == driver:
            return "runner-up", _winner(weekend, exclude=driver)
        return "winner", other
    if word.lower() == "ideal":
        return "ideal", "ideal"
    results = weekend.race.results
    if word.lower() == "teammate":
        team = results.loc[results["driver"] == driver, "team"].iloc[0]
        mates = [str(c) for c in results.loc[results["team"] == team, "driver"] if c != driver]
        if not mates:
            raise NoData(f"{driver} has no teammate in this race; give a driver code instead.")
        return "teammate", mates[0]
    known = [str(code) for code in results["driver"]]
    if word.upper() not in known:
        raise UnknownName("reference", word, [*REFERENCES, *known])
    if word.upper() == driver:
        raise UnknownName(
            "reference (a driver cannot be his own)", word, [c for c in known if c != driver]
        )
    return "driver", word.upper()


def _must_have_laps(weekend: Weekend, code: str) -> None:
    if (weekend.race.laps["driver"] == code).any():
        return
    results = weekend.race.results.set_index("driver")
    status = str(results.loc[code, "status"]) or "no reason given"
    raise NotEnoughLaps(
        f"{code} completed no lap of the {weekend.year} {weekend.event} ({status}), "
        "so there is nothing to book; choose another driver."
    )


def _positions(books: Books, own: Ledger, totals: dict[str, float]) -> dict[str, int]:
    """Places each category cost: cars passed at his last lap if it had cost nothing."""
    laps, n = books.laps, len(own.rows)
    at_flag = laps.time_s[laps.lap == n]
    others = at_flag[at_flag != laps.time_s[own.rows[-1]]]
    here = laps.time_s[own.rows[-1]]
    now = int((others < here).sum())
    return {name: now - int((others < here - s).sum()) for name, s in totals.items()}
