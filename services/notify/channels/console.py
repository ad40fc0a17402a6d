"""The console channel: a reply is written to the service's log, for a machine with no chat connected."""

import structlog

from services.notify.channels import Message

log = structlog.get_logger()


class Console:
    """Shows that a reply was said, where, and to whom; its words are in GET /replies, not in a log."""

    limit_bytes = 1_000_000
    keyed = True

    async def send(self, message: Message) -> bool:
        for reply in message.replies:
            log.info(
                "reply", reply=reply["reply"], group=reply["group"], audience=reply["audience"], template=reply["template"]
            )
        return True

    async def close(self) -> None:
        return None
