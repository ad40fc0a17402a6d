"""Advice on replies, measured on public messages with their official replies, kept beside the project on machines that have them.

Nobody has labelled them, so what is known to be worse is made from what was really sent: the reply to another message; the same
letter with its middle taken out and empty promises put in; the letter broken off after a third; the letter without a kind word.
Each figure is the share of pairs in which the real one is judged better (AUC). Run with `-s` to see them.
"""

import csv
import random
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from services.routing.replying import Advice, Side, advise

MESSAGES = Path(__file__).resolve().parents[3] / "shared" / "data" / "tipdm" / "messages_replied.csv"
SUBSTANTIAL = 120
"""characters of a reply that may be expected to say something"""
MANY = 600
PROMISES = (
    "此事我们已经放在心上，一定会给大家一个交代。",
    "您的心情我们感同身受，会把它当作自己的事来办。",
    "目前条件还不具备，以后有机会再说。",
    "我们会继续做好各项工作，让群众满意。",
    "该问题由来已久，成因复杂，非一日之功。",
    "我们将以此为契机，举一反三，改进作风。",
    "已让下面的同志去问了。",
    "这要看上级怎么安排。",
    "您的建议很好，我们会吸收采纳。",
    "请相信党委政府，会有妥善的安排。",
    "该事项牵涉多家，正在走流程。",
    "材料已递交上去，批下来再告诉您。",
)
"""written after the lexicon, which has none of these sentences"""
RUDE = ("这事轮不到你操心。", "说了你也不明白。", "有本事你去上面告。", "规定就摆在那里，自己去看。", "天天反映，烦不烦。")
_KIND = re.compile("感谢|谢谢|抱歉|谅解|歉意|您好|你好|欢迎")
_ONLY_PASSED_ON = re.compile(r"转(?:交|至|给|办|相关|有关|.{0,8}(?:局|区|县|镇|部门))")
Pair = tuple[str, str]
"""what was asked, and the reply"""


def pairs() -> list[Pair]:
    with MESSAGES.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    return [(_plain(f"{row['留言主题']}。{row['留言详情']}"), _plain(row["答复意见"])) for row in rows]


def _plain(text: str) -> str:
    return re.sub(r"_x000D_|\s+", " ", text).strip()


def sentences(reply: str) -> list[str]:
    return [sentence for sentence in re.split(r"(?<=[。！；])", reply) if sentence.strip()]


def emptied(reply: str, chance: random.Random) -> str:
    first, *_, last = [*sentences(reply), ""]
    return first[:60] + "".join(chance.sample(PROMISES, 3)) + last[:40]


def broken_off(reply: str, _: random.Random) -> str:
    whole = sentences(reply)
    return "".join(whole[: max(1, len(whole) // 3)])


def unkind(reply: str, chance: random.Random) -> str:
    return "".join(s for s in sentences(reply) if not _KIND.search(s)).replace("您", "你") + chance.choice(RUDE)


def auc(real: list[float], made: list[float]) -> float:
    wins = sum((a > b) + 0.5 * (a == b) for a in real for b in made)
    return wins / (len(real) * len(made))


def scores(judged: list[Advice], side: Side) -> list[float]:
    return [advice.sides[side].score for advice in judged]


@pytest.mark.skipif(not MESSAGES.exists(), reason="the public messages with replies are not beside the project on this machine")
def test_what_was_really_answered_is_judged_better_than_what_was_made_worse() -> None:
    chance, told = random.Random(11), pairs()
    substantial = chance.sample([pair for pair in told if len(pair[1]) >= SUBSTANTIAL], MANY)
    real = [advise(reply, asked) for asked, reply in substantial]
    found: dict[str, tuple[float, float]] = {}

    def compare(what: str, side: Side, made: list[Advice]) -> None:
        overall = auc([advice.score for advice in real], [advice.score for advice in made])
        found[what] = (auc(scores(real, side), scores(made, side)), overall)
        print(f"{what}: {side} AUC {found[what][0]:.3f}, overall {overall:.3f}")

    others = [reply for _, reply in substantial[1:] + substantial[:1]]
    compare("another's reply", Side.RELEVANCE, [advise(r, asked) for r, (asked, _) in zip(others, substantial, strict=True)])
    worse: dict[str, tuple[Side, Callable[[str, random.Random], str]]] = {
        "emptied": (Side.EVASION, emptied),
        "broken off": (Side.COMPLETENESS, broken_off),
        "unkind": (Side.TONE, unkind),
    }
    for what, (side, change) in worse.items():
        compare(what, side, [advise(change(reply, chance), asked) for asked, reply in substantial])
    passed_on = [(asked, reply) for asked, reply in told if len(reply) < 90 and _ONLY_PASSED_ON.search(reply)]
    compare(f"{len(passed_on)} really sent that only pass it on", Side.EVASION, [advise(r, asked) for asked, r in passed_on])

    verdicts = Counter(advice.verdict for advice in real)
    print(f"of {MANY} real ones: {dict(verdicts)}")
    assert found["another's reply"][0] >= 0.95
    assert found["emptied"][0] >= 0.85
    assert found["broken off"][0] >= 0.75
    assert found["unkind"][0] >= 0.95
    assert all(overall >= 0.6 for _, overall in found.values())
