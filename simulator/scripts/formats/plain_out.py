"""Write a script in the plain-text shape, and tell what that shape cannot hold."""

from __future__ import annotations

import re
from collections.abc import Iterator

from simulator.scripts.formats.person import person_words
from simulator.scripts.formats.plain import MISSED, OTHERWISE, holds
from simulator.scripts.formats.reported import says_no
from simulator.scripts.formats.story import read_line
from simulator.scripts.names import slug
from simulator.scripts.schema import ChecklistItem, Fact, PatientScript


class _Lost(list[str]):
    def count(self, what: str, number: int) -> None:  # type: ignore[override]
        """Name something, with how much of it there is; nothing where there is none."""
        if number:
            self.append(f"{what}: {number}")


def as_plain(script: PatientScript) -> tuple[str, tuple[str, ...]]:
    """A script as plain text, and what it cannot hold, each with how much of it."""
    lost = _Lost()
    parts = {
        "CASE": _case(script),
        "VITALS": [f"{k}: {v}" for k, v in script.doorway.vitals.items()],
        "TIMING": [
            f"consultation: {script.doorway.minutes}",
            f"note: {script.doorway.note_minutes}",
        ],
        "TASK": [_line(t) for t in script.doorway.tasks],
        "PERSONA": list(_persona(script, lost)),
        "STORY": [_fact(f, lost) for f in script.facts],
        "EXAMINE": list(_examine(script)),
        "QUESTIONS": [_question(i, script, lost) for i in script.checklist],
        "ANSWER": list(_answer(script, lost)),
        "CREDIT": [
            *(f"author: {a}" for a in script.authors),
            *(f"reviewer: {r}" for r in script.reviewers),
            *([f"licence: {script.licence}"] if script.licence else []),
            *([_line(script.source)] if script.source else []),
        ],
    }
    _not_in_the_shape(script, lost)
    text = "\n".join(
        f"[{name}]\n" + "".join(f"{row}\n" for row in rows) for name, rows in parts.items() if rows
    )
    return text, tuple(lost)


def _line(text: str) -> str:
    return " ".join(text.split())


def _case(script: PatientScript) -> list[str]:
    door = script.doorway
    rows = [
        ("id", script.id),
        ("name", door.name),
        ("age", str(door.age)),
        ("occupation", script.patient.occupation),
        ("setting", door.setting),
        ("complaint", door.concern),
        ("opening", _say(script.opening)),
    ]
    return [f"{key}: {_line(value)}" for key, value in rows if value]


def _say(words: str) -> str:
    return f'Say "{_line(words).replace(chr(34), chr(39))}"'


def _persona(script: PatientScript, lost: _Lost) -> Iterator[str]:
    door, who = script.doorway, script.patient
    noun = {"female": "woman", "male": "man"}.get(door.sex)
    if noun:
        yield f"You are {door.name}, a {door.age}-year-old {noun}."
    else:
        lost.append(f"sex: {door.sex}")
    marks = person_words().manners
    if who.affect.baseline in marks.get(who.personality, ()):
        yield f"You are {who.affect.baseline}."
        return
    if who.personality in marks:
        yield f"You are {marks[who.personality][0]}."
    if who.affect.baseline != "calm":
        lost.append(f"mood: {who.affect.baseline}")


def _fact(fact: Fact, lost: _Lost) -> str:
    """A fact as a line that reads back as it is; where none does, what is lost is named."""
    wanted = (fact.says, fact.tell, fact.asks, fact.polarity)
    for line in _ways(fact):
        told = read_line(line)
        if (told.says, told.tell, told.asks, told.polarity) == wanted:
            return line
    if fact.tell == "never":
        lost.append(f"fact {fact.id}: tier never, so it stands as a comment")
        return f"# never told: {_line(fact.says)}"
    if fact.tell not in ("open", "asked"):
        now = "open" if fact.tell == "opening" else "only if asked"
        lost.append(f"fact {fact.id}: tier {fact.tell}, written as {now}")
    if '"' in fact.says:
        lost.append(f"fact {fact.id}: double quotes within a line, written as single ones")
    if says_no(fact.says) != (fact.polarity == "negative"):
        lost.append(f"fact {fact.id}: polarity {fact.polarity}")
    lost.count(f"fact {fact.id}: example questions", len(fact.asks))
    return ("" if fact.tell in ("open", "opening") else "(only if asked) ") + _say(fact.says)


def _ways(fact: Fact) -> Iterator[str]:
    """The lines that might say a fact: its words to say, or itself, with what it is asked by."""
    for words in (_say(fact.says), _line(fact.says)):
        yield words
        yield f"(only if asked) {words}"
        for ask in fact.asks[:1]:
            for about in _conditions(ask.removesuffix("?")):
                yield f"If the doctor asks {about}: {words}"


def _conditions(ask: str) -> Iterator[str]:
    verb, _, rest = ask.partition(" you ")
    yield ask.removeprefix("Can you tell me ")
    yield f"whether you {rest}" if verb == "Do" else f"whether you {verb.lower()} {rest}"


def _examine(script: PatientScript) -> Iterator[str]:
    for exam in script.examination:
        name = "otherwise" if exam.manoeuvre == OTHERWISE else exam.manoeuvre.replace(":", ",")
        yield f"{_line(name)}: {_line(exam.finding)}"


def _question(item: ChecklistItem, script: PatientScript, lost: _Lost) -> str:
    chosen = _words_for(item, script)
    found = {f.id for f in script.facts if any(holds(f.says, (), w) for w in chosen)}
    if found != set(item.facts) or item.topics or item.acts or item.cue:
        lost.append(
            f"question {item.id}: what it rests on, beyond the words {', '.join(chosen) or 'none'}"
        )
    if item.id != slug(item.text)[:60]:
        lost.append(f"question {item.id}: its id")
    own = item.model_dump(
        exclude_defaults=True, include={"domain", "credit", "weight", "critical", "why"}
    )
    if own:
        lost.append(f"question {item.id}: {', '.join(own)}")
    label = _line(item.text).replace("|", "/")
    return f"{label} | {', '.join(chosen)}" if chosen else label


def _words_for(item: ChecklistItem, script: PatientScript) -> list[str]:
    """For each fact of an item a word that stands in no fact outside it, the longest first."""
    outside = [f.says for f in script.facts if f.id not in item.facts]
    chosen: list[str] = []
    for fact in (f for f in script.facts if f.id in item.facts):
        if any(holds(fact.says, (), w) for w in chosen):
            continue
        words = sorted(
            {w.lower() for w in re.findall(r"[A-Za-z]{3,}", fact.says)}, key=lambda w: (-len(w), w)
        )
        own = next((w for w in words if not any(holds(o, (), w) for o in outside)), None)
        chosen += [own] if own else []
    return chosen


def _answer(script: PatientScript, lost: _Lost) -> Iterator[str]:
    key = script.note_key
    leading = next((d for d in key.differential if d.name == key.diagnosis), None)
    if key.diagnosis:
        yield f"most likely: {_line(key.diagnosis)}"
    if leading and leading.also:
        yield f"also accepted: {', '.join(_line(a).replace(',', ' ') for a in leading.also)}"
    others = [d.name for d in key.differential if d is not leading]
    if others:
        lost.append(f"other diagnoses: {', '.join(others)}")
    lost.count(
        "evidence for and against diagnoses",
        sum(len(d.support) + len(d.against) for d in key.differential),
    )
    if key.workup:
        yield f"tests: {', '.join(_line(w.name).replace(',', ' ') for w in key.workup)}"
    inside = [a for w in key.workup for a in w.also if a.lower() in w.name.lower()]
    if inside:
        yield f"pass test words: {', '.join(inside)}"
    lost.count(
        "other names of steps of the work-up", sum(len(w.also) for w in key.workup) - len(inside)
    )
    for point in script.debrief.teaching_points:
        name = "miss note" if point.text.startswith(MISSED) else "teaching point"
        yield f"{name}: {_line(point.text.removeprefix(MISSED))}"


def _not_in_the_shape(script: PatientScript, lost: _Lost) -> None:
    who, facts = script.patient, script.facts
    ids = [f.id for n, f in enumerate(facts, 1) if f.id != f"story-{n}"]
    lost.count("ids of facts (they become story-1, story-2 …)", len(ids))
    lost.count("topics of facts (they are found anew)", sum(f.topic is not None for f in facts))
    lost.count("other wordings of facts", sum(len(f.also) for f in facts))
    lost.count(
        "marks of facts (red flag, sensitive, not known)",
        sum(f.red_flag + f.sensitive + (not f.knows) for f in facts),
    )
    lost.count("denials", len(script.denies))
    lost.count("cues", len(script.cues))
    lost.count("challenges", len(script.challenges))
    lost.count("test results", len(script.tests))
    lost.count(
        "other names of examinations",
        sum(len(m.also) for m in script.examination if m.manoeuvre != OTHERWISE),
    )
    lost.count("model questions", len(script.debrief.model_questions))
    lost.count("tests of the script", len(script.tests_of_the_script))
    lost.count("facts of a good note's history", len(script.note_key.history))
    lost.count(
        "guides of teaching points", sum(bool(p.guide) for p in script.debrief.teaching_points)
    )
    lost.count(
        "triggers, softeners, gestures and reactions",
        len(who.affect.triggers)
        + len(who.affect.softeners)
        + len(who.gestures)
        + len(who.reactions),
    )
    lost += _named_fields(script)


def _named_fields(script: PatientScript) -> list[str]:
    """The fields, by name, that the author filled and the shape has no place for."""
    own = script.patient.model_dump(
        exclude_defaults=True,
        include={
            "speech",
            "recall",
            "health_literacy",
            "ideas",
            "concerns",
            "expectations",
            "hidden_agenda",
        },
    )
    about = script.model_dump(
        exclude_defaults=True,
        include={
            "specialty",
            "level",
            "difficulty",
            "objectives",
            "language",
            "content_warning",
            "closing",
            "answers_no_by_default",
            "communication",
        },
    )
    if script.title != script.doorway.concern:
        about["title"] = script.title
    if script.doorway.pronouns:
        about["pronouns"] = script.doorway.pronouns
    if script.informant:
        about["informant"] = script.informant.name
    return [name.replace("_", " ") for name in (*own, *about)]
