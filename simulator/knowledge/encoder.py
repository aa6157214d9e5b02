"""Texts to vectors: a published encoder with the adapter that knows the field."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from simulator.errors import StoreError
from simulator.knowledge.adapter import adapter_id
from simulator.knowledge.weights import SMALL, Base, digest_of, weights_of

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer

MAX_TOKENS = 64
CONTEXT_TOKENS = 48
MANY = 16  # from so many texts on, they are encoded on all cores

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Tokens:
    """A turn read in its context: a vector for each of its tokens, and where these stand.

    `states` has shape (tokens, dimensions); `spans` are places in the turn's text; `before` holds
    the vectors of the context's tokens.
    """

    states: Vectors
    spans: tuple[tuple[int, int], ...]
    before: Vectors


class Encoder:
    """Vectors of texts; loads itself at first use, and is safe between threads.

    The published weights and the adapter are merged and exported once to an int8 ONNX file in
    `cache`; after that neither torch nor sentence-transformers is imported. Without an adapter it
    is the plain encoder that others use.
    """

    def __init__(self, cache: Path, adapter: Path | None, base: Base = SMALL) -> None:
        self.base = base
        self.dimensions = base.dimensions
        self.adapter = adapter
        self.id = (
            f"{base.name}-int8-{base.sha256[:8]}-{adapter_id(adapter) if adapter else 'plain'}"
        )
        self.file = cache / f"{self.id}.onnx"
        self._loaded: tuple[InferenceSession, Tokenizer] | None = None
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector for each text, the mean of its tokens; shape (len(texts), dimensions).

        Texts are encoded one by one: int8 scales depend on what stands in a batch, and the same
        words must always have the same vector.

        Raises:
            EncoderMissing: the package with the weights cannot be used.
        """
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        if texts:
            session, tokenizer = self._load()
            first, last = tokenizer.encode("").ids

            def vector(text: str) -> Vectors:
                ids = tokenizer.encode(text, add_special_tokens=False).ids[:MAX_TOKENS]
                return unit(_states(session, [first, *ids, last]).mean(axis=0))

            with ThreadPoolExecutor(os.cpu_count() if len(texts) > MANY else 1) as pool:
                vectors[:] = list(pool.map(vector, texts))
        return vectors

    def read(self, context: str, turn: str) -> Tokens:
        """The tokens of a turn, read after the words that went before it.

        Args:
            context: the last words of both speakers; its end is read, 48 tokens at most.
            turn: the words to read, 64 tokens at most.
        """
        session, tokenizer = self._load()
        first, last = tokenizer.encode("").ids
        before = tokenizer.encode(context, add_special_tokens=False).ids[-CONTEXT_TOKENS:]
        said = tokenizer.encode(turn, add_special_tokens=False)
        ids = said.ids[:MAX_TOKENS]
        lead = [first, *before, last] if before else [first]
        states = _states(session, [*lead, *ids, last])
        spans = tuple((int(a), int(b)) for a, b in said.offsets[: len(ids)])
        after = len(lead) + len(ids)
        return Tokens(states[len(lead) : after], spans, states[1 : len(lead) - 1])

    def prepare(self) -> None:
        """Load the encoder, exported first where it is not there yet."""
        self._load()

    def _load(self) -> tuple[InferenceSession, Tokenizer]:
        with self._lock:
            if self._loaded is None:
                self._export_once()
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(str(self.file.with_suffix(".tokens.json")))
                tokenizer.no_padding()
                tokenizer.no_truncation()
                self._loaded = (_open(self.file), tokenizer)
            return self._loaded

    def _export_once(self) -> None:
        seal, words = self.file.with_suffix(".sha256"), self.file.with_suffix(".tokens.json")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.file.with_suffix(".lock")):
                there = self.file.is_file() and seal.is_file() and words.is_file()
                if there and seal.read_text(encoding="ascii").strip() == digest_of(self.file):
                    return
                from simulator.knowledge.export import export_encoder

                with weights_of(self.base, self.file.parent) as folder:
                    export_encoder(folder, self.adapter, self.file)
                    tokens = (folder / "tokenizer.json").read_bytes()
                words.write_bytes(tokens)
                seal.write_text(digest_of(self.file), encoding="ascii")
        except OSError as error:
            raise StoreError(
                f"The encoder's cache {self.file.parent} cannot be written "
                f"({error.strerror or error}); check its permissions and the free space"
            ) from None


def unit(vectors: Vectors) -> Vectors:
    """Vectors, or one vector, made as long as one."""
    lengths = np.linalg.norm(vectors, axis=-1, keepdims=True)
    scaled: Vectors = vectors / np.maximum(lengths, 1e-9)
    return scaled


def _open(file: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    # Our products are small: more threads of theirs take the processor and gain nothing.
    threadpool_limits(1, user_api="blas")
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _states(session: InferenceSession, tokens: Sequence[int]) -> Vectors:
    ids = np.array([tokens], dtype=np.int64)
    output: Any = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    states: Vectors = output[0][0]
    return states
