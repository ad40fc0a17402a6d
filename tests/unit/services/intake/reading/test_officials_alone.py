"""An official's words to nobody in particular are notices, news or talk; with no appeal there is nothing to act on."""

from collections.abc import Callable

import pytest

from services.intake.reading import Reading
from shared.events.intake import Kind, Role

Alone = Callable[..., Reading]

NOTICES = [
    ("【停电通知】明天8点到17点计划检修,请大家提前做好准备", None),
    ("各位乡亲,2025年城乡居民医保开始缴费,每人400元,12月底截止", "policy"),
    ("镇卫生院明天上午来村里给65岁以上老人免费体检,请带身份证", None),
    ("【公示】本村2024年第三季度财务收支情况,有疑问请向监委会反映", "fund"),
    ("【公示】危房改造补助对象名单,公示期7天", "subsidy"),
    ("通组路硬化工程中标公示:施工单位及工期见附件", "project"),
    ("村民代表会议表决通过了垃圾清运费收取办法,同意32票", "decision"),
    ("村集体鱼塘对外发包,起价每年两万,欢迎报名竞标", "asset"),
    ("制衣厂招聘缝纫工30名,月薪4000元,包吃住", "job"),
    ("农技专家周三在村部讲柑橘种植技术,免费培训", "enrichment"),
    ("县委巡察组进驻我镇,受理群众来信来访,电话附后", "inspection"),
    ("接气象部门通知,今晚有大暴雨,请低洼处的住户做好转移准备", None),
    ("@所有人 今晚七点半党员到村部开会", None),
    ("秸秆禁烧期间严禁焚烧,违者罚款", "policy"),
    ("近期电信诈骗高发,请大家不要轻信陌生电话,不要点陌生链接", "policy"),
]

TALK = ["大家早上好", "祝各位乡亲新年快乐,万事如意", "收到", "应该的,不客气", "👍", "谢谢大家理解", "好的"]


@pytest.mark.parametrize(("text", "notice"), NOTICES)
def test_what_is_told_to_everybody_is_an_announcement(alone: Alone, text: str, notice: str | None) -> None:
    reading = alone(text, Role.VILLAGE_OFFICIAL)
    assert reading.kind is Kind.ANNOUNCEMENT, reading
    if notice:
        assert reading.notice == notice


@pytest.mark.parametrize("text", TALK)
def test_greetings_and_bare_answers_are_chatter(alone: Alone, text: str) -> None:
    assert alone(text, Role.TOWN_OFFICIAL).kind is Kind.CHATTER


@pytest.mark.parametrize("role", [role for role in Role if role.official])
def test_nobody_in_office_opens_an_appeal(alone: Alone, role: Role) -> None:
    assert alone("路灯坏了好几天了,没人修", role).kind not in (Kind.APPEAL, Kind.ENQUIRY, Kind.REPORT)
