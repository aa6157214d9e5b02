"""What is trained beside the weights is what is merged into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import BertConfig, BertModel

from simulator.knowledge.adapter import merge
from simulator.training.lora import attach, save, schedule

SMALL = BertConfig(
    vocab_size=50,
    hidden_size=32,
    num_hidden_layers=2,
    num_attention_heads=2,
    intermediate_size=64,
)
IDS = torch.arange(12).reshape(2, 6)


def small_model() -> Any:
    torch.manual_seed(3)
    return BertModel(SMALL).eval()


def test_a_merged_adapter_does_what_it_did_beside_the_weights(tmp_path: Path) -> None:
    trained, plain = small_model(), small_model()
    adapters = attach(trained)
    with torch.no_grad():
        untrained = trained(IDS)[0]
        for _, up in adapters.values():
            up.normal_(std=0.02)
        expected = trained(IDS)[0]
    save(adapters, tmp_path / "adapter.safetensors")
    merge(plain, tmp_path / "adapter.safetensors")
    with torch.no_grad():
        torch.testing.assert_close(plain(IDS)[0], expected, atol=1e-2, rtol=0)
        assert (expected - untrained).abs().max() > 0.1


def test_only_the_adapters_are_trained(tmp_path: Path) -> None:
    model = small_model()
    adapters = attach(model)
    model(IDS)[0].sum().backward()
    assert all(p.grad is None for p in model.parameters())
    assert all(up.grad is not None for _, up in adapters.values())


def test_the_rate_warms_up_and_falls_to_nearly_nothing() -> None:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rates = []
    for step in range(100):
        schedule(optimiser, step, 100, 1.0)
        rates.append(optimiser.param_groups[0]["lr"])
    assert rates[0] < 0.2
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] == pytest.approx(0.06)
