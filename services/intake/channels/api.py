"""The doors the chat systems call at. No key opens them: the signature does, which each channel's adapter checks.

A call is verified, its messages are stored durably, and the chat system is answered; nobody waits for them to be read. A call
that is not taken is counted by channel and reason; the label of a channel is a configured name, never one that a caller made up.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated

import structlog
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, Counter

from services.intake.channels import Call, Heard, Reason, Refusal
from services.intake.channels.config import AnyEntry, Channels
from services.intake.channels.nonces import Nonces
from services.intake.channels.wecom import WeCom
from services.intake.media.awaiting import note
from services.intake.storing import KNOWN, Answers, store_all
from shared.access import Who
from shared.inputs import Name
from shared.problems import Problem
from shared.service import Service, service_of

log = structlog.get_logger()
Intake = Annotated[Service, Depends(service_of)]
STATUS = {Reason.UNKNOWN: (404, "not-found"), Reason.SIZE: (413, "too-large"), Reason.BODY: (422, "invalid")}
FORBIDDEN = (403, "forbidden")
_BODY = {"requestBody": {"required": True, "content": {"*/*": {"schema": {"type": "string", "format": "binary"}}}}}


def machine_time() -> datetime:
    """Signatures are about real time, whatever clock the county runs on."""
    return datetime.now(UTC)


class Doors:
    """The doors of the configured channels."""

    def __init__(self, channels: Channels, now: Callable[[], datetime] = machine_time, *, keeps_files: bool = True) -> None:
        """Files that chat systems hold are of interest only where files are kept."""
        self._channels, self._now, self._nonces, self._keeps_files = channels, now, Nonces(), keeps_files
        self._refused = Counter(
            "minsheng_channel_refused", "Calls of chat systems not taken", ["channel", "reason"], registry=None
        )

    def count_in(self, registry: CollectorRegistry) -> None:
        """Shows the counter among the service's metrics."""
        registry.register(self._refused)

    def router(self) -> APIRouter:
        """The routes under /channels."""
        router = APIRouter(prefix="/channels", tags=["channels"])

        @router.get("/wecom/{name}", response_class=PlainTextResponse)
        async def verify_wecom(request: Request, name: Name) -> Response:
            """WeCom verifies the address: the answer is what its echostr holds."""
            return await self._verify(request, name)

        @router.post("/wecom/{name}", response_class=PlainTextResponse, openapi_extra=_BODY)
        async def post_wecom(request: Request, service: Intake, name: Name) -> Response:
            """WeCom's callback of an app or a robot."""
            return await self._hear(request, service, "wecom", name)

        @router.post("/dingtalk/{name}", openapi_extra=_BODY)
        async def post_dingtalk(request: Request, service: Intake, name: Name) -> Response:
            """DingTalk's callback of a robot."""
            return await self._hear(request, service, "dingtalk", name)

        @router.post("/feishu/{name}", openapi_extra=_BODY)
        async def post_feishu(request: Request, service: Intake, name: Name) -> Response:
            """Feishu's event subscription."""
            return await self._hear(request, service, "feishu", name)

        @router.post("/webhook/{name}", status_code=202, response_model=Answers, responses=KNOWN, openapi_extra=_BODY)
        async def post_webhook(request: Request, service: Intake, name: Name) -> Response:
            """Messages in our own form, signed by the Standard Webhooks rules."""
            return await self._hear(request, service, "webhook", name)

        return router

    async def _verify(self, request: Request, name: str) -> Response:
        entry: AnyEntry | None = None
        try:
            entry = self._entry("wecom", name)
            assert isinstance(entry, WeCom)
            heard = entry.verify(Call(dict(request.headers), dict(request.query_params)), self._now())
        except Refusal as refusal:
            raise self._problem("wecom", name if entry else "", refusal) from None
        return Response(heard.answer, media_type=heard.media_type)

    async def _hear(self, request: Request, service: Service, kind: str, name: str) -> Response:
        entry: AnyEntry | None = None
        try:
            entry = self._entry(kind, name)
            call = Call(dict(request.headers), dict(request.query_params), await _body(request, entry.limit))
            heard = entry.hear(call, self._now())
            if heard.once:
                self._nonces.admit(name, heard.once, self._now())
        except Refusal as refusal:
            raise self._problem(kind, name if entry else "", refusal) from None
        return await self._stored(service, heard, name)

    async def _stored(self, service: Service, heard: Heard, name: str) -> Response:
        """Answers only when every message is on the disk: a chat system that hears nothing, or 503, calls again."""
        answers = await store_all(service, heard.messages, Who(f"channel:{name}", frozenset()), files_of_all=True)
        if heard.media and self._keeps_files:
            [message] = heard.messages
            await note(service, message, heard.media, name)
        if heard.answer is not None:
            return Response(heard.answer, media_type=heard.media_type)
        status = 200 if all(answer.duplicate for answer in answers) else 202
        return Response(Answers(results=answers).model_dump_json(), status, media_type=heard.media_type)

    def _entry(self, kind: str, name: str) -> AnyEntry:
        entry = self._channels.find(kind, name)
        if entry is None:
            raise Refusal(Reason.UNKNOWN, f"没有配置名为 {name} 的 {kind} 通道")
        return entry

    def _problem(self, kind: str, name: str, refusal: Refusal) -> Problem:
        self._refused.labels(f"{kind}/{name}", refusal.reason.value).inc()
        log.warning("channel_refused", kind=kind, channel=name, reason=refusal.reason.value)
        return Problem(*STATUS.get(refusal.reason, FORBIDDEN), refusal.sentence, reason=refusal.reason.value)


async def _body(request: Request, limit: int) -> bytes:
    """The body, read no further than it may be long."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise Refusal(Reason.SIZE, f"请求体不得超过 {limit} 字节")
    return bytes(body)
