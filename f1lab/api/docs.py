"""Swagger UI without any other machine: its files come with fastapi-offline, the page is ours.

The page is opened with ``?token=…`` as Jupyter's are. A browser cannot put a header on the
requests for the files a page is made of, so the page sets a cookie that is good for the page, its
files and the document, for nothing else, and an hour.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse
from starlette.requests import Request

from f1lab.api import auth
from f1lab.api.auth import Caller, caller
from f1lab.api.problems import ProblemError
from f1lab.api.roles import Role

if TYPE_CHECKING:
    from starlette.types import Scope

    from f1lab.api.config import ApiConfig

__all__ = ["COOKIE", "DOCS", "docs_caller", "router"]

DOCS = "/api/v1/docs"
COOKIE = "f1lab-docs"
_OPENAPI = "/api/v1/openapi.json"
_HOURS = 1.0
_OWN = Path(__file__).parent / "static"
_FILES = {
    "swagger-ui-bundle.js": "text/javascript",
    "swagger-ui.css": "text/css",
    "favicon.png": "image/png",
    "docs.js": "text/javascript",
    "docs.css": "text/css",
}
#: All that the cookie opens, whole: a proxy may say that a part of an address is its own.
_ADDRESSES = frozenset({DOCS, _OPENAPI, *(f"{DOCS}/{name}" for name in _FILES)})
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
#: Relative addresses, so that the page is the same behind a proxy.
_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>f1lab REST API</title>
<link rel="icon" href="docs/favicon.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<link rel="stylesheet" href="docs/docs.css">
<div id="swagger-ui"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/docs.js"></script>
</html>
"""

router = APIRouter(include_in_schema=False)


def docs_caller(config: ApiConfig, scope: Scope, cookies: str) -> Caller | None:
    """Who the cookie of the page lets in: a reader, on the page and what it is made of.

    Parameters
    ----------
    config : ApiConfig
    scope : ASGI scope
    cookies : str
        The ``Cookie`` header.
    """
    if scope["method"] != "GET" or scope["path"] not in _ADDRESSES:
        return None
    try:
        held = SimpleCookie(cookies).get(COOKIE)
    except CookieError:
        return None
    return None if held is None else auth.read_token(config.secret, held.value, auth.DOCS)


@router.get(DOCS)
async def page(request: Request, who: Annotated[Caller, Depends(caller)]) -> HTMLResponse:
    """Swagger UI."""
    config: ApiConfig = request.app.state.config
    response = HTMLResponse(_PAGE, headers={"Content-Security-Policy": _POLICY})
    response.set_cookie(
        COOKIE,
        auth.issue_token(config.secret, who.name, Role.reader, _HOURS, auth.DOCS),
        max_age=int(_HOURS * 3600),
        path=f"{request.scope.get('root_path', '')}/api/v1",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return response


@router.get(f"{DOCS}/{{name}}", dependencies=[Depends(caller)])
async def file(name: str) -> FileResponse:
    """One of the files the page is made of."""
    if name not in _FILES:
        raise ProblemError(404, "there is nothing at this address.")
    own = _OWN / name
    place = own if own.is_file() else Path(str(files("fastapi_offline") / "static" / name))
    return FileResponse(
        place, media_type=_FILES[name], headers={"Cache-Control": "private, max-age=3600"}
    )


@router.get(_OPENAPI, dependencies=[Depends(caller)])
async def document(request: Request) -> JSONResponse:
    """The OpenAPI document, with the path in front where a proxy has one."""
    root = request.scope.get("root_path", "")
    told = request.app.openapi()
    return JSONResponse(told | {"servers": [{"url": root}]} if root else told)
