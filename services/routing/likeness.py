"""How alike texts are, by the short runs of characters they share: no dictionary of words is needed, and none is missing.

Two and three characters in a row are taken for words; a run said by few weighs more than one that everybody says (TF-IDF). All
texts are taken at once in arrays: counting ten thousand messages one by one in Python would take seconds. Pure; numpy alone, and
only when it is called, as it takes a while to load.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Whole = NDArray[np.int64]
    Real = NDArray[np.float32]

BUCKETS = 1 << 20
"""runs are told apart by a hash of this many values"""
WIDTH = 512
"""columns of a text as a row; runs fold into them with a sign, so that what meets by chance adds up to nothing on average"""
LONGEST = 2000
"""characters of a text that are looked at"""
_PRIOR = 50
"""texts imagined beside the real ones: what all of five texts say is not common speech yet"""
_ALONE = 0.5
"""what a run that one text says counts of its weight: the more of a text is its own, the less it is alike to others"""
_USUAL = (
    "尊敬的 领导 您好 你好 书记 市长 县长 请问 咨询 投诉 反映 举报 建议 希望 请求 要求 关于 谢谢 感谢 问题 情况 相关 有关 部门 单位 政府 我们 我是 大家 "
    "帮忙 管一管 什么时候 什么 时候 这个 那个 现在 已经 一直 可以 不能 没有 因为 所以 但是 而且 就是 还是 一下 是不是 怎么 为什么 进行 工作 解决 处理 支持 理解 "
    "关心 答复 回复 留言 收悉 诉求 群众 老百姓 居民 村民 业主 "
    "我家 俺家 咱家 我村 俺村 咱村 你们 他们 这里 那里 今天 昨天 明天 几天 多少 有人 东西 麻烦 师傅 早就 到底"
)
USUAL = tuple(_USUAL.split())
"""what is said in appeals and replies of any kind"""
_ODD = (1, 0x9E3779B1, 0x85EBCA77)


@dataclass(frozen=True, slots=True)
class Runs:
    """The runs of many texts: text n has the runs at start[n]:start[n + 1], each with its weight.

    What only one text says makes it alike to none: it is left out, and only shortens the row, which has else the length 1.
    """

    run: Whole
    text: Whole
    weight: Real
    start: Whole

    def rows(self, texts: Whole) -> Real:
        """These texts as rows of WIDTH numbers: the likeness of two is their product."""
        import numpy as np

        lengths = self.start[texts + 1] - self.start[texts]
        at = np.repeat(self.start[texts] - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths) + np.arange(lengths.sum())
        run = self.run[at]
        sign = 1 - 2 * (run & 1)
        cell = np.repeat(np.arange(len(texts)), lengths) * WIDTH + ((run * 0x9E3779B1 >> 7) & (WIDTH - 1))
        flat = np.bincount(cell, weights=self.weight[at] * sign, minlength=len(texts) * WIDTH)
        return flat.reshape(len(texts), WIDTH).astype(np.float32)


def runs(texts: Sequence[str]) -> Runs:
    """Counts the runs of these texts and weighs each by how few say it."""
    import numpy as np

    run, text = _occurrences(texts)
    key, times = np.unique(text * BUCKETS + run, return_counts=True)
    said_by = np.bincount(key % BUCKETS, minlength=BUCKETS)[key % BUCKETS]
    weight = (1 + np.log(times)) * np.log(1 + (len(texts) + _PRIOR) / (said_by + 0.5)) * np.where(said_by > 1, 1, _ALONE)
    length = np.sqrt(np.bincount(key // BUCKETS, weights=weight**2, minlength=len(texts)))
    key, weight = key[said_by > 1], weight[said_by > 1]
    text, run = key // BUCKETS, key % BUCKETS
    start = np.searchsorted(text, np.arange(len(texts) + 1))
    return Runs(run, text, (weight / length[text]).astype(np.float32), start)


def _occurrences(texts: Sequence[str]) -> tuple[Whole, Whole]:
    """Every run of two or three letters, and in which text it stands; what is no letter or digit ends a run."""
    import numpy as np

    kept = [text[:LONGEST].replace("\n", " ") for text in texts]
    joined = "\n".join(kept).lower() + "\n"
    for phrase in USUAL:
        joined = joined.replace(phrase, " ")
    letter = np.frombuffer(joined.encode("utf-32-le"), dtype=np.uint32).astype(np.int64)
    text = np.cumsum(letter == 10) - (letter == 10)
    word = (letter >= 0x3400) & (letter < 0xFF00) & ~((letter >= 0xFE30) & (letter < 0xFE50))
    word |= ((letter >= 48) & (letter < 58)) | ((letter >= 97) & (letter < 123))
    found: list[Any] = []
    for size in (2, 3):
        whole = word[: len(word) - size + 1].copy()
        for n in range(1, size):
            whole &= word[n : len(word) - size + 1 + n]
        at = np.flatnonzero(whole)
        code = letter[at] + size
        for n in range(1, size):
            code += letter[at + n] * _ODD[n]
        found.append(((code ^ (code >> 17)) & (BUCKETS - 1), text[at]))
    return np.concatenate([run for run, _ in found]), np.concatenate([text for _, text in found])
