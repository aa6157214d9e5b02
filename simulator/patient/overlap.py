"""Facts that do one another's work, and denials that a fact's own example questions belie.

Both are the reader's reading of what the author wrote: nothing is wrong by form, and an author
would learn of it from a resident's complaint.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np

from simulator.knowledge.topics import DENIABLE
from simulator.patient.case import Case
from simulator.patient.turn import Reply
from simulator.patient.understanding.signs import GUARDED
from simulator.scripts.parsing import Path_
from simulator.scripts.schema import Fact

# From this cosine an example asks for what a topic asks for. Over the released cases half of the
# denials told from here on are of use (9 of 18 by one reader; 5 of 36 below it). A fit on the
# reader's chance and the judge of statements, a case left out at a time, told them apart no better.
SAME = 0.77

Said = Iterator[tuple[Path_, str]]


def unpromised(case: Case) -> Case:
    """The case as the reader alone reads it: an author's example question is one like any other."""
    found = copy.copy(case)
    found.examples = {}
    return found


def shared_work(case: Case, heard: Callable[[str], tuple[str, ...]]) -> Said:
    """Two facts on one topic that alone support one item, or that one example question asks for.

    Args:
        case: the case. heard: the facts that a question asks for, of the case `unpromised`.
    """
    place = {f.id: i for i, f in enumerate(case.script.facts)}
    for topic, facts in case.facts_of.items():
        for one, other in combinations(facts, 2):
            yield from _items(case, topic, {one, other})
        for fact in facts if len(facts) > 1 else ():
            for n, ask in enumerate(case.facts[fact].asks):
                beside = [f for f in heard(ask) if f in facts and f != fact]
                if beside:
                    others = ", ".join(map(repr, beside))
                    yield (
                        ("facts", place[fact], "asks", n),
                        f"{ask!r} asks for {others} as much as for {fact!r}, and all are on "
                        f"{topic!r}; join them, or give one of them another topic",
                    )


def _items(case: Case, topic: str, both: set[str]) -> Said:
    for i, item in enumerate(case.script.checklist):
        alone = not (item.topics or item.acts or item.cue)
        if alone and set(item.facts) == both:
            named = " and ".join(map(repr, item.facts))
            yield (
                ("checklist", i, "facts"),
                f"{item.id!r} rests on {named} alone, both on {topic!r}: a question for one of "
                "them may earn it without the other; join them, or let the item name one",
            )


def denied_beside(case: Case, reply: Callable[[str], Reply]) -> Said:
    """Topics that are denied though a fact's own example question asks for them.

    It comes of a fact that was put on another topic. Each is tried: the question of the topic that
    is nearest to the example is put to a patient who has heard nothing before.
    """
    tried: set[tuple[str, str]] = set()
    for i, fact in enumerate(case.script.facts):
        if not _says_yes(fact):
            continue
        for topic, question in _asked_by(case, fact):
            if (fact.id, topic) in tried or not _denied_by_default(case, topic):
                continue
            tried.add((fact.id, topic))
            decision = reply(question).decision
            if topic in decision.denied and not decision.told:
                yield (
                    ("facts", i, "topic"),
                    f"asked {question!r}, the patient says no ({topic!r} is denied), yet "
                    f"{fact.id!r} says {fact.says!r}; give it that topic, or add the question to "
                    "its examples (asks)",
                )


def _says_yes(fact: Fact) -> bool:
    return fact.polarity == "positive" and fact.knows and fact.tell not in GUARDED


def _asked_by(case: Case, fact: Fact) -> Iterator[tuple[str, str]]:
    """The topics that a fact's examples ask for, each with the phrasing that is nearest."""
    field = case.field
    starts = np.array(field.question_starts)
    for row in case.rows[fact.id].asks:
        near = case.vectors[row] @ field.questions.T
        nearest = int(np.argmax(near))
        if near[nearest] < SAME:
            continue
        at = int(np.searchsorted(starts, nearest, side="right")) - 1
        topic = field.topics[field.topic_ids[at]]
        yield topic.id, topic.questions[nearest - int(starts[at])]


def _denied_by_default(case: Case, topic: str) -> bool:
    if topic in case.facts_of:
        return False
    silent = case.field.topics[topic].kind in DENIABLE and case.script.answers_no_by_default
    return topic in case.script.denies or silent
