"""Vignettes as they are written: forms, bullets, notes in short hand, British and American."""

from __future__ import annotations

import pytest

from simulator.scripts.formats.demographics import age_in, sex_in
from simulator.scripts.formats.drafting import Imported
from simulator.scripts.formats.vignette import read_vignette

FORM = """\
**Name:** Omar Said   Age/Sex: 52/M   Occupation: tanner
Setting: Skin clinic
Presenting problem: Itchy hands

Story
- Started on the finger webs
- Wears thin gloves at work
Drugs: nil
Allergies: NKDA
Family Hx: mother - asthma
Social: lives with wife, smokes ten a day
Concerns: losing his job
Patch test: chromate positive
Dx: Contact dermatitis
"""
PROSE = """\
Mrs Edna Vale is a 71-year-old retired florist who presents to her GP with six weeks of aching
shoulders. She's lost 3 kg, and her husband says she's been slow. She denies fever, chills, or
weight gain. Her past medical history is significant for asthma.

PMHx: nil of note. DHx: amlodipine 5 mg. NKDA.
Allergies: penicillin (rash)
O/E: Temp 37.1 C, BP 138/82
Abdomen: soft
Chest: clear
Bloods: CRP 42 mg/L
Impression: Polymyalgia rheumatica
"""
NOTES = """\
CC: "I can't see right."
HPI: Mr. Dale Marsh is a 64 y.o. M who presents to the ED with eye pain. Pain is 9/10.
VS: T 98.2 F, BP 160/90, HR 92
A/P: Acute glaucoma
"""


def draft(text: str) -> Imported:
    return read_vignette(text, "v.txt").finish()


def says(found: Imported) -> list[str]:
    return [f.says for f in found.script.facts]


def test_the_fields_of_a_form_go_to_the_doorway_and_none_to_the_patients_mouth() -> None:
    script = draft(FORM).script
    door = script.doorway
    assert (door.name, door.age, door.sex) == ("Omar Said", 52, "male")
    assert (door.setting, door.concern) == ("Skin clinic", "Itchy hands")
    assert script.patient.occupation == "tanner"
    assert not any("Omar" in f.says or "Setting" in f.says for f in script.facts)


def test_what_stands_under_a_short_heading_becomes_a_sentence_of_its_kind() -> None:
    found = draft(FORM)
    assert {
        "I don't take any regular medicines.",
        "I've no allergies that I know of.",
        "My mother has had asthma.",
        "I live with my wife, smoke ten a day.",
        "I worry about losing my job.",
    } <= set(says(found))
    assert found.script.tests[0].name == "Patch test"
    assert found.script.note_key.diagnosis == "Contact dermatitis"


def test_a_sentence_that_names_the_patient_introduces_them() -> None:
    script = draft(PROSE).script
    assert (script.doorway.name, script.doorway.age) == ("Edna Vale", 71)
    assert script.doorway.concern == "Aching shoulders"
    assert script.patient.occupation == "retired florist"
    assert script.facts[0].says == "I have six weeks of aching shoulders."


def test_what_is_denied_in_one_breath_is_one_fact_each() -> None:
    facts = [f for f in draft(PROSE).script.facts if f.says.startswith("I haven't had any")]
    assert [f.says.split("any ")[1] for f in facts] == ["fever.", "chills.", "weight gain."]
    assert {f.polarity for f in facts} == {"negative"}


def test_short_forms_headings_within_a_line_and_relatives_are_put_into_words() -> None:
    found = says(draft(PROSE))
    assert "I've lost 3 kg, and my husband says I've been slow." in found
    assert "I've had asthma." in found
    assert "I've had no serious illness." in found
    assert "I take amlodipine 5 mg." in found
    assert "I am allergic to penicillin (rash)." in found


def test_lines_that_were_not_wrapped_stay_apart_and_findings_keep_to_their_part() -> None:
    script = draft(PROSE).script
    assert script.doorway.vitals == {"temp_c": 37.1, "bp": "138/82"}
    found = {m.manoeuvre: m.finding for m in script.examination}
    assert found["Abdominal examination"] == "Abdomen: soft"
    assert found["Chest examination"] == "Chest: clear"
    assert script.note_key.diagnosis == "Polymyalgia rheumatica"


def test_a_complaint_in_the_patients_words_is_the_opening() -> None:
    found = draft(NOTES)
    assert found.script.opening == "I can't see right."
    assert (found.script.doorway.age, found.script.doorway.sex) == (64, "male")
    assert found.script.note_key.diagnosis == "Acute glaucoma"
    assert not any(" y.o" in line for line in says(found))


@pytest.mark.parametrize(
    ("text", "age", "sex"),
    [
        ("Age: 4, born at 39 weeks", 4, ""),
        ("52/M", 52, "male"),
        ("a 2 day history in a 45-year-old man", 45, "male"),
        ("a boy of 8 months old", 0, "male"),
        ("Temp 98.2 F in a man of 30 years", 30, "male"),
        ("his mother died at age 70; he is 45 years old", 45, ""),
        ("Marco Rossi, 38, a chef", 38, ""),
        ("19F with pain", 19, "female"),
    ],
)
def test_age_and_sex_are_found_beside_other_numbers(text: str, age: int, sex: str) -> None:
    assert age_in(text) == age
    if sex:
        assert sex_in(text) == sex


def test_a_list_of_medicines_is_on_medicines_whatever_it_names() -> None:
    topics = {f.id: f.topic for f in draft(PROSE).script.facts}
    assert topics["medicines-1"] == "meds.current"
    assert topics["allergies-1"] == "allergy.drug"
