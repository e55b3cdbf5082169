"""How good the forecasts are, on races the fit has not seen."""

from __future__ import annotations

from f1lab.backtest.dates import FutureData
from f1lab.backtest.examine import PROTOCOLS, backtest
from f1lab.backtest.report import BacktestReport
from f1lab.backtest.seasons import load_seasons, parse_seasons

__all__ = [
    "PROTOCOLS",
    "BacktestReport",
    "FutureData",
    "backtest",
    "load_seasons",
    "parse_seasons",
]
