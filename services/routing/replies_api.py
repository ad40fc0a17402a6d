"""What helps an officer to answer, over REST: how similar cases were solved, a draft to begin with, and advice on a reply.

Nothing here changes a case. A sealed case is compared with none and is none's example: its words are not in routing.
"""

import asyncio
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import BaseModel, ConfigDict, Field

from services.routing import views
from services.routing.domain import CASE, Case, case_stream
from services.routing.drafting import draft
from services.routing.replying import CALLED, LONGEST, advise
from services.routing.similar import Alike, Told, most_alike, telling
from shared import sql
from shared.access import Caller as Role
from shared.access import Who, authorize
from shared.events import FORGOTTEN
from shared.events.routing import CaseEvent, CaseResolved
from shared.inputs import Name, Text
from shared.privacy import OFFICE_LINES, mask, masked
from shared.problems import Problem
from shared.service import Service, service_of

router = APIRouter(tags=["replies"], prefix="/cases/{name}")
Routing = Annotated[Service, Depends(service_of)]
Caller = Annotated[Who, Depends(authorize)]
SQL = sql.load(Path(__file__).parent / "similar.sql")
COMPARED, SHARING = 600, 300
"""solved cases that a case is compared with: the newest of its category, for how it was done last is how it is done now, and of
others some that say the same rare things"""
_CANDIDATES, SHOWN = 12, 5
"""of the most similar ones some have no words of how they were solved"""
_REPLY_KEPT = 600
"""characters of a past reply"""


class Reply(BaseModel):
    """The reply as it would be sent."""

    model_config = ConfigDict(extra="forbid")

    words: Annotated[Text, Field(min_length=1, max_length=LONGEST)]


@router.get("/similar")
async def list_similar(service: Routing, who: Caller, name: Name) -> dict[str, Any]:
    """Solved cases most like this one, how they were solved, and a draft of a reply that a person must complete.

    `draft.blanks` is what must be filled in or checked, each also marked 【请…】 in the text; `leans_on` the case whose way it tells.
    """
    appeal, case = await _case(service, who, name)
    assert case.last is not None
    told = None if case.last.sealed else await _told(service, appeal)
    found = await _solved(service, told) if told else []
    examples = [(one["number"], one["reply"]) for one in found]
    text = told.text if told else None
    begun = None if case.last.sealed else draft(case.last.number, case.kind, case.last.department_name, text, examples)
    answer = {
        "appeal": appeal,
        "number": case.last.number,
        "similar": found,
        "draft": asdict(begun) if begun else None,
    }
    return answer if who.reads_originals else masked(answer)


@router.post("/reply-advice")
async def advise_reply(service: Routing, who: Caller, name: Name, reply: Reply) -> dict[str, Any]:
    """What to think of before this reply is sent: advice only, nothing is recorded or refused.

    Each side is judged from 0 to 1: `relevance`, `completeness`, `tone`, `evasion` (1: free of it). `relevance` is missing where
    routing does not have the reporter's words.
    """
    appeal, _ = await _case(service, who, name)
    told = await _told(service, appeal)
    advice = await asyncio.to_thread(advise, reply.words, told.text if told else None)
    sides = [{"side": side, "called": CALLED[side], **asdict(judged)} for side, judged in advice.sides.items()]
    return {"score": advice.score, "verdict": advice.verdict, "sides": sides}


async def _case(service: Service, who: Who, name: str) -> tuple[str, Case]:
    """Its id, and the case as it stands. Raises Problem 404, and 403 for what is sealed before others."""
    appeal = await views.appeal_of(service, name)
    _, case = await service.commands.load(CASE, case_stream(appeal))
    if case.last is None:
        raise Problem(404, "not-found", f"没有这件案件：{name}")
    if case.last.sealed and Role.DISCIPLINE not in who.callers:
        raise Problem(403, "forbidden", "密封案件只有纪委监委可以查看")
    return appeal, case


async def _told(service: Service, appeal: str) -> Told | None:
    """The case in its reporter's words; None when routing does not have them, or has them no more."""
    row = await service.pool.fetchrow(SQL["told"], appeal)
    return Told(**row) if row else None


async def _solved(service: Service, told: Told) -> list[dict[str, Any]]:
    solved = [Told(**row) for row in await service.pool.fetch(SQL["solved"], told.category, COMPARED)]
    if query := telling(told, solved):
        solved += [Told(**row) for row in await service.pool.fetch(SQL["sharing"], query, SHARING)]
    alike = await asyncio.to_thread(most_alike, told, solved, _CANDIDATES)
    ended: dict[str, CaseResolved] = {}
    for r in await service.store.load_many({case_stream(one.case.appeal): 0 for one in alike}):
        if isinstance(r.event, CaseResolved):
            ended[r.event.appeal] = r.event
        elif isinstance(r.event, CaseEvent) and r.event.sealed:
            ended.pop(r.event.appeal, None)
    shown = [_shown(one, ended[one.case.appeal]) for one in alike if _tells(ended.get(one.case.appeal))]
    return shown[:SHOWN]


def _tells(resolved: CaseResolved | None) -> bool:
    return resolved is not None and bool(resolved.reply) and resolved.reply != FORGOTTEN


def _shown(one: Alike, resolved: CaseResolved) -> dict[str, Any]:
    """With the words of its resolution as its group saw them."""
    case = one.case
    return {
        "number": case.number,
        "score": one.score,
        "reasons": one.reasons,
        "text": case.text,
        "category": case.category,
        "department": resolved.department,
        "department_name": resolved.department_name,
        "village": case.village,
        "township": case.township,
        "opened_at": case.opened_at,
        "resolved_at": resolved.occurred_at,
        "satisfied": case.satisfied,
        "reply": mask(resolved.reply or "", spare=OFFICE_LINES)[:_REPLY_KEPT],
    }
