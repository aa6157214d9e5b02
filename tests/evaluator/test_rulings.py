"""What a teacher decides stands and counts, and the machine's verdict stays beside it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from simulator.encounter.records import Note, NoteDiagnosis, Ruling
from simulator.evaluator.evidence import Exchange
from simulator.evaluator.report import Report, compose
from simulator.evaluator.rulings import marks_of, ruled
from simulator.evaluator.totals import passes
from simulator.services import Services
from tests.conftest import make_script

NOW = datetime(2026, 5, 1, tzinfo=UTC)
LINES = [
    ("resident", "What brings you in?"),
    ("patient", "My knee hurts."),
    ("resident", "Shall we say when it began?"),
    ("patient", "Three days ago."),
]


def ruling(mark: str, verdict: str, turn: int | None = None, comment: str = "") -> Ruling:
    return Ruling(mark, verdict, comment, turn, "teacher", NOW)


@pytest.fixture(scope="module")
def report(services: Services) -> Report:
    key = {"diagnosis": "Sprain", "differential": [{"name": "Sprain"}, {"name": "Gout"}]}
    case = services.case(make_script(note_key=key))
    note = Note(history="Knee pain.", diagnoses=(NoteDiagnosis(name="Gout", support="pain"),))
    none: frozenset[str] = frozenset()
    exchanges = [
        Exchange(at, LINES[at][1], LINES[at + 1][1], (), none, none, "statement", False)
        for at in (0, 2)
    ]
    return compose(case, services, exchanges, LINES, note, NOW)


def missed(report: Report) -> str:
    return next(i.id for i in report.items if i.verdict == "not met")


def test_without_rulings_the_report_is_the_machines(report: Report) -> None:
    assert ruled(report, []) is report
    assert report.ruled == 0


def test_a_mark_that_is_raised_earns_its_points_with_the_turn_as_proof(report: Report) -> None:
    item = missed(report)
    after = ruled(report, [ruling(f"checklist:{item}", "met", 2, "In your second turn.")])
    found = next(i for i in after.items if i.id == item)
    assert (found.verdict, found.quote, found.turn, found.line) == ("met", LINES[2][1], 2, 2)
    assert found.ruled is not None
    assert (found.ruled.machine, found.ruled.comment) == ("not met", "In your second turn.")
    assert after.totals.earned == report.totals.earned + found.weight
    assert after.scores.checklist.got == after.totals.earned
    assert item in after.lines[2].items and item not in report.lines[2].items
    assert not any(p.startswith(found.text) for p in after.practise)
    assert after.ruled == 1


def test_a_mark_that_is_taken_away_loses_points_and_proof(report: Report) -> None:
    item = missed(report)
    raised = ruling(f"checklist:{item}", "met", 2)
    lowered = ruling(f"checklist:{item}", "not met")
    after = ruled(report, [raised, lowered])
    found = next(i for i in after.items if i.id == item)
    assert (found.verdict, found.quote, found.turn) == ("not met", "", None)
    assert after.totals == report.totals
    assert not any(item in line.items for line in after.lines)


def test_what_did_not_apply_counts_on_neither_side(report: Report) -> None:
    item = next(i for i in report.items if i.verdict == "not met")
    after = ruled(report, [ruling(f"checklist:{item.id}", "not applicable")])
    assert after.totals.possible == report.totals.possible - item.weight


def test_all_that_is_critical_raised_passes(report: Report) -> None:
    assert passes(report.totals) is False
    every = [ruling(f"checklist:{i.id}", "met", 1) for i in report.items]
    assert passes(ruled(report, every).totals) is True


def test_manners_and_the_note_are_decided_alike(report: Report) -> None:
    manner = next(c["id"] for c in report.communication if c["standing"] != "good")
    mark = next(m for m in marks_of(report) if m.startswith("note:differential"))
    was = marks_of(report)[mark]
    now = "absent" if was == "found" else "found"
    after = ruled(report, [ruling(f"communication:{manner}", "good"), ruling(mark, now)])
    assert marks_of(after)[f"communication:{manner}"] == "good"
    assert after.scores.communication.got == report.scores.communication.got + 1
    assert marks_of(after)[mark] == now
    change = 1 if now == "found" else -1
    assert after.scores.reasoning.got == report.scores.reasoning.got + change
    assert after.scores.reasoning.of == report.scores.reasoning.of


def test_a_ruling_on_what_the_report_does_not_have_is_passed_over(report: Report) -> None:
    after = ruled(report, [ruling("checklist:of-another-edition", "met", 1)])
    assert (after.totals, after.ruled) == (report.totals, 0)


def test_a_ruled_report_is_read_back_as_it_was(report: Report) -> None:
    after = ruled(report, [ruling(f"checklist:{missed(report)}", "met", 2)])
    assert Report.model_validate(after.model_dump(mode="json")) == after
