"""The decision: chances worked out of signs by name, on numbers that can be checked by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

from simulator.errors import EncoderMissing
from simulator.knowledge.encoder import Vectors
from simulator.patient.understanding.decision import Decision
from simulator.patient.understanding.signs import Candidates

SIGNS = ("token", "told")
FIRST = {"in": [[1.0, 0.0], [0.0, 1.0]], "in.bias": [0.0, 0.0], "out": [[2.0], [-4.0]]}
SECOND = {"in": [[-1.0, 0.0], [0.0, 0.0]], "in.bias": [0.5, 0.0], "out": [[6.0], [0.0]]}


def written(folder: Path, *networks: dict[str, Any], bias: float = 0.0) -> Decision:
    """A decision of networks with two hidden units, on signs of mean 1 and scale 2."""
    tensors = {
        "mean": np.ones(2),
        "scale": np.full(2, 2.0),
        "in": np.array([n["in"] for n in networks]),
        "in.bias": np.array([[n["in.bias"]] for n in networks]),
        "out": np.array([n["out"] for n in networks]),
        "out.bias": np.full((len(networks), 1, 1), bias),
    }
    file = folder / "decision.safetensors"
    kept = {k: v.astype(np.float32) for k, v in tensors.items()}
    save_file(kept, str(file), metadata={"signs": json.dumps(SIGNS)})
    return Decision(file)


def candidates(rows: list[list[float]], names: tuple[str, ...] = SIGNS) -> Candidates:
    signs = np.array(rows, dtype=np.float32).reshape(len(rows), len(names))
    none = np.zeros((1, len(rows)), dtype=np.float32)
    return Candidates((None,) * len(rows), ("hpi.onset",) * len(rows), names, signs, none)


def chance(logit: float) -> float:
    return float(1 / (1 + np.exp(-logit)))


def test_signs_are_standardised_and_put_through_one_hidden_layer(tmp_path: Path) -> None:
    found = written(tmp_path, FIRST, bias=0.5).chances(candidates([[5, 1], [1, 3], [-9, 1]]))
    expected = [chance(2 * 2.0 + 0.5), chance(-4 * 1.0 + 0.5), chance(0.5)]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_several_networks_are_heard_and_the_mean_of_their_chances_is_used(tmp_path: Path) -> None:
    rows = candidates([[5, 1], [-1, 1]])
    found = written(tmp_path, FIRST, SECOND).chances(rows)
    expected = [(chance(4.0) + chance(0.0)) / 2, (chance(0.0) + chance(9.0)) / 2]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_signs_are_found_by_name_wherever_they_stand(tmp_path: Path) -> None:
    decision = written(tmp_path, FIRST)
    expected = decision.chances(candidates([[5, 3]]))
    found = decision.chances(candidates([[3, 77, 5]], ("told", "more", "token")))
    np.testing.assert_array_equal(found, expected)


def test_a_sign_that_is_not_gathered_any_more_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        written(tmp_path, FIRST).chances(candidates([[5]], ("token",)))


@pytest.mark.parametrize("count", [0, 1, 7])
def test_every_candidate_gets_a_chance(tmp_path: Path, count: int) -> None:
    rows: Vectors = written(tmp_path, FIRST).chances(candidates([[1e3, -1e3]] * count))
    assert rows.shape == (count,)
    assert np.all((rows >= 0) & (rows <= 1))


def test_a_missing_decision_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match=r"none\.safetensors: .* missing; restore knowledge/"):
        Decision(tmp_path / "none.safetensors")
