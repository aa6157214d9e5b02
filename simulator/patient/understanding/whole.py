"""A turn as a whole: the act that is shown, whether it leaves room, what it does to trust."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from simulator.knowledge.encoder import Vectors
from simulator.language.tokens import sentences
from simulator.patient.case import Case
from simulator.patient.turn import Act, Reading
from simulator.patient.understanding.reader import Read, Reader
from simulator.patient.understanding.signs import WORKED_OUT

SURE = 0.5  # from here a turn is taken for a closed question
AFFECT = 0.62  # a turn as near as this to an author's softener or trigger is one


def read_turn(reader: Reader, before: str, text: str, put: str) -> Read:
    """A turn as it was read: what it asks for as it is put to the patient, what it does as said.

    "Could she tell you what happened?" is plain; "Could you tell you …" were nonsense.

    Args:
        before, text: the talk and the turn. put: the turn as it would be put to the patient.
    """
    read = reader.read(before, put)
    if put == text:
        return read
    asked = {act: read.acts[act] for act in WORKED_OUT}
    return replace(read, acts=reader.read(before, text).acts | asked)


def shown_act(readings: Sequence[Reading], case: Case) -> Act:
    """The act of the whole turn: what asks weighs more than what is merely said."""
    acts = case.field.talk.acts
    talk = [r.talk for r in readings if r.kind == "talk" and r.talk]
    if any(t in acts.out_of_role for t in talk):
        return "out_of_role"
    asked = [r for r in readings if r.kind not in ("talk", "summary", "unclear")]
    subjects = {r.facts or r.topic for r in asked}
    if len(subjects) > 1:
        return "questions"
    if asked:
        return "question_open" if asked[0].kind == "open" else "question_closed"
    if any(r.kind == "summary" for r in readings):
        return "summary"
    if all(r.kind == "unclear" for r in readings):
        return "nonsense"
    shown = [acts.shown[t] for t in sorted(talk, key=acts.order.index) if t in acts.shown]
    return shown[0] if shown else "statement"  # type: ignore[return-value]


def opens(readings: Sequence[Reading], read: Read) -> bool:
    """Whether the turn leaves it to the patient what to answer."""
    asked = [r for r in readings if r.kind in ("open", "facts", "review", "unknown")]
    return any(r.kind == "open" for r in asked) or (bool(asked) and read.acts["closed"] < SURE)


def warmth(readings: Sequence[Reading], read: Read, case: Case) -> float:
    """What the turn does to the patient's trust: its acts, and the author's softeners and triggers.

    Kindness is never punished: a trigger counts only where no kind act was heard.
    """
    acts = {r.talk for r in readings if r.talk}
    change = sum(case.field.talk.rapport(a) for a in acts)
    kind = acts & case.field.talk.acts.kind
    for row, owner in case.affect_rows:
        if float(case.vectors[row] @ read.mean) >= AFFECT:
            if owner == "softener":
                change += 1.5
            elif not kind:
                change -= 2.0
    return change


def wordless(text: str) -> Reading:
    """No word of this language: another script is not understood, '…' is a silence that is kept."""
    if any(c.isalpha() for c in text):
        return Reading(text[:80], "talk", talk="other_language", score=1.0, confidence=1.0)
    if text and not text.strip(" .…-–—()"):
        return Reading(text[:80], "talk", talk="silence", score=1.0, confidence=1.0)
    return Reading(text[:80], "unclear")


def identity_known(topic_id: str, case: Case) -> bool:
    """Whether the script tells what a question on who the patient is asks for."""
    if topic_id == "soc.occupation":
        return bool(case.script.patient.occupation)
    if topic_id == "identity.pronouns":
        return bool(case.script.speaker.pronouns)
    return True


def in_questions(text: str, read: Read, weights: Vectors) -> Vectors:
    """How much of what candidates rest on, 0 to 1, stands in sentences that end with a "?".

    Args:
        text, read: the turn. weights: on which tokens each rests, shape (tokens, candidates).
    """
    ends = [end for start, end in sentences(text)]
    inside = [
        next(("?" in text[end - 1 : end + 1] for end in ends if place < end), True)
        for place, _ in read.spans
    ]
    share: Vectors = weights[np.array(inside)].sum(axis=0)
    return share
