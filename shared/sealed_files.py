"""Files under keys of the vault (AES-256-GCM), each bound to the name it is kept under.

Sealed, a file is 36 bytes of the key's id, the nonce, the ciphertext. Destroying the key destroys every copy of the file.
"""

import asyncio
import os
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.vault import NONCE, Vault

_KEY_ID = 36
"""bytes"""


class Damaged(Exception):
    """A file is not what was sealed: where it was kept, bytes of it were changed or lost."""


async def seal(vault: Vault, owner: str, name: str, data: bytes) -> bytes:
    """A file under its owner's key, which is made if need be."""
    key_id, cipher = await vault.key_of(owner)
    return await asyncio.to_thread(_sealed, key_id, cipher, name, data)


async def seal_beside(vault: Vault, sealed: bytes, name: str, data: bytes) -> bytes | None:
    """A file under the very key of another; None when that key was destroyed meanwhile, for no new one shall be made."""
    key_id = _key_id(sealed)
    cipher = await vault.key(key_id)
    return await asyncio.to_thread(_sealed, key_id, cipher, name, data) if cipher else None


async def opened(vault: Vault, name: str, sealed: bytes) -> bytes | None:
    """What was sealed under that name; None once its key is destroyed. Raises Damaged."""
    cipher = await vault.key(_key_id(sealed))
    try:
        return await asyncio.to_thread(_opened, cipher, name, sealed) if cipher else None
    except (InvalidTag, ValueError):
        raise Damaged(f"{name} is not what was sealed under that name") from None


def _key_id(sealed: bytes) -> str:
    try:
        return str(UUID(sealed[:_KEY_ID].decode("ascii")))
    except ValueError:
        raise Damaged("no file of this vault") from None


def _sealed(key_id: str, cipher: AESGCM, name: str, data: bytes) -> bytes:
    nonce = os.urandom(NONCE)
    return key_id.encode() + nonce + cipher.encrypt(nonce, data, name.encode())


def _opened(cipher: AESGCM, name: str, sealed: bytes) -> bytes:
    nonce, content = sealed[_KEY_ID : _KEY_ID + NONCE], memoryview(sealed)[_KEY_ID + NONCE :]
    return cipher.decrypt(nonce, content, name.encode())
