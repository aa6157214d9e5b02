"""The report as a PDF that can be printed and kept."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any

from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer

from simulator.evaluator.report import DomainScore, ItemReport, Report

INK, SOFT, ACCENT, GROUND = (
    HexColor("#1d2b2a"),
    HexColor("#4f605e"),
    HexColor("#0f5f5c"),
    HexColor("#e6ebe8"),
)
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=9.5, leading=13, textColor=INK)
SMALL = ParagraphStyle("small", parent=BODY, fontSize=8.2, leading=11, textColor=SOFT)
HEAD = ParagraphStyle(
    "head",
    parent=BODY,
    fontName="Times-Bold",
    fontSize=13,
    leading=17,
    spaceBefore=11,
    spaceAfter=3,
)
TITLE = ParagraphStyle("title", parent=HEAD, fontSize=19, leading=23, spaceBefore=0)
ITEM = ParagraphStyle("item", parent=BODY, spaceBefore=4)
VERDICT_WORDS = {
    "met": "Done",
    "partly": "Partly",
    "not met": "Missed",
    "not applicable": "Did not arise",
    "unscored": "Not scored",
}
DOMAIN_NAMES = {"hpi": "Present problem", "perspective": "Patient's perspective"}


def as_pdf(report: Report, voiced: Sequence[str] = ()) -> bytes:
    """The report as the bytes of a PDF document of a few A4 pages.

    Args:
        report: What was found.
        voiced: Sentences on how the patient was voiced; none where no language model was asked.
    """
    buffer = io.BytesIO()
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        title=f"Feedback: {report.title}",
        author="Virtual standardized patient",
        leftMargin=20 * mm,
        rightMargin=20 * mm,
        topMargin=18 * mm,
        bottomMargin=18 * mm,
    )
    document.build(list(_story(report, voiced)))
    return buffer.getvalue()


def _story(report: Report, voiced: Sequence[str]) -> Iterator[Flowable]:
    yield Paragraph(_clean(report.title), TITLE)
    yield Paragraph(
        _clean(f"{report.patient} · {report.made_at[:16].replace('T', ' ')} UTC"), SMALL
    )
    yield Paragraph("Machine feedback for practice. No teacher has reviewed it.", SMALL)
    totals = report.totals
    percent = "–" if totals.percent is None else f"{totals.percent:.0f} %"
    yield Spacer(1, 6)
    yield Paragraph(
        f"<b>{percent}</b> of the checklist: {totals.met} done, {totals.partly} partly, "
        f"{totals.not_met} missed. Critical items done: {totals.critical_met} of "
        f"{totals.critical_items}. Hints used: {report.hints}.",
        BODY,
    )
    yield from _list("Practise next", report.practise)
    yield Paragraph("Score by domain", HEAD)
    yield _bars(report.domains)
    yield Paragraph("Checklist", HEAD)
    for item in sorted(report.items, key=lambda i: (i.verdict == "met", not i.critical)):
        yield from _item(item, report)
    yield Paragraph("How you talked", HEAD)
    for indicator in report.communication:
        yield from _indicator(indicator)
    yield from _note(report)
    yield Paragraph("Reading", HEAD)
    for point in report.teaching:
        sources = "; ".join(point.sources)
        yield Paragraph(f"• {_clean(point.text)}", ITEM)
        yield Paragraph(_clean(f"{point.guide}: {point.heading}. {sources}"), SMALL)
    yield Paragraph("The conversation", HEAD)
    for line in report.lines:
        speaker = "You" if line.act or line.speaker == "resident" else report.patient
        yield Paragraph(f"<b>{_clean(speaker)}:</b> {_clean(line.text)}", ITEM)
    if voiced:
        yield Paragraph("How the patient was voiced", HEAD)
        yield Paragraph(_clean(" ".join(voiced)), SMALL)
    yield Spacer(1, 8)
    yield Paragraph(
        _clean(
            f"Script {report.script_id} {report.script_version} ({report.script_hash}) · rubric "
            f"{report.rubric} · program {report.code_version} · judge {report.judge}"
        ),
        SMALL,
    )


def _clean(text: str) -> str:
    """Text for the standard fonts: escaped, and with what they cannot draw left out."""
    folded = (
        text.replace("≥", ">=")
        .replace("≤", "<=")
        .replace("“", '"')
        .replace("”", '"')
        .replace("’", "'")
        .replace("…", "...")
    )
    return escape(folded.encode("cp1252", "ignore").decode("cp1252"), quote=False)


def _list(title: str, entries: tuple[str, ...]) -> Iterator[Flowable]:
    if entries:
        yield Paragraph(title, HEAD)
        for place, entry in enumerate(entries, 1):
            yield Paragraph(f"{place}. {_clean(entry)}", ITEM)


def _bars(domains: tuple[DomainScore, ...]) -> Drawing:
    row, width, left = 17, 470, 150
    drawing = Drawing(width, row * len(domains) + 4)
    for place, domain in enumerate(domains):
        y = row * (len(domains) - 1 - place) + 4
        name = DOMAIN_NAMES.get(domain.domain, domain.domain.capitalize())
        drawing.add(String(0, y + 1, name, fontName="Helvetica", fontSize=9, fillColor=INK))
        drawing.add(Rect(left, y - 1, 250, 9, fillColor=GROUND, strokeColor=None))
        length = 250 * (domain.share or 0)
        drawing.add(Rect(left, y - 1, length, 9, fillColor=ACCENT, strokeColor=None))
        count = f"{domain.met} of {domain.items}"
        drawing.add(
            String(left + 260, y + 1, count, fontName="Helvetica", fontSize=9, fillColor=SOFT)
        )
    return drawing


def _item(item: ItemReport, report: Report) -> Iterator[Flowable]:
    critical = " (critical)" if item.critical else ""
    yield Paragraph(f"<b>{VERDICT_WORDS[item.verdict]}</b>: {_clean(item.text)}{critical}", ITEM)
    if item.quote:
        yield Paragraph(f'You said: "{_clean(item.quote)}"', SMALL)
    if item.verdict != "met":
        if item.why:
            yield Paragraph(_clean(f"Why it matters: {item.why}"), SMALL)
        if item.ask:
            yield Paragraph(_clean(f'You could ask: "{item.ask}"'), SMALL)


def _indicator(indicator: dict[str, Any]) -> Iterator[Flowable]:
    standing = {"good": "Good", "improve": "Work on it", "not applicable": "Did not arise"}
    yield Paragraph(f"<b>{standing[indicator['standing']]}</b>: {_clean(indicator['title'])}", ITEM)
    yield Paragraph(_clean(f"{indicator['advice']} {indicator['detail']}"), SMALL)


def _note(report: Report) -> Iterator[Flowable]:
    yield Paragraph("Your note beside the key", HEAD)
    yield Paragraph(_clean(f"The case: {report.diagnosis}"), BODY)
    if not report.reasoning["scored"]:
        yield Paragraph("No note was written, so the reasoning was not scored.", BODY)
        return
    titles = {
        "differential": "Diagnoses",
        "justified": "Support",
        "workup": "Work-up",
        "history": "History",
    }
    for name, title in titles.items():
        marks = report.reasoning[name]
        if marks:
            found = "; ".join(m["name"] for m in marks if m["found"]) or "–"
            absent = "; ".join(m["name"] for m in marks if not m["found"]) or "–"
            yield Paragraph(f"<b>{title}</b>: found {_clean(found)}", ITEM)
            yield Paragraph(f"Not found: {_clean(absent)}", SMALL)
            for mark in (m for m in marks if m.get("wrong")):
                said = f"The note says “{mark['quote']}”; the patient: “{mark['name']}”"
                yield Paragraph(_clean(said), SMALL)
