"""What intake does when others speak: of routing it notes where a case stands, that it was sealed or divided, so that the chat is read
with that in mind, and which departments there are, so that the roster names no other; of disclosure what notices the groups were
shown, so that a question under one is read as that."""

from collections.abc import Iterable
from typing import Any

from services.intake.domain import NOTICE, STATUS, notice_stream
from services.intake.roster import DEPARTMENTS, DEPARTMENTS_STREAM
from shared.consumer import Reaction, Reactions
from shared.deciding import Decider, Work
from shared.envelope import Recorded
from shared.events import routing
from shared.events.casework import CaseDivided, CaseSealed
from shared.events.disclosure import NoticePublished
from shared.events.intake import AppealDivided, AppealSealed, CaseStatusNoted, NoticeHeard
from shared.events.roster import DepartmentNoted
from shared.events.routing import CaseEvent, DepartmentRegistered, Status

NOTICE_LETTERS = 500
"""of a notice's words that a question may be about"""
STATUS_AFTER: dict[type[CaseEvent], Status] = {
    routing.CaseAccepted: Status.ACCEPTED,
    routing.ProgressReported: Status.IN_PROGRESS,
    routing.CaseResolved: Status.RESOLVED,
    routing.CaseCalledBack: Status.CALLED_BACK,
    routing.CaseReopened: Status.ASSIGNED,
    routing.CaseClosed: Status.CLOSED,
}


def _opens(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    return [(STATUS, f"appeal-{r.subject}")]


def _note(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, CaseEvent)
    status = STATUS_AFTER[type(event)]
    noted = CaseStatusNoted(appeal=event.appeal, status=_in_chat(status), occurred_at=event.occurred_at)
    work.decide(STATUS, f"appeal-{r.subject}", noted, r.because("minsheng:intake"))


def _seal(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, CaseSealed)
    sealed = AppealSealed(appeal=event.appeal, by=event.by, occurred_at=event.occurred_at)
    work.add(STATUS, f"appeal-{r.subject}", [sealed], r.because())


def _opens_part(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    event = r.event
    assert isinstance(event, CaseDivided)
    return [(STATUS, f"appeal-{event.into}")]


def _divide(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, CaseDivided)
    names = ("kind", "channel", "group", "village", "township", "message_id", "reporter", "urgent", "by", "occurred_at")
    divided = AppealDivided(
        appeal=event.into,
        divided_from=event.appeal,
        divided_from_number=event.number,
        text=event.part,
        **{name: getattr(event, name) for name in names},
    )
    work.add(STATUS, f"appeal-{event.into}", [divided], r.because(), event.into)


def _in_chat(status: Status) -> str:
    """A case that was assigned again is, for the chat, open."""
    return "open" if status is Status.ASSIGNED else status.value


def _opens_departments(_: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    return [(DEPARTMENTS, DEPARTMENTS_STREAM)]


def _note_department(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, DepartmentRegistered)
    noted = DepartmentNoted(department=event.department, name=event.name)
    work.decide(DEPARTMENTS, DEPARTMENTS_STREAM, noted, r.because("minsheng:intake"))


def _opens_notice(r: Recorded) -> Iterable[tuple[Decider[Any, Any], str]]:
    event = r.event
    assert isinstance(event, NoticePublished)
    return [(NOTICE, notice_stream(event.notice))] if event.groups else ()


def _hear_notice(r: Recorded, work: Work) -> None:
    event = r.event
    assert isinstance(event, NoticePublished)
    if event.groups:
        text = f"【公示】{event.title}：{event.body}"[:NOTICE_LETTERS]
        heard = NoticeHeard(
            notice=event.notice, kind=event.kind, text=text, groups=event.groups, said_at=event.published_at
        )  # fmt: skip
        work.decide(NOTICE, notice_stream(event.notice), heard, r.because("minsheng:intake"))


REACTIONS: Reactions = {
    "disclosure": {NoticePublished: Reaction(_opens_notice, _hear_notice)},
    "routing": {
        **{event: Reaction(_opens, _note) for event in STATUS_AFTER},
        CaseSealed: Reaction(_opens, _seal),
        CaseDivided: Reaction(_opens_part, _divide),
        DepartmentRegistered: Reaction(_opens_departments, _note_department),
    },
}
