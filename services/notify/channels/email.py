"""E-mail, by the county's own SMTP server. The Message-ID is made of the message's key, so most servers drop a second copy."""

from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP

import aiosmtplib

from services.notify.channels import Message, Undeliverable

TIMEOUT_SECONDS = 20.0
SUBJECT_LENGTH = 40
"""of the text's first line, in characters"""


@dataclass(frozen=True)
class Server:
    """Where to hand mail in: `tls` from the start ("on"), after STARTTLS, or never ("off")."""

    host: str
    port: int
    user: str
    password: str
    tls: str


class EmailChannel:
    """Mails to a fixed list of people."""

    keyed = False
    limit_bytes = 100_000

    def __init__(self, server: Server, sender: str, to: tuple[str, ...]) -> None:
        self._server, self._sender, self._to = server, sender, to

    async def send(self, message: Message) -> bool:
        s = self._server
        try:
            await aiosmtplib.send(
                self._mail(message), hostname=s.host, port=s.port, username=s.user or None, password=s.password or None,
                use_tls=s.tls == "on", start_tls=s.tls == "starttls", timeout=TIMEOUT_SECONDS,
            )  # fmt: skip
        except aiosmtplib.SMTPRecipientsRefused as refusal:
            if all(500 <= each.code < 600 for each in refusal.recipients):
                raise Undeliverable(f"all recipients refused: {refusal.recipients[0].code}") from None
            raise
        except aiosmtplib.SMTPDataError as refusal:
            if 500 <= refusal.code < 600:
                raise Undeliverable(f"{refusal.code} {refusal.message}") from None
            raise
        return True

    async def close(self) -> None:
        return None

    def _mail(self, message: Message) -> EmailMessage:
        mail = EmailMessage(policy=SMTP)
        mail["From"] = Address(display_name="民声", addr_spec=self._sender)
        mail["To"] = ", ".join(self._to)
        first = message.text.strip().splitlines()[0] if message.text.strip() else "民声"
        mail["Subject"] = ("【紧急】" if message.urgent else "") + first[:SUBJECT_LENGTH]
        mail["Message-ID"] = f"<{message.key.replace('/', '.')}@{self._sender.rpartition('@')[2]}>"
        mail.set_content(message.text)
        return mail
