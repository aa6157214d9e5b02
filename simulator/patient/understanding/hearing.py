"""What reads a turn: a protocol with two makers, the fitted decision and a language model.

A reader replaces the chances of candidates and of acts, and nothing else. What follows from them,
the bars and every promise, is the same whoever read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from simulator.knowledge.encoder import Vectors
from simulator.patient.case import Case
from simulator.patient.turn import ReadBy, State
from simulator.patient.understanding.reader import Read
from simulator.patient.understanding.signs import Candidates


@dataclass(frozen=True, slots=True)
class Put:
    """A turn as it is put to a reader: its words, how the encoder read them, who is asked when."""

    text: str
    read: Read
    candidates: Candidates
    case: Case
    state: State


@dataclass(frozen=True, slots=True)
class Heard:
    """The chance, 0 to 1, of each act, and of each candidate that it is asked for; and by whom."""

    acts: dict[str, float]
    chances: Vectors
    by: ReadBy = ReadBy()


class Hears(Protocol):
    """Anything that tells what a turn does and asks for."""

    def hear(self, put: Put) -> Heard:
        """The chances of a turn; never raises where another reader can take its place."""
