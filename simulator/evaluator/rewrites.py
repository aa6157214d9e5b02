"""Other ways to say the same: rewrites of a transcript by rules in data files.

What a rewrite changes (a name, a spelling, a courtesy) must not change a mark.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from simulator.errors import KnowledgeError
from simulator.evaluator.transcript import Transcript
from simulator.knowledge.topics import read_model
from simulator.patient.replay import is_resident
from simulator.scripts.schema import PatientScript

LONG = 5  # letters from which a word may have a slip
Pronouns = Literal["she", "he", "they"]
FORMS: dict[Pronouns, tuple[str, ...]] = {
    "she": ("she", "her", "hers", "herself", "woman", "lady", "ma'am"),
    "he": ("he", "him", "his", "himself", "man", "gentleman", "sir"),
    "they": ("they", "them", "theirs", "themself", "person", "person", "friend"),
}
TITLES = ("Mrs", "Mr", "Ms", "Miss", "Mx", "Señora", "Señor")
WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
QUESTION = re.compile(r"(?:^|(?<=[.!?]\s))([^.!?]+\?)(?=[^?]*$)")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Person(_Part):
    """Who the patient is said to be."""

    name: str
    title: str
    pronouns: Pronouns


class Variant(_Part):
    """One way to rewrite what the resident said; what it does not name, it leaves as it is.

    `before`, `question` and `after` are taken in turn: before a turn, before its last question,
    after it. `inside` words stand behind every `every`-th word, a slip in each such long one.
    """

    name: str
    person: Person | None = None
    replace: dict[str, str] = {}
    drop: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    question: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    inside: tuple[str, ...] = ()
    slip: Literal["swap", "drop", "double", ""] = ""
    every: int = 4
    lower: bool = False
    unpunctuated: bool = False


class Rewrites(_Part):
    """A kind of rewrite, with its variants."""

    kind: str
    title: str
    variants: tuple[Variant, ...]


def load_rewrites(folder: Path) -> tuple[Rewrites, ...]:
    """The rewrites of `folder`/audit, by the name of their files.

    Raises:
        KnowledgeError: there are none, or one is malformed.
    """
    paths = sorted((folder / "audit").glob("*.yaml"))
    found = tuple(read_model(p, Rewrites) for p in paths if p.stem != "resident")
    if not found:
        raise KnowledgeError(f"There are no rewrites in {folder / 'audit'}; restore them")
    return found


def rewrite(transcript: Transcript, variant: Variant, script: PatientScript) -> Transcript:
    """The transcript as it would be; only names reach what others said, and the note."""
    rename = _renamer(script, variant.person) if variant.person else None
    turns, number = list[tuple[str, str]](), 0
    for speaker, text in transcript.turns:
        mine = is_resident(speaker)
        if rename:
            text = rename(text, mine)
        elif mine:
            text, number = rewrite_turn(text, variant, number), number + 1
        turns.append((speaker, text))
    note = _in_all(transcript.note, lambda t: rename(t, True)) if rename else transcript.note
    return transcript.model_copy(update={"turns": tuple(turns), "note": note})


def _in_all(node: Any, change: Callable[[str], str]) -> Any:
    if isinstance(node, str):
        return change(node)
    if isinstance(node, list):
        return [_in_all(part, change) for part in node]
    if isinstance(node, dict):
        return {key: _in_all(part, change) for key, part in node.items()}
    return node


def rewrite_turn(text: str, variant: Variant, number: int) -> str:
    """One turn of the resident's, the number-th; nothing is made of an empty one."""
    if not text.strip():
        return text
    for old, new in sorted(variant.replace.items(), key=lambda pair: -len(pair[0])):
        text = _replaced(text, old, new)
    if variant.drop:
        words = "|".join(map(re.escape, variant.drop))
        text = _capital(re.sub(rf"\b(?:{words})\b\s+", "", text, flags=re.I), text)
    if variant.slip:
        text = _slipped(text, variant)
    if variant.inside:
        text = _filled(text, variant.inside, variant.every)
    if variant.question:
        lead = variant.question[number % len(variant.question)]
        text = QUESTION.sub(lambda m: lead + _lowered(m[1]), text, count=1)
    if variant.before:
        lead = variant.before[number % len(variant.before)]
        text = lead + (text if lead.rstrip().endswith(".") else _lowered(text))
    if variant.after:
        text += variant.after[number % len(variant.after)]
    if variant.unpunctuated:
        text = " ".join(re.sub(r"[^\w\s'’]", " ", text).split())
    return text.lower() if variant.lower else text


def _replaced(text: str, old: str, new: str) -> str:
    def one(match: re.Match[str]) -> str:
        return new[:1].upper() + new[1:] if match[0][0].isupper() else new

    return re.sub(rf"(?<![\w'’]){re.escape(old)}(?![\w'’])", one, text, flags=re.I)


def _capital(text: str, like: str) -> str:
    return text[:1].upper() + text[1:] if like[:1].isupper() else text


def _lowered(text: str) -> str:
    """A sentence that goes on from something: its first word small, but for "I" and names."""
    first = text.split(maxsplit=1)[0].rstrip(",.?!") if text.split() else ""
    plain = first.lower() not in ("i", "i'm", "i'd", "i'll", "i've", "dr")
    return text[:1].lower() + text[1:] if plain and first[1:].islower() else text


def _slipped(text: str, variant: Variant) -> str:
    count = 0

    def one(match: re.Match[str]) -> str:
        nonlocal count
        word = match[0]
        if len(word) < LONG or not word.islower():
            return word
        count += 1
        if count % variant.every:
            return word
        if variant.slip == "swap":
            return word[:2] + word[3] + word[2] + word[4:]
        return word[:2] + word[3:] if variant.slip == "drop" else word[:3] + word[2:]

    return WORD.sub(one, text)


def _filled(text: str, fillers: Sequence[str], every: int) -> str:
    words = text.split()
    out: list[str] = []
    for place, word in enumerate(words, 1):
        out.append(word)
        if place % every == 0 and place < len(words):
            out[-1] = word.rstrip(",") + ("," if word[-1].isalnum() or word[-1] == "," else "")
            out.append(fillers[place // every % len(fillers)] + ",")
    return " ".join(out)


def _renamer(script: PatientScript, person: Person) -> Callable[[str, bool], str]:
    """What puts another person's name and title into a text, and other pronouns into one's own.

    In the resident's talk and note each pronoun of the patient's kind is changed, a relative's too.
    """
    old, new = script.doorway.name.split(), person.name.split()
    swaps = [(script.doorway.name, person.name), (old[-1], new[-1]), (old[0], new[0])]
    titles = "|".join(TITLES)
    own: Pronouns = "she" if (script.doorway.pronouns or "").startswith("she") else "he"
    forms = list(_forms(own, person.pronouns))

    def rename(text: str, mine: bool) -> str:
        text = re.sub(rf"\b(?:{titles})\.? (?={re.escape(old[-1])}\b)", f"{person.title} ", text)
        for before, after in swaps:
            text = re.sub(rf"\b{re.escape(before)}\b", after, text)
        if mine:
            for before, after in forms:
                text = _replaced(text, before, after)
        return text

    return rename


def _forms(old: Pronouns, new: Pronouns) -> Iterator[tuple[str, str]]:
    for before, after in zip(FORMS[old], FORMS[new], strict=True):
        if before != after:
            yield before, after
