from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.errors import TranscriptError
from simulator.patient.patient import Patient
from simulator.patient.replay import (
    Question,
    is_resident,
    read_questions,
    recognise,
    replay,
    resume,
)

OPEN = [("D", "What brings you in?"), ("P", "I can't get rid of this cough, doctor.")]


def asked(cough: Patient, *questions: dict[str, Any], fresh: bool = False) -> list[dict[str, Any]]:
    read = [Question.model_validate({"id": str(n), **q}) for n, q in enumerate(questions)]
    return list(replay(cough, read, "fresh" if fresh else "one"))


def test_a_line_has_the_shape_of_the_design(cough: Patient) -> None:
    [line] = asked(cough, {"text": "When did it start?"})
    assert line.pop("ms") > 0
    assert line.pop("sure")["onset"] > 0.4
    assert line.pop("acts")["ask"] > 0.5
    assert line == {
        "id": "0",
        "reply": "It began three weeks ago.",
        "told": ["onset"],
        "denied": [],
        "withheld": [],
        "act": "question_closed",
        "rapport": 0.3,
        "unknown": False,
    }
    assert json.loads(json.dumps(line)) == line


def test_told_holds_repeats_in_another_wording(cough: Patient) -> None:
    first, second = asked(cough, {"text": "When did it start?"}, {"text": "When did it start?"})
    assert first["told"] == second["told"] == ["onset"]
    assert first["reply"] != second["reply"]


def test_fresh_lines_know_nothing_of_each_other(cough: Patient) -> None:
    question = {"text": "When did it start?"}
    first, second = asked(cough, question, question, fresh=True)
    assert first["reply"] == second["reply"]


def test_lines_that_name_an_encounter_share_it(cough: Patient) -> None:
    a, b = (
        {"text": "When did it start?", "encounter": "a"},
        {"text": "Any fever?", "encounter": "b"},
    )
    lines = asked(cough, a, b, {**a, "encounter": "b"}, a, fresh=True)
    assert lines[0]["reply"] == lines[2]["reply"] != lines[3]["reply"]


def test_what_came_before_is_remembered_by_its_own_line_alone(cough: Patient) -> None:
    more = {"text": "Tell me more."}
    with_past, without = asked(cough, {**more, "before": OPEN}, more)
    assert with_past["told"] == ["cold", "shift"]
    assert without["told"] == ["cough"]


def test_what_the_patient_told_elsewhere_counts_as_told(cough: Patient) -> None:
    state = resume(cough, [("D", "Hello."), ("P", "It began three weeks ago.")])
    assert state.told == {"onset": 1}


def test_a_long_conversation_elsewhere_is_taken_in(cough: Patient) -> None:
    assert resume(cough, [("D", "x" * 100_000)]).turns == 1


@pytest.mark.parametrize(
    ("speaker", "resident"),
    [("D", True), ("Doctor", True), ("resident", True), ("user", True), (" d ", True),
     ("Physician", True), ("Dr. Brown", True), ("P", False), ("patient", False),
     ("assistant", False), ("Daughter", False), ("Caregiver", False)],
)  # fmt: skip
def test_the_one_who_asks_is_known_by_the_speakers_name(speaker: str, resident: bool) -> None:
    assert is_resident(speaker) is resident


@pytest.mark.parametrize("speaker", ["", "X", "narrator"])
def test_a_speaker_who_may_be_either_side_is_asked_about(speaker: str) -> None:
    with pytest.raises(TranscriptError, match="call the one who asks 'D'"):
        is_resident(speaker)


def test_a_fact_is_recognised_by_its_words_and_by_its_sense(cough: Patient) -> None:
    assert recognise(cough, "Well, it began three weeks ago. Really.") == ["onset"]
    assert "appendix" in recognise(cough, "I had my appendix taken out.")
    assert recognise(cough, "Nice weather, doctor.") == []
    assert recognise(cough, "") == []


def test_empty_lines_are_passed_over_and_numbers_may_be_ids() -> None:
    questions = read_questions(['{"id": 7, "text": "Any fever?"}', "", "  \n"], "q.jsonl")
    assert questions == [Question(id="7", text="Any fever?")]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", r"q\.jsonl:2: is not JSON"),
        ('{"id": "a"}', r"q\.jsonl:2 text: Field required; a line is "),
        ('["a"]', r"q\.jsonl:2 line: "),
        ('{"id": "a", "text": "b", "before": [["D"]]}', r"q\.jsonl:2 before\.0\.1: Field required"),
    ],
)
def test_a_broken_line_is_named_with_its_number_and_what_would_do(line: str, message: str) -> None:
    with pytest.raises(TranscriptError, match=message):
        read_questions(['{"id": 1, "text": "Any fever?"}', line], "q.jsonl")
