"""What a case looks like in a file that people open."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.routing.exporting import HEADINGS, NAMES, as_csv
from services.routing.gaming import Sign
from shared.events.intake import OPENING
from shared.events.routing import Status

T0 = datetime(2025, 6, 2, 0, 0, 7, 300, tzinfo=UTC)
CASE: dict[str, Any] = {
    "number": "TY-20250602-0007", "status": "in_progress", "kind": "appeal", "category": "城乡建设/供排水", "department": "water",
    "department_name": "水利局", "township": "平川镇", "village": "河西村", "urgent": True, "sealed": False, "waits": False, "late": False,
    "reopened": 0, "satisfied": None, "opened_at": T0, "changed_at": T0, "closed_at": None, "suspended_until": None,
    "signs": [str(Sign.BACKDATED), str(Sign.NOTHING_DONE)], "words": "停水了",
}  # fmt: skip


async def lines(*cases: dict[str, Any]) -> list[str]:
    async def pages() -> AsyncIterator[list[dict[str, Any]]]:
        for case in cases:
            yield [case]

    return b"".join([chunk async for chunk in as_csv(pages())]).decode("utf-8").split("\r\n")


async def test_excel_knows_the_encoding_and_people_the_headings() -> None:
    head, *rest = await lines()
    assert head == "\ufeff" + ",".join(HEADINGS.values())
    assert rest == [""]


async def test_a_line_tells_in_chinese_and_in_chinas_time() -> None:
    _, line, _ = await lines(CASE)
    assert line == (
        "TY-20250602-0007,办理中,诉求,城乡建设/供排水,水利局,water,平川镇,河西村,是,否,否,否,0,,2025-06-02 08:00:07,2025-06-02 08:00:07,,,"
        "事后补录、未办先结,停水了"
    )


def test_every_state_kind_and_sign_that_a_case_may_have_has_a_chinese_name() -> None:
    assert NAMES["status"].keys() == set(Status)
    assert NAMES["kind"].keys() == OPENING
    assert NAMES["signs"].keys() == set(Sign)


@pytest.mark.parametrize("words", ["=1+1", "+8613812345678", "-1", "@SUM(A1)", " =1", "\t=1", "＝1", "\n@x"])
async def test_what_begins_like_a_formula_is_only_text(words: str) -> None:
    written = "\r\n".join(await lines(CASE | {"words": words}))
    assert f"'{words}" in written


async def test_what_no_spreadsheet_can_hold_is_left_out() -> None:
    _, line, _ = await lines(CASE | {"words": "停\x0b水\x01了"})
    assert line.endswith(",停水了")
