"""Who may take which step on a case, and when: one table, by which steps are taken, refused, and offered.

What a step's own words are worth (a department that does not exist, a date in the past) is checked when it is decided.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.routing import commands as c
from services.routing.case import Case
from shared.callers import Caller
from shared.decider import Refused
from shared.events.casework import Second
from shared.events.routing import Status

REOPEN_WITHIN = timedelta(days=15)
"""how long after its close a case may be reopened"""
OPEN = (Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS)
ANSWERED = (Status.RESOLVED, Status.CALLED_BACK)
RETURNS = 2
"""after so many the county desk's word is the last"""
STATUS_NAMES = {
    Status.UNASSIGNED: "未派单",
    Status.ASSIGNED: "已派单",
    Status.ACCEPTED: "已受理",
    Status.IN_PROGRESS: "办理中",
    Status.RESOLVED: "已办结",
    Status.CALLED_BACK: "已回访",
    Status.CLOSED: "已结案",
}
DESK = frozenset({Caller.OFFICER, Caller.SUPERVISOR})
SUPERVISOR = frozenset({Caller.SUPERVISOR})
COMMISSION = frozenset({Caller.DISCIPLINE})
NOBODY: frozenset[Caller] = frozenset()
"""taken in the chat only"""

Bar = Refused | None
"""why a step may not be taken although the case stands right for it"""


def _free(case: Case, by: str, at: datetime) -> Bar:
    return None


def _returning(case: Case, by: str, at: datetime) -> Bar:
    if sealed := _unsealed(case, by, at):
        return sealed
    if case.returning:
        return Refused("return-undecided", "退单正在等县诉求中心审核，审核前仍由首接单位负责")
    if case.last and case.last.department in case.returned_by:
        return Refused("returned-already", "本单位已退过一次，不能再退；请报县诉求中心协调")
    if len(case.returned_by) >= RETURNS:
        return Refused("county-desk-decides", f"案件已退过 {RETURNS} 次，由县诉求中心决定，不能再退")
    return None


def _deciding_return(case: Case, by: str, at: datetime) -> Bar:
    if not case.returning:
        return Refused("nothing-asked", "没有等待审核的退单")
    return _not_his_own(case, case.returning.by, by)


def _with_parts_done(case: Case, by: str, at: datetime) -> Bar:
    if open_parts := case.open_parts:
        return Refused("parts-open", f"协办事项尚未完成：{'、'.join(part.name for part in open_parts)}")
    return None


def _having_parts(case: Case, by: str, at: datetime) -> Bar:
    return None if case.open_parts else Refused("no-part", "没有未完成的协办事项")


def _unsealed(case: Case, by: str, at: datetime) -> Bar:
    return Refused("sealed", "密封案件只能由纪委监委办理") if case.last and case.last.sealed else None


def _suspending(case: Case, by: str, at: datetime) -> Bar:
    if case.suspended:
        return Refused("suspended-already", "案件已经挂起")
    if by in case.handlers:
        return Refused("handled-it-himself", "挂起会暂停办理时限，经办人不能批准自己的案件挂起，请由他人审批")
    return None


def _suspended(case: Case, by: str, at: datetime) -> Bar:
    return None if case.suspended else Refused("not-suspended", "案件没有挂起")


def _slept_enough(case: Case, by: str, at: datetime) -> Bar:
    if case.suspended and at < case.suspended.until:
        return Refused("not-yet", "挂起的时间还没有到")
    return _suspended(case, by, at)


def _asking_extension(case: Case, by: str, at: datetime) -> Bar:
    if case.extension:
        return Refused("asked-already", "延期只能申请一次，本案已经申请过")
    return Refused("too-late", "办理时限已过，延期须在到期前申请") if case.late else None


def _deciding_extension(case: Case, by: str, at: datetime) -> Bar:
    if not case.extension or case.extension.granted is not None:
        return Refused("nothing-asked", "没有等待审批的延期申请")
    return _not_his_own(case, case.extension.by, by)


def _splitting(case: Case, by: str, at: datetime) -> Bar:
    if case.lead is None:
        return Refused("not-merged", "案件没有并案，不必移出")
    if case.last and case.lead == case.last.appeal:
        return Refused("leads-the-matter", "这是并案的主件，请把其他案件从中移出，或撤销并案")
    return None


def _gathering(case: Case, by: str, at: datetime) -> Bar:
    if case.last and case.lead not in (None, case.last.appeal):
        return Refused("led-already", "案件已经并入其他案件，不能再牵头并案")
    return _unsealed(case, by, at)


def _dissolving(case: Case, by: str, at: datetime) -> Bar:
    leads = case.last and case.lead == case.last.appeal
    return None if leads else Refused("leads-nothing", "案件没有牵头并案，不必撤销")


def _calling(case: Case, by: str, at: datetime) -> Bar:
    if by == case.resolved_by:
        return Refused("handled-it-himself", "办结人不能回访自己办的案件，请另派人回访")
    if by in case.handlers:
        return Refused("handled-it-himself", "经办人不能回访自己办的案件，请另派人回访")
    if by in case.reviewers:
        return Refused("reviewed-it-himself", "审核过本案的人不能再回访，请另派人回访")
    return None


def _calling_again(case: Case, by: str, at: datetime) -> Bar:
    if case.second is None:
        return Refused("not-drawn", "本案没有抽中抽查回访")
    if case.second.result is not Second.DUE:
        return Refused("called-already", "本案的抽查回访已经完成")
    if by in case.callers:
        return Refused("called-it-himself", "第一次回访的人不能再做抽查回访，请另派人回访")
    return _calling(case, by, at)


def _reopening(case: Case, by: str, at: datetime) -> Bar:
    if case.closed_at and at - case.closed_at > REOPEN_WITHIN:
        return Refused("too-late-to-reopen", f"结案已超过 {REOPEN_WITHIN.days} 天，请作为新诉求提出")
    return None


def _ending(case: Case, by: str, at: datetime) -> Bar:
    if case.supervised:
        return Refused("supervised", "案件正在督办，纪委监委解除督办后才能结案")
    if by == case.resolved_by:
        return Refused("handled-it-himself", "办结人不能给自己办的案件结案，请由他人结案")
    return None


def _sealing(case: Case, by: str, at: datetime) -> Bar:
    return Refused("sealed-already", "案件已经密封") if case.last and case.last.sealed else None


def _unsupervised(case: Case, by: str, at: datetime) -> Bar:
    return None if case.supervised else Refused("not-supervised", "案件没有被督办")


def _proposing(case: Case, by: str, at: datetime) -> Bar:
    return Refused("asked-already", "已经申请过不计入考核") if case.exclusion else None


def _reviewing(case: Case, by: str, at: datetime) -> Bar:
    if not case.exclusion or case.exclusion.granted is not None:
        return Refused("nothing-asked", "没有等待审核的不计入考核申请")
    return _not_his_own(case, case.exclusion.by, by)


def _not_his_own(case: Case, asked_by: str, by: str) -> Bar:
    """Submitter, reviewer and caller are three people; who worked on a case judges nothing of it."""
    if by == asked_by or by in case.handlers:
        return Refused("judges-himself", "申请人和经办人不能审核自己的案件，请由他人审核")
    if by in case.callers or (case.second and by in case.second.callers):
        return Refused("called-it-himself", "回访过本案的人不能再审核，请由他人审核")
    return None


@dataclass(frozen=True, slots=True)
class Rule:
    """A step's name in the API, what it is called, where the case must stand, who may take it, and what else bars it."""

    name: str
    called: str
    states: tuple[Status, ...]
    who: frozenset[Caller]
    bar: Callable[[Case, str, datetime], Bar] = _free


RULES: dict[type[c.Act], Rule] = {
    c.Accept: Rule("accept", "受理", (Status.ASSIGNED,), DESK),
    c.Report: Rule("progress", "报告进展", OPEN, DESK),
    c.Resolve: Rule("resolve", "办结", OPEN, DESK, _with_parts_done),
    c.Return: Rule("return", "退单", (Status.ASSIGNED, Status.ACCEPTED), DESK, _returning),
    c.DecideReturn: Rule("decide-return", "审核退单", OPEN, SUPERVISOR, _deciding_return),
    c.Transfer: Rule("transfer", "转办", OPEN, SUPERVISOR, _unsealed),
    c.Assist: Rule("assist", "派协办", OPEN, SUPERVISOR, _unsealed),
    c.FinishPart: Rule("finish-part", "完成协办", OPEN, DESK, _having_parts),
    c.Release: Rule("release", "撤销协办", OPEN, SUPERVISOR, _having_parts),
    c.Suspend: Rule("suspend", "挂起", (Status.ACCEPTED, Status.IN_PROGRESS), SUPERVISOR, _suspending),
    c.Resume: Rule("resume", "恢复办理", OPEN, DESK, _suspended),
    c.Wake: Rule("wake", "到期恢复", OPEN, NOBODY, _slept_enough),
    c.AskExtension: Rule("ask-extension", "申请延期", OPEN, DESK, _asking_extension),
    c.DecideExtension: Rule("decide-extension", "审批延期", OPEN, SUPERVISOR, _deciding_extension),
    c.Gather: Rule("merge", "并案", OPEN, SUPERVISOR, _gathering),
    c.Dissolve: Rule("unmerge", "撤销并案", OPEN, SUPERVISOR, _dissolving),
    c.Split: Rule("split", "移出并案", OPEN, SUPERVISOR, _splitting),
    c.Divide: Rule("divide", "拆分", OPEN, SUPERVISOR, _unsealed),
    c.FindInadmissible: Rule("inadmissible", "不予受理", (Status.ASSIGNED, Status.ACCEPTED), SUPERVISOR, _ending),
    c.AskBack: Rule("call-back", "回访", ANSWERED, DESK, _calling),
    c.TakeAnswer: Rule("answer", "登记回访结果", ANSWERED, DESK, _calling),
    c.FailCall: Rule("failed-call", "登记未接通", ANSWERED, DESK, _calling),
    c.TakeFeedback: Rule("feedback", "登记评价", (*ANSWERED, Status.CLOSED), NOBODY),
    c.CallAgain: Rule("second-call", "抽查回访", (Status.CLOSED,), DESK, _calling_again),
    c.Reopen: Rule("reopen", "重办", (*ANSWERED, Status.CLOSED), DESK, _reopening),
    c.Close: Rule("close", "结案", (*OPEN, *ANSWERED), SUPERVISOR, _ending),
    c.Supervise: Rule("supervise", "督办", (*OPEN, *ANSWERED), COMMISSION),
    c.LiftSupervision: Rule("lift-supervision", "解除督办", (*OPEN, *ANSWERED, Status.CLOSED), COMMISSION, _unsupervised),
    c.Seal: Rule("seal", "密封", (*OPEN, *ANSWERED, Status.CLOSED), SUPERVISOR | COMMISSION, _sealing),
    c.ProposeExclusion: Rule("propose-exclusion", "申请不计入考核", (*ANSWERED, Status.CLOSED), DESK, _proposing),
    c.ReviewExclusion: Rule("review-exclusion", "审核不计入考核", (*ANSWERED, Status.CLOSED), SUPERVISOR, _reviewing),
    c.Hear: Rule("hear", "听取补充", (*OPEN, *ANSWERED), NOBODY),
    c.RaiseUrgency: Rule("raise-urgency", "转为紧急", OPEN, NOBODY),
}
"""the steps, in the order in which a case usually sees them"""

TOLD_ALL_THE_SAME = frozenset({"parts-open", "handled-it-himself", "reviewed-it-himself", "supervised"})
"""what bars a step over REST, but not in the chat, where everybody has heard it: it is taken, and shows (see gaming.py)"""


def hindrance(step: type[c.Act], case: Case, by: str, at: datetime) -> Bar:
    """Why somebody may not take a step now; None when he may."""
    rule = RULES[step]
    if case.status in rule.states:
        return rule.bar(case, by, at)
    others = (other for other in RULES.values() if other.who and case.status in other.states)
    now = "、".join(other.called for other in others if other.bar(case, by, at) is None)
    return Refused("not-allowed-now", f"案件{STATUS_NAMES[case.status]}，不能{rule.called}；现在可以：{now or '无'}")


def reason_of(command: c.Act) -> str:
    """The words a step needs. Raises Refused without any."""
    if not command.words or not command.words.strip():
        raise Refused("reason-needed", f"{RULES[type(command)].called}须写明理由")
    return command.words


def may(step: type[c.Act], case: Case, roles: Collection[Caller]) -> bool:
    """Whether it is for callers of these roles. On a sealed case every step is the commission's, and nobody else's."""
    who = RULES[step].who
    if case.last and case.last.sealed and who:
        who = COMMISSION
    return not who.isdisjoint(roles)


def allowed(case: Case, by: str, roles: Collection[Caller], at: datetime) -> list[str]:
    """The names of the steps that a caller may take now."""
    return [rule.name for step, rule in RULES.items() if may(step, case, roles) and hindrance(step, case, by, at) is None]
