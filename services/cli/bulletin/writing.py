"""A bulletin as Markdown, Word, Excel or a picture. Word and pictures need the extra `bulletin`; pictures a Chinese font."""

import io
from collections.abc import Callable, Iterable
from typing import Any

from services.cli.bulletin.figures import CHARTED, ELSEWHERE, FIGURES, TABLE, Bulletin, heads, rows, shown
from services.cli.roster import NotDone

FONTS = (
    "Noto Sans CJK SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei", "PingFang SC", "SimHei", "WenQuanYi Zen Hei",
    "WenQuanYi Micro Hei", "Noto Serif CJK SC", "SimSun", "STHeiti", "Heiti SC", "Noto Sans CJK JP", "Droid Sans Fallback",
)  # fmt: skip
"""which of them is found first writes the Chinese"""
EXTRA = "没有安装 {module}：请运行 pip install 'minsheng[bulletin]'，或改用 --format {instead}"
NO_FONT = "这台机器上没有中文字体，图上的字会是方框：请安装 fonts-noto-cjk（或黑体、宋体），或改用 --format xlsx"


def markdown(bulletin: Bulletin) -> bytes:
    parts = [f"# {bulletin.title}", *bulletin.sentences]
    for title, first, told in _tables(bulletin):
        head = heads(first)
        lines = [head, ["---", *["---:"] * len(TABLE)], *rows(told)]
        parts += [f"## {title}", "\n".join(f"| {' | '.join(line)} |" for line in lines)]
    return ("\n\n".join(parts) + "\n").encode()


def word(bulletin: Bulletin) -> bytes:
    """With a chart, if one can be drawn here."""
    try:
        import docx
        from docx.oxml.ns import qn
        from docx.shared import Cm
    except ImportError:
        raise NotDone(EXTRA.format(module="python-docx", instead="md")) from None
    document = docx.Document()
    for style in ("Normal", "Title", "Heading 1"):
        document.styles[style].element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    document.add_heading(bulletin.title, 0)
    for sentence in bulletin.sentences:
        document.add_paragraph(sentence)
    if (chart := _chart_or_none(bulletin)) is not None:
        document.add_picture(io.BytesIO(chart), width=Cm(15))
    for title, first, told in _tables(bulletin):
        document.add_heading(title, 1)
        table = document.add_table(rows=0, cols=len(TABLE) + 1, style="Table Grid")
        for line in [heads(first), *rows(told)]:
            for cell, text in zip(table.add_row().cells, line, strict=True):
                cell.text = text
    kept = io.BytesIO()
    document.save(kept)
    return kept.getvalue()


def excel(bulletin: Bulletin) -> bytes:
    """Numbers as numbers, money in 元 to two places, charts of Excel's own."""
    from openpyxl import Workbook
    from openpyxl.chart import BarChart, Reference

    book = Workbook()
    sheet: Any = book.active
    sheet.title = "汇总"
    sheet.append([bulletin.title])
    sheet.append([bulletin.period.days])
    for name, (called, unit) in FIGURES.items():
        sheet.append([f"{called}（{unit}）", _number(name, bulletin.totals[name])])
        sheet.cell(sheet.max_row, 2).number_format = _format(name)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 20
    for title, first, told in _tables(bulletin):
        page: Any = book.create_sheet(title)
        page.append(heads(first))
        for part in told:
            page.append([part["name"] or ELSEWHERE, *(_number(name, part[name]) for name in TABLE)])
            for column, name in enumerate(TABLE, 2):
                page.cell(page.max_row, column).number_format = _format(name)
        chart = BarChart()
        chart.title, chart.width = title, 24
        last = len(told) + 1
        for name in CHARTED:
            at = TABLE.index(name) + 2
            chart.add_data(Reference(page, min_col=at, min_row=1, max_row=last), titles_from_data=True)
        chart.set_categories(Reference(page, min_col=1, min_row=2, max_row=last))
        page.add_chart(chart, f"A{last + 3}")
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def picture(bulletin: Bulletin) -> bytes:
    """The figures and two charts. Raises NotDone without matplotlib or a Chinese font."""
    try:
        from matplotlib import font_manager, rc_context
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError:
        raise NotDone(EXTRA.format(module="matplotlib", instead="xlsx")) from None
    font = chinese_font([font.name for font in font_manager.fontManager.ttflist])
    if font is None:
        raise NotDone(NO_FONT)
    with rc_context({"font.family": [font], "axes.unicode_minus": False}):
        figure = Figure(figsize=(12, 9), layout="constrained")
        FigureCanvasAgg(figure)
        figure.suptitle(bulletin.title, fontsize=20)
        above, *charts = figure.subplots(3, 1, height_ratios=(1, 2, 2))
        above.axis("off")
        above.text(0.5, 0.5, _boxed(bulletin), ha="center", va="center", fontsize=14, linespacing=1.8)
        for axes, (title, _, told) in zip(charts, _tables(bulletin), strict=True):
            _bars(axes, title, told)
        kept = io.BytesIO()
        figure.savefig(kept, format="png", dpi=120)
    return kept.getvalue()


def chinese_font(installed: Iterable[str]) -> str | None:
    """The first of FONTS that is installed."""
    known = set(installed)
    return next((name for name in FONTS if name in known), None)


def _boxed(bulletin: Bulletin) -> str:
    told = [f"{FIGURES[name][0]} {shown(name, bulletin.totals[name])} {FIGURES[name][1]}" for name in TABLE]
    return f"{bulletin.period.days}\n{'    '.join(told[:3])}\n{'    '.join(told[3:])}"


def _bars(axes: Any, title: str, told: list[dict[str, Any]]) -> None:
    """Beside each other, each figure on an axis of its own: there are ten times as many policies as appeals."""
    axes.set_title(title)
    places = range(len(told))
    for n, (name, side, colour) in enumerate(zip(CHARTED, (axes, axes.twinx()), ("#b03a2e", "#1f618d"), strict=True)):
        bars = side.bar([x + (n - 0.5) * 0.4 for x in places], [part[name] for part in told], 0.38, color=colour)
        side.bar_label(bars, fontsize=8)
        side.set_ylabel(f"{FIGURES[name][0]}（{FIGURES[name][1]}）", color=colour)
    axes.set_xticks(list(places), [part["name"] or ELSEWHERE for part in told], fontsize=9)


def _chart_or_none(bulletin: Bulletin) -> bytes | None:
    """A document without a chart is better than none."""
    try:
        return picture(bulletin)
    except NotDone:
        return None


def _tables(bulletin: Bulletin) -> list[tuple[str, str, list[dict[str, Any]]]]:
    return [
        (f"分{bulletin.parted_by}情况", bulletin.parted_by, bulletin.places),
        ("分月情况", "月份", bulletin.months),
    ]


def _number(name: str, value: int) -> float | int:
    """元 for Excel, which keeps 15 digits: a million million 元 to the 分."""
    return value / 100 if name.endswith("_fen") else value


def _format(name: str) -> str:
    return "#,##0.00" if name.endswith("_fen") else "#,##0"


WRITERS: dict[str, Callable[[Bulletin], bytes]] = {"md": markdown, "docx": word, "xlsx": excel, "png": picture}
