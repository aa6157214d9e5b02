"""What is trained beside the weights is what is merged into them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from transformers import BertConfig, BertModel

from simulator.knowledge.adapter import merge
from training.lora import FROZEN_BELOW, RANK, attach, freeze_lowest, schedule

IDS = torch.arange(12).reshape(2, 6)


def small_model(blocks: int = 2) -> Any:
    torch.manual_seed(3)
    config = BertConfig(
        vocab_size=50,
        hidden_size=32,
        num_hidden_layers=blocks,
        num_attention_heads=2,
        intermediate_size=64,
    )
    return BertModel(config).eval()


def states(model: Any) -> Any:
    """What a model makes of the words, in the precision that it is trained in."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        return model(IDS)[0].float()


def test_a_fresh_adapter_changes_nothing() -> None:
    plain, adapted = small_model(), small_model()
    attach(adapted)
    with torch.no_grad():
        torch.testing.assert_close(states(adapted), states(plain), atol=1e-6, rtol=0)


def test_a_merged_adapter_does_what_it_did_beside_the_weights(tmp_path: Path) -> None:
    trained, plain = small_model(), small_model()
    adapters = attach(trained)
    file = tmp_path / "adapter.safetensors"
    with torch.no_grad():
        untrained = states(trained)
        for _, up in adapters.values():
            up.normal_(std=0.05)
        expected = states(trained)
    sides = {f"{n}.{side}": p.detach().half() for n, pair in adapters.items()
             for side, p in zip(("down", "up"), pair, strict=True)}  # fmt: skip
    save_file(sides, str(file))
    merge(plain, file)
    with torch.no_grad():
        torch.testing.assert_close(plain(IDS)[0], expected, atol=0.05, rtol=0)
    assert (expected - untrained).abs().max() > 0.5


def test_only_the_adapters_are_trained_and_they_are_of_low_rank() -> None:
    model = small_model()
    adapters = attach(model)
    states(model).sum().backward()
    assert all(p.grad is None for p in model.parameters())
    assert all(up.grad is not None for _, up in adapters.values())
    assert all(len(down) == up.shape[1] == RANK for down, up in adapters.values())


@pytest.mark.parametrize("blocks", [2, 6, 7])
def test_of_a_tall_encoder_the_lowest_blocks_are_trained_no_more(blocks: int) -> None:
    adapters = attach(small_model(blocks))
    freeze_lowest(adapters, blocks)
    frozen = {
        int(name.split(".")[2])
        for name, pair in adapters.items()
        if not any(p.requires_grad for p in pair)
    }
    assert frozen == (set(range(FROZEN_BELOW)) if blocks > 6 else set())


def test_the_rate_warms_up_and_falls_to_nearly_nothing() -> None:
    optimiser = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=1.0)
    rates = []
    for step in range(100):
        schedule(optimiser, step, 100, 1.0)
        rates.append(optimiser.param_groups[0]["lr"])
    top = rates.index(max(rates))
    assert rates[0] < 0.2
    assert 0.9 < rates[top] <= 1.0
    assert rates == sorted(rates[:top]) + sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.05


def test_a_group_may_learn_some_times_as_fast() -> None:
    fast = {"params": [torch.nn.Parameter(torch.zeros(1))], "times": 10.0}
    slow = {"params": [torch.nn.Parameter(torch.zeros(1))]}
    groups: list[dict[str, Any]] = [fast, slow]
    optimiser = torch.optim.SGD(groups, lr=1.0)
    schedule(optimiser, 50, 100, 0.3)
    quick, plain = (group["lr"] for group in optimiser.param_groups)
    assert quick == pytest.approx(10 * plain)
