"""Files over REST: sent by chat adapters and officers, seen by whom the message they came with allows.

What a caller may not see answers exactly like what does not exist. Else whoever is accused could take the file he fears, and
learn by its hash whether it was handed in.
"""

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request, Response
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from services.intake.attachments import views
from services.intake.attachments.keeping import Keeping, shown_as
from services.intake.attachments.pictures import PUBLIC_TYPE, Origin
from services.intake.attachments.sniffing import ACCEPTED
from services.intake.attachments.views import File
from shared.access import Who, authorize
from shared.problems import Problem
from shared.service import Service, service_of

Intake = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
PATH = "/attachments"
FORM_BYTES = 64 * 1024
"""what a multipart form may add to the file itself"""
UPLOAD_SECONDS = 120.0
SAFE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""A browser shall show what the type says and run nothing of it; and keep no copy that outlives the file."""
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_FORM = {"schema": {"type": "object", "required": ["file"], "properties": {"file": {"type": "string", "format": "binary"}}}}
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": _BINARY, "multipart/form-data": _FORM}}}
_FILE: dict[int | str, dict[str, Any]] = {200: {"content": {"application/octet-stream": _BINARY}}}


class _InMemory(MultiPartParser):
    """No villager's picture in a temporary file: the whole body is bounded."""

    spool_max_size = 2**31


def router(keeping: Keeping) -> APIRouter:
    """The routes under /attachments."""
    routes = APIRouter(prefix=PATH, tags=["attachments"])

    @routes.post("", status_code=201, openapi_extra=_BODY)
    async def post_attachment(request: Request, service: Intake, who: Caller) -> dict[str, Any]:
        """Stores a file: the body itself, or the field `file` of a form. Sending it again answers the same."""
        async with keeping.coming_in:
            return shown_as(await keeping.keep(service, await _file(request, keeping.limit), who))

    @routes.get("/{sha256}", response_class=Response, responses=_FILE)
    async def get_attachment(service: Intake, who: Caller, sha256: Sha256) -> Response:
        """The original, as it was sent. Who was shown it is recorded."""
        file = await _visible(service, sha256, who)
        async with keeping.going_out:
            data = await keeping.original(service, file, who)
        name = f"{sha256[:16]}.{ACCEPTED[file.type]}"
        headers = {**SAFE, "Content-Disposition": f'attachment; filename="{name}"'}
        return Response(data, media_type=file.type, headers=headers)

    @routes.get("/{sha256}/public", response_class=Response, responses=_FILE)
    async def get_attachment_public(service: Intake, who: Caller, sha256: Sha256) -> Response:
        """A picture's pixels alone, smaller, without anything the camera wrote."""
        file = await _visible(service, sha256, who)
        async with keeping.going_out:
            data = await keeping.public_copy(service, file)
        return Response(data, media_type=PUBLIC_TYPE, headers={**SAFE, "Content-Disposition": "inline"})

    @routes.get("/{sha256}/origin", response_model_exclude_none=True)
    async def get_attachment_origin(service: Intake, response: Response, who: Caller, sha256: Sha256) -> Origin:
        """Where and when a picture was taken, as far as it tells. Who was shown it is recorded."""
        response.headers["Cache-Control"] = SAFE["Cache-Control"]
        return await keeping.origin(service, await _visible(service, sha256, who), who)

    return routes


async def _visible(service: Service, sha256: str, who: Who) -> File:
    file = await views.find(service, sha256)
    if file is None or not file.visible_to(who):
        raise Problem(404, "not-found", f"没有这个附件：{sha256}")
    return file


async def _file(request: Request, limit: int) -> bytes:
    """The bytes of the file sent, read no further than it may be long. Raises Problem 408, 413 and 422."""
    try:
        async with asyncio.timeout(UPLOAD_SECONDS):
            form = request.headers.get("content-type", "").lower().startswith("multipart/form-data")
            data = await _of_form(request) if form else await request.body()
    except TimeoutError:
        raise Problem(408, "http", f"上传超过 {UPLOAD_SECONDS:.0f} 秒，已放弃") from None
    if len(data) > limit:
        raise Problem(413, "too-large", f"附件不得超过 {limit} 字节", limit=limit)
    return data


async def _of_form(request: Request) -> bytes:
    try:
        form = await _InMemory(request.headers, request.stream(), max_files=1, max_fields=5, max_part_size=FORM_BYTES).parse()
    except MultiPartException as fault:
        raise Problem(422, "invalid", f"表单读不懂：{fault.message}", field="file") from None
    file = form.get("file")
    if not isinstance(file, UploadFile):
        raise Problem(422, "invalid", "表单里没有名为 file 的文件", field="file")
    return await file.read()
