"""Who may take which step: one table, which the table of access and the API's names agree with."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.routing.departments import Departments
from services.routing.domain import Assign
from services.routing.gaming import Sign
from services.routing.rules import NOBODY, RULES, Rule, allowed
from services.routing.steps_api import router
from shared.access import ACCESS, Caller
from shared.events.intake import Kind
from tests.unit.services.routing.test_domain import ASSIGN, T0, after, opened

NOW = datetime(2025, 6, 2, 8, 10, tzinfo=UTC)
ROUTES = {route.path.rpartition("/")[2]: route.name for route in router.routes}  # type: ignore[attr-defined]
OVER_REST = [rule for rule in RULES.values() if rule.who != NOBODY]


def test_every_step_that_somebody_may_take_over_rest_has_its_route_and_no_other_has_one() -> None:
    assert sorted(ROUTES) == sorted(rule.name for rule in OVER_REST)


@pytest.mark.parametrize("rule", OVER_REST, ids=lambda rule: rule.name)
def test_whoever_may_take_a_step_gets_through_the_door_and_so_does_the_commission_for_sealed_cases(rule: Rule) -> None:
    assert ACCESS[ROUTES[rule.name]] == rule.who | {Caller.DISCIPLINE}


def test_each_caller_is_told_the_steps_of_his_role_alone() -> None:
    case, _ = after(ASSIGN)
    officer = ["accept", "progress", "resolve", "return", "ask-extension"]
    assert allowed(case, "o1", {Caller.OFFICER}, NOW) == officer
    desk = ["transfer", "assist", "merge", "divide", "inadmissible", "close", "seal"]
    assert allowed(case, "s1", {Caller.SUPERVISOR}, NOW) == [*officer[:4], *desk[:2], officer[4], *desk[2:]]
    assert allowed(case, "d1", {Caller.DISCIPLINE}, NOW) == ["supervise", "seal"]
    assert allowed(case, "a1", {Caller.ADMIN, Caller.ADAPTER}, NOW) == []


def test_of_a_sealed_case_every_step_is_the_commissions_and_nobody_elses() -> None:
    case, _ = after(Assign(opened(kind=Kind.REPORT, sealed=True, text=None), Departments(), T0))
    assert allowed(case, "s1", {Caller.OFFICER, Caller.SUPERVISOR}, NOW) == []
    assert {"accept", "resolve", "close"} <= set(allowed(case, "d1", {Caller.DISCIPLINE}, NOW))


def test_every_step_and_every_sign_stands_in_the_guide() -> None:
    guide = (Path(__file__).parents[4] / "docs/cases.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `([a-z_-]+)` \|", guide, re.MULTILINE)
    assert listed == [*(rule.name for rule in OVER_REST), *Sign]
