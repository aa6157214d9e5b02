"""The heads for dialogue acts: what is fitted is what runs, and turns to measure on stay apart."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from simulator.knowledge.encoder import Vectors
from simulator.patient.understanding.reader import Reader, read_heads
from training import acts
from training.material import load_material

ACTS = ("greeting", "ask", "small_talk")


class Given:
    """A reader's heads over vectors of eight numbers, with no encoder behind them."""

    def __init__(self) -> None:
        noise = np.random.default_rng(3)
        self.acts = ACTS
        self.encoder: Any = type("Encoder", (), {"dimensions": 8})()
        self.heads = {
            "token": noise.normal(size=(3, 8)).astype(np.float32),
            "mean": noise.normal(size=(3, 8)).astype(np.float32),
            "bias": np.zeros(3, np.float32),
        }

    chances = Reader.chances


@pytest.fixture
def turns() -> list[acts.Read]:
    """Turns whose act stands in one of their numbers, of other lengths."""
    noise = np.random.default_rng(5)
    found = []
    for place in range(300):
        wanted: Vectors = np.zeros(3, np.float32)
        wanted[place % 3] = 1.0
        states = noise.normal(size=(2 + place % 7, 8)).astype(np.float16)
        states[place % len(states), place % 3] += 4.0
        found.append(acts.Read(states, wanted, np.ones(3, np.float32)))
    return found


def test_the_fitted_heads_run_as_they_were_fitted(turns: list[acts.Read], tmp_path: Path) -> None:
    given: Any = Given()
    file = tmp_path / "acts.safetensors"
    acts.fit(turns[:200], given, file)
    reader: Any = Given()
    reader.heads, reader.acts = read_heads(file)
    module = acts.heads_of(reader)
    for one in turns[:9]:
        states = torch.from_numpy(one.states[None].astype(np.float32))
        inside = torch.ones(states.shape[:2], dtype=torch.bool)
        logits = module(states, inside, 0.0).detach().numpy()[0]
        ours = reader.chances(one.states.astype(np.float32))
        assert np.allclose(1 / (1 + np.exp(-logits)), ours, atol=1e-4)


def test_what_was_not_fitted_on_is_told_better_than_before(
    turns: list[acts.Read], tmp_path: Path
) -> None:
    given: Any = Given()
    file = tmp_path / "acts.safetensors"
    acts.fit(turns[:240], given, file)
    fitted: Any = Given()
    fitted.heads, fitted.acts = read_heads(file)
    before, after = acts.measure(turns[240:], given), acts.measure(turns[240:], fitted)
    assert after["all_right"] > before["all_right"]


def test_no_turn_is_both_fitted_on_and_measured() -> None:
    material = load_material(acts.SEED)
    fitted, apart = acts.split_of(material, random.Random(acts.SEED))  # noqa: S311
    seen = {(t.context, t.text) for t in fitted}
    assert len(apart) > 1000
    assert not [t for t in apart if (t.context, t.text) in seen]
