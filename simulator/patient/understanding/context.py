"""What the reader is given: the talk that a turn hangs on, cut to what fits, and the turn."""

from __future__ import annotations

import re

from simulator.patient.case import Case

YOU, SHORT_YOU = "you", "u"

DOCTOR_WORDS, FIRST_WORDS, LAST_WORDS = 14, 8, 12


def context_of(said: str, answered: str) -> str:
    """The end of the doctor's last turn, and the beginning and end of the patient's answer.

    The reader was trained on the same cut; a cue stands mostly at the end of an answer.
    """
    doctor = said.split()[-DOCTOR_WORDS:]
    patient = answered.split()
    if len(patient) > FIRST_WORDS + LAST_WORDS:
        patient = [*patient[:FIRST_WORDS], "…", *patient[-LAST_WORDS:]]
    return " ".join([*doctor, "/", *patient]) if doctor or patient else ""


def addressed(text: str, case: Case) -> str:
    """A turn as it would be put to the patient, where an informant speaks for them.

    "Has she been sick?" asks a girl's father what "Have you been sick?" asks her. No word changes
    its place: what is shorter is filled up with spaces, so that evidence stands where it stood.
    """
    informant = case.script.informant
    if informant is None:
        return text
    first, *_ = case.script.doorway.pronouns.lower().partition("/")
    pronouns = next((row for row in case.field.words.pronouns if first in row), ())
    name = case.script.doorway.name
    calls = sorted({name, name.split()[0], *informant.calls, *pronouns}, key=len, reverse=True)
    pattern = rf"\b(?:{'|'.join(map(re.escape, calls))})\b"
    return re.sub(pattern, lambda said: _you(len(said[0])), text, flags=re.IGNORECASE)


def _you(width: int) -> str:
    return (YOU if width >= len(YOU) else SHORT_YOU).ljust(width)
