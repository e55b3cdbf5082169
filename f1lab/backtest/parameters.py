"""The parameters of the backtest's report, checked in one place."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from f1lab.backtest.examine import PROTOCOLS, backtest
from f1lab.backtest.report import BacktestReport
from f1lab.backtest.seasons import load_seasons, parse_seasons
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Callable

    from f1lab.backtest.examine import Protocol
    from f1lab.data.schema import Weekend

__all__ = ["BacktestParameters", "check_backtest_parameters"]


@dataclass(frozen=True)
class BacktestParameters:
    """What a backtest is about; made by :func:`check_backtest_parameters`."""

    train: str
    test: str
    protocol: Protocol = "pre-race"
    n: int = 2000
    seed: int = 0
    tidy: str | None = None
    fastf1_cache: str | None = None
    results: str | None = None

    def run(self, progress: Callable[[str, int, int], None] | None = None) -> BacktestReport:
        """Read the results if they are given, else load the seasons and run the backtest.

        Parameters
        ----------
        progress : callable, optional
            Called as ``progress(text, done, total)``.

        Returns
        -------
        BacktestReport

        Raises
        ------
        InvalidInput
            The results are not those of a backtest.
        F1LabError
            As :func:`f1lab.backtest.load_seasons` and :func:`f1lab.backtest.backtest` do.
        """
        if self.results is not None:
            return _read(Path(self.results))

        def load(seasons: str) -> tuple[list[Weekend], tuple[str, ...]]:
            return load_seasons(
                parse_seasons(seasons),
                tidy=self.tidy,
                fastf1_cache=self.fastf1_cache,
                progress=progress,
            )

        train, _ = load(self.train)
        test, missing = load(self.test)
        return backtest(train, test, self.protocol, self.n, self.seed, progress, missing=missing)

    def to_dict(self) -> dict[str, object]:
        """Return the parameters as papermill injects them."""
        return asdict(self)


def check_backtest_parameters(
    *,
    train: object = "2018-2021",
    test: object = "2023",
    protocol: object = "pre-race",
    n: object = 2000,
    seed: object = 0,
    tidy: object = None,
    fastf1_cache: object = None,
    results: object = None,
) -> BacktestParameters:
    """Turn injected values into typed parameters.

    Parameters
    ----------
    train, test : str or int
        Seasons, such as ``"2018-2021"``; every one of ``train`` before those of ``test``.
    protocol : {"pre-race", "hindsight"}
    n : int
        Simulated races for each real one.
    seed : int
    tidy, fastf1_cache : str, optional
        Folders the seasons are read from.
    results : str, optional
        A JSON file written by ``f1lab backtest --json``, shown instead of a new run.

    Returns
    -------
    BacktestParameters

    Raises
    ------
    InvalidInput
        A value of the wrong kind, with what is allowed.

    Examples
    --------
    >>> check_backtest_parameters(train="2018-2021", test=2023).test
    '2023'
    """
    known = [name for name in PROTOCOLS if name == protocol]
    if not known:
        raise InvalidInput(f"protocol is {' or '.join(PROTOCOLS)}; not {protocol!r}.")
    first, last = (parse_seasons(str(seasons)) for seasons in (train, test))
    if first[-1] >= last[0]:
        raise InvalidInput(
            f"train ends with {first[-1]} and test begins with {last[0]}: "
            "learn from earlier seasons than those to be forecast."
        )
    return BacktestParameters(
        train=str(train),
        test=str(test),
        protocol=known[0],
        n=_whole("n", n, least=1),
        seed=_whole("seed", seed, least=0),
        tidy=_folder("tidy", tidy),
        fastf1_cache=_folder("fastf1_cache", fastf1_cache),
        results=_folder("results", results),
    )


def _whole(name: str, value: object, least: int) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value < least:
        raise InvalidInput(f"{name} is a whole number of at least {least}; not {value!r}.")
    return value


def _folder(name: str, value: object) -> str | None:
    if value is not None and (not isinstance(value, str) or not value.strip()):
        raise InvalidInput(f"{name} is a path or nothing; not {value!r}.")
    return value


def _read(path: Path) -> BacktestReport:
    try:
        values: Any = json.loads(path.read_text(encoding="utf-8"))
        return BacktestReport.from_dict(values)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InvalidInput(
            f"{path.name} does not hold the results of a backtest ({error}); "
            "write it with f1lab backtest --json."
        ) from error
