"""What a resident is told of a failure: what they can mend in its own words, else a reference."""

from __future__ import annotations

from simulator import logs
from simulator.errors import (
    MessageRejected,
    NotAllowed,
    SpeechUnavailable,
    StoreError,
    UnknownScript,
)
from simulator.web import views

THEIRS = (MessageRejected, NotAllowed, UnknownScript)  # what whoever asks can mend
KINDS = {StoreError: "store", SpeechUnavailable: "speech"}  # which words a failure has


def sentence(error: Exception) -> str:
    """The sentence to show; a failure that is the operator's is logged under its reference."""
    if isinstance(error, THEIRS):
        return str(error)
    reference = logs.fault(error)
    words = views.words()["errors"]
    kind = next((word for of, word in KINDS.items() if isinstance(error, of)), "unexpected")
    return views.fill(words[kind], ref=reference)
