"""`minsheng train intake`: from corrections, stories and tables to a version of the model; activated and rolled back here."""

import csv
import io
from collections.abc import Iterator
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
from services.intake.learning.model import LEARNED
from services.intake.learning.shelf import Shelf
from services.intake.reading import EMPTY, Said
from services.intake.roster import Group, evolve_group
from services.intake.roster_lists import read_roster
from shared.clock import SystemClock
from shared.events.intake import Kind, Role
from shared.problems import Problem
from shared.settings import read
from shared.store import Store
from shared.vault import Vault

DEMO = Path(__file__).parent / learning.DEMO
LINES = 200_000
ANY = "any"
"""channel: a story's senders are the same on all of its channels"""


class NotTrained(Exception):
    """There is nothing that can be learned from, or nothing worth using; the message says why."""


def of_source(path: Path) -> list[Example]:
    """Of a story's folder, or of a CSV. Raises NotTrained, BadStory."""
    if path.is_dir():
        return of_folder(path)
    return of_table(path)


def of_folder(folder: Path) -> list[Example]:
    """Of transcript.jsonl with expected.jsonl, groups.csv, roster.csv and departments.csv beside it."""
    files = {name: folder / f"{name}.csv" for name in ("groups", "roster", "departments")}
    story = read_story(folder / "transcript.jsonl", files["groups"], files["roster"], files["departments"])
    right = {line["message_id"]: line for line in read_lines(folder / "expected.jsonl")}
    return learning.of_story(folder.name, _told(story, right))


def _told(story: Story, right: dict[str, dict[str, Any]]) -> Iterator[tuple[Said, Kind, bool]]:
    """Each message with what it is and whether it is sealed: itself, or the appeal it belongs to."""
    groups = _groups(story.roster)
    sealed = {want.get("appeal") for want in right.values() if want.get("sealed") or want.get("kind") == Kind.REPORT} - {None}
    for m in story.messages:
        want = right.get(m.message_id)
        if want is None or want.get("kind") not in set(Kind):
            raise NotTrained(f"expected.jsonl: no known kind for the message {m.message_id}")
        role = groups.get(m.group, Group()).member(person_key(ANY, m.sender), m.sent_at).role
        said = Said(m.message_id, m.channel, m.group, m.sender, role, None, m.text, m.reply_to, m.sent_at)
        yield said, Kind(want["kind"]), want.get("appeal") in sealed


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
    try:
        reader = csv.DictReader(io.StringIO(path.read_bytes().decode("utf-8-sig")))
        rows = list(reader)
    except (UnicodeDecodeError, csv.Error) as trouble:
        raise NotTrained(f"{path}: not a CSV in UTF-8: {trouble}") from None
    if not {"text", "label"} <= set(reader.fieldnames or ()):
        raise NotTrained(f"{path}: needs the columns text and label; has {', '.join(reader.fieldnames or ())}")
    if len(rows) > LINES:
        raise NotTrained(f"{path}: more than {LINES} lines")
    found = [_of_row(path, line, row) for line, row in enumerate(rows, 2)]
    return [one for one in found if one]


def _of_row(path: Path, line: int, row: dict[str, str]) -> Example | None:
    label, role = (row["label"] or "").strip(), (row.get("role") or Role.VILLAGER).strip()
    if label not in set(Kind):
        raise NotTrained(f"{path}: line {line}: {label!r} is no kind; known are {', '.join(sorted(LEARNED))}")
    if role not in set(Role):
        raise NotTrained(f"{path}: line {line}: {role!r} is no role; known are {', '.join(Role)}")
    said = Said(str(line), "csv", path.name, "somebody", Role(role), None, row["text"] or "", None, datetime.now(UTC))
    return learning.example(path.stem, Kind(label), said, EMPTY)


async def of_events(url: str) -> list[Example]:
    """Of what people corrected and confirmed in intake's log; works beside a running intake."""
    pool = await care.open_log("intake", url)
    try:
        parts = build("intake", read(database_url=url, nats_url="nats://unused", intake_model=""), SystemClock())
        return await learning.of_log(Store(pool, "intake", parts.clock, Vault(pool), parts.metrics))
    finally:
        await pool.close()


def train(examples: list[Example], shelf: Shelf, out: Console) -> int:
    """Trains, shows how well it does, keeps the version. Raises NotTrained."""
    from services.intake.learning import training

    version = shelf.next()
    try:
        with out.status(f"从 {len(examples)} 条样本学习……"):
            model, scores = training.train(examples, version)
    except training.TooLittle as little:
        raise NotTrained(str(little)) from None
    card = training.card(examples, scores, version, datetime.now(UTC))
    target = shelf.put(model, card)
    show(card, out)
    size = (target / "model.npz").stat().st_size // 1024
    out.print(f"已保存版本 {version}：{target}（{size} KB）", highlight=False, soft_wrap=True)
    return version


def show(card: dict[str, Any], out: Console) -> None:
    """A card for people: how often rules, model and both were right on messages the model had not seen."""
    scored = card["cross_validated"]
    table = Table(title=f"版本 {card['version']}：交叉验证（{scored['held_out']}）", title_justify="left")
    for column in ("来源", "消息", "只用规则", "只用模型", "一起"):
        table.add_column(column, justify="left" if column == "来源" else "right")
    rows = [*scored["by_source"].items(), ("合计", scored["all"])]
    for source, tally in rows:
        shares = (f"{tally[name] / tally['messages']:.1%}" for name in ("rules", "model", "together"))
        table.add_row(source, str(tally["messages"]), *shares)
    out.print(table)
    if not card["helps"]:
        out.print("加上模型并不比只用规则好，不建议启用；多积累一些改判和确认再训练。")


def activate(shelf: Shelf, version: int, out: Console) -> None:
    """Raises NotTrained for a version that does not help, NoSuchVersion."""
    if not shelf.card(version).get("helps"):
        raise NotTrained(f"版本 {version} 不比只用规则好（见 {shelf.folder / str(version) / 'card.json'}），不启用")
    shelf.activate(version)
    out.print(f"已启用版本 {version}；运行中的 intake 从下一条消息起使用", highlight=False)


def roll_back(shelf: Shelf, out: Console) -> None:
    before = shelf.roll_back()
    out.print(f"已退回{'只用规则' if before is None else f'版本 {before}'}", highlight=False)


def list_versions(shelf: Shelf, out: Console) -> None:
    table = Table(title=str(shelf.folder), title_justify="left")
    for column in ("版本", "训练时间", "样本", "只用规则", "一起", "在用"):
        table.add_column(column)
    for version in shelf.versions():
        card = shelf.card(version)
        scored = card["cross_validated"]["all"]
        rules, both = (f"{scored[name] / scored['messages']:.1%}" for name in ("rules", "together"))
        used = "是" if version == shelf.active() else ""
        table.add_row(str(version), card["trained_at"], str(card["examples"]["all"]), rules, both, used)
    out.print(table)
