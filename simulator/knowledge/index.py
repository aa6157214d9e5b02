"""The index: vectors in Chroma, one collection per script and one for topics.

A collection's name holds the hash of its content and of the encoder, so that a stale one is
never read. A new one is built beside under another name and then renamed, which is atomic.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

from simulator.errors import SimulatorError, StoreError
from simulator.knowledge.encoder import Encoder, Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

logger = logging.getLogger(__name__)
BATCH = 2000
LOCK, DATABASE = "index.lock", "chroma.sqlite3"


@dataclass(frozen=True, slots=True)
class Entry:
    """A text to be found, whose it is (fact id, topic id …), and in what role it stands."""

    owner: str
    role: str
    text: str


@dataclass(frozen=True, slots=True)
class Matrix:
    """The entries of a collection with their vectors, held in memory; rows agree."""

    entries: tuple[Entry, ...]
    vectors: Vectors


def entries_hash(entries: Iterable[Entry], encoder_id: str) -> str:
    """Sixteen hex digits of the content and of the encoder that turned it into vectors."""
    digest = hashlib.sha256(encoder_id.encode())
    for entry in entries:
        digest.update(json.dumps([entry.owner, entry.role, entry.text]).encode())
    return digest.hexdigest()[:16]


@contextmanager
def _calm() -> Iterator[None]:
    """A panic of Chroma's core, which no one who catches errors expects, as an error."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":
            raise
        raise RuntimeError(str(error)) from None


class Index:
    """The Chroma database of one installation."""

    def __init__(
        self, folder: Path, encoder: Encoder, healed: Callable[[], None] = lambda: None
    ) -> None:
        """Say where it lies.

        Args:
            folder, encoder: where it lies, and what its vectors come from.
            healed: called when it was found damaged and is built anew.
        """
        self.folder = folder
        self.encoder = encoder
        self._healed = healed
        self._client: ClientAPI | None = None

    def load(self, kind: str, owner: str, entries: tuple[Entry, ...]) -> Matrix:
        """The vectors of `entries`, from Chroma, built first where they are not there yet.

        Args:
            kind: topics or script.
            owner: whose collection it is; an older collection of the same kind and owner goes.
            entries: what the collection holds.

        Raises:
            StoreError: the index folder cannot be read or written.
            EncoderMissing: the encoder's package cannot be used.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / LOCK):
                try:
                    return self._loaded(kind, owner, entries)
                except SimulatorError:
                    raise
                except Exception as error:
                    logger.warning(
                        "the index in %s is damaged and built anew: %r",
                        self.folder,
                        error,
                        extra={"event": "index healed"},
                    )
                    self._healed()
                    self._start_over()
                    return self._loaded(kind, owner, entries)
        except SimulatorError:
            raise
        except Exception as error:
            raise self._unusable(error) from None

    def names(self) -> list[str]:
        """The names of all collections."""
        return sorted(c.name for c in self._connect().list_collections())

    def check(self) -> None:
        """Look whether the index can be read.

        Raises:
            StoreError: it cannot, or holds nothing.
        """
        try:
            with closing(self._database()) as database:
                held = database.execute("SELECT count(*) FROM collections").fetchone()[0]
        except sqlite3.Error as error:
            raise self._unusable(error) from None
        if not held:
            raise self._unusable("it is empty")

    def _unusable(self, why: object) -> StoreError:
        return StoreError(
            f"The index in {self.folder} cannot be used ({why}); "
            "check the folder's permissions and free space, or delete it: it is rebuilt"
        )

    @_calm()
    def _loaded(self, kind: str, owner: str, entries: tuple[Entry, ...]) -> Matrix:
        if self._client is not None and not (self.folder / DATABASE).is_file():
            raise FileNotFoundError(f"{self.folder / DATABASE} was deleted")
        name = f"{kind}-{entries_hash(entries, self.encoder.id)}"
        collection = self._find(name)
        if collection is None or collection.count() != len(entries):
            collection = self._build(name, kind, owner, entries)
        return _read(collection, entries, self.encoder.dimensions)

    def _start_over(self) -> None:
        """Delete what is derived and damaged; whoever asks builds what they need."""
        from chromadb.api.client import Client

        client, self._client = self._client, None
        if client is not None:
            with suppress(Exception):
                client.close()  # type: ignore[attr-defined]
        Client.clear_system_cache()
        for path in self.folder.iterdir():
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            elif path.name != LOCK:
                path.unlink()

    def _database(self) -> sqlite3.Connection:
        """What Chroma keeps its books in, to be looked at."""
        return sqlite3.connect(f"file:{self.folder / DATABASE}?mode=rw", uri=True)

    def _connect(self) -> ClientAPI:
        if self._client is None:
            import chromadb
            from chromadb.config import Settings

            self._client = chromadb.PersistentClient(
                path=str(self.folder), settings=Settings(anonymized_telemetry=False)
            )
        return self._client

    def _find(self, name: str) -> Collection | None:
        from chromadb.errors import NotFoundError

        try:
            return self._connect().get_collection(name, embedding_function=None)
        except NotFoundError:
            return None

    def _build(self, name: str, kind: str, owner: str, entries: tuple[Entry, ...]) -> Collection:
        client = self._connect()
        beside = f"{name}-new"
        for old in (name, beside):
            if self._find(old) is not None:
                client.delete_collection(old)
        metadata = {"kind": kind, "owner": owner, "encoder": self.encoder.id}
        collection = client.create_collection(
            beside,
            embedding_function=None,
            metadata=metadata,
            configuration={"hnsw": {"space": "cosine"}},
        )
        vectors = self.encoder.encode([e.text for e in entries])
        for start in range(0, len(entries), BATCH):
            rows = range(start, min(start + BATCH, len(entries)))
            collection.add(
                ids=[str(i) for i in rows],
                documents=[entries[i].text for i in rows],
                metadatas=[{"owner": entries[i].owner, "role": entries[i].role} for i in rows],
                embeddings=vectors[start : start + BATCH],
            )
        collection.modify(name=name)
        self._drop_stale(name, kind, owner)
        return collection

    def _drop_stale(self, name: str, kind: str, owner: str) -> None:
        client = self._connect()
        for collection in client.list_collections():
            meta: Any = collection.metadata or {}
            same = (meta.get("kind"), meta.get("owner")) == (kind, owner)
            if same and collection.name != name:
                client.delete_collection(collection.name)
        self._sweep()

    def _sweep(self) -> None:
        """Give back the room of collections that are gone, which Chroma keeps."""
        with closing(self._database()) as database:
            used = {row[0] for row in database.execute("SELECT id FROM segments")}
            pages, free = (
                database.execute(f"PRAGMA {what}").fetchone()[0]
                for what in ("page_count", "freelist_count")
            )
            if free > pages // 4:
                with suppress(sqlite3.OperationalError):  # in use: the next rebuild tries again
                    database.execute("VACUUM")
        for path in self.folder.iterdir():
            if path.is_dir() and path.name not in used:
                shutil.rmtree(path)


def _read(collection: Collection, entries: tuple[Entry, ...], dimensions: int) -> Matrix:
    """The collection in memory.

    Raises:
        ValueError: a vector is missing or is none.
    """
    vectors = np.zeros((len(entries), dimensions), dtype=np.float32)
    for start in range(0, len(entries), BATCH):
        got: Any = collection.get(
            ids=[str(i) for i in range(start, min(start + BATCH, len(entries)))],
            include=["embeddings"],
        )
        for row_id, vector in zip(got["ids"], got["embeddings"], strict=True):
            vectors[int(row_id)] = vector
    if not np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-3):
        raise ValueError(f"{collection.name} lacks vectors")
    return Matrix(entries, vectors)
