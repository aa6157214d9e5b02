"""Words that name a subject, and the mending of words that were shortened or mistyped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rapidfuzz import process
from rapidfuzz.distance import OSA

from simulator.knowledge.topics import Topics

TOKEN = re.compile(r"[a-z0-9]+(?:'[a-z]+)?", re.I)
_TYPO_MIN, RECENT = 5, 2000


@dataclass(frozen=True, slots=True)
class Mention:
    """A term found in a text: where it stands and which topics it may name."""

    start: int
    end: int
    topics: frozenset[str]


def fold(token: str) -> str:
    """A word without case, possessive and plural, so that 'fevers' meets 'fever'."""
    token = token.lower().removesuffix("'s")
    if len(token) > 4 and token.endswith("ies"):
        return token[:-3] + "y"
    if len(token) > 3 and token.endswith("s") and not token.endswith(("ss", "us", "is")):
        return token[:-1]
    return token


class Lexicon:
    """Finds terms in texts, longest first; knows which words exist, to mend typing slips."""

    def __init__(
        self,
        topics: Topics,
        known_words: Iterable[str],
        abbreviations: Mapping[str, str] | None = None,
    ) -> None:
        self._short = dict(abbreviations or {})
        either = "|".join(re.escape(a) for a in sorted(self._short, key=len, reverse=True))
        self._shortened = re.compile(rf"(?<![\w'])(?:{either})(?![\w'])", re.I) if either else None
        self._terms: dict[tuple[str, ...], set[str]] = {}
        for topic in topics:
            for term in topic.terms:
                key = tuple(fold(t) for t in TOKEN.findall(term))
                if key:
                    self._terms.setdefault(key, set()).add(topic.id)
        self._longest = max((len(k) for k in self._terms), default=1)
        self._recent: dict[str, tuple[Mention, ...]] = {}
        self._known = {w.lower() for w in known_words}
        domain = {
            t.lower()
            for topic in topics
            for text in (*topic.terms, *topic.questions)
            for t in TOKEN.findall(text)
            if len(t) >= _TYPO_MIN
        }
        self._domain = sorted(domain)
        self._known |= domain

    def mentions(self, text: str) -> tuple[Mention, ...]:
        """The terms that stand in a text, longest first at each place, left to right."""
        found = self._recent.get(text)
        if found is None:
            if len(self._recent) >= RECENT:
                self._recent.clear()
            found = self._recent[text] = self._find(text)
        return found

    def _find(self, text: str) -> tuple[Mention, ...]:
        tokens = [(m.start(), m.end(), fold(m.group())) for m in TOKEN.finditer(text)]
        found: list[Mention] = []
        at = 0
        while at < len(tokens):
            for length in range(min(self._longest, len(tokens) - at), 0, -1):
                key = tuple(t[2] for t in tokens[at : at + length])
                if key in self._terms:
                    start, end = tokens[at][0], tokens[at + length - 1][1]
                    found.append(Mention(start, end, frozenset(self._terms[key])))
                    at += length
                    break
            else:
                at += 1
        return tuple(found)

    def topics_in(self, text: str) -> frozenset[str]:
        """All topics that a text names by a term."""
        return frozenset(t for m in self.mentions(text) for t in m.topics)

    def knows(self, word: str) -> bool:
        """Whether a word is an ordinary word or one of the field."""
        word = word.lower().strip("'")
        return word in self._known or fold(word) in self._known or word.isdigit() or "'" in word

    def _inflects(self, word: str) -> bool:
        """Whether a word is a form of a known one: 'exerting', 'weaned', 'painless'."""
        for ending in ("ing", "ed", "er", "es", "ly", "y", "less", "ness"):
            if word.endswith(ending) and len(word) - len(ending) >= 4:
                stem = word.removesuffix(ending)
                if self.knows(stem) or self.knows(f"{stem}e"):
                    return True
        return False

    def mend(self, text: str) -> str:
        """The text with abbreviations written out and misspelt words of the field put right."""
        if self._shortened is not None:
            text = self._shortened.sub(lambda m: self._written_out(m.group()), text)
        return TOKEN.sub(lambda m: self._mend_word(m.group()), text)

    def _written_out(self, short: str) -> str:
        return self._short.get(short) or self._short.get(short.lower()) or short

    def _mend_word(self, word: str) -> str:
        if len(word) < _TYPO_MIN or self.knows(word) or not word.isalpha():
            return word
        if self._inflects(word.lower()):
            return word
        limit = 1 if len(word) < 8 else 2
        best = process.extractOne(
            word.lower(), self._domain, scorer=OSA.distance, score_cutoff=limit
        )
        return str(best[0]) if best and best[0][0] == word[0].lower() else word
