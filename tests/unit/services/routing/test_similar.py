"""Which solved cases are like this one, and the draft of a reply that leans on them."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from services.routing.drafting import MARK, borrowed, draft
from services.routing.replying import advise, blanks
from services.routing.similar import TELLING, Told, most_alike, telling
from shared.events.intake import Kind

AT = datetime(2025, 6, 2, tzinfo=UTC)
LAMP = "村东头路灯坏了半个月，晚上黑灯瞎火老人不敢出门"


def told(appeal: str, text: str, *, village: str = "河湾村", town: str = "平川镇", satisfied: bool | None = None) -> Told:
    opened_at = AT + timedelta(hours=len(appeal))
    return Told(appeal, f"TY-{appeal}", text, "城乡建设/路灯", "village", village, town, opened_at, satisfied)


def test_the_most_similar_comes_first_and_says_why() -> None:
    solved = [
        told("water", "自来水管破裂院子都淹了"),
        told("lamp", "学校后面的路灯坏了，晚上黑灯瞎火", village="青石村", satisfied=True),
        told("pole", "电线杆歪了快倒了", village="青石村"),
    ]
    [best] = most_alike(told("new", LAMP), solved, 5)
    assert best.case.appeal == "lamp"
    assert best.reasons[0].startswith("都说到")
    assert "“晚上黑灯瞎火”" in best.reasons[0]
    assert best.reasons[1:] == ("同类：城乡建设/路灯", "同一乡镇", "群众满意")


def test_the_same_village_counts_a_little_and_likeness_most() -> None:
    far = told("far", "村西头的路灯坏了，晚上黑灯瞎火的", village="南岭村", town="青山镇")
    near = told("near", "村西头的路灯坏了，晚上黑灯瞎火的")
    other = told("other", "村东头垃圾没人清运")
    assert [one.case.appeal for one in most_alike(told("new", LAMP), [far, other, near], 2)] == ["near", "far"]


def test_a_case_is_not_like_itself_and_there_may_be_none() -> None:
    assert most_alike(told("new", LAMP), [told("new", LAMP)], 5) == []
    assert most_alike(told("new", LAMP), [], 5) == []
    assert most_alike(told("new", "我家窑背上往下掉土块"), [told("x", "名单里咋没我家，到底按啥定的", satisfied=True)], 5) == []
    assert most_alike(told("new", ""), [told("x", ""), told("y", "！！")], 5) == []


def test_across_categories_two_letters_in_common_are_chance() -> None:
    new = told("new", "在省城住院回来报销，要拿啥材料")
    elsewhere = replace(told("x", "娃的户口想迁回来，要拿啥手续"), category="公安政法/户籍证件")
    assert most_alike(new, [elsewhere], 5) == []
    [alike] = most_alike(new, [replace(elsewhere, text="省城住院的能不能报销，要拿啥")], 5)
    assert "同类：公安政法/户籍证件" not in alike.reasons


def test_what_is_rare_in_a_case_leads_to_the_like_of_it_in_other_categories() -> None:
    others = [told(f"n{n}", "村东头的路灯坏了") for n in range(5)]
    query = telling(told("new", "村东头公厕化粪池的路灯坏了"), others)
    assert query.count("|") == TELLING - 1
    assert "'化粪'" in query
    assert "'路灯'" not in query
    assert telling(told("new", "？！"), others) == ""


def test_a_draft_says_that_it_is_one_and_marks_what_only_a_person_knows() -> None:
    begun = draft("TY-20250602-0001", Kind.APPEAL, "村委会", LAMP, [("TY-7", "6月3日电工已更换河湾村3号灯泡，路灯亮了。")])
    assert begun.text.startswith(MARK)
    assert "您反映的“村东头路灯坏了半个月”（TY-20250602-0001）" in begun.text
    assert begun.leans_on == ("TY-7",)
    assert "参照 TY-7" in begun.text
    assert list(begun.blanks) == blanks(begun.text)
    assert len(begun.blanks) == 5
    assert advise(begun.text, LAMP).score < 0.45  # nobody can send it unread and call it good


def test_what_is_borrowed_has_nothing_that_was_the_other_cases_own() -> None:
    idea = borrowed("您好！经查，6月3日上午电工赶到青石村12号，已更换破裂的水管，电话13812345678。感谢！")
    assert "已更换破裂的水管" in idea
    assert not any(own in idea for own in ("6月3日", "上午", "青石村", "12号", "138"))
    assert borrowed("已收悉，会尽快处理") == ""
    assert borrowed("") == ""


def test_without_an_example_the_work_is_a_blank_and_a_question_gets_the_form_of_an_answer() -> None:
    assert "【请填写：做了什么】" in draft("N", Kind.APPEAL, "村委会", LAMP, []).text
    assert "您问的“在省城住院怎么报”" in draft("N", Kind.ENQUIRY, "医保局", "请问在省城住院怎么报", []).text
    asked = draft("N", Kind.ENQUIRY, "医保局", None, [])
    assert "您问的事情" in asked.text
    assert "【请填写：政策或规定的名称】" in asked.text
    assert asked.leans_on == ()


def test_marks_within_a_borrowed_reply_do_not_break_the_drafts_own() -> None:
    begun = draft("N", Kind.APPEAL, "村委会", LAMP, [("TY-7", "【民声】已更换灯泡】，{mark}")])
    assert list(begun.blanks) == blanks(begun.text)
    assert "参照 TY-7，“民声已更换灯泡" in begun.text
