from __future__ import annotations

import html
import io
import re
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Note, NoteDiagnosis
from simulator.evaluator.checklist import Word
from simulator.evaluator.evidence import from_traces
from simulator.evaluator.judging import JudgeUse
from simulator.evaluator.report import Report, compose
from simulator.evaluator.usage import VoiceUse
from simulator.patient.patient import Patient
from simulator.patient.trace import Trace
from simulator.services import Services
from simulator.web import sheet
from simulator.web.pdf import as_pdf
from simulator.web.review import pages
from simulator.web.review.view import review_of
from tests.cough import Visit, cough_script

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
NAMES = "Łucja Żółć · 王 · Đặng Thị Ngọc · 김민준 · さくら · Ελένη · Иван"
NOTE = Note(
    history=f"{NAMES} has coughed for three weeks.\nNo fever.",
    diagnoses=(NoteDiagnosis(name="Asthma", support="as a boy"),),
)


@pytest.fixture(scope="module")
def cough(services: Services) -> Patient:
    return services.patient(cough_script())


def reported(cough: Patient, services: Services, said: tuple[str, ...], note: Note) -> Report:
    visit = Visit(cough)
    turns = [(q, reply.text, Trace.of(reply)) for q in said for reply in [visit.ask(q)]]
    lines = [x for q, answer, _ in turns for x in (("resident", q), ("patient", answer))]
    return compose(cough.case, services, from_traces(turns), lines, note, NOW)


@pytest.fixture(scope="module")
def report(cough: Patient, services: Services) -> Report:
    said = ("Any <b>fever</b> & chills?", "When did it start?", "Goodbye. \U0001f600")
    return reported(cough, services, said, Note())


def page_of(report: Report) -> str:
    """The review of the same report."""
    over = Encounter("e-1", "ana", cough_script(), "practice", Phase.FEEDBACK, NOW)
    shown = review_of(over, report, [], lambda _: None, [], [], [])
    return bytes(pages.review(shown, "").body).decode()


def text_of(pdf: bytes) -> str:
    """The words that a reader of the document sees, without its line breaks."""
    return " ".join(
        " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split()
    )


def test_a_report_becomes_a_pdf_document(report: Report) -> None:
    pdf = as_pdf(report)
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


def test_the_document_holds_what_the_report_says(report: Report) -> None:
    text = text_of(as_pdf(report))
    for part in (report.title, "Erik Holm", "When did it start?", "No note was written"):
        assert part in text
    for score in (report.scores.checklist, report.scores.communication):
        assert f"{score.got:g} of {score.of:g}" in text
    assert all(item.text in text for item in report.items)
    assert report.script_hash in text


def test_markup_in_what_was_said_is_printed_and_not_obeyed(report: Report) -> None:
    assert "Any <b>fever</b> & chills?" in text_of(as_pdf(report))


def test_a_report_on_nothing_is_a_document_too(cough: Patient, services: Services) -> None:
    report = compose(cough.case, services, (), (), Note(), NOW)
    assert as_pdf(report).startswith(b"%PDF-")


def test_every_name_is_printed_with_its_letters_in_a_font_that_is_in_the_document(
    cough: Patient, services: Services
) -> None:
    pdf = as_pdf(reported(cough, services, ("Any fever?",), NOTE), NAMES)
    assert text_of(pdf).count(NAMES) >= 3, "at the head, in the foot and in the note"
    fonts = [
        font.get_object()["/DescendantFonts"][0].get_object()
        if "/DescendantFonts" in font.get_object()
        else font.get_object()
        for page in PdfReader(io.BytesIO(pdf)).pages
        for font in page["/Resources"]["/Font"].values()
    ]
    used = [f for f in fonts if f["/BaseFont"] != "/Helvetica"]
    assert used and all("/FontFile2" in f["/FontDescriptor"] for f in used)


def test_a_letter_that_no_font_has_is_shown_to_be_missing(report: Report) -> None:
    assert "Goodbye. □" in text_of(as_pdf(report))


def test_the_note_stands_in_it_as_it_was_written(cough: Patient, services: Services) -> None:
    text = text_of(as_pdf(reported(cough, services, ("Any fever?",), NOTE)))
    assert "has coughed for three weeks. No fever." in text
    assert "Asthma: as a boy" in text


def test_pages_are_numbered(report: Report) -> None:
    pages = PdfReader(io.BytesIO(as_pdf(report))).pages
    assert all(f"page {n}" in page.extract_text() for n, page in enumerate(pages, 1))


def test_page_document_and_data_name_a_turn_by_the_same_number(report: Report) -> None:
    text, page = text_of(as_pdf(report)), page_of(report)
    onset = next(i for i in report.items if i.id == "onset")
    assert (onset.line, onset.turn) == (2, 2)
    assert report.lines[2].turn == report.lines[3].turn == 2
    assert "“When did it start?” turn 2" in text and "2. You: When did it start?" in text
    assert '<q>When did it start?</q> <a class="at" href="#turn-2">turn 2</a>' in page
    assert 'id="turn-2"' in page and "2. You" in page


def test_page_and_document_show_three_scores_and_no_percentage(
    cough: Patient, services: Services
) -> None:
    report = reported(cough, services, ("Any fever?", "When did it start?"), NOTE)
    page = " ".join(re.sub(r"<[^>]+>", " ", page_of(report)).split())
    for text in (page, text_of(as_pdf(report))):
        for title, value, of in sheet.sheet(report).scores:
            assert value in text and of in text and title in text
        assert "%" not in text.replace("100%", "")


def test_what_did_not_arise_is_named_in_both(report: Report) -> None:
    assert [i.id for i in report.items if i.verdict == "not applicable"] == ["uncle"]
    for text in (text_of(as_pdf(report)), page_of(report)):
        assert "What did not count" in text
        assert "The patient gave no such hint." in text


def test_page_and_document_show_a_judge_s_word_beside_the_rules(report: Report) -> None:
    said = {"votes": 2, "samples": 3, "model": "judge-model", "prompt": "abc", "rules": "not met"}
    met, away = Word(verdict="met", **said), Word(verdict="unscored", why="away", **said)
    judged = [
        i.model_copy(update={"judged": w}) for i, w in zip(report.items, (met, away), strict=False)
    ]
    use = JudgeUse(
        model="judge-model", prompt="abc", rubric="vsp-comm-9 1.1.0", samples=3, put=2, settled=1,
        certified=("asked",), doubted=2, calls=3, tokens_in=2000, tokens_out=200,
        tokens_each_put=3000, tokens_one_by_one=30000,
    )  # fmt: skip
    shown = report.model_copy(update={"items": (*judged, *report.items[2:]), "judged": use})
    for text in (text_of(as_pdf(shown)), html.unescape(page_of(shown))):
        assert "done, in its view, 2 of 3 times. The rules alone: missed." in text
        assert "settled nothing: it could not be reached. The mark is the rules' own." in text
        assert "judge-model settled 1 of the 2 items that the rules doubt" in text
        assert "(1/13.6 of them were used)" in text
    assert "judge-model" not in page_of(report)


def test_the_document_says_who_voiced_the_patient_where_a_model_did(report: Report) -> None:
    use = VoiceUse(
        models=("small-model",), turns=12, by_model=9, completed=0, stopped={}, away={}, calls=9,
        tokens_in=9, tokens_cached=0, tokens_out=9, estimated=False, cost=None,
    )  # fmt: skip
    told = "A language model (small-model) spoke the patient in 9 of 12 turns"
    assert told in text_of(as_pdf(report.model_copy(update={"voice": use})))
    assert "voiced" not in text_of(as_pdf(report))


def test_page_and_document_name_each_side_s_level_and_which_is_not_certified(
    report: Report,
) -> None:
    levels = tuple(
        level.model_copy(update={"certified": level.id != "closing"}) for level in report.levels
    )
    assert len(levels) == 9
    mixed = report.model_copy(update={"levels": levels})
    document = text_of(as_pdf(mixed))
    for shown in (re.sub(r"<[^>]+>", "", page_of(mixed)), document):
        assert shown.count("assess nobody by it") == 1
        assert len(re.findall(r"\d of 5\W+not certified", shown)) == 1
    sure = tuple(level.model_copy(update={"certified": True}) for level in report.levels)
    assert "not certified" not in page_of(report.model_copy(update={"levels": sure})).lower()


def test_a_report_of_a_time_before_levels_is_still_read(report: Report) -> None:
    old = report.model_dump(mode="json")
    del old["levels"]
    assert Report.model_validate(old).levels == ()
    assert "Nine sides of it" not in text_of(as_pdf(Report.model_validate(old)))
