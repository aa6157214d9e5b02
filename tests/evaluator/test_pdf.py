from __future__ import annotations

import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

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


def text_of(pdf: bytes, folder: Path) -> str:
    path = folder / "report.pdf"
    path.write_bytes(pdf)
    done = subprocess.run(["pdftotext", "-layout", path, "-"], capture_output=True, check=True)
    return " ".join(done.stdout.decode("utf-8").split())


def test_a_report_becomes_a_pdf_document(report: Report) -> None:
    pdf = as_pdf(report)
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext to read a PDF")
def test_the_document_holds_what_the_report_says(report: Report, tmp_path: Path) -> None:
    text = text_of(as_pdf(report), tmp_path)
    for part in (report.title, "Erik Holm", "When did it start?", "No note was written"):
        assert part in text
    assert f"{report.totals.percent:.0f} % of the checklist" in text
    assert all(item.text in text for item in report.items)
    assert report.script_hash in text


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="needs pdftotext to read a PDF")
def test_markup_in_what_was_said_is_printed_and_not_obeyed(report: Report, tmp_path: Path) -> None:
    assert "Any <b>fever</b> & chills?" in text_of(as_pdf(report), tmp_path)


def test_a_report_on_nothing_is_a_document_too(cough: Patient, services: Services) -> None:
    report = compose(cough.case, services, (), (), Note(), NOW)
    assert as_pdf(report).startswith(b"%PDF-")
