"""How imports fare: plain-text and AgentClinic-shaped cases, put together from parts and read.

The parts are of the project's own making; how they are put together is fixed by a seed.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

from simulator.errors import ScriptError
from simulator.scripts.formats import Imported, read_case
from simulator.settings import Settings

PLAIN, OSCE = 40, 100
PEOPLE = [
    ("Ada Brook", 34, "woman", "a florist"),
    ("Otto Feld", 71, "man", "a retired joiner"),
    ("Nia Okoro", 23, "woman", "a student"),
    ("Raj Menon", 52, "man", "a taxi driver"),
    ("Zoë Lindt", 45, "woman", "a nurse"),
    ("Tomas O'Hara", 60, "man", "a farmer"),
    ("Li Wei", 38, "man", "a programmer"),
    ("Grete Sand", 82, "woman", ""),
]
COMPLAINTS = [
    ("a cough", "I can’t shake this cough."),
    ("tummy pain", "My stomach’s been killing me."),
    ("a rash", "I've come out in this rash, doctor."),
    ("dizziness", "I keep coming over dizzy."),
    ("back pain", "It's my back, doctor."),
    ("tiredness", "I’m just so tired all the time."),
]
STORY = [
    "It began {n} days ago, when you were at work.",
    "You are worried it is something serious.",
    "It wakes you at night and keeps you awake.",
    "You’re sleeping badly and you've lost your appetite.",
    "(only if asked) You smoke {n} a day.",
    "(only if asked) You drink more than you let on to your wife.",
    "If the doctor asks about your family: your mother had the same when she was {n} years old.",
    'If the doctor asks whether you take any tablets: Say "Only what the chemist gave me."',
    "Say “I thought it would go away by itself.”",
    "You have no fever.",
    "You haven't been abroad.",
    "Your husband says you look grey, and he made you come.",
    "\tYou live with your two children.",
    "If asked about your work, you say you have been off for {n} days.",
    "- You are allergic to penicillin.",
    "When asked about stress, admit you are behind with the rent.",
    "Do not mention the affair.",
    "You were told you had a murmur when you were a child.",
    "# a remark for the author",
    "You had your appendix out at {n}, and you were in hospital for a week.",
    "It gets worse after you eat.",
    'Your neighbour said "you want to get that seen to" and drove you here.',
    "(only if asked) you stopped taking the tablets {n} weeks ago because they made you feel sick",
]
PERSONAS = [
    "You are anxious and talk fast.",
    "You are quiet.",
    "You are worried.",
    "You hate fuss.",
    "",
]
MARKS = ["", "\ufeff"]
DIAGNOSES = ["Lung cancer", "Gastric ulcer", "Psoriasis", "Anaemia", "Migraine", ""]
DEMOGRAPHICS: list[Any] = [
    "35-year-old female",
    "A 7-month-old boy",
    "68 y/o man",
    "Adult",
    "",
    {"Age": 40, "Gender": "Male"},
    "52-year-old woman named Rosa Diaz",
    None,
]
HISTORIES = [
    "The patient reports a {n}-day history of chest tightness. She notes that it worsens when "
    "she climbs stairs.",
    "He presents with {n} weeks of cough. He denies fever. His wife says that he snores.",
    "The patient states that the pain began suddenly while he was lifting boxes. It radiates "
    "to his left leg.",
    "She has had {n} episodes of dizziness. Dr. Hall told her to rest. Her mother says she "
    "looks pale.",
    "Progressive weakness of the legs. Unable to climb stairs. Works as a roofer and lives alone.",
    "",
]
SYMPTOMS: list[Any] = [
    {
        "Primary_Symptom": "Chest tightness",
        "Secondary_Symptoms": ["Fatigue", "Difficulty sleeping"],
    },
    {"Primary_Symptom": "Cough", "Secondary_Symptoms": "Night sweats"},
    {"Primary_Symptom": "Back pain"},
    {"Primary_Symptom": ["Dizziness", "Falls"], "Duration": "3 weeks"},
    "Headache",
    None,
]
NOTES = [
    "No significant past medical history.",
    "Hypertension, type 2 diabetes.",
    "Appendectomy in 2009.",
    "Non-smoker, drinks alcohol socially. Works as a teacher.",
    "Denies rashes, joint pain, or fever.",
    {"Smoking": "20 pack-years", "Alcohol": "None"},
    ["Asthma", "Eczema"],
    "",
    None,
    "Otherwise negative.",
]
EXAMS: list[Any] = [
    {
        "Vital_Signs": {
            "Temperature": "37.2°C (99.0°F)",
            "Blood_Pressure": "128/82 mmHg",
            "Heart_Rate": "88 bpm",
        },
        "Chest_Examination": {
            "Auscultation": "Clear",
            "Percussion": {"Left": "Dull", "Right": "Resonant"},
        },
    },
    {"Vital_Signs": "Afebrile, stable", "Skin": "Plaques on the elbows"},
    "Unremarkable",
    None,
    {"Neurological_Examination": ["Reflexes brisk", "Gait wide-based"]},
]
RESULTS: list[Any] = [
    {"Blood_Tests": {"Hb": "9.8 g/dL (low)", "WBC": 7.1}, "ECG": {"Findings": "Sinus rhythm"}},
    {},
    None,
    {"Imaging": {"Chest_X-Ray": {"Findings": "Mass in the left upper lobe"}}},
    "Pending",
]


def plain_cases(count: int = PLAIN) -> Iterator[bytes]:
    """Plain-text cases, some with marks, tabs, Windows line ends and sections left out."""
    for number in range(count):
        pick = random.Random(number)  # noqa: S311 - the same cases each time
        name, age, noun, work = pick.choice(PEOPLE)
        complaint, opening = pick.choice(COMPLAINTS)
        story = pick.sample(STORY, pick.randint(4, len(STORY)))
        told = pick.choice((noun, "", f"{noun} of few words"))
        parts = [
            f"[CASE]\nid: case {number}\nname: {name}\n" + (f"age: {age}\n" if number % 5 else ""),
            f"occupation: {work}\nsetting: Clinic\ncomplaint: {complaint}\nopening: {opening}\n",
            "[VITALS]\nBP: 132/84\nHR: 88\n" if number % 3 else "",
            "[TIMING]\nconsultation: 12\nnote: eight\n" if number % 4 else "",
            f"[PERSONA]\nYou are {name}, a {age}-year-old {told}. {pick.choice(PERSONAS)}\n",
            "[STORY]\n" + "\n".join(s.format(n=pick.randint(2, 40)) for s in story) + "\n",
            "[EXAMINE]\nchest: clear\nabdomen: soft\notherwise: normal\n" if number % 2 else "",
            "[QUESTIONS]\nAsks about smoking | smok*\nAsks when it began | days, began\nAsks "
            "about travel\n",
            f"[ANSWER]\nmost likely: {pick.choice(DIAGNOSES)}\ntests: Chest x-ray, "
            f"CT\nteaching point: Ask.\n",
            "[CREDIT]\nOur own.\n" if number % 7 else "[NOTES]\nnothing\n",
        ]
        text = pick.choice(MARKS) + "".join(parts)
        yield (text.replace("\n", "\r\n") if number % 6 == 0 else text).encode()


def osce_cases(count: int = OSCE) -> Iterator[bytes]:
    """Cases of the AgentClinic shape, some with parts that are missing or of another type."""
    for number in range(count):
        pick = random.Random(1000 + number)  # noqa: S311 - the same cases each time
        history = pick.choice(HISTORIES).format(n=pick.randint(2, 12))
        actor = {
            "Demographics": pick.choice(DEMOGRAPHICS),
            "History": history,
            "Symptoms": pick.choice(SYMPTOMS),
            "Past_Medical_History": pick.choice(NOTES),
            "Social_History": pick.choice(NOTES),
            "Review_of_Systems": pick.choice(NOTES),
        }
        osce: dict[str, Any] = {
            "Objective_for_Doctor": "Assess and diagnose the patient.",
            "Patient_Actor": {k: v for k, v in actor.items() if pick.random() > 0.1},
            "Physical_Examination_Findings": pick.choice(EXAMS),
            "Test_Results": pick.choice(RESULTS),
            "Correct_Diagnosis": pick.choice(DIAGNOSES),
        }
        if number % 9 == 0:
            osce["Treatment"] = {"First_line": "Rest"}
        yield json.dumps({"OSCE_Examination": osce}).encode()


def measure(arguments: list[str], settings: Settings) -> dict[str, Any]:
    """Read all cases: how many make a draft, with how many facts and things for a human."""
    shapes = {"plain text": (plain_cases(), "txt"), "AgentClinic": (osce_cases(), "json")}
    figures: dict[str, Any] = {}
    for shape, (cases, suffix) in shapes.items():
        started = time.perf_counter()
        read = [_read(case, f"{n}.{suffix}") for n, case in enumerate(cases)]
        seconds = time.perf_counter() - started
        drafts = [r for r in read if isinstance(r, Imported)]
        listed = [len(d.needs_human) for d in drafts]
        figures[shape] = {
            "n": len(read),
            "drafts": len(drafts),
            "refused with a sentence": len(read) - len(drafts),
            "facts": sum(len(d.script.facts) for d in drafts),
            "with a list for a human": sum(n > 0 for n in listed),
            "things on the lists": sum(listed),
            "seconds": round(seconds, 2),
        }
        print(f"{shape:12} " + ", ".join(f"{k} {v}" for k, v in figures[shape].items()))
        kinds = Counter(_kind(said) for d in drafts for said in d.needs_human)
        print("             " + "; ".join(f"{k} {n}" for k, n in kinds.most_common(8)))
    return figures


def _read(data: bytes, filename: str) -> Imported | str:
    try:
        return read_case(data, filename)
    except ScriptError as error:
        return str(error)


def _kind(said: str) -> str:
    """What a sentence is about, without its place and its words from the file."""
    return " ".join(said.split(" ", 1)[-1].split(":")[0].split()[:6])
