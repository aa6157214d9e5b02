"""The marks of a report as the teacher's desk shows them, those to look at first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from simulator.encounter.records import Dispute
from simulator.evaluator.checklist import Word
from simulator.evaluator.report import Report
from simulator.evaluator.rulings import NOTE_PARTS, VERDICTS, item_mark, note_mark
from simulator.web import views
from simulator.web.review.queue import WHYS, Waiting, Why


@dataclass(frozen=True, slots=True)
class Mark:
    """One mark on the desk."""

    name: str
    title: str
    verdict: str
    proof: tuple[tuple[int | None, str], ...]  # the turn, from 1, and the words
    reason: str = ""
    critical: bool = False
    machine: str = ""  # what it was before a teacher decided; empty where none has
    comment: str = ""
    why: Why | None = None
    dispute: Dispute | None = None
    judged: Word | None = None  # what a language model said

    @property
    def choices(self) -> tuple[str, ...]:
        """What may be decided."""
        return VERDICTS[self.name.partition(":")[0]]

    @property
    def turn(self) -> int | None:
        """The turn that is offered as proof."""
        said = self.dispute.turn if self.dispute else None
        return said or next((turn for turn, _ in self.proof if turn), None)


def marks_on(report: Report, found: Waiting, disputes: Sequence[Dispute]) -> list[Mark]:
    """All marks of a report, in the order in which they should be looked at.

    Args:
        report: the marks as they stand. found: what of them waits. disputes: oldest first.
    """
    said = {d.mark: d for d in disputes}
    every = (*_items(report), *_manners(report), *_noted(report))
    marks = [replace(m, why=found.marks.get(m.name), dispute=said.get(m.name)) for m in every]
    return sorted(marks, key=lambda m: WHYS.index(m.why) if m.why else len(WHYS))


def titles_of(report: Report) -> dict[str, str]:
    """What each mark of a report is about, by its name."""
    return {m.name: m.title for m in (*_items(report), *_manners(report), *_noted(report))}


def _items(report: Report) -> Iterator[Mark]:
    for i in report.items:
        proof = ((i.turn, i.quote),) if i.quote else ()
        mark = Mark(item_mark(i.id), i.text, i.verdict, proof, i.reason, i.critical)
        mark = replace(mark, judged=i.judged)
        yield _decided(mark, i.ruled.model_dump() if i.ruled else None)


def _manners(report: Report) -> Iterator[Mark]:
    for c in report.communication:
        proof = tuple((q["turn"], q["text"]) for q in c["quotes"])
        mark = Mark(f"communication:{c['id']}", c["title"], c["standing"], proof, c["detail"])
        yield _decided(mark, c.get("ruled"))


def _noted(report: Report) -> Iterator[Mark]:
    for part in NOTE_PARTS:
        for m in report.reasoning[part]:
            proof = ((None, m["quote"]),) if m["quote"] else ()
            title = f"{views.words()['reasoning'][part]}: {m['name']}"
            mark = Mark(
                note_mark(part, m["name"]), title, "found" if m["found"] else "absent", proof
            )
            yield _decided(mark, m.get("ruled"))


def _decided(mark: Mark, ruled: dict[str, Any] | None) -> Mark:
    if ruled is None:
        return mark
    return replace(mark, machine=ruled["machine"], comment=ruled["comment"])
