"""The console channel: a reply is written to the service's log, for a machine with no chat connected."""

from typing import Any

import structlog

log = structlog.get_logger()


class Console:
    """Shows that a reply was said, where, and to whom; its words are in GET /replies, not in a log."""

    name = "console"

    async def send(self, reply: dict[str, Any]) -> None:
        log.info("reply", reply=reply["reply"], group=reply["group"], audience=reply["audience"], template=reply["template"])

    async def close(self) -> None:
        return None
