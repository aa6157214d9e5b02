"""Marks from files: reports, sheets filled in by hand, and what is said of what cannot be read."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from simulator.cli import main
from simulator.errors import MarksError
from simulator.evaluator.marks import empty_sheet, pair, read_marks
from tests.cough import cough_script

REPORT: dict[str, Any] = {
    "transcript": "ana-1",
    "items": [
        {"id": "onset", "domain": "hpi", "weight": 2, "verdict": "met"},
        {"id": "fever", "domain": "hpi", "weight": 1, "verdict": "not met"},
        {"id": "uncle", "domain": "communication", "weight": 1, "verdict": "not applicable"},
    ],
}
SHEET = "transcript,item,verdict\nana-1.json,onset,yes\nana-1.json,fever,1\nana-1.json,uncle,\n"


def put(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def test_an_empty_sheet_has_a_row_for_each_item_and_is_read_back_once_filled(
    tmp_path: Path,
) -> None:
    script = cough_script()
    rows = list(csv.DictReader(io.StringIO(empty_sheet(script))))
    assert [r["item"] for r in rows] == [i.id for i in script.checklist]
    assert not any(r["verdict"] for r in rows)
    filled = empty_sheet(script).replace(",,,\n", ",done,,\n")
    marks = read_marks(put(tmp_path, "rater-a.csv", filled))
    assert {m.verdict for m in marks} == {"met"}
    assert {m.transcript for m in marks} == {"rater-a"}
    assert {m.item: m.weight for m in marks}["blood"] == 2


def test_a_report_and_a_sheet_meet_on_the_transcript_s_name(tmp_path: Path) -> None:
    machine = read_marks(put(tmp_path, "report.json", json.dumps(REPORT)))
    human = read_marks(put(tmp_path, "sheet.csv", SHEET))
    pairs = pair(machine, human)
    assert [(p.item, p.marked, p.reference) for p in pairs] == [
        ("onset", "met", "met"),
        ("fever", "not met", "met"),
    ]
    assert (pairs[0].domain, pairs[0].weight) == ("hpi", 2.0)


@pytest.mark.parametrize("shape", ["list", "lines", "folder"])
def test_several_reports_come_as_a_list_as_lines_or_as_a_folder(tmp_path: Path, shape: str) -> None:
    both = [REPORT, {**REPORT, "transcript": "ben-1"}]
    if shape == "folder":
        for sheet in both:
            put(tmp_path, f"{sheet['transcript']}.json", json.dumps(sheet))
        path = tmp_path
    else:
        lines = "\n".join(map(json.dumps, both))
        path = put(tmp_path, "all.json", json.dumps(both) if shape == "list" else lines)
    assert {m.transcript for m in read_marks(path)} == {"ana-1", "ben-1"}


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_sheet_may_come_from_a_spreadsheet_of_any_country(tmp_path: Path, separator: str) -> None:
    path = put(tmp_path, "s.csv", "\ufeff" + SHEET.replace(",", separator))
    assert [m.verdict for m in read_marks(path)] == ["met", "met"]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("a.csv", "item,verdict\nonset,perhaps\n", "the verdict 'perhaps' on 'onset' is none of"),
        ("a.csv", "item,verdict\nonset,\n", "holds no marks"),
        ("a.csv", "item,verdict,weight\nonset,met,much\n", "the weight 'much'"),
        ("a.json", "{", "is not JSON"),
        ("a.json", '{"items": ' + "[" * 9000 + "]" * 9000 + "}", "is not JSON"),
        ("a.json", '{"items": 3}', "needs a list under 'items'"),
        ("a.json", '{"items": [3]}', "is not a set of fields"),
    ],
)
def test_what_cannot_be_read_is_named(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(MarksError, match=message):
        read_marks(put(tmp_path, name, text))


def test_two_files_with_nothing_in_common_are_named_by_their_transcripts(tmp_path: Path) -> None:
    two = [REPORT, {**REPORT, "transcript": "ben-1"}]
    machine = read_marks(put(tmp_path, "two.json", json.dumps(two)))
    human = read_marks(put(tmp_path, "dora-2.csv", "item,verdict\nonset,met\n"))
    with pytest.raises(MarksError, match="ana-1, ben-1 beside dora-2"):
        pair(machine, human)


def test_the_command_prints_a_table_and_last_the_figures(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = str(put(tmp_path, "report.json", json.dumps(REPORT)))
    sheet = str(put(tmp_path, "sheet.csv", SHEET))
    assert main(["agreement", report, sheet, "--cohort", report]) == 0
    *table, last = capsys.readouterr().out.splitlines()
    figures = json.loads(last)
    assert figures["whole"]["agreement"]["value"] == 0.5
    assert set(figures["items"]) == {"onset", "fever"}
    assert figures["cohort"]["whole"]["apparent"] == 0.5
    assert any(line.startswith("domain hpi") for line in table)


def test_the_command_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["agreement"]) == 2
    assert "Give two files of marks" in capsys.readouterr().err


def test_the_command_prints_the_sheet_of_a_shipped_case(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["agreement", "--sheet", "chest-pain-maria-lopez"]) == 0
    assert capsys.readouterr().out.startswith("transcript,marker,item,domain,weight,text,verdict")
