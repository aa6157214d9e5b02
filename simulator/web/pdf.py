"""The review as a PDF that can be printed and kept: its parts, words and turn numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from reportlab.graphics.shapes import Drawing, Rect, String
from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Flowable, Paragraph, SimpleDocTemplate, Spacer, Table

from simulator import fonts
from simulator.evaluator.report import ItemReport, Report
from simulator.evaluator.totals import DomainScore
from simulator.fonts import BODY, BOLD, markup
from simulator.web import views
from simulator.web.sheet import Sheet, judged, sheet

INK, SOFT, ACCENT, GROUND = (
    HexColor("#1d2b2a"),
    HexColor("#4f605e"),
    HexColor("#0f5f5c"),
    HexColor("#e6ebe8"),
)
TEXT = ParagraphStyle("text", fontName=BODY, fontSize=10, leading=13.5, textColor=INK)
SMALL = ParagraphStyle("small", parent=TEXT, fontSize=8.8, leading=11.6, textColor=SOFT)
HEAD = ParagraphStyle(
    "head", parent=TEXT, fontName=BOLD, fontSize=13, leading=17, spaceBefore=12, spaceAfter=3,
    keepWithNext=1,
)  # fmt: skip
TITLE = ParagraphStyle("title", parent=HEAD, fontSize=19, leading=24, spaceBefore=0)
ITEM = ParagraphStyle("item", parent=TEXT, spaceBefore=5)
NUMBER = ParagraphStyle("number", parent=HEAD, fontSize=17, leading=21, spaceBefore=0)
SIDE, FOOT = 20 * mm, 18 * mm


def as_pdf(report: Report, resident: str = "", encounter: str = "") -> bytes:
    """A report as the bytes of a PDF document of a few A4 pages.

    Args:
        report: what was found. resident: whose it is, where that is known.
        encounter: the id of what was held, for the document's own data.
    """
    fonts.register()
    buffer, name = io.BytesIO(), " ".join(resident.split())[:80]
    document = SimpleDocTemplate(
        buffer,
        pagesize=A4,
        title=f"{_w()['title']}: {report.title}",
        author=views.words()["product"],
        subject=encounter,
        leftMargin=SIDE,
        rightMargin=SIDE,
        topMargin=FOOT,
        bottomMargin=FOOT + 4 * mm,
    )

    def foot(canvas: Canvas, _: Any) -> None:
        running = " · ".join(filter(None, (name, report.title, report.patient)))
        line = Paragraph(markup(running), SMALL)
        line.wrap(A4[0] - 2 * SIDE - 25 * mm, FOOT)
        line.drawOn(canvas, SIDE, 12 * mm)
        canvas.setFont(BODY, 8.8)
        canvas.setFillColor(SOFT)
        number = views.fill(_w()["page"], n=canvas.getPageNumber())
        canvas.drawRightString(A4[0] - SIDE, 12 * mm, number)

    document.build(list(_story(sheet(report), name)), onFirstPage=foot, onLaterPages=foot)
    return buffer.getvalue()


def _w() -> dict[str, Any]:
    words: dict[str, Any] = views.words()["feedback"]
    return words


def _story(shown: Sheet, name: str) -> Iterator[Flowable]:
    report, w = shown.report, _w()
    yield from _opening(shown, name)
    yield from _list(w["practise"], report.practise)
    yield Paragraph(markup(w["domains"]), HEAD)
    yield _bars(report.domains)
    for title, items in (("missed", shown.missed), ("done", shown.done)):
        yield from _items(w[title], items)
    yield from _items(w["uncounted"], shown.uncounted, w["uncounted_why"])
    yield Paragraph(markup(w["communication"]), HEAD)
    for indicator in report.communication:
        yield from _indicator(indicator)
    yield from _levels(report)
    yield from _note(report)
    yield from _own_view(report)
    yield from _reading(report)
    findings = [f"{o['name'][:1].upper()}{o['name'][1:]}: {o['result']}" for o in report.orders]
    yield from _lines(w["findings"], findings)
    yield Paragraph(markup(w["transcript"]), HEAD)
    for line in report.lines:
        speaker = f"{line.turn}. {w['you']}" if line.mine else report.patient
        yield Paragraph(f"<b>{markup(speaker)}:</b> {markup(line.text)}", ITEM)
    yield from _lines(w["voice"], shown.voice)
    yield Spacer(1, 8)
    made = {"version": f"{report.script_id} {report.script_version} ({report.script_hash})"}
    made |= {"rubric": report.rubric, "program": report.code_version, "judge": report.judge}
    yield Paragraph(markup(views.fill(w["made_with"], **made)), SMALL)
    for sentence in shown.judge:
        yield Paragraph(markup(sentence), SMALL)


def _opening(shown: Sheet, name: str) -> Iterator[Flowable]:
    report, w = shown.report, _w()
    yield Paragraph(markup(f"{report.title} · {report.patient}"), TITLE)
    when = f"{report.made_at[:16].replace('T', ' ')} UTC"
    yield Paragraph(markup(" · ".join(filter(None, (name, when)))), TEXT if name else SMALL)
    ruled = views.fill(views.words()["review"]["ruled_some"], n=report.ruled)
    yield Paragraph(markup(ruled if report.ruled else w["unreviewed"]), SMALL)
    yield Spacer(1, 8)
    cells = [
        [
            Paragraph(markup(title), SMALL),
            Paragraph(markup(value), NUMBER),
            Paragraph(markup(of), SMALL),
        ]
        for title, value, of in shown.scores
    ]
    yield Table(
        [cells], style=[("VALIGN", (0, 0), (-1, -1), "TOP"), ("LEFTPADDING", (0, 0), (0, 0), 0)]
    )
    yield Paragraph(markup(" · ".join(f"{n}: {v}" for n, v in shown.stats)), SMALL)
    yield Paragraph(markup(w["evidence_rule"]), SMALL)


def _list(title: str, entries: Sequence[str]) -> Iterator[Flowable]:
    yield from _lines(title, [f"{place}. {entry}" for place, entry in enumerate(entries, 1)])


def _lines(title: str, entries: Iterable[str]) -> Iterator[Flowable]:
    listed = list(entries)
    if listed:
        yield Paragraph(markup(title), HEAD)
    for entry in listed:
        yield Paragraph(markup(entry), ITEM)


def _bars(domains: tuple[DomainScore, ...]) -> Drawing:
    row, width, left, names = 17, 470, 150, views.words()["domains"]
    drawing = Drawing(width, row * len(domains) + 4)
    for place, domain in enumerate(domains):
        y = row * (len(domains) - 1 - place) + 4
        name = names.get(domain.domain, domain.domain)
        drawing.add(String(0, y + 1, name, fontName=BODY, fontSize=9, fillColor=INK))
        drawing.add(Rect(left, y - 1, 250, 9, fillColor=GROUND, strokeColor=None))
        length = 250 * (domain.share or 0)
        drawing.add(Rect(left, y - 1, length, 9, fillColor=ACCENT, strokeColor=None))
        count = views.fill(_w()["of"], n=f"{domain.earned:g}", all=f"{domain.possible:g}")
        drawing.add(String(left + 260, y + 1, count, fontName=BODY, fontSize=9, fillColor=SOFT))
    return drawing


def _items(title: str, items: Sequence[ItemReport], lead: str = "") -> Iterator[Flowable]:
    if not items:
        return
    yield Paragraph(markup(title), HEAD)
    if lead:
        yield Paragraph(markup(lead), SMALL)
    for item in items:
        yield from _item(item)


def _item(item: ItemReport) -> Iterator[Flowable]:
    w, verdict = _w(), views.words()["verdicts"][item.verdict]
    critical = f" ({w['critical']})" if item.critical else ""
    yield Paragraph(f"<b>{markup(verdict)}</b>: {markup(item.text + critical)}", ITEM)
    if item.quote:
        yield Paragraph(markup(f"{w['said']}: “{item.quote}” {w['turn']} {item.turn}"), SMALL)
    if item.volunteered is not None:
        yield Paragraph(markup(f"{w['volunteered']} {w['turn']} {item.volunteered}."), SMALL)
    elif item.reason and item.verdict != "met" and item.reason != "not asked":
        yield Paragraph(markup(f"{item.reason[:1].upper()}{item.reason[1:]}."), SMALL)
    if item.verdict in ("not met", "partly"):
        if item.why:
            yield Paragraph(markup(f"{w['why']}: {item.why}"), SMALL)
        if item.ask:
            yield Paragraph(markup(f"{w['ask']}: “{item.ask}”"), SMALL)
    if item.judged:
        yield Paragraph(markup(judged(item.judged)), SMALL)
    if item.unsure:
        yield Paragraph(markup(w["unsure"]), SMALL)


def _levels(report: Report) -> Iterator[Flowable]:
    if not report.levels:
        return
    w = _w()
    yield Paragraph(markup(w["levels"]), HEAD)
    yield Paragraph(markup(w["levels_lead"]), SMALL)
    if not all(level.certified for level in report.levels):
        yield Paragraph(markup(w["not_certified_why"]), SMALL)
    for level in report.levels:
        amount = w["level_none"] if level.level is None else views.fill(w["level"], n=level.level)
        told = amount if level.certified else f"{amount}, {w['not_certified']}"
        yield Paragraph(f"<b>{markup(level.title)}</b>: {markup(told)}", ITEM)
        steps = (f"{w['step_taken' if s.taken else 'step_open']}: {s.text}" for s in level.steps)
        yield Paragraph(markup(" · ".join(steps)), SMALL)


def _indicator(indicator: dict[str, Any]) -> Iterator[Flowable]:
    w, standing = _w(), views.words()["standings"][indicator["standing"]]
    yield Paragraph(f"<b>{markup(standing)}</b>: {markup(indicator['title'])}", ITEM)
    yield Paragraph(markup(f"{indicator['advice']} {indicator['detail']}".strip()), SMALL)
    quotes = [f"“{q['text']}” {w['turn']} {q['turn']}" for q in indicator["quotes"]]
    if quotes:
        yield Paragraph(markup(" · ".join(quotes)), SMALL)


def _note(report: Report) -> Iterator[Flowable]:
    w, names = _w(), views.words()["reasoning"]
    yield Paragraph(markup(w["note"]), HEAD)
    yield Paragraph(markup(f"{w['key_diagnosis']}: {report.diagnosis}"), TEXT)
    if not report.reasoning["scored"]:
        yield Paragraph(markup(w["no_note"]), TEXT)
        return
    for part in ("differential", "justified", "workup", "history"):
        marks = report.reasoning[part]
        if marks:
            yield Paragraph(f"<b>{markup(names[part])}</b>", ITEM)
        for mark in marks:
            yield Paragraph(markup(_mark(mark)), SMALL)
    if report.reasoning["beyond_key"]:
        others = ", ".join(report.reasoning["beyond_key"])
        yield Paragraph(markup(f"{w['beyond_key']} {others}."), SMALL)
    yield from _written(report)


def _mark(mark: dict[str, Any]) -> str:
    w, names = _w(), views.words()["reasoning"]
    text = f"{w['found'] if mark['found'] else w['absent']}: {mark['name']}"
    if mark["must_not_miss"]:
        text += f" ({w['must_not_miss']})"
    if mark["done"]:
        return f"{text} · {names['done']}"
    if mark["wrong"]:
        return f"{text} · {names['wrong']} “{mark['quote']}”"
    return f"{text} · “{mark['quote']}”" if mark["found"] and mark["quote"] else text


def _written(report: Report) -> Iterator[Flowable]:
    """The note as the resident wrote it."""
    note, w = report.note, views.words()["note"]
    rows = [(w["history"], note.history)]
    rows += [
        (views.fill(w["diagnosis"], n=n), ": ".join(filter(None, (d.name, d.support))))
        for n, d in enumerate(note.diagnoses, 1)
    ]
    rows.append((w["workup"], note.workup))
    yield Paragraph(markup(_w()["written"]), HEAD)
    for title, text in rows:
        if text.strip():
            yield Paragraph(f"<b>{markup(title)}</b><br/>{markup(text.strip())}", ITEM)


def _own_view(report: Report) -> Iterator[Flowable]:
    own, w = report.self_assessment, views.words()["self"]
    if own is None:
        return
    values = {n: getattr(own, n) for n in ("history", "communication", "reasoning")}
    rows = [f"{w[n]}: {views.fill(_w()['of'], n=v, all=5)}" for n, v in values.items()]
    rows += [f"{w['well']} {own.went_well}"] if own.went_well else []
    rows += [f"{w['change']} {own.to_change}"] if own.to_change else []
    yield from _lines(_w()["own"], rows)


def _reading(report: Report) -> Iterator[Flowable]:
    if not report.teaching:
        return
    yield Paragraph(markup(_w()["reading"]), HEAD)
    for point in report.teaching:
        yield Paragraph(markup(f"• {point.text}"), ITEM)
        sources = f"{_w()['sources']}: {'; '.join(point.sources)}" if point.sources else ""
        yield Paragraph(markup(f"{point.guide} · {point.heading}. {sources}".strip(" ·.")), SMALL)
