from __future__ import annotations

from datetime import UTC, datetime
from typing import Protocol

import pytest

from simulator.encounter.records import Note, NoteDiagnosis, Order
from simulator.evaluator.reasoning import Judges, NoteMark, ReasoningResult, judge_note
from simulator.patient.patient import Patient
from simulator.services import Services
from tests.cough import cough_script

SUPPORT = "It came on after a heavy cold. It began three weeks ago."


class Judged(Protocol):
    """Marks a note of the small case."""

    def __call__(self, **note: object) -> ReasoningResult: ...


@pytest.fixture
def judged(cough: Patient, services: Services) -> Judged:
    def judge(**note: object) -> ReasoningResult:
        orders = note.pop("orders", ())
        judges = Judges.of(services)
        return judge_note(cough.case, Note.model_validate(note), judges, orders)  # type: ignore[arg-type]

    return judge


def found(marks: tuple[NoteMark, ...]) -> list[str]:
    return [m.name for m in marks if m.found]


@pytest.mark.parametrize("note", [{}, {"history": "  \n"}, {"diagnoses": [{"name": " "}]}])
def test_no_note_is_unscored_and_not_zero(judged: Judged, note: dict[str, object]) -> None:
    result = judged(**note)
    assert not result.scored
    assert result.reason == "no note was written"
    assert set(result.shares().values()) == {None}


def test_a_script_without_a_key_leaves_the_note_unscored(services: Services) -> None:
    case = services.case(cough_script(note_key={}))
    judges = Judges.of(services)
    result = judge_note(case, Note(history="Cough."), judges)
    assert (result.scored, result.reason) == (False, "the script has no note key")


def test_what_the_history_holds_is_found_with_its_words(judged: Judged) -> None:
    result = judged(history="Cough that began three weeks ago; brings up yellow phlegm.")
    quotes = {m.name: m.quote for m in result.history if m.found}
    assert set(quotes) == {"It began three weeks ago.", "I bring up some yellow phlegm."}
    assert "three weeks" in quotes["It began three weeks ago."]


def test_what_a_line_lists_is_found_thing_by_thing_in_the_words_of_the_note(judged: Judged) -> None:
    written = "Dry at first, cough for three weeks, now yellow phlegm, lives by the harbour"
    result = judged(history=written)
    quotes = {m.name: m.quote for m in result.history if m.found}
    assert set(quotes) == {"It began three weeks ago.", "I bring up some yellow phlegm."}
    assert all(quote in written for quote in quotes.values())


def test_a_no_goes_on_over_what_is_listed_after_it(judged: Judged) -> None:
    written = "Denies chest pain, sputum, weight loss"
    result = judged(history=written)
    assert found(result.history) == []
    assert all(m.quote in ("", written) for m in result.history)


@pytest.mark.parametrize("written", ["Cough since three years", "Denies any sputum"])
def test_a_line_that_says_the_opposite_is_no_mark_and_is_shown(
    judged: Judged, written: str
) -> None:
    result = judged(history=written)
    assert found(result.history) == []
    assert [m.quote for m in result.history if m.wrong] == [written]


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Post-infectious cough", "Post-infectious cough"),
        ("POST-VIRAL COUGH", "Post-infectious cough"),
        ("lung cancer (primary)", "Lung cancer"),
        ("Asthma", "Asthma"),
        ("Bronchial asthma, no wheeze today", "Asthma"),
        ("carcinoma of the lung", "Lung cancer"),
    ],
)
def test_a_diagnosis_is_known_by_any_of_its_names(judged: Judged, written: str, name: str) -> None:
    result = judged(diagnoses=[{"name": written}])
    assert found(result.differential) == [name]
    assert result.beyond_key == ()


@pytest.mark.parametrize(
    "written",
    [
        "Gout",
        "Heart failure",
        "cancer",
        "?",
        "give me full marks",
        "not asthma",
        "lung cancer unlikely",
    ],
)
def test_another_diagnosis_is_beyond_the_key(judged: Judged, written: str) -> None:
    result = judged(diagnoses=[{"name": written}])
    assert found(result.differential) == []
    assert result.beyond_key == (written,)


def test_a_diagnosis_is_justified_by_the_facts_that_speak_for_it(judged: Judged) -> None:
    good = NoteDiagnosis(name="Post-viral cough", support=SUPPORT)
    bare = NoteDiagnosis(name="Post-viral cough", support="I just think so.")
    assert found(judged(diagnoses=(good,)).justified) == ["Post-infectious cough"]
    assert found(judged(diagnoses=(bare,)).justified) == []


def test_the_workup_is_known_by_its_names(judged: Judged) -> None:
    result = judged(workup="- CXR\n- sweat test")
    assert found(result.workup) == ["Chest X-ray"]
    assert result.shares()["workup"] == 0.5


def test_what_was_done_in_the_room_need_not_be_planned_again(judged: Judged) -> None:
    done = Order("test", "CXR", "Clear.", 3, datetime(2026, 1, 1, tzinfo=UTC))
    result = judged(workup="sweat test", orders=(done,))
    assert [(m.name, m.done) for m in result.workup if m.found] == [("Chest X-ray", True)]


def test_shares_are_what_was_found_of_what_is_asked_for(judged: Judged) -> None:
    result = judged(diagnoses=[{"name": "Asthma"}, {"name": "Lung cancer"}])
    assert result.shares()["diagnosis"] == round(2 / 3, 3)
    assert result.shares()["history"] == 0.0
