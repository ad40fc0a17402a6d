"""`minsheng train intake`: from corrections, stories and tables to a version of the model; activated and rolled back here."""

import csv
import io
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from services.cli import care
from services.cli.score import read_lines
from services.cli.story import Story, read_story
from services.cli.system import build
from services.intake.domain import person_key
from services.intake.learning import examples as learning
from services.intake.learning.examples import Example
from services.intake.learning.model import Model
from services.intake.learning.shelf import SHIPPED
from services.intake.reading import EMPTY, Said
from services.intake.roster import Group, evolve_group
from services.intake.roster_lists import read_roster
from shared.clock import SystemClock
from shared.events.intake import Kind, Role
from shared.learning import shelf as shelves
from shared.learning.shelf import FILE, Shelf, next_shipped
from shared.problems import Problem
from shared.settings import read
from shared.store import Store
from shared.vault import Vault

DEMO = Path(__file__).parent / "demo"
STORIES = Path(learning.__file__).parent / "stories"
"""counties of many hands that come with the program, to learn from"""
LINES = 200_000
ANY = "any"
"""channel: a story's senders are the same on all of its channels"""


READERS = {"rules": "只用规则", "model": "只用模型", "together": "一起"}


class NotTrained(Exception):
    """There is nothing that can be learned from, or nothing worth using; the message says why."""


@dataclass
class Sources:
    """What is learned from: whole stories, and examples that stand alone."""

    stories: list[learning.Story] = field(default_factory=list)
    loose: list[Example] = field(default_factory=list)

    def add(self, path: Path) -> None:
        """A story's folder, or a CSV. Raises NotTrained, BadStory."""
        if path.is_dir():
            self.stories.append(of_folder(path))
        else:
            self.loose += of_table(path)


def base() -> Sources:
    """The stories that come with the program."""
    found = Sources()
    for folder in stories():
        found.add(folder)
    return found


def stories() -> list[Path]:
    """The folders of the stories that come with the program."""
    return [*sorted(path for path in STORIES.iterdir() if path.is_dir()), DEMO]


def of_folder(folder: Path) -> learning.Story:
    """Of transcript.jsonl with expected.jsonl, groups.csv, roster.csv and departments.csv beside it."""
    files = {name: folder / f"{name}.csv" for name in ("groups", "roster", "departments")}
    story = read_story(folder / "transcript.jsonl", files["groups"], files["roster"], files["departments"])
    right = {line["message_id"]: line for line in read_lines(folder / "expected.jsonl")}
    return learning.Story(folder.name, tuple(_told(story, right)))


def _told(story: Story, right: dict[str, dict[str, Any]]) -> Iterator[learning.Told]:
    groups = _groups(story.roster)
    for m in story.messages:
        want = right.get(m.message_id)
        if want is None or want.get("kind") not in set(Kind):
            raise NotTrained(f"expected.jsonl: no known kind for the message {m.message_id}")
        role = groups.get(m.group, Group()).member(person_key(ANY, m.sender), m.sent_at).role
        said = Said(m.message_id, m.channel, m.group, m.sender, role, None, m.text, m.reply_to, m.sent_at)
        yield learning.Told(said, Kind(want["kind"]), want.get("appeal"), want.get("satisfied"))


def _groups(roster: bytes) -> dict[str, Group]:
    """Who held which role when, as intake would know it."""
    groups: dict[str, Group] = {}
    try:
        for entry in read_roster(roster, ANY):
            groups[entry.group] = evolve_group(groups.get(entry.group, Group()), entry)
    except Problem as fault:
        raise NotTrained(f"roster.csv: {fault.detail}") from None
    return groups


def of_table(path: Path) -> list[Example]:
    """Of a CSV text,label[,role]: each message as the first of its group; who has no role is a villager."""
    found = [_of_row(path, line, row) for line, row in enumerate(rows_of(path), 2)]
    return [one for one in found if one]


def rows_of(path: Path) -> list[dict[str, str]]:
    """Of a CSV text,label and whatever more. Raises NotTrained, OSError."""
    try:
        reader = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")))
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as trouble:
        raise NotTrained(f"{path}: not a CSV in UTF-8: {trouble}") from None
    if not {"text", "label"} <= set(reader.fieldnames or ()):
        raise NotTrained(f"{path}: needs the columns text and label; has {', '.join(reader.fieldnames or ())}")
    if len(rows) > LINES:
        raise NotTrained(f"{path}: more than {LINES} lines")
    return rows


def _of_row(path: Path, line: int, row: dict[str, str]) -> Example | None:
    label, role = (row["label"] or "").strip(), (row.get("role") or Role.VILLAGER).strip()
    if label not in set(Kind):
        raise NotTrained(f"{path}: line {line}: {label!r} is no kind; known are {', '.join(Kind)}")
    if role not in set(Role):
        raise NotTrained(f"{path}: line {line}: {role!r} is no role; known are {', '.join(Role)}")
    said = Said(str(line), "csv", path.name, "somebody", Role(role), None, row["text"] or "", None, datetime.now(UTC))
    return learning.learnable(path.stem, Kind(label), None, said, EMPTY)


async def of_events(url: str) -> list[Example]:
    """Of what people corrected and confirmed in intake's log; works beside a running intake."""
    async with log_of("intake", url) as store:
        return await learning.of_log(store)


@asynccontextmanager
async def log_of(service: str, url: str) -> AsyncIterator[Store]:
    """A service's log, to read. Raises care.NotPossible."""
    pool = await care.open_log(service, url)
    try:
        parts = build(service, read(database_url=url, nats_url="nats://unused", intake_model="off"), SystemClock())
        yield Store(pool, service, parts.clock, Vault(pool), parts.metrics)
    finally:
        await pool.close()


def train(sources: Sources, shelf: Shelf[Model], out: Console) -> int:
    """Trains, shows how well it does, keeps the version. Raises NotTrained."""
    version = shelf.next()
    model, card = _trained(sources, version, out)
    target = shelf.put(model, card)
    show(card, out)
    size = (target / FILE).stat().st_size // 1024
    out.print(f"已保存版本 {version}：{target}（{size} KB）", highlight=False, soft_wrap=True)
    return version


def ship(sources: Sources, out: Console) -> None:
    """Makes the model that comes with the program anew, one version on. Raises NotTrained."""
    model, card = _trained(sources, next_shipped(SHIPPED), out)
    shelves.ship(SHIPPED, model, card)
    show(card, out)


def _trained(sources: Sources, version: int, out: Console) -> tuple[Model, dict[str, Any]]:
    from services.intake.learning import training

    try:
        with out.status(f"从 {len(sources.stories)} 个县的故事和 {len(sources.loose)} 条样本学习……") as status:
            model, scores = training.train(sources.stories, sources.loose, version, status.update)
    except training.TooLittle as little:
        raise NotTrained(str(little)) from None
    return model, training.card(sources.stories, sources.loose, scores, version, datetime.now(UTC))


def show(card: dict[str, Any], out: Console) -> None:
    """A card for people: how often rules, model and both were right on messages the model had not seen."""
    scored = card["cross_validated"]
    table = Table(title=f"版本 {card['version']}：留出检验（{scored['held_out']}），类型/归并", title_justify="left")
    for column in ("来源", "消息", *READERS.values(), "举报密封", "误密封"):
        table.add_column(column, justify="left" if column == "来源" else "right")
    for source, tally in [*scored["by_source"].items(), ("合计", scored["all"])]:
        counts = [tally[name] for name in READERS]
        shares = (f"{one['kinds'] / one['messages']:.1%} / {one['links'] / one['messages']:.1%}" for one in counts)
        both = tally["together"]
        sealed = f"{both['sealed']}/{both['reports']}", str(both["sealed_falsely"])
        table.add_row(source, str(both["messages"]), *shares, *sealed)
    out.print(table)
    if not card["helps"]:
        out.print("加上模型并不比只用规则好，不建议启用；多积累一些改判和确认再训练。")


def activate(shelf: Shelf[Model], version: int, out: Console) -> None:
    """Raises NotTrained for a version that does not help, NoSuchVersion."""
    if not shelf.card(version).get("helps"):
        raise NotTrained(f"版本 {version} 不比只用规则好（见 {shelf.folder / str(version) / 'card.json'}），不启用")
    shelf.activate(version)
    out.print(f"已启用版本 {version}；运行中的 intake 几秒内开始使用", highlight=False)


def roll_back(shelf: Shelf[Any], out: Console) -> None:
    before = shelf.roll_back()
    out.print(f"已退回{'只用规则' if before is None else f'版本 {before}'}", highlight=False)


def list_versions(shelf: Shelf[Model], out: Console) -> None:
    table = Table(title=str(shelf.folder), title_justify="left")
    for column in ("版本", "训练时间", "样本", "只用规则", "一起", "在用"):
        table.add_column(column)
    for version in shelf.versions():
        card = shelf.card(version)
        scored = card["cross_validated"]["all"]
        rules, both = (f"{scored[name]['kinds'] / scored[name]['messages']:.1%}" for name in ("rules", "together"))
        used = "是" if version == shelf.active() else ""
        table.add_row(str(version), card["trained_at"], str(card["examples"]["all"]), rules, both, used)
    out.print(table)
