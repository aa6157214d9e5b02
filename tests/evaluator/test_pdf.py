from __future__ import annotations

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader

from simulator.encounter.records import Note
from simulator.evaluator.pdf import as_pdf
from simulator.evaluator.report import Report, compose
from simulator.patient.patient import Patient
from simulator.services import Services
from tests.evaluator.conftest import Heard

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


@pytest.fixture
def report(cough: Patient, services: Services, held: Heard) -> Report:
    exchanges = held("Any <b>fever</b> & chills?", "When did it start?", "Goodbye. \U0001f600")
    lines = [line for e in exchanges for line in (("resident", e.said), ("patient", e.reply))]
    return compose(cough.case, services, exchanges, lines, Note(), NOW)


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
    assert f"{report.totals.percent:.0f} % of the checklist" in text
    assert all(item.text in text for item in report.items)
    assert report.script_hash in text


def test_markup_in_what_was_said_is_printed_and_not_obeyed(report: Report) -> None:
    assert "Any <b>fever</b> & chills?" in text_of(as_pdf(report))


def test_a_report_on_nothing_is_a_document_too(cough: Patient, services: Services) -> None:
    report = compose(cough.case, services, (), (), Note(), NOW)
    assert as_pdf(report).startswith(b"%PDF-")


def test_the_document_says_who_voiced_the_patient_where_a_model_did(report: Report) -> None:
    told = "A language model (small-model) spoke the patient in 9 of 12 turns."
    assert told in text_of(as_pdf(report, [told]))
    assert "voiced" not in text_of(as_pdf(report))
