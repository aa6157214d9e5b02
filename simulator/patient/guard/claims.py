"""What a text claims, word by word: stems, numbers, and what is said with a no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import snowballstemmer

from simulator.patient.guard.words import GuardWords

_TOKEN = re.compile(r"\d+(?:[.,:/]\d+)*|[a-zà-öø-ÿ]+(?:'[a-z]+)?", re.I)
_ENDING = re.compile(r"(?:n't|'(?:s|ve|re|ll|d|m|t))$")
_SENTENCE = re.compile(r"(?<=[.!?…])[\"')\]]*\s+|\n+")
_CLAUSE = re.compile(
    r"[,;:!?…—–]+\s*|\.+(?!\d)\s*|\s-+\s|"
    r"\b(?:but|though|although|except|only that|(?<!now )and then|so that|(?<!now and )then)\b|"
    r"\band (?=(?:i|it|he|she|they|we|there|nobody|no|not|never|nothing|none)\b)"
)
_LEFT_RIGHT = re.compile(
    r"\b(?:my|the|his|her|on|to|at|from|upper|lower|far)(?: \w+)? (left|right)\b|"
    r"\b(left|right)(?:[- ](?:hand|side|sided|one|upper|lower|arm|leg|foot|knee|hip|eye|ear|"
    r"shoulder|side of|breast|calf|ankle|wrist|elbow|temple|hemisphere|thigh|flank|groin|kidney|"
    r"lung|jaw|cheek|half|bit|part|toe|thumb|finger|heel|shin|big|little|lower|nostril|buttock))\b",
    re.I,
)
_OTHER = re.compile(
    r"\b(other|opposite|both|either) (?:arms?|legs?|knees?|hands?|feet|foot|eyes?|ears?|hips?|"
    r"ankles?|shoulders?|wrists?|elbows?|sides?|breasts?|cal(?:f|ves)|thighs?|temples?)\b",
    re.I,
)
_NO_SIDE = re.compile(
    r"\b(?:all|that'?s|is|just|feels?|not|quite|coming?|came|be|been|get|go|went|put) right\b|"
    r"\bright (?:now|away|then|thing|time|place|words?|up|down|through|after|before)\b|"
    r"\b(?:i|he|she|they|we|it|who|just|had|have|has|been|be|was|what'?s|got|is) left\b",
    re.I,
)
_FINITE = frozenset(
    [
        "i",
        "it",
        "he",
        "she",
        "they",
        "we",
        "you",
        "there",
        "that",
        "this",
        "is",
        "are",
        "was",
        "were",
        "am",
        "has",
        "have",
        "had",
        "do",
        "does",
        "did",
        "can",
        "could",
        "will",
        "would",
        "should",
        "may",
        "might",
        "must",
        "got",
        "gets",
        "feels",
        "felt",
        "hurts",
        "came",
        "went",
        "comes",
        "goes",
    ]
)
_NO_WONDER = re.compile(r"(?:oh,? |well,? )?no (?:wonder|doubt|matter|question)\b")
_YES_NO = frozenset({"yes", "no"})
_ONCE = re.compile(r"\b(once) (?:a|an|every|per|in a) ([a-z]+)|\b(one) ([a-z]+)")
_A = re.compile(r"(?<!twice )(?<!times )\b(?:a|an|one|the|every|each|last|this) ([a-z]+)")
_COUNTED = frozenset({"time", "matter", "people"})
_TENS = {20, 30, 40, 50, 60, 70, 80, 90}


def _pieces(text: str) -> list[tuple[str, str]]:
    """The clauses of a text, each with what stands before it: a comma, a 'but', nothing."""
    found, lead, at = [], "", 0
    for gap in _CLAUSE.finditer(text):
        if piece := text[at : gap.start()].strip():
            found.append((lead, piece))
        lead, at = gap.group(), gap.end()
    if piece := text[at:].strip():
        found.append((lead, piece))
    return found


def raw_pieces(text: str) -> list[str]:
    """The clauses of a text as they were said, in lower case."""
    return [piece for _, piece in _pieces(lowered(text))]


def _with_fragments(run: list[Clause]) -> list[Clause]:
    """'Pollen, animals, nothing like that': a fragment beside a no is taken for one too."""
    if not any(c.negative for c in run):
        return run
    return [c if c.negative or c.finite else replace(c, negative=True, unsure=True) for c in run]


def _joins(before: int, value: int) -> bool:
    """Whether two numbers in a row are one: 'twenty two', 'a hundred and fifty'."""
    return (before in _TENS and 0 < value < 10) or (
        before > 0 and before % 100 == 0 and 0 < value < 100
    )


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of a text: its stems, and whether it is said with a no."""

    stems: frozenset[str]
    negative: bool
    softs: frozenset[str]  # 'hardly', 'stopped': may be a no in other words
    unsure: bool  # its sign cannot be told: a double negative, a turn of phrase, a fragment
    finite: bool = True  # whether it has a verb or a speaker, as far as one can see

    @property
    def soft(self) -> bool:
        """Whether its sign may be other than it seems."""
        return self.unsure or bool(self.softs)

    def against(self, other: Clause) -> bool:
        """Whether the two are of opposite sign for certain; soft words that both hold agree."""
        sure = not (self.unsure or other.unsure or self.softs ^ other.softs)
        return sure and self.negative != other.negative


def lowered(text: str) -> str:
    """A text in lower case, its curly apostrophes made straight."""
    return text.lower().replace("’", "'")


def tokens_of(text: str) -> list[str]:
    """Words and numbers in lower case; curly apostrophes made straight."""
    return [t.lower() for t in _TOKEN.findall(text.replace("’", "'"))]


def sentences_of(text: str) -> list[str]:
    """The sentences of a reply, in order."""
    return [s.strip() for s in _SENTENCE.split(text) if s.strip()]


def bare(token: str) -> str:
    """A word without its contracted ending: "didn't" → "did", "it's" → "it"."""
    if token in ("can't", "won't"):
        return {"can't": "can", "won't": "will"}[token]
    return _ENDING.sub("", token)


def _compared(words: GuardWords) -> dict[str, str]:
    """'sharper' and 'sharpest' for 'sharp', of the words that tell how something is."""
    found: dict[str, str] = {}
    for word in words.classes.get("quality", ()):
        root = word[:-1] if word[-1] in "ey" else word
        link = "i" if word.endswith("y") else ""
        twice = root[-1] if len(word) == 3 and word[-1] not in "wyae" else ""
        found |= {f"{root}{link}{twice}{ending}": word for ending in ("er", "est")}
    return found


class Claims:
    """Reads texts for what they claim; keeps what it has read, since lines come again."""

    def __init__(self, words: GuardWords, numbers: Mapping[str, int], negations: Iterable[str]):
        self.words = words
        self._stemmer = snowballstemmer.stemmer("english")
        self._stems: dict[str, str] = {}
        compared = {w: b for w, b in _compared(words).items() if w not in words.unstemmed}
        self._irregular = {**compared, **words.irregular}
        self._numbers = {**numbers, **words.numbers}
        self._negations = frozenset(negations) | {"nobody", "nowhere", "neither"}
        self._idioms = re.compile(
            "|".join(rf"\b{re.escape(i)}\b" for i in sorted(words.idioms, key=len, reverse=True))
        )

    def stem(self, word: str) -> str:
        """The stem under which forms of a word meet: 'started', 'starting' → 'start'."""
        found = self._stems.get(word)
        if found is None:
            base = self._irregular.get(word, word)
            whole = base in self.words.unstemmed
            found = self._stems[word] = base if whole else str(self._stemmer.stemWord(base))
        return found

    def stems_of(self, text: str) -> frozenset[str]:
        """The stems of all words of a text; numbers are left to `numbers_of`."""
        return frozenset(self.stem(bare(t)) for t in tokens_of(text) if not t[0].isdigit())

    @cached_property
    def classes(self) -> dict[str, str]:
        """For each stem of a class, the class."""
        return {self.stem(w): name for name, ws in self.words.classes.items() for w in ws}

    @cached_property
    def plain(self) -> frozenset[str]:
        """The stems of words that say nothing new."""
        words = self.words
        every = words.plain | words.interjections | words.yes_words | words.no_words
        return frozenset(self.stem(w) for w in every)

    @cached_property
    def soft_no(self) -> frozenset[str]:
        """The stems of words that may be a no."""
        return frozenset(self.stem(w) for w in self.words.soft_no)

    @cached_property
    def feelings(self) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
        """For each feeling the stems that show it in a persona, and those that it allows."""
        return tuple(
            (
                frozenset(self.stem(w) for w in feeling.when | feeling.words),
                frozenset(self.stem(w) for w in feeling.words),
            )
            for feeling in self.words.feelings.values()
        )

    @cached_property
    def _groups(self) -> dict[str, frozenset[str]]:
        found: dict[str, frozenset[str]] = {}
        for group in self.words.groups:
            stems = frozenset(self.stem(w) for w in group)
            for stem in stems:
                found[stem] = found.get(stem, frozenset()) | stems
        return found

    def widen(self, stems: Iterable[str]) -> frozenset[str]:
        """The stems and those that mean the same to a patient."""
        given = frozenset(stems)
        return given.union(*(self._groups.get(s, frozenset()) for s in given))

    def numbers_of(self, text: str) -> frozenset[str]:
        """The numbers that a text names; 'twenty-two' and 22 are the same, 7/10 is 7 and 10."""
        found: set[str] = set()
        before: int | None = None
        for word in tokens_of(text.replace("/", " ")):
            value = 1 if word == "one" and before in _TENS else self._value(word)
            if word == "hundred":
                value = 100 * (before or 1)
                found.discard(str(before))
            elif before is not None and value is not None and _joins(before, value):
                found.discard(str(before))
                value += before
            if value is not None:
                found.add(str(value))
                before = value
            elif not (word == "and" and before is not None and before % 100 == 0):
                before = None
                found |= {word} if word[0].isdigit() else set()
        return frozenset(found)

    def counted_of(self, text: str) -> frozenset[tuple[str, str]]:
        """What is counted: ('2', 'can') of 'two large cans'; the next word of content, if near."""
        tokens = tokens_of(text)
        found = set()
        for place, token in enumerate(tokens):
            if (value := self._value(token)) is None:
                continue
            after = [self.stem(bare(t)) for t in tokens[place + 1 : place + 4]]
            named = next((s for s in after if s not in self.plain), "")
            if named and self._value(named) is None:
                found.add((str(value), named))
        return frozenset(found)

    def _value(self, token: str) -> int | None:
        if token.isdigit() and len(token) < 9:
            return int(token)
        if token in ("a", "an", "one", "once"):
            return None
        return self._numbers.get(token)

    def ones_of(self, text: str) -> frozenset[str]:
        """What a text counts to one: 'once week' of 'once a week', 'one tablet'."""
        found = (m[:2] if m[0] else m[2:] for m in _ONCE.findall(text.lower()))
        return frozenset(
            f"{one} {stem}"
            for one, word in found
            if self.classes.get(stem := self.stem(word)) in _COUNTED
        )

    def singles_of(self, text: str) -> frozenset[str]:
        """What a text may count to one: the 'a week' of 'for a week' is 'one week'."""
        return self.ones_of(text) | {f"one {self.stem(w)}" for w in _A.findall(text.lower())}

    def clauses_of(self, text: str) -> list[Clause]:
        """The clauses of a text with their sign; a double negative counts as none."""
        runs: list[list[Clause]] = [[]]
        for lead, piece in _pieces(self.plainly(text)):
            tokens = tokens_of(self._idioms.sub(" ", piece))
            if "," not in lead or tokens == ["yes"]:
                runs.append([])
            if tokens and not all(t in self.words.interjections | _YES_NO for t in tokens):
                runs[-1].append(self._clause(piece, tokens))
        return [clause for run in runs for clause in _with_fragments(run)]

    def _clause(self, piece: str, tokens: list[str]) -> Clause:
        count = sum(self._says_no(t) for t in tokens)
        stems = frozenset(self.stem(bare(t)) for t in tokens)
        turned = len(tokens) != len(tokens_of(piece))
        unsure = count > 1 or turned or any(mark in piece for mark in self.words.not_known)
        finite = bool({bare(t) for t in tokens} & _FINITE)
        return Clause(stems, count % 2 == 1, stems & self.soft_no, unsure, finite)

    def pieces_of(self, text: str) -> list[str]:
        """The clauses of a text as words, without the turns of phrase that claim nothing."""
        return [piece for _, piece in _pieces(self.plainly(text))]

    def plainly(self, text: str) -> str:
        """The text in lower case without the turns of phrase that claim nothing."""
        lower = lowered(text).replace("all right", "alright")
        return self._neutral.sub(" ", lower)

    def sides_of(self, text: str) -> frozenset[str]:
        """'left' and 'right' where they name a side of the body."""
        spoken = _NO_SIDE.sub(" ", text.replace("’", "'"))
        found = [w for m in _LEFT_RIGHT.findall(spoken) for w in m if w]
        return frozenset(w.lower() for w in (*found, *_OTHER.findall(spoken)))

    @cached_property
    def telling(self) -> frozenset[str]:
        """The stems of common words that may change places all the same."""
        return frozenset(self.stem(w) for w in self.words.telling)

    @cached_property
    def opposites(self) -> dict[str, frozenset[str]]:
        """For each stem, the stems of its opposites."""
        found: dict[str, frozenset[str]] = {}
        for one, other in self.words.opposites:
            for a, b in ((one, other), (other, one)):
                found[self.stem(a)] = found.get(self.stem(a), frozenset()) | {self.stem(b)}
        return found

    @cached_property
    def _neutral(self) -> re.Pattern[str]:
        return re.compile("|".join(rf"\b(?:{n})\b" for n in self.words.neutral))

    def _says_no(self, token: str) -> bool:
        return token.endswith("n't") or bare(token) in self._negations | self.words.no_words

    def opens_with(self, text: str) -> str:
        """'yes', 'no' or '': how the reply begins, after a sigh or a name."""
        for token in tokens_of(text)[:4]:
            if token in self.words.yes_words:
                return "yes"
            if token in self.words.no_words:
                turned = self._idioms.match(text.lower()) and token.startswith("not")
                return "" if turned or _NO_WONDER.match(text.lower()) else "no"
            if token not in self.words.interjections | {"well", "so", "but", "and"}:
                return ""
        return ""
