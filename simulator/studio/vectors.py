"""The vectors of a draft's lines: what did not change is not encoded again."""

from __future__ import annotations

import threading
from collections import OrderedDict

import numpy as np

from simulator.knowledge.encoder import Encoder, Vectors
from simulator.knowledge.index import Entry, Matrix

MOST_LINES = 20_000


class Lines:
    """Texts with their vectors, in memory; those used last are kept."""

    def __init__(self, encoder: Encoder) -> None:
        self.encoder = encoder
        self._known: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    def learn(self, entries: tuple[Entry, ...], vectors: Vectors) -> None:
        """Take vectors over that were made elsewhere by the same encoder."""
        with self._lock:
            for entry, vector in zip(entries, vectors, strict=True):
                self._known[entry.text] = vector

    def matrix(self, entries: tuple[Entry, ...]) -> Matrix:
        """The vectors of these entries, the unknown ones encoded now."""
        with self._lock:
            fresh = [t for t in dict.fromkeys(e.text for e in entries) if t not in self._known]
            for text, vector in zip(fresh, self.encoder.encode(fresh), strict=True):
                self._known[text] = vector
            for entry in entries:
                self._known.move_to_end(entry.text)
            vectors = np.stack([self._known[e.text] for e in entries])
            while len(self._known) > MOST_LINES:
                self._known.popitem(last=False)
        return Matrix(entries, vectors)
