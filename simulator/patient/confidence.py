"""How sure a reading is: a chance from 0 to 1 that it is right, fitted on labelled turns."""

from __future__ import annotations

import math
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from simulator.knowledge.topics import read_model
from simulator.patient.turn import Reading


class Confidence(BaseModel):
    """A logistic model; see simulator/training/confidence.py for how it is fitted."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bias: float = 0.0
    weights: dict[str, float] = {}

    def of(self, reading: Reading) -> float:
        """The chance that a reading is right."""
        total = self.bias + sum(
            self.weights.get(name, 0.0) * value for name, value in signs_of(reading).items()
        )
        return round(1 / (1 + math.exp(-total)), 3)


def signs_of(reading: Reading) -> dict[str, float]:
    """What a reading's confidence rests on."""
    scores = [c.score for c in reading.candidates] or [0.0]
    rivals = [c.score for c in reading.candidates if c.topic != reading.topic and c.fact is None]
    told = [c.score for c in reading.candidates if c.fact is not None]
    signs = {
        "best": scores[0],
        "margin": scores[0] - (scores[1] if len(scores) > 1 else 0.0),
        "spread": scores[0] - scores[-1],
        "rival": scores[0] - max(rivals, default=0.0),
        "told": scores[0] - max(told, default=0.0),
        "question": float(reading.question),
        "words": min(len(reading.clause.split()), 30) / 10,
    }
    signs[f"is_{reading.kind}"] = 1.0
    return signs


def load_confidence(folder: Path) -> Confidence:
    """The fitted model of `folder`/models/confidence.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(folder / "models" / "confidence.yaml", Confidence)
