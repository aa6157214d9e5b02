"""The talk that a turn hangs on, cut to what a reader can hold."""

from __future__ import annotations

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
