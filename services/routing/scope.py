"""Whose case it is: who comes with the key of one department acts on that department's cases, and while it only assists, on its part."""

from datetime import datetime

from services.routing import commands as c
from services.routing.case import Case
from services.routing.rules import RULES, allowed
from shared.access import Who
from shared.problems import Problem

ASSISTING = frozenset(RULES[step].name for step in (c.Report, c.FinishPart))
"""the steps of a department that assists; its lead answers for the whole"""


def check(command: c.Act, case: Case, who: Who) -> None:
    """Raises Problem 403 for a step on another department's case, or on another's part of it."""
    if not within(RULES[type(command)].name, case, who.department):
        detail = f"这把密钥属于部门 {who.department}，只能办理由它主办的案件，协办时只能报告进展、完成自己的协办事项"
        raise Problem(403, "forbidden", detail, code="another-department")
    if who.department and isinstance(command, c.FinishPart) and command.department != who.department:
        detail = f"这把密钥属于部门 {who.department}，不能替 {command.department} 完成协办事项"
        raise Problem(403, "forbidden", detail, code="another-department")


def within(step: str, case: Case, department: str | None) -> bool:
    """Whether a step is for a key of that department; None: of no department, which binds nobody."""
    if department is None or (case.last and case.last.department == department):
        return True
    return step in ASSISTING and any(part.department == department for part in case.open_parts)


def offered(case: Case, who: Who, by: str, at: datetime) -> list[str]:
    """The names of the steps that this caller may take now as that person."""
    return [step for step in allowed(case, by, who.callers, at) if within(step, case, who.department)]
