"""The fitted decision: what decides is learned, what counts for nothing is not."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from simulator.knowledge.encoder import Vectors
from simulator.patient.understanding.decision import Decision
from simulator.patient.understanding.signs import Candidates
from training import decision as decision_module
from training.decision import Rows, fit

NAMES = ("logit", "noise")


def rows(count: int = 150, size: int = 8) -> list[Rows]:
    """Turns of which those candidates are asked for that have a high first sign.

    Where the second sign is high the label is wrong, and counts for nothing.
    """
    rng = np.random.default_rng(2)
    found = []
    for _ in range(count):
        signs = rng.normal(size=(size, 2)).astype(np.float32)
        wrong = signs[:, 1] > 1
        asked = ((signs[:, 0] > 0.5) ^ wrong).astype(np.float32)
        found.append(Rows(NAMES, signs, asked, (~wrong).astype(np.float32)))
    return found


def chances(decision: Decision, signs: list[list[float]]) -> Vectors:
    none = np.zeros((1, len(signs)), dtype=np.float32)
    made = np.array(signs, dtype=np.float32)
    return decision.chances(
        Candidates((None,) * len(signs), ("hpi.onset",) * len(signs), NAMES, made, none)
    )


def test_what_is_fitted_is_read_back_and_tells_what_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decision_module, "BATCH", 256)  # few rows, and yet enough steps
    fit(rows(), tmp_path / "models" / "decision-tiny.safetensors")
    decision = Decision(tmp_path / "models" / "decision-tiny.safetensors")
    asked, not_asked, unlabelled = chances(decision, [[2.0, 0.0], [-2.0, 0.0], [2.0, 2.0]])
    assert decision.names == NAMES
    assert asked > 0.6 > 0.4 > not_asked
    assert unlabelled > 0.5
