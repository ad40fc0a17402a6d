"""The queue of copy-ready replies for groups no program can write to, and replies that are tried again by hand."""

from datetime import datetime, timedelta

from shared.events.notify import Audience, ReplyDelivered, ReplyHanded, ReplyRequeued
from tests.fakes.chat import ChatServer
from tests.integration.notify.conftest import Open

BY_HAND = '[channels.hand]\nkind = "manual"\ngroups = ["*/*"]\n'


async def test_a_person_sends_what_lies_ready_and_says_who_he_is_and_when(open_desk: Open) -> None:
    desk = await open_desk(BY_HAND)
    await desk.queue(desk.reply("第一条"), desk.reply("第二条", "g2"), desk.reply("密", audience=Audience.PRIVATE))
    await desk.settle()
    ready = (await desk.get("/replies/manual"))["replies"]
    assert [reply["text"] for reply in ready] == ["第一条", "第二条", "密"]
    assert {reply["status"] for reply in ready} == {"handed"}
    assert (await desk.get("/replies/manual", after=ready[0]["position"], limit=1))["replies"] == ready[1:2]

    at = desk.clock.now() + timedelta(minutes=3)
    await desk.pass_time(timedelta(minutes=4))
    for _ in range(2):
        assert (await desk.post(f"/replies/{ready[0]['reply']}/sent", by="王芳", at=at.isoformat())).status_code == 202
    events = await desk.events()
    assert sum(isinstance(event, ReplyHanded) for event in events) == 3
    [sent] = [event for event in events if isinstance(event, ReplyDelivered)]
    assert (sent.by, sent.delivered_at, sent.adapter) == ("王芳", at, "manual")
    await desk.settle()
    assert [reply["text"] for reply in (await desk.get("/replies/manual"))["replies"]] == ["第二条", "密"]
    told = (await desk.get(f"/replies/{ready[0]['reply']}"))["events"]
    assert [event["type"].split(".")[2] for event in told] == ["reply-queued", "reply-handed", "reply-delivered"]
    assert (told[0]["data"]["text"], told[2]["data"]["by"]) == ("第一条", "王芳")
    assert datetime.fromisoformat(told[2]["data"]["delivered_at"]) == at


async def test_what_cannot_be_is_refused(open_desk: Open) -> None:
    desk = await open_desk(BY_HAND)
    await desk.queue(desk.reply("第一条"))
    await desk.settle()
    tomorrow = (desk.clock.now() + timedelta(days=1)).isoformat()
    assert (await desk.post("/replies/r1/sent", by="王芳", at=tomorrow)).status_code == 422
    assert (await desk.post("/replies/r1/sent", by="")).status_code == 422
    assert (await desk.post("/replies/none/sent", by="王芳")).status_code == 404
    assert (await desk.post("/replies/r1/replay")).status_code == 409


async def test_an_unsent_reply_is_late(chat: ChatServer, open_desk: Open) -> None:
    duty = f'[channels.duty]\nkind = "wecom-robot"\nkey = "key-duty"\nhost = "{chat.url}"\n'
    desk = await open_desk(f'[delivery]\nfallback = "duty"\nlate_minutes = 10\n{BY_HAND}{duty}')
    await desk.queue(desk.reply("第一条"))
    await desk.pass_time(timedelta(minutes=9))
    assert chat.texts() == []
    await desk.pass_time(timedelta(minutes=2))
    assert "wecom/g1：1 条" in chat.texts("key-duty")[0]


async def test_a_reply_that_was_given_up_is_tried_again_when_a_person_says_so(chat: ChatServer, open_desk: Open) -> None:
    chat.broken = {"key-a"}
    desk = await open_desk(f'[channels.a]\nkind = "wecom-robot"\nkey = "key-a"\nhost = "{chat.url}"\ngroups = ["*/*"]\n')
    await desk.queue(desk.reply("第一条"))
    await desk.pass_time(timedelta(hours=25))
    [given_up] = (await desk.get("/replies", status="failed"))["replies"]
    assert given_up["reason"] == "HTTP 500"
    chat.broken = set()
    assert (await desk.post("/replies/r1/replay")).status_code == 202
    await desk.pass_time(timedelta(minutes=10))
    assert chat.texts() == ["第一条"]
    assert any(isinstance(event, ReplyRequeued) for event in await desk.events())
    assert (await desk.post("/replies/r1/replay")).status_code == 409
