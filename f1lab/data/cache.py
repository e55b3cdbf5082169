"""Our cache: four tiers of files whose paths are their keys.

An entry lives at ``f1/{tier}/{year}/{event}/{session}/{entity}.joblib`` below the cache folder,
so a key can be read, listed, and deleted by pattern. joblib writes and reads the entries; the
rest of ``joblib.Memory`` is not used, because it names entries by a hash of the arguments, lets
eight processes compute one key eight times, and forgets everything when a comment changes in
the cached function. What it would have given is here in few lines: an explicit
``schema_version``, a time to live for each tier, one file lock for each key.

=============  ==================================  ===========================================
tier           holds                               time to live
=============  ==================================  ===========================================
``session``    repaired frames of one session      by age of the session: live (< 2 h) 5 min,
                                                   < 24 h 1 h, < 7 days 24 h, older 7 days
``computed``   fits, autopsies, comparisons        24 h for a session of this week, else ever
``response``   rendered reports, API answers       15 min unless said otherwise (5 … 60)
``reference``  schedules, drivers, circuits        7 days
=============  ==================================  ===========================================

Offline nothing expires, and an entry that has expired is still better than no answer: it is used
when the source cannot be reached. A corrupt entry is recomputed with one line in the log. On a
full disk the result is returned all the same and nothing half-written stays. Entries are
pickles: never put somebody else's cache in place of your own.
"""

from __future__ import annotations

import contextlib
import errno
import fnmatch
import hashlib
import logging
import os
import re
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args

import joblib
from filelock import FileLock, Timeout

from f1lab.errors import CacheError, F1LabError, InvalidInput, SourceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

__all__ = [
    "TIERS",
    "CacheStats",
    "Key",
    "TierStats",
    "cache_dir",
    "cached",
    "clear",
    "for_good",
    "invalidate",
    "keys",
    "peek",
    "session_ttl_s",
    "stats",
    "store",
    "warm",
]

_log = logging.getLogger(__name__)

Tier = Literal["session", "computed", "response", "reference"]
TIERS: tuple[Tier, ...] = get_args(Tier)

_MINUTE_S, _HOUR_S, _DAY_S = 60.0, 3600.0, 86400.0
_RESPONSE_S = 15 * _MINUTE_S
_REFERENCE_S = 7 * _DAY_S
_RECENT_S = 7 * _DAY_S
_LOCK_TIMEOUT_S = 900.0
_SUFFIX = ".joblib"
_FULL = (errno.ENOSPC, errno.EDQUOT)

T = TypeVar("T")


@dataclass(frozen=True)
class Key:
    """Name of one cache entry.

    Parameters
    ----------
    tier : str
        One of :data:`TIERS`.
    year : int or str
        Season.
    event : str
        Name of the event, ``"all"`` for what concerns a whole season.
    session : str
        Kind of the session, ``"all"`` for what concerns the weekend.
    entity : str
        What the entry is: source, kind of result, driver …
    """

    tier: Tier
    year: int | str
    event: str
    session: str
    entity: str

    def __post_init__(self) -> None:
        """Refuse an unknown tier."""
        if self.tier not in TIERS:
            raise InvalidInput(f"no cache tier {self.tier!r}: there are {', '.join(TIERS)}.")

    def __str__(self) -> str:
        """Return ``f1/{tier}/{year}/{event}/{session}/{entity}``."""
        parts = (self.tier, self.year, self.event, self.session, self.entity)
        return "/".join(["f1", *(_safe(str(part)) for part in parts)])


@dataclass(frozen=True)
class TierStats:
    """Size of one tier.

    Parameters
    ----------
    entries : int
        Number of entries.
    size_bytes : int
        What they take on disk [bytes].
    """

    entries: int
    size_bytes: int


@dataclass(frozen=True)
class CacheStats:
    """Size of the cache.

    Parameters
    ----------
    folder : str
        Where it is.
    tiers : dict of str to TierStats
        Size of each tier.
    """

    folder: str
    tiers: dict[str, TierStats]

    @property
    def entries(self) -> int:
        """Number of entries in all tiers."""
        return sum(tier.entries for tier in self.tiers.values())

    @property
    def size_bytes(self) -> int:
        """What all tiers take on disk [bytes]."""
        return sum(tier.size_bytes for tier in self.tiers.values())

    def to_dict(self) -> dict[str, object]:
        """Return everything as plain values, ready for JSON."""
        return {**asdict(self), "entries": self.entries, "size_bytes": self.size_bytes}


def cached(
    key: Key,
    function: Callable[[], T],
    *,
    schema_version: int,
    started_s: float | None = None,
    ttl_s: float | Callable[[float, T], float] | None = None,
    expire: bool = True,
    refresh: bool = False,
    folder: str | Path | None = None,
) -> T:
    """Return the entry of a key, computing and storing it when there is none that still holds.

    Parameters
    ----------
    key : Key
        Name of the entry.
    function : callable
        Computes the value. It must return plain frames, arrays, numbers, text or containers of
        them. It is called by one thread of one process at a time for each key.
    schema_version : int
        Raise it when the meaning or layout of the value changes; older entries are recomputed.
    started_s : float, optional
        When the session started [s since 1970], for the ``session`` and ``computed`` tiers.
    ttl_s : float or callable, optional
        Time to live [s] instead of the tier's; or what tells it from the moment an entry was
        made [s since 1970] and its value.
    expire : bool, optional
        False (offline): an entry of any age holds.
    refresh : bool, optional
        Compute anew whatever is stored.
    folder : str or Path, optional
        Cache folder; default: from the settings.

    Returns
    -------
    object
        The value.

    Raises
    ------
    CacheError
        If the cache folder cannot be used, or another process holds the key for too long.
    """
    path = _path(key, cache_dir(folder))

    def holding() -> _Entry | None:
        entry = _read(path, key, schema_version)
        if entry is None:
            return None
        alive_s = ttl_s(entry.created_s, entry.value) if callable(ttl_s) else ttl_s
        return entry if not expire or entry.age_s < _ttl_s(key, entry, alive_s) else None

    if not refresh and (entry := holding()):
        return entry.value  # type: ignore[no-any-return]
    asked_s = time.time()
    with _one_at_a_time(path, cache_dir(folder)):
        entry = holding()
        if entry and (not refresh or entry.created_s > asked_s):  # somebody else was quicker
            return entry.value  # type: ignore[no-any-return]
        try:
            value = function()
        except SourceError as error:
            old = None if refresh else _read(path, key, schema_version)
            if old is None:
                raise
            _log.warning("%s has expired, and is used because: %s", key, error)
            return old.value  # type: ignore[no-any-return]
        _write(path, key, _Entry(schema_version, time.time(), started_s, value))
    return value


def peek(
    key: Key, *, schema_version: int, expire: bool = True, folder: str | Path | None = None
) -> Any:  # noqa: ANN401
    """Return the entry of a key if it holds, else None; nothing is computed.

    Parameters
    ----------
    key : Key
        Name of the entry.
    schema_version : int
        As for :func:`cached`.
    expire : bool, optional
        False (offline): an entry of any age holds.
    folder : str or Path, optional
        Cache folder; default: from the settings.

    Returns
    -------
    object
        The value, or None.
    """
    entry = _read(_path(key, cache_dir(folder)), key, schema_version)
    holds = entry is not None and (not expire or entry.age_s < _ttl_s(key, entry, None))
    return entry.value if entry is not None and holds else None


def store(
    key: Key, value: object, *, schema_version: int, folder: str | Path | None = None
) -> None:
    """Store a value that came along with another one.

    Takes no lock, so it may be called from inside the function of :func:`cached`.

    Parameters
    ----------
    key : Key
        Name of the entry.
    value : object
        What is stored.
    schema_version : int
        As for :func:`cached`.
    folder : str or Path, optional
        Cache folder; default: from the settings.
    """
    entry = _Entry(schema_version, time.time(), None, value)
    _write(_path(key, cache_dir(folder)), key, entry)


def session_ttl_s(age_s: float) -> float:
    """Return how long a session of some age may be answered from the cache.

    Parameters
    ----------
    age_s : float
        Time since the session started [s]; negative before it.

    Returns
    -------
    float
        Time to live [s].

    Examples
    --------
    >>> session_ttl_s(600.0)
    300.0
    """
    if age_s < 2 * _HOUR_S:
        return 5 * _MINUTE_S
    if age_s < _DAY_S:
        return _HOUR_S
    return _DAY_S if age_s < _RECENT_S else 7 * _DAY_S


def for_good(started_s: float | None) -> Callable[[float, Any], float]:
    """Return the time to live of answers about a session that are never asked for again.

    Parameters
    ----------
    started_s : float or None
        When the session started [s since 1970].

    Returns
    -------
    callable
        For :func:`cached`: what was had a week after the session, or later, holds for ever,
        unless it is empty (it may be filled in yet); the rest as :func:`session_ttl_s` says.
    """

    def alive_s(made_s: float, value: Any) -> float:  # noqa: ANN401  (whatever is cached)
        start = made_s - _RECENT_S if started_s is None else started_s
        if made_s - start >= _RECENT_S and len(value):
            return float("inf")
        return session_ttl_s(time.time() - start)

    return alive_s


def cache_dir(folder: str | Path | None = None) -> Path:
    """Return the cache folder: as given, else from the settings.

    Parameters
    ----------
    folder : str or Path, optional
        A folder that wins over the settings.

    Returns
    -------
    Path
        The folder; it may not exist yet.
    """
    if folder is not None:
        return Path(folder).expanduser()
    from f1lab.settings import settings  # noqa: PLC0415  (pydantic only when asked)

    return settings().cache_dir.expanduser()


def keys(pattern: str = "*", *, folder: str | Path | None = None) -> list[str]:
    """List the keys that match a pattern.

    Parameters
    ----------
    pattern : str, optional
        Shell pattern over whole keys, case ignored, e.g. ``"f1/session/2023/*"`` or
        ``"*/Monaco*"``. Blanks match the underscores of a key.
    folder : str or Path, optional
        Cache folder; default: from the settings.

    Returns
    -------
    list of str
        Matching keys, sorted.
    """
    root = cache_dir(folder)
    wanted = pattern.casefold().replace(" ", "_")
    found = (path.relative_to(root).as_posix().removesuffix(_SUFFIX) for path in _entries(root))
    return sorted(key for key in found if fnmatch.fnmatchcase(key.casefold(), wanted))


def stats(*, folder: str | Path | None = None) -> CacheStats:
    """Return how many entries each tier has and what they take.

    Parameters
    ----------
    folder : str or Path, optional
        Cache folder; default: from the settings.

    Returns
    -------
    CacheStats
        The sizes.
    """
    root = cache_dir(folder)
    tiers: dict[str, TierStats] = {}
    for tier in TIERS:
        sizes = [_size(path) for path in _entries(root, tier)]
        tiers[tier] = TierStats(entries=len(sizes), size_bytes=sum(sizes))
    return CacheStats(folder=str(root), tiers=tiers)


def clear(tier: str | None = None, *, folder: str | Path | None = None) -> int:
    """Delete the entries of one tier, or all.

    Parameters
    ----------
    tier : str, optional
        One of :data:`TIERS`; None deletes every entry. FastF1's own cache is never touched.
    folder : str or Path, optional
        Cache folder; default: from the settings.

    Returns
    -------
    int
        Number of entries deleted.

    Raises
    ------
    InvalidInput
        If there is no such tier.
    CacheError
        If an entry cannot be deleted.
    """
    if tier is not None and tier not in TIERS:
        raise InvalidInput(f"no cache tier {tier!r}: there are {', '.join(TIERS)}.")
    return _delete(list(_entries(cache_dir(folder), tier)))


def invalidate(pattern: str, *, folder: str | Path | None = None) -> int:
    """Delete the entries whose key matches a pattern.

    Parameters
    ----------
    pattern : str
        As for :func:`keys`.
    folder : str or Path, optional
        Cache folder; default: from the settings.

    Returns
    -------
    int
        Number of entries deleted.

    Raises
    ------
    CacheError
        If an entry cannot be deleted.
    """
    root = cache_dir(folder)
    return _delete([root / f"{key}{_SUFFIX}" for key in keys(pattern, folder=folder)])


def warm(weekends: Iterable[tuple[int, str | int]], **options: Any) -> dict[str, str]:  # noqa: ANN401
    """Load weekends one after the other so that they are in the cache.

    Parameters
    ----------
    weekends : iterable of (int, str or int)
        Year and event (or round) of each.
    **options
        Passed on to :func:`f1lab.data.source.load`.

    Returns
    -------
    dict of str to str
        For each weekend ``"loaded"`` or the reason why not. A weekend that cannot be loaded does
        not stop the others, unless the source says that no more requests are allowed.
    """
    from f1lab.data.source import RateLimited, load  # noqa: PLC0415  (it stands on this module)

    done: dict[str, str] = {}
    for year, event in weekends:
        try:
            load(year, event, **options)
            done[f"{year} {event}"] = "loaded"
        except RateLimited as error:
            done[f"{year} {event}"] = str(error)
            break
        except F1LabError as error:
            done[f"{year} {event}"] = str(error)
    return done


@dataclass(frozen=True)
class _Entry:
    schema_version: int
    created_s: float
    started_s: float | None
    value: Any

    @property
    def age_s(self) -> float:
        return time.time() - self.created_s


def _ttl_s(key: Key, entry: _Entry, given: float | None) -> float:
    """Time to live of an entry [s]."""
    if given is not None:
        return given
    age_s = time.time() - entry.started_s if entry.started_s is not None else float("inf")
    if key.tier == "session":
        return session_ttl_s(age_s)
    if key.tier == "computed":
        return _DAY_S if age_s < _RECENT_S else float("inf")
    return _RESPONSE_S if key.tier == "response" else _REFERENCE_S


def _safe(part: str) -> str:
    """Part of a key as a file name: no separators, no blanks, never empty or dots."""
    name = re.sub(r"[\\/:*?\"<>|\s\x00-\x1f]+", "_", part.strip())
    return name if name.strip(".") else "_"


def _path(key: Key, root: Path) -> Path:
    return root / f"{key}{_SUFFIX}"


def _entries(root: Path, tier: str | None = None) -> Iterator[Path]:
    folder = root / "f1" / tier if tier else root / "f1"
    return folder.rglob(f"*{_SUFFIX}")


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _delete(paths: list[Path]) -> int:
    for path in paths:
        try:
            path.unlink(missing_ok=True)
        except OSError as error:
            raise CacheError(f"cannot delete {path}: {error.strerror}.") from error
    return len(paths)


def _read(path: Path, key: Key, schema_version: int) -> _Entry | None:
    """Entry at a path; None when there is none, it is of another version, or corrupt."""
    try:
        entry = joblib.load(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except Exception as error:  # noqa: BLE001  (a damaged pickle may raise anything)
        _drop(path, key, type(error).__name__)
        return None
    if not isinstance(entry, _Entry):
        _drop(path, key, "not an entry")
        return None
    return entry if entry.schema_version == schema_version else None


def _drop(path: Path, key: Key, why: str) -> None:
    _log.warning("cache entry %s is corrupt (%s) and will be computed anew", key, why)
    with contextlib.suppress(OSError):
        path.unlink()


def _write(path: Path, key: Key, entry: _Entry) -> None:
    """Store an entry in one step; a disk that takes no more is no reason to fail."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}-{threading.get_ident()}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        joblib.dump(entry, temporary)
        temporary.replace(path)
    except OSError as error:
        _log.warning("cache entry %s was not stored: %s", key, error.strerror or error)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _one_at_a_time(path: Path, root: Path) -> Iterator[None]:
    """Hold the file lock of one key."""
    name = hashlib.sha1(path.as_posix().encode(), usedforsecurity=False).hexdigest()
    lock = FileLock(root / "locks" / f"{name}.lock", timeout=_LOCK_TIMEOUT_S)
    try:
        (root / "locks").mkdir(parents=True, exist_ok=True)
        lock.acquire()
    except Timeout as error:
        raise CacheError(
            f"another process has held {lock.lock_file} for {_LOCK_TIMEOUT_S / 60:.0f} minutes; "
            "end it, or delete the file if there is none."
        ) from error
    except OSError as error:
        if error.errno not in _FULL:
            raise CacheError(
                f"the cache folder {root} cannot be written: {error.strerror}. "
                "Set F1LAB_CACHE_DIR to a folder that can."
            ) from error
        yield  # a full disk: go on without a lock, storing will say so
        return
    try:
        yield
    finally:
        lock.release()
