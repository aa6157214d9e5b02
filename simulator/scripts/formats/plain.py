"""Read the plain-text shape: sections in brackets, written to the patient in the second person."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from simulator.scripts.formats.decoding import straight
from simulator.scripts.formats.demographics import age_in, sex_in
from simulator.scripts.formats.drafting import Draft, short
from simulator.scripts.formats.person import person_words
from simulator.scripts.formats.sections import Sections, fields, split_sections
from simulator.scripts.formats.story import read_line
from simulator.scripts.formats.vitals import as_vitals
from simulator.scripts.names import names_any, slug

Topics = Callable[[str], Iterable[str]]
MISSED = "If missed: "
OTHERWISE = "anything else"
_YOU_ARE = re.compile(r"^you(?: are|'re)\s+(.*)$", re.I)


def read_plain(text: str, name: str, topics_in: Topics) -> Draft:
    """A draft of a plain text with sections.

    Args:
        text: what the file holds. name: of the file. topics_in: the topics that a word names.
    """
    draft, parts = Draft(name), split_sections(text)
    for section, row in parts.unknown:
        where = (
            f"[{section}] is no section of this shape" if section else "stands above all sections"
        )
        draft.keep(f"{row.text} ({where})", row.number)
    _case(draft, parts)
    for key, value, row in fields(parts.of("VITALS")):
        read = as_vitals(f"{key}: {value}") or (
            {slug(key).replace("-", "_"): value} if key and value else {}
        )
        draft.door.setdefault("vitals", {}).update(read)
        if not read:
            draft.keep(row.text, row.number)
    _timing(draft, parts)
    tasks = [draft.line(straight(r.bare), "a task", r.number) for r in parts.of("TASK")]
    draft.door |= {"tasks": tasks} if tasks else {}
    _persona(draft, parts)
    _story(draft, parts)
    _examine(draft, parts)
    _questions(draft, parts, topics_in)
    _answer(draft, parts)
    _credit(draft, parts)
    return draft


def _case(draft: Draft, parts: Sections) -> None:
    door = {"name": "name", "setting": "setting", "pronouns": "pronouns", "complaint": "concern"}
    about = {"title", "specialty", "closing", "language"}
    for key, value, row in fields(parts.of("CASE")):
        value = straight(value)
        if key == "id":
            draft.parts["id"] = slug(value)
        elif key == "age":
            draft.door["age"] = age_in(value, bare=True)
            if draft.door["age"] is None and value:
                draft.need(f"the age {value!r} is no number of years", row.number)
        elif key in ("sex", "gender"):
            draft.door["sex"] = sex_in(value) or value
        elif key in door:
            draft.door[door[key]] = value
        elif key == "occupation":
            draft.parts.setdefault("patient", {})["occupation"] = value
        elif key == "opening":
            draft.parts["opening"] = draft.line(read_line(value).says, "the opening", row.number)
        elif key in about:
            draft.parts[key] = draft.line(value, key, row.number)
        else:
            draft.keep(row.text, row.number)
    concern = draft.door.get("concern", "")
    draft.door["concern"] = concern[:1].upper() + concern[1:]


def _timing(draft: Draft, parts: Sections) -> None:
    places = {"consultation": "minutes", "interview": "minutes", "note": "note_minutes"}
    for key, value, row in fields(parts.of("TIMING")):
        number = re.search(r"\d+", value)
        if key in places and number and 1 <= int(number[0]) <= 180:
            draft.door[places[key]] = int(number[0])
        else:
            draft.keep(row.text, row.number)


def _persona(draft: Draft, parts: Sections) -> None:
    """Of a portrait the age, sex and manner; what else it tells is named, for nobody may say it."""
    for row in parts.of("PERSONA"):
        for sentence in re.split(r"(?<=[.!?])\s+", straight(row.bare)):
            if not _identity(draft, sentence) and not _manner(draft, sentence):
                draft.left.append(f"[PERSONA] {sentence}")
                draft.need(
                    f"a portrait is not told; if the patient may say it, make it a fact: "
                    f"{short(sentence)!r}",
                    row.number,
                )


def _identity(draft: Draft, sentence: str) -> bool:
    """Whether a sentence only says who the patient is: "You are Ann Lee, a 40-year-old woman."."""
    match = _YOU_ARE.match(sentence)
    if not match:
        return False
    age, sex = age_in(match[1]), sex_in(match[1])
    if draft.door.get("age") is None and age is not None:
        draft.door["age"] = age
    if not draft.door.get("sex") and sex:
        draft.door["sex"] = sex
    rest = match[1].replace(str(draft.door.get("name", "\n")), "")
    rest = re.sub(
        r"\b(?:an? )?\d{1,3}[ -]?years?[ -]old\b|\b(?:an? )?(?:wo)?man\b|[,.]|\band\b|\d+", "", rest
    )
    return not rest.strip()


def _manner(draft: Draft, sentence: str) -> bool:
    """Whether a sentence says no more than how the patient is: "You are anxious."."""
    match = _YOU_ARE.match(sentence)
    words = re.findall(r"[a-z]+", match[1].lower() if match else "")
    found = [
        (manner, word)
        for manner, marks in person_words().manners.items()
        for word in marks
        if names_any(" ".join(words), (word,))
    ]
    if not found:
        return False
    patient = draft.parts.setdefault("patient", {})
    patient.setdefault("personality", found[0][0])
    patient.setdefault("affect", {"baseline": found[0][1]})
    plain = {w for _, word in found for w in word.split()}
    return (
        not set(words)
        - plain
        - {"and", "a", "bit", "little", "very", "quite", "rather", "but", "person"}
    )


def _story(draft: Draft, parts: Sections) -> None:
    for number, row in enumerate(parts.of("STORY"), 1):
        told = read_line(row.bare)
        fact = f"story-{number}"
        more = {"asks": list(told.asks), "polarity": told.polarity}
        draft.fact(fact, told.says, row.text, row.number, tell=told.tell, **more)
        for doubt in told.doubts:
            draft.need(f"{fact}: {doubt}: {short(told.says)!r}", row.number)


def _examine(draft: Draft, parts: Sections) -> None:
    found = []
    for row in parts.of("EXAMINE"):
        name, _, value = (p.strip() for p in straight(row.bare).partition(":"))
        if not name or not value:
            draft.keep(row.text, row.number)
            continue
        finding = draft.line(value, f"the finding {name!r}", row.number)
        if name.lower() == "otherwise":
            found.append({"manoeuvre": OTHERWISE, "also": ["otherwise"], "finding": finding})
            draft.need("'otherwise' is given only to who asks for 'anything else'", row.number)
            continue
        found.append({"manoeuvre": draft.title(name, "an examination"), "finding": finding})
    draft.parts |= {"examination": found} if found else {}


def _questions(draft: Draft, parts: Sections, topics_in: Topics) -> None:
    items, taken = [], set()
    for number, row in enumerate(parts.of("QUESTIONS"), 1):
        label, _, words = straight(row.bare).partition("|")
        wanted = [w.strip().lower() for w in words.split(",") if w.strip()]
        facts = [
            f["id"]
            for f in draft.facts
            if any(holds(f["says"], f.get("asks", ()), w) for w in wanted)
        ]
        topics = sorted({t for w in wanted for t in topics_in(w.rstrip("*"))}) if not facts else []
        item_id = slug(label)[:60] or f"question-{number}"
        item_id = f"{item_id}-{number}" if item_id in taken else item_id
        taken.add(item_id)
        item = {
            "id": item_id,
            "text": draft.line(label.strip() or f"Question {number}", "a question"),
        }
        items.append(
            item | ({"facts": facts} if facts else {}) | ({"topics": topics} if topics else {})
        )
        if wanted:
            draft.left.append(f"[QUESTIONS] {row.text}")
        if not facts and not topics:
            draft.need(
                f"the question {short(label.strip())!r} rests on no fact; name its facts or topics",
                row.number,
            )
    if items:
        draft.need(
            "the words after '|' only helped to find each question's facts; credit goes by meaning"
        )
    draft.parts |= {"checklist": items} if items else {}


def holds(says: str, asks: Iterable[str], word: str) -> bool:
    """Whether a fact's line or examples hold a word, or one that begins with a stem*."""
    text = " ".join([says, *asks]).lower()
    end = "" if word.endswith("*") else r"\b"
    return re.search(rf"\b{re.escape(word.rstrip('*'))}{end}", text) is not None


def _answer(draft: Draft, parts: Sections) -> None:
    key: dict[str, list[str]] = {}
    for name, value, row in fields(parts.of("ANSWER")):
        if name in ("most likely", "teaching point", "miss note"):
            key.setdefault(name, []).append(straight(value))
        elif name in ("also accepted", "tests", "pass diagnosis words", "pass test words"):
            key.setdefault(name, []).extend(
                v.strip() for v in re.split(r"[,;]", straight(value)) if v.strip()
            )
        else:
            draft.keep(row.text, row.number)
    note: dict[str, object] = {}
    if likely := " ".join(key.get("most likely", [])):
        likely = draft.title(likely, "the diagnosis")
        also = [
            *key.get("also accepted", []),
            *(w.rstrip("*") for w in key.get("pass diagnosis words", [])),
        ]
        note = {
            "diagnosis": likely,
            "differential": [{"name": likely, "also": list(dict.fromkeys(also))}],
        }
    tests = [draft.title(t, "a test") for t in key.get("tests", [])]
    if tests:
        words = [w.rstrip("*") for w in key.get("pass test words", [])]
        note["workup"] = [
            {
                "name": t,
                "also": [w for w in words if w.lower() in t.lower() and w.lower() != t.lower()],
            }
            for t in tests
        ]
        spare = [w for w in words if not any(w.lower() in t.lower() for t in tests)]
        if spare:
            draft.keep(f"pass test words that are in no test's name: {', '.join(spare)}")
    draft.parts |= {"note_key": note} if note else {}
    points = [draft.line(p, "a teaching point") for p in key.get("teaching point", []) if p]
    points += [draft.line(MISSED + p, "the miss note") for p in key.get("miss note", []) if p]
    draft.parts |= {"debrief": {"teaching_points": [{"text": p} for p in points]}} if points else {}


def _credit(draft: Draft, parts: Sections) -> None:
    prose = []
    for row in parts.of("CREDIT"):
        key, _, value = row.bare.partition(":")
        known = {
            "author": "authors",
            "authors": "authors",
            "reviewer": "reviewers",
            "reviewers": "reviewers",
        }
        if key.lower() in known and value.strip():
            draft.parts.setdefault(known[key.lower()], []).append(value.strip())
        elif key.lower() in ("licence", "license"):
            draft.parts["licence"] = value.strip()
        else:
            prose.append(row.bare)
    draft.parts |= {"source": " ".join(prose)} if prose else {}
