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
from simulator.scripts.formats.reported import spoken
from simulator.scripts.formats.vitals import as_vitals
from simulator.scripts.names import names_any

_IDS = ("history", "past", "medicines", "allergies", "family", "social", "review", "views")


def read_vignette(text: str, name: str) -> Draft:
    """A draft of free prose, with or without headings."""
    draft, plain = Draft(name), straight(text)
    told = read_prose(_head(draft, plain))
    whole = " ".join(s.text for s in told if s.under in ("", "history", "complaint"))
    known = {k: draft.door[k] for k in ("age", "sex", "name") if draft.door.get(k)}
    draft.door |= {"age": age_in(whole), "sex": _sex(whole)} | known
    if known.get("name"):
        pass
    elif match := phrasing("name").search(whole) or phrasing("saluted").search(whole):
        draft.door["name"] = match[0].strip() if "title" in match.groupdict() else match["name"]
    numbers: dict[str, int] = {}
    for sentence in told:
        _place(draft, sentence, numbers)
    if not draft.door.get("concern"):
        _guess_concern(draft, told)
    if draft.door.get("concern") and not draft.parts.get("opening"):
        concern = draft.door["concern"]
        said = spoken(f"Has {concern[0].lower() + concern[1:]}").text.removeprefix("I have ")
        draft.parts["opening"] = f"I've come about {said}"
        draft.need("the opening was made of the complaint; put it in the patient's words")
    return draft


HEAD = 12  # lines at the top, among which the fields of a form may stand


def _head(draft: Draft, text: str) -> str:
    """The text without the fields of a form at its top, which go to the doorway."""
    rows = text.split("\n")
    for at, row in enumerate(rows[:HEAD]):
        bare = re.sub(r"\*\*|__", "", row).strip()
        found = list(phrasing("demographic").finditer(bare))
        if not found or bare[: found[0].start()].strip():
            continue
        rows[at] = ""
        for match in found:
            _field(draft, match["label"].lower().replace(" ", ""), match["value"].strip())
    return "\n".join(rows)


def _field(draft: Draft, label: str, value: str) -> None:
    if label in ("name", "patient"):
        name, *others = (v.strip() for v in value.split(","))
        draft.door["name"] = name
        for other in others:
            kind = "age" if age_in(other, bare=True) else "sex" if sex_in(other) else "occupation"
            _field(draft, kind, other)
    elif label in ("setting", "location", "place"):
        draft.door["setting"] = value
    elif label in ("informant", "carer"):
        draft.keep(f"Informant: {value}")
    elif label in ("occupation", "job"):
        draft.parts["patient"] = {"occupation": value}
    else:
        if (age := age_in(value, bare=True)) is not None and label != "sex":
            draft.door["age"] = age
        if sex := sex_in(value):
            draft.door["sex"] = sex


def _sex(text: str) -> str:
    first = text[:200]
    return sex_in(first) or _by_pronoun(text) or sex_in(text)


def _guess_concern(draft: Draft, told: list[Sentence]) -> None:
    """Take the first thing that the patient is said to have, near the top, for the complaint."""
    for first in [s for s in told if s.under in ("", "history")][:4]:
        if match := phrasing("has_had").search(first.text):
            said = draft.line(complaint_of(match["what"]), "the complaint", first.line)
            draft.door["concern"] = said
            draft.need(f"the complaint was taken from here; read it: {said!r}", first.line)
            return


def _by_pronoun(text: str) -> str:
    she, he = (
        len(re.findall(p, text, re.I)) for p in (r"\b(?:she|her|hers)\b", r"\b(?:he|him|his)\b")
    )
    return "" if she == he else ("female" if she > he else "male")


def _place(draft: Draft, sentence: Sentence, numbers: dict[str, int]) -> None:
    text, under = sentence.text, sentence.under
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
        if text[:1] in '"“‘' and len(text.split()) > 2:  # the patient's own words
            draft.parts["opening"] = text.strip('"“”‘’. ') + "."
            return
        tell(draft, "complaint", text, sentence.line, "opening")
    elif _is_result(text, under):
        _result(draft, text)
    elif under in ("exam", "vitals") or _is_exam(text, under):
        _exam(draft, text)
    elif under in ("", "history") and _introduces(text):
        _open(draft, sentence)
    else:
        _fact(draft, text, under, sentence.line, numbers)


def _fact(draft: Draft, text: str, under: str, line: int, numbers: dict[str, int]) -> None:
    """A sentence as facts: what is denied in one breath is one each, so that each is answered."""
    kind = under if under in _IDS else "history"
    bare = text.lower().strip(" .")
    if bare in prose_words().none:
        kind = "allergies" if "nk" in bare.split()[0] or "allerg" in bare else kind
        said = prose_words().nothing.get(kind)
        if said and all(f["says"] != said for f in draft.facts):
            topic = prose_words().topics.get(kind)
            more = {"topic": topic} if topic else {}
            draft.fact(f"{kind}-none", said, text, line, tell="asked", polarity="negative", **more)
        return
    before = len(draft.facts)
    for piece in _apart(_of_heading(text, kind)):
        numbers[kind] = numbers.get(kind, 0) + 1
        tier = "open" if kind == "history" and numbers[kind] <= 2 else "asked"
        tell(draft, f"{kind}-{numbers[kind]}", piece, line, tier)
    for fact in draft.facts[before:] if kind in prose_words().topics else ():
        fact["topic"] = prose_words().topics[kind]


def _of_heading(text: str, kind: str) -> str:
    """A phrase as the sentence that its heading makes of it: under medicines, what is taken."""
    named = spoken(text).text.startswith("I have ") and not re.match(
        r"(?:I|he|she|has)\b", text, re.I
    )
    if kind == "medicines" and named:
        return f"Takes {text}"
    if kind == "allergies" and named and "allerg" not in text.lower():
        return f"Is allergic to {text}"
    if kind == "views" and re.match(r"[a-z]+ing\b", text, re.I):
        return f"Worries about {text}"
    if kind == "family" and (match := re.match(r"([A-Za-z ]{3,24}?)\s+[-–]\s+(.+)", text)):
        return f"{match[1]} has had {match[2]}"
    return text


def _apart(text: str) -> list[str]:
    """What is denied in one breath, each by itself; anything else as it is."""
    match = phrasing("lists_no").match(text)
    if not match or re.search(r"\b(?:but|except|until|since|because|unless)\b|;", text):
        return [text]
    pieces = re.split(r",\s*(?:or |and |nor )?|\s+(?:or|nor)\s+", match["what"])
    short = [p.strip() for p in pieces if p.strip()]
    if len(short) < 2 or any(len(p.split()) > 4 for p in short):
        return [text]
    return [f"Denies {re.sub(r'^(?:no|any) ', '', p)}." for p in short]


def _introduces(text: str) -> bool:
    return bool(phrasing("opener").match(text) or phrasing("named_opener").match(text))


def _is_result(text: str, under: str) -> bool:
    words, (label, colon, _) = prose_words().tests, text.partition(":")
    if colon and len(label.split()) <= 3 and names_any(label, words):
        return True
    named = bool(names_any(text, words))
    told = len(as_vitals(text)) < 2 and re.search(r"\d|:|\bshow", text) is not None
    return under == "tests" or named and (under in ("", "history") or under == "exam" and told)


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
    named = phrasing("named_opener").match(sentence.text)
    if named and not intro:
        intro, who = named, named["who"].strip()
        if who and not sex_in(who):
            draft.parts.setdefault("patient", {"occupation": who})
    rest = sentence.text[intro.end() :].strip() if intro else sentence.text
    match = phrasing("presents").match(rest)
    if match and match["past"]:
        tell(draft, "past-1", f"Has {match['past']}", sentence.line)
    body = match["rest"] if match else rest
    if place := phrasing("setting").search(body):
        where = place["place"]
        draft.door.setdefault("setting", where[:1].upper() + where[1:])
        body = body[place.end() :]
    what = phrasing("with").search(body)
    complaint = what["what"].strip(" .") if what else body.strip(" .,")
    if not complaint or (named and not what and not match):
        draft.keep(sentence.text, sentence.line)
        return
    concern = draft.line(complaint_of(complaint), "the complaint", sentence.line)
    tier = "open" if draft.door.get("concern") else "opening"
    draft.door.setdefault("concern", concern)
    tell(draft, "complaint", f"Has {complaint}" if what else sentence.text, sentence.line, tier)
    if draft.facts:
        draft.sources[draft.facts[-1]["id"]] = sentence.text
