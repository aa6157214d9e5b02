"""Turn what is written to a patient, in the second person, into what the patient says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

TOKEN = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*|\d[\d.,/:%]*|\s+|[^\sA-Za-z\d]")
_QUOTED = re.compile(
    r"\"[^\"]*\"|“[^”]*”|‘[^’]*(?:’(?=\w)[^’]*)*’(?!\w)|(?<![\w])'(?=\w)[^'\n]*?(?:'(?=\w)[^'\n]*?)*'(?!\w)"
)
_PAIRS = (
    (re.compile(r"\b(both|all|each|one|two|either|neither|the two) of you\b", re.I), r"\1 of us"),
    (re.compile(r"\byou (both|two|all)\b", re.I), r"we \1"),
)
_NAMED = r"(?:(?:[Yy]our|[Tt]he|[Aa]) (?:[a-z-]+ ){0,2}?[a-z-]+|[A-Z][a-z]+)"
_YOU_AND = re.compile(rf"\b([Yy])ou and ({_NAMED})(?=[\s,.]|$)")
_AND_YOU = re.compile(r"\b([Yy]our (?:[a-z-]+ )?([a-z-]+)|[A-Z][a-z]+) and you\b(?= [a-z])")
_BE = {"are": "am", "were": "was", "aren't": "am not", "weren't": "wasn't"}
_ASKED = {"are": "am", "were": "was", "aren't": "aren't", "weren't": "wasn't"}
_CONTRACTED = {"you're": "I'm", "you've": "I've", "you'd": "I'd", "you'll": "I'll"}
_PASSIVE = ("am", "is", "are", "was", "were", "be", "been", "being", "got", "get")
_SIMPLE = {"your": "my", "yours": "mine", "yourself": "myself", "yourselves": "ourselves"}


class PersonWords(BaseModel):
    """The words of person.yaml, where each list says what it is for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    prepositions: frozenset[str]
    joining: frozenset[str]
    saying: frozenset[str]
    acting: frozenset[str]
    acting_past: frozenset[str]
    inverting: frozenset[str]
    having: frozenset[str]
    adverbs: frozenset[str]
    participles: frozenset[str]
    closing: frozenset[str]
    determiners: frozenset[str]
    not_ing: frozenset[str]
    also_verbs: frozenset[str]
    verbs_of_report: frozenset[str]
    women: frozenset[str]
    men: frozenset[str]
    family: frozenset[str]
    others: frozenset[str]
    manners: dict[str, tuple[str, ...]]

    @property
    def people(self) -> frozenset[str]:
        """All words for people around a patient."""
        return self.women | self.men | self.family | self.others

    def meant_by(self, pronoun: str) -> frozenset[str]:
        """The relatives that "he", "she" or "they" may mean."""
        if pronoun in ("he", "him", "his"):
            return self.men | self.family
        return (
            self.women | self.family
            if pronoun in ("she", "her")
            else self.women | self.men | self.family
        )

    def acts_on(self, word: str) -> bool:
        """Whether a word is a form of a verb that has "you" for its object."""
        if word in self.acting or word in self.acting_past:
            return True
        stems = [word.removesuffix(e) for e in ("s", "es", "ed", "d", "ing") if word.endswith(e)]
        stems += [f"{s}e" for s in stems] + [s[:-1] for s in stems if s[-1:] == s[-2:-1]]
        stems += [f"{word[:-3]}y"] if word.endswith("ies") or word.endswith("ied") else []
        return any(s in self.acting for s in stems)


@cache
def person_words() -> PersonWords:
    """The words that this package ships."""
    path = Path(__file__).with_name("person.yaml")
    return PersonWords.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def outside_quotes(text: str) -> list[tuple[bool, str]]:
    """A text in pieces: (whether it is quoted speech, the piece)."""
    pieces: list[tuple[bool, str]] = []
    at = 0
    for quote in _QUOTED.finditer(text):
        pieces += [(False, text[at : quote.start()]), (True, quote.group())]
        at = quote.end()
    return [p for p in [*pieces, (False, text[at:])] if p[1]]


def first_person(text: str) -> str:
    """What is written to a patient ("you feel sick") as the patient says it ("I feel sick").

    Speech in quotes stays as it is.
    """
    spoken = [(q, piece if q else _pairs(piece)) for q, piece in outside_quotes(text)]
    return "".join(piece if quoted else _Turning(piece).turned() for quoted, piece in spoken)


def _pairs(text: str) -> str:
    """Two people who are one subject: "you and your wife are" stays plural."""
    for pattern, instead in _PAIRS:
        text = pattern.sub(instead, text)
    words = person_words()

    def subject(match: re.Match[str]) -> bool:
        before = re.findall(r"[A-Za-z']+", text[: match.start()])
        last = before[-1].lower() if before else ""
        clear = not before or re.search(r"[,.;:!?]\s*$", text[: match.start()]) is not None
        return clear or not (last in words.prepositions or words.acts_on(last))

    def you_and(match: re.Match[str]) -> str:
        other = match[2]
        if subject(match):
            return (other[0].upper() + other[1:] if match[1] == "Y" else other) + " and \u0001"
        return f"\u0002 and {other}"

    def and_you(match: re.Match[str]) -> str:
        if match[2] and match[2] not in words.people:
            return match[0]
        return f"{match[1]} and " + ("\u0001" if subject(match) else "\u0002")

    return _AND_YOU.sub(and_you, _YOU_AND.sub(you_and, text))


@dataclass(slots=True)
class _Turning:
    """One piece of text on its way from the second person to the first."""

    text: str

    def turned(self) -> str:
        tokens = TOKEN.findall(self.text)
        out = list(tokens)
        lower = [t.replace("’", "'").lower() for t in tokens]
        mine = False  # whether the last subject was "you"
        for at, word in enumerate(lower):
            if word in _SIMPLE:
                out[at] = _like(tokens[at], _SIMPLE[word])
            elif word in _CONTRACTED:
                out[at] = _CONTRACTED[word]
                mine = True
            elif word == "you":
                mine = self._you(lower, out, at) or mine
            elif mine and word in _BE and self._before(lower, at) in ("and", "but", "or", "nor"):
                out[at] = _BE[word]
            elif word in ("he", "she", "it", "they", "we") or word in ".!?;":
                mine = False
        return "".join(out).replace("\u0001", "I").replace("\u0002", "me")

    def _you(self, lower: list[str], out: list[str], at: int) -> bool:
        """Put "I" or "me" for a "you"; returns whether it is a subject."""
        if self._before(lower, at) == "thank":
            return False
        if not self._is_subject(lower, at):
            out[at] = "me"
            return False
        out[at] = "I"
        asked = self._index_before(lower, at)
        if asked is not None and lower[asked] in _ASKED:
            out[asked] = _like(out[asked], _ASKED[lower[asked]])
            return True
        verb = self._verb_after(lower, at)
        if verb is not None and lower[verb] in _BE:
            out[verb] = _BE[lower[verb]]
        return True

    def _is_subject(self, lower: list[str], at: int) -> bool:
        words, before = person_words(), self._index_before(lower, at)
        follows = self._followed_by_verb(lower, at)
        if before is None:
            return follows or self._verb_after(lower, at) is not None
        last, earlier = lower[before], self._before(lower, before)
        if last in words.prepositions and last not in words.joining:
            return False
        if last in words.joining or last == "you":
            return follows
        if last in words.inverting:
            return True
        if last in words.having:
            return earlier in ("", "so", "nor", "neither", "how", "what", "where", "why", "when")
        if last in ("neither", "either"):
            return True
        if earlier in _PASSIVE and not last.endswith("ing"):
            return follows
        named = earlier in words.determiners
        if words.acts_on(last) and not named and last not in words.saying:
            return False
        if earlier in ("it", "which", "that", "he", "she", "this") and last.endswith("s"):
            return last in words.saying and follows
        return follows

    def _followed_by_verb(self, lower: list[str], at: int) -> bool:
        words, verb = person_words(), self._verb_after(lower, at)
        if verb is None or lower[verb] in words.closing:
            return False
        return not (lower[verb].endswith("ing") and lower[verb] not in words.not_ing)

    def _verb_after(self, lower: list[str], at: int) -> int | None:
        """Where the word stands that would be the verb of a "you", past adverbs."""
        skipped = person_words().adverbs
        for place in range(at + 1, len(lower)):
            if lower[place].isspace():
                continue
            if not lower[place][0].isalpha():
                return None
            if lower[place] not in skipped:
                return place
        return None

    def _index_before(self, lower: list[str], at: int) -> int | None:
        """Where the word before stands; none at the beginning or after punctuation."""
        for place in range(at - 1, -1, -1):
            if not lower[place].isspace():
                return place if lower[place][0].isalnum() else None
        return None

    def _before(self, lower: list[str], at: int) -> str:
        place = self._index_before(lower, at)
        return "" if place is None else lower[place]


def _like(model: str, word: str) -> str:
    """The word with a capital where the model has one."""
    return word[0].upper() + word[1:] if model[0].isupper() else word
