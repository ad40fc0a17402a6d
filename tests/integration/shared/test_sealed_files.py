"""Files under keys of the vault: ciphertext that opens under its name alone, and for nobody once the key is destroyed."""

import pytest

from shared.sealed_files import Damaged, opened, seal, seal_beside
from tests.integration.shared.conftest import Kernel, Start


async def forget(kernel: Kernel, owner: str) -> None:
    async with kernel.pool.acquire() as connection:
        await kernel.vault.forget([owner], connection)


async def test_a_file_is_ciphertext_that_opens_under_its_name_alone(start: Start) -> None:
    vault = (await start()).vault
    sealed = await seal(vault, "f1", "f1", b"picture")
    assert b"picture" not in sealed
    assert await opened(vault, "f1", sealed) == b"picture"
    for name, raw in (("f2", sealed), ("f1", sealed[:-1] + bytes([sealed[-1] ^ 1])), ("f1", b"no file"), ("f1", sealed[:40])):
        with pytest.raises(Damaged):
            await opened(vault, name, raw)


async def test_another_replica_opens_a_file_and_none_does_once_its_key_is_destroyed(start: Start) -> None:
    one, other = await start(), await start()
    sealed = await seal(one.vault, "f1", "f1", b"picture")
    copy = await seal_beside(other.vault, sealed, "f1.public", b"small picture")
    assert copy
    assert await opened(one.vault, "f1.public", copy) == b"small picture"
    await forget(one, "f1")
    other.vault.drop_cache()
    for kernel in (one, other):
        assert await opened(kernel.vault, "f1", sealed) is None
        assert await opened(kernel.vault, "f1.public", copy) is None
        assert await seal_beside(kernel.vault, sealed, "f1.public", b"small picture") is None
    again = await seal(one.vault, "f1", "f1", b"picture")
    assert await opened(other.vault, "f1", again) == b"picture"
    assert await opened(other.vault, "f1", sealed) is None
