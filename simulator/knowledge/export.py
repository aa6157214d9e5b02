"""Turn the packaged encoder into a small ONNX file, once, so that running needs no torch.

The weights are read with sentence-transformers, exported with their pooling, and quantised to
int8 per channel; vectors agree with the reference within a bound that a test keeps.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer


def load_reference(weights: Path) -> SentenceTransformer:
    """The encoder as sentence-transformers runs it: the reference for every other form."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    return SentenceTransformer(str(weights), device="cpu", local_files_only=True)


def export_int8(weights: Path, target: Path) -> None:
    """Write the encoder in `weights` as an int8 ONNX file at `target`, whole or not at all.

    Inputs are token ids and the attention mask, shape (batch, tokens); the output is the mean of
    the token vectors, length one, shape (batch, 384).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            reference = load_reference(weights)
            _export(reference, plain)
            from onnxruntime.quantization import QuantType, quantize_dynamic

            quantize_dynamic(plain, small, per_channel=True, weight_type=QuantType.QInt8)
        small.replace(target)


def _export(reference: SentenceTransformer, target: Path) -> None:
    import torch

    model = _pooled(reference)
    ids = torch.ones((2, 8), dtype=torch.long)
    batch, tokens = torch.export.Dim("batch"), torch.export.Dim("tokens", max=512)
    shape = {0: batch, 1: tokens}
    torch.onnx.export(
        model,
        (ids, torch.ones_like(ids)),
        str(target),
        dynamo=True,
        verbose=False,
        input_names=["input_ids", "attention_mask"],
        output_names=["vectors"],
        dynamic_shapes={"input_ids": shape, "attention_mask": shape},
    )


def _pooled(reference: SentenceTransformer) -> torch.nn.Module:
    import torch

    class Pooled(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = reference[0].auto_model

        def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
            tokens = self.encoder(input_ids=input_ids, attention_mask=attention_mask)[0]
            mask = attention_mask.unsqueeze(-1).to(tokens.dtype)
            mean = (tokens * mask).sum(dim=1) / mask.sum(dim=1).clamp(min=1e-9)
            return torch.nn.functional.normalize(mean, dim=1)

    return Pooled().eval()
