"""A chat adapter of your own: takes every queued reply from JetStream, says it in the chat, and posts a receipt.

Configure `kind = "adapter"` for its groups, so that notify leaves the sending to it. Put your chat system's call into `say`.
It is told of a reply again when it dies before its receipt, so `say` should know a reply's id that it has said already.
"""

import asyncio
import json
import os

import httpx
import nats
from nats.aio.msg import Msg
from nats.errors import TimeoutError as NothingNew
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

NAME = "my-adapter"
CHANNEL = os.environ.get("CHANNEL", "mychat")


async def say(group: str, text: str, reply: str) -> None:
    """Your chat system's call goes here. `reply` is the same when the same thing is said again."""
    print(json.dumps({"group": group, "text": text, "reply": reply}, ensure_ascii=False), flush=True)


async def take(message: Msg, minsheng: httpx.AsyncClient) -> None:
    reply = json.loads(message.data)["data"]
    if reply["channel"] == CHANNEL and reply["audience"] == "group":
        receipt = {"reply": reply["reply"], "adapter": NAME, "status": "delivered"}
        try:
            await say(reply["group"], reply["text"], reply["reply"])
        except Exception as trouble:
            receipt |= {"status": "failed", "reason": str(trouble)[:500]}
        (await minsheng.post("/receipts", json=receipt)).raise_for_status()
    await message.ack()  # only now: what was not acknowledged comes again


async def main() -> None:
    connection = await nats.connect(os.environ["NATS_URL"])
    stream = connection.jetstream()
    config = ConsumerConfig(ack_policy=AckPolicy.EXPLICIT, deliver_policy=DeliverPolicy.ALL, max_ack_pending=1)
    replies = await stream.pull_subscribe("notify.reply-queued.*", durable=NAME, stream="NOTIFY", config=config)
    headers = {"authorization": f"Bearer {os.environ['MINSHENG_KEY']}"}
    async with httpx.AsyncClient(base_url=os.environ["NOTIFY_URL"], headers=headers, timeout=10) as minsheng:
        while True:
            try:
                [message] = await replies.fetch(1, timeout=5)
            except NothingNew:
                continue
            try:
                await take(message, minsheng)
            except httpx.HTTPError:  # notify is away: the message comes again
                await message.nak(delay=2)


if __name__ == "__main__":
    asyncio.run(main())
