"""A car's sets of tyres, put right by FastF1 once.

FastF1 joins what is told of each set before it makes laps of a recording, a tenth of the time that
takes. A live recording is read after every lap, and hardly anything of it is new then.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["fixed_once"]

#: As many as the cars of two sessions.
_AT_MOST = 40
_fixed: OrderedDict[str, pd.DataFrame] = OrderedDict()


def fixed_once(
    fix: Callable[[pd.DataFrame, list[pd.Timedelta]], pd.DataFrame], session: str
) -> Callable[[pd.DataFrame, list[pd.Timedelta]], pd.DataFrame]:
    """FastF1's joining, asked only for what it has not been asked lately.

    Parameters
    ----------
    fix : callable
        FastF1's own: messages on the sets of one car, and the ends of its laps into the pits, to
        one row a set. It depends on nothing else but the kind of session; the clock of a recording
        is zero at the start.
    session : str
        Name of the session, such as ``"Race"``.

    Returns
    -------
    callable
        The same function.
    """

    def fixed(sets: pd.DataFrame, stint_ends: list[pd.Timedelta]) -> pd.DataFrame:
        told = repr((session, sets.to_numpy().tolist(), stint_ends))
        if told not in _fixed:
            _fixed[told] = fix(sets, stint_ends)
            if len(_fixed) > _AT_MOST:
                _fixed.popitem(last=False)
        _fixed.move_to_end(told)
        return _fixed[told].copy()

    return fixed
