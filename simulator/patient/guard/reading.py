"""A reply read once, and what its turn allows: what every check of the guard looks at."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TypeVar

import snowballstemmer
from pydantic import BaseModel, ConfigDict, RootModel

from simulator.knowledge.topics import read_model
from simulator.language.tokens import words_of
from simulator.language.words import Words
from simulator.patient.case import Case
from simulator.patient.turn import PartKind
from simulator.patient.voice import Line

RUN, KEPT, RARE = 5, 8_000, 30_522  # RARE: the rank of a word that the encoder does not know
SILENT: frozenset[PartKind] = frozenset({"withheld", "unknown", "unclear"})
_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|[a-zà-öø-ÿ]+(?:'[a-z]+)?", re.I)
_ENDING = re.compile(r"(?:n't|'(?:s|ve|re|ll|d|m|t))$")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_CLAUSE = re.compile(
    r"[,;:!?…—–]+\s*|\.+(?!\d)\s*|\s-+\s|\b(?:but|though|although|except|then)\b|"
    r"\band (?=(?:i|it|he|she|they|we|there|nobody|no|not|never|nothing|none)\b)"
)
_PART = (
    "hand|sided?|arm|leg|foot|feet|knee|hip|eye|ear|shoulder|breast|calf|calves|ankle|wrist|elbow|"
    "temple|thigh|flank|groin|kidney|lung|jaw|cheek|half|toe|thumb|finger|heel|shin|nostril"
)
_SIDE = re.compile(
    r"\b(?:my|the|his|her|on|to|at|from|upper|lower|far)(?: \w+)? (left|right)\b|"
    rf"\b(left|right)[- ](?:(?:upper|lower|big|little) )?(?:{_PART}|one)s?\b|"
    rf"\b(other|opposite|both|either) (?:{_PART})s?\b",
    re.I,
)
_NO_SIDE = re.compile(
    r"\b(?:all|that'?s|is|just|feels?|not|quite|com(?:es?|ing)|came|been?|get|go|went|put) right\b|"
    r"\b(?:i|he|she|they|we|it|who|just|ha[ds]|have|be|been|was|what'?s|got|is) left\b",
    re.I,
)
Run = tuple[str, ...]
T = TypeVar("T")


class Row(BaseModel):
    """Words or patterns by which a reply is read, why they are there, and what proves them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    why: str
    stops: str  # a sentence that it must stop
    passes: str  # one that it must let pass
    words: tuple[str, ...] = ()
    patterns: tuple[str, ...] = ()


class Rows(RootModel[dict[str, Row]]):
    """The rows of knowledge/talk/en/guard.yaml, by name."""

    def words(self, name: str) -> frozenset[str]:
        """The words of a row."""
        return frozenset(self.root[name].words)


def load_rows(folder: Path) -> Rows:
    """The rows of `folder`/talk/en/guard.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(folder / "talk" / "en" / "guard.yaml", Rows)


def lowered(text: str) -> str:
    """A text in lower case, its curly apostrophes made straight."""
    return text.lower().replace("’", "'")


def tokens_of(text: str) -> list[str]:
    """Words and numbers in lower case; curly apostrophes made straight."""
    return [t.lower() for t in _TOKEN.findall(text.replace("’", "'"))]


def sentences_of(text: str) -> list[str]:
    """The sentences of a reply, in order."""
    return [s.strip() for s in _SENTENCE.split(text) if s.strip()]


def clauses_in(text: str) -> list[str]:
    """The clauses of a text as they were said, in lower case."""
    return [piece.strip() for piece in _CLAUSE.split(lowered(text)) if piece.strip()]


def bare(token: str) -> str:
    """A word without its contracted ending: "didn't" → "did", "it's" → "it"."""
    return {"can't": "can", "won't": "will"}.get(token) or _ENDING.sub("", token)


def runs_of(text: str, size: int = RUN) -> frozenset[Run]:
    """Every run of some words of a text."""
    tokens = words_of(text)
    return frozenset(tuple(tokens[i : i + size]) for i in range(len(tokens) - size + 1))


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: the stems of its content and its numbers, and whether it is said with a no."""

    ties: frozenset[str]
    negative: bool


@dataclass(frozen=True, slots=True)
class Read:
    """A text, read once: one sentence of a reply, a line of the case, the resident's words."""

    text: str
    tokens: tuple[str, ...]
    stems: frozenset[str]
    content: frozenset[str]  # the stems that are no everyday words
    numbers: frozenset[str]
    counted: frozenset[tuple[str, str]]  # ('2', 'can') of 'two large cans'
    sides: frozenset[str]
    clauses: tuple[Clause, ...]
    opens: str  # 'yes', 'no' or ''
    runs: frozenset[Run]

    @property
    def asks(self) -> bool:
        """A short question that takes up the resident's words: 'My blood type?'"""
        return self.text.rstrip().endswith("?") and len(self.tokens) <= 6

    @property
    def negative(self) -> bool:
        """Whether any of it is said with a no."""
        return self.opens == "no" or any(c.negative for c in self.clauses)


class Tongue:
    """Reads texts; keeps what it has read, since lines come again.

    Args:
        rows: of guard.yaml. words: numbers, noes and opposites of the language.
        everyday: stems that good replies bring in by themselves, as fitted.
        ranks: how common words are, the commonest first.
    """

    def __init__(
        self, rows: Rows, words: Words, everyday: frozenset[str], ranks: Mapping[str, int]
    ) -> None:
        self._ranks = ranks
        self.rows, self._stemmer = rows, snowballstemmer.stemmer("english")
        self._stems: dict[str, str] = {}
        self._read: dict[str, Read] = {}
        more = dict(pair.split("=") for pair in rows.root["numbers"].words)
        self._numbers = {**words.numbers, **{k: int(v) for k, v in more.items()}}
        self._noes = words.negations | {"nobody", "nowhere", "neither"}
        self._yes, self._no = rows.words("yes"), rows.words("no")
        self.sighs = rows.words("sighs")
        self.everyday = everyday | {self.stem(w) for w in self.sighs | self._yes | self._no}
        turns = sorted(rows.words("no noes"), key=len, reverse=True)
        self._turns = re.compile("|".join(rf"\b{re.escape(t)}\b" for t in turns))
        kinds = [r for name, r in rows.root.items() if name.startswith("role")]
        self.role = tuple(re.compile(p, re.I) for r in kinds for p in r.patterns)
        pairs = [p.split("=") for p in rows.root["opposites"].words]
        self._opposites: dict[str, frozenset[str]] = {}
        either = {frozenset(p.split("=")) for p in rows.root["both"].words}
        for one, other in (*words.opposites, *pairs):
            if {one, other} in either:
                continue
            for a, b in ((one, other), (other, one)):
                held = self._opposites.get(self.stem(a), frozenset())
                self._opposites[self.stem(a)] = held | {self.stem(b)}

    def stem(self, word: str) -> str:
        """The stem under which forms of a word meet: 'started', 'starting' → 'start'."""
        if word not in self._stems:
            self._stems[word] = str(self._stemmer.stemWord(bare(word)))
        return self._stems[word]

    def rank(self, word: str) -> int:
        """The rank of the commonest form of a word; that of one which is not listed is RARE."""
        stem = self.stem(word)
        forms = (word, bare(word), stem, f"{stem}e", f"{stem}y", word.removesuffix("s"))
        return min(self._ranks.get(form, RARE) for form in forms)

    def rivals(self, word: str, among: frozenset[str]) -> frozenset[str]:
        """Those of some stems and numbers that are a word's opposites, or other numbers."""
        if word[0].isdigit():
            return frozenset(w for w in among if w[0].isdigit()) - {word}
        return self._opposites.get(word, frozenset()) & among

    def opposes(self, stem: str) -> bool:
        """Whether a stem has an opposite."""
        return stem in self._opposites

    def hedges(self, text: str) -> bool:
        """Whether a text says in so many words that one does not know, or would rather not say."""
        marks = self.rows.words("unknown") | self.rows.words("withheld")
        return any(mark in lowered(text) for mark in marks)

    def read(self, text: str) -> Read:
        """A text with what it claims."""
        found = self._read.get(text)
        if found is None:
            if len(self._read) > KEPT:
                self._read.clear()
            found = self._read[text] = self._fresh(text)
        return found

    def _fresh(self, text: str) -> Read:
        tokens = tokens_of(text)
        stems = frozenset(self.stem(t) for t in tokens if not t[0].isdigit())
        clauses = (self._clause(piece) for piece in clauses_in(text))
        return Read(
            text,
            tuple(tokens),
            stems,
            frozenset(s for s in stems - self.everyday if self.number(s) is None),
            self.numbers_of(tokens_of(text.replace("/", " "))),
            self._counted(tokens),
            self._sides(text),
            tuple(c for c in clauses if c),
            self._opens(tokens),
            runs_of(text),
        )

    def _clause(self, piece: str) -> Clause | None:
        tokens = tokens_of(self._turns.sub(" ", piece))
        if not tokens or all(t in self.sighs | self._yes | {"no"} for t in tokens):
            return None
        noes = sum(t.endswith("n't") or bare(t) in self._noes | self._no for t in tokens)
        stems = {self.stem(t) for t in tokens if not t[0].isdigit()}
        ties = {s for s in stems - self.everyday if self.number(s) is None}
        return Clause(frozenset(ties) | self.numbers_of(tokens), noes % 2 == 1)

    def number(self, token: str) -> int | None:
        """The number that a word stands for; 'a' and 'one' count nothing."""
        if token.isdigit() and len(token) < 9:
            return int(token)
        return None if token in ("a", "an", "one", "once") else self._numbers.get(token)

    def numbers_of(self, tokens: Sequence[str]) -> frozenset[str]:
        """The numbers named; 'twenty-two' and 22 are the same, 7/10 is 7 and 10."""
        found: set[str] = set()
        before: int | None = None
        for word in tokens:
            tens = before is not None and before in range(20, 100, 10)
            value = 1 if word == "one" and tens else self.number(word)
            if word == "hundred":
                value = 100 * (before or 1)
                found.discard(str(before))
            elif before and value and (tens and value < 10 or before % 100 == 0 and value < 100):
                found.discard(str(before))
                value += before
            if value is not None:
                found.add(str(value))
                before = value
            elif not (word == "and" and before and before % 100 == 0):
                before = None
                found |= {word} if word[0].isdigit() else set()
        return frozenset(found)

    def _counted(self, tokens: Sequence[str]) -> frozenset[tuple[str, str]]:
        found = set()
        for token, after in zip(tokens, tokens[1:], strict=False):
            value = 1 if token in ("a", "an", "one", "once") else self.number(token)
            named = self.stem(after)
            if value is not None and named not in self.everyday and self.number(after) is None:
                found.add((str(value), named))
        return frozenset(found)

    def _sides(self, text: str) -> frozenset[str]:
        spoken = _NO_SIDE.sub(" ", text.replace("’", "'"))
        return frozenset(w.lower() for m in _SIDE.findall(spoken) for w in m if w)

    def _opens(self, tokens: Sequence[str]) -> str:
        if self._turns.match(" ".join(tokens)):
            return ""
        for token in tokens[:4]:
            if token in self._yes:
                return "yes"
            if token in self._no:
                return "no"
            if token not in self.sighs | {"well", "so", "but", "and"}:
                return ""
        return ""


@dataclass(frozen=True)
class Allowed:
    """What one turn's reply may draw on, read once: each check takes from it what it needs."""

    case: Case
    lines: tuple[Line, ...]
    now: tuple[Read, ...]  # this turn's lines, and the other wordings of what they tell
    before: tuple[Read, ...]  # what was told before, and who the patient is
    named: tuple[Read, ...]  # what the topics of this turn's lines are called
    told: frozenset[str]  # the facts of both
    asked: Read  # the resident's words
    tongue: Tongue
    doubt: Callable[[Read, Allowed], float]  # see support.Support.doubt
    limit: float  # of the doubt: from here a sentence is not heard
    secrets: frozenset[str]  # the stems of what a script says to its author alone

    @cached_property
    def kinds(self) -> frozenset[PartKind]:
        """Of which kinds the lines are."""
        return frozenset(line.kind for line in self.lines)

    @cached_property
    def hidden(self) -> tuple[str, ...]:
        """The facts that may not be told now."""
        return tuple(f for f in self.case.facts if f not in self.told)

    @cached_property
    def spoken(self) -> str:
        """All that may be said, as one text."""
        return " . ".join(s.text for s in (*self.now, *self.before))

    @cached_property
    def runs(self) -> frozenset[Run]:
        """Every five words of the same."""
        return union(s.runs for s in (*self.now, *self.before))

    @cached_property
    def stems(self) -> frozenset[str]:
        """The stems of this turn's lines, and of what they speak of."""
        return union(s.stems for s in (*self.now, *self.named))

    @cached_property
    def known(self) -> frozenset[str]:
        """The stems of what was told before, and of who the patient is."""
        return union(s.stems for s in self.before)

    @cached_property
    def numbers(self) -> frozenset[str]:
        """The numbers of this turn's lines."""
        return union(s.numbers for s in self.now)

    @cached_property
    def clauses(self) -> tuple[Clause, ...]:
        """The clauses of this turn's lines."""
        return tuple(c for s in self.now for c in s.clauses)

    @cached_property
    def verbatim(self) -> frozenset[Run]:
        """The sentences of the lines, word by word."""
        return frozenset(tuple(tokens_of(x)) for s in self.now for x in sentences_of(s.text))

    @cached_property
    def signs(self) -> frozenset[str]:
        """'yes' and 'no', as the lines say of what they are about."""
        return frozenset(filter(None, (self._sign(x) for x in self.lines if x.kind != "talk")))

    def _sign(self, line: Line) -> str:
        read = next(s for s in self.now if s.text == line.text)
        if line.kind == "deny":
            return "no" if read.negative else "open"
        facts = [self.case.facts[f] for f in line.facts if f in self.case.facts]
        if line.kind not in ("tell", "chief", "opening") or not facts:
            return "open"
        if all(f.polarity == "negative" for f in facts):
            return "no" if read.negative else "open"
        return "open" if not read.clauses or read.clauses[0].negative else "yes"

    @cached_property
    def words(self) -> int:
        """How long the lines are."""
        return sum(len(line.text.split()) for line in self.lines)


def forms_of(case: Case, facts: Iterable[str]) -> list[str]:
    """All wordings of some facts."""
    found = [case.facts[f] for f in dict.fromkeys(facts) if f in case.facts]
    return [text for f in found for text in (f.says, *f.also)]


def names_of(case: Case, lines: Iterable[Line]) -> list[str]:
    """What the topics of lines are called, those of silent lines left out."""
    telling = [line for line in lines if line.kind not in SILENT]
    topics = [
        t for x in telling for t in (*x.topics, *(case.topic_of.get(f) for f in x.facts)) if t
    ]
    named = [case.field.topics[t] for t in dict.fromkeys(topics) if t in case.field.topics]
    return [text for t in named for text in (t.label, *t.terms)]


def union(sets: Iterable[frozenset[T]]) -> frozenset[T]:
    """All that any of some sets holds."""
    return frozenset[T]().union(*sets)
