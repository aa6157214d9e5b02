"""What a teacher should look at, and why: which encounters, and in each which marks first."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.encounter.records import Dispute, Encounter, Ruling
from simulator.evaluator.report import Report
from simulator.evaluator.rulings import answered, item_mark, marks_of
from simulator.evaluator.totals import passes
from simulator.scripts.schema import PatientScript

Why = Literal["disputed", "unsure", "sensitive", "failed", "sampled"]
WHYS: tuple[Why, ...] = ("disputed", "unsure", "sensitive", "failed", "sampled")
SAMPLE = 10  # one encounter in so many is looked at whatever its marks


@dataclass(frozen=True, slots=True)
class Waiting:
    """An encounter that is over: what in it waits for a teacher, and how much was decided."""

    encounter: Encounter
    report: Report
    why: tuple[Why, ...]
    marks: dict[str, Why]  # the marks to look at, the weightiest reason for each
    decided: int
    rulings: tuple[Ruling, ...] = ()

    @property
    def rank(self) -> int:
        """Where it stands in the queue; the lowest first."""
        return min((WHYS.index(w) for w in self.why), default=len(WHYS))


def waiting(
    encounter: Encounter, report: Report, disputes: Sequence[Dispute], rulings: Sequence[Ruling]
) -> Waiting:
    """What of an encounter waits for a teacher.

    Args:
        encounter, report: what was held, and its marks as they stand.
        disputes, rulings: what was said against marks, and decided about them, oldest first.
    """
    decided = {r.mark for r in rulings}
    names = marks_of(report)
    open_still = {d.mark for d in disputes} - answered(disputes, rulings)
    marks: dict[str, Why] = {m: "disputed" for m in names if m in open_still}
    delicate = _delicate(encounter.script)
    for item in report.items:
        name = item_mark(item.id)
        if name in decided:
            continue
        if item.unsure:
            marks.setdefault(name, "unsure")
        elif item.critical and item.verdict == "met" and item.id in delicate:
            marks.setdefault(name, "sensitive")
    why = [w for w in WHYS if w in marks.values()]
    untouched = not decided & names.keys()
    if untouched and passes(report.totals) is False:
        why.append("failed")
    if untouched and _sampled(encounter.id):
        why.append("sampled")
    return Waiting(
        encounter, report, tuple(why), marks, len(decided & names.keys()), tuple(rulings)
    )


def _delicate(script: PatientScript) -> frozenset[str]:
    """The items that ask for something sensitive."""
    sensitive = {f.id for f in script.facts if f.sensitive}
    return frozenset(i.id for i in script.checklist if sensitive & set(i.facts))


def _sampled(encounter_id: str) -> bool:
    """Whether an encounter is among those that are looked at by chance, the same for everybody."""
    return hashlib.sha256(encounter_id.encode()).digest()[0] % SAMPLE == 0
