"""Find the examinations and tests that a resident names: all that a sentence orders, not one."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from rapidfuzz import fuzz

from simulator.encounter.records import Turn
from simulator.language.concepts import Concept, Concepts, Key, Kind, Named
from simulator.language.lexicon import Lexicon
from simulator.language.tokens import segments
from simulator.language.words import Words
from simulator.scripts.schema import PatientScript
from simulator.services import Services

ENOUGH = 86  # of 100: how like an own name of the script misspelt words must be
MAX_ORDER = 400
ANNOUNCING, SURE = ("exam_announce", "exam_instruct"), 0.5
TOGETHER = 7  # of more examinations that one name covers it is asked which
KINDS: tuple[Kind, ...] = ("examination", "test")
_COMMA = re.compile(r"[,;/.?!\n]+|\bthen\b")
_WORDS = re.compile(r"[a-z0-9]+", re.I)


@dataclass(frozen=True, slots=True)
class Orderable:
    """An examination or test of the script, by all its names."""

    kind: Literal["examination", "test"]
    name: str
    names: tuple[str, ...]
    result: str


@dataclass(frozen=True, slots=True)
class Request:
    """What a resident's words order: what can be done, what must be asked, what is not there.

    `offered` are the findings among which the words do not choose; `missing` are words of the
    resident's for which the case has none.
    """

    found: tuple[Orderable, ...] = ()
    offered: tuple[Orderable, ...] = ()
    missing: tuple[str, ...] = ()


def orderables(script: PatientScript) -> list[Orderable]:
    """All examinations and tests that the script has a finding for."""
    exams = [
        Orderable("examination", m.manoeuvre, (m.manoeuvre, *m.also), m.finding)
        for m in script.examination
    ]
    tests = [Orderable("test", t.name, (t.name, *t.also), t.result) for t in script.tests]
    return [*exams, *tests]


@dataclass(frozen=True, slots=True)
class Names:
    """What names examinations and tests, which words are ordinary, and which name nothing."""

    concepts: Concepts
    lexicon: Lexicon
    words: Words

    @classmethod
    def of(cls, services: Services) -> Self:
        """Those of an installation."""
        return cls(services.concepts, services.field.lexicon, services.field.words)


def read_request(wanted: str, options: Sequence[Orderable], names: Names) -> Request:
    """What a resident's words order of what the case has findings for."""
    return _Reading(options, names).read(wanted[:MAX_ORDER])


def announced(turn: Turn, script: PatientScript, services: Services) -> tuple[str, ...]:
    """The examinations of the script that a turn announces or asks leave for, by name."""
    if max(turn.trace.acts.get(act, 0.0) for act in ANNOUNCING) < SURE:
        return ()
    options = [o for o in orderables(script) if o.kind == "examination"]
    return tuple(o.name for o in read_request(turn.said, options, Names.of(services)).found)


class _Reading:
    """One request on its way from words to findings."""

    def __init__(self, options: Sequence[Orderable], names: Names) -> None:
        words = names.words
        self.options, self.concepts, self.lexicon = options, names.concepts, names.lexicon
        self.filler = words.ordering | words.passed_over
        self.own = Concepts(
            ((o.kind, Concept(name=o.name, also=o.names)) for o in options), words.passed_over
        )
        self.of: dict[Key, Orderable] = {(o.kind, o.name): o for o in options}
        self.means = [self._concepts(o) for o in options]

    def _concepts(self, option: Orderable) -> frozenset[Key]:
        """What the names of an option mean; a bedside test may stand among the examinations."""
        kinds: tuple[Kind, ...] = KINDS if option.kind == "examination" else ("test",)
        return frozenset[Key]().union(*(self.concepts.keys(n, kinds) for n in option.names))

    def read(self, wanted: str) -> Request:
        found: list[Orderable] = []
        offered: list[Orderable] = []
        missing: list[str] = []
        covered: list[tuple[int, int]] = []
        ordered = self._ordered(wanted)
        for named, own in ordered:
            covered.append((named.start, named.end))
            clear, unclear = self._resolve(named, own)
            found += clear
            offered += unclear
            if not clear and not unclear:
                missing.append(self._whole(wanted, named, [n for n, _ in ordered]))
        rest: list[str] = []
        for start, end in segments(wanted):
            if any(a < end and b > start for a, b in covered):
                continue
            like = self._alike(wanted[start:end])
            if like is not None:
                found.append(like)
            elif self._without_filler(wanted[start:end]):
                rest.append(wanted[start:end])
        nothing = not (found or offered or missing)
        if nothing and not rest and any(c.isalpha() and not c.isascii() for c in wanted):
            rest.append(wanted.strip())  # another script holds no word that is known here
        missing += [r for r in rest if nothing or self._odd(r)]
        done = tuple(dict.fromkeys(found))
        choice = tuple(o for o in dict.fromkeys(offered) if o not in done)
        return Request(done, choice, tuple(dict.fromkeys(missing)))

    def _whole(self, text: str, named: Named, every: Sequence[Named]) -> str:
        """The resident's words around a name, without those that name nothing."""
        for start, end in segments(text):
            inside = [n for n in every if n.start < end and n.end > start]
            if inside == [named]:
                words = _WORDS.finditer(text, start, end)
                content = [m for m in words if m.group().lower() not in self.filler]
                return text[content[0].start() : content[-1].end()] if content else text[start:end]
        return text[named.start : named.end]

    def _ordered(self, text: str) -> list[tuple[Named, bool]]:
        """The names of a text without the parts of the body that only say where a test is done."""
        named = self._named(text)
        tests = [n for n, _ in named if any(kind == "test" for kind, _ in n.concepts)]
        kept = []
        for name, own in named:
            place = next((p for p in _pieces(text) if p[0] <= name.start < p[1]), (0, len(text)))
            beside = any(place[0] <= t.start < place[1] and t is not name for t in tests)
            part = all(kind == "examination" for kind, _ in name.concepts)
            part = part and len(text[name.start : name.end].split()) == 1
            if not (beside and part):
                kept.append((name, own))
        return kept

    def _named(self, text: str) -> list[tuple[Named, bool]]:
        """The names in a text, the script's own before the field's where they overlap."""
        own = list(self.own.find(text, KINDS))
        field = [
            n
            for n in self.concepts.find(text, KINDS, prose=False)
            if text[n.start : n.end].lower() not in self.filler
        ]
        longer = [n for n in field if all(_apart(n, o) or _longer(n, o) for o in own)]
        kept = [o for o in own if all(_apart(o, n) for n in longer)]
        both = [(n, False) for n in longer] + [(n, True) for n in kept]
        return sorted(both, key=lambda pair: pair[0].start)

    def _resolve(self, named: Named, own: bool) -> tuple[list[Orderable], list[Orderable]]:
        """The options that a name means; examinations are done together, of tests it is asked."""
        if own:
            return [self.of[key] for key in sorted(named.concepts)], []
        if any(self.concepts.of[c].wide for c in named.concepts):
            return [], [o for o in self.options if any(o.kind == k for k, _ in named.concepts)]
        exact = self._exact(named)
        under = self._those(
            lambda means: any(self.concepts.within(m, c) for m in means for c in named.concepts)
        )
        exams = [o for o in (under or exact) if o.kind == "examination"]
        tests = [o for o in (exact or under) if o.kind == "test"]
        if exams and any(kind == "examination" for kind, _ in named.concepts):
            return (exams, []) if len(exams) <= TOGETHER else ([], exams)
        if tests:
            return (tests, []) if len(tests) == 1 else ([], tests)
        if exact:
            return exact, []
        above = {k for c in named.concepts for k in self.concepts.chain(c)}  # a panel, for a part
        panels = [o for o in self.options if o.kind == "test" and self._says(o.name) & above]
        return panels[:1], []

    def _exact(self, named: Named) -> list[Orderable]:
        """The options that mean it, those whose own name says it before those by another name."""
        options = self._those(lambda means: bool(means & named.concepts))
        first = [o for o in options if self._says(o.name) & named.concepts]
        return first or options

    def _says(self, name: str) -> frozenset[Key]:
        return self.concepts.keys(name, KINDS)

    def _those(self, wanted: Callable[[frozenset[Key]], bool]) -> list[Orderable]:
        return [o for o, means in zip(self.options, self.means, strict=True) if wanted(means)]

    def _alike(self, words: str) -> Orderable | None:
        """The option whose own name the words misspell."""
        ours = self._without_filler(words)
        if not ours:
            return None
        scored = [
            (max(float(fuzz.token_sort_ratio(ours, self._without_filler(n))) for n in o.names), i)
            for i, o in enumerate(self.options)
        ]
        best, at = max(scored, default=(0.0, 0))
        return self.options[at] if best >= ENOUGH else None

    def _without_filler(self, words: str) -> str:
        return " ".join(w for w in _WORDS.findall(words.lower()) if w not in self.filler)

    def _odd(self, words: str) -> bool:
        """Whether it holds a word of no ordinary talk: the name of what is not known here."""
        return any(not self.lexicon.knows(w) for w in _WORDS.findall(words))


def _pieces(text: str) -> list[tuple[int, int]]:
    """Where the pieces between commas stand: 'x-ray of hands and feet' is one."""
    cuts = [0, *[m.end() for m in _COMMA.finditer(text)], len(text)]
    return list(zip(cuts, cuts[1:], strict=False))


def _apart(one: Named, other: Named) -> bool:
    return one.end <= other.start or one.start >= other.end


def _longer(one: Named, other: Named) -> bool:
    return one.end - one.start > other.end - other.start
