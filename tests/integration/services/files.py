"""A village whose people send files, and callers of single roles who look at them."""

from io import BytesIO
from itertools import count
from pathlib import Path
from typing import Any

import httpx
from PIL import Image

from tests.integration.services.conftest import Village
from tests.unit.services.intake.attachments.samples import exif

TROUBLE = "村西头变压器冒烟了，还滋滋响，太危险了"
REPORT = "村支书把低保名额给了他亲弟弟，还截留了补贴款"
LIMIT = 20 * 1024 * 1024
_photos = count(1)


def photo() -> bytes:
    """A telephone's picture that nobody sent before."""
    image, out = Image.new("RGB", (2000, 1500), "navy"), BytesIO()
    image.save(out, "JPEG", exif=exif(orientation=6), comment=str(next(_photos)).encode())
    return out.getvalue()


class Files:
    """A village whose people send files, and callers of single roles who look at them."""

    def __init__(self, village: Village) -> None:
        self.village, self.url = village, f"{village.system.urls['intake']}/attachments"
        self.folder = Path(village.system.services["intake"].settings.attachments)
        self._ids = count(1)

    async def send(self, data: bytes, role: str = "adapter", **given: Any) -> httpx.Response:
        return await self.village.client.post(self.url, content=data, headers=key(role), **given)

    async def kept(self, data: bytes) -> str:
        answer = await self.send(data, "all")  # whoever says a message sends its files
        assert answer.status_code == 201, answer.text
        sha256: str = answer.json()["sha256"]
        return sha256

    async def say(self, who: str, text: str, *files: dict[str, Any]) -> httpx.Response:
        message_id = f"{self.village.group}-f{next(self._ids)}"
        answer = await self.village.post({**self.village.message(message_id, who, text), "attachments": list(files)}, wait=5)
        await self.village.system.settle()
        return answer

    async def look(self, role: str, sha256: str, what: str = "") -> httpx.Response:
        return await self.village.client.get(f"{self.url}/{sha256}{what}", headers=key(role))

    async def message(self, role: str, n: int = 1) -> dict[str, Any]:
        path = f"{self.village.system.urls['intake']}/messages/wecom/{self.village.group}-f{n}"
        answer: dict[str, Any] = (await self.village.client.get(path, headers=key(role))).json()
        return answer

    async def forget(self, message_id: str) -> None:
        """Forgets who sent that message."""
        system = self.village.system
        query = "select person from messages where message_id = $1"
        person = await system.services["intake"].pool.fetchval(query, message_id)
        answer = await self.village.client.post(f"{system.urls['intake']}/people/{person}/forget")
        assert answer.status_code == 200
        await system.settle()

    def on_disk(self, sha256: str) -> list[str]:
        return sorted(path.name for path in self.folder.rglob(f"{sha256}*"))


def key(role: str) -> dict[str, str]:
    return {"authorization": f"Bearer {role}"}


def image(sha256: str, name: str | None = None) -> dict[str, Any]:
    return {"sha256": sha256, "kind": "image", **({"name": name} if name else {})}


async def of_appeal(files: Files, number: str) -> list[dict[str, Any]]:
    intake = files.village.system.services["intake"]
    appeal = (await files.village.get("intake", f"/appeals/{number}"))["appeal"]
    return [{"type": r.type, "data": r.event.model_dump()} for r in await intake.store.of_subject(appeal)]
