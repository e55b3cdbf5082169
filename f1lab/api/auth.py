"""Who is asking: the operator's token, or a signed one that names a role and ends.

The operator's token is compared in constant time and comes in as admin. Everybody else has a
token signed with the server's secret (HS256): it says who, as what, and until when, and is good
for any server with the same secret. A token comes as ``Authorization: Bearer …``,
``Authorization: token …`` or, as Jupyter takes it, ``?token=…``.
"""

from __future__ import annotations

import hmac
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import jwt
from fastapi import Depends, Security
from fastapi.security import APIKeyQuery, HTTPBearer
from starlette.requests import Request

from f1lab.api.problems import ProblemError
from f1lab.api.roles import Role
from f1lab.errors import InvalidInput

if TYPE_CHECKING:
    from f1lab.api.config import ApiConfig

__all__ = [
    "API",
    "DOCS",
    "Caller",
    "caller",
    "issue_token",
    "needs",
    "no_token",
    "operator",
    "read_token",
]

_ALGORITHM = "HS256"
#: What a token is good for: every endpoint, or the pages of the documentation.
API, DOCS = "f1lab-api", "f1lab-docs"
_LONGEST_NAME, _LONGEST_HOURS = 60, 24 * 366
_HOUR_S = 3600.0

_bearer = HTTPBearer(
    auto_error=False,
    scheme_name="token",
    description="The token the server printed, or a signed one.",
)
_query = APIKeyQuery(
    name="token",
    auto_error=False,
    scheme_name="query",
    description="The same token in the address.",
)


@dataclass(frozen=True)
class Caller:
    """Somebody who was let in.

    Parameters
    ----------
    name : str
        As the token says.
    role : Role
    """

    name: str
    role: Role


def issue_token(secret: bytes, name: str, role: Role, hours: float, purpose: str = API) -> str:
    """Sign a token.

    Parameters
    ----------
    secret : bytes
        The server's secret.
    name : str
        Who it is for; shown in the log, and whose simulations and reports are whose.
    role : Role
    hours : float
        How long it holds [h].
    purpose : str
        What it is good for.

    Returns
    -------
    str

    Raises
    ------
    InvalidInput
        A name or a time that cannot be used.

    Examples
    --------
    >>> secret = bytes(32)
    >>> read_token(secret, issue_token(secret, "ann", Role.player, hours=1.0))
    Caller(name='ann', role=<Role.player: 'player'>)
    """
    if not name.strip() or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InvalidInput(f"a name has 1 to {_LONGEST_NAME} characters; not {name[:80]!r}.")
    if not 0 < hours <= _LONGEST_HOURS:
        raise InvalidInput(f"hours={hours:g}: a token holds for up to {_LONGEST_HOURS} hours.")
    now_s = time.time()
    claims = {
        "sub": name.strip(),
        "role": role.value,
        "aud": purpose,
        "iat": int(now_s),
        "exp": int(now_s + hours * _HOUR_S),
        "jti": secrets.token_hex(8),
    }
    return jwt.encode(claims, secret, _ALGORITHM)


def read_token(secret: bytes, token: str, purpose: str = API) -> Caller | None:
    """Who a signed token lets in; None when it was not signed here, has ended, or says too little.

    Parameters
    ----------
    secret : bytes
        The server's secret.
    token : str
    purpose : str
        What it has to be good for.
    """
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            secret,
            algorithms=[_ALGORITHM],
            audience=purpose,
            options={"require": ["sub", "role", "aud", "iat", "exp"]},
        )
        return Caller(claims["sub"], Role(claims["role"]))
    except (jwt.InvalidTokenError, ValueError):
        return None


def operator(config: ApiConfig, token: str) -> Caller | None:
    """The operator, when this is the operator's own token; compared in constant time.

    Parameters
    ----------
    config : ApiConfig
    token : str
    """
    if hmac.compare_digest(token.encode(), config.token.encode()):
        return Caller("operator", Role.admin)
    return None


async def caller(
    request: Request,
    _header: Annotated[object, Security(_bearer)] = None,
    _address: Annotated[object, Security(_query)] = None,
) -> Caller:
    """Who is asking; the gate in front of every endpoint has found out.

    Parameters
    ----------
    request : Request
    """
    found = request.scope.get("f1lab.caller")
    if not isinstance(found, Caller):
        raise no_token()
    return found


def needs(role: Role) -> Any:  # noqa: ANN401  (FastAPI's own type of a dependency)
    """Let in callers of a role, or a higher one; used as a dependency of an endpoint.

    Parameters
    ----------
    role : Role
        The least role that is let in.
    """

    async def enough(found: Annotated[Caller, Depends(caller)]) -> Caller:
        if not found.role.may(role):
            raise ProblemError(
                403, f"this takes the role {role.value}; your token says {found.role.value}."
            )
        return found

    return Depends(enough)


def no_token() -> ProblemError:
    """What is said to somebody without a token that holds."""
    return ProblemError(
        401,
        "send the token the server printed, or one that has not ended: "
        "Authorization: Bearer TOKEN, or ?token=TOKEN.",
        headers={"WWW-Authenticate": 'Bearer realm="f1lab"'},
    )
