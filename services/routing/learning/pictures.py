"""A model's confusion matrix and reliability curve as PNG, for a report or a screen."""

from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from services.routing.learning.scoring import Score

CELL, MARGIN, GAP = 64, 150, 24
SIDE = 520
"""of the reliability curve"""
INK, PALE, LINE, DOT = (34, 34, 34), (150, 150, 150), (220, 220, 220), (24, 98, 168)
WHITE = (255, 255, 255)
MOST = 40
"""labels a picture shows, the commonest; a county has some dozen departments"""
FONTS = (
    "NotoSansCJK-Regular.ttc", "NotoSerifCJK-Regular.ttc", "NotoSansSC-Regular.otf", "SourceHanSansSC-Regular.otf",
    "wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf", "msyh.ttc", "simhei.ttf", "simsun.ttc", "PingFang.ttc",
    "STHeiti Light.ttc", "NotoSerifCJK-Bold.ttc",
)  # fmt: skip
"""that know Chinese, on Linux, Windows and macOS; Pillow looks where the system keeps its fonts"""
Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def confusion(score: Score, target: Path) -> None:
    """A row a right label, a column a named one; numbered, with the labels beside where the machine has a font for them."""
    labels = score.labels[:MOST]
    fonts = _Fonts()
    left = MARGIN + (max((int(fonts.small.getlength(one)) for one in labels), default=0) if fonts.chinese else 0)
    image = Image.new("RGB", (left + CELL * len(labels) + GAP, MARGIN // 2 + CELL * (len(labels) + 1)), WHITE)
    draw = ImageDraw.Draw(image)
    title = f"{score.messages} messages, macro-F1 {score.macro_f1:.3f}; rows: right, columns: named"
    draw.text((GAP, GAP // 2), title, INK, fonts.small)
    for n, label in enumerate(labels):
        middle = MARGIN // 2 + CELL * n + CELL // 2
        draw.text((left - GAP, middle), fonts.named(n, label), INK, fonts.small, anchor="rm")
        draw.text((left + CELL * n + CELL // 2, MARGIN // 2 - GAP // 2), str(n + 1), INK, fonts.small, anchor="mm")
        of_label = max(1, sum(score.pairs[label, other] for other in score.labels))
        for m, other in enumerate(labels):
            _cell(draw, fonts, (left + CELL * m, MARGIN // 2 + CELL * n), score.pairs[label, other], of_label)
    image.save(target)


def _cell(draw: ImageDraw.ImageDraw, fonts: "_Fonts", at: tuple[int, int], count: int, of_label: int) -> None:
    """As dark as its share of the row."""
    share = count / of_label
    shade = tuple(round(255 - (255 - part) * share) for part in DOT)
    draw.rectangle((*at, at[0] + CELL, at[1] + CELL), fill=shade, outline=LINE)
    if count:
        middle = (at[0] + CELL // 2, at[1] + CELL // 2)
        draw.text(middle, str(count), WHITE if share > 0.5 else INK, fonts.small, anchor="mm")


def reliability(score: Score, target: Path) -> None:
    """How often a label was right against how sure the model was: on the diagonal 0.8 means 80 %. Dots grow with messages."""
    image = Image.new("RGB", (SIDE + MARGIN, SIDE + MARGIN), WHITE)
    draw, font = ImageDraw.Draw(image), _Fonts().small
    corner = MARGIN // 2

    def at(said: float, right: float) -> tuple[float, float]:
        return corner + SIDE * said, corner + SIDE * (1 - right)

    for tenth in range(11):
        share = tenth / 10
        draw.line((at(share, 0), at(share, 1)), LINE)
        draw.line((at(0, share), at(1, share)), LINE)
        draw.text((at(share, 0)[0], corner + SIDE + GAP), f"{share:.1f}", PALE, font, anchor="mm")
        draw.text((corner - GAP, at(0, share)[1]), f"{share:.1f}", PALE, font, anchor="mm")
    draw.line((at(0, 0), at(1, 1)), PALE, 2)
    draw.line([at(step.said, step.right) for step in score.steps], DOT, 3)
    for step in score.steps:
        (x, y), size = at(step.said, step.right), 4 + 10 * (step.messages / max(1, score.messages)) ** 0.5
        draw.ellipse((x - size, y - size, x + size, y + size), fill=DOT)
    title = f"right (up) against said (across), {score.messages} messages; calibration error {score.gap:.3f}"
    draw.text((corner, corner // 2), title, INK, font, anchor="lm")
    image.save(target)


class _Fonts:
    """What can be written on this machine: numbers always, Chinese where a font for it is there."""

    def __init__(self) -> None:
        self.small, self.chinese = self._found()

    @staticmethod
    def _found() -> tuple[Font, bool]:
        for name in FONTS:
            try:
                return ImageFont.truetype(name, 15), True
            except OSError:
                continue
        return ImageFont.load_default(15), False

    def named(self, n: int, label: str) -> str:
        return f"{label} {n + 1}" if self.chinese or label.isascii() else str(n + 1)
