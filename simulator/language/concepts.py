"""The field's concepts: what has one name and many words, as clinicians and patients say it.

One lexicon (knowledge/terms) stands behind the note, orders and the words of others' transcripts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulator.knowledge.topics import read_model
from simulator.language.lexicon import TOKEN, fold
from simulator.language.words import load_words

Kind = Literal["history", "examination", "test", "drug", "diagnosis"]
Key = tuple[Kind, str]  # a concept's kind and name
KINDS: tuple[Kind, ...] = ("history", "examination", "test", "drug", "diagnosis")
FILES = ("history", "examination", "test", "part", "step", "drug", "diagnosis")
SHORT_WORD = 3  # so short an abbreviation must stand in its own capitals: 'US' is no 'us'


class Concept(BaseModel):
    """One concept: its preferred name, what else it is called, and what it is a kind of.

    `short` holds abbreviations as they are written; `broader` the name of a concept of the same
    kind that it falls under; `topic` the id of the topic of knowledge/topics that asks for it.
    `wide` marks what no one orders as such: it is asked which part is meant.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    also: tuple[str, ...] = ()
    short: tuple[str, ...] = ()
    broader: str = ""
    topic: str = ""
    wide: bool = False


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    concepts: tuple[Concept, ...]


@dataclass(frozen=True, slots=True)
class Named:
    """Words of a text that name concepts, by kind and name; several where that is unclear."""

    start: int
    end: int
    concepts: frozenset[Key]


class Concepts:
    """Finds concepts in texts, the longest name first; what adds nothing is passed over."""

    def __init__(
        self, concepts: Iterable[tuple[Kind, Concept]], passed_over: frozenset[str] = frozenset()
    ) -> None:
        self.of: dict[Key, Concept] = {}
        self._passed_over = passed_over
        self._names: dict[tuple[str, ...], set[Key]] = {}
        self._written: dict[str, set[Key]] = {}  # names of one word that must stand as written
        for kind, concept in concepts:
            key = kind, concept.name
            self.of[key] = concept
            for name in (concept.name, *concept.also, *concept.short):
                self._add(name, key, name in concept.short and len(name) <= SHORT_WORD)
        self._longest = max((len(k) for k in self._names), default=1)

    @property
    def words(self) -> frozenset[str]:
        """Every word of every name, in lower case."""
        names = (n for c in self.of.values() for n in (c.name, *c.also, *c.short))
        return frozenset(m.group().lower() for name in names for m in TOKEN.finditer(name))

    def _add(self, name: str, key: Key, short: bool) -> None:
        words = tuple(w for w, _ in self._words(name))
        plural = len(words) == 1 and words[0] != name.lower()
        if short:
            self._written.setdefault(name, set()).add(key)
        elif plural:
            self._written.setdefault(name.lower(), set()).add(key)
        elif words:
            self._names.setdefault(words, set()).add(key)

    def _words(self, text: str) -> list[tuple[str, re.Match[str]]]:
        """The folded words of a text, without what adds nothing, but for the last."""
        found = [(fold(m.group()), m) for m in TOKEN.finditer(text)]
        return [(w, m) for w, m in found[:-1] if w not in self._passed_over] + found[-1:]

    def find(
        self, text: str, kinds: Iterable[Kind] = KINDS, prose: bool = True
    ) -> tuple[Named, ...]:
        """The concepts of these kinds that a text names, from left to right, none overlapping.

        In prose short abbreviations must stand in their own capitals; in an order they need not.
        """
        wanted = frozenset(kinds)
        words = self._words(text)
        found: list[Named] = []
        at = 0
        while at < len(words):
            for length in range(min(self._longest, len(words) - at), 0, -1):
                key = tuple(w for w, _ in words[at : at + length])
                named = set(self._names.get(key, ()))
                if length == 1:
                    named |= self._as_written(words[at][1].group(), prose)
                kept = frozenset(c for c in named if c[0] in wanted)
                if kept:
                    start, end = words[at][1].start(), words[at + length - 1][1].end()
                    found.append(Named(start, end, kept))
                    at += length
                    break
            else:
                at += 1
        return tuple(found)

    def keys(self, text: str, kinds: Iterable[Kind] = KINDS, prose: bool = True) -> frozenset[Key]:
        """All that a text names, without its places; see `find`."""
        return frozenset(c for n in self.find(text, kinds, prose) for c in n.concepts)

    def _as_written(self, token: str, prose: bool) -> set[Key]:
        forms = {token, token.lower(), token.removesuffix("s")}
        forms |= set() if prose else {token.upper(), token.upper().removesuffix("S")}
        return {key for form in forms for key in self._written.get(form, ())}

    def within(self, concept: Key, wider: Key) -> bool:
        """Whether a concept is another or falls under it."""
        return wider in self.chain(concept)

    def chain(self, concept: Key) -> Iterator[Key]:
        """A concept, and what it falls under, the nearest first."""
        seen = set[Key]()
        while concept in self.of and concept not in seen:
            seen.add(concept)
            yield concept
            concept = concept[0], self.of[concept].broader


def load_concepts(folder: Path) -> Concepts:
    """The concepts of the files in `folder`/terms.

    Raises:
        KnowledgeError: a file is missing or malformed.
    """
    files = [read_model(folder / "terms" / f"{name}.yaml", _File) for name in FILES]
    concepts = ((file.kind, concept) for file in files for concept in file.concepts)
    return Concepts(concepts, load_words(folder).passed_over)
