"""Low-rank adapters: the small weights that teach a published encoder its field.

Method: LoRA (Hu et al., 2021): to a linear layer's weight W is added scale · B·A of rank r. What
is trained (training/) is these two matrices; the published weights stay as they are.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from simulator.errors import EncoderMissing

if TYPE_CHECKING:
    import torch

    from simulator.knowledge.encoder import Vectors

SCALE = 2.0
FOLDER = Path(__file__).parents[2] / "knowledge" / "models"


def adapter_file(name: str) -> Path:
    """The trained part of that name: reader-mpnet, reader-minilm, guard-minilm."""
    return FOLDER / f"{name}.safetensors"


def uptake_file(name: str) -> Path:
    """The fitted uptake of hints for the reader of that name."""
    return FOLDER / f"uptake-{name}.json"


def read_fitted(
    file: Path | None, what: str, listed: str
) -> tuple[dict[str, Vectors], tuple[str, ...]]:
    """The arrays of a trained or fitted part by name, without its adapter, and a list kept with it.

    Args:
        file: the part. what: its name for the reader of an error. listed: the name of the list.

    Raises:
        EncoderMissing: the file is not there.
    """
    from safetensors import safe_open

    if file is None or not file.is_file():
        raise EncoderMissing(f"{file}: {what} is missing; restore knowledge/models")
    with safe_open(str(file), framework="numpy") as opened:
        names = [n for n in opened.keys() if not n.endswith((".up", ".down"))]  # noqa: SIM118
        found = {n: opened.get_tensor(n).astype(np.float32) for n in names}
        return found, tuple(json.loads(opened.metadata()[listed]))


def adapter_id(file: Path) -> str:
    """Eight hex digits of an adapter's content.

    Raises:
        EncoderMissing: the file is not there.
    """
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()[:8]
    except OSError as error:
        raise EncoderMissing(
            f"{file}: cannot be read ({error.strerror}); restore the folder knowledge/models"
        ) from None


def adapted_layers(model: Any) -> dict[str, Any]:
    """The linear layers of an encoder's blocks, which carry an adapter, by name."""
    import torch

    return {
        name: module
        for name, module in model.named_modules()
        if isinstance(module, torch.nn.Linear) and "layer." in name
    }


def merge(model: Any, file: Path) -> None:
    """Add an adapter to the weights of an encoder."""
    import torch
    from safetensors.torch import load_file

    parts: dict[str, torch.Tensor] = {k: v.float() for k, v in load_file(str(file)).items()}
    with torch.no_grad():
        for name, layer in adapted_layers(model).items():
            if f"{name}.up" in parts:
                layer.weight += SCALE * (parts[f"{name}.up"] @ parts[f"{name}.down"])
