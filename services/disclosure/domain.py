"""Disclosure's rulebook: a notice is published, corrected with a reason, withdrawn with a reason; no version ever vanishes.

Stream: `notice-<id>`.
"""

from dataclasses import dataclass, replace

from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.disclosure import NoticeCorrected, NoticePublished, NoticeWithdrawn


@dataclass(frozen=True)
class Notice:
    """A notice as it stands."""

    published: NoticePublished | None = None
    title: str = ""
    body: str = ""
    amount_fen: int | None = None
    revision: int = 0
    withdrawn: NoticeWithdrawn | None = None


Command = NoticePublished | NoticeCorrected | NoticeWithdrawn
"""the commands say exactly what the events record; `revision` of a correction is filled here"""


def decide(command: Command, notice: Notice) -> list[Event]:
    if isinstance(command, NoticePublished):
        if notice.published:
            raise Refused("published-already", "这条公示已经发布")
        return [command]
    if notice.published is None:
        raise Refused("no-such-notice", "没有这条公示")
    if notice.withdrawn:
        raise Refused("withdrawn", "公示已撤回，不能再改；请另行发布")
    if isinstance(command, NoticeCorrected):
        same = (command.title, command.body, command.amount_fen) == (notice.title, notice.body, notice.amount_fen)
        if same:
            raise Refused("nothing-changed", "更正内容与现行公示相同")
        return [command.model_copy(update={"revision": notice.revision + 1, "groups": notice.published.groups})]
    return [command.model_copy(update={"title": notice.title, "groups": notice.published.groups})]


def evolve(notice: Notice, event: Event) -> Notice:
    match event:
        case NoticePublished():
            return Notice(event, event.title, event.body, event.amount_fen, 1)
        case NoticeCorrected():
            return replace(notice, title=event.title, body=event.body, amount_fen=event.amount_fen, revision=event.revision)
        case NoticeWithdrawn():
            return replace(notice, withdrawn=event)
        case _:
            return notice


NOTICE: Decider[Command, Notice] = Decider(Notice(), decide, evolve)


def notice_stream(notice: str) -> str:
    return f"notice-{notice}"
