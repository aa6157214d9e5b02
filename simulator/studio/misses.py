"""What residents asked and the patient did not understand or know, by the nearest fact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from simulator.encounter.records import Flagged, Turn
from simulator.language.tokens import words_of
from simulator.patient.trace import Trace
from simulator.patient.turn import Candidate
from simulator.scripts.schema import PatientScript
from simulator.studio.drafts import Drafts

MOST_TURNS = 20_000
NEAR = 0.02  # a fact that was heard more faintly is not near
FILE = "dismissed.json"


class Turns(Protocol):
    """Where the turns of encounters are kept."""

    def turns_of_case(self, script_id: str, most: int) -> list[Turn]:
        """What was said to one patient in all encounters, the newest first."""

    def flagged(self, script_id: str) -> list[Flagged]:
        """What teachers call wrong of one patient's replies, newest first."""


@dataclass(frozen=True, slots=True)
class Miss:
    """A question that was missed: its words, how often, how it was answered."""

    text: str
    times: int
    reply: str
    kind: str  # unknown, unclear, or a no to nothing in particular
    chance: float  # of the nearest fact
    topic: str  # the nearest topic


@dataclass(frozen=True, slots=True)
class Group:
    """The missed questions that come nearest to one fact; `fact` is empty where none is near."""

    fact: str
    says: str
    misses: tuple[Miss, ...]


def find(store: Turns, drafts: Drafts, script: PatientScript) -> list[Group]:
    """The missed questions of a case that were neither taken up nor dismissed yet."""
    settled = {_key(a) for f in script.facts for a in f.asks} | _dismissed(drafts, script.id)
    groups: dict[str, dict[str, Miss]] = {}
    facts = {f.id: f.says for f in script.facts}
    for turn in store.turns_of_case(script.id, MOST_TURNS):
        kind = _missed(turn.trace)
        key = _key(turn.said)
        if not kind or not key or key in settled:
            continue
        fact, topic, chance = _nearest(turn.trace, facts)
        group = groups.setdefault(fact, {})
        times = group[key].times + 1 if key in group else 1
        text = group[key].text if key in group else turn.said
        group[key] = Miss(text, times, turn.reply, kind, chance, topic)
    found = [
        Group(fact, facts.get(fact, ""), tuple(sorted(g.values(), key=lambda m: -m.times)))
        for fact, g in groups.items()
    ]
    return sorted(found, key=lambda g: (g.fact == "", -sum(m.times for m in g.misses)))


def _missed(trace: Trace) -> str:
    """How a turn was missed: not known, not understood, a no to who knows what; or not at all."""
    kinds = {"no" if p.kind == "deny" and not p.topic else p.kind for p in trace.parts}
    if kinds - {"unknown", "unclear", "no", "talk"}:
        return ""
    if "unknown" in kinds and all(r.kind != "unknown" for r in trace.readings):
        return ""  # it was understood: the author says that the patient does not know
    return next((k for k in ("unknown", "unclear", "no") if k in kinds), "")


def _nearest(trace: Trace, facts: dict[str, str]) -> tuple[str, str, float]:
    """The nearest fact that the case has, the nearest topic, and the fact's chance."""
    rivals = sorted((c for r in trace.readings for c in r.candidates), key=lambda c: -c.score)
    own: Sequence[Candidate] = [c for c in rivals if c.fact in facts and c.score >= NEAR]
    topic = next((c.topic for c in rivals if c.fact is None), "")
    return (own[0].fact or "", topic, own[0].score) if own else ("", topic, 0.0)


def dismiss(drafts: Drafts, case_id: str, text: str) -> None:
    """Name a missed question no more."""
    known = sorted(_dismissed(drafts, case_id) | {_key(text)})
    drafts.keep_beside(case_id, FILE, json.dumps(known, ensure_ascii=False))


def _dismissed(drafts: Drafts, case_id: str) -> set[str]:
    return set(json.loads(drafts.kept_beside(case_id, FILE) or "[]"))


def _key(text: str) -> str:
    return " ".join(words_of(text))
