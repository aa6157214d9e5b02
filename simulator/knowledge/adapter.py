"""A low-rank adapter of the encoder: small weights that teach it how clinicians ask.

Method: LoRA (Hu et al., 2021): to a linear layer's weight W is added scale · B·A of rank r.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import torch

FILE = Path(__file__).parent / "adapter.safetensors"
RANK = 16
SCALE = 2.0
LAYERS = ("query", "key", "value", "attention.output.dense", "intermediate.dense", "output.dense")


def adapter_id() -> str:
    """Eight hex digits of the adapter's content, or 'none' where there is none."""
    if not FILE.is_file():
        return "none"
    return hashlib.sha256(FILE.read_bytes()).hexdigest()[:8]


def adapted_layers(model: Any) -> dict[str, Any]:
    """The linear layers of the encoder that carry an adapter, by name."""
    import torch

    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and "layer." in name and name.endswith(LAYERS)
    }


def merge(model: Any) -> None:
    """Add the adapter to the weights of a model; does nothing where there is no adapter."""
    if not FILE.is_file():
        return
    import torch
    from safetensors.torch import load_file

    parts: dict[str, torch.Tensor] = load_file(str(FILE))
    with torch.no_grad():
        for name, layer in adapted_layers(model).items():
            up, down = parts[f"{name}.up"].float(), parts[f"{name}.down"].float()
            layer.weight += SCALE * (up @ down)
