"""The sheets of a case as a PDF."""

from __future__ import annotations

import io
import unicodedata
from collections.abc import Iterator, Sequence

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, PageBreak, Paragraph, SimpleDocTemplate, Spacer, Table

from simulator.fonts import BODY, BOLD, UNKNOWN, markup, register, shown
from simulator.scripts.formats.sheets import Block

INK, LINE, GROUND = HexColor("#1d2b2a"), HexColor("#8a9694"), HexColor("#e6ebe8")
PLAIN = ParagraphStyle(
    "body", fontName=BODY, fontSize=10, leading=13.5, textColor=INK, spaceAfter=3
)
CELL = ParagraphStyle("cell", parent=PLAIN, fontSize=9.2, leading=12, spaceAfter=0)
CELL_HEAD = ParagraphStyle("cell-head", parent=CELL, fontName=BOLD)
HEAD = ParagraphStyle(
    "head",
    parent=PLAIN,
    fontName=BOLD,
    fontSize=13,
    leading=17,
    spaceBefore=10,
    keepWithNext=1,
)
TITLE = ParagraphStyle("title", parent=HEAD, fontSize=19, leading=24, spaceBefore=0)
STYLES = {"title": TITLE, "heading": HEAD, "text": PLAIN}
WIDTH = 170 * mm
SHARES = {2: (0.3, 0.7), 3: (0.5, 0.2, 0.3), 5: (0.36, 0.19, 0.1, 0.27, 0.08)}


def as_pdf(blocks: Sequence[Block], title: str) -> bytes:
    """Blocks as the bytes of a PDF document of A4 pages."""
    register()
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer, pagesize=A4, title=title, leftMargin=20 * mm, rightMargin=20 * mm,
        topMargin=18 * mm, bottomMargin=18 * mm, invariant=1,
    )  # fmt: skip
    document.build([part for block in blocks for part in _flow(block)])
    return buffer.getvalue()


def undrawn(blocks: Sequence[Block]) -> str:
    """The characters that no font of documents has."""
    text = "".join(b.text + "".join(c for row in b.rows for c in row) for b in blocks)
    return "".join(sorted({c for c in unicodedata.normalize("NFC", text) if UNKNOWN in shown(c)}))


def _flow(block: Block) -> Iterator[Flowable]:
    if block.kind == "page":
        yield PageBreak()
    elif block.kind == "table":
        yield _table(block.rows)
        yield Spacer(1, 4)
    else:
        yield Paragraph(markup(block.text), STYLES[block.kind])


def _table(rows: Sequence[Sequence[str]]) -> Table:
    cells = [
        [Paragraph(markup(c), CELL_HEAD if place == 0 else CELL) for c in row]
        for place, row in enumerate(rows)
    ]
    columns = len(rows[0])
    widths = [WIDTH * share for share in SHARES.get(columns, (1 / columns,) * columns)]
    look = [
        ("GRID", (0, 0), (-1, -1), 0.4, LINE),
        ("BACKGROUND", (0, 0), (-1, 0), GROUND),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    return Table(cells, colWidths=widths, repeatRows=1, style=look)
