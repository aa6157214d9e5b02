"""What a draft changed since it was tested whole, and the questions that concern just that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from simulator.patient.case import Case
from simulator.patient.patient import Patient
from simulator.patient.understanding.reader import KeptReader
from simulator.patient.understanding.signs import GUARDED
from simulator.scripts.schema import ChecklistItem, PatientScript
from simulator.studio.casetest import CaseTest, Put, Scope, questions, run


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


@dataclass(frozen=True, slots=True)
class Changes:
    """The facts, items, denied topics and tests that differ between two texts of a case."""

    facts: frozenset[str]
    gone: frozenset[str]  # facts that are no longer there
    items: frozenset[str]
    topics: frozenset[str]  # of these facts before and after, and what is denied in one text alone
    tests: frozenset[int]
    names: tuple[str, ...]  # for people, in the order of the case


def changes(before: PatientScript, case: Case) -> Changes:
    """What a case has changed since an earlier text of it."""
    now = case.script
    facts, gone = _differ(before.facts, now.facts)
    items, lost = _differ(before.checklist, now.checklist)
    old, new = before.debrief.model_questions, now.debrief.model_questions
    items |= {i.id for i in now.checklist if old.get(i.id) != new.get(i.id)}
    denials = frozenset(before.denies) ^ frozenset(now.denies)
    kept = set(before.tests_of_the_script)
    tests = frozenset(n for n, t in enumerate(now.tests_of_the_script) if t not in kept)
    topics = {case.topic_of[f] for f in facts} | denials
    topics |= {f.topic for f in before.facts if f.id in facts | gone and f.topic}
    names = [
        *(f"fact {f}" for f in case.facts if f in facts),
        *(f"fact {f}, taken out" for f in sorted(gone)),
        *(f"item {i.id}" for i in now.checklist if i.id in items),
        *(f"item {i}, taken out" for i in sorted(lost)),
        *(f"denial {t}" for t in sorted(denials)),
        *(f"test {n + 1}" for n in sorted(tests)),
        *(f"{part}, which only a whole test tries" for part in _others(before, now)),
    ]
    known = frozenset(t for t in topics if t in case.field.topics)
    return Changes(facts, gone, items, known, tests, tuple(names))


def _others(before: PatientScript, now: PatientScript) -> list[str]:
    """The parts that any answer may hang on, where they differ."""
    parts = ("doorway", "patient", "opening", "answers_no_by_default", "cues", "challenges")
    return [p for p in parts if getattr(before, p) != getattr(now, p)]


def _differ(before: Iterable[T], now: Iterable[T]) -> tuple[frozenset[str], frozenset[str]]:
    """The ids of those that are new or not as they were, and of those that are gone."""
    old, new = {x.id: x for x in before}, {x.id: x for x in now}
    other = frozenset(i for i, x in new.items() if old.get(i) != x)
    return other, frozenset(old) - frozenset(new)


def scope(changed: Changes, case: Case) -> Scope:
    """The questions that what was changed can answer otherwise, and what is judged by them.

    These are the examples and topics of the changed facts and of those beside them, the topics
    beside, the items and tests that name one, and, where a changed fact is guarded, the attacks.
    """
    field = case.field
    rows = [field.row_of[t] for t in changed.topics]
    beside = {field.topic_ids[i] for r in rows for i in field.near[r].nonzero()[0]}
    facts = changed.facts | {f for t in changed.topics for f in case.facts_of.get(t, ())}
    items = changed.items | {i.id for i in case.script.checklist if _rests(i, facts, changed)}
    guarded = any(case.facts[f].tell in GUARDED for f in changed.facts)
    topics = beside | {case.topic_of[f] for f in facts}

    def concerns(put: Put) -> bool:
        if put.source == "attack":
            return guarded
        if put.source == "test":
            return put.place in changed.tests or _names(put, facts, changed, case)
        return put.owner in {"example": facts, "model": items, "topic": topics}[put.source]

    return Scope(tuple(p for p in questions(case) if concerns(p)), facts, frozenset(items))


def _rests(item: ChecklistItem, facts: Collection[str], changed: Changes) -> bool:
    return bool(set(item.facts) & set(facts) or set(item.topics) & changed.topics)


def _names(put: Put, facts: Collection[str], changed: Changes, case: Case) -> bool:
    expect = case.script.tests_of_the_script[put.place].expect
    if isinstance(expect, str):
        return bool(changed.topics)  # which topic it means, the reader alone knows
    return bool(
        {*expect.facts, *expect.withheld} & set(facts) or set(expect.denied) & changed.topics
    )


def retest(
    patient: Patient,
    version: int,
    before: tuple[int, PatientScript],
    progress: Callable[[int, int], None],
    kept: KeptReader | None = None,
) -> CaseTest:
    """Put only what concerns that which changed since the version that was tested whole."""
    changed = changes(before[1], patient.case)
    found = run(patient, version, progress, kept, scope(changed, patient.case))
    return found.model_copy(update={"since": before[0], "changed": changed.names})
