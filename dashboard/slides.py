"""The report as slides for the meeting: sentence and picture, numbers, settings and sources."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dashboard.brief import Brief, Table
from dashboard.words import word

if TYPE_CHECKING:
    from pptx.presentation import Presentation

INK, SOFT = "1B2430", "5A6573"
WIDE, HIGH, EDGE = 13.333, 7.5, 0.6
"""Inches: a screen of 16 to 9, and its margin."""
LONGEST = 480
"""Characters of the link that are written; it leads to the whole."""


def pptx(made: Brief) -> bytes:
    """Give the report as a presentation of up to four slides."""
    from pptx import Presentation as New
    from pptx.util import Inches

    show = New()
    show.slide_width, show.slide_height = Inches(WIDE), Inches(HIGH)
    first = _slide(show, made.title, made)
    # Chinese letters are twice as wide; a long sentence is written smaller, so that it ends above the picture.
    length = sum(2 if ord(letter) > 0x2E80 else 1 for letter in _plain(made.words))
    _text(first, made.words, 1.1, 1.3, 18 if length < 340 else 15 if length < 500 else 12)
    drawn = first.shapes.add_picture(
        io.BytesIO(made.picture.bare().png()), Inches(EDGE), Inches(2.45), height=Inches(4.35)
    )
    most = Inches(WIDE - 2 * EDGE)
    if drawn.width > most:
        drawn.height, drawn.width = int(drawn.height * most / drawn.width), most
    # Screen readers say this in place of the picture.
    drawn._element._nvXxPr.cNvPr.set("descr", _plain(made.words))
    cited = Table(made.sources.heads[:2], tuple(row[:2] for row in made.sources.rows))
    parts = {"report_numbers": made.numbers, "report_settings": made.settings, "report_sources": cited}
    for key, table in parts.items():
        if table.rows:
            slide = _slide(show, f"{word(key, made.lang)} · {made.title}", made)
            _table(slide, table, [row[2] for row in made.sources.rows] if table is cited else [])
            if table is cited and made.left_out:
                _text(slide, word("report_more_sources", made.lang, n=made.left_out), HIGH - 0.85, 0.3, 11, SOFT)
            if table is made.settings and made.unlisted:
                _text(slide, word("report_more_settings", made.lang, n=made.unlisted), HIGH - 0.85, 0.3, 11, SOFT)
    last = _slide(show, word("report_limits", made.lang), made)
    _text(last, "\n".join(f"• {text}" for text in made.remarks), 1.3, 3.6, 16)
    shown = made.address if len(made.address) <= LONGEST else f"{made.address[:LONGEST]}…"
    _text(last, f"{word('report_again', made.lang)}: {shown}", 5.2, 1.3, 12, link=made.address)
    out = io.BytesIO()
    show.save(out)
    return out.getvalue()


def _slide(show: Presentation, title: str, made: Brief) -> Any:
    slide = show.slides.add_slide(show.slide_layouts[5])
    from pptx.util import Inches

    place = slide.shapes.title
    place.left, place.top, place.width, place.height = (Inches(x) for x in (EDGE, 0.35, WIDE - 2 * EDGE, 0.75))
    _write(place.text_frame, title, 26, bold=True)
    _text(slide, f"{made.foot} · {word('made_with', made.lang, code=made.code)}", HIGH - 0.55, 0.4, 10, SOFT)
    return slide


def _text(slide: Any, text: str, top: float, height: float, size: int, colour: str = INK, *, link: str = "") -> None:
    from pptx.util import Inches

    box = slide.shapes.add_textbox(Inches(EDGE), Inches(top), Inches(WIDE - 2 * EDGE), Inches(height))
    _write(box.text_frame, text, size, colour)
    if link:
        box.text_frame.paragraphs[0].runs[0].hyperlink.address = link


def _write(frame: Any, text: str, size: int, colour: str = INK, *, bold: bool = False) -> None:
    """Write text into a frame; **marks** are bold."""
    from pptx.dml.color import RGBColor
    from pptx.enum.text import PP_ALIGN
    from pptx.util import Pt

    frame.word_wrap = True
    frame.clear()
    for at, line in enumerate(text.split("\n")):
        paragraph = frame.paragraphs[0] if at == 0 else frame.add_paragraph()
        paragraph.alignment = PP_ALIGN.LEFT
        for i, part in enumerate(re.split(r"\*\*(.+?)\*\*", line)):
            if not part:
                continue
            run = paragraph.add_run()
            # XML has no place for control characters.
            run.text = re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", "", part)
            run.font.size, run.font.bold = Pt(size), bold or i % 2 == 1
            run.font.color.rgb = RGBColor(*bytes.fromhex(colour))  # type: ignore[no-untyped-call]  # pptx has no types
            _faces(run)


def _faces(run: Any) -> None:
    """Name a face for Chinese as well, else some programs take a serif."""
    from pptx.oxml.ns import qn

    run.font.name = "Calibri"
    properties = run._r.get_or_add_rPr()
    face = properties.makeelement(qn("a:ea"), {"typeface": "Microsoft YaHei"})
    properties.find(qn("a:latin")).addnext(face)


def _table(slide: Any, table: Table, links: Sequence[str] = ()) -> None:
    """Draw a table; `links` are the addresses behind the last cell of each row, where there are any."""
    from pptx.util import Inches

    n = min(len(table.heads), 6)
    size = 14 if max(len(text) for row in table.rows for text in row[:3]) < 40 else 11
    made = slide.shapes.add_table(
        len(table.rows) + 1, n, Inches(EDGE), Inches(1.35), Inches(WIDE - 2 * EDGE), Inches(0.4 * (len(table.rows) + 1))
    ).table
    widest = [max(min(len(row[i]), 60) for row in (table.heads, *table.rows)) + 6 for i in range(n)]
    for i in range(n):
        made.columns[i].width = int(Inches(WIDE - 2 * EDGE) * widest[i] / sum(widest))
        _write(made.cell(0, i).text_frame, table.heads[i], size, "FFFFFF", bold=True)
        for j, row in enumerate(table.rows, start=1):
            _write(made.cell(j, i).text_frame, row[i], size)
            if i == n - 1 and links and links[j - 1]:
                for run in made.cell(j, i).text_frame.paragraphs[0].runs:
                    run.hyperlink.address = links[j - 1]


def _plain(text: str) -> str:
    return text.replace("**", "")
