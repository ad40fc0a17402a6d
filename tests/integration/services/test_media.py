"""What chat systems hold is fetched after the message is stored and answered, kept like any other file, or told to be missing."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.cli.system import System, free_port, running
from services.intake.channels import Call
from services.intake.media import holders
from services.intake.media.views import KEPT
from shared import settings
from shared.access import Caller, key_line
from shared.clock import SimulatedClock
from shared.embedded import Embedded
from shared.settings import PORTS
from tests.fakes import callbacks, media
from tests.fakes.media import MediaServer
from tests.integration.services.files import key, photo
from tests.unit.services.intake.attachments.samples import SAMPLES

LIMIT = 200_000
TROUBLE = "自来水管破裂，院子都淹了"
CHANNELS = f"""
[channels.village-app]
kind = "wecom"
token = "{callbacks.TOKEN}"
aes_key = "{callbacks.AES_KEY}"
corp_id = "{callbacks.CORP}"
secret = "{media.WECOM_SECRET}"
host = "HOST"

[channels.smart]
kind = "wecom"
token = "{callbacks.TOKEN}"
aes_key = "{callbacks.AES_KEY}"
corp_id = ""
host = "HOST"

[channels.ding]
kind = "dingtalk"
app_secret = "{callbacks.APP_SECRET}"
app_key = "{media.APP_KEY}"
host = "HOST/"

[channels.lark]
kind = "feishu"
verification_token = "{callbacks.VERIFICATION}"
encrypt_key = "{callbacks.ENCRYPT}"
app_id = "{media.APP_ID}"
app_secret = "{media.FEISHU_SECRET}"
host = "HOST"
"""


@dataclass
class Chat:
    """The doors of a county, and a server that holds the files of what is said at them."""

    system: System
    server: MediaServer
    client: httpx.AsyncClient
    ids: "count[int]" = field(default_factory=count)

    async def call(self, kind: str, name: str, made: Call) -> None:
        answer = await self.client.post(callbacks.path(kind, name, made), content=made.body, headers=dict(made.headers))
        assert answer.status_code == 200, answer.text

    async def wecom(self, kind: str, fields: str, *, message_id: str = "", nonce: str = "") -> str:
        """A message at an app's door; returns its id."""
        now, message_id = datetime.now(UTC), message_id or f"w{next(self.ids)}"
        said = (
            f"<xml><ToUserName><![CDATA[{callbacks.CORP}]]></ToUserName><FromUserName><![CDATA[v1]]></FromUserName>"
            f"<CreateTime>{int(now.timestamp())}</CreateTime><MsgType><![CDATA[{kind}]]></MsgType>{fields}"
            f"<MsgId>{message_id}</MsgId><AgentID>1</AgentID></xml>"
        )
        await self.call("wecom", "village-app", callbacks.wecom(said, now, nonce=nonce or message_id))
        return message_id

    async def measured(self, name: str, **labels: str) -> float | None:
        """A metric of intake, as of now."""
        intake = self.system.services["intake"]
        await intake.measuring.measure()
        return intake.metrics.registry.get_sample_value(name, labels)

    async def picture(self, media_id: str) -> str:
        shown = f"<PicUrl><![CDATA[http://p.qpic.cn/pic]]></PicUrl><MediaId><![CDATA[{media_id}]]></MediaId>"
        return await self.wecom("image", shown)

    async def ding(self, **said: Any) -> str:
        now, message_id = datetime.now(UTC), f"d{next(self.ids)}"
        body = callbacks.dingtalk_said("", message_id=message_id, sender="v1", group="cid", now=now) | said
        await self.call("dingtalk", "ding", callbacks.dingtalk(body | {"robotCode": media.ROBOT}, now))
        return message_id

    async def lark(self, kind: str, content: Any, message_id: str) -> str:
        now = datetime.now(UTC)
        said = callbacks.feishu_said(content, message_id=message_id, sender="v1", group="oc", now=now, kind=kind)
        await self.call("feishu", "lark", callbacks.feishu(said, now, nonce=message_id))
        return message_id

    async def message(self, message_id: str, channel: str = "wecom", role: str = "officer") -> dict[str, Any]:
        answer = await self.client.get(f"/messages/{channel}/{message_id}", headers=key(role))
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def shown(self, message_id: str, channel: str = "wecom") -> dict[str, Any]:
        """The message when everything that can happen at this moment has happened."""
        await self.system.settle()
        return await self.message(message_id, channel)

    async def later(self, by: timedelta) -> None:
        assert isinstance(self.system.clock, SimulatedClock)
        await self.system.run_until(self.system.clock, self.system.clock.now() + by, inclusive=True)

    async def missing(self, message_id: str, channel: str = "wecom") -> tuple[str, str]:
        """Why the one file of a message is not there, and what the officer is told."""
        message = await self.shown(message_id, channel)
        assert message["attachments"] == []
        [one] = message["media"]
        assert one["status"] == "missed"
        return one["trouble"], one["told"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def chat(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Chat]:
    home = tmp_path_factory.mktemp("media")
    server = await MediaServer().start()
    (home / "channels.toml").write_text(CHANNELS.replace("HOST", server.url))
    with pytest.MonkeyPatch.context() as patch, Embedded(home / "servers", durable=False) as embedded:
        patch.setattr(holders, "ANSWER_SECONDS", 0.5)
        config = settings.read(
            database_url=embedded.database_url, nats_url=embedded.nats_url, console="off",
            keys=" ".join(key_line(str(caller), frozenset({caller}), str(caller)) for caller in Caller),
            channels=str(home / "channels.toml"), attachments=str(home / "attachments"), attachment_limit=LIMIT,
        )  # fmt: skip
        async with (
            running(config, SimulatedClock(datetime.now(UTC)), {name: free_port() for name in PORTS}) as system,
            httpx.AsyncClient(base_url=system.urls["intake"], trust_env=False) as client,
        ):
            yield Chat(system, server, client)
    await server.stop()


@pytest.fixture(autouse=True)
def calm(chat: Chat) -> None:
    chat.server.faults, chat.server.broken, chat.server.elsewhere = [], False, ""
    chat.server.gate.set()
    chat.server.asked.clear()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


async def test_the_chat_system_is_answered_before_its_file_is_asked_for(chat: Chat) -> None:
    data = chat.server.files["media-1"] = photo()
    chat.server.gate.clear()
    message_id = await chat.picture("media-1")
    while (message := await chat.message(message_id))["reading"] is None:
        await asyncio.sleep(0.01)
    await chat.system.services["intake"].seen("appeals", await chat.system.services["intake"].store.head())
    message = await chat.message(message_id)
    assert (message["attachments"], message["media"][0]["status"]) == ([], "awaited")
    chat.server.gate.set()
    message = await chat.shown(message_id)
    assert ([f["sha256"] for f in message["attachments"]], message["media"]) == ([sha256(data)], [])
    assert (await chat.client.get(f"/attachments/{sha256(data)}", headers=key("officer"))).content == data


async def test_each_chat_systems_files_come_with_their_kind_and_name(chat: Chat) -> None:
    one, two, voice = photo(), photo(), SAMPLES["ogg"][0]
    chat.server.files |= {"amr": SAMPLES["amr"][0], "dl/Code+1==": one, "sheet": SAMPLES["xlsx"][0]}
    chat.server.files |= {"om_1/img_1": one, "om_2/file_2": voice, "om_3/img_3": two, "om_4/file_4": SAMPLES["pdf"][0]}
    expected = {
        ("wecom", await chat.wecom("voice", "<MediaId>amr</MediaId><Format>amr</Format>")): ("voice", "audio/amr", None),
        ("dingtalk", await chat.ding(msgtype="picture", content={"downloadCode": "dl/Code+1=="})): ("image", "image/jpeg", None),
        ("dingtalk", await chat.ding(msgtype="file", content={"downloadCode": "sheet", "fileName": "名单.xlsx"})): (
            "file", SAMPLES["xlsx"][1], "名单.xlsx",
        ),
        ("feishu", await chat.lark("image", {"image_key": "img_1"}, "om_1")): ("image", "image/jpeg", None),
        ("feishu", await chat.lark("audio", {"file_key": "file_2", "duration": 2000}, "om_2")): ("voice", "audio/ogg", None),
        ("feishu", await chat.lark("post", {"title": "", "content": [[{"tag": "img", "image_key": "img_3"}]]}, "om_3")): (
            "image", "image/jpeg", None,
        ),
        ("feishu", await chat.lark("file", {"file_key": "file_4", "file_name": "账单.pdf"}, "om_4")): (
            "file", "application/pdf", "账单.pdf",
        ),
    }  # fmt: skip
    for (channel, message_id), told in expected.items():
        [file] = (await chat.shown(message_id, channel))["attachments"]
        assert (file["kind"], file["type"], file["name"]) == told


async def test_a_smart_robots_file_is_unsealed_and_a_mixed_message_brings_all_of_its_pictures(chat: Chat) -> None:
    pictures = [photo(), photo()]
    for n, data in enumerate(pictures):
        chat.server.files[f"robot-{n}"] = callbacks.sealed_file(data)
    now, message_id = datetime.now(UTC), "smart-1"
    items = [{"msgtype": "image", "image": {"url": f"{chat.server.url}/files/robot-{n}?sign=x"}} for n in (0, 1)]
    said = {
        "msgid": message_id, "aibotid": "bot", "chatid": "wrc", "chattype": "group", "from": {"userid": "v1"},
        "msgtype": "mixed", "mixed": {"msg_item": [{"msgtype": "text", "text": {"content": TROUBLE}}, *items]},
    }  # fmt: skip
    await chat.call("wecom", "smart", callbacks.wecom(json.dumps(said), now, receiver="", nonce=message_id))
    message = await chat.shown(message_id)
    assert message["number"]
    assert sorted(f["sha256"] for f in message["attachments"]) == sorted(map(sha256, pictures))
    appeal = (await chat.client.get(f"/appeals/{message['number']}", headers=key("officer"))).json()
    assert len(appeal["messages"][0]["attachments"]) == 2


async def test_a_call_that_comes_three_times_fetches_its_file_once(chat: Chat) -> None:
    chat.server.files["media-again"] = photo()
    for n in range(3):
        await chat.wecom("image", "<MediaId>media-again</MediaId>", message_id="w-again", nonce=f"again-{n}")
        message = await chat.shown("w-again")
    assert len(message["attachments"]) == 1
    assert chat.server.asked["/cgi-bin/media/get"] == 1


async def test_a_token_serves_many_files_and_one_that_is_refused_is_renewed_at_once(chat: Chat) -> None:
    for n in range(3):
        chat.server.files[f"many-{n}"] = photo()
    ids = [await chat.picture(f"many-{n}") for n in range(2)]
    assert [len((await chat.shown(i))["attachments"]) for i in ids] == [1, 1]
    assert chat.server.asked["/cgi-bin/gettoken"] <= 1
    chat.server.tokens["wecom"] = "withdrawn"
    assert len((await chat.shown(await chat.picture("many-2")))["attachments"]) == 1
    assert chat.server.asked["/cgi-bin/gettoken"] <= 2


@pytest.mark.parametrize("fault", ["500", "429", "reset", "silence"])
async def test_a_chat_system_that_fails_is_asked_again_after_pauses_that_grow(chat: Chat, fault: str) -> None:
    chat.server.files[f"later-{fault}"] = photo()
    chat.server.faults = [fault] * 3
    message_id = await chat.picture(f"later-{fault}")
    assert (await chat.shown(message_id))["media"][0]["status"] == "awaited"
    for seconds, there in ((4, 0), (1, 0), (10, 0), (19, 0), (1, 1)):
        await chat.later(timedelta(seconds=seconds))
        assert len((await chat.shown(message_id))["attachments"]) == there
    assert chat.server.asked["/cgi-bin/media/get"] == 4


async def test_while_one_chat_system_is_away_it_is_asked_once_a_pause_and_the_others_go_on(chat: Chat) -> None:
    chat.server.broken = True
    ids = [await chat.picture(f"away-{n}") for n in range(5)]
    await chat.system.settle()
    assert chat.server.asked["/cgi-bin/media/get"] <= 5
    await chat.later(timedelta(hours=1))
    asked = chat.server.asked["/cgi-bin/media/get"]
    assert asked < 60
    chat.server.broken = False
    chat.server.files |= {f"away-{n}": photo() for n in range(5)}
    await chat.later(timedelta(hours=1))
    assert [len((await chat.shown(i))["attachments"]) for i in ids] == [1] * 5


async def test_what_the_chat_system_has_no_more_is_told_on_the_message_at_once(chat: Chat) -> None:
    trouble, told = await chat.missing(await chat.picture("expired"))
    assert trouble == "gone"
    assert "三天" in told
    chat.server.files["om_x/img_other"] = photo()
    assert (await chat.missing(await chat.lark("image", {"image_key": "img_x"}, "om_x"), "feishu"))[0] == "gone"
    await chat.later(timedelta(hours=2))
    assert chat.server.asked["/cgi-bin/media/get"] == 1


async def test_after_three_days_without_an_answer_it_is_given_up_and_told(chat: Chat) -> None:
    chat.server.broken = True
    message_id = await chat.picture("never")
    await chat.later(KEPT - timedelta(hours=2))
    assert (await chat.shown(message_id))["media"][0]["status"] == "awaited"
    assert await chat.measured("minsheng_media_awaited") == 1
    await chat.later(timedelta(hours=3))
    trouble, told = await chat.missing(message_id)
    assert (trouble, "多次尝试" in told) == ("unreachable", True)
    assert await chat.measured("minsheng_media_missed_total", kind="image", trouble="unreachable") == 1
    assert await chat.measured("minsheng_media_awaited") == 0
    asked = chat.server.asked["/cgi-bin/media/get"]
    await chat.later(timedelta(days=1))
    assert chat.server.asked["/cgi-bin/media/get"] == asked


async def test_a_file_without_end_is_read_no_further_than_it_may_be_long(chat: Chat) -> None:
    chat.server.faults = ["endless"]
    assert (await chat.missing(await chat.picture("endless")))[0] == "too-large"
    assert chat.server.sent < 100 * LIMIT  # what the sockets' buffers hold


async def test_what_is_no_kind_of_file_that_is_taken_is_told_so(chat: Chat) -> None:
    chat.server.files["page"] = b"<html></html>"
    assert (await chat.missing(await chat.picture("page")))[0] == "not-accepted"


@pytest.mark.parametrize("fault", ["address", "redirect"])
async def test_nothing_is_fetched_from_a_server_that_is_not_the_chat_systems(chat: Chat, fault: str) -> None:
    trap = await MediaServer(files={"inside": photo()}).start()
    chat.server.elsewhere = f"{trap.url}/files/inside"
    if fault == "redirect":
        chat.server.faults = ["redirect"]
        message_id = await chat.picture("moved")
        assert (await chat.shown(message_id))["media"][0]["status"] == "awaited"
    else:
        message_id = await chat.ding(msgtype="picture", content={"downloadCode": "c"})
        assert (await chat.missing(message_id, "dingtalk"))[0] == "not-accepted"
    assert not trap.asked
    await trap.stop()


async def test_a_picture_with_a_sealed_report_is_for_the_commission_alone_and_so_is_that_it_is_missing(chat: Chat) -> None:
    chat.server.files["paper"] = photo()
    rich = [
        {"text": "我要举报村干部截留低保款"},
        {"type": "picture", "downloadCode": "paper"},
        {"type": "picture", "downloadCode": "no"},
    ]
    message_id = await chat.ding(msgtype="richText", content={"richText": rich})
    officer = await chat.shown(message_id, "dingtalk")
    assert officer["reading"]["sealed"]
    assert (officer["attachments"], officer["media"]) == ([], [])
    commission = await chat.message(message_id, "dingtalk", "discipline")
    assert (len(commission["attachments"]), len(commission["media"])) == (1, 1)


async def test_what_was_awaited_of_a_forgotten_person_is_asked_for_no_more(chat: Chat) -> None:
    chat.server.broken = True
    message_id = await chat.ding(msgtype="picture", content={"downloadCode": "away"}, senderStaffId="leaving")
    await chat.system.settle()
    person = await chat.system.services["intake"].pool.fetchval("select person from messages where message_id = $1", message_id)
    assert (await chat.client.post(f"/people/{person}/forget", headers=key("admin"))).status_code == 200
    await chat.system.settle()
    left = "select count(*) from media where person = $1"
    assert await chat.system.services["intake"].pool.fetchval(left, person) == 0


async def test_what_is_awaited_outlives_a_restart_and_a_rebuild_of_the_view(tmp_path: Path) -> None:
    server = await MediaServer(broken=True).start()
    (tmp_path / "channels.toml").write_text(CHANNELS.replace("HOST", server.url))
    clock = SimulatedClock(datetime.now(UTC))
    with Embedded(tmp_path / "servers", durable=False) as embedded:
        config = settings.read(
            database_url=embedded.database_url, nats_url=embedded.nats_url, console="off", keys=key_line("officer", frozenset({Caller.OFFICER}), "officer"),
            channels=str(tmp_path / "channels.toml"), attachments=str(tmp_path / "attachments"),
        )  # fmt: skip
        message_id = ""
        for round_ in range(2):
            async with (
                running(config, clock, {name: free_port() for name in PORTS}) as system,
                httpx.AsyncClient(base_url=system.urls["intake"], trust_env=False) as client,
            ):
                chat = Chat(system, server, client)
                if round_ == 0:
                    message_id = await chat.picture("kept")
                    await chat.system.settle()
                    continue
                server.files["kept"], server.broken = photo(), False
                rebuilt: Any = system.services["intake"].follower("appeals")
                await rebuilt.rebuild(lambda _: None)
                await chat.later(timedelta(minutes=1))
                assert len((await chat.shown(message_id))["attachments"]) == 1
    await server.stop()
