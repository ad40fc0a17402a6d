"""A file may come after its message: an officer finds the picture behind a `[图片]` later, an adapter is slow to download it."""

from collections.abc import Sequence

from services.intake import domain
from services.intake.attachments import views
from services.intake.attachments.following import FOLLOWING, Add, Named, following_stream
from services.intake.domain import MESSAGE
from services.intake.storing import IncomingFile, types_of_sent
from shared.access import Who
from shared.decider import Refused
from shared.envelope import Cause
from shared.events import FORGOTTEN
from shared.events.attachments import Attached
from shared.events.intake import AttachmentsAdded, MessageReceived
from shared.problems import Problem
from shared.service import Service


async def add_sent(
    service: Service, channel: str, message_id: str, files: Sequence[IncomingFile], who: Who, by: str | None = None
) -> tuple[str, list[str]]:
    """Adds files that the caller sent before; returns the message's id, and the hashes that it did not have yet.

    Raises Problem 404 for a message that was never heard, 422 for a file the caller did not send, and Refused.
    """
    key = str(domain.message_key(channel, message_id))
    received = (await service.commands.load(MESSAGE, domain.message_stream(key)))[1].received
    if received is None:
        raise Problem(404, "not-found", f"没有收到过这条消息：{channel}/{message_id}")
    types = await types_of_sent(service, message_id, files, who)
    named = [Named(Attached(sha256=f.sha256, type=types[f.sha256], kind=f.kind), f.name) for f in files]
    return key, await add(service, received, named, who.signed(by))


async def add(
    service: Service, received: MessageReceived, files: Sequence[Named], actor: str, media: int | None = None
) -> list[str]:
    """The hashes that were new, once the views show them. Raises Refused, also when the sender was forgotten meanwhile."""
    if received.sender == FORGOTTEN:
        raise Refused("forgotten", "发送人的个人信息已依法删除，不能再给这条消息加附件")
    own = tuple(file.sha256 for file in received.attachments)
    command = Add(received.message, received.person, own, files, media)
    done = await service.commands.execute(FOLLOWING, following_stream(received.message), command, Cause(actor))
    if done.stored:
        await service.seen(views.PROJECTION, done.stored.position)
    return [f.sha256 for event in done.events if isinstance(event, AttachmentsAdded) for f in event.attachments]
