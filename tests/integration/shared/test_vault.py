"""Personal data: ciphertext at rest, blank where it may not leave, and forgotten everywhere once the key is gone."""

import asyncio
import json
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from shared.consumer import Reaction
from shared.deciding import Work
from shared.envelope import Append, Cause, Recorded
from shared.events import FORGOTTEN
from shared.events.intake import AppealSupplemented, MessageReceived, PersonForgotten
from tests.integration.shared.conftest import START, Start, published, until

WORDS = "俺家电表箱冒烟"


def received(person: str = "p1", text: str = WORDS) -> MessageReceived:
    return MessageReceived(
        message="m", channel="wecom", group="g", message_id="1", person=person, sender="v01", text=text, sent_at=START
    )


def supplemented(text: str | None = WORDS, person: str = "p1") -> AppealSupplemented:
    return AppealSupplemented(appeal="a", message_id="1", person=person, text=text, occurred_at=START)


async def forget(kernel: object, person: str) -> None:
    async with kernel.pool.acquire() as connection:  # type: ignore[attr-defined]
        await kernel.vault.forget([person], connection)  # type: ignore[attr-defined]


async def test_personal_fields_are_ciphertext_in_the_table_and_clear_to_who_loads_them(start: Start) -> None:
    kernel = await start()
    await kernel.append("message-m", received())
    raw = await kernel.pool.fetchval("select data::text from events")
    assert WORDS not in raw
    assert "v01" not in raw
    [loaded] = await kernel.store.load("message-m")
    assert loaded.event == received()


async def test_nothing_personal_left_out_is_nothing_encrypted(start: Start) -> None:
    kernel = await start()
    await kernel.append("message-m", supplemented(None))
    assert (await kernel.store.load("message-m"))[0].event == supplemented(None)
    assert await kernel.pool.fetchval("select count(*) from person_keys") == 0


async def test_confined_fields_are_blank_on_the_wire_and_others_are_clear(start: Start) -> None:
    kernel = await start()
    await kernel.append("message-m", received(), supplemented("也冒烟了"))
    kernel.run(kernel.relay.run())
    await until(lambda: _has(kernel, 2))
    first, second = [message.data.decode() for message in await published(kernel)]
    assert WORDS not in first
    assert json.loads(first)["data"]["text"] == ""
    assert "也冒烟了" in second


async def _has(kernel: object, many: int) -> bool:
    try:
        return len(await published(kernel)) == many  # type: ignore[arg-type]
    except Exception:
        return False


async def test_a_forgotten_person_reads_as_forgotten_and_the_log_stays_whole(start: Start) -> None:
    kernel, replica = await start(), await start()
    await kernel.append("message-m", received())
    await kernel.append("message-n", received("p2", "我是邻居"))
    await replica.session.ensure()
    assert (await replica.store.load("message-m"))[0].event == received()
    await forget(kernel, "p1")
    assert (await kernel.store.load("message-m"))[0].event == received(text=FORGOTTEN).model_copy(update={"sender": FORGOTTEN})
    assert (await kernel.store.load("message-n"))[0].event == received("p2", "我是邻居")

    async def replica_forgot() -> bool:
        return FORGOTTEN in (await replica.store.load("message-m"))[0].data.decode()

    await until(replica_forgot, 5)


async def test_who_speaks_again_after_being_forgotten_has_a_new_key(start: Start) -> None:
    kernel = await start()
    await kernel.append("message-m", received())
    await forget(kernel, "p1")
    await kernel.append("message-n", received(text="又来了"))
    assert (await kernel.store.load("message-n"))[0].event == received(text="又来了")
    assert FORGOTTEN in (await kernel.store.load("message-m"))[0].data.decode()
    assert await kernel.pool.fetchval("select count(*) from person_keys where person = 'p1'") == 2


async def test_a_copy_in_another_service_and_in_its_dead_letters_is_forgotten_too(start: Start) -> None:
    intake, routing = await start("intake"), await start("routing")

    def keep(r: Recorded, work: Work) -> None:
        if r.event.text == "poison":  # type: ignore[attr-defined]
            raise ValueError("cannot be handled")
        work.create(f"copy-{r.id}", [r.event], r.because())

    def forget_there(r: Recorded, work: Work) -> None:
        work.forget(r.event.person)  # type: ignore[attr-defined]

    routing.consume(
        {"intake": {AppealSupplemented: Reaction(lambda _: (), keep), PersonForgotten: Reaction(lambda _: (), forget_there)}}
    )
    intake.run(intake.relay.run())
    await intake.append("message-m", supplemented(), subject="a")
    await intake.append("message-n", supplemented("poison"), subject="b")

    async def arrived() -> bool:
        parked = await routing.pool.fetchval("select count(*) from dead_letters")
        return bool(parked == 1 and await routing.store.head())

    await until(arrived)
    assert WORDS not in await routing.pool.fetchval("select data::text from events")
    assert "poison" not in await routing.pool.fetchval("select envelope::text from dead_letters")
    await intake.append("person-p1", PersonForgotten(person="p1", forgotten_at=START))

    async def forgotten() -> bool:
        [page] = [page async for page in routing.store.read_all()]
        return FORGOTTEN in page[0].data.decode()

    await until(forgotten)
    envelope = await routing.pool.fetchval("select envelope from dead_letters")
    from shared.envelope import from_wire

    parked = from_wire(envelope)
    [clear] = await routing.vault.unseal([(parked.type, parked.data)])
    assert FORGOTTEN in clear.decode()


async def test_a_view_keeps_tokens_that_open_until_the_person_is_forgotten(start: Start) -> None:
    kernel = await start()
    await kernel.append("message-m", received())
    [sealed] = await kernel.store.read_sealed(0, 10)
    token = sealed.event.text  # type: ignore[attr-defined]
    assert token.startswith("enc:")
    assert await kernel.vault.open([("text", token), ("text", None), ("text", "clear")]) == [WORDS, None, "clear"]
    with pytest.raises(InvalidTag):
        await kernel.vault.open([("sender", token)])
    await forget(kernel, "p1")
    assert await kernel.vault.open([("text", token)]) == [FORGOTTEN]


async def test_words_that_look_like_a_token_are_words(start: Start) -> None:
    kernel = await start()
    words = "enc:00000000-0000-0000-0000-000000000000:AAAA"
    await kernel.append("message-m", received(text=words))
    assert (await kernel.store.load("message-m"))[0].event == received(text=words)


async def test_an_event_stored_before_its_type_had_a_personal_field_is_still_read(start: Start) -> None:
    kernel = await start()
    await kernel.append("message-m", supplemented(None))
    await kernel.pool.execute(
        "insert into events (stream, version, id, type, time, subject, data, correlation, actor)"
        " select 'message-old', 1, gen_random_uuid(), type, time, subject, data - 'text', correlation, actor from events"
    )
    assert (await kernel.store.load("message-old"))[0].event == supplemented(None)


async def test_a_key_read_while_its_person_is_forgotten_is_not_remembered(start: Start) -> None:
    """The answer was on its way when the notification came: remembered, it would open the words until the next restart."""
    kernel, other = await start(), await start()
    await kernel.append("message-m", received())
    original = type(kernel.pool).fetch

    async def late(self: Any, query: str, *args: Any, **options: Any) -> Any:
        rows = await original(self, query, *args, **options)
        if self is other.pool and "person_keys" in query and not forgotten:
            forgotten.append(True)
            await forget(kernel, "p1")
            other.vault.drop_cache()
        return rows

    forgotten: list[bool] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(kernel.pool), "fetch", late)
        assert FORGOTTEN in (await other.store.load("message-m"))[0].data.decode()
    assert forgotten


async def test_many_who_hold_the_append_lock_in_turn_never_wait_for_each_others_connections(start: Start) -> None:
    """Each needs a new key: made within its transaction, it would need a second connection while the others hold all."""
    kernel = await start()
    events = [received(f"p{n}") for n in range(40)]
    async with asyncio.timeout(8):
        await asyncio.gather(
            *(kernel.store.append_many([Append(f"message-{n}", 0, [event], Cause("x"))]) for n, event in enumerate(events))
        )
    assert await kernel.store.head() >= 40
