"""The index: vectors in Chroma, one collection per script, one for topics, one for guides.

A collection's name holds the hash of its content and of the encoder, so that a stale one is
never read. A new one is built beside under another name and then renamed, which is atomic.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from filelock import FileLock

from simulator.errors import StoreError
from simulator.knowledge.encoder import Encoder, Vectors

if TYPE_CHECKING:
    from chromadb.api import ClientAPI
    from chromadb.api.models.Collection import Collection

BATCH = 2000


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


class Index:
    """The Chroma database of one installation."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self.folder = folder
        self.encoder = encoder
        self._client: ClientAPI | None = None

    def load(self, kind: str, owner: str, entries: tuple[Entry, ...]) -> Matrix:
        """The vectors of `entries`, from Chroma, built first where they are not there yet.

        Args:
            kind: topics, guides or script.
            owner: whose collection it is; an older collection of the same kind and owner goes.
            entries: what the collection holds.

        Raises:
            StoreError: the index folder cannot be read or written.
            EncoderMissing: the encoder's package cannot be used.
        """
        from chromadb.errors import ChromaError

        name = f"{kind}-{entries_hash(entries, self.encoder.id)}"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with FileLock(self.folder / "index.lock"):
                collection = self._find(name)
                if collection is None or collection.count() != len(entries):
                    collection = self._build(name, kind, owner, entries)
                return _read(collection, entries, self.encoder.dimensions)
        except (OSError, ChromaError) as error:
            raise StoreError(
                f"The index in {self.folder} cannot be used ({error}); "
                "check the folder's permissions and free space, or delete it: it is rebuilt"
            ) from None

    def names(self) -> list[str]:
        """The names of all collections."""
        return sorted(c.name for c in self._connect().list_collections())

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

    def _build(
        self, name: str, kind: str, owner: str, entries: tuple[Entry, ...]
    ) -> Collection:
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


def _read(collection: Collection, entries: tuple[Entry, ...], dimensions: int) -> Matrix:
    vectors = np.zeros((len(entries), dimensions), dtype=np.float32)
    for start in range(0, len(entries), BATCH):
        got: Any = collection.get(
            ids=[str(i) for i in range(start, min(start + BATCH, len(entries)))],
            include=["embeddings"],
        )
        for row_id, vector in zip(got["ids"], got["embeddings"], strict=True):
            vectors[int(row_id)] = vector
    return Matrix(entries, vectors)
