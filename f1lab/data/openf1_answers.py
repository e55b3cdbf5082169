"""OpenF1's answers, each asked for once: kept under the session they are about as they arrive."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from f1lab.data.cache import Key, cached, for_good, invalidate
from f1lab.data.events import session_names
from f1lab.data.openf1_client import FIRST_SEASON
from f1lab.data.openf1_fields import frame_of
from f1lab.data.refusals import TooMuch
from f1lab.errors import NoData, SourceError

if TYPE_CHECKING:
    from pathlib import Path

    from f1lab.data.events import EventInfo
    from f1lab.data.openf1_client import OpenF1Client

__all__ = ["OpenF1Answers", "Place", "require_season"]

#: Raise when the fields that are kept change.
_VERSION = 1
_SAME_SESSION_S = 36 * 3600.0
#: Car data that are too much at once are asked for in pieces of this length [s], from an hour
#: before the session was to start to four behind it.
_PIECE_S, _BEFORE_S, _BEHIND_S = 1800.0, 3600.0, 4 * 3600.0


@dataclass(frozen=True)
class Place:
    """Where OpenF1 keeps one session.

    Parameters
    ----------
    event : EventInfo
        The weekend.
    kind : str
        ``"R"``, ``"Q"`` …
    session_key : int
        OpenF1's number of it.
    started_s : float
        When it was to start [s since 1970].
    """

    event: EventInfo
    kind: str
    session_key: int
    started_s: float

    @property
    def named(self) -> str:
        """The session as one speaks of it."""
        return f"{self.event.called(self.kind)} of {self.event.name} {self.event.year}"


@dataclass(frozen=True)
class OpenF1Answers:
    """What OpenF1 said, and whom to ask for the rest.

    Parameters
    ----------
    client : OpenF1Client
        Asks the questions.
    offline : bool
        Answer from what was kept alone.
    cache : Path
        Our cache folder.
    refresh : bool
        Ask anew whatever was kept of sessions.
    """

    client: OpenF1Client
    offline: bool
    cache: Path
    refresh: bool = False

    def of_season(self, year: int, endpoint: str) -> pd.DataFrame:
        """Meetings or sessions of a season; of one that is over, for good.

        Parameters
        ----------
        year : int
            Season.
        endpoint : str
            ``"meetings"`` or ``"sessions"``.

        Returns
        -------
        pandas.DataFrame
            As :func:`f1lab.data.openf1_fields.frame_of` gives it.

        Raises
        ------
        NoData, SourceError
            If OpenF1 does not go back that far, or cannot be asked.
        """
        require_season(year)
        over = datetime(year + 1, 1, 1, tzinfo=UTC).timestamp()
        return self._kept(
            Key("reference", year, "all", "all", f"openf1-{endpoint}"), over, endpoint, year=year
        )

    def place(self, event: EventInfo, kind: str) -> Place:
        """Find a session by its name and day.

        Parameters
        ----------
        event : EventInfo
            The weekend, from any source.
        kind : str
            ``"R"``, ``"Q"`` …

        Returns
        -------
        Place
            Where it is.

        Raises
        ------
        NoData
            If there is no such session.
        SourceError
            If OpenF1 cannot be asked.
        """
        rows = self.of_season(event.year, "sessions")
        start = event.started_s(kind)
        away_s = (rows["date_start"] - (np.nan if start is None else start)).abs()
        named = rows["session_name"].isin(session_names(kind)) & ~rows["is_cancelled"]
        found = rows[named & (away_s < _SAME_SESSION_S)]
        if len(found) != 1:
            raise NoData(
                f"OpenF1 has no {event.called(kind)} of {event.name} {event.year}; the weekend "
                f"has {', '.join(event.sessions)}."
            )
        row = found.iloc[0]
        return Place(event, kind, int(row["session_key"]), float(row["date_start"]))

    def about(self, place: Place, endpoint: str) -> pd.DataFrame:
        """What an endpoint says of a session.

        Parameters
        ----------
        place : Place
            The session.
        endpoint : str
            E.g. ``"laps"``.

        Returns
        -------
        pandas.DataFrame
            As :func:`f1lab.data.openf1_fields.frame_of` gives it; empty when there is nothing.

        Raises
        ------
        SourceError
            If OpenF1 cannot be asked.
        """
        return self._kept(
            _key(place, endpoint), place.started_s, endpoint, session_key=place.session_key
        )

    def samples(self, place: Place, endpoint: str, number: str) -> pd.DataFrame:
        """Samples of one car over a session, in pieces where OpenF1 wants that.

        Parameters
        ----------
        place : Place
            The session.
        endpoint : str
            ``"car_data"`` or ``"location"``.
        number : str
            Number of the car.

        Returns
        -------
        pandas.DataFrame
            As :func:`f1lab.data.openf1_fields.frame_of` gives it.

        Raises
        ------
        SourceError
            If OpenF1 cannot be asked.
        """
        start, entity = place.started_s, f"{endpoint}-{number}"
        asked: dict[str, int | str] = {"session_key": place.session_key}
        asked["driver_number"] = int(number)
        try:
            return self._kept(_key(place, entity), start, endpoint, **asked)
        except TooMuch:
            edges = start + np.arange(-_BEFORE_S, _BEHIND_S + _PIECE_S, _PIECE_S)
        moments = [f"{datetime.fromtimestamp(edge, tz=UTC):%Y-%m-%dT%H:%M:%S}" for edge in edges]
        pieces = []
        for i, (begin, end) in enumerate(itertools.pairwise(moments)):
            asked |= {"date>": begin, "date<": end}
            pieces.append(self._kept(_key(place, f"{entity}-{i}"), start, endpoint, **asked))
        joined: pd.DataFrame = pd.concat(pieces).drop_duplicates("date", ignore_index=True)
        return joined

    def forget_samples(self, place: Place, endpoint: str, number: str) -> None:
        """Forget the samples of one car: they are kept as something else now.

        Parameters
        ----------
        place : Place
            The session.
        endpoint : str
            ``"car_data"`` or ``"location"``.
        number : str
            Number of the car.
        """
        key = _key(place, f"{endpoint}-{number}")
        for pattern in (str(key), f"{key}-*"):
            invalidate(pattern, folder=self.cache)

    def _kept(self, key: Key, started_s: float, endpoint: str, **query: int | str) -> pd.DataFrame:
        """An answer as it was kept, else asked for, checked and kept."""

        def asked() -> pd.DataFrame:
            if self.offline:
                what = f"{endpoint} of {key.year}"
                if key.session != "all":
                    what = f"{endpoint} of {key.event} {key.year} ({key.session})"
                raise SourceError(
                    f"our cache has no answer of OpenF1's to {what}, and offline mode is on. Go "
                    "online once (offline=False, F1LAB_OFFLINE unset)."
                )
            return frame_of(endpoint, self.client.rows(endpoint, query))

        kept: pd.DataFrame = cached(
            key,
            asked,
            schema_version=_VERSION,
            started_s=started_s,
            ttl_s=for_good(started_s),
            expire=not self.offline,
            refresh=self.refresh and not self.offline and key.session != "all",
            folder=self.cache,
        )
        return kept


def require_season(year: int) -> None:
    """Raise NoData for a season that OpenF1 does not have.

    Parameters
    ----------
    year : int
        Season.
    """
    if year < FIRST_SEASON:
        raise NoData(
            f"OpenF1 has data from {FIRST_SEASON} on, not of {year}: source='fastf1' goes back "
            "to 2018."
        )


def _key(place: Place, entity: str) -> Key:
    event = place.event
    return Key("reference", event.year, event.name, place.kind, f"openf1-{entity}")
