"""What the model looks at: runs of characters of a message, and those of its beginning apart. Pure.

Chinese has no spaces, and a splitter of words would have to know the county's own: runs of one to three characters need no
dictionary. The beginning counts again because people say first what they want, and a hotline's text opens with its subject.
What everybody writes whatever the matter (greetings, pronouns, particles) is taken out, so that a message as it was written
and the same one tidied up by whoever exported it look alike.
"""

import re
import unicodedata
import zlib
from collections import Counter
from math import log, sqrt

from shared.learning.linear import Features

SCHEME = 1
"""changes whenever the same message would have other features: a model is of one scheme"""
LETTERS = 1500
"""of the text, tidied; what comes later is repetition"""
WRITTEN = 4 * LETTERS
"""of the text as written: bounds the tidying"""
HEADS = (16, 32, 80)
"""letters of the beginning: a subject line, what explains it, and the first sentences"""
RUNS = (1, 2, 3)
HEAD_WEIGHT = 0.7
"""of a beginning beside the whole text"""

_EVERYBODYS = """
尊敬的 尊敬 您好 你好 各位 敬爱的 谢谢 感谢 请问 恳请 恳求 希望 领导 书记 市长 县长 厅长 局长 省长 此致 敬礼
我们 你们 他们 她们 它们 咱们 大家 自己 我的 我 你 您 他 她 它 咱 俺
这个 那个 这些 那些 这样 那样 这种 那种 这里 那里 这么 那么 什么 怎么 怎样 如何 为什么 为何 哪里 多少 是否
因为 所以 但是 可是 而且 并且 然后 如果 虽然 由于 因此 以及 或者 还是 就是 只是 不是 也是 都是 已经 一直 非常 十分
关于 对于 根据 按照 通过 为了 除了 随着 其中 其他 其它 之后 之前 以后 以前 时候 目前 现在 至今
的 了 着 过 是 在 有 和 与 及 或 也 都 就 还 又 才 很 太 更 最 把 被 让 给 对 向 从 到 于 以 为 而 则 且 但 却 呢 吗 吧 啊 呀 哦 嘛 啦
这 那 哪 谁 某 每 各 个 们 地 得 之 其 所 者 要 会 能 可以 可 应该 应 将 已 曾 并 等 等等 没有 没 不
"""
_DROPPED = re.compile("|".join(sorted(set(_EVERYBODYS.split()), key=lambda word: (-len(word), word))))
_APART = re.compile(r"[\W_]+")


def tidied(text: str) -> str:
    """Letters and digits only, in one form of width and case, without what everybody writes."""
    plain = unicodedata.normalize("NFKC", text[:WRITTEN]).lower()
    return _DROPPED.sub("", _APART.sub("", plain))[:LETTERS]


def features(text: str) -> Features:
    """The features of a message as it was written, whoever wrote it."""
    letters = tidied(text)
    keys, values = list[int](), list[float]()
    for mark, part, weight in (("", letters, 1.0), *((f"{most}^", letters[:most], HEAD_WEIGHT) for most in HEADS)):
        counts = Counter(part[i : i + n] for n in RUNS for i in range(len(part) - n + 1))
        raised = [1.0 + log(count) if count > 1 else 1.0 for count in counts.values()]
        scale = weight / sqrt(sum(value * value for value in raised) or 1.0)
        keys += [zlib.crc32((mark + run).encode()) for run in counts]
        values += [value * scale for value in raised]
    return Features(keys, values)
