"""Words fit a channel counted in bytes, and nothing people see as one sign is cut in two."""

import re

from hypothesis import given
from hypothesis import strategies as st

from services.notify.fitting import CUT, LEAST_BYTES, PARTS, digest, signs, size, split

FAMILY = "👨\u200d👩\u200d👧\u200d👦"
FLAG = "🇨🇳"
NUMBERED = re.compile(r"^（\d+/\d+）")


def words(part: str) -> str:
    return NUMBERED.sub("", part)


def test_a_text_that_fits_is_said_as_it_is() -> None:
    assert split("一" * 682, 2048) == ["一" * 682]


def test_a_longer_text_is_said_in_numbered_parts_that_end_at_a_stop() -> None:
    parts = split("水管已经修好了，恢复正常供水。" * 60, 2048)
    assert [part[:5] for part in parts] == ["（1/2）", "（2/2）"]
    assert parts[0].endswith(("。", "，"))
    assert "".join(map(words, parts)) == "水管已经修好了，恢复正常供水。" * 60


def test_a_text_of_lines_is_parted_between_lines() -> None:
    lines = "".join(f"TY-20250609-{n:04d} 农业农村局 办理中，已超时\n" for n in range(60))
    parts = split(lines, 2048)
    assert len(parts) > 1
    assert all(part.endswith("\n") for part in parts)
    assert "".join(map(words, parts)) == lines


def test_a_line_that_ended_long_ago_is_no_reason_to_waste_a_message() -> None:
    parts = split("通知\n" + "各位村民请注意，" * 200, 2048)
    assert size(parts[0]) > 1900
    assert parts[0].endswith("，")


def test_a_text_without_end_is_cut_and_says_so() -> None:
    parts = split("长" * 50_000, 2048)
    assert len(parts) == PARTS
    assert parts[-1].endswith(CUT)
    assert split("长" * 50_000, 2048, most=1)[0].endswith(CUT)


def test_signs_joined_of_several_characters_stay_whole() -> None:
    for sign in (FAMILY, FLAG, "👍🏽", "é", "❤\ufe0f", "1\ufe0f\u20e3"):
        assert list(signs(sign * 3)) == [sign] * 3
        parts = split(sign * 100, LEAST_BYTES + 1, most=99)
        assert {len(words(part)) % len(sign) for part in parts} == {0}


@given(st.text(max_size=3000), st.integers(LEAST_BYTES, 4096), st.integers(1, 20))
def test_every_part_fits_whatever_the_text(text: str, limit: int, most: int) -> None:
    parts = split(text, limit, most)
    assert 1 <= len(parts) <= most
    assert all(size(part) <= limit for part in parts)
    if len(parts) > 1 and not parts[-1].endswith(CUT):
        assert "".join(map(words, parts)) == text


@given(st.lists(st.text(min_size=1, max_size=200), max_size=40), st.integers(LEAST_BYTES, 4096))
def test_a_digest_fits_and_says_the_first_texts_in_order(texts: list[str], limit: int) -> None:
    text, many = digest(texts, limit)
    assert size(text) <= limit
    assert many <= len(texts)
    assert many != 1
    at = 0
    for n, said in enumerate(texts[:many], 1):
        at = text.index(f"\n{n}. {said.removeprefix('【民声】').strip()}", at) + 1
