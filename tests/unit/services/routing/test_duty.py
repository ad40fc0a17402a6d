"""Duty rotas: who is on it, who left, who is on duty at a moment."""

from datetime import datetime

import pytest

from services.routing.duty import ROTA, SetRota, on_duty
from shared.clock import CHINA
from shared.events.routing import DutyOfficerLeft, DutyOfficerNamed


def officer(name: str, person: str, **more: str) -> DutyOfficerNamed:
    return DutyOfficerNamed(department="water", person=person, name=name, phone="13900000001", **more)


def test_setting_the_same_rota_again_changes_nothing() -> None:
    rota = ROTA.fold(ROTA.initial, ROTA.decide(SetRota("water", (officer("甲", "p1"),)), ROTA.initial))
    assert ROTA.decide(SetRota("water", (officer("甲", "p2"),)), rota) == []


def test_who_stays_keeps_his_id_and_who_is_not_listed_leaves() -> None:
    rota = ROTA.fold(ROTA.initial, ROTA.decide(SetRota("water", (officer("甲", "p1"), officer("乙", "p2"))), ROTA.initial))
    events = ROTA.decide(SetRota("water", (officer("乙", "p9", days="6-7"), officer("丙", "p3"))), rota)
    assert events == [
        DutyOfficerLeft(department="water", person="p1"),
        officer("乙", "p2", days="6-7"),
        officer("丙", "p3"),
    ]
    assert {o.name for o in ROTA.fold(rota, events).listed()} == {"乙", "丙"}


@pytest.mark.parametrize(
    ("days", "hours", "moment", "there"),
    [
        ("1-5", "8-18", datetime(2025, 6, 2, 8, 0, tzinfo=CHINA), True),  # a Monday
        ("1-5", "8-18", datetime(2025, 6, 2, 18, 0, tzinfo=CHINA), False),
        ("1-5", "8-18", datetime(2025, 6, 7, 9, 0, tzinfo=CHINA), False),
        ("5", "18-8", datetime(2025, 6, 7, 7, 0, tzinfo=CHINA), True),  # Friday's night ends on Saturday
        ("6", "18-8", datetime(2025, 6, 7, 7, 0, tzinfo=CHINA), False),
        ("1,3,6-7", "0-24", datetime(2025, 6, 8, 23, 0, tzinfo=CHINA), True),
        ("1,3,6-7", "0-24", datetime(2025, 6, 3, 23, 0, tzinfo=CHINA), False),
    ],
)
def test_a_night_is_that_of_the_day_on_which_it_begins(days: str, hours: str, moment: datetime, there: bool) -> None:
    assert on_duty(officer("甲", "p1", days=days, hours=hours), moment) is there
