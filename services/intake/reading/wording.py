"""A message as words: what a chat client wraps around them (stickers, pictures, mentions, pasted quotes) is taken off.

Rules about language are only readable when they need not know that a comma may be full width, that a phone writes
"[图片]" for a photo, or that a pasted quote repeats somebody else's words, which must not be read as the sender's own.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

TRADITIONAL = str.maketrans(
    "沒電壞謝們這個來時麼嗎還點說話請問誰過開關燈裡裏辦證報領補貼險養錢發給對應該樓門戶車馬邊東頭處衛髒亂氣熱煙溝橋讓為無聽見學醫藥農網線樹難嚇傷",
    "没电坏谢们这个来时么吗还点说话请问谁过开关灯里里办证报领补贴险养钱发给对应该楼门户车马边东头处卫脏乱气热烟沟桥让为无听见学医药农网线树难吓伤",
)
"""The traditional characters frequent in complaints. A whole conversion table would be a dependency for a rare sender."""

MEDIA = re.compile(r"\[(图片|照片|视频|语音|文件|位置|链接|小程序|动画表情)[^\]]{0,40}\]")
STICKER = re.compile(r"\[[^\]\d]{1,6}\]")
MENTION = re.compile(r"@(?!所有人|全体)[^\s@,,。::]{1,16}(?:[\s\u2005]|$)")
PASTED_QUOTE = re.compile(r"^[「“\"]\s*([^」\n]{1,20}[::])?\s*(?P<words>[^」]{1,400})[」]\s*(?:[-—\s]{3,}\n?)?")
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\u2b00-\u2bff\ufe0f\u200d\u20e3]+")
CHEER = re.compile("👍|👏|🙏|🌹|💐|💪|❤|👌|🤝|🎉|\\[(强|鼓掌|玫瑰|合十|握手|爱心|抱拳|赞|拇指|鲜花|ok|OK|感谢|谢谢)\\]")
LETTER = re.compile(r"[0-9a-z\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Wording:
    """The sender's own words, and what came along with them."""

    body: str
    quoted: str = ""
    media: bool = False
    cheers: bool = False
    to_all: bool = False
    mentions: bool = False

    @property
    def empty(self) -> bool:
        return not LETTER.search(self.body)

    @property
    def length(self) -> int:
        return len(LETTER.findall(self.body))


LIMIT = 1200
"""Words beyond this are not read for signs: nobody states his trouble after two pages, and reading stays quick."""


@lru_cache(maxsize=8)
def wording(text: str) -> Wording:
    """Take a message apart; whoever reads it next need not do so again."""
    plain = unicodedata.normalize("NFKC", text[:LIMIT]).translate(TRADITIONAL).strip().lower()
    quoted = ""
    if pasted := PASTED_QUOTE.match(plain):
        rest = plain[pasted.end() :].strip()
        if LETTER.search(rest):
            quoted, plain = pasted["words"], rest
    body = MENTION.sub(" ", plain)
    body = EMOJI.sub(" ", STICKER.sub(" ", MEDIA.sub(" ", body)))
    return Wording(
        body=body.strip(),
        quoted=quoted,
        media=bool(MEDIA.search(plain)),
        cheers=bool(CHEER.search(plain)),
        to_all="@所有人" in plain or "@全体" in plain,
        mentions=bool(MENTION.search(plain)),
    )


def any_of(*alternatives: str) -> re.Pattern[str]:
    """One pattern out of a word list, so that a list reads as a list."""
    return re.compile("|".join(part.strip("|") for part in alternatives))
