"""The plain-text shape: one fact a line, in the patient's words, and nothing dropped unsaid."""

from __future__ import annotations

import pytest

from bench.imports import plain_cases
from simulator.errors import ScriptError
from simulator.scripts.formats import Imported, read_case, write_case
from simulator.scripts.formats.story import read_line
from simulator.scripts.parsing import parse_script

CASE = """\
# written in a hurry
[CASE]
id: Cough 1
name: Ben Harris
age: 46
occupation: bus driver
setting: Family practice
complaint: cough
opening: Say “I can’t shake this cough, doctor.”
[VITALS]
BP: 132/84
Heart rate: 88
Temp: 99.5 F
[TIMING]
consultation: 12 minutes
note: 8
[TASK]
- Take a focused history
[PERSONA]
You are Ben Harris, a 46-year-old man. You are worried. You live over a pub.
[STORY]
It started three weeks ago, with a cold.
You bring up white phlegm, and it wakes you at night.
# not a fact
(only if asked) You smoke five a day.
If the doctor asks about your weight: Say "I've lost half a stone."
You have no fever.
Do not mention the affair.
[EXAMINE]
chest: scattered wheeze
otherwise: normal
[QUESTIONS]
Asks about smoking | smok*, cigarettes
Asks about tuberculosis | tb
[ANSWER]
most likely: Lung cancer
also accepted: bronchial carcinoma, tumour
tests: Chest x-ray, CT
pass diagnosis words: carcinoma*
pass test words: x-ray
teaching point: A cough of three weeks needs an x-ray.
miss note: You missed the weight loss.
[CREDIT]
Written by the teaching team.
"""


def read(text: str = CASE, name: str = "cough.txt") -> Imported:
    return read_case(text.encode(), name)


def test_each_line_of_the_story_is_one_fact_with_its_number() -> None:
    facts = read().script.facts
    assert [f.id for f in facts] == [f"story-{n}" for n in range(1, 7)]
    assert facts[1].says == "I bring up white phlegm, and it wakes me at night."
    assert facts[3].says == "I've lost half a stone."


def test_what_is_told_only_if_asked_stands_in_the_tier_asked_and_the_rest_is_open() -> None:
    tiers = [f.tell for f in read().script.facts]
    assert tiers == ["open", "open", "asked", "asked", "open", "never"]


def test_a_condition_becomes_an_example_question_and_a_no_a_negative_fact() -> None:
    facts = read().script.facts
    assert facts[3].asks == ("Can you tell me about your weight?",)
    assert facts[4].polarity == "negative"


def test_the_door_has_what_the_case_says() -> None:
    door = read().script.doorway
    assert (door.name, door.age, door.sex) == ("Ben Harris", 46, "male")
    assert (door.minutes, door.note_minutes, door.concern) == (12, 8, "Cough")
    assert door.vitals == {"bp": "132/84", "pulse": 88, "temp_c": 37.5}
    assert read().script.opening == "I can't shake this cough, doctor."


def test_the_answer_becomes_the_note_key_and_the_debrief() -> None:
    script = read().script
    assert script.note_key.diagnosis == "Lung cancer"
    assert script.note_key.differential[0].also == ("bronchial carcinoma", "tumour", "carcinoma")
    assert [w.name for w in script.note_key.workup] == ["Chest x-ray", "CT"]
    assert script.note_key.workup[0].also == ("x-ray",)
    assert script.debrief.teaching_points[1].text == "If missed: You missed the weight loss."


def test_a_question_rests_on_the_facts_that_its_words_name() -> None:
    smoking, tuberculosis = read().script.checklist
    assert smoking.facts == ("story-3",)
    assert not tuberculosis.facts
    assert any("Asks about tuberculosis" in said for said in read().needs_human)


def test_a_question_about_what_nobody_wrote_rests_on_topics_where_they_are_known() -> None:
    topics = {"tb": ["pmh.tuberculosis"]}
    found = read_case(CASE.encode(), "c.txt", topics_in=lambda word: topics.get(word, ()))
    assert found.script.checklist[1].topics == ("pmh.tuberculosis",)


def test_what_no_field_holds_is_named_with_its_line_and_kept_as_a_comment() -> None:
    found = read()
    assert any(
        said.startswith("cough.txt:20 ") and "over a pub" in said for said in found.needs_human
    )
    assert "# [PERSONA] You live over a pub." in found.text
    assert parse_script(found.text, "draft.yaml")[0] == found.script


@pytest.mark.parametrize(
    "text",
    [
        "\ufeff" + CASE,
        CASE.replace("\n", "\r\n"),
        CASE.replace("[STORY]\n", "[story]\n\t"),
        CASE.replace("You smoke", "You  smoke\t"),
        CASE.replace("[QUESTIONS]", " [ Questions ] "),
    ],
)
def test_marks_line_ends_tabs_and_case_of_headers_make_no_difference(text: str) -> None:
    assert read(text).script == read().script


def test_utf_16_and_windows_files_are_read_too() -> None:
    assert read_case(CASE.encode("utf-16"), "c.txt").script == read().script
    windows = read_case(CASE.encode("cp1252"), "cough.txt")
    assert windows.script == read().script
    assert windows.needs_human[0].startswith("cough.txt:9 file: is not UTF-8")


def test_an_age_that_is_missing_or_no_number_is_named() -> None:
    text = CASE.replace("age: 46", "age: forties").replace(", a 46-year-old man", "")
    found = read(text)
    assert found.script.doorway.age == 50
    assert "cough.txt:5 the age 'forties' is no number of years" in found.needs_human
    assert any("no age was found" in said for said in found.needs_human)


def test_an_unknown_language_and_an_unknown_section_are_named() -> None:
    found = read(CASE.replace("age: 46", "age: 46\nlanguage: tlh") + "[SECRETS]\nnone\n")
    assert any("'tlh' is not spoken here" in said for said in found.needs_human)
    assert any("[SECRETS] is no section" in said for said in found.needs_human)


def test_a_diagnosis_in_the_patients_mouth_is_named() -> None:
    found = read(CASE.replace("You have no fever.", "You are afraid of lung cancer."))
    assert any("diagnosis 'lung cancer' is in the patient's mouth" in s for s in found.needs_human)


def test_a_line_that_is_too_long_is_cut_named_and_kept() -> None:
    found = read(CASE.replace("You have no fever.", "You cough " + "and cough " * 80))
    assert len(found.script.facts[4].says) <= 600
    assert any("story-5 is longer than 600 characters" in said for said in found.needs_human)
    assert "# fact story-5 goes on:" in found.text


def test_a_text_without_sections_is_refused_as_plain_text_and_an_empty_one_always() -> None:
    with pytest.raises(ScriptError, match="has no section such as"):
        read_case(b"Just prose.", "c.txt", "text")
    with pytest.raises(ScriptError, match="is empty"):
        read_case(b" \n", "c.txt")


@pytest.mark.parametrize(
    ("line", "says", "tell", "asks"),
    [
        (
            "If asked whether you smoke, you say you stopped.",
            "I stopped.",
            "asked",
            ["Do you smoke?"],
        ),
        ("Say “It’s nothing.”", "It's nothing.", "open", []),
        ("(Only if asked): you drink", "I drink.", "asked", []),
        ("If you lie flat, you get breathless.", "If I lie flat, I get breathless.", "open", []),
        ("Tell the doctor your wife made you come.", "My wife made me come.", "open", []),
        (
            "When the doctor asks if you have ever been in hospital: once, for your hip",
            "Once, for my hip.",
            "asked",
            ["Have you ever been in hospital?"],
        ),
        (
            "If asked about pain, cough or fever, deny any of these.",
            "No, nothing like that.",
            "asked",
            ["Can you tell me about pain, cough or fever?"],
        ),
        ("Never mention your son.", "Never mention your son.", "never", []),
    ],
)
def test_a_line_says_what_is_told_and_when(
    line: str, says: str, tell: str, asks: list[str]
) -> None:
    told = read_line(line)
    assert (told.says, told.tell, list(told.asks)) == (says, tell, asks)


@pytest.mark.parametrize("data", list(plain_cases()), ids=range(40))
def test_forty_cases_of_every_sort_are_read_each_with_a_list_for_a_human(data: bytes) -> None:
    found = read_case(data, "case.txt")
    named, text = " ".join(found.needs_human), data.decode("utf-8-sig")
    assert ("[NOTES] is no section" in named) == ("[NOTES]" in text)
    assert ("note: eight" in named) == ("note: eight" in text)
    assert ("no sex was found" in named) == (found.script.doorway.sex == "not stated")
    assert ("no diagnosis was found" in named) == (not found.script.note_key.diagnosis)
    assert found.script.status == "draft"
    assert [f.id for f in found.script.facts] == [
        f"story-{n + 1}" for n in range(len(found.script.facts))
    ]
    assert parse_script(found.text, "draft.yaml")[0] == found.script


@pytest.mark.parametrize("data", list(plain_cases()), ids=range(40))
def test_a_plain_text_case_is_the_same_after_another_round(data: bytes) -> None:
    first = read_case(data, "case.txt").script
    again = write_case(first, "text")
    second = read_case(again.data, "case.txt").script
    assert second.facts == first.facts
    assert second.doorway.model_dump(exclude={"sex"}) == first.doorway.model_dump(exclude={"sex"})
    assert second.examination == first.examination
    assert second.note_key == first.note_key
    assert second.debrief == first.debrief
