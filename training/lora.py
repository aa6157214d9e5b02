"""Attach trainable low-rank adapters to an encoder."""

from __future__ import annotations

from typing import Any

from simulator.knowledge.adapter import SCALE, adapted_layers

RANK = 32
FROZEN_BELOW = 4  # of a tall encoder the lowest blocks are trained in the warm-up only

Adapters = dict[str, tuple[Any, Any]]


def attach(model: Any) -> Adapters:
    """Freeze an encoder and give its linear layers adapters; (down, up) by layer name."""
    import torch

    for parameter in model.parameters():
        parameter.requires_grad_(False)
    adapters: Adapters = {}
    for name, layer in adapted_layers(model).items():
        layer.weight.data = layer.weight.data.bfloat16()
        layer.bias.data = layer.bias.data.bfloat16()
        place = layer.weight.device
        first = torch.randn(RANK, layer.in_features) / layer.in_features**0.5
        down = torch.nn.Parameter(first.to(place))
        up = torch.nn.Parameter(torch.zeros(layer.out_features, RANK, device=place))
        adapters[name] = (down, up)
        layer.register_forward_hook(_hook(down, up))
    return adapters


def _hook(down: Any, up: Any) -> Any:
    def add(_: Any, inputs: Any, output: Any) -> Any:
        return output + SCALE * ((inputs[0] @ down.T) @ up.T)

    return add


def freeze_lowest(adapters: Adapters, blocks: int) -> None:
    """Train no more the lowest blocks of an encoder that has more than six."""
    for name, pair in adapters.items():
        below = blocks > 6 and int(name.split("layer.")[1].split(".")[0]) < FROZEN_BELOW
        for parameter in pair:
            parameter.requires_grad_(not below)


def schedule(optimiser: Any, step: int, steps: int, rate: float) -> None:
    """Warm up over a twentieth of the steps, then fall in a line to near nought."""
    share = min(1.0, (step + 1) / (steps / 20 + 1), (steps - step) / steps + 0.03)
    for group in optimiser.param_groups:
        group["lr"] = rate * share * group.get("times", 1.0)


def descend(optimiser: Any, loss: Any) -> None:
    """One step down a loss, with the gradients of each group held in bounds."""
    import torch

    optimiser.zero_grad()
    loss.backward()
    for group in optimiser.param_groups:
        torch.nn.utils.clip_grad_norm_(group["params"], 1.0)
    optimiser.step()
