"""How strongly people feel about what they say: a small list of words, so that everybody can see why.

It is no measure of a person. It only helps to order what many raise: where people are afraid, or have asked in vain for long, the
matter is felt to be worse than its number of households says. A word that is denied ("不着急") does not count.
"""

from collections.abc import Iterable
from dataclasses import dataclass

_SAID: dict[float, str] = {
    1.0: "救命 求救 出人命 活不下去 走投无路 忍无可忍 投诉无门 怨声载道 民不聊生 叫天天不应 家破人亡 中毒 伤亡",
    0.6: "危险 害怕 不敢 担心 受不了 无法忍受 苦不堪言 气愤 愤怒 寒心 绝望 崩溃 黑心 霸道 欺负 坑害 强烈 严重影响 生病 摔伤 安全隐患 "
    "严重扰民 彻夜 噩梦 折磨 霸王",
    0.4: "没人管 无人管 不作为 推诿 踢皮球 不理 不管不问 置之不理 多次反映 反映多次 多次投诉 投诉多次 反复投诉 仍未解决 无果 拖了 至今 "
    "何时能 着急 难受 严重 恶劣 失望 敷衍 糊弄 骗人 睡不着 无法入睡 旱死 急死 臭死 吵死 求求",
}
_WEIGHTS = {word: weight for weight, words in _SAID.items() for word in words.split()}
_DENIALS = ("不", "没", "没有", "别", "无", "不用", "不太", "不会", "勿")


@dataclass(frozen=True, slots=True)
class Feeling:
    """How strongly, from 0 to 1 on average, and the words that say so, those said by most first."""

    strength: float
    words: tuple[str, ...]


def felt(text: str) -> dict[str, float]:
    """The words of feeling in a text, and the weight of each. What is part of a longer one ("严重" in "严重影响") is said by that."""
    found = [word for word in _WEIGHTS if word in text and _meant(word, text)]
    return {word: _WEIGHTS[word] for word in found if not any(word != other and word in other for other in found)}


def feeling(texts: Iterable[str]) -> Feeling:
    """Of many texts together: the strongest word of each counts, so that a long text is not felt more for its length."""
    strengths, said = list[float](), dict[str, int]()
    for text in texts:
        words = felt(text)
        strengths.append(max(words.values(), default=0.0))
        for word in words:
            said[word] = said.get(word, 0) + 1
    ranked = sorted(said, key=lambda word: (-said[word] * _WEIGHTS[word], word))
    return Feeling(sum(strengths) / len(strengths) if strengths else 0.0, tuple(ranked))


def _meant(word: str, text: str) -> bool:
    at = text.find(word)
    while at >= 0:
        if not text.endswith(_DENIALS, max(0, at - 2), at):
            return True
        at = text.find(word, at + 1)
    return False
