"""`minsheng train routing`, `minsheng evaluate routing`: a model that names the department of a message, from labelled tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import orjson
from rich.console import Console
from rich.table import Table

from services.cli.train import NotTrained, log_of, rows_of
from services.routing.learning.model import Model, load
from services.routing.learning.scoring import Score
from shared.events import FORGOTTEN
from shared.events.intake import AppealOpened, AppealWithdrawn
from shared.events.routing import CaseEvent, CaseResolved, CaseTransferred
from shared.learning.shelf import FILE, NoSuchVersion, Shelf
from shared.store import Store

if TYPE_CHECKING:
    from services.routing.learning.training import Labelled

LABEL = 60
"""letters of a label, most: a code or a name"""
LABELS = 500
"""a county has some dozen departments; a column of running numbers is no label"""


def shelf_of(folder: Path) -> Shelf[Model]:
    return Shelf(folder, load)


def read_labelled(paths: Sequence[Path]) -> "list[Labelled]":
    """Of CSV files text,label. Raises NotTrained with file and line, OSError."""
    from services.routing.learning.training import Labelled

    found = [
        Labelled(row["text"] or "", _label(path, line, row), path.stem)
        for path in paths
        for line, row in enumerate(rows_of(path), 2)
    ]
    if len({one.label for one in found}) > LABELS:
        raise NotTrained(f"more than {LABELS} labels: is the column label right?")
    return found


def _label(path: Path, line: int, row: dict[str, str]) -> str:
    label = (row["label"] or "").strip()
    if not label or len(label) > LABEL:
        raise NotTrained(f"{path}: line {line}: a label of 1 to {LABEL} letters is needed, not {label[:LABEL]!r}")
    return label


async def of_events(url: str) -> "list[Labelled]":
    """Of a county's own cases: what was said, and who had it when it was put right or resolved.

    Never what is sealed, now or ever: it has no words in these logs, and is left out besides. Nor what was withdrawn: it was
    misread, and a report read as an appeal is withdrawn when it is sealed. Works beside running services.
    """
    from services.routing.learning.training import Labelled

    async with log_of("routing", url) as store:
        outcome = await decided(store)
    found = dict[str, Labelled]()
    async with log_of("intake", url) as store:
        async for page in store.read_all():
            for recorded in page:
                match recorded.event:
                    case AppealOpened(sealed=False, text=str(text)) as e if text != FORGOTTEN and e.appeal in outcome:
                        found[e.appeal] = Labelled(text, outcome[e.appeal], "events")
                    case AppealWithdrawn() as e:
                        found.pop(e.appeal, None)
    return list(found.values())


async def decided(store: Store) -> dict[str, str]:
    """Appeal → the department of its last transfer or resolution, without what was ever sealed."""
    decided: dict[str, str] = {}
    sealed: set[str] = set()
    async for page in store.read_all():
        for recorded in page:
            match recorded.event:
                case CaseTransferred() | CaseResolved() as e:
                    decided[e.appeal] = e.department
            if isinstance(recorded.event, CaseEvent) and recorded.event.sealed:
                sealed.add(recorded.event.appeal)
    return {appeal: department for appeal, department in decided.items() if appeal not in sealed}


def train(examples: "Sequence[Labelled]", shelf: Shelf[Model], out: Console) -> int:
    """Trains, shows how well it does, keeps the version. Raises NotTrained."""
    from services.routing.learning import training

    version = shelf.next()
    try:
        with out.status(f"从 {len(examples)} 条样本学习……") as status:
            model, outcome = training.train(examples, version, status.update)
    except training.TooLittle as little:
        raise NotTrained(str(little)) from None
    target = shelf.put(model, training.card(outcome, version, datetime.now(UTC)))
    show(outcome.whole, f"版本 {version}：留出检验", out)
    for source, score in outcome.by_source.items():
        out.print(f"{source}：{score.messages} 条，macro-F1 {score.macro_f1:.4f}", highlight=False)
    if outcome.left_out:
        listed = "、".join(f"{label} {count}" for label, count in outcome.left_out.most_common())
        out.print(f"样本太少、没有学的类：{listed}", highlight=False)
    size = (target / FILE).stat().st_size / 1_000_000
    out.print(
        f"已保存版本 {version}：{target}（{size:.1f} MB，用时 {outcome.seconds:.0f} 秒）", highlight=False, soft_wrap=True
    )
    return version


@dataclass(frozen=True)
class Evaluated:
    """A version tried on messages that people labelled."""

    version: int
    score: Score
    confusion: Path
    reliability: Path

    def as_json(self) -> bytes:
        from services.routing.learning.training import summary

        drawn = {"confusion_matrix": str(self.confusion), "reliability": str(self.reliability)}
        told: dict[str, Any] = {"version": self.version, **summary(self.score), "pictures": drawn}
        return orjson.dumps(told, option=orjson.OPT_INDENT_2)


def evaluate(test: Path, place: Path, version: int | None, pictures: Path | None) -> Evaluated:
    """The version given, else the newest of the folder; or the one file that `place` is.

    Raises NotTrained, NoSuchVersion, Unusable, OSError.
    """
    from services.routing.learning import pictures as drawing

    model = _chosen(place, version)
    examples = read_labelled([test])
    if not examples:
        raise NotTrained(f"{test}: no messages")
    score = Score()
    for one in examples:
        label, probability = model.judge(one.text)[0]
        score.take(one.label, label, probability)
    folder = pictures or (place if place.is_dir() else place.parent) / "evaluations" / f"{model.version}-{test.stem}"
    folder.mkdir(parents=True, exist_ok=True)
    found = Evaluated(model.version, score, folder / "confusion.png", folder / "reliability.png")
    drawing.confusion(score, found.confusion)
    drawing.reliability(score, found.reliability)
    return found


def _chosen(place: Path, version: int | None) -> Model:
    if place.is_file():
        return load(place)
    shelf = shelf_of(place)
    newest = max(shelf.versions(), default=None)
    if newest is None or (version is not None and version not in shelf.versions()):
        raise NoSuchVersion(f"{place} 中没有{'模型' if version is None else f'版本 {version}'}；先运行 minsheng train routing")
    return load(shelf.file(version or newest))


def tell(found: Evaluated, out: Console) -> None:
    """The evaluation for people."""
    show(found.score, f"版本 {found.version}：检验", out)
    out.print(f"混淆矩阵：{found.confusion}\n可靠性曲线：{found.reliability}", highlight=False, soft_wrap=True)


def show(score: Score, title: str, out: Console) -> None:
    """A table by label, then the whole."""
    table = Table(title=f"{title}（{score.messages} 条）", title_justify="left")
    for column in ("", "类别", "精确率", "召回率", "F1", "条数"):
        table.add_column(column, justify="left" if column == "类别" else "right")
    for n, (label, one) in enumerate(score.by_label.items(), 1):
        shares = (f"{share:.1%}" for share in (one.precision, one.recall))
        table.add_row(str(n), label, *shares, f"{one.f1:.4f}", str(one.messages))
    out.print(table)
    out.print(
        f"macro-F1 {score.macro_f1:.4f}，准确率 {score.accuracy:.1%}，把握与实际平均相差 {score.gap:.1%}", highlight=False
    )


def activate(shelf: Shelf[Model], version: int, out: Console) -> None:
    """Raises NoSuchVersion, Unusable."""
    shelf.activate(version)
    out.print(f"已选定版本 {version}", highlight=False)


def list_versions(shelf: Shelf[Model], out: Console) -> None:
    table = Table(title=str(shelf.folder), title_justify="left")
    for column in ("版本", "训练时间", "样本", "类别", "macro-F1", "在用"):
        table.add_column(column)
    for version in shelf.versions():
        card = shelf.card(version)
        examples, scored = card["examples"], card["cross_validated"]
        used = "是" if version == shelf.active() else ""
        counted = str(examples["all"]), str(len(examples["by_label"]))
        table.add_row(str(version), card["trained_at"], *counted, f"{scored['macro_f1']:.4f}", used)
    out.print(table)
