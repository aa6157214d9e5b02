"""Whether what is written or said supports a fact of the case, contradicts it, or is silent on it.

The judgement is learned (training/entailment.py); that another number or side is no support is a
promise and stands in code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from simulator.knowledge.encoder import Encoder
from simulator.language.numbers import agree, miscounted, opposed
from simulator.language.words import Words
from simulator.patient.understanding.reader import Reader

Stance = Literal["supports", "contradicts", "silent"]
SURE, AGAINST = 0.5, 0.35  # from here it supports; it contradicts
KEPT = 20_000


@dataclass(frozen=True, slots=True)
class Judgement:
    """The chances, 0 to 1, that a statement supports a line and that it contradicts it."""

    supports: float
    contradicts: float

    @property
    def stance(self) -> Stance:
        """What is likeliest, or silence where neither is sure."""
        if self.supports >= max(SURE, self.contradicts):
            return "supports"
        return "contradicts" if self.contradicts >= max(AGAINST, self.supports) else "silent"


class Statements:
    """Judges statements against the patient's lines; what was judged is kept."""

    def __init__(self, encoder: Encoder, words: Words) -> None:
        self._reader, self._words = Reader(encoder), words
        self._kept = lru_cache(maxsize=KEPT)(self._judge)

    def judge(self, statement: str, line: str) -> Judgement:
        """How a statement stands to a line of the patient's."""
        return self._kept(statement, line)

    def weigh(self, statement: str, lines: Sequence[str]) -> Judgement:
        """How a statement stands to what is said in several wordings: the mean over them.

        Args:
            statement: what is written. lines: of one fact, one at least.
        """
        each = [self.judge(statement, line) for line in lines]
        return Judgement(
            sum(j.supports for j in each) / len(each), sum(j.contradicts for j in each) / len(each)
        )

    def nearest(self, statements: Mapping[str, float], lines: Sequence[str]) -> tuple[str, Stance]:
        """Of some statements the one that speaks of a fact most surely, and how it stands to it.

        One that supports it outweighs one that does not, since a note names a thing here and its
        absence there.

        Args:
            statements: each with the chance from which it contradicts.
            lines: what the patient says of the fact, in one wording or more.
        """
        judged = [(self.weigh(statement, lines), statement) for statement in statements]
        best, words = max(judged, key=lambda pair: pair[0].supports)
        if best.stance == "supports":
            return words, "supports"
        against = [
            (found.contradicts, statement)
            for found, statement in judged
            if found.stance == "contradicts" and found.contradicts >= statements[statement]
        ]
        return (max(against)[1], "contradicts") if against else (words, "silent")

    def _judge(self, statement: str, line: str) -> Judgement:
        chances = self._reader.read(line, statement).acts
        supports, contradicts = chances["supports"], chances["contradicts"]
        words = self._words
        same, apart = agree(statement, line, words), opposed(statement, line, words)
        other = miscounted(statement, line, words) and not same
        turned = supports >= SURE and (other or apart)
        agrees = same and not apart and not words.negate(statement)
        if turned or (contradicts >= AGAINST and agrees):
            supports, contradicts = contradicts, supports
        return Judgement(round(supports, 3), round(contradicts, 3))
