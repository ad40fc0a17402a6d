"""The bulletin as a document: what it says, in every format, and what it says where something is missing."""

import io
import sys
from datetime import datetime
from typing import Any

import docx
import pytest
from matplotlib import font_manager
from openpyxl import load_workbook
from PIL import Image

from services.cli.bulletin import writing
from services.cli.bulletin.figures import FIGURES, BadPeriod, Bulletin, period_of
from services.cli.bulletin.writing import WRITERS
from services.cli.roster import NotDone
from shared.clock import CHINA


def part(name: str, many: int) -> dict[str, Any]:
    return {"name": name, **dict.fromkeys(FIGURES, many)}


TOTALS = dict.fromkeys(FIGURES, 0) | {"appeals_settled": 618, "projects_fen": 433_320_005, "jobs_told": 3}
BULLETIN = Bulletin(
    period_of("2023"), "平川县", TOTALS, [part("平川镇", 300), part("", 318)], [part(f"2023-{m:02d}", m) for m in range(1, 13)]
)
INSTALLED = [font.name for font in font_manager.fontManager.ttflist]
needs_font = pytest.mark.skipif(writing.chinese_font(INSTALLED) is None, reason="no Chinese font on this machine")


@pytest.mark.parametrize(
    ("text", "called", "since", "until"),
    [
        ("2023", "2023年", (2023, 1, 1), (2024, 1, 1)),
        ("2023-Q4", "2023年第四季度", (2023, 10, 1), (2024, 1, 1)),
        ("2024-2", "2024年2月", (2024, 2, 1), (2024, 3, 1)),
        ("2023-06-01..2023-06-15", "2023年6月1日至2023年6月15日", (2023, 6, 1), (2023, 6, 16)),
        ("2023-06-01", "2023年6月1日", (2023, 6, 1), (2023, 6, 2)),
    ],
)
def test_a_period_is_of_chinas_days_with_its_last_one_meant(text: str, called: str, since: Any, until: Any) -> None:
    period = period_of(text)
    assert (period.called, period.since, period.until) == (
        called,
        datetime(*since, tzinfo=CHINA),
        datetime(*until, tzinfo=CHINA),
    )


@pytest.mark.parametrize("text", ["", "去年", "2023-13", "2023-Q5", "2023-06-02..2023-06-01", "0000", "9999"])
def test_what_is_no_period_is_told_how_one_is_written(text: str) -> None:
    with pytest.raises(BadPeriod, match="期间"):
        period_of(text)


def test_markdown_tells_money_to_the_fen_and_only_figures_there_are() -> None:
    told = WRITERS["md"](BULLETIN).decode()
    assert "公示项目0个，资金4,333,200.05元。" in told
    assert "另有：发布招聘信息3条。" in told
    assert "| 全县及跨乡镇 | 318 | 318 | 318 | 3.18 | 318 | 318 |" in told
    assert told.count("| 2023-") == 12


def test_excel_has_numbers_as_numbers_and_charts() -> None:
    book = load_workbook(io.BytesIO(WRITERS["xlsx"](BULLETIN)))
    assert book.sheetnames == ["汇总", "分乡镇情况", "分月情况"]
    assert book["汇总"]["B6"].value == 4_333_200.05
    assert len(book["分月情况"]._charts) == 1


@needs_font
def test_word_has_the_sentences_the_tables_and_a_chart() -> None:
    document = docx.Document(io.BytesIO(WRITERS["docx"](BULLETIN)))
    assert BULLETIN.sentences[0] in [paragraph.text for paragraph in document.paragraphs]
    assert [len(table.rows) for table in document.tables] == [3, 13]
    assert document.tables[0].rows[1].cells[0].text == "平川镇"
    assert len(document.inline_shapes) == 1


@needs_font
def test_a_picture_is_drawn_with_every_letter_in_the_font() -> None:
    """A letter that is not in the font is a warning of the library's, and warnings are errors here."""
    assert Image.open(io.BytesIO(WRITERS["png"](BULLETIN))).size == (1440, 1080)


@pytest.mark.parametrize(("kind", "module"), [("docx", "docx"), ("png", "matplotlib")])
def test_without_the_extra_one_plain_line_says_what_to_install(kind: str, module: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(NotDone, match=r"pip install 'minsheng\[bulletin\]'"):
        WRITERS[kind](BULLETIN)


def test_without_a_chinese_font_a_picture_is_refused_and_a_document_has_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(writing, "FONTS", ("No Such Font",))
    with pytest.raises(NotDone, match="中文字体"):
        WRITERS["png"](BULLETIN)
    assert not docx.Document(io.BytesIO(WRITERS["docx"](BULLETIN))).inline_shapes
