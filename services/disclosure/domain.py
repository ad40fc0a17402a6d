"""Disclosure's rulebook: a notice is drafted, read by a second person where its kind demands it, published at its time, corrected
and withdrawn with a reason, and expires; no version ever vanishes. Which step may be taken when is in `rules`.

Stream: `notice-<id>`. What is heard of appeals (`appeal-<id>`) and groups is in `heard`.
"""

from datetime import datetime, time, timedelta
from typing import Any

from services.disclosure.commands import Command, Draft, Drop, Publish, Review, Tick, UpdateItem
from services.disclosure.kinds import KINDS, Content, Unfit, content_of
from services.disclosure.kinds.fields import yuan
from services.disclosure.kinds.money import Ledger
from services.disclosure.kinds.village import Item, Rectifications
from services.disclosure.notice import Notice, Status, evolve
from services.disclosure.rules import hindrance
from shared.clock import CHINA
from shared.decider import Decider, Refused
from shared.events import Event
from shared.events.disclosure import (
    ItemState,
    NoticeCorrected,
    NoticeDrafted,
    NoticeExpired,
    NoticeKind,
    NoticePublished,
    NoticeQuestioned,
    NoticeWithdrawn,
    Reach,
    RectificationListed,
    RectificationUpdated,
)

LATEST = timedelta(days=366)
"""how far ahead a notice may be scheduled"""


def decide(command: Command, notice: Notice) -> list[Event]:
    match command:
        case Tick():
            return _tick(command, notice)
        case NoticeQuestioned():
            return [] if notice.published is None or command.appeal in notice.questions else [command]
        case _:
            by, at = _who_and_when(command)
            if bar := hindrance(type(command), notice, by, at):
                raise bar
            return _step(command, notice)


def _who_and_when(command: Command) -> tuple[str, datetime]:
    match command:
        case Draft():
            return command.by, command.draft.drafted_at
        case Review():
            return command.by, command.reviewed.reviewed_at
        case Drop():
            return command.by, command.dropped.dropped_at
        case NoticePublished():
            return command.by, command.published_at
        case NoticeCorrected():
            return command.by, command.corrected_at
        case NoticeWithdrawn():
            return command.by, command.withdrawn_at
        case Publish() | UpdateItem() | Tick():
            return command.by, command.at
        case NoticeQuestioned():
            return "", command.asked_at


def _step(command: Command, notice: Notice) -> list[Event]:
    match command:
        case Draft():
            return [_drafted(command, notice)]
        case Review():
            if not command.reviewed.approved and not (command.reviewed.note or "").strip():
                raise Refused("reason-needed", "退回修改须写明理由")
            return [command.reviewed]
        case Drop():
            return [command.dropped]
        case Publish():
            return _published(command, notice)
        case UpdateItem():
            return [_updated(command, notice)]
        case NoticePublished():
            return [_at_once(command)]
        case NoticeCorrected():
            return [_corrected(command, notice)]
        case NoticeWithdrawn():
            assert notice.published
            return [command.model_copy(update={"title": notice.title, "groups": notice.published.groups})]
        case _:
            return []


def _drafted(command: Draft, notice: Notice) -> NoticeDrafted:
    """The draft with names masked, its sum and, where nobody wrote any, its words taken from the content. Raises Refused."""
    draft = command.draft
    content = _checked(draft, command.carried_fen)
    if notice.kind and draft.kind is not notice.kind:
        raise Refused("another-kind", "公示的类别不能改，请另行起草")
    if notice.published and not (draft.reason or "").strip():
        raise Refused("reason-needed", "更正公示须写明原因")
    if draft.publish_at and draft.publish_at > draft.drafted_at + LATEST:
        raise Refused("too-far-ahead", f"发布时间最多定在 {LATEST.days} 天以内")
    if draft.expires_at and draft.expires_at <= (draft.publish_at or draft.drafted_at):
        raise Refused("expires-before", "到期时间早于发布时间")
    _reaches(draft)
    filled: dict[str, Any] = {}
    if content is not None:
        filled["content"] = content.model_dump(mode="json")
        filled["body"] = draft.body or content.summary()
        filled["amount_fen"] = _same_sum(draft.amount_fen, content.money())
    elif not draft.body:
        raise Refused("empty", "公示没有内容：请写正文或填表格内容")
    if notice.published:
        places = {name: getattr(notice.published, name) for name in ("villages", "townships", "groups")}
        filled |= {**places, "reach": notice.published.reach or draft.reach}
    drafted = draft.model_copy(update=filled)
    if notice.published and _version(drafted) == (notice.title, notice.body, notice.amount_fen, notice.content):
        raise Refused("nothing-changed", "更正内容与现行公示相同")
    return drafted


def _checked(draft: NoticeDrafted, carried_fen: int | None) -> Content | None:
    try:
        content = content_of(draft.kind, draft.content)
    except Unfit as unfit:
        raise Refused("does-not-fit", str(unfit)) from None
    if isinstance(content, Ledger) and carried_fen is not None and content.opening_fen != carried_fen:
        told, before = yuan(content.opening_fen), yuan(carried_fen)
        raise Refused("carried-forward", f"上期结转写的是{told}，上期公示的期末余额是{before}，两者应当一致")
    return content


def _reaches(draft: NoticeDrafted) -> None:
    if draft.reach is Reach.VILLAGE and not (draft.villages or draft.groups):
        raise Refused("no-place", "发到村的公示须写明是哪些村")
    if draft.reach is Reach.TOWNSHIP and not (draft.townships or draft.villages or draft.groups):
        raise Refused("no-place", "发到乡镇的公示须写明是哪些乡镇")


def _same_sum(told: int | None, reckoned: int | None) -> int | None:
    if told is not None and reckoned is not None and told != reckoned:
        raise Refused("does-not-fit", f"公示金额写的是{yuan(told)}，表格内容合计{yuan(reckoned)}")
    return reckoned if reckoned is not None else told


def _version(draft: NoticeDrafted) -> tuple[str, str, int | None, dict[str, Any] | None]:
    return draft.title, draft.body, draft.amount_fen, draft.content


def _published(command: Publish | Tick, notice: Notice) -> list[Event]:
    """Of a notice that stands, the draft is its next version."""
    assert notice.pending
    draft, reviewed_by = notice.pending.draft, notice.pending.reviewed_by
    if notice.published:
        title, body, amount_fen, content = _version(draft)
        corrected = NoticeCorrected(
            notice=draft.notice, revision=notice.revision + 1, title=title, body=body, amount_fen=amount_fen, content=content,
            groups=notice.published.groups, reason=draft.reason or "", by=draft.by, reviewed_by=reviewed_by,
            corrected_at=command.at,
        )  # fmt: skip
        return [corrected, *_listed(notice.published, content, command.at, frozenset(notice.items))]
    known = draft.model_dump(exclude={"publish_at", "reason", "drafted_at", "groups"})
    groups = tuple(dict.fromkeys((*draft.groups, *command.groups)))
    published = NoticePublished(**known, groups=groups, reviewed_by=reviewed_by, published_at=command.at)
    return [published, *_listed(published, draft.content, command.at)]


def _listed(
    published: NoticePublished, told: dict[str, Any] | None, at: datetime, known: frozenset[int] = frozenset()
) -> list[Event]:
    """Each item of a rectification list is supervised from now on; of a corrected one those that are new."""
    if published.kind is not NoticeKind.RECTIFICATION:
        return []
    content = content_of(published.kind, told)
    if not isinstance(content, Rectifications):
        return []
    places = {name: getattr(published, name) for name in ("villages", "townships", "groups")}
    return [
        RectificationListed(**_facts(published.notice, item), state=item.state, **places, listed_at=at)
        for item in content.items
        if item.number not in known
    ]


def _facts(notice: str, item: Item) -> dict[str, Any]:
    due_at = datetime.combine(item.deadline + timedelta(days=1), time.min, CHINA)
    return {
        "item": f"{notice}-{item.number}", "notice": notice, "number": item.number, "matter": item.matter,
        "responsible": item.responsible, "due_at": due_at,
    }  # fmt: skip


FOLLOWING = {
    ItemState.OPEN: (ItemState.DONE,),
    ItemState.DONE: (ItemState.VERIFIED, ItemState.OPEN),
    ItemState.VERIFIED: (ItemState.OPEN,),
}
ITEM_NAMES = {ItemState.OPEN: "整改中", ItemState.DONE: "已整改待核验", ItemState.VERIFIED: "已销号"}


def _updated(command: UpdateItem, notice: Notice) -> RectificationUpdated:
    item = notice.items.get(command.number)
    if item is None:
        raise Refused("no-such-item", f"没有第{command.number}项整改事项")
    if command.state not in FOLLOWING[item.state]:
        raise Refused("not-allowed-now", f"第{command.number}项{ITEM_NAMES[item.state]}，不能改为{ITEM_NAMES[command.state]}")
    if command.state is ItemState.DONE and not command.evidence:
        raise Refused("evidence-needed", "报整改完成须附整改依据")
    if command.state is ItemState.OPEN and not command.note:
        raise Refused("reason-needed", "退回整改须写明理由")
    if command.state is ItemState.VERIFIED and isinstance(item, RectificationUpdated) and item.by == command.by:
        raise Refused("verifies-himself", "报整改完成的人不能自己核验销号，请由他人核验")
    known = item.model_dump(include={"item", "notice", "number", "matter", "responsible", "due_at", "groups"})
    said = {"state": command.state, "evidence": command.evidence, "note": command.note}
    return RectificationUpdated(**known, **said, by=command.by, updated_at=command.at)


def _at_once(command: NoticePublished) -> NoticePublished:
    """What needs no second reader may be published by the first; a table of money or decisions may not."""
    if command.content is None:
        return command
    if KINDS[command.kind].reviewed:
        raise Refused("review-needed", f"{KINDS[command.kind].called}须由第二个人审核：请先起草，审核后发布")
    return command.model_copy(update={"content": _content(command, command.content)})


def _corrected(command: NoticeCorrected, notice: Notice) -> NoticeCorrected:
    """What it says beside its words stays as it was, unless that is said anew too."""
    assert notice.published
    content = notice.content if command.content is None else _content(notice.published, command.content)
    same = (command.title, command.body, command.amount_fen, content) == (
        notice.title, notice.body, notice.amount_fen, notice.content,
    )  # fmt: skip
    if same:
        raise Refused("nothing-changed", "更正内容与现行公示相同")
    known = {"revision": notice.revision + 1, "groups": notice.published.groups, "content": content}
    return command.model_copy(update=known)


def _content(published: NoticePublished, told: dict[str, Any]) -> dict[str, Any] | None:
    try:
        content = content_of(published.kind, told)
    except Unfit as unfit:
        raise Refused("does-not-fit", str(unfit)) from None
    return content.model_dump(mode="json") if content else None


def _tick(command: Tick, notice: Notice) -> list[Event]:
    pending, published, at = notice.pending, notice.published, command.at
    if notice.status is Status.PUBLISHED and published and published.expires_at and published.expires_at <= at:
        return [NoticeExpired(notice=published.notice, title=notice.title, expired_at=published.expires_at)]
    due = pending is not None and pending.ready and pending.draft.publish_at is not None and pending.draft.publish_at <= at
    return _published(command, notice) if due and notice.status in (Status.APPROVED, Status.PUBLISHED) else []


NOTICE: Decider[Command, Notice] = Decider(Notice(), decide, evolve)


def notice_stream(notice: str) -> str:
    return f"notice-{notice}"
