"""Check a reply before it is heard: nothing locked, invented, contradicted or out of the role.

A closed world: what a reply claims must stand in this turn's lines or in what was said before.
Everyday words are free; words of number, time, body, illness, medicine, family and so on are not.
Method: word classes, signs of clauses and nearness of sentences; no model is asked.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from simulator.language.tokens import words_of
from simulator.patient.case import Case
from simulator.patient.guard.claims import bare, raw_pieces, sentences_of, tokens_of
from simulator.patient.guard.leaks import diagnoses, locked_in, named_in, runs_of
from simulator.patient.guard.meaning import Limits, Meaning
from simulator.patient.guard.scope import Hidden, Phrasebook, Scope, build_scope
from simulator.patient.guard.signs import Signs
from simulator.patient.guard.swaps import Swaps
from simulator.patient.prompting import ECHO, rules_of
from simulator.patient.turn import State
from simulator.patient.voice import Line

_MARKUP = re.compile(
    r"[<>{}\[\]\\|`*_#~^=@%]|https?:|www\.|&#?\w+;|^\s*(?:[-•–]|\d+[.)])\s|\w+\(\)|[\"“”«»]", re.M
)
_BRACKETS = re.compile(r"\(([^)]*)\)|[()]")
_NAME = re.compile(r"(?<![.!?…:\"'(]\s)(?<!^)\b([A-ZÀ-Þ][a-zà-ÿ]+)\b")
_LATIN = re.compile(r"[^\x20-\x7e\nÀ-ſ–—…’‘“”°½¼¾]")
_SPELLED = re.compile(
    r"\b(?:\w[\s.-]+){4,}\w\b|\w*\d\w*[a-z]\w*\d\w*|\b[A-Z]{3,}\b|[A-Za-z0-9+/=]{24,}"
)
_DAYS = re.compile(
    r"\b(?:\d+|a|an|one|few|couple|couple of|several|many|\w+teen|\w+ty|two|three|four|five|six|"
    r"seven|eight|nine|ten|eleven|twelve|last|next|third|second) days?\b",
    re.I,
)
_BACK = re.compile(r"\b(?:my|the|his|her|lower|upper|bad|sore|of|your) back\b", re.I)
_TURNED = ("time", "frequency", "direction")  # told before, these may belong to something else


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with a reply: its kind, and words for the trace and the re-ask."""

    code: str
    text: str

    def __str__(self) -> str:
        return f"{self.code}: {self.text}"


class Guard:
    """Checks what a language model says as the patient of one case."""

    def __init__(self, case: Case, book: Phrasebook, limits: Limits | None = None) -> None:
        self.case, self.book, self.limits = case, book, limits or Limits()
        self.signs = Signs(case, book)
        self.meaning = Meaning(case, book, self.limits, self.signs)
        self.hidden = Hidden(case, book)
        self.swaps = Swaps(book)
        self.names = diagnoses(case)
        claims = book.claims
        self._role = [re.compile(p, re.I) for row in claims.words.role for p in row.patterns]
        self._jargon = claims.stems(claims.words.jargon)
        self._gestures = {g.strip("() ").lower() for g in case.script.patient.gestures}

    def scope(self, lines: Sequence[Line], state: State, said: str, mood: str) -> Scope:
        """What this turn's reply may draw on."""
        return build_scope(self.book, self.case, self.hidden, lines, state, said, mood)

    def faults_of(self, sentence: str, scope: Scope) -> list[Fault]:
        """What is wrong with one sentence; empty where it may be heard."""
        if tuple(tokens_of(sentence)) in scope.verbatim and not self._marked_up(sentence):
            return []
        spoken = _BRACKETS.sub(" ", sentence)
        faults = [*self._form(sentence, scope), *self._outside(spoken, scope)]
        faults += [*self._numbers(spoken, scope), *self._words(spoken, scope)]
        faults += self._topics(spoken, scope)
        return faults or list(self._meant(spoken, scope))

    def faults_of_reply(self, text: str, scope: Scope) -> list[Fault]:
        """What is wrong with a reply as a whole, or with as much of it as has been said."""
        faults = []
        if len(words_of(text)) > 2 * scope.words + self.limits.extra_words:
            faults.append(Fault("long", "says much more than was to be said"))
        mine = runs_of(text) - scope.runs
        if _repeats(text):
            faults.append(Fault("long", "repeats itself"))
        locked = locked_in(text, self.case, scope.hidden)
        telling = {r for r in mine if self._weighs(r, scope)}
        locked += [
            f
            for f in scope.hidden
            if f not in locked
            and (telling & self.hidden.runs[f] or any(s <= mine for s in self.hidden.sentences[f]))
        ]
        if swapped := self.swaps.faults_of(text, scope):
            faults.append(Fault("contradiction", swapped))
        if (runs_of(text, ECHO) - runs_of(scope.spoken, ECHO)) & rules_of():
            faults.append(Fault("echo", "repeats its instructions"))
        faults += [Fault("locked", f"tells {f!r}, which is not to be told now") for f in locked]
        faults += [Fault("diagnosis", f"names {n!r}") for n in self._illnesses(text, scope)]
        return faults

    def _weighs(self, run: tuple[str, ...], scope: Scope) -> bool:
        """Whether a run of words holds a word that this turn's lines do not allow."""
        stems = {self.book.claims.stem(bare(t)) for t in run}
        return bool(stems - self.book.claims.plain - scope.line_stems)

    def to_the_point(self, text: str, scope: Scope) -> bool:
        """Whether what was said so far touches what was to be said; until then it waits unheard.

        A yes or no at the beginning that seems the wrong one waits for what follows it.
        """
        return self.meaning.touches(text, scope) and not self.signs.wrong_start(text, scope)

    def missing(self, text: str, scope: Scope) -> tuple[Line, ...]:
        """What of this turn's lines a reply leaves unsaid: whole lines, or their last sentences."""
        unsaid = [line for line in scope.lines if not self.meaning.says(text, line, scope)]
        return tuple(replace(x, text=self.meaning.unsaid_of(text, x, scope)) for x in unsaid)

    # -- form and role ---------------------------------------------------------------------------

    def _marked_up(self, sentence: str) -> bool:
        return any(p.search(sentence) for p in (_MARKUP, _LATIN, _BRACKETS))

    def _form(self, sentence: str, scope: Scope) -> Iterator[Fault]:
        if found := _MARKUP.search(sentence):
            yield Fault("form", f"has {found.group().strip()!r} in it, which is not speech")
        if found := _LATIN.search(sentence):
            yield Fault("form", f"has the character {found.group()!r}")
        for found in _SPELLED.finditer(sentence):
            if found.group().lower() not in scope.spoken.lower():
                yield Fault("form", f"has {found.group()[:30]!r}, which nobody says aloud")
        for found in _BRACKETS.finditer(sentence):
            if (found.group(1) or "").strip().lower() not in self._gestures:
                yield Fault("form", f"has the stage direction {found.group()!r}")

    def _outside(self, text: str, scope: Scope) -> list[Fault]:
        lines, straight = scope.spoken.lower(), text.replace("’", "'")
        found = (m.group().strip() for p in self._role for m in p.finditer(straight))
        asked = self.signs.asks_back(text)
        faults = [
            Fault("role", f"no patient says {m!r}")
            for m in found
            if m.lower() not in lines and not (asked and m.lower() in scope.said)
        ]
        endings = tuple(self.book.claims.words.jargon_endings.words)
        for token in tokens_of(text):
            stem = self.book.claims.stem(token)
            if stem in scope.line_stems or stem in scope.before:
                continue
            if stem in self._jargon or (len(token) > 6 and token.endswith(endings)):
                faults.append(Fault("jargon", f"{token!r} is a doctor's word"))
        return faults[:3]

    def _illnesses(self, text: str, scope: Scope) -> list[str]:
        """Names of the note key that the lines do not hold, however they are written."""
        free = f" {' '.join(words_of(scope.spoken))} "
        names = [n for n in self.names if f" {n} " not in free]
        run = "".join(c for c in text.lower() if c.isalnum())
        hidden = [n for n in names if len(n) > 9 and n.replace(" ", "") in run]
        return list(dict.fromkeys([*named_in(text, names), *hidden]))

    # -- numbers and words -----------------------------------------------------------------------

    def _numbers(self, text: str, scope: Scope) -> Iterator[Fault]:
        claims = self.book.claims
        plain = claims.plainly(text)
        extra = claims.numbers_of(plain) - scope.numbers
        if extra and self.signs.may_echo(text, scope):
            extra -= scope.heard_numbers
        extra |= claims.ones_of(plain) - scope.singles
        yield from (Fault("number", f"brings in the number {n!r}") for n in sorted(extra))
        for number, what in sorted(claims.counted_of(plain) - scope.counted):
            if number not in extra and any(w == what for _, w in scope.counted):
                yield Fault("number", f"counts {number} of {what!r}")
        for side in sorted(claims.sides_of(text) - scope.sides):
            yield Fault("contradiction", f"brings in the {side} side")

    def _words(self, text: str, scope: Scope) -> list[Fault]:
        claims = self.book.claims
        echo = self.signs.may_echo(text, scope)
        names = {n.lower() for n in _NAME.findall(text)}
        found = (
            self._word(token, token in names, text, scope)
            for token in dict.fromkeys(tokens_of(claims.plainly(text)))
            if not (echo and claims.stem(bare(token)) in scope.heard)
        )
        return [fault for fault in found if fault][:4]

    def _word(self, token: str, name: bool, text: str, scope: Scope) -> Fault | None:
        claims, word = self.book.claims, bare(token)
        stem = claims.stem(word)
        kind = claims.classes.get(stem)
        lines = scope.line_stems if kind == "measure" else scope.now
        free = stem in lines or (stem in scope.before and kind not in _TURNED)
        free = free or stem in claims.plain or (name and _called(word, scope.said))
        free = free or (word in ("day", "days") and not _DAYS.search(text))
        free = free or (word == "back" and not _BACK.search(text))
        if free or token[0].isdigit() or word in claims.interjections:
            return None
        if name:
            return Fault("invention", f"names {token.capitalize()!r}")
        if kind:
            return Fault("invention", f"brings in {token!r}")
        if self._tells_hidden(stem, word, scope):
            return Fault("hidden", f"{token!r} stands only where it may not be told")
        if len(word) > 1 and not self.case.field.lexicon.knows(word):
            return Fault("invention", f"brings in the word {token!r}")
        return None

    def _tells_hidden(self, stem: str, word: str, scope: Scope) -> bool:
        forms = (word, stem, f"{stem}e", f"{stem}y", word.removesuffix("s"))
        if min(self.book.rank.get(form, 10**6) for form in forms) < self.limits.common:
            return False
        return stem in self.hidden.stems or any(
            stem in self.hidden.fact_stems[f] for f in scope.hidden
        )

    # -- subjects and meaning --------------------------------------------------------------------

    def _topics(self, text: str, scope: Scope) -> list[Fault]:
        claims = self.book.claims
        plain = claims.plainly(text)
        named = self.case.field.lexicon.topics_in(plain) - scope.topics
        if named and self.signs.may_echo(text, scope):
            named -= scope.heard_topics | scope.noes
        content = claims.stems_of(plain) - claims.plain - scope.now - scope.before
        return [
            Fault("invention", f"speaks of {topic!r}")
            for topic in sorted(named)
            if any(content & claims.stems_of(t) for t in self.case.field.topics[topic].terms)
        ][:2]

    def _meant(self, text: str, scope: Scope) -> Iterator[Fault]:
        if self.signs.evades(text, scope):
            yield Fault("contradiction", "evades what is answered with a no")
        if self.meaning.beside_the_point(text, scope):
            yield Fault("invention", "is beside the point")
        if self.meaning.unmarked(text, scope):
            yield Fault("invention", "answers where nothing is known or told")
        if wrong := self.signs.wrong_sign(text, scope):
            yield Fault("contradiction", wrong)
        if pair := self.signs.wrong_pair(text, scope):
            yield Fault("contradiction", pair)
        if leak := self.meaning.leak_in(text, scope):
            yield Fault("locked", f"comes near to {leak!r}, which is not to be told now")
        elif new := self.meaning.new_in(text, scope):
            yield Fault("invention", new)


def _repeats(text: str) -> bool:
    """Whether the last sentence was said before, or some piece of a sentence three times."""
    said = [tuple(tokens_of(s)) for s in sentences_of(text)]
    pieces = Counter(tuple(tokens_of(p)) for s in sentences_of(text) for p in raw_pieces(s))
    again = len(said) > 1 and len(said[-1]) > 1 and said[-1] in said[:-1]
    return again or any(n > 2 and len(piece) > 1 for piece, n in pieces.items())


def _called(name: str, said: str) -> bool:
    """Whether the resident was introduced by this name."""
    title = r"(?:dr|doctor|mr|mrs|ms|miss|nurse|i'm|i am|name is|name's|call me)\.?"
    return bool(re.search(rf"\b{title} (?:\w+ )?{re.escape(name)}\b", said))
