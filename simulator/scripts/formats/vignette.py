"""Read a pasted vignette: sentence by sentence, each to where it belongs."""

from __future__ import annotations

import re

from simulator.scripts.formats.clinical import (
    add_finding,
    add_result,
    complaint_of,
    region_of,
    tell,
)
from simulator.scripts.formats.decoding import straight
from simulator.scripts.formats.demographics import age_in, sex_in
from simulator.scripts.formats.drafting import Draft
from simulator.scripts.formats.phrasings import phrasing
from simulator.scripts.formats.prose import Sentence, prose_words, read_prose
from simulator.scripts.formats.vitals import as_vitals
from simulator.scripts.names import names_any

_IDS = ("history", "past", "medicines", "allergies", "family", "social", "review", "views")


def read_vignette(text: str, name: str) -> Draft:
    """A draft of free prose, with or without headings."""
    draft, told = Draft(name), read_prose(straight(text))
    whole = " ".join(s.text for s in told)
    draft.door |= {"age": age_in(whole), "sex": sex_in(whole) or _by_pronoun(whole)}
    if match := phrasing("name").search(whole) or phrasing("saluted").search(whole):
        draft.door["name"] = match[0].strip() if "title" in match.groupdict() else match["name"]
    numbers: dict[str, int] = {}
    for sentence in told:
        _place(draft, sentence, numbers)
    if draft.door.get("concern"):
        concern = draft.door["concern"]
        draft.parts["opening"] = f"I've come about {concern[0].lower() + concern[1:]}."
        draft.need("the opening was made of the complaint; put it in the patient's words")
    return draft


def _by_pronoun(text: str) -> str:
    she, he = (
        len(re.findall(p, text, re.I)) for p in (r"\b(?:she|her|hers)\b", r"\b(?:he|him|his)\b")
    )
    return "" if she == he else ("female" if she > he else "male")


def _place(draft: Draft, sentence: Sentence, numbers: dict[str, int]) -> None:
    text, under, words = sentence.text, sentence.under, prose_words()
    if match := phrasing("diagnosis").match(text):
        text, under = match["name"], "diagnosis"
    if under == "diagnosis":
        named = draft.title(text.rstrip("."), "the diagnosis")
        if draft.parts.get("note_key"):
            draft.keep(f"Diagnosis: {text}", sentence.line)
        else:
            draft.parts["note_key"] = {"diagnosis": named, "differential": [{"name": named}]}
    elif under == "aside" or phrasing("question").match(text):
        draft.keep(text, sentence.line)
    elif under == "complaint" and not draft.door.get("concern"):
        draft.door["concern"] = complaint_of(text)
        tell(draft, "complaint", text, sentence.line, "opening")
    elif under == "tests" or (under in ("", "history") and names_any(text, words.tests)):
        _result(draft, text)
    elif under in ("exam", "vitals") or _is_exam(text, under):
        _exam(draft, text)
    elif phrasing("opener").match(text) and not draft.door.get("concern"):
        _open(draft, sentence)
    else:
        kind = under if under in _IDS else "history"
        numbers[kind] = numbers.get(kind, 0) + 1
        tier = "open" if kind == "history" and numbers[kind] <= 2 else "asked"
        tell(draft, f"{kind}-{numbers[kind]}", text, sentence.line, tier)


def _is_exam(text: str, under: str) -> bool:
    if under not in ("", "history"):
        return False
    return bool(names_any(text, prose_words().exam)) or len(as_vitals(text)) >= 2


def _result(draft: Draft, text: str) -> None:
    named, _, value = text.partition(":")
    found = names_any(text, prose_words().tests)
    if value.strip() and len(named.split()) <= 5:
        add_result(draft, named.strip(), value.strip())
    else:
        name = (
            found.upper()
            if found in ("ecg", "ekg", "ct", "mri", "crp", "esr", "wbc", "tsh")
            else found
        )
        add_result(draft, (name[:1].upper() + name[1:]) or "Tests", text)


def _exam(draft: Draft, text: str) -> None:
    vitals = as_vitals(text)
    if vitals:
        draft.door.setdefault("vitals", {}).update(vitals)
        if len(vitals) >= 2 and not names_any(
            text, ("murmur", "lungs", "abdomen", "tender", "crackles")
        ):
            return
    add_finding(draft, region_of(text), text)


def _open(draft: Draft, sentence: Sentence) -> None:
    """The sentence that introduces the patient: who, where, and with what."""
    intro = phrasing("opener").match(sentence.text)
    rest = sentence.text[intro.end() :].strip() if intro else sentence.text
    match = phrasing("presents").match(rest)
    if match and match["past"]:
        tell(draft, "past-1", f"Has {match['past']}", sentence.line)
    body = match["rest"] if match else rest
    if place := phrasing("setting").search(body):
        named = place["place"]
        draft.door["setting"] = named[:1].upper() + named[1:]
        body = body[place.end() :]
    what = phrasing("with").search(body)
    complaint = what["what"].strip(" .") if what else body.strip(" .")
    if not complaint:
        draft.keep(sentence.text, sentence.line)
        return
    draft.door["concern"] = draft.line(complaint_of(complaint), "the complaint", sentence.line)
    tell(
        draft, "complaint", f"Has {complaint}" if what else sentence.text, sentence.line, "opening"
    )
    if draft.facts:
        draft.sources[draft.facts[-1]["id"]] = sentence.text
