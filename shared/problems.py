"""Every REST error is an RFC 9457 problem: a stable type, a title, what is wrong, and the field at fault where one is."""

from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from shared.db import TRANSIENT
from shared.deciding import Refused
from shared.store import Conflict

MEDIA_TYPE = "application/problem+json"
SHOWN = 50
"""faults told of one request; a batch may have thousands"""
TITLES = {
    "not-found": "没有这条记录",
    "invalid": "请求内容有误",
    "conflict": "已被他人先行修改",
    "unauthorized": "需要有效的接口密钥",
    "forbidden": "无权进行此操作",
    "too-large": "请求内容过大",
    "not-accepted": "不收这样的内容",
    "not-installed": "没有安装这项功能",
    "unavailable": "依赖的服务暂不可用",
    "refused": "按规定不能这样办理",
    "http": "请求未能完成",
    "internal": "服务内部出错",
}


class Problem(Exception):
    """An error an API answers with. `kind` is one of TITLES; further members go into the answer."""

    def __init__(self, status: int, kind: str, detail: str, **members: Any) -> None:
        super().__init__(detail)
        self.status, self.kind, self.detail, self.members = status, kind, detail, members


def answer(problem: Problem, *, headers: dict[str, str] | None = None) -> JSONResponse:
    body = {
        "type": f"urn:minsheng:problem:{problem.kind}",
        "title": TITLES[problem.kind],
        "status": problem.status,
        "detail": problem.detail,
        **problem.members,
    }
    return JSONResponse(body, problem.status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Makes the app answer every error in this form."""

    @app.exception_handler(Problem)
    async def _problem(_: Request, problem: Problem) -> JSONResponse:
        headers = {"WWW-Authenticate": "Bearer"} if problem.status == 401 else None
        return answer(problem, headers=headers)

    @app.exception_handler(Refused)
    async def _refused(_: Request, refused: Refused) -> JSONResponse:
        return answer(Problem(409, "refused", refused.sentence, code=refused.code))

    @app.exception_handler(Conflict)
    async def _conflict(_: Request, conflict: Conflict) -> JSONResponse:
        return answer(Problem(409, "conflict", "别人刚刚改动过，请重新读取后再试", version=conflict.found))

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        faults = [
            {
                "field": ".".join(str(p) for p in e["loc"][1:]) or str(e["loc"][0]),
                "message": e["msg"].removeprefix("Value error, "),
            }
            for e in error.errors()[:SHOWN]
        ]
        detail = "; ".join(f"{f['field']}: {f['message']}" for f in faults[:5])
        return answer(Problem(422, "invalid", detail, errors=faults))

    @app.exception_handler(HTTPException)
    async def _http(request: Request, error: HTTPException) -> JSONResponse:
        return _frameworks(request, error)

    @app.exception_handler(Exception)
    async def _failed(_: Request, trouble: Exception) -> JSONResponse:
        """It is logged with its trace by who called the app; a caller is told no more than that it was not his fault."""
        return answer(Problem(500, "internal", "服务内部出错，已记入日志；请稍后重试，仍不行请联系管理员"))

    async def _unavailable(_: Request, trouble: Exception) -> JSONResponse:
        detail = "数据库暂时连不上，内容未保存，请稍后重试"
        return answer(Problem(503, "unavailable", detail, dependency="postgresql"), headers={"Retry-After": "2"})

    for kind in TRANSIENT:
        app.add_exception_handler(kind, _unavailable)


def _frameworks(request: Request, error: HTTPException) -> JSONResponse:
    """An error of FastAPI's own. It says 400 to whatever was raised while the body was read: a broken one, or ours, too large."""
    if isinstance(error.__cause__, Problem):
        return answer(error.__cause__)
    if error.status_code == 400:
        return answer(Problem(422, "invalid", "请求体读不出来：应为 UTF-8 编码的 JSON", field="body"))
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = _allowed(request) or headers["Allow"]
    kind = "not-found" if error.status_code == 404 else "http"
    return answer(Problem(error.status_code, kind, str(error.detail)), headers=headers)


def _allowed(request: Request) -> str:
    """All methods of a path: the router names those of the first route it found there. Empty for what is not documented."""
    path = getattr(request.scope.get("route"), "path_format", "")  # as the document writes it, without `:path`
    return ", ".join(sorted(method.upper() for method in request.app.openapi()["paths"].get(path, {})))
