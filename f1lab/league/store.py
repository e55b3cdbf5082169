"""The database of a league: an SQLite file or a PostgreSQL server.

Every piece of work is one transaction, tried again while somebody else is in the way and given
up after a stated patience with nothing half-done. On SQLite a write takes its lock when it
begins, so that two writers queue instead of failing halfway; the file is in write-ahead mode, so
readers never wait.
"""

from __future__ import annotations

import json
import os
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, DisconnectionError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool
from tenacity import (
    RetryError,
    Retrying,
    retry_if_exception,
    stop_after_delay,
    wait_random_exponential,
)

from f1lab.league.errors import LeagueError, LeagueUnavailable
from f1lab.league.tables import SCHEMA_VERSION, Base, LeagueSchema
from f1lab.settings import settings

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["PATIENCE_S", "Store"]

#: How long a transaction is tried again while others are in the way [s].
PATIENCE_S = 30.0
#: One wait for SQLite's lock; after it the transaction begins anew [s].
_SQLITE_WAIT_S = 2.0
_CONNECT_TIMEOUT_S = 10
#: Connections one process holds to a server: many processes share its hundred.
_POOL = {"pool_size": 2, "max_overflow": 3, "pool_timeout": 5.0, "pool_pre_ping": True}
#: Any number that other programs on the server do not use.
_CREATION_LOCK = 7_351_048

#: Somebody else is in the way for a moment: SQLite's messages and PostgreSQL's states.
_BUSY_MESSAGES = ("locked", "busy", "too many clients", "starting up")
_BUSY_STATES = frozenset({"40001", "40P01", "53300", "55P03", "57P03"})

#: NaN is no JSON, and PostgreSQL would refuse what SQLite takes.
_json = partial(json.dumps, allow_nan=False)
_WRITE_AHEAD = sa.text("PRAGMA journal_mode=WAL")

T = TypeVar("T")


class Store:
    """The tables of one league, opened and checked.

    Parameters
    ----------
    url : str or Path, optional
        SQLAlchemy URL of SQLite or PostgreSQL, or the path of an SQLite file; default:
        ``F1LAB_DATABASE_URL``, else ``league.sqlite`` in f1lab's data folder.
    patience_s : float
        How long work is tried again while others are in the way [s].

    Raises
    ------
    LeagueError
        If the URL names nothing usable, or the tables are another version's.
    LeagueUnavailable
        If the database does not answer.
    """

    def __init__(self, url: str | Path | None = None, patience_s: float = PATIENCE_S) -> None:
        self._url = _parsed(url)
        self._patience_s = patience_s
        self._engine = _engine(self._url, patience_s)
        self._reader = self._engine
        if self.dialect == "postgresql":
            self._reader = self._engine.execution_options(isolation_level="REPEATABLE READ")
        self._writer = self._engine.execution_options(f1lab_begin="BEGIN IMMEDIATE")
        try:
            self._check_version()
        except BaseException:
            self.close()
            raise

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engine.dialect.name

    @property
    def name(self) -> str:
        """Where it is, without the password."""
        if self.dialect == "sqlite":
            return str(self._url.database).removeprefix("file:")
        return self._url.render_as_string(hide_password=True)

    def close(self) -> None:
        """Give the connections back."""
        self._engine.dispose()

    def read(self, work: Callable[[Session], T]) -> T:
        """Return what some work reads, all from one moment."""
        return self._attempt(self._reader, work)

    def write(self, work: Callable[[Session], T]) -> T:
        """Do some work as one transaction: all of it or nothing."""
        return self._attempt(self._writer, work)

    def _attempt(self, engine: sa.Engine, work: Callable[[Session], T]) -> T:
        """Try a transaction until it goes through or patience ends."""

        def once() -> T:
            with Session(engine, expire_on_commit=False) as session, session.begin():
                return work(session)

        tries = Retrying(
            retry=retry_if_exception(_is_passing),
            stop=stop_after_delay(self._patience_s),
            wait=wait_random_exponential(multiplier=0.02, max=0.5),
        )
        try:
            return tries(once)
        except RetryError as error:
            cause = error.last_attempt.exception()
            raise LeagueUnavailable(
                f"the league {self.name} is locked: another program kept it busy for "
                f"{self._patience_s:.0f} s ({_reason(cause)}). Close that program or try again."
            ) from cause
        except DBAPIError as error:
            raise self._said(error) from error

    def _said(self, error: DBAPIError) -> LeagueError:
        """The database's complaint as a sentence."""
        why = _reason(error)
        state = getattr(error.orig, "sqlstate", None)
        if "readonly" in why or "read-only" in why:
            return LeagueUnavailable(
                f"the league {self.name} is read-only: nothing was stored. Give it write "
                "permission, or set F1LAB_DATABASE_URL to a league of your own."
            )
        if "not a database" in why or "malformed" in why:
            return LeagueError(
                f"{self.name} is not a league: {why}. Name another file; this one was not touched."
            )
        if isinstance(error, OperationalError) or state == "42501":
            return LeagueUnavailable(
                f"the league {self.name} cannot be used: {why}. "
                "Check F1LAB_DATABASE_URL and that the folder or the server is there."
            )
        return LeagueError(f"the league {self.name} refused: {why}.")

    def _check_version(self) -> None:
        """Create the tables of a new league; refuse those of another version."""
        found = self.read(_version)
        if found is None:
            if self.dialect == "sqlite":
                outside = self._engine.execution_options(f1lab_begin="")
                self._attempt(outside, lambda session: session.execute(_WRITE_AHEAD))
            found = self.write(_create)
        if found != SCHEMA_VERSION:
            raise LeagueError(
                f"the league {self.name} has tables of version {found}; this f1lab reads version "
                f"{SCHEMA_VERSION}. Export it with the f1lab that wrote it (f1lab league export) "
                "and import that file here; nothing was changed."
            )


def _version(session: Session) -> int | None:
    """Version of the tables, None where there are none yet."""
    there = set(sa.inspect(session.connection()).get_table_names())
    if LeagueSchema.__tablename__ in there:
        return session.scalar(sa.select(LeagueSchema.version))
    if there & set(Base.metadata.tables):
        raise LeagueError(
            "this database has tables of the names a league uses and is none: "
            f"{', '.join(sorted(there & set(Base.metadata.tables)))}. Name another database."
        )
    return None


def _create(session: Session) -> int | None:
    """Make the tables unless somebody else just has."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(_CREATION_LOCK)))
    found = _version(session)
    if found is None:
        Base.metadata.create_all(session.connection())
        session.add(LeagueSchema(version=SCHEMA_VERSION))
        found = SCHEMA_VERSION
    return found


def _parsed(given: str | Path | None) -> sa.URL:
    """The URL of a league, with the driver f1lab uses."""
    held = settings()
    given = given or held.database_url or held.data_dir.expanduser() / "league.sqlite"
    if isinstance(given, str) and "://" not in given:
        given = Path(given)
    try:
        url = (
            sa.make_url(given)
            if isinstance(given, str)
            else sa.URL.create("sqlite", database=str(given.expanduser().absolute()))
        )
    except (ArgumentError, ValueError) as error:
        raise LeagueError(
            "F1LAB_DATABASE_URL is no database URL; write sqlite:////path/league.sqlite or "
            "postgresql://user@host/name."
        ) from error
    backend = url.get_backend_name()
    if backend in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if backend != "sqlite":
        raise LeagueError(
            f"a league is kept in SQLite or PostgreSQL, not in {backend}: write "
            "sqlite:////path/league.sqlite or postgresql://user@host/name."
        )
    if url.database in (None, "", ":memory:"):
        raise LeagueError("a league in memory would be lost: name a file, sqlite:////path/file.")
    return url.set(drivername="sqlite")


def _engine(url: sa.URL, patience_s: float) -> sa.Engine:
    if url.drivername == "sqlite":
        if not str(url.database).startswith("file:"):
            _make_folder(Path(str(url.database)).parent)
        engine = sa.create_engine(
            url,
            json_serializer=_json,
            poolclass=NullPool,
            connect_args={"timeout": min(_SQLITE_WAIT_S, patience_s)},
        )
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    try:
        engine = sa.create_engine(
            url,
            json_serializer=_json,
            connect_args={"connect_timeout": _CONNECT_TIMEOUT_S},
            **_POOL,
        )
    except ModuleNotFoundError as error:
        raise LeagueError(
            "a league on PostgreSQL needs psycopg: pip install 'f1lab[postgres]'."
        ) from error
    event.listen(engine, "connect", _note_process)
    event.listen(engine, "checkout", _refuse_other_process)
    return engine


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise LeagueUnavailable(
            f"the folder {folder} of the league cannot be made: {error.strerror}. Set "
            "F1LAB_DATA_DIR to a folder you can write to."
        ) from error


def _set_up_sqlite(connection: Any, _record: object) -> None:  # noqa: ANN401  (any driver's)
    """Leave transactions to us, and hold SQLite to its foreign keys."""
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys=ON")
    connection.execute("PRAGMA synchronous=NORMAL")


def _begin_sqlite(connection: sa.Connection) -> None:
    """Begin as the work needs it: a write takes the lock at once."""
    statement = connection.get_execution_options().get("f1lab_begin", "BEGIN")
    if statement:
        connection.exec_driver_sql(statement)


def _note_process(_connection: object, record: Any) -> None:  # noqa: ANN401  (SQLAlchemy's own)
    record.info["process"] = os.getpid()


def _refuse_other_process(_connection: object, record: Any, proxy: Any) -> None:  # noqa: ANN401
    """A forked process gets a connection of its own instead of its parent's."""
    if record.info["process"] != os.getpid():
        record.dbapi_connection = proxy.dbapi_connection = None
        raise DisconnectionError("this connection belongs to the parent process")


def _is_passing(error: BaseException) -> bool:
    """Whether it may work in a moment."""
    if isinstance(error, PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    if getattr(error.orig, "sqlstate", None) in _BUSY_STATES:
        return True
    return isinstance(error, OperationalError) and any(
        word in _reason(error) for word in _BUSY_MESSAGES
    )


def _reason(error: BaseException | None) -> str:
    """First line of what the database said."""
    told = str(getattr(error, "orig", error)).strip()
    return told.splitlines()[0].rstrip(".") if told else type(error).__name__
