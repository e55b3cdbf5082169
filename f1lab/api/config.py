"""What the operator of an API decides."""

from __future__ import annotations

import ipaddress
import os
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from f1lab.api.roles import Role
from f1lab.errors import InvalidInput, whole_number
from f1lab.settings import Settings, settings

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ApiConfig"]

_LEAST_TOKEN, _LEAST_SECRET = 8, 32
#: What only the server needs to know.
_SECRET_VARIABLES = ("F1LAB_TOKEN", "F1LAB_API_SECRET")


def _own_environment() -> dict[str, str]:
    """The settings in the environment, for the processes that work for the server."""
    return {
        name: value
        for name, value in os.environ.items()
        if name.startswith("F1LAB_") and name not in _SECRET_VARIABLES
    }


@dataclass(frozen=True, kw_only=True)
class ApiConfig:
    """Settings of one API.

    Parameters
    ----------
    token : str
        What the operator says to come in as admin; made up when left out.
    secret : bytes
        Key that signs the tokens of everybody else, 32 bytes or more; one for this run when left
        out.
    cors : tuple of str
        Origins, such as ``"https://pitwall.example"``, whose pages may ask from a browser.
    workers : int
        Processes that do the work.
    waiting : int
        Requests that may wait for a worker; the next one is told to come back.
    work_s : float
        Longest time one request may take [s], waiting included.
    body_bytes : int
        Largest body of a request [bytes].
    per_minute : int
        Requests of one client a minute.
    wrong_per_minute : int
        Tokens that do not hold, of one address a minute.
    reports_for : Role
        The least role that may have reports written.
    reports_at_once : int
        Reports written at the same time.
    behind_jupyter : bool
        Requests come from a proxy that knows the path in front.
    settings : Settings
        As they hold when the server is made; later changes do not matter.
    environment : mapping
        The same for its processes.

    Raises
    ------
    InvalidInput
        A value that cannot be used.
    """

    token: str = field(default_factory=lambda: secrets.token_urlsafe(24), repr=False)
    secret: bytes = field(default_factory=lambda: secrets.token_bytes(32), repr=False)
    cors: tuple[str, ...] = ()
    workers: int = 2
    waiting: int = 32
    work_s: float = 120.0
    body_bytes: int = 1_000_000
    per_minute: int = 600
    wrong_per_minute: int = 20
    reports_for: Role = Role.reporter
    reports_at_once: int = 1
    behind_jupyter: bool = False
    settings: Settings = field(default_factory=settings, repr=False)
    environment: Mapping[str, str] = field(default_factory=_own_environment, repr=False)

    def __post_init__(self) -> None:
        """Refuse what cannot be used."""
        if len(self.token) < _LEAST_TOKEN or not (
            self.token.isascii() and self.token.isprintable()
        ):
            raise InvalidInput(
                f"a token has {_LEAST_TOKEN} plain characters or more; leave it out to get one made up."
            )
        if len(self.secret) < _LEAST_SECRET:
            raise InvalidInput(f"the secret that signs tokens has {_LEAST_SECRET} bytes or more.")
        for name in (
            "workers",
            "waiting",
            "body_bytes",
            "per_minute",
            "wrong_per_minute",
            "reports_at_once",
        ):
            whole_number(name, getattr(self, name), least=1)
        if not self.work_s > 0:
            raise InvalidInput(f"work_s={self.work_s!r}: give a time in seconds above 0.")
        for origin in self.cors:
            _require_origin(origin)


def _require_origin(origin: str) -> None:
    """Refuse what a browser would never send as an origin, the wildcard among it."""
    parts = urlsplit(origin)
    named = parts.scheme in ("http", "https") and parts.netloc
    if not named or origin != f"{parts.scheme}://{parts.netloc}":
        raise InvalidInput(
            f"an origin is scheme and host such as https://pitwall.example; not {origin!r}."
        )


def is_loopback(host: str) -> bool:
    """Whether an address can be reached from this machine only."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
