"""Check a reply before it leaves: nothing locked, not the diagnosis, short enough."""

from __future__ import annotations

import re

from simulator.patient.case import Case
from simulator.patient.clauses import words_of
from simulator.patient.turn import Decision, State

GRAM = 4
CONTAINED = 0.5
MAX_WORDS = 160
GUARDED_TIERS = ("direct", "trust", "never")


def find_faults(text: str, decision: Decision, case: Case, state: State) -> tuple[str, ...]:
    """What is wrong with a reply, in words for the trace; empty where it may be said.

    Args:
        text: the reply. decision: what may be said in this turn.
        case: the script. state: what was said before.
    """
    allowed = set(decision.told) | set(state.told)
    faults = [
        f"tells {fact.id!r}, which is locked"
        for fact in case.script.facts
        if fact.tell in GUARDED_TIERS and fact.id not in allowed and _contains(text, fact.says)
    ]
    spoken = " ".join(words_of(text))
    lines = " ".join(words_of(" ".join([case.script.opening, *_lines(case, allowed)])))
    for name in _diagnoses(case):
        if name and name in spoken and name not in lines:
            faults.append(f"names the diagnosis {name!r}")
    if len(words_of(text)) > MAX_WORDS:
        faults.append(f"longer than {MAX_WORDS} words")
    return tuple(faults)


def find_inventions(text: str, scripted: str, said: str, case: Case) -> tuple[str, ...]:
    """What a model's reply adds to what was decided: numbers, symptoms, talk outside the role.

    Args:
        text: the model's reply. scripted: all that may be told. said: the resident's words.
    """
    allowed = f"{scripted} {said}"
    faults = [
        f"brings in the number {number!r}"
        for number in sorted(_numbers(text, case) - _numbers(allowed, case))
    ]
    lexicon = case.field.lexicon
    added = lexicon.topics_in(text) - lexicon.topics_in(allowed) - case.chief_topics
    faults += [f"speaks of {topic!r}" for topic in sorted(added)[:3]]
    lower = text.lower()
    if any(re.search(pattern, lower) for pattern in case.field.words.out_of_role):
        faults.append("steps out of the role")
    if len(words_of(text)) > 2 * len(words_of(scripted)) + 12:
        faults.append("says much more than was decided")
    if not text.strip():
        faults.append("says nothing")
    return tuple(faults)


def _numbers(text: str, case: Case) -> set[int]:
    known = case.field.words.numbers
    return {
        int(t) if t.isdigit() else known[t]
        for t in re.findall(r"[a-z]+|\d{1,6}", text.lower())
        if t.isdigit() or (t in known and t not in ("a", "an", "one", "couple"))
    }


def _lines(case: Case, allowed: set[str]) -> list[str]:
    return [line for f in case.script.facts if f.id in allowed for line in (f.says, *f.also)]


def _diagnoses(case: Case) -> list[str]:
    key = case.script.note_key
    return [
        " ".join(words_of(name))
        for name in (key.diagnosis, *(d.name for d in key.differential[:1]))
    ]


def _grams(text: str) -> set[tuple[str, ...]]:
    tokens = words_of(text)
    size = min(GRAM, len(tokens)) or 1
    return {tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1)}


def _contains(text: str, line: str) -> bool:
    secret = _grams(line)
    return bool(secret) and len(secret & _grams(text)) / len(secret) >= CONTAINED
