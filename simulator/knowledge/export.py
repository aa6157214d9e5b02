"""Turn the packaged encoder into a small ONNX file, once, so that running needs no torch.

The weights are read with sentence-transformers, the trained adapter is merged into them, and the
model is exported and quantised to int8 per channel; vectors agree with the reference within a
bound that a test keeps.
"""

from __future__ import annotations

import os
import tempfile
import threading
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

from simulator.knowledge.adapter import merge

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

INPUTS = ("input_ids", "attention_mask")
_tracing = threading.Lock()  # torch traces one model a process at a time, and fails at a second


def load_reference(weights: Path, adapter: Path | None = None) -> SentenceTransformer:
    """The encoder as sentence-transformers runs it: the reference for every other form."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(weights), device="cpu", local_files_only=True)
    if adapter is not None:
        merge(model[0].auto_model, adapter)
    return model


def export_encoder(weights: Path, adapter: Path | None, target: Path) -> None:
    """Write the encoder as an int8 ONNX file at `target`, whole or not at all.

    Inputs are token ids and the attention mask, shape (batch, tokens); the output is a vector for
    each token, shape (batch, tokens, dimensions).
    """
    with _tracing, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _export_int8(_bare(load_reference(weights, adapter)), target)


def _export_int8(model: torch.nn.Module, target: Path) -> None:
    import torch
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target.parent.mkdir(parents=True, exist_ok=True)
    ids = torch.ones((2, 8), dtype=torch.long)
    shape = {0: torch.export.Dim("batch"), 1: torch.export.Dim("tokens", max=512)}
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        plain, small = Path(folder) / "plain.onnx", Path(folder) / "small.onnx"
        torch.onnx.export(
            model,
            (ids, torch.ones_like(ids)),
            str(plain),
            dynamo=True,
            verbose=False,
            input_names=list(INPUTS),
            output_names=["states"],
            dynamic_shapes=(shape, shape),
        )
        quantize_dynamic(plain, small, per_channel=True, weight_type=QuantType.QInt8)
        small.replace(target)


def _bare(reference: SentenceTransformer) -> torch.nn.Module:
    import torch

    class Bare(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = reference[0].auto_model

        def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
            states: torch.Tensor = self.encoder(ids, attention_mask=mask)[0]
            return states

    return Bare().eval()
