"""Draws the README's picture: plays the demo county, takes one appeal's episode out of its group, and photographs it as a chat.

Nothing in it is written by hand: the messages are the demo's, the answers are what notify said. `chat.json` keeps what was
drawn, and a test compares it with what the demo says today. Needs Chromium and a Chinese font (apt-get install chromium
fonts-noto-cjk). Run it after a change of words: `.venv/bin/python docs/pictures/draw.py`.
"""

import asyncio
import csv
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image, ImageChops

from services.cli.run import BEFORE, DEMO, Servers
from services.cli.story import Story, play, read_story
from services.cli.system import System, free_port, running
from shared import settings
from shared.access import Caller, key_line
from shared.clock import CHINA, SimulatedClock
from shared.events.notify import Audience, ReplyQueued
from shared.settings import PORTS

HERE = Path(__file__).parent
PICTURE, KEPT = HERE / "chat.png", HERE / "chat.json"
OPENING = "m018"
"""the message that begins the episode"""
PAUSE = timedelta(minutes=20)
"""a silence after which a chat shows the time again"""
WIDTH, HEIGHT, SCALE, MARGIN = 900, 2000, 2, 14
COLOURS = 96
NUMBER = re.compile(r"(TY-\d{8}-\d{4})")
Line = dict[str, Any]


class NoBrowser(Exception):
    """Chromium is not installed: apt-get install chromium fonts-noto-cjk"""


async def replies_of_demo(story: Story) -> list[ReplyQueued]:
    """Plays the demo on servers that are thrown away; what the groups were told, in order."""
    with (
        tempfile.TemporaryDirectory(prefix="minsheng-picture-", ignore_cleanup_errors=True) as home,
        Servers(Path(home), None, None).started(durable=False) as (database_url, nats_url),
    ):
        keys = key_line("picture", frozenset(Caller), "picture")
        config = settings.read(database_url=database_url, nats_url=nats_url, keys=keys, console="off")
        clock = SimulatedClock(story.begins - BEFORE)
        async with running(config, clock, {name: free_port() for name in PORTS}) as system:
            await play(system, clock, story, "picture", lambda _: None)
            return await _replies(system)


async def _replies(system: System) -> list[ReplyQueued]:
    log = [r.event async for page in system.services["notify"].store.read_all() for r in page]
    return [event for event in log if isinstance(event, ReplyQueued) and event.audience is Audience.GROUP]


def episode(story: Story, replies: list[ReplyQueued]) -> list[Line]:
    """All that was said about the appeal in its group, in order: what quotes it, and the desk's answers."""
    roster = {(row["sender"], row["group"]): row for row in _rows("roster")}
    appeal = next(reply.appeal for reply in replies if reply.quote == OPENING)
    lines: list[Line] = [
        {"side": "desk", "who": "民声", "at": reply.queued_at, "id": None, "quote": reply.quote, "text": reply.text}
        for reply in replies
        if reply.appeal == appeal
    ]
    quoted = {OPENING}
    for message in story.messages:
        if message.message_id == OPENING or message.reply_to in quoted:
            quoted.add(message.message_id)
            person = roster[message.sender, message.group]
            side = "villager" if person["role"] == "villager" else "official"
            lines.append(
                {
                    "side": side, "who": person["real_name"], "at": message.sent_at, "id": message.message_id,
                    "quote": message.reply_to, "text": message.text,
                }
            )  # fmt: skip
    lines.sort(key=lambda line: (line["at"], line["side"] == "desk"))
    return [{**line, "at": line["at"].astimezone(CHINA).isoformat(timespec="minutes")} for line in lines]


def page(lines: list[Line]) -> str:
    """The episode as HTML, in two screens side by side."""
    texts = {line["id"]: f"{_name(line['who'])}：{line['text']}" for line in lines if line["id"]}
    group = next(row for row in _rows("transcript") if row["message_id"] == OPENING)["group"]
    village = next(row["village"] for row in _rows("groups") if row["group"] == group)
    half = (len(lines) + 1) // 2
    halves = [_shown(lines[:half], texts), _shown(lines[half:], texts)]
    loader = FileSystemLoader(HERE)
    environment = Environment(loader=loader, undefined=StrictUndefined, autoescape=True, trim_blocks=True)
    return environment.get_template("chat.html").render(halves=halves, village=village, width=WIDTH)


def _shown(lines: list[Line], texts: dict[str, str]) -> list[Line]:
    shown: list[Line] = []
    before: datetime | None = None
    above = None
    for line in lines:
        at = datetime.fromisoformat(line["at"])
        new = before is None or at - before > PAUSE
        shown.append(
            {
                **line, "time": f"{at.month}月{at.day}日 {at:%H:%M}" if new else "", "parts": NUMBER.split(line["text"]),
                "face": line["who"] if line["side"] == "desk" else _name(line["who"])[0], "quoted": texts.get(line["quote"]) if line["quote"] != above else None,
            }
        )  # fmt: skip
        before, above = at, line["id"]
    return shown


def _name(who: str) -> str:
    """Without the office an official's roster name begins with."""
    return re.sub(r"^.*(?:干部|值班员?|网格员|联络员|律师|顾问)", "", who)


def photograph(html: str, picture: Path) -> None:
    """Raises NoBrowser without Chromium."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if browser is None:
        raise NoBrowser(NoBrowser.__doc__)
    with tempfile.TemporaryDirectory(prefix="minsheng-picture-", ignore_cleanup_errors=True) as folder:
        source = Path(folder) / "chat.html"
        source.write_text(html, encoding="utf-8")
        words = [
            browser,
            "--headless=new",
            "--no-sandbox",
            "--disable-gpu",
            "--hide-scrollbars",
            f"--user-data-dir={folder}/home",
        ]
        size = [f"--window-size={WIDTH},{HEIGHT}", f"--force-device-scale-factor={SCALE}"]
        taken = Path(folder) / "taken.png"
        command = [*words, *size, f"--screenshot={taken}", source.as_uri()]
        subprocess.run(command, check=True, capture_output=True, timeout=120)  # noqa: S603 - a page of our own
        _trimmed(Image.open(taken).convert("RGB")).save(picture, optimize=True)


def _trimmed(image: Image.Image) -> Image.Image:
    """Without the empty page below, in as few colours as a drawing needs: a third of the bytes."""
    _, _, _, bottom = ImageChops.invert(image).getbbox() or (0, 0, 0, image.height)
    high = min(image.height, bottom + round(MARGIN * SCALE))
    return image.crop((0, 0, image.width, high)).quantize(COLOURS, dither=Image.Dither.NONE)


def drawn(lines: list[Line]) -> str:
    """What is kept beside the picture: what it shows, and of which page and picture that is true."""
    marks = {"page": _digest(page(lines).encode()), "picture": _digest(PICTURE.read_bytes()), "episode": lines}
    return json.dumps(marks, ensure_ascii=False, indent=1) + "\n"


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _rows(name: str) -> list[dict[str, Any]]:
    """A file of the demo."""
    if name == "transcript":
        return [json.loads(line) for line in (DEMO / "transcript.jsonl").read_text(encoding="utf-8").splitlines()]
    return list(csv.DictReader((DEMO / f"{name}.csv").read_text(encoding="utf-8").splitlines()))


def the_story() -> Story:
    return read_story(DEMO / "transcript.jsonl", DEMO / "groups.csv", DEMO / "roster.csv", DEMO / "departments.csv")


def main() -> None:
    story = the_story()
    lines = episode(story, asyncio.run(replies_of_demo(story)))
    photograph(page(lines), PICTURE)
    KEPT.write_text(drawn(lines), encoding="utf-8")
    sys.stdout.write(f"{PICTURE}: {len(lines)} 条，{PICTURE.stat().st_size:,} 字节\n")


if __name__ == "__main__":
    main()
