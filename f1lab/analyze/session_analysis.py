"""A session, race or qualifying, as an engineer reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from f1lab.analyze.qualifying_analysis import QualifyingAnalysis, qualifying_analysis
from f1lab.analyze.race_analysis import RaceAnalysis, race_analysis
from f1lab.data.schema import require_weekend
from f1lab.errors import UnknownName

if TYPE_CHECKING:
    from f1lab.data.schema import Weekend

__all__ = ["QualifyingAnalysis", "RaceAnalysis", "session"]


def session(weekend: Weekend, session: str = "R") -> RaceAnalysis | QualifyingAnalysis:
    """Analyze a session of a weekend.

    Parameters
    ----------
    weekend : Weekend
        From :func:`f1lab.load` or :func:`f1lab.load_demo`.
    session : str
        ``"R"``, the race, or ``"Q"``, qualifying.

    Returns
    -------
    RaceAnalysis or QualifyingAnalysis
        What cannot be told is left out, with the reason in ``refusals``.

    Raises
    ------
    UnknownName
        No such session.
    NoData
        The weekend has no qualifying.
    InvalidInput
        If it is no weekend.

    Examples
    --------
    >>> import f1lab
    >>> found = session(f1lab.load_demo())
    >>> found.pace[0].driver, found.neutralised[0].name
    ('WEX', 'safety car')
    """
    require_weekend(weekend)
    kind = str(session).upper()
    if kind == "R":
        return race_analysis(weekend)
    if kind == "Q":
        return qualifying_analysis(weekend)
    raise UnknownName("session", str(session), ("R", "Q"))
