"""The AgentClinic shape: whatever its parts hold, a draft that plays and a list for a human."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.imports import osce_cases
from simulator.errors import ScriptError
from simulator.scripts.formats import Imported, read_case, read_cases
from simulator.scripts.formats.drafting import STAND_IN_AGE
from simulator.scripts.parsing import parse_script

OSCE: dict[str, Any] = {
    "Objective_for_Doctor": "Assess and diagnose the patient with double vision.",
    "Patient_Actor": {
        "Demographics": "35-year-old female",
        "History": "The patient reports a 1-month history of double vision. She denies injuries.",
        "Symptoms": {"Primary_Symptom": "Double vision", "Secondary_Symptoms": ["Weak arms"]},
        "Past_Medical_History": "No significant past medical history.",
        "Social_History": "Non-smoker, drinks alcohol occasionally. Works as a designer.",
        "Review_of_Systems": "Denies rashes or joint pain.",
    },
    "Physical_Examination_Findings": {
        "Vital_Signs": {"Temperature": "97.9°F", "Blood_Pressure": "125/80 mmHg", "GCS": "15"},
        "Neurological_Examination": {"Motor_Strength": {"Upper_Limbs": "4/5"}, "Gait": "Normal"},
    },
    "Test_Results": {"Imaging": {"Chest_CT": {"Findings": "Normal"}}},
    "Correct_Diagnosis": "Myasthenia gravis",
}


def read(**changes: Any) -> Imported:
    data = json.dumps({"OSCE_Examination": {**OSCE, **changes}}).encode()
    return read_case(data, "case.json")


def test_the_actor_speaks_of_himself() -> None:
    facts = {f.id: f.says for f in read().script.facts}
    assert facts["primary-symptom"] == "I have double vision."
    assert facts["history-1"] == "I've had double vision for 1 month."
    assert facts["history-2"] == "I haven't had any injuries."
    assert facts["social-1"] == "I'm a non-smoker and I drink alcohol occasionally."
    assert facts["review-1"] == "I haven't had any rashes or joint pain."
    assert read().script.fact("review-1").polarity == "negative"


def test_door_findings_and_results_are_in_their_places() -> None:
    script = read().script
    assert (script.doorway.age, script.doorway.sex) == (35, "female")
    assert script.doorway.vitals == {"temp_c": 36.6, "bp": "125/80"}
    found = {m.manoeuvre: m.finding for m in script.examination}
    assert found["Neurological examination"] == "Motor strength, Upper limbs: 4/5. Gait: Normal."
    assert found["Vital signs"] == "GCS: 15."
    assert script.tests[0].result == "Chest CT: Normal."
    assert script.note_key.diagnosis == "Myasthenia gravis"


def test_each_fact_stands_below_the_words_it_came_from() -> None:
    found = read()
    assert found.sources["history-2"] == "She denies injuries."
    assert "  # She denies injuries.\n  - id: history-2\n" in found.text


def test_a_part_that_the_shape_does_not_know_is_named() -> None:
    found = read(Treatment={"First_line": "Pyridostigmine"})
    assert any("Treatment: First line: Pyridostigmine" in said for said in found.needs_human)


def test_a_diagnosis_in_the_history_is_named() -> None:
    actor = {**OSCE["Patient_Actor"], "History": "She thinks it is myasthenia gravis."}
    found = read(Patient_Actor=actor)
    assert any("in the patient's mouth" in said for said in found.needs_human)


def test_a_file_of_several_cases_gives_them_all_and_says_so() -> None:
    lines = b"\n".join(json.dumps({"OSCE_Examination": OSCE}).encode() for _ in range(3))
    assert len(read_cases(lines, "cases.jsonl")) == 3
    assert read_case(lines, "c.jsonl").needs_human[0] == "c.jsonl holds 3 cases; this is the first"


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ('{"OSCE_Examination": {', r"c.json:1 json: cannot be read"),
        ('{"a": 1}', "holds no case"),
        ("[]", "holds no case"),
        ("{" * 100_000, "cannot be read"),
    ],
)
def test_what_is_no_case_is_refused_in_one_sentence(text: str, why: str) -> None:
    with pytest.raises(ScriptError, match=why):
        read_case(text.encode(), "c.json", "agentclinic")


@pytest.mark.parametrize("data", list(osce_cases()), ids=range(100))
def test_a_hundred_cases_of_every_sort_are_read_each_with_a_list_for_a_human(data: bytes) -> None:
    found = read_case(data, "case.json")
    named = " ".join(found.needs_human)
    door, osce = found.script.doorway, json.loads(data)["OSCE_Examination"]
    assert ("no age was found" in named) == (door.age == STAND_IN_AGE)
    assert ("no sex was found" in named) == (door.sex == "not stated")
    assert ("no diagnosis was found" in named) == (not found.script.note_key.diagnosis)
    assert ("Treatment: " in named) == ("Treatment" in osce)
    assert parse_script(found.text, "draft.yaml")[0] == found.script


ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=40),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3)
    ),
    max_leaves=8,
)


OTHERS = {k: ANYTHING for k in OSCE if k != "Patient_Actor"}


@settings(max_examples=60, deadline=None)
@given(st.fixed_dictionaries({"Patient_Actor": ANYTHING}, optional=OTHERS))
def test_whatever_the_parts_hold_there_is_a_draft_that_loads(osce: dict[str, Any]) -> None:
    found = read_case(json.dumps({"OSCE_Examination": osce}).encode(), "case.json")
    assert parse_script(found.text, "draft.yaml")[0] == found.script
