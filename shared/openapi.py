"""What a service says of itself at /openapi.json: beside each good answer, who may call, and every problem it may answer with.

Written once, from the table of access and the shape of each route, so that no route can forget a problem. A route that answers
one its shape does not tell names the status in its own `responses`.
"""

from typing import Any

from fastapi import FastAPI

from shared.access import ACCESS, Signed
from shared.problems import MEDIA_TYPE, TITLES

PROBLEM = {
    "type": "object",
    "description": "RFC 9457; further members say what they can",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "pattern": "^urn:minsheng:problem:[a-z-]+$"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
KINDS = {
    "401": "unauthorized", "403": "forbidden", "404": "not-found", "408": "http", "409": "conflict", "413": "too-large",
    "415": "not-accepted", "422": "invalid", "501": "not-installed", "503": "unavailable",
}  # fmt: skip


def install(app: FastAPI) -> None:
    """Completes the document FastAPI makes of the routes, when it is first asked for."""
    made = app.openapi

    def completed() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = made()
            components = document.setdefault("components", {})
            components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
            schemas = components.setdefault("schemas", {})
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            schemas["Problem"] = PROBLEM
            components["responses"] = {status: _response(kind) for status, kind in KINDS.items()}
            for path, methods in document["paths"].items():
                for method, operation in methods.items():
                    _complete(path, method, operation)
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = completed  # type: ignore[method-assign]


def _response(kind: str) -> dict[str, Any]:
    return {"description": TITLES[kind], "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}


def _complete(path: str, method: str, operation: dict[str, Any]) -> None:
    """Its operation id is the route's name, see `create_app`."""
    responses, access = operation["responses"], ACCESS[operation["operationId"]]
    takes = "requestBody" in operation
    problems = {"503", *(KINDS.keys() & responses.keys())} - {"422"}
    if isinstance(access, Signed):
        problems.add("403")
    else:
        problems |= {"401", "403"}
        operation["security"] = [{"key": sorted(access)}]
    if "{" in path:
        problems.add("404")
    if takes or "parameters" in operation:
        problems.add("422")
    if takes:
        problems.add("413")
    if method != "get":
        problems.add("409")
    responses.pop("422", None)
    responses.update({status: {"$ref": f"#/components/responses/{status}"} for status in sorted(problems)})
