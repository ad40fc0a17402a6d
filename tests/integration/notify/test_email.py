"""E-mail to a real SMTP server: what it carries, what its refusals mean, and the same id when it is sent again."""

from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message as Mail
from typing import Any

import aiosmtplib
import pytest
from aiosmtpd.controller import Controller

from services.cli.system import free_port
from services.notify.channels import Message, Undeliverable
from services.notify.channels.email import EmailChannel, Server


class Postbox:
    """Answers as told, keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[Mail] = []
        self.answer = "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.answer.startswith("250"):
            self.mails.append(message_from_bytes(envelope.content))
        return self.answer


@pytest.fixture
def postbox() -> Iterator[tuple[Postbox, EmailChannel]]:
    box, port = Postbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    yield box, EmailChannel(Server("127.0.0.1", port, "", "", "off"), "minsheng@county.example", ("duty@county.example",))
    controller.stop()


async def test_a_mail_carries_the_words_and_the_same_id_when_it_is_sent_again(postbox: tuple[Postbox, EmailChannel]) -> None:
    box, channel = postbox
    for _ in range(2):
        assert await channel.send(Message("r1/2", "【转达】3 条答复未送达\n请值班人员转达", urgent=True))
    first, second = box.mails
    assert first["Message-ID"] == second["Message-ID"] == "<r1.2@county.example>"
    assert first["To"] == "duty@county.example"
    assert str(make_header(decode_header(first["Subject"]))) == "【紧急】【转达】3 条答复未送达"
    payload = first.get_payload(decode=True)
    assert isinstance(payload, bytes)
    assert payload.decode() == "【转达】3 条答复未送达\r\n请值班人员转达\r\n"


async def test_a_lasting_refusal_is_final_and_a_passing_one_is_not(postbox: tuple[Postbox, EmailChannel]) -> None:
    box, channel = postbox
    box.answer = "552 too large"
    with pytest.raises(Undeliverable, match="552"):
        await channel.send(Message("r1", "词"))
    box.answer = "451 try later"
    with pytest.raises(aiosmtplib.SMTPDataError):
        await channel.send(Message("r1", "词"))
    assert box.mails == []
