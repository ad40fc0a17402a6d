"""What notify does when anybody speaks: it puts into words what concerns a reporter, a group or an official, and queues it;
and it notes what the bulletins will tell.
"""

import uuid_utils.compat as uuids

from services.notify.bulletins import HOTTEST, HOTTEST_STREAM, noted
from services.notify.domain import replies_to, reply_stream
from services.notify.texts import Texts
from shared.clock import Clock
from shared.consumer import Reaction, Reactions
from shared.deciding import Work
from shared.envelope import Recorded
from shared.events import BY_SERVICE, Event
from shared.events.crowds import CrowdGrew, CrowdOffered
from shared.events.disclosure import NoticeCorrected, NoticePublished, NoticeWithdrawn, RectificationUpdated
from shared.events.intake import PersonForgotten
from shared.events.notify import ReplyQueued
from shared.events.routing import CaseEvent, HottestTold
from shared.events.sla import BackupPaged, CaseEscalated, CaseOverdue, ClockStopped, ClockWarned

SLA: tuple[type[Event], ...] = (ClockWarned, BackupPaged, CaseOverdue, CaseEscalated, ClockStopped)
NOTICES: tuple[type[Event], ...] = (NoticePublished, NoticeCorrected, NoticeWithdrawn, RectificationUpdated)


def reactions(clock: Clock, texts: Texts) -> Reactions:
    """The reactions of a notify whose replies are stamped by this clock and said in these texts."""

    def react(r: Recorded, work: Work) -> None:
        for note in noted(r.event):
            work.create(f"heard-{r.id}", [note], r.because("minsheng:notify"), r.subject)
        for said in replies_to(r.event):
            reply = str(uuids.uuid7())
            queued = ReplyQueued(
                reply=reply,
                appeal=said.appeal,
                channel=said.channel,
                group=said.group,
                audience=said.audience,
                person=said.person,
                quote=said.quote,
                template=said.template,
                text=texts.compose(said.template, **said.known),
                urgent=said.urgent,
                queued_at=clock.now(),
            )
            subject = f"{said.channel}:{said.group}"
            work.create(reply_stream(reply), [queued], r.because("minsheng:notify"), subject)

    def forget(r: Recorded, work: Work) -> None:
        event = r.event
        assert isinstance(event, PersonForgotten)
        work.forget(event.person)

    def note_hottest(r: Recorded, work: Work) -> None:
        event = r.event
        assert isinstance(event, HottestTold)
        work.decide(HOTTEST, HOTTEST_STREAM, event, r.because("minsheng:notify"))

    says = Reaction(lambda _: (), react)
    return {
        "intake": {PersonForgotten: Reaction(lambda _: (), forget), CrowdOffered: says, CrowdGrew: says},
        "routing": {
            **{event: says for event in BY_SERVICE["routing"] if issubclass(event, CaseEvent)},
            HottestTold: Reaction(lambda _: [(HOTTEST, HOTTEST_STREAM)], note_hottest),
        },
        "sla": dict.fromkeys(SLA, says),
        "disclosure": dict.fromkeys(NOTICES, says),
    }
