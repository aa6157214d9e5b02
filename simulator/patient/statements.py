"""Whether what is written or said supports a fact of the case, contradicts it, or is silent on it.

The judgement is learned (training/entailment.py); that another number or side is no support is a
promise and stands in code.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
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
        self._known: OrderedDict[tuple[str, str], Judgement] = OrderedDict()

    def judge(self, statement: str, line: str) -> Judgement:
        """How a statement stands to a line of the patient's."""
        key = statement, line
        if key not in self._known:
            self._known[key] = self._judge(statement, line)
            if len(self._known) > KEPT:
                self._known.popitem(last=False)
        return self._known[key]

    def _judge(self, statement: str, line: str) -> Judgement:
        chances = self._reader.read(line, statement).acts
        supports, contradicts = chances["supports"], chances["contradicts"]
        words = self._words
        other = miscounted(statement, line, words) and not agree(statement, line, words)
        if supports >= SURE and (other or opposed(statement, line, words)):
            supports, contradicts = contradicts, supports
        return Judgement(round(supports, 3), round(contradicts, 3))
