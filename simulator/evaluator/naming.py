"""Whether a written line names a diagnosis or a step of the work-up, by any of its names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from rapidfuzz.distance import OSA

from simulator.language.concepts import Concepts, Kind
from simulator.language.lexicon import TOKEN, Lexicon, fold
from simulator.language.words import Words

TYPO_FROM = 7
SAME, NARROWER = 1.9, 1.4  # beside the likeness of words, which lies between 1 and 2
DIAGNOSES: tuple[Kind, ...] = ("diagnosis", "history")
STEPS: tuple[Kind, ...] = ("test", "examination", "drug")
_PIECE = re.compile(r"[,;()\[\]:]|\s[-–—]\s")


class Namer:
    """Matches names through the field's lexicon, and word by word where the lexicon has none."""

    def __init__(self, concepts: Concepts, lexicon: Lexicon, words: Words) -> None:
        self.concepts, self.lexicon, self.words = concepts, lexicon, words

    def likeness(self, written: str, names: Sequence[str], kinds: Iterable[Kind]) -> float:
        """How well a line names what has these names, the first its own: 0 where it does not.

        A line that refuses it ("unlikely", "no …") does not name it.
        """
        forms = written, self.lexicon.mend(written)
        pieces = [p for form in forms for p in (form, *_PIECE.split(form)) if p.strip()]
        scores = [self._by_words(p, n) for p in pieces for n in names]
        scores += [self._by_concepts(p, names, tuple(kinds)) for p in pieces]
        return max(scores, default=0.0)

    def _by_words(self, written: str, known: str) -> float:
        ours, theirs = _words(written), _words(known)
        if not ours or not theirs or self._refused(ours, theirs):
            return 0.0
        generic = self.words.generic
        core, mine = set(theirs) - generic or set(theirs), set(ours) - generic or set(ours)
        if all(any(_alike(word, w) for w in ours) for word in core):
            return 1 + len(core) / max(len(mine), len(core))
        return 0.0

    def _by_concepts(self, written: str, names: Sequence[str], kinds: tuple[Kind, ...]) -> float:
        said = self.concepts.keys(written, kinds, prose=False)
        if not said or self._refused(_words(written), [w for n in names for w in _words(n)]):
            return 0.0
        known = [self.concepts.keys(name, kinds, prose=False) for name in names]
        if any(said & keys for keys in known):
            return SAME
        narrower = any(self.concepts.within(s, own) for s in said for own in known[0])
        return NARROWER if narrower else 0.0

    def _refused(self, ours: Sequence[str], theirs: Sequence[str]) -> bool:
        return any(w in self.words.refusals and w not in theirs for w in ours)


def _words(text: str) -> list[str]:
    return [fold(t) for t in TOKEN.findall(text)]


def _alike(first: str, second: str) -> bool:
    """The same word, allowing one slip in a long one; never 'hyper' for 'hypo'."""
    if first == second:
        return True
    long = min(len(first), len(second)) >= TYPO_FROM
    return long and first[:4] == second[:4] and OSA.distance(first, second) <= 1
