"""What the review shows, worked out from an encounter, its report and what was said against it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from simulator.encounter.phases import Phase
from simulator.encounter.records import Dispute, Encounter, Ruling
from simulator.evaluator.afterwords import choose_afterwords
from simulator.evaluator.moments import Moment, choose_moments
from simulator.evaluator.report import ItemReport, Report
from simulator.evaluator.rulings import NOTE_PARTS, answered, item_mark, note_mark
from simulator.evaluator.totals import PASS_PERCENT, passes
from simulator.progress import Attempt, Kept, Next, attempts, share, what_next
from simulator.scripts.schema import PatientScript
from simulator.web import sheet, views
from simulator.web.review.charts import TrustLine, trust_line
from simulator.web.room import lowered

OWN = {"history": "checklist", "communication": "communication", "reasoning": "reasoning"}
APART = 0.2  # so much of the whole the two views differ before it is said


@dataclass(frozen=True, slots=True)
class Own:
    """One's own view of a part beside the marks, both from 0 to 1; None where not marked."""

    title: str
    own: float
    marks: float | None
    said: str  # "4 of 5"
    marked: str  # "17 of 30"
    word: str


@dataclass(frozen=True, slots=True)
class Shown:
    """The review, part by part."""

    encounter: Encounter
    report: Report
    sheet: sheet.Sheet
    passed: bool | None
    critical: tuple[ItemReport, ...]
    moments: tuple[Moment, ...]
    trust: TrustLine | None
    afterwords: tuple[str, ...]
    own: tuple[Own, ...]
    disputes: dict[str, Dispute]  # the newest on each mark
    answered: frozenset[str]  # of these, the marks on which a teacher decided afterwards
    attempt: Attempt | None
    siblings: tuple[Attempt, ...]  # other whole tries of the case
    branches: tuple[Encounter, ...]
    next: tuple[Next, ...]

    @property
    def who(self) -> str:
        """The patient as one speaks of them: she, he, or by name."""
        return subject(self.encounter.script)

    def about(self, moment: Moment) -> str:
        """What a moment is, in a sentence."""
        kinds = views.words()["review"]["moment"]
        kind: str = moment.kind
        if kind == "passed_by" and moment.turn == len(self.encounter.turns):
            kind = "passed_by_none"
        said = views.fill(kinds[kind], who=self.who, about=lowered(moment.about))
        return said[:1].upper() + said[1:]


def subject(script: PatientScript) -> str:
    """How one speaks of the patient: the first of their pronouns, or their name."""
    return script.speaker.pronouns.partition("/")[0].strip() or script.speaker.name


def review_of(
    encounter: Encounter,
    report: Report,
    mine: Sequence[Encounter],
    kept: Kept,
    disputes: Sequence[Dispute],
    rulings: Sequence[Ruling],
    scripts: Sequence[PatientScript],
) -> Shown:
    """The review of an encounter.

    Args:
        encounter, report: what is shown. mine: all encounters of the same resident.
        kept: the report that is kept on one. disputes: what was said against this one's marks.
        rulings: what a teacher decided about them. scripts: the cases one may practise.
    """
    held = attempts(mine, kept)
    same = [a for a in held if a.encounter.script.id == encounter.script.id]
    critical = [i for i in report.items if i.critical and i.verdict != "not applicable"]
    return Shown(
        encounter,
        report,
        sheet.sheet(report),
        passes(report.totals),
        tuple(sorted(critical, key=lambda i: i.verdict == "met")),
        choose_moments(encounter.script, encounter.turns, report),
        trust_line(encounter),
        choose_afterwords(encounter.script, report),
        tuple(_own(report)),
        {d.mark: d for d in disputes},
        answered(disputes, rulings),
        next((a for a in same if a.encounter.id == encounter.id), None),
        tuple(a for a in same if a.sort != "branch"),
        tuple(e for e in mine if e.branch_of == encounter.id and e.phase != Phase.BRIEFING),
        what_next(held, scripts),
    )


def _own(report: Report) -> list[Own]:
    view, w = report.self_assessment, views.words()
    rows: list[Own] = []
    for name, part in OWN.items() if view else ():
        score, own = getattr(report.scores, part), (getattr(view, name) - 1) / 4
        marks = share(score)
        word = w["review"][_apart(own, marks)]
        said = views.fill(w["feedback"]["of"], n=getattr(view, name), all=5)
        rows.append(Own(w["self"][name], own, marks, said, sheet.amount(score), word))
    return rows


def _apart(own: float, marks: float | None) -> str:
    """The name of the sentence that sets the two views side by side."""
    if marks is None:
        return "own_none"
    if abs(own - marks) <= APART:
        return "own_near"
    return "own_high" if own > marks else "own_low"


def marks_open(report: Report) -> dict[str, str]:
    """The marks that may be spoken against, each by its name, with what it is about."""
    found = {item_mark(i.id): i.text for i in report.items if i.verdict != "met"}
    found |= {
        f"communication:{c['id']}": c["title"]
        for c in report.communication
        if c["standing"] == "improve"
    }
    for part in NOTE_PARTS:
        for mark in report.reasoning[part]:
            if not mark["found"]:
                found[note_mark(part, mark["name"])] = mark["name"]
    return found


def verdict(shown: Shown) -> dict[str, str]:
    """The practice mark in words: its title and the two lines below."""
    w, totals = views.words()["review"], shown.report.totals
    title = {True: w["passed"], False: w["not_passed"], None: w["no_mark"]}[shown.passed]
    done: dict[str, Any] = {"n": totals.critical_met, "all": totals.critical_items}
    critical = views.fill(w["critical"], **done) if totals.critical_items else w["critical_none"]
    least = f"{totals.possible * PASS_PERCENT / 100:g}"
    rule = views.fill(w["pass_rule"], least=least, all=f"{totals.possible:g}")
    return {
        "title": title,
        "critical": critical,
        "rule": rule if shown.passed is not None else w["pass_none"],
    }
