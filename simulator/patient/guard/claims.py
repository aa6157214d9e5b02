"""What a text claims, word by word: stems, numbers, and what is said with a no."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import snowballstemmer

from simulator.patient.guard.words import GuardWords, Words

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
_NO_WONDER = re.compile(r"(?:oh,? |well,? )?no (?:wonder|doubt|matter|question)\b")
_YES_NO = frozenset({"yes", "no"})
_ONCE = re.compile(r"\b(once) (?:a|an|every|per|in a) ([a-z]+)|\b(one) ([a-z]+)")
_A = re.compile(r"(?<!twice )(?<!times )\b(?:a|an|one|the|every|each|last|this) ([a-z]+)")
_COUNTED = frozenset({"time", "matter", "people"})
COMMON = 6000  # the rank up to which a word is an everyday one; set on the tune part
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


def _any_of(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern for whole words of any of these; for nothing where there are none."""
    return re.compile("|".join(rf"\b(?:{p})\b" for p in patterns) or "(?!)")


def _related(groups: Iterable[frozenset[str]]) -> dict[str, frozenset[str]]:
    """For each member of some groups, all with whom it shares one."""
    found: dict[str, frozenset[str]] = {}
    for group in groups:
        for stem in group:
            found[stem] = found.get(stem, frozenset()) | group
    return found


def _compared(words: GuardWords) -> dict[str, str]:
    """'sharper' and 'sharpest' for 'sharp', of the words that tell how something is."""
    found: dict[str, str] = {}
    for word in words.classes["quality"].words:
        root = word[:-1] if word[-1] in "ey" else word
        link = "i" if word.endswith("y") else ""
        twice = root[-1] if len(word) == 3 and word[-1] not in "wyae" else ""
        found |= {f"{root}{link}{twice}{ending}": word for ending in ("er", "est")}
    return found


class Claims:
    """Reads texts for what they claim; keeps what it has read, since lines come again."""

    def __init__(
        self,
        words: GuardWords,
        numbers: Mapping[str, int],
        negations: Iterable[str],
        names: Iterable[str] = (),
        rank: Mapping[str, int] | None = None,
    ) -> None:
        """What it reads by.

        Args:
            words: the rows. numbers, negations: of the language.
            names: words that name a subject of the field by themselves; the rare ones of them are
                a class of their own. rank: a word's place among all words, the commonest first.
        """
        self.words = words
        self._stemmer = snowballstemmer.stemmer("english")
        self._stems: dict[str, str] = {}
        compared = {w: b for w, b in _compared(words).items() if w not in words.unstemmed.words}
        self._irregular = {**compared, **words.irregular.forms}
        self._numbers = {**numbers, **words.numbers.numbers}
        self._negations = frozenset(negations) | {"nobody", "nowhere", "neither"}
        self._idioms = _any_of(map(re.escape, sorted(words.idioms.words, key=len, reverse=True)))
        self._neutral = _any_of(words.neutral.patterns)
        self.noes, self.yeses = words.no_words.words, words.yes_words.words
        self.interjections = words.interjections.words
        #: the stems of words that say nothing new
        self.plain = self.stems(words.plain, words.interjections, words.yes_words, words.no_words)
        #: for each stem of a class, the class
        self.classes = dict.fromkeys(self._rare(names, rank or {}), "field")
        self.classes |= {self.stem(w): name for name, c in words.classes.items() for w in c.words}
        self.soft_no = self.stems(words.soft_no)
        #: for each feeling the stems that show it in a persona, and those that it allows
        self.feelings = [
            (frozenset(map(self.stem, f.when)) | self.stems(f), self.stems(f))
            for f in words.feelings.values()
        ]
        self._groups = _related(self.stems(group) for group in words.groups)
        #: for each stem, the stems of its opposites
        self.opposites = {
            a: stems - {a}
            for a, stems in _related(
                frozenset(map(self.stem, pair)) for pair in words.opposites.pairs
            ).items()
        }

    def _rare(self, names: Iterable[str], rank: Mapping[str, int]) -> frozenset[str]:
        """The stems of names that are no everyday words: 'rash', and not the 'slow' of slowness."""
        never = len(rank) + COMMON
        stems = {self.stem(n) for n in names if rank.get(n, never) >= COMMON} - self.plain
        return frozenset(s for s in stems if rank.get(s, never) >= COMMON)

    def stem(self, word: str) -> str:
        """The stem under which forms of a word meet: 'started', 'starting' → 'start'."""
        found = self._stems.get(word)
        if found is None:
            base = self._irregular.get(word, word)
            whole = base in self.words.unstemmed.words
            found = self._stems[word] = base if whole else str(self._stemmer.stemWord(base))
        return found

    def stems(self, *rows: Words) -> frozenset[str]:
        """The stems of the words of some rows."""
        return frozenset(self.stem(w) for row in rows for w in row.words)

    def stems_of(self, text: str) -> frozenset[str]:
        """The stems of all words of a text; numbers are left to `numbers_of`."""
        return frozenset(self.stem(bare(t)) for t in tokens_of(text) if not t[0].isdigit())

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
            if tokens and not all(t in self.interjections | _YES_NO for t in tokens):
                runs[-1].append(self._clause(piece, tokens))
        return [clause for run in runs for clause in _with_fragments(run)]

    def _clause(self, piece: str, tokens: list[str]) -> Clause:
        count = sum(self._says_no(t) for t in tokens)
        stems = frozenset(self.stem(bare(t)) for t in tokens)
        turned = len(tokens) != len(tokens_of(piece))
        unsure = count > 1 or turned or any(mark in piece for mark in self.words.not_known.words)
        finite = bool({bare(t) for t in tokens} & self.words.finite.words)
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

    def _says_no(self, token: str) -> bool:
        return token.endswith("n't") or bare(token) in self._negations | self.noes

    def opens_with(self, text: str) -> str:
        """'yes', 'no' or '': how the reply begins, after a sigh or a name."""
        for token in tokens_of(text)[:4]:
            if token in self.yeses:
                return "yes"
            if token in self.noes:
                turned = self._idioms.match(text.lower()) and token.startswith("not")
                return "" if turned or _NO_WONDER.match(text.lower()) else "no"
            if token not in self.interjections | {"well", "so", "but", "and"}:
                return ""
        return ""
