"""The schema: what must stand in a script, what may be left out, what cannot be changed."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from simulator.scripts.schema import TIERS, PatientScript, json_schema
from tests.conftest import SMALL_SCRIPT, make_script

REQUIRED = ["schema", "id", "version", "title", "doorway", "opening"]
DOORWAY = SMALL_SCRIPT["doorway"]


@pytest.mark.parametrize("field", REQUIRED)
def test_a_script_without_a_required_field_is_refused(field: str) -> None:
    data = {k: v for k, v in SMALL_SCRIPT.items() if k != field}
    with pytest.raises(ValidationError, match=field):
        PatientScript.model_validate(data)


def test_a_script_of_the_required_fields_alone_is_a_draft_that_plays() -> None:
    script = PatientScript.model_validate({k: SMALL_SCRIPT[k] for k in REQUIRED})
    assert (script.status, script.facts, script.answers_no_by_default) == ("draft", (), True)
    assert script.communication.rubric == "vsp-comm-9"


def test_a_fact_is_told_when_asked_unless_the_script_says_otherwise() -> None:
    assert make_script().fact("onset").tell == "asked"
    assert make_script().fact("drink").tell == "trust"


def test_a_fact_that_is_not_there_is_named() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        make_script().fact("nowhere")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("doorway", {**DOORWAY, "age": 121}),
        ("doorway", {**DOORWAY, "age": -1}),
        ("doorway", {**DOORWAY, "minutes": 0}),
        ("doorway", {**DOORWAY, "shoe_size": 40}),
        ("facts", [{"id": "a", "says": "x", "tels": "open"}]),
        ("cues", [{"id": "a", "says": "x", "width": "knee"}]),
        ("note_key", {"diagnoses": "x"}),
        ("opening", "   "),
        ("opening", "x" * 601),
        ("status", "finished"),
        ("denies", ["fever"]),
        ("patient", {"speech": "D"}),
        ("facts", [{"id": "a b", "says": "x"}]),
        ("checklist", [{"id": "a", "text": "x", "weight": 0}]),
        ("challenges", [{"id": "a", "says": "x", "when": {"after_minutes": -1}}]),
        ("challenges", [{"id": "a", "says": "x", "when": {"after_minutes": float("inf")}}]),
        ("challenges", [{"id": "a", "says": "x", "when": {"after_turns": 10**400}}]),
        ("tests", [{"name": "a", "result": "x", "minutes": float("nan")}]),
        ("doorway", {**DOORWAY, "vitals": {"pulse": 10**400}}),
        ("doorway", {**DOORWAY, "vitals": {"temp_c": float("nan")}}),
    ],
)
def test_a_value_out_of_bounds_is_refused(field: str, value: Any) -> None:
    with pytest.raises(ValidationError, match=field):
        make_script(**{field: value})


def test_one_idea_may_be_written_without_brackets() -> None:
    persona = make_script(patient={"ideas": "fall", "concerns": ["knee"]}).patient
    assert (persona.ideas, persona.concerns) == (("fall",), ("knee",))


def test_a_script_cannot_be_changed_after_it_was_read() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        make_script().title = "Another"  # type: ignore[misc]


def test_a_script_written_out_and_read_back_is_the_same() -> None:
    script = make_script(cues=[{"id": "sigh", "says": "Oh well.", "with": "fall"}])
    assert script.cues[0].with_fact == "fall"
    assert PatientScript.model_validate(script.model_dump(mode="json", by_alias=True)) == script


def test_the_json_schema_speaks_of_fields_as_authors_write_them() -> None:
    schema = json_schema()
    assert set(schema["required"]) == set(REQUIRED)
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["Fact"]["properties"]["tell"]["enum"] == list(TIERS)
    assert "with" in schema["$defs"]["Cue"]["properties"]
