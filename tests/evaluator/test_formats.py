from __future__ import annotations

import json
from typing import Any

import pytest

from simulator.errors import TranscriptError
from simulator.evaluator.formats import read_turns
from simulator.evaluator.speakers import load_speakers
from simulator.settings import ROOT

SPEAKERS = load_speakers(ROOT / "knowledge")
ASKED, TOLD = "Any trouble sleeping?", "I lie awake till three."
TALK = (("D", ASKED), ("P", TOLD))
Turns = tuple[tuple[str, str], ...]


def read(text: str) -> Turns:
    return read_turns(text, SPEAKERS, "t")[0]


def talk(first: str, second: str) -> str:
    return json.dumps({"turns": [[first, ASKED], [second, TOLD]]})


def part(text: str, kind: str = "text") -> list[dict[str, str]]:
    return [{"type": kind, "text": text}]


@pytest.mark.parametrize(
    "data",
    [
        {"turns": [["D", ASKED], ["P", TOLD]]},
        [["Doctor", ASKED], ["Patient", TOLD]],
        [[0.0, "Doctor", ASKED], [2.5, "Patient", TOLD]],
        {"turns": [["Doctor", ASKED, "00:01"], ["Patient", TOLD, "00:04"]]},
        {"turns": [{"who": "GP", "said": ASKED}, {"who": "Pt", "said": TOLD}]},
        {"Turns": [{"Speaker": "GP", "Text": ASKED}, {"Speaker": "Pt", "Text": TOLD}]},
        {"messages": [{"role": "user", "content": ASKED}, {"role": "assistant", "content": TOLD}]},
        [{"role": "user", "content": part(ASKED)}, {"role": "assistant", "content": part(TOLD)}],
        {"contents": [{"role": "user", "parts": [{"text": ASKED}]},
                      {"role": "model", "parts": [{"text": TOLD}]}]},
        [{"conversations": [{"from": "human", "value": ASKED}, {"from": "gpt", "value": TOLD}]}],
        {"dialogue": [{"participant": "Clinician", "utterance": ASKED},
                      {"participant": "Client", "utterance": TOLD}]},
        {"results": {"utterances": [{"speaker": "Dr", "transcript": ASKED},
                                    {"speaker": "Patient", "transcript": TOLD}]}},
        {"segments": [{"start": 0, "end": 2, "text": ASKED, "speaker": "Doctor"},
                      {"start": 2, "end": 4, "text": TOLD, "speaker": "Patient"}]},
        [{"message": {"author": {"role": "user"}, "content": {"parts": [ASKED]}}},
         {"message": {"author": {"role": "assistant"}, "content": {"parts": [TOLD]}}}],
        [{"doctor": ASKED, "patient": TOLD}],
        {"exchanges": [{"question": ASKED, "answer": TOLD}]},
        [{"Q": ASKED, "A": TOLD}],
        {"transcript": f"Doctor: {ASKED}\nPatient: {TOLD}"},
        {"conversation": f"Doctor: {ASKED} Patient: {TOLD}"},
        {"lines": [f"Doctor: {ASKED}", f"Patient: {TOLD}"]},
        {"segments": [{"text": f"Doctor: {ASKED}"}, {"text": f"Patient: {TOLD}"}]},
        {"speaker": ["Doctor", "Patient"], "text": [ASKED, TOLD]},
        {"turns": {"1": {"speaker": "D", "text": ASKED}, "2": {"speaker": "P", "text": TOLD}}},
    ],
)  # fmt: skip
def test_json_of_any_likely_shape_is_read(data: Any) -> None:
    assert read(json.dumps(data)) == TALK


@pytest.mark.parametrize(
    "text",
    [
        f'["D", "{ASKED}"]\n["P", "{TOLD}"]\n',
        f'{{"speaker": "D", "text": "{ASKED}"}}\n\n{{"speaker": "P", "text": "{TOLD}"}}',
        f"1\n00:00:01,000 --> 00:00:03,000\nDoctor: {ASKED}\n\n2\n00:00:04,000 --> "
        f"00:00:06,000\nPatient: I lie awake\n\n3\n00:00:06,000 --> 00:00:07,000\ntill three.\n",
        f"1\r\n00:00:01,000 --> 00:00:03,000\r\n[Doctor] {ASKED}\r\n\r\n2\r\n00:00:04,000 --> "
        f"00:00:06,000\r\n[Patient] {TOLD}\r\n",
        f"WEBVTT\nKind: captions\n\nNOTE made by hand\n\n00:01.000 --> 00:03.000\n<v Doctor>{ASKED}"
        f"</v>\n\n00:03.000 --> 00:05.000 align:start\n<v.quiet Patient><i>{TOLD}</i>",
        "WEBVTT\n\na-0\n00:01.000 --> 00:03.000\n<v Dr Anna Reed>Any trouble</v>\n\na-1\n00:03.000 "
        f"--> 00:04.000\n<v Dr Anna Reed>sleeping?</v>\n\nb\n00:04.000 --> 00:06.000\n<v Bo>{TOLD}",
        f"speaker,text\nDoctor,{ASKED}\nPatient,{TOLD}",
        f'Time;Role;Utterance\n0:01;Doctor;"{ASKED}"\n0:04;Patient;"{TOLD}"',
        f"id\tspeaker\tmessage\n1\tDoctor\t{ASKED}\n2\tPatient\t{TOLD}",
        f"D\t{ASKED}\nP\t{TOLD}",
        f"00:01,Doctor,{ASKED}\n00:05,Patient,{TOLD}",
        f"Doctor,Patient\n{ASKED},{TOLD}",
        f"| Speaker | Text |\n|---|---|\n| Doctor | {ASKED} |\n| Patient | {TOLD} |",
        f"\ufeffDoctor: {ASKED}\r\nPatient: {TOLD}\r\n",
        f"A visit in spring\n\nDOCTOR - {ASKED}\nPATIENT – I lie awake\n  till three.",
        f"[doctor] {ASKED}\n[patient] {TOLD}",
        f"[00:00:01] Doctor: {ASKED}\n[00:00:05] Patient: {TOLD}",
        f"0:01 Dr. Reed: {ASKED}\n0:05 Mrs Cole: {TOLD}",
        f"[00:00.000 --> 00:02.000] Doctor: {ASKED}\n[00:02.000 --> 00:04.000] Patient: {TOLD}",
        f"Doctor (00:01): {ASKED}\nPatient (sighing): {TOLD}",
        f"**Doctor:** {ASKED}\n\n**Patient**: {TOLD}",
        f"- _Doctor:_ {ASKED}\n- _Patient:_ {TOLD}",
        f"## Doctor\n\n{ASKED}\n\n## Patient\n\n{TOLD}",
        f"Doctor  0:01\n{ASKED}\n\nBo Cole  0:04\n{TOLD}",
        f"Q: {ASKED}\nA: {TOLD}",
        f"[10:00:03 AM] Dr Reed: {ASKED}\n[10:00:05 AM] Bo Cole: {TOLD}",
        f"Title: A visit\nDate: 3 May\n\nDoctor: {ASKED}\nPatient: {TOLD}",
        f'speaker,text\nDoctor,"Any trouble\nsleeping?"\nPatient,"{TOLD}"',
        f"turns:\n- speaker: Doctor\n  text: {ASKED}\n- speaker: Patient\n  text: {TOLD}\n",
    ],
)
def test_files_of_other_kinds_are_read(text: str) -> None:
    assert read(text) == TALK


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Doctor 1", "Patient 1"),
        ("DR.", "PT"),
        ("G.P.", "client"),
        ("Medical Student:", "Standardized patient"),
        ("med_student", "SP"),
        ("MS3", "Simulated Patient"),
        ("Nurse Practitioner", "Patient"),
        ("Physician assistant", "patient"),
        ("Resident physician (PGY-2)", "Patient (Anna)"),
        ("Interviewer", "Respondent"),
        ("I", "R"),
        ("Q", "A"),
        ("S", "P"),
        ("R", "P"),
        ("D", "R"),
        ("Examiner", "Actor"),
        ("Nurse", "Patient"),
        ("Dr Patel", "Anna"),
        ("Learner", "Mother"),
        ("Speaker 1 (doctor)", "Speaker 2 (patient)"),
        ("Bo", "Patient"),
        ("You", "Hannah Weiss"),
        ("AI doctor", "Human patient"),
    ],
)
def test_the_doctor_is_known_by_the_label_whoever_speaks_first(one: str, other: str) -> None:
    assert read(talk(one, other)) == TALK
    data = {"turns": [[other, TOLD], [one, ASKED]]}
    assert read(json.dumps(data)) == TALK[::-1]


@pytest.mark.parametrize("beside", ["Nurse", "Narrator", "system", "Examiner", "Anna", "tool"])
def test_what_bystanders_say_stays_out_and_keeps_its_number(beside: str) -> None:
    turns = [[beside, "Is she next?"], ["Doctor", ASKED], [beside, "Hm."], ["Patient", TOLD]]
    assert read(json.dumps(turns)) == (("P", ""), TALK[0], ("P", ""), TALK[1])


@pytest.mark.parametrize("beside", ["Mother", "[patient_guest]", "Patient's wife", "Interpreter"])
def test_who_answers_for_the_patient_is_on_the_patients_side(beside: str) -> None:
    turns = [["Doctor", ASKED], ["Patient", TOLD], [beside, "Do you? Every night?"]]
    assert read(json.dumps(turns)) == (*TALK, ("P", "Do you? Every night?"))


def test_turns_of_one_speaker_in_a_row_stay_apart() -> None:
    assert len(read(f"Doctor: Right.\nDoctor: {ASKED}\nPatient: Well.\nPatient: {TOLD}")) == 4


@pytest.mark.parametrize(
    "line",
    ["One thing: it is worse at night.", "My doctor said: rest.", "[sighs] It began\nat 10:30.",
     "3.30 this morning it woke me."],
)  # fmt: skip
def test_a_colon_or_a_bracket_within_a_speech_begins_no_turn(line: str) -> None:
    turns = read(f"Doctor: {ASKED}\nPatient: {TOLD}\n{line}\nDoctor: I see.\nPatient: Yes.")
    assert [s for s, _ in turns] == ["D", "P", "D", "P"]
    assert turns[1][1] == f"{TOLD} {line}".replace("\n", " ")


def test_an_unquoted_comma_in_the_last_column_is_part_of_the_words() -> None:
    assert read("speaker,text\nD,Well, any pain?\nP,No, none.")[0] == ("D", "Well, any pain?")


ASKS = ["What brings you in?", "When did it start?", "Do you smoke?", "Any fever?"]


def test_of_two_unknown_names_the_one_who_plainly_asks_is_the_doctor() -> None:
    turns = [line for q in ASKS for line in (["Speaker 2", q], ["Speaker 1", "Is it bad? Yes."])]
    assert [s for s, _ in read(json.dumps(turns))] == ["D", "P"] * 4


def test_without_question_marks_names_alone_decide_nothing() -> None:
    turns = [[who, w] for q in ASKS for who, w in (("X", q.rstrip("?")), ("Y", "Yes."))]
    with pytest.raises(TranscriptError, match="'X' and 'Y'"):
        read(json.dumps(turns))


def test_beside_a_known_patient_the_other_is_the_doctor_without_any_marks() -> None:
    assert read("Bo: any pain\nPatient: some") == (("D", "any pain"), ("P", "some"))


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        (talk("Anna", "Bo"), "'Anna' and 'Bo'"),
        (talk("A", "B"), "'A' and 'B'"),
        (json.dumps([["Anna", ASKED]]), "speaker 'Anna'"),
        (json.dumps([["Anna", ASKED], ["Bo", TOLD], ["Cy", "Hm."]]), "'Anna', 'Bo' and 'Cy'"),
        (json.dumps([["Bo", TOLD], ["Patient", ASKED]]), "'Bo' and 'Patient'"),
        (json.dumps([["Mother", "He coughs."], ["Leo", "Do I have to?"]]), "'Mother' and 'Leo'"),
        (json.dumps([["P", TOLD]]), "only 'P' speaks, and no doctor"),
        ("Patient: I hurt.\nMother: He does.", "only 'Patient' and 'Mother' speak"),
        (json.dumps([["D", " "], ["P", TOLD]]), "only 'P' speaks"),
        (json.dumps([["D", ""], ["P", ""]]), "nobody says anything"),
        ('{"turns": []}', "t turns: holds no turns"),
        ('{"turns": null}', "t turns: Field required"),
        ('{"turns": [7]}', "t turns.0: 7 is no turn"),
        (json.dumps({"turns": [ASKED, TOLD]}), "no line of it names who speaks"),
        ("7", "no line of it names who speaks"),
        (json.dumps([{"turns": [["D", ASKED]]}] * 2), "holds 2 conversations"),
        ("A long tale without any names.", "no line of it names who speaks"),
        ('{"speaker": "D", "text": "x"}\n{"speaker": ', "t:2: is not JSON"),
        ("[" * 100_000, "t: is nested too deeply"),
        ("  \n", "t:1: is not JSON"),
        ("speaker,text\nPatient,It hurts.", "only 'Patient' speaks"),
    ],
)
def test_what_cannot_be_told_for_certain_is_refused_by_name(text: str, seen: str) -> None:
    with pytest.raises(TranscriptError) as refused:
        read(text)
    assert str(refused.value).startswith("t")
    assert seen in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_chat_whose_assistant_asks_is_not_scored_upside_down() -> None:
    turns = [m for q in ASKS for m in (["user", "It hurts."], ["assistant", q])]
    with pytest.raises(TranscriptError, match="'assistant' asks and 'user' answers"):
        read(json.dumps(turns))


@pytest.mark.parametrize(
    ("data", "note"),
    [
        ({"turns": TALK, "note": {"history": "x"}}, {"history": "x"}),
        ({"turns": TALK, "soap_note": ["a", "b"]}, ["a", "b"]),
        ({"turns": TALK, "assessment": "Insomnia", "seed": 3}, {"assessment": "Insomnia"}),
        ([*TALK, {"note": "x"}], "x"),
        ({"turns": TALK}, None),
    ],
)
def test_the_note_comes_with_the_turns(data: Any, note: Any) -> None:
    assert read_turns(json.dumps(data), SPEAKERS, "t") == (TALK, note)
