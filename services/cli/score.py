"""How well a replay did: its report against what a thoughtful person expected, miss by miss."""

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from services.cli.story import BadStory

OPENING = ("appeal", "enquiry", "report")
FLAGS = ("urgent", "sealed", "accept_overdue", "questions_notice")
OPTIONAL = ("satisfied", "reopened")


@dataclass
class Tally:
    """Right and all, with the misses as people would name them."""

    right: int = 0
    total: int = 0
    misses: list[str] = field(default_factory=list)

    def take(self, ok: bool, miss: str) -> None:
        self.total += 1
        self.right += ok
        if not ok:
            self.misses.append(miss)

    @property
    def share(self) -> float:
        return self.right / self.total if self.total else 1.0


@dataclass
class Score:
    """What `minsheng score` prints."""

    kinds: dict[str, Tally] = field(default_factory=dict)
    linking: Tally = field(default_factory=Tally)
    department: Tally = field(default_factory=Tally)
    flags: dict[str, Tally] = field(default_factory=dict)
    answered: Tally = field(default_factory=Tally)

    @property
    def kind(self) -> Tally:
        tallies = self.kinds.values()
        return Tally(sum(t.right for t in tallies), sum(t.total for t in tallies), [m for t in tallies for m in t.misses])


def score(report: list[dict[str, Any]], expected: list[dict[str, Any]]) -> Score:
    """Compares line by line. A label of the expectation is right where all its messages share the opening's number."""
    said = {line["message_id"]: line for line in report}
    numbers = _numbers(said, expected)
    taken = Counter(number for number in numbers.values() if number)
    result = Score()
    for want in expected:
        name = want["message_id"]
        got = said.get(name, {})
        tally = result.kinds.setdefault(want["kind"], Tally())
        tally.take(got.get("kind") == want["kind"], f"{name}: {got.get('kind')}, 应为 {want['kind']}")
        _linking(result.linking, name, got, want, numbers, taken)
        if "department_any_of" in want:
            right = got.get("department") in want["department_any_of"]
            result.department.take(right, f"{name}: {got.get('department')}, 应为 {'/'.join(want['department_any_of'])}")
        _flags(result, name, got, want)
        if want["kind"] in OPENING:
            result.answered.take(bool(got.get("replies")), f"{name}: 没有任何答复")
    return result


def _numbers(said: dict[str, dict[str, Any]], expected: list[dict[str, Any]]) -> dict[str, str | None]:
    """The number that the opening message of each label was given."""
    numbers: dict[str, str | None] = {}
    for want in expected:
        if want.get("appeal") and want["kind"] in OPENING:
            numbers.setdefault(want["appeal"], said.get(want["message_id"], {}).get("appeal"))
    return numbers


def _linking(
    tally: Tally, name: str, got: dict[str, Any], want: dict[str, Any], numbers: dict[str, str | None], taken: Counter[str]
) -> None:
    label, number = want.get("appeal"), got.get("appeal")
    if label is None:
        tally.take(number is None, f"{name}: 归入 {number}, 本不属于任何诉求")
    else:
        due = numbers.get(label)
        tally.take(number is not None and number == due and taken[number] == 1, f"{name}: 归入 {number}, 应为 {label}（{due}）")


def _flags(result: Score, name: str, got: dict[str, Any], want: dict[str, Any]) -> None:
    opening = want["kind"] in OPENING
    for flag in FLAGS:
        if flag in want or (opening and flag != "accept_overdue"):
            due = want.get(flag, False)
            result.flags.setdefault(flag, Tally()).take(
                bool(got.get(flag)) == due, f"{name}: {flag} {got.get(flag)}, 应为 {due}"
            )
    for flag in OPTIONAL:
        if flag in want:
            result.flags.setdefault(flag, Tally()).take(
                got.get(flag) == want[flag], f"{name}: {flag} {got.get(flag)}, 应为 {want[flag]}"
            )


def read_lines(path: Path) -> list[dict[str, Any]]:
    """A JSONL file. Raises BadStory."""
    try:
        lines = [orjson.loads(line) for line in path.read_bytes().splitlines() if line.strip()]
    except OSError as error:
        raise BadStory(f"{path}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        raise BadStory(f"{path}: not JSON lines: {error}") from None
    if not lines or not all(isinstance(line, dict) and "message_id" in line for line in lines):
        raise BadStory(f"{path}: every line needs a message_id")
    return lines


def show(result: Score, console: Console) -> None:
    """A table, then every miss."""
    table = Table(title="对照结果", title_justify="left")
    for column in ("项目", "对", "共", "准确率"):
        table.add_column(column, justify="left" if column == "项目" else "right")
    rows = [("消息类型", result.kind), *((f"  {kind}", tally) for kind, tally in sorted(result.kinds.items()))]
    rows += [("归并（属于哪件诉求）", result.linking), ("主办部门", result.department), ("诉求有答复", result.answered)]
    rows += [(f"标记 {flag}", tally) for flag, tally in result.flags.items()]
    for name, tally in rows:
        table.add_row(name, str(tally.right), str(tally.total), f"{tally.share:.1%}")
    console.print(table)
    for name, tally in rows:
        if not name.startswith("  "):
            for miss in tally.misses:
                console.print(f"{name} {miss}", highlight=False)
