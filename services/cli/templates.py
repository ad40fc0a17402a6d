"""`minsheng templates`: which replies there are, what each may speak of, whose words they are; and a folder of own ones tried out."""

from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from services.notify.known import PURPOSES, WORDS
from services.notify.texts import SHIPPED, Texts, faults_of


def show(folder: Path | None, out: Console) -> None:
    """Prints every template. Raises BadSettings for a folder that is not right."""
    texts = Texts(folder)
    table = Table(title="答复模板", title_justify="left")
    for column in ("模板", "何时使用", "可用变量", "来源"):
        table.add_column(column, overflow="fold")
    for name, purpose in PURPOSES.items():
        table.add_row(f"{name}.txt", purpose.when, " ".join(purpose.names) or "无", str(texts.own(name) or "自带"))
    out.print(table)
    for name, word in WORDS.items():
        out.print(f"  {name}：{escape(word.meaning)}", highlight=False)
    out.print(f"自带模板在 {SHIPPED}，复制要改的到自己的文件夹，再设 MINSHENG_TEMPLATES。", highlight=False, soft_wrap=True)


def check(folder: Path, out: Console) -> int:
    """Says of every file whether it may stand; returns how many may not. Raises BadSettings when the folder cannot be read."""
    faults = faults_of(folder)
    for name, fault in faults.items():
        out.print(escape(f"✗ {name} {fault}"), highlight=False, soft_wrap=True)
    if faults:
        out.print(f"{len(faults)} 个模板有问题。", highlight=False)
        return len(faults)
    texts = Texts(folder)
    own = [name for name in PURPOSES if texts.own(name)]
    for name in own:
        out.print(f"✓ {name}.txt", highlight=False)
    out.print(f"{len(own)} 个模板，全部可用。", highlight=False)
    return 0
