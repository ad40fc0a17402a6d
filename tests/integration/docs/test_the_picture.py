"""The README's picture is what the demo says today, and can be drawn again."""

import json
from pathlib import Path

import pytest
from PIL import Image

from docs.pictures.draw import (
    KEPT,
    PICTURE,
    SCALE,
    WIDTH,
    NoBrowser,
    drawn,
    episode,
    page,
    photograph,
    replies_of_demo,
    the_story,
)

README = Path(__file__).parents[3] / "README.md"
LARGEST = 200_000
"""bytes of a picture"""
AGAIN = "draw it again: .venv/bin/python docs/pictures/draw.py"


async def test_the_picture_shows_what_the_demo_says_today() -> None:
    story = the_story()
    lines = episode(story, await replies_of_demo(story))
    kept = KEPT.read_text(encoding="utf-8")
    assert json.loads(kept)["episode"] == lines, AGAIN
    assert kept == drawn(lines), AGAIN
    assert {line["side"] for line in lines} == {"villager", "official", "desk"}
    assert len({line["text"] for line in lines}) == len(lines)


def test_the_picture_is_in_the_readme_and_light_enough_for_it() -> None:
    assert f"]({PICTURE.relative_to(README.parent)})" in README.read_text(encoding="utf-8")
    assert PICTURE.stat().st_size <= LARGEST


def test_the_page_can_be_photographed(tmp_path: Path) -> None:
    lines = json.loads(KEPT.read_text(encoding="utf-8"))["episode"]
    try:
        photograph(page(lines), tmp_path / "chat.png")
    except NoBrowser as missing:
        pytest.skip(str(missing))
    taken, shown = Image.open(tmp_path / "chat.png"), Image.open(PICTURE)
    assert taken.width == WIDTH * SCALE
    assert 0.7 < taken.height / shown.height < 1.4  # other fonts are a little higher or lower
    assert len(taken.getcolors() or []) > 20


def test_every_word_of_the_episode_is_on_the_page() -> None:
    lines = json.loads(KEPT.read_text(encoding="utf-8"))["episode"]
    shown = page(lines).replace("<b>", "").replace("</b>", "")
    assert all(line["text"] in shown for line in lines)
    assert page([{**lines[0], "text": "<script>"}]).count("&lt;script&gt;") == 1
