"""Whether a reply gives the lines' own words another place: 'five at its worst, now eight'.

Two words belong together where a line has them in one stretch. A reply that parts two such pairs
and joins them crosswise has exchanged them, whatever words they are. What ties words merely by
being common (the encoder's vocabulary begins with the commonest) belongs to nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import combinations

from simulator.patient.guard.claims import bare, lowered, tokens_of
from simulator.patient.guard.scope import Phrasebook, Scope

COMMON = 2085  # a place in the vocabulary, which begins with 1,996 signs
TEXTS_KEPT, WORDS_READ = 4000, 60
_STRETCHES = (
    re.compile(r"[.;!?…—]+\s+|\bbut\b"),
    re.compile(r"[.;!?…—,]+\s+|\bbut\b|\band\b"),
)
_SIDES = frozenset({"left", "right"})

Tie = frozenset[str]
Ties = frozenset[Tie]


class Swaps:
    """Finds words that changed places, and words that became their opposites."""

    def __init__(self, book: Phrasebook) -> None:
        self.claims = claims = book.claims
        turned = claims.opposites
        common = {
            stem
            for word, place in book.rank.items()
            if place < COMMON and word.isalpha() and (stem := claims.stem(word)) not in turned
        }
        common |= claims.stems(claims.words.interjections)
        self._slight = frozenset(s for s in common if not claims.numbers_of(s)) - claims.stems(
            claims.words.telling
        )
        self._stretches = lru_cache(TEXTS_KEPT)(self._read)

    def faults_of(self, text: str, scope: Scope) -> str:
        """What changed its place or its sense in a reply so far; in words, or nothing."""
        return self._crossed(text, scope) or self._turned(text, scope) or self._side(text, scope)

    def _crossed(self, text: str, scope: Scope) -> str:
        forms = [self._stretches(form) for form in scope.forms]
        for level, mine in enumerate(self._stretches(text)):
            lines = [form[level] for form in forms] if len(mine) > 1 else []
            free = frozenset[Tie]().union(*map(_ties, lines))
            for line in lines:
                if found := _exchanged(mine, line, free):
                    return "gives {!r} what belongs to {!r}".format(*found)
        return ""

    def _turned(self, text: str, scope: Scope) -> str:
        """A word whose opposite stands in the lines, both said with a yes.

        Where it means the same as some word of the lines, only if it stands without its opposite.
        """
        lines = frozenset().union(*(c.stems for c in scope.clauses if not c.negative))
        clauses = self.claims.clauses_of(text)
        said = frozenset().union(*(c.stems for c in clauses))
        for clause in clauses:
            for stem in sorted(clause.stems - scope.line_stems) if not clause.negative else ():
                turned = self.claims.opposites.get(stem, frozenset()) & lines
                if turned := turned - (said if stem in scope.now else frozenset()):
                    return f"says {stem!r} where the answer is {min(turned)!r}"
        return ""

    def _side(self, text: str, scope: Scope) -> str:
        """The side that this turn's lines do not name, where they name the other."""
        said, words = self.claims.sides_of(text) & _SIDES, set(tokens_of(" ".join(scope.forms)))
        if words & _SIDES and (wrong := said - words):
            return f"says {min(wrong)!r} where the lines say {min(words & _SIDES)!r}"
        return ""

    def _read(self, text: str) -> tuple[tuple[frozenset[str], ...], ...]:
        """The words of each stretch of a text, of sentences and of what commas part."""
        plain = " ".join(lowered(text).split()[:WORDS_READ])
        return tuple(
            tuple(words for piece in cut.split(plain) if (words := self._words(piece)))
            for cut in _STRETCHES
        )

    def _words(self, piece: str) -> frozenset[str]:
        found: set[str] = set()
        for word in tokens_of(self.claims.plainly(piece)):
            numbers = self.claims.numbers_of("1" if word == "one" else word)
            found |= numbers or {self.claims.stem(bare(word))} - self._slight
        return frozenset(found)


def _exchanged(
    mine: Iterable[frozenset[str]], theirs: Iterable[frozenset[str]], free: Ties
) -> tuple[str, str] | None:
    """Two words of which each stands with what the other stands with in the line.

    Args:
        mine: the words of a reply's stretches. theirs: of a line's. free: what any wording ties.
    """
    known = frozenset().union(*theirs)
    said, told = _ties(words & known for words in mine), _ties(theirs)
    for one, other in combinations(sorted(map(sorted, said - free)), 2):
        (a, b), (c, d) = one, other
        for y, z in ((c, d), (d, c)):
            across = {frozenset((a, z)), frozenset((y, b))}
            if len({a, b, y, z}) == 4 and across <= told and not across & said:
                return a, y
    return None


def _ties(stretches: Iterable[frozenset[str]]) -> Ties:
    return frozenset(frozenset(pair) for words in stretches for pair in combinations(words, 2))
