"""What a chat system holds of a message is noted before its call is answered. Called again, it is noted once."""

from collections.abc import Sequence

import orjson

from services.intake import domain
from services.intake.attachments.following import ATTACHMENTS, FOLLOWING, following_stream
from services.intake.channels import Media, Ref
from services.intake.storing import Incoming
from shared.envelope import Cause
from shared.events.intake import MediaAwaited
from shared.service import Service


async def note(service: Service, message: Incoming, media: Sequence[Media], door: str) -> None:
    """After its message is stored: a crash between the two is healed by the call that then comes again."""
    held, key = media[:ATTACHMENTS], str(domain.message_key(message.channel, message.message_id))
    awaited = MediaAwaited(
        message=key,
        person=domain.person_key(message.channel, message.sender),
        door=door,
        kinds=tuple(one.kind for one in held),
        media=orjson.dumps([{"ref": one.ref, "name": one.name} for one in held]).decode(),
    )
    await service.commands.execute(FOLLOWING, following_stream(key), awaited, Cause(f"channel:{door}"))


def noted(media: str, ordinal: int) -> tuple[Ref, str | None]:
    """How to ask for the file at this place, and its name. Raises ValueError for what is forgotten."""
    one = orjson.loads(media)[ordinal]
    return one["ref"], one["name"]
