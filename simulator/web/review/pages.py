"""Renders the review, both tries side by side, and the progress."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.evaluator.moments import Moment, choose_moments
from simulator.evaluator.report import ItemReport, Report
from simulator.evaluator.rulings import note_mark
from simulator.progress import LATEST, Attempt, Kept, areas, attempts, share, what_next
from simulator.scripts.schema import PatientScript
from simulator.web import sheet, views
from simulator.web.review import charts
from simulator.web.review.view import Shown, marks_open, subject, verdict
from simulator.web.room import lowered

FULL = 6  # of what was missed so many are shown whole, and whatever is critical; others fold
Whole = Callable[[str], Encounter]
HERE = Path(__file__).parent
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


@cache
def _environment() -> Environment:
    return environment()


def environment(*more: Path) -> Environment:
    """The review's templates, and those of more folders; where two share a name, the review's."""
    words = views.words()
    environment = views.environment(
        HERE / "templates",
        *more,
        w=words,
        rw=words["review"],
        fill=views.fill,
        amount=sheet.amount,
        judged=sheet.judged,
        note_mark=note_mark,
        share=share,
    )
    environment.filters["start"] = lambda text: text[:1].upper() + text[1:]
    environment.filters["anchor"] = anchor
    environment.filters["lowered"] = lowered
    environment.filters["day"] = lambda at: f"{at:%-d %B %Y}"
    return environment


def anchor(mark: str) -> str:
    """The place of a mark on the page: checklist:onset → mark-checklist-onset."""
    return "mark-" + "".join(c if c.isalnum() or c == "_" else "-" for c in mark)


def page(template: str, title: str, root: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page; `root` is the path prefix under which the program is served."""
    html = _environment().get_template(template).render(title=title, root=root, **values)
    return HTMLResponse(html, status, HEADERS)


def review(
    shown: Shown,
    root: str,
    notice: str = "",
    own: bool = True,
    offer: dict[str, Any] | None = None,
) -> HTMLResponse:
    """The review of an encounter; what only its resident may do is there where it is one's own.

    `offer` holds the words of the forms on the program, where they are offered.
    """
    report = shown.report
    standings = [c for c in report.communication if c["standing"] == "improve"]
    return page(
        "review.html",
        f"{report.title}: {views.words()['review']['title']}",
        root,
        s=shown,
        r=report,
        notice=notice,
        own=own,
        o=offer,
        verdict=verdict(shown),
        texts={i.id: i.text for i in report.items},
        missed=shown.sheet.missed[: max(FULL, sum(i.critical for i in shown.sheet.missed))],
        weak=standings,
        good=[c for c in report.communication if c["standing"] != "improve"],
        open_marks=marks_open(report),
        moments={m.turn: n for n, m in enumerate(shown.moments, 1)},
    )


@dataclass(frozen=True, slots=True)
class Changed:
    """A mark that the second try won or lost."""

    item: ItemReport
    before: str
    after: str


def beside(
    first: Encounter, one: Report, second: Encounter, two: Report, root: str
) -> HTMLResponse:
    """Two tries side by side, from the turn at which they part."""
    known = {i.id: i for i in one.items}
    changed = [
        Changed(i, known[i.id].verdict, i.verdict)
        for i in two.items
        if i.id in known and known[i.id].verdict != i.verdict
    ]
    worth = {"met": 2, "partly": 1}
    won = [c for c in changed if worth.get(c.after, 0) > worth.get(c.before, 0)]
    parts = [(p, getattr(one.scores, p), getattr(two.scores, p)) for p in sheet.PARTS]
    title = views.fill(views.words()["review"]["compare_title"], title=two.title)
    return page(
        "compare.html",
        title,
        root,
        first=first,
        second=second,
        turn=second.branch_turn,
        parts=parts,
        won=won,
        lost=[c for c in changed if c not in won],
        who=second.script.speaker.name,
    )


def progress(
    mine: Sequence[Encounter], kept: Kept, scripts: Sequence[PatientScript], whole: Whole, root: str
) -> HTMLResponse:
    """All attempts in pictures, each reachable, and what to practise tonight.

    Args:
        mine: a resident's encounters. kept: the report that is kept on one of them.
        scripts: the cases one may practise. whole: reads one with its turns. root: prefix.
    """
    held = attempts(mine, kept)
    w = views.words()["progress_page"]
    cases: dict[str, list[Attempt]] = {}
    for attempt in held:
        cases.setdefault(attempt.encounter.script.id, []).append(attempt)
    return page(
        "progress.html",
        w["title"],
        root,
        p=w,
        held=held,
        running=[e for e in mine if e.phase not in (Phase.BRIEFING, Phase.FEEDBACK)],
        charts=[(part, charts.over_time(held, part)) for part in sheet.PARTS],
        areas=areas(held),
        latest=min(LATEST, sum(a.sort != "branch" for a in held)),
        cases=[(c, charts.along(c)) for c in cases.values()],
        next=what_next(held, scripts),
        moment=_moment(held, whole),
        manner=_manner(held),
    )


@dataclass(frozen=True, slots=True)
class Tonight:
    """A moment of the last whole try, to be tried again."""

    encounter: Encounter
    moment: Moment
    who: str


def _moment(held: Sequence[Attempt], whole: Whole) -> Tonight | None:
    """The weightiest moment of the last attempt that was no branch."""
    tries = [a for a in held if a.sort != "branch"]
    if not tries:
        return None
    encounter = whole(tries[-1].encounter.id)
    found = choose_moments(encounter.script, encounter.turns, tries[-1].report)
    if not found:
        return None
    return Tonight(encounter, min(found, key=lambda m: m.rank), subject(encounter.script))


def _manner(held: Sequence[Attempt]) -> tuple[str, str, int, int] | None:
    """The way of talking that was to be worked on most often of late: title, advice, n of all."""
    latest = [a for a in held if a.sort != "branch"][-LATEST:]
    weak = [c for a in latest for c in a.report.communication if c["standing"] == "improve"]
    if not weak:
        return None
    name, times = Counter(c["id"] for c in weak).most_common(1)[0]
    found = next(c for c in reversed(weak) if c["id"] == name)
    return found["title"], found["advice"], times, len(latest)
