from __future__ import annotations

from typing import Any

import pytest

from simulator.errors import TranscriptError
from simulator.evaluator.notes import as_note


@pytest.mark.parametrize(
    "data",
    [
        {"hpi": "Coughs.", "ddx": ["Asthma", "Reflux"], "plan": "X-ray"},
        {"Hx": ["Coughs."], "Differential Diagnosis": "1. Asthma\n2. Reflux", "Work-up": ["X-ray"]},
        {"subjective": "Coughs.", "assessment": "- Asthma\n- Reflux", "plan": "X-ray"},
        {"history": "Coughs.", "diagnoses": [{"diagnosis": "Asthma"}, "Reflux"], "tests": "X-ray"},
        "HPI: Coughs.\n\nAssessment:\n1) Asthma\n2) Reflux\n\nPlan: X-ray",
        ["**S:** Coughs.", "**A:** Asthma", "Reflux", "**P:** X-ray"],
    ],
)
def test_the_parts_of_a_note_are_known_by_their_usual_names(data: Any) -> None:
    note = as_note(data)
    assert (note.history, note.workup) == ("Coughs.", "X-ray")
    assert [d.name for d in note.diagnoses] == ["Asthma", "Reflux"]


def test_what_was_found_on_examination_is_history() -> None:
    assert as_note({"subjective": "Coughs.", "objective": "Wheeze."}).history == "Coughs.\nWheeze."


@pytest.mark.parametrize("data", ["She coughs.\nAt night.", ["She coughs.", "At night."]])
def test_a_note_without_parts_is_history(data: Any) -> None:
    assert as_note(data).history == "She coughs.\nAt night."


def test_diagnoses_that_are_no_names_are_refused() -> None:
    with pytest.raises(TranscriptError, match="note.diagnoses: 3 is not a list of names"):
        as_note({"diagnoses": 3})
