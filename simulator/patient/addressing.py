"""A question about the patient, as it would be put to the patient, where an informant speaks."""

from __future__ import annotations

import re
from collections.abc import Sequence

from simulator.scripts.schema import PatientScript

YOU, SHORT_YOU = "you", "u"


def addressed(text: str, script: PatientScript, pronouns: Sequence[Sequence[str]]) -> str:
    """A turn as it would be put to the patient, where an informant speaks for them.

    "Has she been sick?" asks a girl's father what "Have you been sick?" asks her. No word changes
    its place: what is shorter is filled up with spaces, so that evidence stands where it stood.

    Args:
        text: what is asked. script: of whom. pronouns: of the language, by whom they stand for.
    """
    if script.informant is None:
        return text
    first, *_ = script.doorway.pronouns.lower().partition("/")
    own = next((row for row in pronouns if first in row), ())
    name = script.doorway.name
    calls = sorted({name, name.split()[0], *script.informant.calls, *own}, key=len, reverse=True)
    pattern = rf"\b(?:{'|'.join(map(re.escape, calls))})\b"
    return re.sub(pattern, lambda said: _you(len(said[0])), text, flags=re.IGNORECASE)


def _you(width: int) -> str:
    return (YOU if width >= len(YOU) else SHORT_YOU).ljust(width)
