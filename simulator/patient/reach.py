"""Put to a script the questions that should reach its facts, and tell where they go astray.

An author sees by it, before any resident does: facts that no question reaches, two facts that
answer to the same question, and checklist items that nothing the patient says can support.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from simulator.patient.case import Case
from simulator.patient.turn import State, Understanding
from simulator.patient.understanding.understand import Understander
from simulator.scripts.parsing import Path_

TOPIC_PHRASINGS = 5


@dataclass(frozen=True, slots=True)
class Rival:
    """A fact's own example question that is answered by another fact instead."""

    fact: str
    question: str
    answered_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reach:
    """What the questions put to a script came to."""

    unreached: tuple[str, ...]
    rivals: tuple[Rival, ...]


def probe(case: Case, understander: Understander) -> Reach:
    """Ask each fact's own examples and its topic's phrasings, each in a fresh encounter."""
    return judge_reach(case, lambda q: facts_heard(understander.understand(q, case, State()), case))


def judge_reach(
    case: Case, heard: Callable[[str], tuple[str, ...]], only: Collection[str] | None = None
) -> Reach:
    """Whether each fact's own examples, or its topic's phrasings, reach it.

    Args:
        case: the case. heard: the facts that a question was heard to ask for, see `facts_heard`.
        only: the facts to look at; all by default.
    """
    unreached: list[str] = []
    rivals: list[Rival] = []
    for fact in case.script.facts:
        if fact.tell == "opening" or (only is not None and fact.id not in only):
            continue
        own = [(q, heard(q)) for q in fact.asks]
        topic = case.field.topics[case.topic_of[fact.id]]
        phrasings = () if any(fact.id in a for _, a in own) else topic.questions[:TOPIC_PHRASINGS]
        if not any(fact.id in a for _, a in own) and not any(
            fact.id in heard(q) for q in phrasings
        ):
            unreached.append(fact.id)
        rivals += [Rival(fact.id, q, a) for q, a in own if a and fact.id not in a]
    return Reach(tuple(unreached), tuple(rivals))


def facts_heard(understood: Understanding, case: Case) -> tuple[str, ...]:
    """The facts that a question brings, or may bring as part of a review or an opening."""
    found: list[str] = []
    for reading in understood.readings:
        found += reading.facts
        if reading.kind == "review" and reading.topic:
            covered = case.field.topics.covered.get(reading.topic, frozenset())
            found += [f for f, t in case.topic_of.items() if t == reading.topic or t in covered]
        if reading.kind == "open":
            found += [f.id for f in case.script.facts if f.tell in ("opening", "open")]
    return tuple(dict.fromkeys(found))


def describe_lost(reach: Reach, case: Case) -> Iterator[tuple[Path_, str]]:
    """Facts that no question reaches and checklist items without support, with their places."""
    place = {f.id: i for i, f in enumerate(case.script.facts)}
    for fact_id in reach.unreached:
        yield (
            ("facts", place[fact_id]),
            f"no question reaches {fact_id!r}; give it a topic or example questions (asks)",
        )
    lost = frozenset(reach.unreached)
    for i, item in enumerate(case.script.checklist):
        if item.facts and not (item.topics or item.acts or item.cue) and set(item.facts) <= lost:
            yield (
                ("checklist", i, "facts"),
                f"no fact supports {item.id!r}: no question reaches {', '.join(item.facts)}",
            )


def describe_rivals(reach: Reach, case: Case) -> Iterator[tuple[Path_, str]]:
    """Example questions of one fact that another one answers, with their places."""
    place = {f.id: i for i, f in enumerate(case.script.facts)}
    for rival in reach.rivals:
        others = ", ".join(repr(f) for f in rival.answered_by)
        where = case.script.facts[place[rival.fact]].asks.index(rival.question)
        yield (
            ("facts", place[rival.fact], "asks", where),
            f"{rival.question!r} is answered by {others}, not by {rival.fact!r}; "
            "tell the two apart in words or topic, or join them",
        )
