from __future__ import annotations

from datetime import UTC, datetime

import pytest

import simulator
from simulator.encounter.records import Note
from simulator.evaluator.checklist import WORTH, ItemVerdict, Verdict
from simulator.evaluator.evidence import Exchange
from simulator.evaluator.report import Report, compose
from simulator.evaluator.totals import sum_up
from simulator.language.tokens import normalise
from simulator.patient.patient import Patient
from simulator.scripts.library import content_hash
from simulator.services import Services
from tests.cough import cough_script
from tests.evaluator.conftest import Heard

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
ASKED = ("Hello.", "What brings you in?", "When did it start?", "Do you smoke?", "Goodbye.")
ITEMS = cough_script().checklist


@pytest.fixture
def report(cough: Patient, services: Services, held: Heard) -> Report:
    return composed(cough, services, held(*ASKED))


def composed(cough: Patient, services: Services, exchanges: tuple[Exchange, ...]) -> Report:
    lines = [line for e in exchanges for line in (("resident", e.said), ("patient", e.reply))]
    return compose(cough.case, services, exchanges, lines, Note(), NOW)


def test_totals_add_up(report: Report) -> None:
    totals = report.totals
    counted = [i for i in report.items if i.verdict in WORTH]
    assert totals.earned == sum(i.weight * WORTH[i.verdict] for i in counted) == 1.5
    assert totals.possible == sum(i.weight for i in counted)
    assert totals.percent == round(100 * totals.earned / totals.possible, 1)
    numbers = (totals.met, totals.partly, totals.not_met, totals.not_applicable, totals.unscored)
    assert sum(numbers) == len(report.items)
    assert sum(d.earned for d in report.domains) == totals.earned
    assert sum(d.possible for d in report.domains) == totals.possible


@pytest.mark.parametrize("left_out", ["unscored", "not applicable"])
def test_what_is_unscored_or_did_not_arise_counts_on_neither_side(left_out: Verdict) -> None:
    verdicts = [ItemVerdict(i.id, "met", "q", 0, 1.0) for i in ITEMS]
    full, _ = sum_up(ITEMS, verdicts)
    assert full.percent == 100
    verdicts[0] = ItemVerdict(ITEMS[0].id, left_out)
    without, _ = sum_up(ITEMS, verdicts)
    assert without.percent == 100
    assert without.possible == full.possible - ITEMS[0].weight
    assert without.critical_items == full.critical_items - 1


def test_nothing_scored_gives_no_percentage() -> None:
    totals, domains = sum_up(ITEMS, [ItemVerdict(i.id, "unscored") for i in ITEMS])
    assert totals.percent is None
    assert domains == ()


def test_every_quote_stands_in_the_line_it_names(report: Report) -> None:
    quoted = [i for i in report.items if i.quote]
    assert {i.id for i in quoted} == {"onset", "smoking"}
    for item in quoted:
        assert item.line is not None
        assert item.quote in normalise(report.lines[item.line].text)
        assert item.turn == report.lines[item.line].turn


def test_the_lines_show_what_each_turn_earned_and_told(report: Report) -> None:
    earned = {line.line: line.items for line in report.lines if line.items}
    assert earned == {4: ("onset",), 6: ("smoking",)}
    assert report.lines[4].told == ("onset",)
    assert report.lines[5].speaker == "patient"


def test_without_a_note_the_reasoning_is_unscored(report: Report) -> None:
    assert report.reasoning["scored"] is False
    assert set(report.reasoning["shares"].values()) == {None}


def test_the_report_says_what_it_was_made_with(report: Report) -> None:
    assert report.script_hash == content_hash(cough_script())
    assert report.rubric.startswith("vsp-comm-9")
    assert report.code_version == simulator.__version__
    assert report.judge == "none"


def test_the_first_thing_to_practise_is_a_missed_critical_item(
    cough: Patient, services: Services, held: Heard
) -> None:
    report = composed(cough, services, held("Any fever?"))
    assert report.practise[0] == "Asks when it began"
    assert 0 < len(report.practise) <= 3


def test_the_report_survives_being_stored_as_json(report: Report) -> None:
    assert Report.model_validate_json(report.model_dump_json()) == report


def test_a_report_stored_before_models_spoke_still_opens(report: Report) -> None:
    stored = report.model_dump(mode="json")
    assert stored.pop("voice") is None, "a transcript says nothing of who spoke"
    assert Report.model_validate(stored) == report


def test_the_same_interview_gets_the_same_report(
    cough: Patient, services: Services, held: Heard
) -> None:
    assert composed(cough, services, held(*ASKED)) == composed(cough, services, held(*ASKED))


def test_an_interview_without_a_word_has_a_report(cough: Patient, services: Services) -> None:
    report = composed(cough, services, ())
    assert report.totals.earned == 0
    assert report.lines == ()


def test_checklist_talk_and_note_are_three_scores_and_never_one(report: Report) -> None:
    scores = report.scores
    assert (scores.checklist.got, scores.checklist.of) == (1.5, report.totals.possible)
    assert 0 < scores.communication.got < scores.communication.of
    assert scores.reasoning.unscored == "no note was written"


def test_turns_are_numbered_by_the_resident_s_own(report: Report) -> None:
    assert [(line.turn, line.mine) for line in report.lines[:4]] == [
        (1, True), (1, False), (2, True), (2, False),
    ]  # fmt: skip
