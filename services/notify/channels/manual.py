"""Channels whose sending happens outside: a person who copies replies into the chat, or an adapter that takes them itself.

Most villages talk in personal WeChat groups, which have no interface for programs: there a duty officer sends. GET
/replies/manual is his list, POST /replies/{id}/sent crosses one off. An adapter subscribes to `notify.reply-queued.*` and
posts receipts. Either way the reply lies ready until somebody says that it was sent, and is late if nobody does.
"""

from services.notify.channels import Message


class Outside:
    """Sends nothing by itself."""

    limit_bytes = 1_000_000
    keyed = True

    async def send(self, message: Message) -> bool:
        return False

    async def close(self) -> None:
        return None
