"""The test drive: a talk with a draft as it was saved last, kept so that it can be put again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from simulator.patient.case import Case
from simulator.patient.disclose import trust_threshold
from simulator.patient.patient import Patient
from simulator.patient.trace import Trace
from simulator.patient.turn import Candidate, Part, State
from simulator.studio.drafts import Drafts

SHOWN = 5
MOST_TURNS = 60
FIRST = re.compile(r"[a-z0-9]{1,32}")


class TalkTurn(BaseModel):
    """One question with its answer, as the version of that moment gave it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    said: str
    reply: str
    trace: Trace
    state: State
    was: str | None = None  # what was answered before the case was changed, where it differs


class Talk(BaseModel):
    """A talk with a draft: its turns, and the version that gave the answers."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int = 0
    turns: tuple[TalkTurn, ...] = ()


def load(drafts: Drafts, case_id: str, name: str) -> Talk:
    """A talk by its name; an empty one where there is none yet."""
    kept = drafts.kept_beside(case_id, _file(name))
    if kept is None:
        return Talk()
    try:
        return Talk.model_validate_json(kept)
    except ValidationError:
        return Talk()  # another version of the program kept it


def keep(drafts: Drafts, case_id: str, name: str, talk: Talk) -> None:
    """Keep a talk under its name."""
    drafts.keep_beside(case_id, _file(name), talk.model_dump_json(by_alias=True))


def _file(name: str) -> str:
    return f"talks/{name if FIRST.fullmatch(name) else 'first'}.json"


def ask(patient: Patient, talk: Talk, said: str, version: int) -> Talk:
    """Put one more question."""
    state = talk.turns[-1].state if talk.turns else State()
    turn = _answer(patient, said, state)
    return Talk(version=version, turns=(*talk.turns, turn)[-MOST_TURNS:])


def ask_again(patient: Patient, talk: Talk, version: int) -> Talk:
    """Put all questions anew, from the first; where an answer differs, the former one is kept."""
    state, turns = State(), list[TalkTurn]()
    for before in talk.turns:
        turn = _answer(patient, before.said, state)
        if turn.reply != before.reply:
            turn = turn.model_copy(update={"was": before.reply})
        turns.append(turn)
        state = turn.state
    return Talk(version=version, turns=tuple(turns))


def _answer(patient: Patient, said: str, state: State) -> TalkTurn:
    reply, after = patient.reply(said, state)
    return TalkTurn(said=said, reply=reply.text, trace=Trace.of(reply), state=after)


@dataclass(frozen=True, slots=True)
class Rival:
    """A fact or topic that may have been asked for, and the chance (0 to 1) that it was."""

    name: str
    fact: str
    topic: str
    chance: float


@dataclass(frozen=True, slots=True)
class Why:
    """Why the patient answered so: what was heard, how surely, and what followed from it."""

    acts: tuple[tuple[str, float], ...]
    rivals: tuple[Rival, ...]
    kinds: tuple[str, ...]  # told, denied, withheld, unknown, unclear …
    steps: tuple[str, ...]  # one a part of the answer: what was done and why
    trust: float
    trust_needed: float
    guarded: tuple[str, ...]
    expect: Any  # the answer as a test of the script would expect it; None where none fits


def explain(turn: TalkTurn, case: Case) -> Why:
    """Why a turn was answered so."""
    trace = turn.trace
    acts = sorted(trace.acts.items(), key=lambda pair: -pair[1])
    kinds = tuple(dict.fromkeys(_kind(p) for p in trace.parts))
    return Why(
        tuple(acts),
        tuple(_rival(c, case) for c in _best(trace)),
        kinds,
        tuple(_step(p, case) for p in trace.parts),
        trace.rapport,
        trust_threshold(case.script),
        trace.guarded,
        expected(trace),
    )


def _best(trace: Trace) -> Sequence[Candidate]:
    found = {(c.fact, c.topic): c for r in trace.readings for c in r.candidates}
    return sorted(found.values(), key=lambda c: -c.score)[:SHOWN]


def _rival(candidate: Candidate, case: Case) -> Rival:
    fact = case.facts.get(candidate.fact or "")
    name = fact.says if fact else label(candidate.topic, case)
    return Rival(name, candidate.fact or "", candidate.topic, candidate.score)


def label(topic: str | None, case: Case) -> str:
    """What a topic is called."""
    known = case.field.topics.by_id.get(topic or "")
    return known.label if known else topic or ""


_KINDS = {"tell": "told", "deny": "denied", "correct": "told", "chief": "told"}


def _kind(part: Part) -> str:
    return _KINDS.get(part.kind, part.kind.replace("_", " "))


def _step(part: Part, case: Case) -> str:
    about = ", ".join(part.facts) or label(part.topic, case) or (part.talk or "").replace("_", " ")
    said = f"{_kind(part)} {about}".strip()
    return f"{said}: {part.why}" if part.why else said


def expected(trace: Trace) -> Any:
    """The answer as a test of the script would expect it, or None where no test can say it."""
    if trace.told:
        return {"facts": list(trace.told)}
    if trace.withheld:
        return {"withheld": list(trace.withheld)}
    if trace.denied:
        return "denied"
    return "unknown" if trace.unknown else None
