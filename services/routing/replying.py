"""The rulebook of replies: is this one fit for who waits for it? Advice before it is sent, never a bar.

Four questions, each answered from 0 to 1 with reasons in the officer's language: is it about what was asked (relevance), does it
say what was found, done and by when (completeness), is it warm and plain (tone), and does it come to an outcome, or only pass the
matter on and promise (evasion; 1 is free of it)? Everything is looked for by words, so that each reason can be checked. Pure.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from math import exp

from services.routing.naming import in_common, pieces, plain
from services.routing.reply_words import (
    ALREADY,
    CHECKED,
    DECIDED,
    DONE,
    GREETS,
    HARSH,
    NEXT,
    OFFICIALESE,
    PASSED_ON,
    POLITE,
    PROMISED,
    RECEIVED,
    SALUTATION,
    SENT_AWAY,
    SPECIFIC,
    THANKS,
    UNFINISHED,
    WHEN,
    WHOM,
)

LONGEST = 4000
"""characters of a reply"""
_ASKED = 300
"""characters of what was asked that are looked at: people come to the point first"""


class Side(StrEnum):
    """A side of a reply."""

    RELEVANCE = "relevance"
    COMPLETENESS = "completeness"
    TONE = "tone"
    EVASION = "evasion"


CALLED = {Side.RELEVANCE: "切题", Side.COMPLETENESS: "完整", Side.TONE: "语气", Side.EVASION: "有结果"}
WEIGHTS = {Side.RELEVANCE: 0.3, Side.COMPLETENESS: 0.3, Side.TONE: 0.15, Side.EVASION: 0.25}
GOOD, FAIR = 0.7, 0.45
"""from which a reply may go as it is, and from which a little is missing"""


@dataclass(frozen=True, slots=True)
class Judged:
    """One side of a reply: how good it is, from 0 to 1, and why."""

    score: float
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Advice:
    """What to think of before it is sent. `score` is over all sides; a side that cannot be judged is left out."""

    score: float
    verdict: str
    sides: dict[Side, Judged]


def advise(reply: str, asked: str | None) -> Advice:
    """Advice on a reply to what was asked; None: those words are not known here."""
    text = " ".join(reply[:LONGEST].split())
    sides = {Side.COMPLETENESS: completeness(text), Side.TONE: tone(text), Side.EVASION: evasion(text)}
    if asked:
        sides[Side.RELEVANCE] = relevance(text, asked)
    weight = sum(WEIGHTS[side] for side in sides)
    score = sum(WEIGHTS[side] * judged.score for side, judged in sides.items()) / weight
    if blanks(text):
        score = min(score, FAIR - 0.01)
    return Advice(round(score, 3), _verdict(score), {side: sides[side] for side in Side if side in sides})


def _verdict(score: float) -> str:
    return "可以发出" if score >= GOOD else "建议补充后再发" if score >= FAIR else "建议重写：群众看不到办理结果"


# -- relevance -----------------------------------------------------------------------------------------------------------

_SATURATES = 0.36
"""from about this likeness on a reply is clearly about what was asked"""


def relevance(reply: str, asked: str) -> Judged:
    """How much of what was asked is spoken of: longer runs of characters in common mean more, and the longer both are, the more
    they share by chance."""
    asked = asked[:_ASKED]
    shared = {size: _runs(reply, size) & _runs(asked, size) for size in (2, 3, 4)}
    by_chance = ((len(reply) + 40) * (len(asked) + 40) / 250) ** 0.5
    likeness = (0.2 * len(shared[2]) + len(shared[3]) + 2 * len(shared[4])) / by_chance
    score = 1 - exp(-likeness / _SATURATES)
    words = "、".join(f"“{word}”" for word in in_common(asked, reply))
    if score >= 0.5:
        return Judged(round(score, 3), (f"说到了群众反映的{words or '事'}",))
    if words:
        return Judged(round(score, 3), (f"只提到{words}，请对照群众的原话，逐项回应",))
    return Judged(round(score, 3), ("没有说到群众反映的事，请核对是不是答错了案件",))


def _runs(text: str, size: int) -> set[str]:
    return pieces(plain(text), size)


# -- completeness and evasion --------------------------------------------------------------------------------------------

_COMES_TO_SOMETHING = 0.45
"""from which a reply is not called evasive"""


def completeness(reply: str) -> Judged:
    """Whether it says what was found, what was done or decided, when, and who is there for questions."""
    found = {
        "查到了什么（核实、现场情况）": (0.2, bool(CHECKED.search(reply))),
        "办了什么、怎么定的": (0.35, _outcome(reply) >= 1),
        "什么时候（办好的日期或预计时间）": (0.15, bool(WHEN.search(_without_signature(reply)))),
        "有事找谁（经办人或电话）": (0.1, bool(WHOM.search(reply))),
        "下一步怎么做": (0.05, bool(NEXT.search(reply))),
    }
    told = _told(reply)
    score = sum(weight for weight, is_told in found.values() if is_told) + 0.15 * min(1.0, told / 150)
    missing = [name for name, (_, is_told) in found.items() if not is_told]
    reasons = [f"还没有说清：{'；'.join(missing)}"] if missing else ["情况、结果、时间、联系方式都说到了"]
    if open_blanks := blanks(reply):
        reasons.insert(0, f"草稿里还有 {len(open_blanks)} 处没有填：{'、'.join(open_blanks[:3])}")
        score = min(score, 0.3)
    if UNFINISHED.search(reply):
        reasons.append("话没有说完，“如下”后面没有内容")
        score = min(score, 0.3)
    if told < 8:
        reasons.append("太短，群众看不出办得怎么样")
        score = min(score, 0.3)
    return Judged(round(score, 3), tuple(reasons))


def evasion(reply: str) -> Judged:
    """1: it comes to an outcome. What was passed on or promised is no outcome, however warmly it is said."""
    said = {
        "只是转给了别的部门": _said(PASSED_ON, reply),
        "只有表态和承诺": _said(PROMISED, reply),
        "让群众自己去找": _said(SENT_AWAY, reply),
    }
    evasive = sum(min(3, len(words)) for words in said.values()) + 0.5 * bool(RECEIVED.search(reply))
    outcome = _outcome(reply)
    score = outcome / (outcome + 0.8 + 0.5 * evasive)
    if score >= _COMES_TO_SOMETHING:
        return Judged(round(score, 3), ("有办理结果",))
    reasons = [f"{name}（{'、'.join(f'“{word}”' for word in words[:2])}）" for name, words in said.items() if words]
    lacks = "没有写办理结果：请写明查到了什么、做了什么、何时办好" if outcome < 1.2 else "结果说得少，请把办了什么写在前面"
    return Judged(round(score, 3), (*reasons, lacks))


def _outcome(reply: str) -> float:
    """How much a reply says of what became of the matter."""
    body = SALUTATION.sub("", _without_signature(reply))
    done = 1.5 * min(4, len(_said(DONE, body))) + 0.3 * min(4, len(_said(ALREADY, body)))
    decided = 0.6 * min(4, len(_said(DECIDED, body))) + 0.4 * min(2, len(_said(CHECKED, body)))
    return done + decided + 0.2 * min(5, len(_said(SPECIFIC, body)))


def blanks(reply: str) -> list[str]:
    """What a draft left to be filled in; see drafting.py."""
    return re.findall(r"【请[^】]{1,160}】", reply)


def _told(reply: str) -> int:
    """How many characters are left without greeting, thanks and date."""
    return len(re.sub(r"[^\u3400-\u9fff]", "", POLITE.sub("", _without_signature(reply))))


def _without_signature(reply: str) -> str:
    """The date under a letter says nothing of when things are done."""
    return re.sub(r"(?:20\d\d年)?\d{1,2}月\d{1,2}日[。\s]*$", "", reply)


def _said(pattern: re.Pattern[str], reply: str) -> list[str]:
    return list(dict.fromkeys(match[0][:20] for match in pattern.finditer(reply)))


# -- tone ----------------------------------------------------------------------------------------------------------------


def tone(reply: str) -> Judged:
    """Whether it is warm and plain, as one speaks to a neighbour who is worried."""
    score, reasons = 1.0, list[str]()
    for lost, fault in (
        (0.45, (harsh := _said(HARSH, reply)) and f"口气生硬：{'、'.join(f'“{word}”' for word in harsh[:2])}"),
        (0.2, not GREETS.search(reply) and "没有问候，请加一句“您好”"),
        (0.15, not THANKS.search(reply) and "没有一句感谢或体谅的话"),
        (0.15, _plain_you(reply) and "称呼用“您”更好"),
        (
            0.1,
            (stiff := _said(OFFICIALESE, reply)) and f"公文话可以说得白一些：{'、'.join(f'“{word}”' for word in stiff[:3])}",
        ),
        (0.1, len(re.findall(r"[！!]{2,}", reply)) > 0 and "感叹号太多"),
    ):
        if fault:
            score -= lost
            reasons.append(fault)
    return Judged(round(max(0.0, score), 3), tuple(reasons) or ("口气平和",))


def _plain_you(reply: str) -> bool:
    without = re.sub(r"你好|迷你", "", reply)
    return without.count("你") > without.count("您")
