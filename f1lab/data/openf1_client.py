"""One question to OpenF1's REST API, asked politely.

Historical data need no account. Without one OpenF1 allows 3 requests a second and 30 a minute; all
processes that share a cache folder share them, because each writes into one small file when it
will ask. When OpenF1 says "too many" (429), stumbles (5xx, 408), is slow or hangs up half-way, the
question is put again, later each time, and never before the moment OpenF1 named
(``Retry-After``). Whatever is wrong for good is said in one sentence, and not asked again.

An empty answer is ``404`` with "No results found" there; another ``404`` is an endpoint that
is not there.
"""

from __future__ import annotations

import json
import math
import random
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from filelock import FileLock

from f1lab.data.refusals import NotServed, RateLimited, TooMuch
from f1lab.errors import CacheError, SourceError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx
    from tenacity import RetryCallState

__all__ = ["FIRST_SEASON", "OpenF1Client"]

#: OpenF1 has data from this season on.
FIRST_SEASON = 2023

_MINUTE_S = 60.0
_SECONDS_SHARE = 10  # a tenth of the requests of a minute are allowed in a second
_TIMEOUT_S, _CONNECT_TIMEOUT_S = 30.0, 5.0
_ATTEMPTS, _ATTEMPTS_TO_CONNECT = 5, 2
_FIRST_WAIT_S, _LONGEST_WAIT_S = 1.0, 30.0
#: Who is told to wait longer than this gives up, and goes on another time.
_PATIENCE_S = 120.0
_AGAIN = frozenset({408, 429, 500, 502, 503, 504})
_NOTHING = "no results found"


class _Passing(Exception):
    """A fault that may be gone the next time."""

    def __init__(self, why: str, wait_s: float = 0.0, *, limited: bool = False) -> None:
        super().__init__(why)
        self.wait_s, self.limited = wait_s, limited


class _NoConnection(_Passing):
    """Nobody answered at all."""


@dataclass(frozen=True)
class OpenF1Client:
    """OpenF1 at one address.

    Parameters
    ----------
    url : str
        Address of the API, e.g. ``"https://api.openf1.org/v1"``.
    folder : Path
        Cache folder; processes that share it share the allowance.
    per_minute : int
        Requests allowed in a minute; a tenth of them in a second.
    """

    url: str
    folder: Path
    per_minute: int = 30

    def rows(self, endpoint: str, query: Mapping[str, int | str]) -> list[dict[str, Any]]:
        """Ask one endpoint, again if need be.

        Parameters
        ----------
        endpoint : str
            E.g. ``"laps"``.
        query : mapping
            Filters. A name may end in an operator of OpenF1's: ``{"date>": "2023-09-03T13:00:00"}``
            asks for ``date>=2023-09-03T13:00:00``.

        Returns
        -------
        list of dict
            The rows; none when nothing fits.

        Raises
        ------
        NotServed
            If OpenF1 does not serve it; :class:`TooMuch` when less at once might be.
        RateLimited
            If OpenF1 allows no more requests for a while.
        SourceError
            If it does not answer, or nothing that can be read.
        """
        import tenacity  # noqa: PLC0415  (only when the network is asked)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(_Passing),
            stop=_enough,
            wait=_pause_s,
            sleep=time.sleep,
            reraise=True,
        )
        try:
            found: list[dict[str, Any]] = retrying(self._once, endpoint, query)
        except _Passing as error:
            kind = RateLimited if error.limited else SourceError
            raise kind(
                f"OpenF1 ({self.url}) did not give {endpoint}: {error}. What came before is kept: "
                "the same call, later, goes on from there."
            ) from error
        return found

    def _once(self, endpoint: str, query: Mapping[str, int | str]) -> list[dict[str, Any]]:
        import httpx  # noqa: PLC0415  (only when the network is asked)

        self._take_turn()
        try:
            answer = httpx.get(
                f"{self.url.rstrip('/')}/{endpoint}",
                params=dict(query),
                headers={"User-Agent": "f1lab", "Accept": "application/json"},
                timeout=httpx.Timeout(_TIMEOUT_S, connect=_CONNECT_TIMEOUT_S),
                follow_redirects=True,
            )
        except (httpx.ConnectError, httpx.ConnectTimeout) as error:
            raise _NoConnection(f"no connection ({error})") from error
        except httpx.TimeoutException as error:
            raise _Passing(f"no answer within {_TIMEOUT_S:.0f} s") from error
        except httpx.TransportError as error:
            raise _Passing(f"the connection broke off ({error})") from error
        except httpx.InvalidURL as error:
            raise SourceError(f"F1LAB_OPENF1_URL is no address: {error}.") from error
        return self._read(endpoint, answer)

    def _read(self, endpoint: str, answer: httpx.Response) -> list[dict[str, Any]]:
        """Rows of an answer, or what is wrong with it."""
        status = answer.status_code
        if status in _AGAIN:
            raise self._passing(answer)
        told = _content(answer)
        said = str(told.get("detail", "")) if isinstance(told, dict) else ""
        if said.casefold().startswith(_NOTHING):
            return []
        if status == HTTPStatus.OK:
            if isinstance(told, list) and all(isinstance(row, dict) for row in told):
                return told
            raise NotServed(
                f"OpenF1's {endpoint} changed: a list of rows is expected, not {said or told!r:.60}."
            )
        if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
            raise SourceError(
                f"OpenF1 answers {status} for {endpoint}: while a session is on it serves only "
                "paying accounts. When it is over everything is free again."
            )
        if status in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.REQUEST_ENTITY_TOO_LARGE}:
            raise TooMuch(f"OpenF1 refuses {endpoint} as too much at once ({status}: {said}).")
        if status == HTTPStatus.NOT_FOUND:
            raise NotServed(f"OpenF1 ({self.url}) has no endpoint {endpoint} (404).")
        raise NotServed(f"OpenF1 answers {status} for {endpoint}: {said or 'no reason given'}.")

    def _passing(self, answer: httpx.Response) -> _Passing:
        """What to make of an answer that may be another one later."""
        status = answer.status_code
        wait_s = _retry_after_s(answer.headers.get("Retry-After", ""))
        if status != HTTPStatus.TOO_MANY_REQUESTS:
            return _Passing(f"it answers {status}", wait_s)
        self._hold_back(wait_s or _LONGEST_WAIT_S / self.per_minute)
        when = f" for {wait_s:.0f} s" if wait_s else ""
        return _Passing(f"it allows no more requests{when} (429)", wait_s, limited=True)

    def _take_turn(self) -> None:
        """Wait until this process may ask, and tell the others when that is."""
        with self._turns() as turns:
            now = time.time()
            asked = [then for then in turns["asked"] if then > now - _MINUTE_S]
            second = max(1, self.per_minute // _SECONDS_SHARE)
            mine = max(now, turns["not_before"])
            if len(asked) >= second:
                mine = max(mine, asked[-second] + 1.0)
            if len(asked) >= self.per_minute:
                mine = max(mine, asked[-self.per_minute] + _MINUTE_S)
            turns["asked"] = [*asked, mine]
        if mine - now > _PATIENCE_S:
            raise _Passing("it allows no more requests for now", mine - now, limited=True)
        time.sleep(max(0.0, mine - now))

    def _hold_back(self, wait_s: float) -> None:
        """Nobody asks before OpenF1 said so."""
        with self._turns() as turns:
            turns["not_before"] = max(turns["not_before"], time.time() + wait_s)

    def _turns(self) -> _Turns:
        return _Turns(self.folder / "locks")


class _Turns:
    """When each process asks [s since 1970], in a file that one of them changes at a time."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.file = folder, folder / "openf1-turns.json"

    def __enter__(self) -> dict[str, Any]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            self.lock = FileLock(self.folder / "openf1-turns.lock")
            self.lock.acquire()
        except OSError as error:
            raise CacheError(
                f"the folder {self.folder} cannot be written: {error.strerror}. "
                "Set F1LAB_CACHE_DIR to a folder that can."
            ) from error
        try:
            told = json.loads(self.file.read_text(encoding="utf-8"))
            self.turns = {"asked": sorted(told["asked"]), "not_before": float(told["not_before"])}
        except (OSError, ValueError, KeyError, TypeError):  # none yet, or a damaged file
            self.turns = {"asked": [], "not_before": 0.0}
        return self.turns

    def __exit__(self, *_: object) -> None:
        try:
            self.file.write_text(json.dumps(self.turns), encoding="utf-8")
        finally:
            self.lock.release()


def _content(answer: httpx.Response) -> Any:  # noqa: ANN401
    """JSON of an answer; what is cut off is a passing fault."""
    try:
        return answer.json()
    except ValueError as error:
        if answer.status_code != HTTPStatus.OK:
            return {}
        raise _Passing("its answer is cut off or no JSON") from error


def _enough(state: RetryCallState) -> bool:
    """Whether to give up: after five attempts, two without any connection, or a long ban."""
    error = None if state.outcome is None else state.outcome.exception()
    if isinstance(error, _Passing) and error.wait_s > _PATIENCE_S:
        return True
    most = _ATTEMPTS_TO_CONNECT if isinstance(error, _NoConnection) else _ATTEMPTS
    return state.attempt_number >= most


def _pause_s(state: RetryCallState) -> float:
    """Pause before the next attempt [s]: as OpenF1 said, else twice as long each time."""
    error = None if state.outcome is None else state.outcome.exception()
    told_s = error.wait_s if isinstance(error, _Passing) else 0.0
    own_s = _FIRST_WAIT_S * 2.0 ** (state.attempt_number - 1) * random.uniform(0.8, 1.2)  # noqa: S311
    return told_s or min(own_s, _LONGEST_WAIT_S)


def _retry_after_s(told: str) -> float:
    """Seconds of a ``Retry-After`` header: a number or a date; 0 when there is none."""
    try:
        seconds = float(told)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(told) - datetime.now(tz=UTC)).total_seconds()
        except (ValueError, TypeError):
            return 0.0
    return max(0.0, seconds) if math.isfinite(seconds) else 0.0
