"""Making words fit a channel, which counts bytes: a Chinese character is three of them, and none may be cut in two.

Nor may what people see as one sign: an emoji joined of several, a flag, a letter with its accents.
"""

import unicodedata
from collections.abc import Iterator, Sequence

LEAST_BYTES = 100
"""no channel's limit is smaller; the marks below must fit in"""
PARTS = 5
"""into how many parts a text is split at most; what is longer is cut, and says so"""
CUT = "……（余下从略，全文请向值班人员索取）"
BRAND = "【民声】"
_BREAKS = frozenset("\n。！？；，、!?;, ")
_JOINER = "\u200d"


def size(text: str) -> int:
    """In bytes of UTF-8."""
    return len(text.encode("utf-8", "replace"))


def split(text: str, limit: int, most: int = PARTS) -> list[str]:
    """The text in numbered parts of at most `limit` bytes each; one part, unnumbered, when it fits.

    A part ends at a line's end if there is one near, else behind a punctuation mark. More than `most` parts are cut off with a mark.
    """
    text = text.encode("utf-8", "replace").decode()
    if size(text) <= limit:
        return [text]
    if most < 2:
        return [_first(text, limit - size(CUT))[0] + CUT]
    room = limit - size("（99/99）")
    parts: list[str] = []
    rest = text
    while rest and len(parts) < most:
        part, rest = _first(rest, room)
        parts.append(part)
    if rest:
        parts[-1] = _first(parts[-1], room - size(CUT))[0] + CUT
    return [f"（{n}/{len(parts)}）{part}" for n, part in enumerate(parts, 1)]


def digest(texts: Sequence[str], limit: int) -> tuple[str, int]:
    """One message that says as many of the texts as fit, in order, and how many those are: 0 if not even two do."""
    head = f"{BRAND}以下 {len(texts)} 条一并告知："
    room, lines = limit - size(head), list[str]()
    for n, text in enumerate(texts, 1):
        line = f"\n{n}. {text.removeprefix(BRAND).strip()}"
        if size(line) > room:
            break
        room -= size(line)
        lines.append(line)
    if len(lines) < 2:
        return "", 0
    return f"{BRAND}以下 {len(lines)} 条一并告知：" + "".join(lines), len(lines)


def _first(text: str, room: int) -> tuple[str, str]:
    """As much of the text as fits, and the rest."""
    used = end = line = stop = 0
    for sign in signs(text):
        used += size(sign)
        if used > room:
            break
        end += len(sign)
        if sign[-1] == "\n":
            line = end
        if sign[-1] in _BREAKS:
            stop = end
    else:
        return text, ""
    if end == 0:  # one "sign" larger than a message: nobody reads it as one
        end = max(1, len(text.encode()[:room].decode("utf-8", "ignore")))
    end = next((near for near in (line, stop) if near > end * 2 // 3), end)
    return text[:end], text[end:]


def signs(text: str) -> Iterator[str]:
    """The text cut into what people see as single signs: close to Unicode's grapheme clusters, without its tables."""
    held = ""
    for character in text:
        if held and _continues(held, character):
            held += character
        else:
            if held:
                yield held
            held = character
    if held:
        yield held


def _continues(held: str, character: str) -> bool:
    code = ord(character)
    if character == _JOINER or held[-1] == _JOINER or (held[-1] == "\r" and character == "\n"):
        return True
    if _is_flag(code):
        return len(held) == 1 and _is_flag(ord(held))
    return (
        unicodedata.category(character) in ("Mn", "Me", "Mc")
        or 0x1F3FB <= code <= 0x1F3FF  # skin tones
        or 0xE0020 <= code <= 0xE007F  # tags, of regional flags
    )


def _is_flag(code: int) -> bool:
    return 0x1F1E6 <= code <= 0x1F1FF
