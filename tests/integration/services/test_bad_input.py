"""What no caller should send, and some will: each is a problem that names the field, or is made storable; none is a 500."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.cli.system import System

JSON = {"content-type": "application/json"}
NOTICE = b'{"kind": "fund", "title": "t", "body": "b", "amount_fen": %s}'


@pytest_asyncio.fixture(loop_scope="session")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(headers={"authorization": "Bearer all"}, timeout=60, trust_env=False) as one:
        yield one


def problem(answer: httpx.Response, status: int = 422) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    told: dict[str, Any] = answer.json()
    return told


@pytest.mark.parametrize(
    ("service", "path", "field"),
    [
        ("routing", "/cases/%00", "name"),
        ("routing", "/cases?department=%00", "department"),
        ("intake", "/appeals?township=%00", "township"),
        ("intake", "/appeals?before=2025-06-02T08:00:00Z&before_appeal=%00", "before_appeal"),
        ("intake", "/groups/wecom/%00", "group"),
        ("intake", "/groups?village=%00", "village"),
        ("intake", "/people/%00", "person"),
        ("intake", "/people/unknown?group=%00", "group"),
        ("intake", "/crowds?township=%00", "township"),
        ("disclosure", "/notices?village=%00", "village"),
        ("notify", "/replies?appeal=%00", "appeal"),
        ("notify", "/replies/%00", "reply"),
        ("sla", "/cases/%00/clocks", "name"),
    ],
)
async def test_a_nul_in_an_address_is_refused(
    client: httpx.AsyncClient, system: System, service: str, path: str, field: str
) -> None:
    told = problem(await client.get(f"{system.urls[service]}{path}"))
    assert [fault["field"] for fault in told["errors"]] == [field]


async def test_a_nul_in_what_a_person_writes_is_refused(client: httpx.AsyncClient, system: System) -> None:
    for url, body in (
        (f"{system.urls['routing']}/cases/TY-1/progress", {"words": "在修\x00"}),
        (f"{system.urls['intake']}/crowds/{uuid4()}/merge", {"note": "一件事\x00"}),
        (f"{system.urls['intake']}/messages/paste", {"channel": "wecom", "group": "g1", "text": "张三:\n没水\x00"}),
        (f"{system.urls['notify']}/replies/1/sent", {"by": "王芳\x00"}),
        (f"{system.urls['notify']}/receipts", {"reply": "1", "status": "failed", "adapter": "a", "reason": "\x00"}),
        (f"{system.urls['disclosure']}/notices", {"kind": "fund", "title": "t\x00", "body": "b"}),
    ):
        problem(await client.post(url, json=body))


async def test_half_a_character_is_refused_in_a_value_and_in_a_name(client: httpx.AsyncClient, system: System) -> None:
    url = f"{system.urls['disclosure']}/notices"
    for body in (
        b'{"kind": "fund", "title": "\\ud83d", "body": "b"}',
        b'{"kind": "fund", "title": "t", "body": "b", "\\ud83d": 1}',
    ):
        problem(await client.post(url, content=body, headers=JSON))
    problem(await client.post(f"{system.urls['intake']}/messages", content=b'{"\\ud83d": 1}', headers=JSON))


async def test_an_archived_message_that_ends_in_half_an_emoji_is_kept(client: httpx.AsyncClient, system: System) -> None:
    item = b'[{"msgid": "half", "from": "v1", "msgtype": "text", "text": {"content": "\\u6ca1\\u6c34\\u4e86\\ud83d"}}]'
    answer = await client.post(f"{system.urls['intake']}/messages/wecom-archive", content=item, headers=JSON)
    assert answer.json()["results"][0]["result"] == "stored"


@pytest.mark.parametrize(
    "moment",
    [
        "0.5",
        "3.5e-118",
        "1748851200",
        "1748851200000",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "2025-06-02T08:00:00",
    ],
)
async def test_a_moment_is_written_out_with_its_zone_and_near_our_time(
    client: httpx.AsyncClient, system: System, moment: str
) -> None:
    """A number could be seconds or milliseconds; a moment at the end of the calendar leaves it in another zone."""
    intake = system.urls["intake"]
    for url in (
        f"{system.urls['routing']}/cases",
        f"{intake}/appeals",
        f"{intake}/crowds",
        f"{system.urls['disclosure']}/notices",
    ):
        assert problem(await client.get(url, params={"before": moment}))["errors"][0]["field"] == "before"
    member = f"{intake}/groups/wecom/g1/members/v1"
    assert problem(await client.delete(member, params={"until": moment}))["errors"][0]["field"] == "until"
    message = {"channel": "wecom", "group": "g1", "message_id": "m", "sender": "v1", "text": "t", "sent_at": moment}
    assert problem(await client.post(f"{intake}/messages", json=message))["errors"][0]["field"] == "sent_at"
    paste = {"channel": "wecom", "group": "g1", "text": "张三:\n没水了", "copied_at": moment}
    assert problem(await client.post(f"{intake}/messages/paste", json=paste))["errors"][0]["field"] == "copied_at"


@pytest.mark.parametrize("amount", [b"false", b'"12"', b"1.5", b"-1", b"1e999", b"NaN", b"9" * 5000])
async def test_an_amount_is_a_whole_number_of_fen(client: httpx.AsyncClient, system: System, amount: bytes) -> None:
    problem(await client.post(f"{system.urls['disclosure']}/notices", content=NOTICE % amount, headers=JSON))


@pytest.mark.parametrize("body", [b"\xff\xfe{}", b"[" * 100_000, b"", b"null", b"[]", b"{"])
async def test_a_body_that_is_no_json_is_a_problem(client: httpx.AsyncClient, system: System, body: bytes) -> None:
    for url in (f"{system.urls['disclosure']}/notices", f"{system.urls['intake']}/messages"):
        problem(await client.post(url, content=body, headers=JSON))


@pytest.mark.parametrize("media_type", ["application/xml", "application/x-www-form-urlencoded", "text/plain", "no/thing;;", ""])
async def test_a_body_that_does_not_say_it_is_json_is_a_problem(
    client: httpx.AsyncClient, system: System, media_type: str
) -> None:
    url = f"{system.urls['disclosure']}/notices"
    problem(await client.post(url, content=NOTICE % b"1", headers={"content-type": media_type}))


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ("multipart/form-data", b"--x\r\n"),
        ("multipart/form-data; boundary=", b"--\r\n"),
        ("multipart/form-data; boundary=x", b"nothing of a form"),
        ("multipart/form-data; boundary=x", b"--x\r\nno colon\r\n\r\nwords\r\n--x--"),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Disposition: form-data\r\n\r\nwords\r\n--x--"),
        (
            "multipart/form-data; boundary=x; charset=none",
            b"--x\r\nContent-Disposition: form-data; name=\xff\r\n\r\n\xff\r\n--x--",
        ),
        ("multipart/form-data; boundary=" + "x" * 3000, b"--" + b"x" * 3000),
        ("multipart/form-data; boundary=\xff", b"--\xff\r\n"),
    ],
)
async def test_a_form_that_is_none_is_a_problem(client: httpx.AsyncClient, system: System, form: str, body: bytes) -> None:
    url = f"{system.urls['intake']}/attachments"
    problem(await client.post(url, content=body, headers=[(b"content-type", form.encode("latin-1"))]))


async def test_a_body_too_long_is_told_so_even_in_chunks(client: httpx.AsyncClient, system: System) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100_000
            await asyncio.sleep(0)

    for url in (f"{system.urls['disclosure']}/notices", f"{system.urls['intake']}/messages"):
        problem(await client.post(url, content=chunks(), headers=JSON), 413)


async def test_a_method_that_is_not_offered_is_told_all_that_are(client: httpx.AsyncClient, system: System) -> None:
    refused = await client.patch(f"{system.urls['disclosure']}/notices")
    problem(refused, 405)
    assert refused.headers["allow"] == "GET, POST"


async def test_a_version_that_is_none_is_a_problem(client: httpx.AsyncClient, system: System) -> None:
    url = f"{system.urls['routing']}/cases/TY-1/accept"
    for version in ("", "x", '"', "12345678901", '"3'):
        answer = await client.post(url, json={}, headers={"if-match": version})
        if version == '"3':  # a quote forgotten is no reason to refuse an official
            problem(answer, 404)
        else:
            assert problem(answer)["errors"] == [{"field": "if-match", "message": '应为 ETag 中的版本，如 "3"'}]


async def test_a_name_of_a_table_longer_than_a_name_is_refused_with_its_line(client: httpx.AsyncClient, system: System) -> None:
    long = "g" * 201
    for url, table, field in (
        (f"{system.urls['intake']}/groups", f"group,channel,village,township\n{long},wecom,v,t\n", "group"),
        (f"{system.urls['intake']}/roster", f"sender,group,real_name,role\n{long},g,甲,villager\n", "sender"),
        (f"{system.urls['routing']}/departments", f"code,name,level,duties\na,b,county,{'水' * 4001}\n", "duties"),
    ):
        told = problem(await client.put(url, content=table))
        assert (told["field"], told["line"]) == (field, 2)


async def test_a_batch_of_many_faults_tells_the_first_of_them(client: httpx.AsyncClient, system: System) -> None:
    url = f"{system.urls['intake']}/messages/wecom-archive"
    told = problem(await client.post(url, json=[{}] * 1000))
    assert len(told["errors"]) == 50
    assert len(told["detail"]) < 500
