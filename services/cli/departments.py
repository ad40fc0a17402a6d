"""`minsheng departments`: the county's directory on the command line; a table is shown before it takes effect."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from services.cli.options import Home
from services.cli.roster import Key, NotDone, desk_of, say, time_of
from shared.settings import PORTS

app = typer.Typer(no_args_is_help=True, rich_markup_mode="markdown", help="The directory: departments, categories, duty rotas.")
ROUTING = f"http://127.0.0.1:{PORTS['routing']}"
Url = Annotated[str, typer.Option(help="where routing answers")]
LEVELS = {"village": "村级", "township": "乡镇", "county": "县级", "vertical": "垂直管理"}
_FIELDS = {
    "name": "名称", "level": "层级", "duties": "职责", "parent": "上级", "areas": "辖区", "phone": "电话",
    "offices": "承办部门", "keywords": "关键词", "threshold": "把握",
}  # fmt: skip
_DAYS = "一二三四五六日"


class Table(StrEnum):
    """What a file holds."""

    DEPARTMENTS = "departments"
    CATEGORIES = "categories"
    DUTY = "duty"


@app.command("import", epilog="Example: `minsheng departments import 部门目录.xlsx --preview`")
def import_table(
    file: Annotated[Path, typer.Argument(help=".csv or .xlsx, its columns as docs/directory.md tells")],
    table: Annotated[Table, typer.Option(help="what the file holds")] = Table.DEPARTMENTS,
    preview: Annotated[bool, typer.Option("--preview", help="only show what would change and what is wrong")] = False,
    url: Url = ROUTING,
    key: Key = None,
    home: Home = None,
) -> None:
    """Imports a table whole, or, if a line is wrong, not at all; each mistake is told with its line."""
    desk, body = desk_of(url, key, home), _read(file)
    found = desk.ask("PUT", f"/{table}", content=body, params={"preview": True})
    for fault in found["faults"]:
        say(f"第 {fault['line']} 行有误：{fault['message']}")
    for change in found.get("changes", ()):
        say(f"第 {change['line']} 行：{_change(change)}")
    if found["faults"]:
        raise NotDone(f"{file.name} 有 {len(found['faults'])} 处错误，改好后再导入；现在什么都没有改动")
    if preview:
        say(f"读到 {found['rows']} 行，将有 {found['changed']} 处改动。")
        return
    done = desk.ask("PUT", f"/{table}", content=body)
    say(f"读到 {done['rows']} 行，改动 {done['changed']} 处。")


@app.command("list", epilog="Example: `minsheng departments list --township 平川镇`")
def list_departments(
    level: Annotated[str | None, typer.Option(help="only village, township, county or vertical")] = None,
    township: Annotated[str | None, typer.Option(help="only those that serve it")] = None,
    url: Url = ROUTING,
    key: Key = None,
    home: Home = None,
) -> None:
    """Lists the departments as they are now, in the order in which they were entered."""
    desk, after, many = desk_of(url, key, home), 0, 0
    wanted = {name: value for name, value in {"level": level, "township": township}.items() if value}
    while after is not None:
        page = desk.ask("GET", "/departments", params=wanted | {"after": str(after)})
        for department in page["departments"]:
            say(_line(department))
        many, after = many + len(page["departments"]), page["next"]
    say(f"{many} 个部门，目录第 {page['version']} 版。")


@app.command("show", epilog="Example: `minsheng departments show water`")
def show(
    code: Annotated[str, typer.Argument(help="the department's code")], url: Url = ROUTING, key: Key = None, home: Home = None
) -> None:
    """Shows a department: duties, contacts, what it answers for, who is on duty, what it was before."""
    desk = desk_of(url, key, home)
    found = desk.ask("GET", f"/departments/{quote(code, safe='')}")
    say(_line(found) + ("" if found["open"] else "，现已撤销或尚未成立"))
    for label, words in (("职责", found["duties"]), ("辖区", found["areas"]), ("分类", found["categories"])):
        if words:
            say(f"  {label}：{' '.join(words)}")
    if found["parent"]:
        say(f"  上级：{found['parent']}")
    for officer in desk.ask("GET", f"/departments/{quote(code, safe='')}/duty")["officers"]:
        now = "，现在值班" if officer["on_duty"] else ""
        say(f"  值班：{officer['name']} {officer['phone']}  周{_days(officer['days'])} {officer['hours']} 时{now}")
    for span in found["spans"]:
        since = f"{time_of(span['since'], bare=True)} 起" if span["since"] else "起初"
        say(f"  {since}：{span['name'] + '，' + LEVELS.get(span['level'], span['level']) if 'name' in span else '撤销'}")


def _read(file: Path) -> bytes:
    """The file's bytes, a CSV in UTF-8: Excel in China saves GBK unless told otherwise. Raises NotDone, OSError."""
    body = file.read_bytes()
    if file.suffix.lower() == ".xlsx":
        return body
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return body.decode(encoding).encode()
        except UnicodeDecodeError:
            continue
    raise NotDone(f"{file.name} 既不是 CSV 也不是 .xlsx")


def _change(change: dict[str, Any]) -> str:
    since = f"，{time_of(change['since'], bare=True)} 起" if change["since"] else ""
    if change["change"] == "new":
        return f"新增 {change['name']}{since}"
    fields = (f"{_FIELDS[name]} {_value(old)} → {_value(new)}" for name, (old, new) in change["fields"].items())
    return f"修改 {change['name']}：{'；'.join(fields)}{since}"


def _value(value: Any) -> str:
    """As a person reads it: `停水 水压`, `无`."""
    if isinstance(value, dict):
        return "/".join(str(part) for part in value.values() if part)
    if isinstance(value, list):
        return " ".join(map(_value, value)) or "无"
    return "无" if value in (None, "") else str(value)


def _line(department: dict[str, Any]) -> str:
    phone = f"  {department['phone']}" if department["phone"] else ""
    return f"{department['code']}  {department['name']}（{LEVELS.get(department['level'], department['level'])}）{phone}"


def _days(days: str) -> str:
    """`1-5` → 一至五."""
    return "、".join("至".join(_DAYS[int(day) - 1] for day in span.split("-")) for span in days.split(","))
