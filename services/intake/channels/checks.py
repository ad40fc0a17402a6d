"""What the chat systems' protocols have in common: signatures compared in constant time, times near ours, AES-CBC opened."""

import base64
import hmac
import re
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC
from cryptography.hazmat.primitives.padding import PKCS7

from services.intake.channels import Reason, Refusal

_STAMP = re.compile(r"[0-9]{1,13}", re.ASCII)


def encoded(text: str) -> bytes:
    """UTF-8 of whatever a header or query may hold: what is no text becomes one that matches no signature."""
    return text.encode("utf-8", "replace")


def require_signature(given: str, *, expected: str) -> None:
    """Raises Refusal when the signatures differ; takes as long wherever they do."""
    if not hmac.compare_digest(encoded(given), encoded(expected)):
        raise Refusal(Reason.SIGNATURE, "签名不符")


def require_recent(stamp: str, now: datetime, skew: timedelta, *, milliseconds: bool = False) -> datetime:
    """The time that a stamp of digits means. Raises Refusal when it is none, or further from now than `skew`."""
    if not _STAMP.fullmatch(stamp):
        raise Refusal(Reason.TIMESTAMP, "时间戳不是数字")
    seconds = int(stamp) / (1000 if milliseconds else 1)
    if abs(seconds - now.timestamp()) > skew.total_seconds():
        raise Refusal(Reason.TIMESTAMP, f"时间戳与本机时间相差超过 {skew.total_seconds():.0f} 秒，请核对双方时钟")
    return datetime.fromtimestamp(seconds, UTC)


def from_base64(text: str) -> bytes:
    try:
        return base64.b64decode(encoded(text), validate=True)
    except ValueError:
        raise Refusal(Reason.CIPHER, "密文不是 Base64") from None


def open_cbc(key: bytes, iv: bytes, sealed: bytes, *, block: int) -> bytes:
    """AES-CBC with PKCS#7 to `block` bytes, which may be more than AES's own 16. Raises Refusal."""
    try:
        decryptor = Cipher(AES(key), CBC(iv)).decryptor()
        padded = decryptor.update(sealed) + decryptor.finalize()
        unpadder = PKCS7(block * 8).unpadder()
        return unpadder.update(padded) + unpadder.finalize()
    except ValueError:
        raise Refusal(Reason.CIPHER, "密文解不开，请核对密钥") from None
