"""Whether a turn takes up the hint of feeling that fell with the answer before it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from simulator.errors import EncoderMissing
from simulator.knowledge.encoder import Vectors
from simulator.patient.understanding.reader import Read

ECHO, SURE, LENGTH = "echo", "sure", "length"


class Uptake:
    """A logistic regression, fitted by `training uptake`, on the acts of a turn and its echo."""

    def __init__(self, file: Path) -> None:
        if not file.is_file():
            raise EncoderMissing(f"{file}: the fitted uptake is missing; restore knowledge/models")
        kept = json.loads(file.read_text(encoding="utf-8"))
        self.weights: dict[str, float] = kept["weights"]
        self.bias = float(kept["bias"])

    def chance(self, read: Read, hint: Vectors, sure: float) -> float:
        """The probability, 0 to 1, that a turn takes up a hint.

        Args:
            read: the turn. hint: the vector of the hint. sure: the chance of its surest candidate.
        """
        values = signs_of(read, hint, sure)
        total = self.bias + sum(w * values.get(name, 0.0) for name, w in self.weights.items())
        return float(1 / (1 + np.exp(-total)))


def signs_of(read: Read, hint: Vectors, sure: float) -> dict[str, float]:
    """What speaks for and against: each act, the nearness to the hint, the length."""
    echo = {ECHO: float(hint @ read.mean), SURE: sure, LENGTH: len(read.spans) / 20}
    return {**read.acts, **echo}
