"""What a resident is told of a failure: what they can mend in its own words, else a reference."""

from __future__ import annotations

import logging
import uuid

from simulator.errors import (
    MessageRejected,
    NotAllowed,
    SimulatorError,
    SpeechUnavailable,
    StoreError,
    UnknownScript,
)
from simulator.web import views

logger = logging.getLogger(__name__)
THEIRS = (MessageRejected, NotAllowed, UnknownScript)  # what whoever asks can mend
KINDS = {StoreError: "store", SpeechUnavailable: "speech"}  # which words a failure has


def sentence(error: Exception) -> str:
    """The sentence to show; a failure that is the operator's is logged under its reference."""
    if isinstance(error, THEIRS):
        return str(error)
    reference = uuid.uuid4().hex[:8]
    if isinstance(error, SimulatorError):
        logger.error("reference %s: %s", reference, error)
    else:
        logger.error("reference %s", reference, exc_info=error)
    words = views.words()["errors"]
    kind = next((word for of, word in KINDS.items() if isinstance(error, of)), "unexpected")
    return views.fill(words[kind], ref=reference)
