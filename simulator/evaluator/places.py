"""Where in a talk an item may have been earned: the turns to read first before one marks it."""

from __future__ import annotations

from collections.abc import Sequence

from simulator.encounter.records import Turn
from simulator.evaluator.checklist import DOUBTED_FROM, EXPLAINING, kind_of
from simulator.scripts.schema import ChecklistItem

MOST = 3  # places; who wants more reads the whole talk
ACT_FROM = 0.5  # an act more likely than not, as the desk names it
AROUND = 1  # turns before and after a place that are shown with it


def places(item: ChecklistItem, turns: Sequence[Turn], proof: int | None = None) -> tuple[int, ...]:
    """The turns, from 1 and in order, that come nearest to earning an item.

    Args:
        item: the item. turns: the talk. proof: the turn that a verdict rests on; always among them.
    """
    near = {n: _nearness(item, turn) for n, turn in enumerate(turns, 1)}
    if proof in near:
        near[proof] = float("inf")
    ranked = sorted((n for n in near if near[n] > 0), key=lambda n: -near[n])
    return tuple(sorted(ranked[:MOST]))


def spans(found: Sequence[int], last: int) -> tuple[range, ...]:
    """The turns around some places, as stretches that do not touch each other.

    Args:
        found: places, in order. last: the talk's last turn.
    """
    made: list[range] = []
    for place in found:
        start, stop = max(1, place - AROUND), min(last, place + AROUND) + 1
        if made and start <= made[-1].stop:
            made[-1] = range(made[-1].start, stop)
        else:
            made.append(range(start, stop))
    return tuple(made)


def _nearness(item: ChecklistItem, turn: Turn) -> float:
    """How near a turn comes to an item: above 1 it asks for it or tells it, 0 it does not."""
    trace, facts = turn.trace, set(item.facts)
    acts = (*item.acts, *(EXPLAINING if kind_of(item) == "explained" else ()))
    sure = [trace.acts.get(act, 0.0) for act in acts]
    sure = [1 + p for p in sure if p >= ACT_FROM]
    if facts & {*trace.told, *trace.withheld} or item.cue in trace.cues:
        sure.append(1.0)
    for reading in trace.readings:
        if facts & set(reading.facts) or reading.topic in item.topics:
            sure.append(1 + reading.confidence)
        sure += [c.score for c in reading.candidates if c.fact in facts and c.score >= DOUBTED_FROM]
    return max(sure, default=0.0)
