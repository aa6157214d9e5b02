"""The trained parts in the repository: small, whole, and part of what names an encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

from simulator.errors import EncoderMissing
from simulator.knowledge.adapter import (
    FOLDER,
    SCALE,
    adapted_layers,
    adapter_file,
    adapter_id,
    merge,
)
from simulator.knowledge.encoder import Encoder
from simulator.knowledge.weights import SMALL, STRONG

MEGABYTE = 1024 * 1024
GUARD = adapter_file("guard-minilm")
TRAINED = sorted(FOLDER.glob("*.safetensors"))
TINY = BertConfig(
    vocab_size=50,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=64,
)


def tiny_model() -> Any:
    torch.manual_seed(3)
    return BertModel(TINY).eval()


def test_the_guard_s_adapter_is_at_most_two_megabytes() -> None:
    assert 0 < GUARD.stat().st_size <= 2 * MEGABYTE


@pytest.mark.parametrize("file", TRAINED, ids=[p.stem for p in TRAINED])
def test_a_trained_part_is_at_most_twelve_megabytes(file: Path) -> None:
    assert 0 < file.stat().st_size <= 12 * MEGABYTE


def test_another_adapter_or_another_base_is_another_encoder(tmp_path: Path) -> None:
    other = tmp_path / "other.safetensors"
    other.write_bytes(GUARD.read_bytes() + b" ")
    encoders = [
        Encoder(tmp_path, GUARD),
        Encoder(tmp_path, other),
        Encoder(tmp_path, None),
        Encoder(tmp_path, GUARD, STRONG),
        Encoder(tmp_path, None, STRONG),
    ]
    assert len({e.id for e in encoders}) == len({e.file for e in encoders}) == len(encoders)
    assert Encoder(tmp_path, GUARD, SMALL).id == encoders[0].id


def test_an_encoder_s_name_tells_its_base_and_its_adapter(tmp_path: Path) -> None:
    assert Encoder(tmp_path, GUARD).id.startswith("minilm-int8-")
    assert Encoder(tmp_path, GUARD).id.endswith(adapter_id(GUARD))
    assert Encoder(tmp_path, None, STRONG).id.startswith("mpnet-int8-")
    assert Encoder(tmp_path, None, STRONG).id.endswith("-plain")


def test_a_missing_adapter_is_named_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(EncoderMissing, match=r"none\.safetensors: cannot be read .*; restore"):
        adapter_id(tmp_path / "none.safetensors")


def test_the_linear_layers_of_the_blocks_carry_an_adapter_and_no_others() -> None:
    names = set(adapted_layers(tiny_model()))
    assert len(names) == 2 * 6
    assert "encoder.layer.1.attention.self.query" in names
    assert not any("pooler" in name or "embeddings" in name for name in names)


def test_merging_adds_the_adapter_to_its_own_layers_and_leaves_the_others(tmp_path: Path) -> None:
    own = "encoder.layer.0.output.dense"
    down, up = torch.randn(4, 64), torch.randn(32, 4)
    parts = {f"{own}.down": down, f"{own}.up": up, "acts.bias": torch.ones(3)}
    save_file(parts, str(tmp_path / "adapter.safetensors"))
    merged, plain = tiny_model(), tiny_model()
    merge(merged, tmp_path / "adapter.safetensors")
    for name, layer in adapted_layers(plain).items():
        expected = layer.weight + (SCALE * up @ down if name == own else 0.0)
        torch.testing.assert_close(adapted_layers(merged)[name].weight, expected)
