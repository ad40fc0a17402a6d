"""What helps an officer to answer: similar solved cases with a draft, and advice on a reply; what is sealed stays so."""

from collections.abc import Callable

import httpx

from services.cli.system import System
from shared.access import Caller
from tests.integration.services.conftest import Village

ASKED = "大槐树东边的公厕化粪池满了，粪水流到路上"
REPLY = "您好，6月2日环卫队已清掏化粪池，路面冲洗干净了，有事请打值班电话0394-8812345或13812345678。感谢您的反映"
GOOD = "您好，您反映的大槐树东边公厕化粪池满了，环卫队今天上午现场查看，已清理化粪池，有事请打电话8812345。感谢您的反映"


def caller(role: Caller) -> httpx.AsyncClient:
    return httpx.AsyncClient(headers={"authorization": f"Bearer {role}"}, timeout=30, trust_env=False)


async def solved(village: Village, text: str, reply: str | None = REPLY) -> str:
    number: str = (await village.say("v", text))["number"]
    await village.act(number, "accept", by="o1")
    assert (await village.act(number, "resolve", by="o1", words=reply)).status_code == 200
    return number


async def test_a_case_is_shown_how_the_like_of_it_was_solved_in_the_words_the_group_saw_and_a_draft(
    villages: Callable[[], Village],
) -> None:
    there, here = villages(), villages()
    example = await solved(there, "大槐树西边公厕化粪池满了，粪水漫出来，电话13912345678")
    number = (await here.say("v", ASKED))["number"]
    found = await here.get("routing", f"/cases/{number}/similar")
    best = found["similar"][0]
    assert best["number"] == example
    assert best["reply"] == REPLY.replace("13812345678", "138****5678")
    assert "139****5678" in best["text"]
    assert best["department_name"] == (await there.get("routing", f"/cases/{example}"))["department_name"]
    assert any("大槐树" in reason for reason in best["reasons"])
    assert best["score"] == max(one["score"] for one in found["similar"])

    begun = found["draft"]
    assert begun["text"].startswith("【草稿，请核对修改后再发】您好！您反映的“大槐树东边的公厕化粪池满了”")
    assert begun["leans_on"] == [example]
    assert "已清掏化粪池" in begun["text"]
    assert "6月2日" not in begun["text"]
    assert all(blank in begun["text"] for blank in begun["blanks"])
    advice = (await here.act(number, "reply-advice", words=begun["text"])).json()
    assert advice["score"] < 0.45


async def test_advice_is_given_on_any_reply_and_changes_nothing(village: Village) -> None:
    number = (await village.say("v", ASKED))["number"]
    before = await village.get("routing", f"/cases/{number}")
    good = (await village.act(number, "reply-advice", words=GOOD)).json()
    bad = (await village.act(number, "reply-advice", words="已转相关部门处理。")).json()
    assert good["verdict"] == "可以发出"
    assert bad["verdict"] != "可以发出"
    assert good["score"] > bad["score"] + 0.3
    sides = {side["side"]: side for side in bad["sides"]}
    assert set(sides) == {"relevance", "completeness", "tone", "evasion"}
    assert "没有写办理结果" in sides["evasion"]["reasons"][-1]
    assert await village.get("routing", f"/cases/{number}") == before
    assert (await village.act(number, "resolve", by="o1", words="已转相关部门处理。")).status_code == 200
    assert (await village.act(number, "reply-advice", words="")).status_code == 422
    assert (await village.act(number, "reply-advice", words="好" * 4001)).status_code == 422


async def test_what_is_sealed_helps_nobody_and_is_helped_behind_closed_doors(
    villages: Callable[[], Village], system: System
) -> None:
    village = villages()
    sealed = (await village.say("w", "我要举报村会计把修自来水管的钱装进自己口袋"))["number"]
    await village.act(sealed, "accept", by="d1")
    assert (await village.act(sealed, "resolve", by="d1", words="自来水管的钱已经追回，会计已处分")).status_code == 200
    number = (await village.say("v", "自来水管破裂，修自来水管的钱去哪里了"))["number"]
    assert sealed not in str((await village.get("routing", f"/cases/{number}/similar"))["similar"])

    url = f"{system.urls['routing']}/cases/{sealed}"
    async with caller(Caller.OFFICER) as officer, caller(Caller.DISCIPLINE) as commission:
        assert (await officer.get(f"{url}/similar")).status_code == 403
        assert (await officer.post(f"{url}/reply-advice", json={"words": REPLY})).status_code == 403
        assert (await commission.get(f"{url}/similar")).json()["similar"] == []
        advised = (await commission.post(f"{url}/reply-advice", json={"words": REPLY})).json()
        assert "relevance" not in {side["side"] for side in advised["sides"]}
    async with caller(Caller.ADAPTER) as adapter:
        assert (await adapter.get(f"{system.urls['routing']}/cases/{number}/similar")).status_code == 403
    assert (await village.client.get(f"{system.urls['routing']}/cases/nobodys/similar")).status_code == 404
    assert (await village.act("nobodys", "reply-advice", words=REPLY)).status_code == 404


async def test_with_whom_a_reporter_was_not_satisfied_is_no_example(villages: Callable[[], Village]) -> None:
    there, text = villages(), "石磨坊后面公厕化粪池漏粪水，臭得不行"
    example = await solved(there, "石磨坊门口公厕化粪池漏粪水，流了一夜")
    here = villages()
    number = (await here.say("v", text))["number"]
    assert example in str((await here.get("routing", f"/cases/{number}/similar"))["similar"])
    answer = await there.act(example, "answer", by="desk", resolved=False, satisfied=False)
    assert answer.json()["status"] == "assigned"
    assert example not in str((await here.get("routing", f"/cases/{number}/similar"))["similar"])
