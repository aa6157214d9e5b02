"""What the resident asked and said, exchange by exchange, with the words that prove it.

Made from the traces of an encounter, or, for a transcript from elsewhere, by understanding its
questions anew; everything after this is blind to where the transcript came from.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import Match, SequenceMatcher

from simulator.language.tokens import normalise
from simulator.patient.disclose import disclose
from simulator.patient.patient import MAX_CHARS, Patient, remember
from simulator.patient.replay import is_resident, recognise
from simulator.patient.trace import Trace
from simulator.patient.turn import Candidate, Reply, State

MOSTLY, WIDEST = 0.6, 3
TELLING = ("explanation", "diagnosis", "result", "plan", "bad_news", "advice")


@dataclass(frozen=True, slots=True)
class Said:
    """One clause of the resident's: what it asks for or does, verbatim; and what else it may."""

    quote: str
    kind: str
    facts: frozenset[str]
    topic: str | None
    talk: str | None
    confidence: float
    question: bool
    candidates: tuple[Candidate, ...] = ()
    beside: bool = False  # rests on the words of another


@dataclass(frozen=True, slots=True)
class Exchange:
    """A resident's turn and the answer; `turn` is the place of the turn in the transcript."""

    turn: int
    said: str
    reply: str
    clauses: tuple[Said, ...]
    told: frozenset[str]
    withheld: frozenset[str]
    act: str
    open_question: bool
    cues: tuple[str, ...] = ()
    acts: Mapping[str, float] = field(default_factory=dict)  # the chance of each act of the turn


def verbatim(said: str, clause: str) -> str:
    """The stretch of the resident's own words that a clause was read from.

    The clause may have had typing slips mended and hesitations left out; what cannot be found
    again is quoted as the whole turn, so that a quote always occurs in the transcript.
    """
    bare = clause.strip(" ,.;:-—…")
    place = said.find(bare)
    if bare and place >= 0:
        return _to_end(said, place, place + len(bare))
    spans = [m.span() for m in re.finditer(r"\S+", said)]
    wanted = [_bare(w) for w in bare.split()]
    ours = [_bare(normalise(said[a:b])) for a, b in spans]
    pairs = SequenceMatcher(a=ours, b=wanted, autojunk=False).get_matching_blocks()
    found = [m for m in pairs if m.size]
    if found and sum(m.size for m in found) >= MOSTLY * len(wanted):
        first, last = found[0].a, found[-1].a + found[-1].size - 1
        first, last = max(0, first - found[0].b), min(len(spans) - 1, last + _left(wanted, found))
        if last - first < WIDEST * len(wanted):
            return _to_end(said, spans[first][0], spans[last][1])
    return said


def _left(wanted: list[str], found: list[Match]) -> int:
    """How many words of the clause stand behind its last word that was found."""
    return len(wanted) - (found[-1].b + found[-1].size)


def _bare(word: str) -> str:
    return word.strip(".,?!;:\"'").lower()


def _to_end(whole: str, start: int, end: int) -> str:
    return whole[start : end + 1] if whole[end : end + 1] in ("?", "!", ".") else whole[start:end]


def from_traces(turns: Iterable[tuple[str, str, Trace]]) -> tuple[Exchange, ...]:
    """The exchanges of an encounter of this program: (said, reply, trace) in order."""
    exchanges: list[Exchange] = []
    for number, (said, reply, trace) in enumerate(turns):
        clauses = tuple(
            Said(
                verbatim(said, r.clause),
                r.kind,
                frozenset(r.facts) if r.kind != "summary" else frozenset(),
                r.topic,
                r.talk,
                r.confidence,
                r.question,
                r.candidates,
                r.beside,
            )
            for r in trace.readings
        )
        exchanges.append(
            Exchange(
                2 * number,
                said,
                reply,
                clauses,
                frozenset(trace.told),
                frozenset(trace.withheld),
                trace.act,
                trace.open_question,
                trace.cues,
                trace.acts,
            )
        )
    return tuple(exchanges)


def from_transcript(patient: Patient, turns: Sequence[tuple[str, str]]) -> tuple[Exchange, ...]:
    """The exchanges of any transcript: questions understood anew, answers recognised."""
    exchanges: list[Exchange] = []
    state = State()
    for place, (speaker, text) in enumerate(turns):
        if not is_resident(speaker) or not text.strip():
            continue
        answer = _answer_after(turns, place)
        understanding = patient.understander.understand(text[:MAX_CHARS], patient.case, state)
        decision = disclose(understanding, patient.case, state)
        reply = Reply(answer, understanding, decision)
        told = frozenset(recognise(patient, answer))
        exchange = from_traces([(text, answer, Trace.of(reply))])[0]
        exchanges.append(
            Exchange(
                place, text, answer, exchange.clauses, told, frozenset(), exchange.act,
                exchange.open_question, _cues_in(patient, answer), exchange.acts,
            )
        )  # fmt: skip
        state = remember(reply, state, {}, text)
        state = state.model_copy(update={"told": {**state.told, **dict.fromkeys(told, 1)}})
    return tuple(exchanges)


def _answer_after(turns: Sequence[tuple[str, str]], place: int) -> str:
    lines: list[str] = []
    for speaker, text in turns[place + 1 :]:
        if is_resident(speaker):
            break
        lines.append(text)
    return " ".join(lines)


def _cues_in(patient: Patient, answer: str) -> tuple[str, ...]:
    spoken = answer.lower()
    return tuple(c.id for c in patient.case.script.cues if c.says.lower()[:60] in spoken)
