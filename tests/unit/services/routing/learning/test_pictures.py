"""The pictures show what was counted, on machines with and without a Chinese font."""

from pathlib import Path

import pytest
from PIL import Image

from services.routing.learning import pictures
from services.routing.learning.scoring import Score


@pytest.fixture
def score() -> Score:
    found = Score()
    for right, named, probability in (("水务局", "水务局", 0.9), ("水务局", "供电所", 0.6), ("供电所", "供电所", 0.8)):
        found.take(right, named, probability)
    return found


@pytest.mark.parametrize("fonts", [pictures.FONTS, ()])
def test_the_darker_a_square_the_larger_its_share_of_the_row(
    tmp_path: Path, score: Score, monkeypatch: pytest.MonkeyPatch, fonts: tuple[str, ...]
) -> None:
    monkeypatch.setattr(pictures, "FONTS", fonts)
    pictures.confusion(score, tmp_path / "c.png")
    image = Image.open(tmp_path / "c.png").convert("RGB")
    left = image.width - pictures.GAP - 2 * pictures.CELL
    top = pictures.MARGIN // 2
    corners = [[image.getpixel((left + pictures.CELL * m + 4, top + pictures.CELL * n + 4)) for m in (0, 1)] for n in (0, 1)]
    half = tuple(round(255 - (255 - part) / 2) for part in pictures.DOT)
    assert corners == [[half, half], [pictures.WHITE, pictures.DOT]]


def test_the_reliability_curve_has_its_dots_where_they_belong(tmp_path: Path, score: Score) -> None:
    pictures.reliability(score, tmp_path / "r.png")
    image = Image.open(tmp_path / "r.png").convert("RGB")
    corner = pictures.MARGIN // 2
    for step in score.steps:
        at = round(corner + pictures.SIDE * step.said), round(corner + pictures.SIDE * (1 - step.right))
        assert image.getpixel(at) == pictures.DOT


def test_hundreds_of_labels_make_no_endless_picture(tmp_path: Path) -> None:
    found = Score()
    for n in range(300):
        found.take(f"d{n}", f"d{n}", 0.5)
    pictures.confusion(found, tmp_path / "c.png")
    assert Image.open(tmp_path / "c.png").height < pictures.CELL * (pictures.MOST + 3)


def test_no_messages_make_an_empty_picture(tmp_path: Path) -> None:
    pictures.confusion(Score(), tmp_path / "c.png")
    pictures.reliability(Score(), tmp_path / "r.png")
