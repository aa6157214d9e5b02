"""Whether a sentence comes near to what may be said, and whether a reply says what it must.

A sentence with new words must come near to the lines; one that comes nearer to a hidden fact than
to them is stopped; a line counts as said by its words or by its sense.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from simulator.patient.case import Case
from simulator.patient.guard.claims import Claims, lowered, raw_pieces, sentences_of, tokens_of
from simulator.patient.guard.scope import Phrasebook, Scope
from simulator.patient.guard.signs import ANSWERS, SILENT, Signs
from simulator.patient.turn import PartKind
from simulator.patient.voice import Line

_AND = re.compile(r",? \band (?=(?:i|it|he|she|they|we|my)\b)|;|—|\bbut\b", re.I)


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the guard draws its lines; set on the tune part of bench/adversaries."""

    common: int = 8000  # the rank up to which a word is too common to give a hidden text away
    leak_near: float = 0.62  # a sentence as near to a hidden fact as this …
    leak_margin: float = 0.08  # … and nearer than to all that may be said, by this much
    support: float = 0.5  # a sentence with one new word must be as near as this to a line
    beside: float = 0.45  # a sentence that shares no word with the lines must be as near as this
    part: float = 0.5  # the part of it that holds the new word, as near as this
    alike: float = 0.62  # words as near as this mean the same, where they are of no class
    extra_words: int = 16  # words beyond twice the lines
    covered: float = 0.58  # a line is said when the reply is as near to it as this
    shared: float = 0.5  # … or holds this share of its content words


class Meaning:
    """Compares sentences of one case with what may be said."""

    def __init__(self, case: Case, book: Phrasebook, limits: Limits, signs: Signs) -> None:
        self.case, self.book, self.limits, self.signs = case, book, limits, signs
        self.claims: Claims = book.claims
        self._claims = [re.compile(p) for p in book.claims.words.claims.patterns]
        self._chief = self.claims.widen(self.claims.stems_of(case.script.doorway.concern))

    def _claims_so(self, piece: str) -> bool:
        return any(p.search(piece.strip()) for p in self._claims)

    def leak_in(self, text: str, scope: Scope) -> str:
        """The hidden fact that a sentence with new words comes nearer to than to the lines."""
        if not self._new_words(text, scope):
            return ""
        near = self._nearness(text, scope)
        vector = self.book.text_vectors((text,))[0]
        for fact in scope.hidden:
            close = float((self.book.text_vectors(self._forms(fact)) @ vector).max())
            if close >= self.limits.leak_near and close > near + self.limits.leak_margin:
                return fact
        return ""

    def new_in(self, text: str, scope: Scope) -> str:
        """What a sentence says that may not be said, by its sense; in words, or nothing."""
        fresh = self._new_words(text, scope)
        if not fresh:
            return ""
        near = self._nearness(text, scope)
        fresh = self._unlike(fresh, self.claims.plainly(text), scope)
        if len(fresh) > 1 or (fresh and near < self.limits.support):
            return f"says something new ({', '.join(sorted(fresh)[:4])})"
        for part in _AND.split(text)[1:] if fresh else ():
            if self._fresh(part, scope) & fresh and self._nearness(part, scope) < self.limits.part:
                return f"adds something new ({', '.join(sorted(fresh)[:4])})"
        return ""

    def _new_words(self, text: str, scope: Scope) -> frozenset[str]:
        echo = scope.heard if self.signs.may_echo(text, scope) else frozenset[str]()
        return self._fresh(text, scope) - echo

    def _fresh(self, text: str, scope: Scope) -> frozenset[str]:
        content = self.claims.stems_of(self.claims.plainly(text)) - self.claims.plain
        return content - scope.now - scope.before - self._chief

    def _nearness(self, text: str, scope: Scope) -> float:
        """How near a text comes to what may be said, or to a set phrase."""
        vector = self.book.text_vectors((text,))[0]
        return max(float((scope.vectors @ vector).max(initial=0.0)), self._near_phrase(text))

    def _unlike(self, fresh: frozenset[str], text: str, scope: Scope) -> frozenset[str]:
        """Those new words that are near to no word of the lines, or belong to a class."""
        open_words = {t: s for t in tokens_of(text) if (s := self.claims.stem(t)) in fresh}
        free = {t: s for t, s in open_words.items() if s not in self.claims.classes}
        if not free or len(fresh) > 3:
            return fresh
        known = self.book.text_vectors(scope.content)
        given = self.book.text_vectors(tuple(free))
        near = (given @ known.T).max(axis=1) if len(known) else given[:, 0] * 0
        alike = {s for s, n in zip(free.values(), near, strict=True) if n >= self.limits.alike}
        return fresh - alike

    def says(self, text: str, line: Line, scope: Scope) -> bool:
        """Whether a reply says what a line has to say."""
        if line.kind == "talk":
            return True
        if line.kind == "deny":
            return self.signs.denies(text, scope) or self._tells(text, line, scope)
        if line.kind == "confirm":
            return self.claims.opens_with(text) != "no"
        marks = self.marks_of(line.kind)
        if not marks:
            return self._tells(text, line, scope)
        return self._marked(text, marks) or self._close(text, line.text) >= self.limits.support

    def unsaid_of(self, text: str, line: Line, scope: Scope) -> str:
        """Those sentences of a line that a reply has not said yet; all of a mere phrase."""
        if line.kind not in ANSWERS:
            return line.text
        known = scope.heard | self._chief
        said = [
            form
            for f in line.facts
            for form in self._forms(f)
            if form in line.text and self._fact_told(text, f, known)
        ]
        left = [
            sentence
            for sentence in sentences_of(line.text)
            if not self._tells_sentence(text, sentence, known)
            and not any(sentence in form for form in said)
        ]
        return " ".join(left) or line.text

    def _forms(self, fact: str) -> tuple[str, ...]:
        found = self.case.facts.get(fact)
        return (found.says, *found.also) if found else ()

    def _fact_told(self, text: str, fact: str, known: frozenset[str]) -> bool:
        """Whether a fact is told in any of the wordings that its author gave."""
        return any(
            all(self._tells_sentence(text, s, known) for s in sentences_of(form))
            for form in self._forms(fact)
        )

    def touches(self, text: str, scope: Scope) -> bool:
        """Whether what has been said so far says one sentence of the lines, where there are any."""
        told = [line for line in scope.lines if line.kind in ANSWERS]
        denied = [line for line in scope.lines if line.kind == "deny"]
        if denied and not told:
            return any(self.says(text, line, scope) for line in denied)
        forms = [form for line in told for f in line.facts for form in self._forms(f)]
        return not told or any(
            self._tells_sentence(text, sentence)
            for form in (*(line.text for line in told), *forms)
            for sentence in sentences_of(form)
        )

    def marks_of(self, kind: PartKind) -> frozenset[str]:
        """The turns of phrase by which one says that one does not know, or would rather not say."""
        words = self.claims.words
        found: dict[PartKind, frozenset[str]] = {
            "unknown": words.not_known.words,
            "withheld": words.refusals.words,
            "unclear": words.not_understood.words | {"?"},
            "nothing_more": words.nothing_more.words | words.not_known.words,
        }
        return found.get(kind, frozenset())

    def beside_the_point(self, text: str, scope: Scope) -> bool:
        """A statement that has nothing to do with the lines, the question or polite talk."""
        if len(tokens_of(text)) < 3 or self.signs.asks_back(text) or self.signs.opens_no(text):
            return False
        about = scope.now | scope.heard | scope.denied | self._chief
        if self._content_of(self.claims.plainly(text)) & about:
            return False
        return self._nearness(text, scope) < self.limits.beside

    def unmarked(self, text: str, scope: Scope) -> bool:
        """A sentence that claims something where only 'I don't know' or the like may be said."""
        if not scope.kinds <= SILENT or scope.kinds == {"talk"}:
            return False
        if self.signs.asks_back(text) and self._content_of(text) <= scope.heard:
            return False
        marks = [m for line in scope.lines for m in (*self.marks_of(line.kind), line.text.lower())]
        if any(self.signs.admits(p) or self._claims_so(p) for p in raw_pieces(text)):
            return True
        if self._marked(text, marks) or not set(tokens_of(text)) - self.claims.interjections:
            return False
        if self.claims.opens_with(text) and "nothing_more" not in scope.kinds:
            return all(self._close(text, x.text) < self.limits.covered for x in scope.lines)
        if "withheld" in scope.kinds and self._marked(text, self.claims.words.doubts.words):
            return True  # 'I'm not sure how to explain it' is half an answer
        near = max(self._close(text, line.text) for line in scope.lines)
        if "withheld" not in scope.kinds or not self._content_of(text):
            near = max(near, self._near_phrase(text))
        return near < self.limits.covered

    def _content_of(self, text: str) -> frozenset[str]:
        return self.claims.stems_of(text) - self.claims.plain

    def _near_phrase(self, text: str) -> float:
        vector = self.book.text_vectors((text,))[0]
        return float((self.book.phrases @ vector).max(initial=0.0))

    def _marked(self, text: str, marks: Iterable[str]) -> bool:
        lower = lowered(text)
        return any(mark in lower for mark in marks)

    def _tells(self, text: str, line: Line, scope: Scope) -> bool:
        known = scope.heard | self._chief  # 'it' may stand for what the resident named
        if all(self._tells_sentence(text, s, known) for s in sentences_of(line.text)):
            return True
        plain = line.kind == "tell" and line.facts
        return bool(plain) and all(self._fact_told(text, f, known) for f in line.facts)

    def _tells_sentence(
        self, text: str, sentence: str, known: frozenset[str] = frozenset()
    ) -> bool:
        wanted = self.claims.numbers_of(sentence)
        if wanted and not wanted & self.claims.numbers_of(text):
            return False
        have = self.claims.widen(self.claims.stems_of(text)) | known
        content = self.claims.stems_of(sentence) - self.claims.plain
        content = (content - known) or content
        share = len(content & have) / len(content) if content & (have - known) else 0.0
        near = share < self.limits.shared and self._close(text, sentence) >= self.limits.covered
        return share >= self.limits.shared or (near and self.signs.agree(text, sentence))

    def _close(self, text: str, line: str) -> float:
        vectors = self.book.text_vectors((line, text, *sentences_of(text)))
        return float((vectors[1:] @ vectors[0]).max())
