"""`minsheng train routing --ship`: makes the model of kinds of offices that comes with the program anew, from stories."""

import csv
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from services.cli.score import read_lines
from services.cli.story import read_story
from services.cli.train import NotTrained, stories
from services.routing.departments import Registry, value_of
from services.routing.directory import Department, Directory
from services.routing.directory_lists import read_departments
from services.routing.learning.asking import SHIPPED
from shared.events.intake import Kind
from shared.learning import shelf as shelves
from shared.learning.shelf import next_shipped

if TYPE_CHECKING:
    from services.routing.learning.offices import Opening


def ship(folders: Sequence[Path], out: Console) -> None:
    """Of the stories that come with the program and those of the folders. Raises NotTrained, BadStory."""
    from services.intake.learning.training import WRITTEN_WITH
    from services.routing.learning import offices

    counties = (*stories(), *folders)
    openings = [opening for folder in counties for opening in openings_of(folder)]
    if not openings:
        raise NotTrained("no appeal in these stories says who answers for it")
    version = next_shipped(SHIPPED)
    with out.status(f"从 {len(counties)} 个县的 {len(openings)} 件诉求学习……") as status:
        model, tallies = offices.train(openings, WRITTEN_WITH, version, status.update)
    card = offices.card(openings, tallies, version, datetime.now(UTC))
    shelves.ship(SHIPPED, model, card)
    show(card, out)


def openings_of(folder: Path) -> "Iterable[Opening]":
    """The appeals of a story that say who may answer for them, but for what is sealed. Raises BadStory."""
    from services.routing.learning.offices import Opening

    files = {name: folder / f"{name}.csv" for name in ("groups", "roster", "departments")}
    story = read_story(folder / "transcript.jsonl", files["groups"], files["roster"], files["departments"])
    listed = map(value_of, read_departments(story.departments, Registry()).entries)
    directory = Directory.of(department for department in listed if isinstance(department, Department))
    groups = {row["group"]: row for row in csv.DictReader(story.groups.decode("utf-8-sig").splitlines())}
    right = {line["message_id"]: line for line in read_lines(folder / "expected.jsonl")}
    for message in story.messages:
        told, place = right[message.message_id], groups[message.group]
        codes = frozenset(told.get("department_any_of") or ())
        if codes and not told.get("sealed") and told["kind"] != Kind.REPORT and message.text:
            village, township = place.get("village") or "", place.get("township") or ""
            yield Opening(folder.name, message.text, Kind(told["kind"]), village, township, directory, codes)


def show(card: dict[str, Any], out: Console) -> None:
    """A card for people: how often the first department was a right one, in counties the model had not seen."""
    scored = card["cross_validated"]
    table = Table(title=f"版本 {card['version']}：首派正确（{scored['held_out']}）", title_justify="left")
    for column in ("县", "诉求", "只用规则", "一起"):
        table.add_column(column, justify="left" if column == "县" else "right")
    whole = scored["all"]
    for name, (appeals, rules, together) in (
        *scored["by_county"].items(),
        ("合计", (whole["appeals"], whole["rules"], whole["together"])),
    ):
        table.add_row(name, str(appeals), f"{rules / appeals:.1%}", f"{together / appeals:.1%}")
    out.print(table)
    out.print(f"把握与实际：{scored['sure']}", highlight=False)
