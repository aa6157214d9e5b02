"""The level of each dimension of a rubric, from 1 to 5: one more for each step that was taken."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from simulator.evaluator.asking import addressed
from simulator.evaluator.communication import IndicatorResult, Quote
from simulator.evaluator.evidence import Exchange, Said
from simulator.knowledge.rubrics import Dimension, Rubric, Step
from simulator.patient.case import Case

LOWEST = 1
ROOM, SURE = ("open", "empathy"), 0.5  # acts that leave room to a worry; from this chance


@dataclass(frozen=True, slots=True)
class TakenStep:
    """A step of a dimension, whether it was taken, and where one can see it first."""

    text: str
    taken: bool
    quote: Quote | None = None


@dataclass(frozen=True, slots=True)
class Level:
    """How a dimension stands, from 1 to 5, by its steps; None where there was no talk."""

    id: str
    title: str
    level: int | None
    steps: tuple[TakenStep, ...]


def judge_levels(
    case: Case,
    rubric: Rubric,
    exchanges: Sequence[Exchange],
    indicators: Sequence[IndicatorResult],
) -> tuple[Level, ...]:
    """The level of every dimension that has steps, in the order of the rubric.

    Args:
        case, rubric, exchanges: what was said, to whom, and what is looked for in it.
        indicators: of the same talk.
    """
    said = [_brought_out(e, case) for e in addressed(exchanges, case)]
    known = {i.id: i for i in indicators}
    return tuple(_level(d, said, known) for d in rubric.dimensions if d.steps)


def _brought_out(exchange: Exchange, case: Case) -> Exchange:
    """The exchange with what the patient told of, where room or a kind word brought it out.

    "What goes through your mind?" names no worry and finds it; what is told to another question
    is volunteered.
    """
    if max(exchange.acts.get(a, 0.0) for a in ROOM) < SURE:
        return exchange
    told = [case.topic_of[f] for f in sorted(exchange.told) if f in case.topic_of]
    found = [Said(exchange.said, "open", frozenset(), t, None, SURE, False) for t in told]
    return replace(exchange, clauses=(*exchange.clauses, *found))


def _level(
    dimension: Dimension, exchanges: Sequence[Exchange], indicators: dict[str, IndicatorResult]
) -> Level:
    steps = tuple(_taken(step, exchanges, indicators) for step in dimension.steps)
    spoken = any(e.clauses for e in exchanges)
    level = LOWEST + sum(s.taken for s in steps) if spoken else None
    return Level(dimension.id, dimension.title, level, steps)


def _taken(
    step: Step, exchanges: Sequence[Exchange], indicators: dict[str, IndicatorResult]
) -> TakenStep:
    if step.indicator:
        return _of_indicator(step, indicators[step.indicator])
    within = exchanges[step.after : step.first]
    heard = [q for e in (within[-step.last :] if step.last else within) for q in _heard(step, e)]
    if step.most_share is not None:
        return TakenStep(step.text, len(heard) <= step.most_share * len(exchanges))
    taken = len(heard) >= step.least
    return TakenStep(step.text, taken, heard[step.least - 1] if taken else None)


def _of_indicator(step: Step, found: IndicatorResult) -> TakenStep:
    if step.most is not None:
        return TakenStep(step.text, found.count <= step.most)
    first = next(iter(found.quotes), None) if found.standing == "good" else None
    return TakenStep(step.text, found.standing == "good", first)


def _heard(step: Step, exchange: Exchange) -> Iterable[Quote]:
    """The turn's words, once, where it does what the step asks for."""
    if step.topics:
        asked = (s for s in exchange.clauses if s.topic in step.topics)
        return [Quote(exchange.turn, s.quote) for s in asked][:1]
    if max(exchange.acts.get(a, 0.0) for a in step.acts) < step.sure:
        return []
    does = (s.quote for s in exchange.clauses if s.talk in step.acts or s.kind in step.acts)
    return [Quote(exchange.turn, next(does, exchange.said))]
