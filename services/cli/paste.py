"""`minsheng paste`: what a duty officer copied out of a chat, shown as it is read, stored when he says so; then what to answer."""

import sys
import time
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
from rich.console import Console
from rich.table import Table
from rich.text import Text

from services.cli import files
from services.intake.learning.telling import NAMES
from shared.clock import CHINA

SIZE_LIMIT = 50_000_000
"""bytes; the service's own limit is lower"""
WAIT_SECONDS = 10
"""how long reading may take"""
ANSWER_SECONDS = 5.0
"""how long replies to what was just stored are waited for"""
CALM_SECONDS = 0.6
ANSWERED = {"appeal", "enquiry", "report", "accept", "progress", "resolve"}
"""kinds of messages to which something is said, as a rule"""
CONTROLS = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(127, 160)])
"""characters that nobody writes, and that would act on a terminal"""
TEXT_SHOWN = 60
ROLES = {
    "villager": "村民", "village_official": "村干部", "town_official": "乡镇干部", "county_official": "县干部", "discipline": "纪委",
    "inspection": "巡察", "legal_adviser": "法律顾问", "unknown": "身份未定",
}  # fmt: skip
KINDS = {**{str(kind): called for kind, called in NAMES.items()}, "report": "举报（密封）"}
TIMINGS = {"stated": "", "worked-out": "\n推算的日期", "copied": "\n没写时间，按复制时"}
STATES = {"queued": "正在发出", "handed": "待您发出", "delivered": "已发出", "failed": "没有发出，待您发出"}
AUDIENCES = {"group": "给群里", "private": "私下给本人", "officials": "给工作群"}


class NotPasted(Exception):
    """It could not be read, shown or stored; the message says why."""


@dataclass(frozen=True)
class Desk:
    """Intake, which is pasted into, and notify, which knows what is answered."""

    intake: str
    notify: str
    key: str

    def paste(self, body: dict[str, Any], *, wait: int = 0) -> dict[str, Any]:
        """Raises NotPasted."""
        return self._ask("POST", f"{self.intake}/messages/paste", json=body, params={"wait": wait})

    def attach(self, path: Path) -> None:
        """Posts a file that comes with a message. Raises NotPasted."""
        try:
            self._ask("POST", f"{self.intake}/attachments", content=files.read(path))
        except files.Unusable as fault:
            raise NotPasted(str(fault)) from None

    def replies(self, limit: int) -> list[dict[str, Any]]:
        """The newest first. Raises NotPasted."""
        found: list[dict[str, Any]] = self._ask("GET", f"{self.notify}/replies", params={"limit": limit})["replies"]
        return found

    def sent(self, reply: str, by: str) -> None:
        """Raises NotPasted."""
        self._ask("POST", f"{self.notify}/replies/{reply}/sent", json={"by": by})

    def _ask(self, method: str, url: str, **request: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            answer = httpx.request(method, url, headers=headers, timeout=60, trust_env=False, **request)
            body = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        except (httpx.TransportError, httpx.InvalidURL, ValueError) as error:
            raise NotPasted(f"{url} 没有应答：{error or type(error).__name__}") from None
        if answer.status_code in (401, 403):
            raise NotPasted("密钥不对或没有权限：请用 --key 或 MINSHENG_KEY 给出值班员（officer）的密钥")
        if answer.status_code == 404:
            raise NotPasted(f"{url} 没有这个接口：请核对 --url 和 --notify-url")
        if answer.status_code >= 400:
            raise NotPasted(" ".join(str(body.get("detail") or f"{url} 答复 HTTP {answer.status_code}").split()))
        if not isinstance(body, dict) or not body:
            raise NotPasted(f"{url} 的答复看不懂：这不是民声的接口")
        return body


@dataclass(frozen=True)
class Wish:
    """What the officer wants of it."""

    channel: str
    group: str
    by: str | None
    links: dict[str, str | None]
    copied_at: datetime
    dry_run: bool
    yes: bool
    files: dict[int, list[Path]] = field(default_factory=dict)
    """the files of a message, by its line"""


def run(source: str, desk: Desk, wish: Wish, out: Console) -> None:
    """Raises NotPasted."""
    if not wish.group:
        raise NotPasted("请用 --group 说明是从哪个群复制的")
    body = {
        "channel": wish.channel, "group": wish.group, "text": text_of(source, out), "links": wish.links, "by": wish.by,
        "copied_at": wish.copied_at.isoformat(), "dry_run": True, "files": _described(wish),
    }  # fmt: skip
    read = desk.paste(body)
    show(read, wish, out)
    if wish.dry_run:
        return
    new = sum(not one["duplicate"] for one in read["results"])
    late = any(one["duplicate"] and one["attachments"] for one in read["results"])
    if not new and not late:
        out.print("全部早已存过，没有新消息。")
        return
    if not wish.yes and not asked(f"存入这 {new} 条新消息？[y/N] " if new else "给早已存过的消息补上附件？[y/N] ", out):
        out.print("没有存入。")
        return
    for path in (path for paths in wish.files.values() for path in paths):
        desk.attach(path)
    if not new:
        desk.paste({**body, "dry_run": False})
        out.print("没有新消息，附件已补上。")
        return
    before = _newest(desk)
    stored = desk.paste({**body, "dry_run": False}, wait=WAIT_SECONDS)["results"]
    _tell(read["results"], stored, out)
    if before is None:
        _say(out, f"{desk.notify} 没有应答：回复稍后请看那里的 /replies/manual")
    else:
        _answer(desk, wish, stored, before, out)


def text_of(source: str, out: Console) -> str:
    """A file, or standard input for `-`: the text in whatever coding Windows, a Mac or a phone left it. Raises NotPasted."""
    if source == "-" and sys.stdin.isatty():
        out.print("请粘贴从微信复制的内容，粘贴后另起一行按 Ctrl-D：")
    try:
        with sys.stdin.buffer if source == "-" else Path(source).open("rb") as file:
            raw = file.read(SIZE_LIMIT + 1)
    except OSError as error:
        why = "没有这个文件" if isinstance(error, FileNotFoundError) else error.strerror or error
        raise NotPasted(f"打不开 {source}：{why}") from None
    if len(raw) > SIZE_LIMIT:
        raise NotPasted("内容太大，请分几次粘贴")
    if not raw.strip():
        raise NotPasted("没有内容：请先在微信里多选消息并复制")
    codings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for coding in codings:
        try:
            return raw.decode(coding).translate(CONTROLS)
        except UnicodeDecodeError:
            continue
    raise NotPasted("读不出文字：请存成 UTF-8 文本")


def links_of(options: list[str]) -> dict[str, str | None]:
    """名字=sender; an empty sender means somebody unknown. Raises NotPasted."""
    links: dict[str, str | None] = {}
    for option in options:
        name, equals, sender = option.partition("=")
        if not equals or not name.strip():
            raise NotPasted(f"--link 应写成 名字=花名册里的sender，不是 {option!r}")
        links[name.strip()] = sender.strip() or None
    return links


def files_of(options: list[str]) -> dict[int, list[Path]]:
    """行号=文件, once for each file. Raises NotPasted."""
    paths: dict[int, list[Path]] = {}
    for option in options:
        line, _, path = option.partition("=")
        if not line.strip().isdecimal() or not path.strip():
            raise NotPasted(f"--file 应写成 消息的行号=文件，不是 {option!r}")
        paths.setdefault(int(line), []).append(Path(path.strip()))
    return paths


def _described(wish: Wish) -> dict[int, list[dict[str, Any]]]:
    try:
        return {line: [files.described(path).model_dump() for path in paths] for line, paths in wish.files.items()}
    except files.Unusable as fault:
        raise NotPasted(str(fault)) from None


def moment_of(option: str | None) -> datetime:
    """When it was copied, in China's time unless a zone is given; now if not said. Raises NotPasted."""
    try:
        moment = datetime.fromisoformat(option) if option else datetime.now(CHINA)
    except ValueError:
        raise NotPasted(f"--copied-at 应写成 2025-06-09 08:10，不是 {option!r}") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def asked(question: str, out: Console) -> bool:
    """Asks at the terminal itself, for standard input may have been the text. Raises NotPasted when there is none."""
    try:
        terminal = open("/dev/tty", encoding="utf-8")  # noqa: SIM115 - closed below
    except OSError:
        raise NotPasted("这里没有可以确认的终端：请加 --yes 直接存入，或加 --dry-run 只看一遍") from None
    with terminal:
        out.print(question, end="", highlight=False, markup=False)
        return terminal.readline().strip().lower() in {"y", "yes", "是"}


def show(read: dict[str, Any], wish: Wish, out: Console) -> None:
    """How it was read: who, when, what, in answer to what; and what was not."""
    place = f"{read['village']}（{read['township']}）" if read["village"] else "未登记的群"
    results = read["results"]
    title = Text(f"{wish.channel}/{wish.group} · {place} · {len(results)} 条消息")
    table = Table(title=title, title_justify="left", show_lines=True)
    for column in ("行", "谁", "时间", "内容", "引用"):
        table.add_column(column, overflow="fold")
    for one in results:
        table.add_row(Text(str(one["line"])), _who(one), _when(one), _what(one), _quote(one))
    out.print(table)
    if not read["village"]:
        _say(out, f"注意：{wish.channel}/{wish.group} 没有登记，认不出人，也不知道是哪个村；请核对 --group 和 --channel。")
    for left in read["left_out"]:
        _say(out, f"第 {left['line']} 行没有当作消息：{_short(left['text'])}（{left['why']}）")
    if (more := read["left_out_count"] - len(read["left_out"])) > 0:
        _say(out, f"……另有 {more} 行没有当作消息")
    if bare := [one["line"] for one in results if one["marks"] and not one["attachments"] and not one["duplicate"]]:
        _say(out, f"第 {'、'.join(map(str, bare))} 行的消息带有图片等标记，原件可以一并存入，例如：--file {bare[0]}=照片.jpg")
    if unknown := dict.fromkeys(one["name"] for one in results if one["linked"] is None and one["candidates"]):
        _say(out, f"没有认出的人可以指定，例如：--link {next(iter(unknown))}={_likeliest(results, next(iter(unknown)))}")


def _who(one: dict[str, Any]) -> Text:
    if linked := one["linked"]:
        return Text(f"{one['name']}\n→ {linked['real_name']} {ROLES[linked['role']]} {linked['sender']}")
    likely = "、".join(f"{c['real_name']} {c['sender']}（{c['why']}）" for c in one["candidates"])
    return Text(f"{one['name']}\n→ 未认出" + (f"，可能是：{likely}" if likely else ""), style="yellow")


def _likeliest(results: list[dict[str, Any]], name: str) -> str:
    return next(str(one["candidates"][0]["sender"]) for one in results if one["name"] == name)


def _when(one: dict[str, Any]) -> Text:
    moment = datetime.fromisoformat(one["sent_at"]).astimezone(CHINA)
    return Text(f"{moment:%Y-%m-%d %H:%M}{TIMINGS[one['timing']]}", style="" if one["timing"] == "stated" else "yellow")


def _what(one: dict[str, Any]) -> Text:
    beside = "".join(f"\n＋ {file['name']}" for file in one["attachments"])
    return Text(_short(one["text"]) + beside + (f"\n早已存过{_read_as(one)}" if one["duplicate"] else ""))


def _quote(one: dict[str, Any]) -> Text:
    if not (quote := one["quote"]):
        return Text()
    found = {"paste": "（在上面）", "stored": "（早先存过的）", None: "（没找到原话）"}[quote["found"]]
    return Text(f"{quote['name']}：{_short(quote['words'], 20)}{found}", style="" if quote["found"] else "yellow")


def _read_as(one: dict[str, Any]) -> str:
    said = " ".join(part for part in (KINDS.get(one["kind"] or "", ""), one["number"]) if part)
    return f"：{said}" if said else ""


def _short(text: str, length: int = TEXT_SHOWN) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= length else f"{flat[: length - 1]}…"


def _say(out: Console, line: str) -> None:
    out.print(line.translate(CONTROLS), highlight=False, markup=False, soft_wrap=True)


# -- what became of it ---------------------------------------------------------------------------------------------------


def _tell(shown: list[dict[str, Any]], stored: list[dict[str, Any]], out: Console) -> None:
    known = {one["message_id"] for one in shown if one["duplicate"]}
    new = [one for one in stored if one["message_id"] not in known]
    _say(out, f"新存 {sum(not one['duplicate'] for one in stored)} 条，早已有 {sum(one['duplicate'] for one in stored)} 条：")
    for one in new:
        kind = KINDS.get(one["kind"] or "", "已存，正在识读")
        _say(out, f"  {kind}{'  ' + one['number'] if one['number'] else ''}  {one['name']}：{_short(one['text'], 40)}")


def _newest(desk: Desk) -> int | None:
    """The position of the newest reply; None when notify does not answer, for storing does not depend on it."""
    try:
        return max((reply["position"] for reply in desk.replies(1)), default=0)
    except NotPasted:
        return None


def _answer(desk: Desk, wish: Wish, stored: list[dict[str, Any]], before: int, out: Console) -> None:
    """Shows what is now to be said in the group, each as it is to be copied; crosses off what the officer sent."""
    new = [one for one in stored if one["appeal"] and not one["duplicate"]]
    if not new:
        return
    with out.status("等候回复……"):
        replies = _awaited(desk, wish, sum(one["kind"] in ANSWERED for one in new), before)
    for n, reply in enumerate(replies, 1):
        _say(out, f"\n—— 回复 {n} · {AUDIENCES[reply['audience']]} · {STATES[reply['status']]} ——")
        _say(out, reply["text"])
    if {one["appeal"] for one in new if one["number"]} - {reply["appeal"] for reply in replies}:
        _say(out, f"还有回复没有写好，稍后请看 {desk.notify}/replies/manual")
    ready = [reply["reply"] for reply in replies if reply["status"] in ("handed", "failed")]
    if ready and wish.by and not wish.yes and asked(f"\n待发的 {len(ready)} 条都发好了吗？[y/N] ", out):
        for reply in ready:
            desk.sent(reply, wish.by)
        _say(out, f"已记下：{len(ready)} 条，由{wish.by}发出。")
    elif ready:
        _say(out, f"\n发好以后请登记（POST {desk.notify}/replies/编号/sent）：{'、'.join(ready)}")


def _awaited(desk: Desk, wish: Wish, expected: int, before: int) -> list[dict[str, Any]]:
    """The replies to this group since then, oldest first, as soon as there are as many as expected and no more come."""
    until, found = time.monotonic() + ANSWER_SECONDS, list[dict[str, Any]]()
    calm_since = time.monotonic()
    while time.monotonic() < until:
        now = [
            reply
            for reply in desk.replies(500)[::-1]
            if reply["position"] > before and (reply["channel"], reply["group"]) == (wish.channel, wish.group)
        ]
        if [(r["reply"], r["status"]) for r in now] != [(r["reply"], r["status"]) for r in found]:
            found, calm_since = now, time.monotonic()
        if len(found) >= expected and time.monotonic() - calm_since > CALM_SECONDS:
            break
        time.sleep(0.15)
    return found
