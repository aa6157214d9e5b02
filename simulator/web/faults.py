"""What a resident is told of a failure: what they can mend in its own words, else a reference."""

from __future__ import annotations

import logging
import uuid

from simulator.errors import MessageRejected, NotAllowed, SimulatorError, StoreError, UnknownScript
from simulator.web import views

logger = logging.getLogger(__name__)
THEIRS = (MessageRejected, NotAllowed, UnknownScript)  # what whoever asks can mend


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
    kind = "store" if isinstance(error, StoreError) else "unexpected"
    return views.fill(words[kind], ref=reference)
