"""The OpenAPI document: every endpoint says which problems it may answer with."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from fastapi.openapi.utils import get_openapi

from f1lab.api.problems import PROBLEM_JSON, Problem

if TYPE_CHECKING:
    from fastapi import FastAPI

__all__ = ["install"]

#: Status, what it means, for which endpoints.
_ANY = {
    401: "No token, or one that does not hold.",
    403: "The token's role is not enough.",
    404: "There is no such thing; the sentence names what there is.",
    413: "The request is too large.",
    422: "A value that cannot be used, or data that cannot carry the answer.",
    429: "Too many requests; Retry-After says when to come back.",
    500: "Something went wrong inside.",
    503: "A source cannot answer, or too much is being worked on; Retry-After says when.",
    504: "It took too long and was stopped.",
}
_OPEN = (429, 500)
_NO_JSON = "The body cannot be read."
_PROBLEM = {"schema": {"$ref": "#/components/schemas/Problem"}}
_REFERENCE = "#/components/schemas/{model}"


def install(app: FastAPI) -> None:
    """Let an application describe itself so.

    Parameters
    ----------
    app : FastAPI
    """

    def openapi() -> dict[str, Any]:
        if not app.openapi_schema:
            app.openapi_schema = _document(app)
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # the way FastAPI asks for it


def _document(app: FastAPI) -> dict[str, Any]:
    told = get_openapi(
        title=app.title,
        version=app.version,
        description=app.description,
        routes=app.routes,
        tags=app.openapi_tags,
    )
    schemas = told.setdefault("components", {}).setdefault("schemas", {})
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    own = Problem.model_json_schema(ref_template=_REFERENCE)
    schemas.update(own.pop("$defs", {}))
    schemas["Problem"] = own
    for methods in told["paths"].values():
        for operation in methods.values():
            _use_sentence(operation)
            _add_problems(operation)
    return told


def _use_sentence(operation: dict[str, Any]) -> None:
    """Say in the list of endpoints what each does, where FastAPI puts its function's name."""
    first, _, more = operation["description"].partition("\n")
    operation["summary"] = first.removesuffix(".").replace("`", "")
    if not more.strip():
        del operation["description"]


def _add_problems(operation: dict[str, Any]) -> None:
    answers = operation["responses"]
    open_to_all = not operation.get("security")
    for status, meaning in _ANY.items():
        if not open_to_all or status in _OPEN:
            answers.setdefault(str(status), {"description": meaning})
    if "requestBody" in operation:
        answers.setdefault("400", {"description": _NO_JSON})
    if open_to_all:
        answers.pop("422", None)
    for status, told in answers.items():
        if status.startswith(("4", "5")):
            told["content"] = {PROBLEM_JSON: _PROBLEM}
            if told["description"] == "Validation Error":
                told["description"] = _ANY[422]
        if status in ("429", "503"):
            told["headers"] = {
                "Retry-After": {"description": "Seconds to wait.", "schema": {"type": "integer"}}
            }
