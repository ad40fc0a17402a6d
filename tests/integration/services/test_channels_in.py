"""Chat systems call intake: what they say is stored, read, and stored once; who did not sign is refused and counted."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import pytest_asyncio
from fastapi.routing import APIRoute

from services.cli.system import System, build, running
from services.intake.channels import Call
from shared import settings
from shared.access import ACCESS, SIGNED, Caller, key_line
from shared.clock import SystemClock
from shared.embedded import Embedded
from shared.service import Service
from tests.fakes import callbacks

TROUBLE = "自来水管破裂，院子都淹了"
CHANNELS = f"""
[channels.village-app]
kind = "wecom"
token = "{callbacks.TOKEN}"
aes_key = "env:TEST_WECOM_AES_KEY"
corp_id = "{callbacks.CORP}"
group = "app"

[channels.ding]
kind = "dingtalk"
app_secret = "{callbacks.APP_SECRET}"

[channels.lark]
kind = "feishu"
verification_token = "{callbacks.VERIFICATION}"
encrypt_key = "{callbacks.ENCRYPT}"

[channels.ours]
kind = "webhook"
secrets = ["{callbacks.OLD_KEY}", "{callbacks.NEW_KEY}"]
"""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    home = tmp_path_factory.mktemp("channels")
    file = home / "channels.toml"
    file.write_text(CHANNELS)
    with pytest.MonkeyPatch.context() as environment, Embedded(home / "servers", durable=False) as embedded:
        environment.setenv("TEST_WECOM_AES_KEY", callbacks.AES_KEY)
        config = settings.read(
            database_url=embedded.database_url,
            nats_url=embedded.nats_url,
            keys=" ".join(key_line(str(caller), frozenset({caller}), str(caller)) for caller in Caller),
            console="off",
            channels=str(file),
        )
        async with running(config, SystemClock()) as started:
            yield started


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(system: System) -> AsyncIterator[httpx.AsyncClient]:
    """A caller without a key."""
    async with httpx.AsyncClient(base_url=system.urls["intake"], trust_env=False) as one:
        yield one


async def call(client: httpx.AsyncClient, kind: str, name: str, made: Call) -> httpx.Response:
    return await client.post(callbacks.path(kind, name, made), content=made.body, headers=dict(made.headers))


async def read(system: System, client: httpx.AsyncClient, channel: str, message_id: str) -> dict[str, Any]:
    await system.settle()
    answer = await client.get(f"/messages/{channel}/{message_id}", headers={"authorization": "Bearer officer"})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def stored(system: System) -> int:
    """How many messages intake's log holds."""
    return int(
        await system.services["intake"].pool.fetchval("select count(*) from events where type like '%message-received%'")
    )


async def refused(client: httpx.AsyncClient, channel: str, reason: str) -> float:
    text = (await client.get("/metrics")).text
    found = re.search(rf'minsheng_channel_refused_total{{channel="{channel}",reason="{reason}"}} (\S+)', text)
    return float(found[1]) if found else 0.0


def said(kind: str, message_id: str, now: datetime) -> Call:
    match kind:
        case "wecom":
            text = callbacks.wecom_said(TROUBLE, message_id=message_id, sender="v1", now=now)
            return callbacks.wecom(text, now, nonce=f"{message_id}-{now.timestamp()}")
        case "dingtalk":
            text = callbacks.dingtalk_said(TROUBLE, message_id=message_id, sender="v1", group="cid", now=now)
            return callbacks.dingtalk(text, now)
        case "feishu":
            text = callbacks.feishu_said({"text": TROUBLE}, message_id=message_id, sender="v1", group="oc", now=now)
            return callbacks.feishu(text, now, nonce=f"{message_id}-{now.timestamp()}")
        case _:
            message = {"channel": "webhook", "group": "g", "message_id": message_id, "sender": "v1", "text": TROUBLE}
            return callbacks.webhook(message | {"sent_at": now.isoformat()}, now, call_id=f"call-{message_id}")


DOORS = [
    ("wecom", "village-app", b""),
    ("dingtalk", "ding", b"{}"),
    ("feishu", "lark", b"{}"),
    ("webhook", "ours", None),
]


@pytest.mark.parametrize(("kind", "name", "answer"), DOORS)
async def test_a_message_is_stored_and_read_and_a_retry_changes_nothing(
    system: System, client: httpx.AsyncClient, kind: str, name: str, answer: bytes | None
) -> None:
    before, now, message_id = await stored(system), datetime.now(UTC), f"{kind}-1"
    first = said(kind, message_id, now)
    answers = [await call(client, kind, name, first) for _ in range(3)]
    assert {a.status_code for a in answers} <= {200, 202}
    if answer is not None:
        assert [a.content for a in answers] == [answer] * 3
    else:
        assert [a.json()["results"][0]["duplicate"] for a in answers] == [False, True, True]
    message = await read(system, client, kind, message_id)
    assert message["reading"]["kind"] == "appeal"
    assert message["number"]
    assert (await call(client, kind, name, first)).status_code == 200
    assert await stored(system) == before + 1


@pytest.mark.parametrize(("kind", "name", "answer"), DOORS)
async def test_who_did_not_sign_is_refused_and_counted(
    client: httpx.AsyncClient, system: System, kind: str, name: str, answer: bytes | None
) -> None:
    before, counted = await stored(system), await refused(client, f"{kind}/{name}", "signature")
    made = said(kind, f"{kind}-forged", datetime.now(UTC))
    forged = Call({}, {**made.query, "msg_signature": "0" * 40} if made.query else {}, made.body)
    for headers in ({}, {"authorization": "Bearer admin"}):
        told = await client.post(callbacks.path(kind, name, forged), content=forged.body, headers=headers)
        assert (told.status_code, told.headers["content-type"]) == (403, "application/problem+json")
        assert told.json()["reason"] == "signature"
    assert await refused(client, f"{kind}/{name}", "signature") == counted + 2
    large = await client.post(callbacks.path(kind, name, made), content=b"x" * 2_000_001)
    assert large.status_code == 413
    assert await stored(system) == before


async def test_an_old_call_and_a_nonce_used_for_other_words_are_refused(system: System, client: httpx.AsyncClient) -> None:
    old = said("wecom", "w-old", datetime.fromtimestamp(datetime.now(UTC).timestamp() - 3700, UTC))
    assert (await call(client, "wecom", "village-app", old)).json()["reason"] == "timestamp"
    now = datetime.now(UTC)
    for message_id, status in (("w-first", 200), ("w-second", 403)):
        text = callbacks.wecom_said("停电了", message_id=message_id, sender="v1", now=now)
        answer = await call(client, "wecom", "village-app", callbacks.wecom(text, now, nonce="once"))
        assert answer.status_code == status
    assert answer.json()["reason"] == "nonce"
    assert await refused(client, "wecom/village-app", "nonce") == 1
    assert await refused(client, "wecom/village-app", "timestamp") == 1


async def test_a_channel_that_is_not_configured_is_not_found_and_makes_no_label(client: httpx.AsyncClient) -> None:
    for path in ("/channels/wecom/ding", "/channels/dingtalk/made-up", "/channels/feishu/made-up-too"):
        assert (await client.post(path, content=b"{}")).status_code == 404
    assert (await client.get("/channels/wecom/made-up")).status_code == 404
    assert await refused(client, "dingtalk/", "unknown") == 1
    assert "made-up" not in (await client.get("/metrics")).text


async def test_wecom_and_feishu_verify_the_address(client: httpx.AsyncClient) -> None:
    now, sealed = datetime.now(UTC), callbacks.wecom_sealed("1616140317555161061")
    query = callbacks.wecom_query(sealed, now, "v", echostr=sealed)
    assert (await client.get("/channels/wecom/village-app", params=query)).content == b"1616140317555161061"
    query["msg_signature"] = "0" * 40
    assert (await client.get("/channels/wecom/village-app", params=query)).status_code == 403
    challenge = f'{{"type":"url_verification","token":"{callbacks.VERIFICATION}","challenge":"abc"}}'
    answer = await client.post("/channels/feishu/lark", content=callbacks.feishu_sealed(challenge))
    assert answer.json() == {"challenge": "abc"}


async def test_a_vendors_call_may_not_be_longer_than_its_messages_are(client: httpx.AsyncClient) -> None:
    made = callbacks.dingtalk(b"x" * 70_000, datetime.now(UTC))
    answer = await call(client, "dingtalk", "ding", made)
    assert (answer.status_code, answer.json()["reason"]) == (413, "size")
    assert (await call(client, "dingtalk", "ding", callbacks.dingtalk(b"no json", datetime.now(UTC)))).status_code == 422


async def test_the_archive_is_stored_once_and_a_recall_marks(system: System, client: httpx.AsyncClient) -> None:
    now = int(datetime.now(UTC).timestamp() * 1000)
    base = {"action": "send", "from": "v1", "tolist": ["o1"], "roomid": "wrx", "msgtime": now}
    items = [
        base | {"seq": 3, "msgid": "r1", "action": "recall", "msgtype": "revoke", "revoke": {"pre_msgid": "a1"}},
        base | {"seq": 1, "msgid": "a1", "msgtype": "text", "text": {"content": TROUBLE}},
        base | {"seq": 2, "msgid": "a2", "msgtype": "image", "image": {"sdkfileid": "x"}},
        base | {"seq": 4, "msgid": "r2", "action": "recall", "msgtype": "revoke", "revoke": {"pre_msgid": "never-heard"}},
        {"seq": 5, "msgid": "s1", "action": "switch", "time": now, "user": "v1"},
    ]
    adapter = {"authorization": "Bearer adapter"}
    kept = (await client.post("/messages/wecom-archive", json=items, headers=adapter)).json()
    assert [r["result"] for r in kept["results"]] == ["recalled", "stored", "stored", "unknown", "ignored"]
    assert kept["seq"] == 5
    again = (await client.post("/messages/wecom-archive", json=items, headers=adapter)).json()
    assert [r["result"] for r in again["results"]] == ["duplicate", "duplicate", "duplicate", "unknown", "ignored"]
    message = await read(system, client, "wecom", "a1")
    assert message["recalled_at"]
    officer = {"authorization": "Bearer officer"}
    appeal = (await client.get(f"/appeals/{message['number']}", headers=officer)).json()
    assert appeal["messages"][0]["recalled_at"]
    assert appeal["messages"][0]["text"] == TROUBLE
    assert (await read(system, client, "wecom", "a2"))["recalled_at"] is None
    assert (await client.post("/messages/wecom-archive", json=items)).status_code == 401
    assert (await client.post("/messages/wecom-archive", json=items, headers=officer)).status_code == 403
    assert (await client.post("/messages/wecom-archive", json=[{"msgid": ""}], headers=adapter)).status_code == 422


def routes(service: Service) -> dict[str, str]:
    """The path of each route by its name."""
    return {r.name: r.path for router in service.blueprint.routers for r in router.routes if isinstance(r, APIRoute)}


def test_only_doors_of_channels_are_signed(system: System) -> None:
    signed = {route for route, row in ACCESS.items() if row is SIGNED}
    paths = {name: path for service in system.services.values() for name, path in routes(service).items()}
    assert signed == {name for name, path in paths.items() if path.startswith("/channels/")}


def test_without_channels_there_is_no_public_door() -> None:
    plain = settings.read(database_url="postgresql://unused", nats_url="nats://unused")
    names = set(routes(build("intake", plain, SystemClock())))
    assert "post_messages" in names
    assert not names & {route for route, row in ACCESS.items() if row is SIGNED}
