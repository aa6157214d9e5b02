"""Records: what a note and a self-assessment may hold."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.encounter.records import Note, NoteDiagnosis, SelfAssessment


@pytest.mark.parametrize(
    ("fields", "empty"),
    [
        ({}, True),
        ({"history": " \n "}, True),
        ({"diagnoses": (NoteDiagnosis(), NoteDiagnosis(support="Warm."))}, True),
        ({"history": "Fell."}, False),
        ({"diagnoses": (NoteDiagnosis(name="Sprain"),)}, False),
        ({"workup": "X-ray"}, False),
    ],
)
def test_a_note_is_empty_until_something_is_written(fields: dict[str, Any], empty: bool) -> None:
    assert Note(**fields).empty is empty


@pytest.mark.parametrize(
    "fields",
    [
        {"history": "x" * 20_001},
        {"workup": "x" * 10_001},
        {"diagnoses": [{"name": "x"}] * 6},
        {"diagnoses": [{"name": "x" * 301}]},
        {"score": 5},
    ],
)
def test_a_note_beyond_its_bounds_is_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(fields))):
        Note.model_validate(fields)


@pytest.mark.parametrize(
    "fields", [{"history": 0}, {"reasoning": 6}, {"went_well": "x" * 3001}, {"mood": 3}]
)
def test_a_self_assessment_is_a_mark_from_one_to_five_and_words(fields: dict[str, Any]) -> None:
    with pytest.raises(ValidationError, match=next(iter(fields))):
        SelfAssessment.model_validate(fields)
