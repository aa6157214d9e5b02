"""How the patient looks just now: what a portrait shows, from what is known of the encounter.

It is what a simulated patient would show in the face, so it may follow what is kept back, never
say it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from simulator.encounter.records import Turn
from simulator.language.tokens import words_of
from simulator.patient.disclose import trust_threshold
from simulator.patient.prompting import HURT, STUNG
from simulator.scripts.schema import Affection, PatientScript

SHOWN_FOR = 2  # turns in which what came out with difficulty is still to be seen


@cache
def _moods() -> dict[str, Any]:
    path = Path(__file__).with_name("affects.yaml")
    loaded: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return loaded


def affect_at_first(script: PatientScript) -> Affection:
    """How the patient looks before a word was said: the author's choice, or the mood's."""
    patient = script.patient
    if script.portrait.looks:
        return script.portrait.looks
    of_word: dict[str, Affection] = {
        word: affect for affect, words in _moods()["words"].items() for word in words
    }
    named = (of_word[w] for w in words_of(patient.affect.baseline.lower()) if w in of_word)
    of_kind: dict[str, Affection] = _moods()["personalities"]
    return next(named, of_kind.get(patient.personality, "at-ease"))


def affect_now(script: PatientScript, turns: Sequence[Turn]) -> Affection:
    """How the patient looks after these turns of an encounter, which are all of its turns."""
    first = affect_at_first(script)
    if not turns:
        return first
    last, rapport = turns[-1].trace, turns[-1].trace.rapport
    before = turns[-2].trace.rapport if len(turns) > 1 else 0.0
    if rapport <= HURT or rapport - before <= STUNG:
        return "closed"
    came_out = set().union(*(_came_out(script, turns, n) for n in range(len(turns))[-SHOWN_FOR:]))
    if came_out:
        hard = first in ("downcast", "tearful") or came_out & set(script.patient.concerns)
        return "tearful" if hard else "downcast"
    threshold = trust_threshold(script)
    if last.withheld:
        return "uneasy" if rapport >= threshold / 2 else "closed"
    if last.cues:
        return first if first in ("in-pain", "downcast") else "uneasy"
    stage = "trusting" if rapport >= threshold else "easing" if rapport >= threshold / 2 else ""
    eased: dict[str, Affection] = _moods()["eased"].get(stage, {})
    return eased.get(first, first)


def _came_out(script: PatientScript, turns: Sequence[Turn], n: int) -> set[str]:
    """What the patient told in turn n, for the first time, of what is told only in trust."""
    heavy = {f.id for f in script.facts if f.tell == "trust"}
    earlier = {f for t in turns[:n] for f in t.trace.told}
    return (set(turns[n].trace.told) & heavy) - earlier
