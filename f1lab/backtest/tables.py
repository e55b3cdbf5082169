"""The tables of a backtest as texts, for the terminal and the report alike."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from f1lab.backtest.report import BacktestReport
    from f1lab.backtest.scores import Score

__all__ = ["groups", "score_table", "summary", "targets_table"]


def groups(report: BacktestReport) -> list[str]:
    """Groups of scores in the order they come."""
    return list(dict.fromkeys(score.group for score in report.scores))


def score_table(report: BacktestReport, group: str) -> pd.DataFrame:
    """One row a score of a group, figures as texts.

    Parameters
    ----------
    report : BacktestReport
    group : str

    Returns
    -------
    pandas.DataFrame
        Figure, model ± standard error from race to race, baseline, gain, all cases at once
        (model and baseline), cases.
    """
    scores = [score for score in report.scores if score.group == group]
    return pd.DataFrame(
        {
            "figure": [f"{s.name} ({s.unit})" if s.unit else s.name for s in scores],
            "model": [f"{_three(s.model)} ± {_three(s.error)}" for s in scores],
            "baseline": [f"{_three(s.reference)} ({s.baseline})" for s in scores],
            "better by": [_gain(s) for s in scores],
            "all cases": [
                f"{_three(s.pooled_model)} / {_three(s.pooled_reference)}" for s in scores
            ],
            "cases": [f"{s.cases} in {s.races}" for s in scores],
        }
    )


def targets_table(report: BacktestReport) -> pd.DataFrame:
    """What was to be reached, what was, and whether that is enough.

    Parameters
    ----------
    report : BacktestReport

    Returns
    -------
    pandas.DataFrame
    """
    rows = []
    for score in report.scores:
        if score.target is None:
            continue
        sign = "≥" if score.more_is_better or score.relative_target else "≤"
        share = score.relative_target
        reached = score.relative_gain if share else score.figure
        rows.append(
            {
                "figure": f"{score.name}, {score.group}",
                "target": f"{score.target:.0%} better" if share else f"{sign} {score.target:g}",
                "reached": f"{reached:.1%} better" if share else _three(reached),
                "": "met" if score.met else "missed",
            }
        )
    for group, tables in report.reliability.items():
        for event in tables:
            gap = report.worst_gap(group, event)
            rows.append(
                {
                    "figure": f"reliability of P({event}), {group}",
                    "target": "within 5 points",
                    "reached": "too few cases" if gap is None else f"{100 * gap:.1f} points",
                    "": "" if gap is None else "met" if report.reliable(group, event) else "missed",
                }
            )
    return pd.DataFrame(rows)


def summary(report: BacktestReport) -> str:
    """What was forecast from what, in a sentence or two."""
    known = {
        "pre-race": "from the grid, qualifying and races dated before",
        "hindsight": "with the race's own pace, stops, flags and weather",
    }[report.protocol]
    span = f", {report.first_day} to {report.last_day}" if report.first_day else ""
    text = (
        f"{len(report.test)} races{span}, forecast {known}; everything else learned from "
        f"{len(report.train)} races, {report.train[0]} to {report.train[-1]}. "
        f"{report.n} simulated races each, seed {report.seed}."
    )
    if report.left_out:
        left = "; ".join(f"{race}: {why}" for race, why in report.left_out.items())
        text += f" Left out: {left}"
    return text


def _three(value: float) -> str:
    return "–" if np.isnan(value) else f"{value:.3f}"


def _gain(score: Score) -> str:
    if np.isnan(score.gain):
        return "–"
    return f"{score.gain:+.3f} ± {_three(score.gain_error)} ({score.relative_gain:+.0%})"
