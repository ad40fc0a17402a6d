"""Who may take which step on a notice, and when: one table, by which steps are taken, refused, and offered."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

from services.disclosure import commands as c
from services.disclosure.kinds import KINDS
from services.disclosure.notice import Notice, Status
from shared.callers import Caller
from shared.decider import Refused
from shared.events.disclosure import NoticeCorrected, NoticePublished, NoticeWithdrawn

STATUS_NAMES = {
    Status.UNKNOWN: "还没有起草",
    Status.DRAFTED: "待审核",
    Status.APPROVED: "待发布",
    Status.PUBLISHED: "公示中",
    Status.WITHDRAWN: "已撤回",
    Status.EXPIRED: "已到期",
    Status.DROPPED: "已作废",
}
DESK = frozenset({Caller.OFFICER, Caller.SUPERVISOR})
SUPERVISOR = frozenset({Caller.SUPERVISOR})
COMMISSION = frozenset({Caller.OFFICER, Caller.SUPERVISOR, Caller.DISCIPLINE})
Bar = Refused | None
"""why a step may not be taken although the notice stands right for it"""


def _free(notice: Notice, by: str, at: datetime) -> Bar:
    return None


def _reviewing(notice: Notice, by: str, at: datetime) -> Bar:
    pending = notice.pending
    if pending is None or pending.approved is not None:
        return Refused("nothing-to-review", "没有等待审核的内容")
    if not KINDS[pending.draft.kind].reviewed:
        return Refused("no-review-needed", f"{KINDS[pending.draft.kind].called}不需要审核，可以直接发布")
    if by == pending.draft.by:
        return Refused("reviews-himself", "起草人不能审核自己起草的公示，请由他人审核")
    return None


def _publishing(notice: Notice, by: str, at: datetime) -> Bar:
    if notice.pending is None:
        return Refused("nothing-drafted", "没有等待发布的内容")
    if notice.pending.approved is False:
        return Refused("not-approved", "审核没有通过，请改好后重新提交")
    return None if notice.pending.ready else Refused("not-reviewed", "这类公示须由第二个人审核后才能发布")


def _dropping(notice: Notice, by: str, at: datetime) -> Bar:
    return None if notice.pending else Refused("nothing-drafted", "没有草稿可以作废")


def _correcting(notice: Notice, by: str, at: datetime) -> Bar:
    """Who would correct at once what a second person had to read would get past him."""
    if notice.content is not None and notice.kind and KINDS[notice.kind].reviewed:
        return Refused("review-needed", "这类公示的更正也须由第二个人审核：请重新起草并写明更正原因")
    return Refused("draft-pending", "已有起草中的更正，请先发布或作废") if notice.pending else None


def _with_items(notice: Notice, by: str, at: datetime) -> Bar:
    return None if notice.items else Refused("no-items", "这条公示没有整改事项")


@dataclass(frozen=True, slots=True)
class Rule:
    """A step's name in the API, what it is called, where the notice must stand, who may take it, and what else bars it."""

    name: str
    called: str
    states: tuple[Status, ...]
    who: frozenset[Caller]
    bar: Callable[[Notice, str, datetime], Bar] = _free


_WRITTEN = (Status.DRAFTED, Status.APPROVED)
_STANDS = (Status.PUBLISHED,)

RULES: dict[type[object], Rule] = {
    c.Draft: Rule("draft", "起草", (Status.UNKNOWN, *_WRITTEN, *_STANDS), DESK),
    c.Review: Rule("review", "审核", (Status.DRAFTED, *_STANDS), SUPERVISOR, _reviewing),
    c.Publish: Rule("publish", "发布", (*_WRITTEN, *_STANDS), DESK, _publishing),
    c.Drop: Rule("drop", "作废", (*_WRITTEN, *_STANDS), DESK, _dropping),
    NoticePublished: Rule("publish-at-once", "直接发布", (Status.UNKNOWN,), DESK),
    NoticeCorrected: Rule("correct", "更正", _STANDS, DESK, _correcting),
    NoticeWithdrawn: Rule("withdraw", "撤回", (*_STANDS, Status.EXPIRED), DESK),
    c.UpdateItem: Rule("update-item", "更新整改事项", (*_STANDS, Status.EXPIRED), COMMISSION, _with_items),
}
"""the steps people take, in the order in which a notice usually sees them"""


def hindrance(step: type[object], notice: Notice, by: str, at: datetime) -> Bar:
    """Why somebody may not take a step now; None when he may."""
    rule = RULES[step]
    if notice.status in rule.states:
        return rule.bar(notice, by, at)
    if notice.status in (Status.UNKNOWN, Status.DROPPED):
        return Refused("no-such-notice", "没有这条公示")
    if step is NoticePublished:
        return Refused("published-already", "这条公示已经发布或正在起草")
    if notice.status is Status.WITHDRAWN:
        return Refused("withdrawn", "公示已撤回，不能再改；请另行发布")
    others = (other for other in RULES.values() if notice.status in other.states)
    now = "、".join(other.called for other in others if other.bar(notice, by, at) is None)
    return Refused("not-allowed-now", f"公示{STATUS_NAMES[notice.status]}，不能{rule.called}；现在可以：{now or '无'}")


def allowed(notice: Notice, by: str, roles: Collection[Caller], at: datetime) -> list[str]:
    """The names of the steps that a caller may take now."""
    return [
        rule.name for step, rule in RULES.items() if not rule.who.isdisjoint(roles) and hindrance(step, notice, by, at) is None
    ]
