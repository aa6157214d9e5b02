"""Training the reader, in small: it goes on where it was stopped, and writes what is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from simulator.knowledge.encoder import Encoder
from simulator.patient.understanding.reader import Reader
from simulator.patient.understanding.signs import WORKED_OUT
from tests.training.conftest import TINY
from training import reader
from training.material import Material, load_material
from training.network import Network

ACTS = ("open", "ask", "review")
NEW = "whistling"  # an act that no turn has


@pytest.fixture(scope="module")
def material() -> Material:
    """What the authors wrote, without any interview."""
    return replace(load_material(reader.SEED), interviews={})


@pytest.fixture
def acts(material: Material) -> list[str]:
    """All acts that are labelled, and what is worked out beside them."""
    labelled = {a for c in material.own for t in c.turns for a in t.acts}
    labelled |= {a for t in material.talk for a in t.acts}
    return [*sorted(labelled), *WORKED_OUT]


def adapters(file: Path) -> dict[str, Any]:
    return load_file(str(file))


def test_training_goes_on_where_it_was_stopped_and_writes_what_the_program_reads(
    tiny_weights: Path,
    material: Material,
    acts: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reader, "SAVED_EVERY", 1)
    monkeypatch.setitem(reader.STEPS, "tiny", reader.Steps(2, 2))
    checkpoint, target = tmp_path / "var/tiny.pt", tmp_path / "a.safetensors"
    saved: list[int] = []
    save = reader._save

    def save_and_stop(network: Network, optimiser: Any, step: int, file: Path) -> None:
        save(network, optimiser, step, file)
        saved.append(step)
        if saved == [1, 2, 3]:
            raise KeyboardInterrupt

    monkeypatch.setattr(reader, "_save", save_and_stop)
    with pytest.raises(KeyboardInterrupt):
        reader.train("tiny", Network(tiny_weights, acts), material, checkpoint, target, anew=True)
    assert not target.exists()
    reader.train("tiny", Network(tiny_weights, acts), material, checkpoint, target, anew=True)
    assert saved == [1, 2, 3, 4]
    assert not checkpoint.exists()
    assert Reader(Encoder(tmp_path, target, TINY)).acts == tuple(acts)


def test_a_further_round_goes_on_from_what_was_trained_and_learns_new_acts_from_nothing(
    tiny_weights: Path,
    material: Material,
    acts: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(reader.STEPS, "tiny", reader.Steps(1, 1))
    first, second = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    reader.train(
        "tiny",
        Network(tiny_weights, acts),
        material,
        tmp_path / "a.pt",
        first,
        True,
    )
    acts = [*acts, NEW]
    network = Network(tiny_weights, acts)
    at = acts.index(NEW)
    fresh = network.heads["acts.token"][at].detach().clone()
    network.load(first)
    network.write(second)
    once, again = adapters(first), adapters(second)
    known = [i for i in range(len(acts)) if i != at]
    assert torch.equal(once["acts.token"], again["acts.token"][known])
    assert torch.equal(again["acts.token"][at], fresh)
    assert all(torch.equal(once[n], again[n]) for n in once if not n.startswith("acts"))


def test_each_stage_changes_what_it_trains(
    tiny_weights: Path,
    material: Material,
    acts: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, steps in (("warm", reader.Steps(1, 0)), ("read", reader.Steps(0, 1))):
        monkeypatch.setitem(reader.STEPS, name, steps)
        torch.manual_seed(1)
        network = Network(tiny_weights, acts)
        before = {k: v.detach().clone() for k, v in network.heads.items()}
        file = tmp_path / f"{name}.safetensors"
        reader.train(name, network, material, tmp_path / f"{name}.pt", file, True)
        changed = {k for k, v in network.heads.items() if not torch.equal(v.detach(), before[k])}
        assert changed == (set() if name == "warm" else set(before))
        ups = [v for k, v in adapters(file).items() if k.endswith(".up")]
        assert all(up.abs().max() > 0 for up in ups)
