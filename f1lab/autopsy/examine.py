"""The race autopsy: one driver, one reference, every second booked."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from f1lab.autopsy.blame import by_category, compare, interval_scales
from f1lab.autopsy.calls import strategy_calls
from f1lab.autopsy.crew import pit_split
from f1lab.autopsy.decider import decider
from f1lab.autopsy.evidence import Pair, evidence
from f1lab.autopsy.ideal import ideal_ledger, plan_regret
from f1lab.autopsy.ledger import Books
from f1lab.autopsy.references import driver_code, require_laps, resolve, winner
from f1lab.autopsy.report import AutopsyReport
from f1lab.autopsy.timeline import timeline
from f1lab.autopsy.verdict import Outcome, verdict
from f1lab.data.cache import Key, cached
from f1lab.data.schema import DataIssue, require_weekend
from f1lab.engine.priors import load_engine_priors
from f1lab.errors import CacheError, NotEnoughLaps, whole_number
from f1lab.racemodel import RaceModel, load_priors
from f1lab.racemodel.threads import one_thread

if TYPE_CHECKING:
    import pandas as pd

    from f1lab.autopsy.blame import Blame
    from f1lab.autopsy.evidence import Evidence
    from f1lab.autopsy.ledger import Ledger
    from f1lab.data.schema import Weekend

__all__ = ["VERSION", "autopsy", "fingerprint"]

_log = logging.getLogger(__name__)

#: Fewer racing laps of the whole field than this, and the lap-time model is mostly its priors.
_FEW_FIT_LAPS = 100
#: Raise it when a fit or a report comes to mean something else.
VERSION = 7


def autopsy(
    weekend: Weekend,
    driver: str,
    reference: str = "winner",
    *,
    model: RaceModel | None = None,
    judge_calls: bool = True,
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
        A fitted race to use; by default the race is fitted, and fit and report are kept in the
        cache for the next time.
    judge_calls : bool
        Whether to judge the pit wall's calls in the race engine, which takes about a second; the
        seconds booked are the same without.
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
        The driver or the reference completed no lap, or nobody raced one for an ideal.
    NoData
        The race has no laps, or there is nobody to compare with.
    """
    require_weekend(weekend)
    seed = whole_number("seed", seed)
    code = driver_code(weekend, driver)
    kind, other = resolve(weekend, code, reference)
    require_laps(weekend, code)
    if other != "ideal":
        require_laps(weekend, other)
    if model is not None:
        with one_thread():
            return _examine(weekend, code, (kind, other), model, seed, judge_calls=judge_calls)
    mark = fingerprint(weekend)

    def compute() -> AutopsyReport:
        fitted = cached(
            Key("computed", weekend.year, weekend.event, "R", f"racemodel-{mark}"),
            lambda: RaceModel.of(weekend),
            schema_version=VERSION,
        )
        with one_thread():
            report = _examine(weekend, code, (kind, other), fitted, seed, judge_calls=judge_calls)
        # the draws are only needed to make the report; without them it is a tenth of the size
        kept = {name: replace(ledger, draws={}) for name, ledger in report.ledgers.items()}
        return replace(report, ledgers=kept)

    depth = "calls" if judge_calls else "blame"
    entity = f"autopsy-{code}-{kind}-{other}-{seed}-{depth}-{mark}"
    key = Key("computed", weekend.year, weekend.event, "R", entity)
    try:
        return cached(key, compute, schema_version=VERSION)
    except CacheError as error:
        _log.warning("working without the cache: %s", error)
        with one_thread():
            fitted = RaceModel.of(weekend)
            return _examine(weekend, code, (kind, other), fitted, seed, judge_calls=judge_calls)


def fingerprint(weekend: Weekend) -> str:
    """Short mark of everything an autopsy reads: another race or other tables, another mark."""
    race = weekend.race
    tables = (load_priors().table, interval_scales(), load_engine_priors().table)
    digest = hashlib.blake2b(repr((race.start_s, weekend.quality, race.total_laps)).encode())
    digest.update(repr(tables).encode())
    for frame in (race.laps, race.results, race.messages):
        for name in frame.columns:
            values = frame[name].to_numpy()
            text = values.dtype == object
            digest.update("\n".join(map(str, values)).encode() if text else values.tobytes())
    return digest.hexdigest()[:16]


def _examine(
    weekend: Weekend,
    code: str,
    reference: tuple[str, str],
    model: RaceModel,
    seed: int,
    *,
    judge_calls: bool,
) -> AutopsyReport:
    kind, other = reference
    books = Books(weekend, model, code, seed)
    own = books.ledger(code)
    quickest = ""
    if other == "ideal":
        if not model.laps.racing.any():
            raise NotEnoughLaps(
                f"nobody raced a lap of the {weekend.year} {weekend.event} that was not neutralised, "
                "so there is no ideal race; choose another reference."
            )
        theirs, _, quickest = ideal_ledger(books, winner(weekend, exclude=""))
    else:
        theirs = books.ledger(other)
    n = min(len(own.rows), len(theirs.rows))
    blame = compare(by_category(books, own), by_category(books, theirs), n)
    against = "the ideal race" if other == "ideal" else other
    order = decider(books, code, other, n) if other != "ideal" else None
    calls, unjudged = strategy_calls(weekend, books, code) if judge_calls else ([], [])
    split = pit_split(books, own, theirs, n)
    pair = Pair(own, theirs, n, against, plan_regret(books, own), order, tuple(calls), split)
    totals = {name: c.seconds for name, c in blame.categories.items()}
    found = evidence(books, pair, blame)
    positions = _positions(books, own, totals)
    report = _report(weekend, books, pair, (kind, other, quickest), blame, found, positions)
    return replace(report, quality=(*report.quality, *unjudged))


def _report(
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
    row = results.loc[[pair.own.driver]].iloc[0]
    outcome = _outcome(books, pair, row)
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
        grid=_whole(row["grid"]),
        finish=_whole(row["finish"]),
        blame=blame,
        positions=positions,
        evidence=found,
        verdict=" ".join(verdict(outcome, blame, positions, found, pair)),
        decider=pair.decider,
        calls=pair.calls,
        timeline=timeline(books, pair.own, outcome.ending),
        positions_by_lap=[_whole(p) for p in own_position],
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
        },
        pit_split=pair.split,
        ledgers={pair.own.driver: pair.own, other: pair.reference},
    )


def _outcome(books: Books, pair: Pair, row: pd.Series[Any]) -> Outcome:
    """Whether the driver saw the flag, and what the stewards made of it."""
    laps = books.laps
    last = pair.own.rows[-1]
    flag_s = laps.time_s[laps.lap == laps.lap.max()].min()
    saw_flag = laps.time_s[last] > flag_s - laps.lap_time_s[last] / 2
    classified = bool(row["classified"])
    ending = "stopped" if not saw_flag else "finished" if classified else "disqualified"
    at_flag = laps.position[last]
    return Outcome(
        driver=pair.own.driver,
        against=pair.against,
        ending=ending,
        finish=_whole(row["finish"]) if classified else None,
        on_the_road=_whole(at_flag),
        status=str(row["status"]).lower(),
        added_s=sum(p.seconds for p in books.unserved(pair.own.driver)),
        laps_raced=int((~laps.neutralised[pair.own.rows]).sum()),
        next_to_each_other=_next_to_each_other(books, pair),
    )


def _next_to_each_other(books: Books, pair: Pair) -> bool:
    """Whether nobody was between the two at the last lap both completed."""
    if pair.reference.driver not in books.laps.drivers:
        return False
    at = [
        books.laps.position[ledger.rows[pair.n_laps - 1]] for ledger in (pair.own, pair.reference)
    ]
    return bool(abs(at[0] - at[1]) == 1)


def _whole(value: object) -> int | None:
    """A place as a whole number; None when it is not known."""
    number = float(str(value))
    return int(number) if np.isfinite(number) else None


def _model_issues(model: RaceModel, pair: Pair) -> list[DataIssue]:
    out = []
    used = int(model.fit.used.sum())
    if used < _FEW_FIT_LAPS:
        action = "The lap-time model has little to go on; most terms are their priors."
        out.append(DataIssue("few_racing_laps", "race", used, action))
    action = "The laps hardly tell his own wear from his pace; his wear is close to the field's."
    out += [
        DataIssue("own_wear_unclear", ledger.driver, len(ledger.rows), action)
        for ledger in (pair.own, pair.reference)
        if ledger.driver in model.design.wear_unclear
    ]
    return out


def _positions(books: Books, own: Ledger, totals: dict[str, float]) -> dict[str, int]:
    """Places each category cost: cars passed at his last lap if it had cost nothing."""
    laps, n = books.laps, len(own.rows)
    at_flag = laps.time_s[laps.lap == n]
    others = at_flag[at_flag != laps.time_s[own.rows[-1]]]
    here = laps.time_s[own.rows[-1]]
    now = int((others < here).sum())
    return {name: now - int((others < here - s).sum()) for name, s in totals.items()}
