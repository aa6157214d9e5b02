"""Attach trainable low-rank adapters to a BERT model, and save them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from simulator.knowledge.adapter import RANK, SCALE, adapted_layers


def attach(model: Any) -> dict[str, tuple[Any, Any]]:
    """Freeze a model and give its linear layers adapters; returns (down, up) by layer name."""
    import torch

    for parameter in model.parameters():
        parameter.requires_grad_(False)
    adapters: dict[str, tuple[Any, Any]] = {}
    for name, layer in adapted_layers(model).items():
        down = torch.nn.Parameter(torch.randn(RANK, layer.in_features) / layer.in_features**0.5)
        up = torch.nn.Parameter(torch.zeros(layer.out_features, RANK))
        adapters[name] = (down, up)
        layer.register_forward_hook(_hook(down, up))
    return adapters


def _hook(down: Any, up: Any) -> Any:
    def add(_: Any, inputs: Any, output: Any) -> Any:
        return output + SCALE * ((inputs[0] @ down.T) @ up.T)

    return add


def save(adapters: dict[str, tuple[Any, Any]], file: Path) -> None:
    """Write adapters in half precision."""
    from safetensors.torch import save_file

    tensors = {
        f"{name}.{side}": tensor
        for name, (down, up) in adapters.items()
        for side, tensor in (("down", down), ("up", up))
    }
    file.parent.mkdir(parents=True, exist_ok=True)
    save_file({k: v.detach().half().contiguous() for k, v in tensors.items()}, str(file))


def schedule(optimiser: Any, step: int, steps: int, rate: float) -> None:
    """Warm up over a twentieth of the steps, then fall in a line to a twentieth of the rate."""
    share = min(1.0, (step + 1) / (steps / 20 + 1), (steps - step) / steps + 0.05)
    for group in optimiser.param_groups:
        group["lr"] = rate * share
