"""What each kind of notice must tell: sums that add up, steps in order, names masked, nothing that harms anybody."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.disclosure.kinds import KINDS, Unfit, content_of
from services.disclosure.kinds.fields import masked_name, yuan
from services.disclosure.kinds.money import Subsidies
from shared.events.disclosure import NoticeKind
from tests.unit.services.disclosure import samples


def changed(sample: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    told = deepcopy(sample)
    *way, last = [int(step) if step.isdigit() else step for step in path.split(".")]
    inner: Any = told
    for step in way:
        inner = inner[step]
    if value is ...:
        del inner[last]
    else:
        inner[last] = value
    return told


def faults(kind: NoticeKind, told: dict[str, Any]) -> list[tuple[str, str]]:
    with pytest.raises(Unfit) as unfit:
        content_of(kind, told)
    return [(fault.field, fault.message) for fault in unfit.value.faults]


def test_every_kind_is_in_the_table_with_a_sample_that_fits() -> None:
    assert set(KINDS) == set(NoticeKind) == set(samples.SAMPLES)
    for kind, sample in samples.SAMPLES.items():
        content = content_of(kind, sample)
        assert (content is None) == (sample is None)
        assert content is None or content.summary()


@pytest.mark.parametrize("kind", [kind for kind, sample in samples.SAMPLES.items() if sample])
def test_what_a_content_comes_out_as_is_taken_again(kind: NoticeKind) -> None:
    content = content_of(kind, samples.SAMPLES[kind])
    assert content is not None
    assert content_of(kind, content.model_dump(mode="json")) == content


@pytest.mark.parametrize(
    ("kind", "path", "value", "said"),
    [
        (NoticeKind.PROJECT, "amount_fen", 433_320_001, "项目资金写的是4,333,200.01元，按明细算是4,333,200.00元，相差0.01元"),
        (NoticeKind.PROJECT, "paid_fen", 99_999_999, "相差0.01元"),
        (NoticeKind.PROJECT, "ends_on", "2023-02-01", "完工日期早于开工日期"),
        (NoticeKind.SUBSIDY, "total_fen", 139_999, "合计金额写的是1,399.99元，按明细算是1,400.00元"),
        (NoticeKind.SUBSIDY, "households", 3, "户数写的是3，名单上有2户"),
        (NoticeKind.SUBSIDY, "recipients.0.standard_fen", 40_001, "张*的金额"),
        (NoticeKind.ASSET, "closing_fen", 1_150_000, "期末余额"),
        (NoticeKind.ASSET, "entries.0.balance_fen", 1_200_000, "第1笔后的余额"),
        (NoticeKind.ASSET, "opening_fen", 999_999, "第1笔后的余额"),
        (NoticeKind.ASSET, "entries.1.on", "2023-01-04", "早于上一笔"),
        (NoticeKind.ASSET, "entries.1.on", "2023-04-01", "不在2023-01-01至2023-03-31之内"),
        (NoticeKind.DECISION, "steps.1.stage", "members", "此处应为“村“两委”会议商议”"),
        (NoticeKind.DECISION, "steps.1.on", "2023-01-31", "早于村党组织提议"),
        (NoticeKind.DECISION, "steps.3.present", 19, "票数合计26，实到19"),
        (NoticeKind.DECISION, "steps.3.entitled", 40, "须有三分之二以上代表到会"),
        (NoticeKind.DECISION, "steps.3.entitled", 20, "多于应到"),
        (NoticeKind.JOB, "pay_from_fen", 500_001, "高于上限"),
        (NoticeKind.INSPECTION, "ends_on", "2023-03-01", "结束日期早于开始日期"),
        (NoticeKind.RECTIFICATION, "items.1.number", 3, "须从 1 起连续"),
        (NoticeKind.RECTIFICATION, "items.0.state", "done", "须附整改依据"),
    ],
)  # fmt: skip
def test_what_does_not_agree_is_refused_with_what_is_wrong(kind: NoticeKind, path: str, value: Any, said: str) -> None:
    told = samples.SAMPLES[kind]
    assert told is not None
    [(_, message)] = faults(kind, changed(told, path, value))
    assert said in message


def test_a_decision_without_a_step_is_none_and_neither_is_one_without_a_majority() -> None:
    [(field, _)] = faults(NoticeKind.DECISION, changed(samples.DECISION, "steps.3", ...))
    assert field == "steps"
    votes = changed(changed(samples.DECISION, "steps.3.in_favour", 13), "steps.3.against", 12)
    assert "过半数同意" in faults(NoticeKind.DECISION, votes)[0][1]


def test_a_fault_names_the_field_as_people_call_it() -> None:
    told = changed(samples.SUBSIDY, "recipients.1.amount_fen", "四百")
    assert faults(NoticeKind.SUBSIDY, told) == [
        ("recipients.1.amount_fen", "补贴对象第2项的金额：应为整数（金额以分为单位）")
    ]  # fmt: skip
    assert faults(NoticeKind.PROJECT, changed(samples.PROJECT, "budget_line", ...)) == [("budget_line", "预算科目：必须填写")]
    assert faults(NoticeKind.JOB, changed(samples.JOB, "pay", 1)) == [("pay", "pay：没有这一项")]


def test_names_are_masked_as_lists_of_recipients_show_them() -> None:
    content = content_of(NoticeKind.SUBSIDY, samples.SUBSIDY)
    assert isinstance(content, Subsidies)
    assert [recipient.name for recipient in content.recipients] == ["张*", "欧阳*华"]
    assert [masked_name(name) for name in ("李四海", "王某", "司马光", "甲", "阿不都热合曼")] == [
        "李*海", "王某", "司马*", "甲", "阿****曼",
    ]  # fmt: skip


def test_no_number_of_a_card_or_a_telephone_is_published_except_one_that_is_there_to_be_called() -> None:
    for secret in ("身份证11010519491231002X", "6222021234567890128", "13912345678", "１３９－１２３４－５６７８"):
        [(field, message)] = faults(NoticeKind.SUBSIDY, changed(samples.SUBSIDY, "recipients.1.team", f"二组 {secret}"))
        assert field == "recipients.1.team"
        assert "不得公示" in message
    assert content_of(NoticeKind.PROJECT, changed(samples.PROJECT, "contact", "党长河 13912345678"))


@given(amounts=st.lists(st.integers(0, 10**9), min_size=1, max_size=40), off=st.integers(-3, 3))
def test_a_list_stands_exactly_if_it_adds_up(amounts: list[int], off: int) -> None:
    total = sum(amounts) + off
    told = {
        "programme": "补贴", "period": "2023年", "households": len(amounts), "total_fen": max(total, 0),
        "recipients": [{"name": "张三", "amount_fen": amount} for amount in amounts],
    }  # fmt: skip
    if max(total, 0) == sum(amounts):
        assert content_of(NoticeKind.SUBSIDY, told)
    else:
        assert "相差" in faults(NoticeKind.SUBSIDY, told)[0][1]


def test_money_is_written_exactly() -> None:
    assert [yuan(fen) for fen in (0, 5, 433_320_000, -101)] == ["0.00元", "0.05元", "4,333,200.00元", "-1.01元"]
