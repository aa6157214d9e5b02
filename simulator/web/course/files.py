"""A table as a file that a spreadsheet opens: CSV whose cells compute nothing, and XLSX."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

from fastapi import Response

Cell = str | int | float | None
STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")  # what a spreadsheet takes for a formula
KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
WIDEST = 60  # letters of a column


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table with a row of heads; `name` is what its file is called."""

    name: str
    head: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]


def harmless(cell: Cell) -> Cell:
    """A cell that no spreadsheet computes: an apostrophe goes before what looks like a formula.

    Numbers stay numbers, those below nought too.
    """
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(STARTS) else cell


def as_csv(sheet: Sheet) -> bytes:
    """The table as CSV, in UTF-8 with the mark by which Excel knows it."""
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\r\n")
    for row in (sheet.head, *sheet.rows):
        rows.writerow(["" if cell is None else harmless(cell) for cell in row])
    return text.getvalue().encode("utf-8-sig")


def as_xlsx(sheet: Sheet) -> bytes:
    """The table as a workbook; texts are written as texts, so that none is a formula."""
    from xlsxwriter import Workbook  # only whoever asks for one waits for it

    made = io.BytesIO()
    with Workbook(made, {"in_memory": True, "strings_to_formulas": False}) as book:
        page = book.add_worksheet(sheet.name[:31])
        bold, wrapped = book.add_format({"bold": True}), book.add_format({"text_wrap": True})
        for place, head in enumerate(sheet.head):
            page.write_string(0, place, head, bold)
            longest = max((len(str(row[place] or "")) for row in sheet.rows), default=0)
            page.set_column(place, place, min(WIDEST, max(len(head), longest) + 2))
        for number, row in enumerate(sheet.rows, 1):
            for place, cell in enumerate(row):
                if isinstance(cell, str):
                    page.write_string(number, place, cell, wrapped)
                elif cell is not None:
                    page.write_number(number, place, cell)
        page.freeze_panes(1, 1)
    return made.getvalue()


def download(sheet: Sheet, kind: str) -> Response:
    """The table as a file of a kind."""
    body = as_csv(sheet) if kind == "csv" else as_xlsx(sheet)
    headers = {
        "Content-Disposition": f'attachment; filename="{sheet.name}.{kind}"',
        "Cache-Control": "no-store",
    }
    return Response(body, media_type=KINDS[kind], headers=headers)
