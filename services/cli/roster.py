"""`minsheng roster`: the county desk names who speaks in the groups, and says since when somebody is what."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import httpx
import typer
from rich.console import Console
from rich.markup import escape

from services.cli import run
from services.cli.options import Home
from shared.clock import CHINA
from shared.events.intake import Role
from shared.inputs import moment_of
from shared.settings import PORTS

app = typer.Typer(
    no_args_is_help=True, rich_markup_mode="markdown", help="The roster (实名制): who speaks in the groups, in which role."
)
out = Console()
ROLES = {
    Role.VILLAGER: "村民",
    Role.VILLAGE_OFFICIAL: "村干部",
    Role.TOWN_OFFICIAL: "乡镇干部",
    Role.COUNTY_OFFICIAL: "县级部门",
    Role.DISCIPLINE: "纪委监委",
    Role.INSPECTION: "巡察",
    Role.LEGAL_ADVISER: "法律顾问",
    Role.UNKNOWN: "不在册",
}

GroupId = Annotated[str, typer.Argument(metavar="GROUP", help="the group's id on its channel")]
Sender = Annotated[str, typer.Argument(metavar="SENDER", help="the sender's id, as `minsheng roster unknown` shows it")]
Channel = Annotated[str, typer.Option(help="the group's channel")]
Url = Annotated[str, typer.Option(help="where intake answers")]
Key = Annotated[
    str | None, typer.Option(envvar="MINSHENG_KEY", help="a key of the role supervisor or admin; else the home's own")
]
INTAKE = f"http://127.0.0.1:{PORTS['intake']}"


class NotDone(Exception):
    """The service did not do it; the message says why in one line."""


@dataclass(frozen=True)
class Desk:
    """A service, as the holder of a key sees it."""

    url: str
    key: str

    def ask(self, method: str, path: str, **sent: Any) -> dict[str, Any]:
        """Raises NotDone with what the service says, or that it says nothing."""
        told: dict[str, Any] = self._answer(method, path, **sent).json()
        return told

    def fetch(self, path: str, **sent: Any) -> bytes:
        """A file that the service makes. Raises NotDone."""
        return self._answer("GET", path, files=True, **sent).content

    def _answer(self, method: str, path: str, *, files: bool = False, **sent: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        try:
            answer = httpx.request(method, f"{self.url}{path}", headers=headers, timeout=30, trust_env=False, **sent)
        except (httpx.TransportError, httpx.InvalidURL) as trouble:
            raise NotDone(f"连不上 {self.url}：{trouble or type(trouble).__name__}") from None
        told: dict[str, Any] = answer.json() if "json" in answer.headers.get("content-type", "") else {}
        if answer.is_error or not (told or files):
            raise NotDone(f"{self.url} 回答 {answer.status_code}：{told.get('detail') or '这不是民声的接口'}")
        return answer


@app.command("unknown", epilog="Example: `minsheng roster unknown --township 平川镇`")
def unknown(
    township: Annotated[str | None, typer.Option(help="only groups of this township")] = None,
    group: Annotated[str | None, typer.Option(help="only this group")] = None,
    channel: Annotated[str | None, typer.Option(help="only this channel")] = None,
    limit: Annotated[int, typer.Option(min=1, max=500, help="how many at most")] = 50,
    url: Url = INTAKE,
    key: Key = None,
    home: Home = None,
) -> None:
    """Lists who spoke without being on his group's roster, the newest face first."""
    wanted = {"township": township, "group": group, "channel": channel, "limit": str(limit)}
    found = desk_of(url, key, home).ask("GET", "/people/unknown", params={k: v for k, v in wanted.items() if v})
    for person in found["people"]:
        known = f"（{person['real_name']}）" if person["real_name"] else ""
        place = f"{person['township']}{person['village']}" or "未登记的群"
        spoke = f"{person['messages']} 条，{time_of(person['first_spoke'])} 至 {time_of(person['last_spoke'])}"
        say(f"{person['sender']}{known}  {person['channel']}/{person['group']}（{place}）  {spoke}")
    more = "，还有更多，可加 --limit" if found["next"] is not None else ""
    say(f"{len(found['people'])} 人发过言而不在名册上{more}。")


@app.command("show", epilog="Example: `minsheng roster show g-hexi`")
def show(group: GroupId, channel: Channel = "wecom", url: Url = INTAKE, key: Key = None, home: Home = None) -> None:
    """Shows a group's roster: who is what since when, and when he last spoke."""
    found = desk_of(url, key, home).ask("GET", _group(channel, group))
    say(f"{channel}/{group}：{found['township']}{found['village']}" if found["village"] else f"{channel}/{group}：未登记")
    for member in found["members"]:
        last = f"最近发言 {time_of(member['last_spoke'])}" if member["last_spoke"] else "没有发过言"
        say(f"  {member['sender']}  {_office(member)}  {last}")
    more = "，只列出前面的" if found["next"] is not None else ""
    say(f"名册上 {len(found['members'])} 人{more}。")


@app.command("name", epilog="Example: `minsheng roster name g-hexi v-1 --name 张三 --role villager`")
def name(
    group: GroupId,
    sender: Sender,
    real_name: Annotated[str, typer.Option("--name", help="his real name")],
    role: Annotated[Role, typer.Option(help="his role in this group")],
    department: Annotated[str | None, typer.Option(help="the code of an official's department")] = None,
    since: Annotated[str | None, typer.Option(help="2025-06-10, or a time; if left out, a new role begins now")] = None,
    until: Annotated[str | None, typer.Option(help="the last day of the role, or a time")] = None,
    channel: Channel = "wecom",
    url: Url = INTAKE,
    key: Key = None,
    home: Home = None,
) -> None:
    """Says who a sender is: his real name and role, from when until when. Earlier messages stay as they were read."""
    office = {
        "real_name": real_name,
        "role": role.value,
        "department": department,
        "since": _moment("--since", since),
        "until": _moment("--until", until, last_day=True),
    }
    told = desk_of(url, key, home).ask("PUT", _member(channel, group, sender), json=office)
    say(f"{'已登记' if told['changed'] else '名册上已是这样'}：{sender}  {_office(told)}")


@app.command("end", epilog="Example: `minsheng roster end g-hexi o-1 --until 2025-06-30`")
def end(
    group: GroupId,
    sender: Sender,
    until: Annotated[str | None, typer.Option(help="the last day of the role, or a time; now if left out")] = None,
    channel: Channel = "wecom",
    url: Url = INTAKE,
    key: Key = None,
    home: Home = None,
) -> None:
    """Ends the role a member has. Nothing is erased: what he said before stays as it was read."""
    moment = _moment("--until", until, last_day=True)
    told = desk_of(url, key, home).ask("DELETE", _member(channel, group, sender), params={"until": moment} if moment else {})
    say(f"{'已结束' if told['changed'] else '名册上已是这样'}：{sender}  {_office(told)}")


def desk_of(url: str, key: str | None, home: Path | None) -> Desk:
    return Desk(url, key or run.development_key(run.servers(home, None, None).home))


def _group(channel: str, group: str) -> str:
    return f"/groups/{quote(channel, safe='')}/{quote(group, safe='')}"


def _member(channel: str, group: str, sender: str) -> str:
    return f"{_group(channel, group)}/members/{quote(sender, safe='')}"


def _office(member: dict[str, Any]) -> str:
    """`张三  村干部（village），2025年6月10日 起`; of a role that is over, what he was."""
    last = next((s for s in member["stints"] if (s["since"], s["until"]) == (member["since"], member["until"])), member)
    role = f"{'' if last['role'] == member['role'] else '曾任'}{ROLES[Role(last['role'])]}"
    department = f"（{last['department']}）" if last["department"] else ""
    since = f"，{time_of(member['since'], bare=True)} 起" if member["since"] else ""
    until = f"，到 {time_of(member['until'], bare=True, last_day=True)} 为止" if member["until"] else ""
    return f"{member['real_name']}  {role}{department}{since}{until}"


def _moment(option: str, text: str | None, *, last_day: bool = False) -> str | None:
    try:
        return moment_of(text, last_day=last_day).isoformat() if text else None
    except ValueError:
        raise NotDone(f"{option} 看不懂：{text}，请写成 2025-06-10 或 2025-06-10T08:00") from None


def time_of(moment: str, *, bare: bool = False, last_day: bool = False) -> str:
    """China's time. `bare`: a midnight is only a day; `last_day`: the one before it, as people count to the end of a day."""
    local = datetime.fromisoformat(moment).astimezone(CHINA)
    clock = f" {local:%H:%M}"
    if bare and local.time() == time.min:
        local, clock = local - timedelta(days=last_day), ""
    return f"{local.year}年{local.month}月{local.day}日{clock}"


def say(line: str) -> None:
    out.print(escape(line), highlight=False, soft_wrap=True)
