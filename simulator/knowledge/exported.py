"""A model exported once to a small ONNX file in a cache folder, loaded at first use."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock

from simulator.errors import StoreError

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Tokenizer


class Exported:
    """An ONNX file with its tokenizer; safe between threads and processes.

    Args:
        file: where the export is kept; its checksum stands beside it, and a damaged file is
            written anew.
        write: writes the export to a path; the only step that needs torch.
        tokenizer: finds the folder with tokenizer.json. tokens: how many tokens are read.
    """

    def __init__(
        self, file: Path, write: Callable[[Path], None], tokenizer: Callable[[], Path], tokens: int
    ) -> None:
        self.file, self._write, self._folder, self._tokens = file, write, tokenizer, tokens
        self._loaded: tuple[InferenceSession, Tokenizer] | None = None
        self._lock = threading.Lock()

    def load(self) -> tuple[InferenceSession, Tokenizer]:
        """The session and the tokenizer.

        Raises:
            StoreError: the cache cannot be written.
            EncoderMissing: the package with the weights cannot be used.
        """
        with self._lock:
            if self._loaded is None:
                folder = self._folder()
                self._export_once()
                from tokenizers import Tokenizer

                tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
                tokenizer.no_padding()
                tokenizer.enable_truncation(self._tokens)
                self._loaded = (_open(self.file), tokenizer)
            return self._loaded

    def _export_once(self) -> None:
        seal = self.file.with_suffix(".sha256")
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            with FileLock(self.file.with_suffix(".lock")):
                if self.file.is_file() and seal.is_file():
                    if seal.read_text(encoding="ascii").strip() == digest(self.file):
                        return
                self._write(self.file)
                seal.write_text(digest(self.file), encoding="ascii")
        except OSError as error:
            raise StoreError(
                f"The encoder's cache {self.file.parent} cannot be written "
                f"({error.strerror or error}); check its permissions and the free space"
            ) from None


def digest(path: Path) -> str:
    """The SHA-256 of a file in hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _open(file: Path) -> InferenceSession:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
