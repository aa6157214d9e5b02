"""Renders the studio's pages; the address says what is shown, so that back and links work."""

from __future__ import annotations

import difflib
from functools import cache
from pathlib import Path
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment

from simulator.scripts.library import substance
from simulator.scripts.schema import PatientScript
from simulator.studio import form, life, misses, talk
from simulator.studio.casetest import Fault
from simulator.studio.desk import Desk, Work
from simulator.studio.intake import intake_of
from simulator.studio.jobs import Jobs
from simulator.studio.questions import questions_of
from simulator.web import views
from simulator.web.studio.view import Choice, Editor, dom

HERE = Path(__file__).parent
BEFORE = (("needs", "What needs a human"), ("questions", "Likely questions"))
TEXT = ("yaml", "Text")
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}
KINDS = (
    ("leak", "leaks", "What is locked came all the same, or a line gives it away."),
    ("failed", "tests failed", "The case's own tests that brought another answer."),
    ("unreached", "facts unreached", "No question brought them."),
    ("collision", "collisions", "A question meant for one fact was answered by another."),
    ("wrong_denial", "wrong denials", "Denied, though a fact says otherwise."),
    ("unearned", "items not earned", "Their own model question does not earn them."),
)


@cache
def _environment() -> Environment:
    environment = views.environment(HERE / "templates", product=views.words()["product"])
    environment.filters["expected"] = lambda value: form.shown(value, "expect")
    return environment


def page(template: str, title: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A page of the studio."""
    values = {"notice": "", **values}
    html = _environment().get_template(template).render(title=title, **values)
    return HTMLResponse(html, status, HEADERS)


def shelf(desk: Desk) -> HTMLResponse:
    """The list of all cases."""
    rows, problems = desk.rows()
    return page(
        "list.html",
        "Your patients",
        drafts=[r for r in rows if r.work.editable],
        library=[r for r in rows if not r.work.editable],
        problems=problems,
    )


def editor(desk: Desk, case_id: str, part: str, talk_name: str) -> HTMLResponse:
    """A case: the editor on the left, the live patient on the right."""
    work = desk.open(case_id)
    playable = desk.ready(work)
    topics = desk.services.field.topics
    intake = intake_of(desk.drafts, case_id)
    editor = Editor(work.checked, topics, intake.sources)
    questions = questions_of(desk.drafts, case_id, work.checked.data, topics)
    left = {"needs": intake.to_see, "questions": sum(not q.seen for q in questions)}
    there = {"needs": intake.needs, "questions": questions}
    before = [n for n in BEFORE if there[n[0]]]
    names = [*before, *((s.id, s.title) for s in form.sections()), TEXT]
    part = part if part in dict(names) else before[0][0] if before else "facts"
    counts = work.checked.counts
    view = editor.part(part)
    return page(
        "desk.html",
        work.title,
        work=work,
        standing=life.standing(work),
        comments=sum(e.open for e in life.events(desk.drafts, case_id)),
        part=part,
        parts=[(i, name, counts.get(i, 0)) for i, name in names],
        part_title=dict(names)[part],
        view=view,
        wanted=[w for w in work.checked.wanted if not w.holds and _owner(w.field) == part],
        questions=questions,
        intake=intake,
        left=left,
        talk_name=talk_name,
        **live(desk, work, playable, editor.facts, talk_name),
    )


def _owner(name: str) -> str:
    return form.owner_of((name,))


def live(
    desk: Desk,
    work: Work,
    playable: tuple[PatientScript, int] | None,
    facts: tuple[Choice, ...],
    talk_name: str,
) -> dict[str, Any]:
    """The live patient: the talk so far, each answer with its reasons."""
    held = talk.load(desk.drafts, work.id, talk_name)
    turns: list[tuple[talk.TalkTurn, talk.Why | None]] = [(t, None) for t in held.turns]
    if playable is not None and held.turns:
        case = desk.case(playable[0])
        turns = [(t, talk.explain(t, case)) for t in held.turns]
    doorway = form.value_at(work.checked.data, ("doorway", "name"))
    return {
        "talk": held,
        "turns": turns,
        "facts": facts,
        "playable": playable is not None,
        "playing": playable[1] if playable else None,
        "patient_name": doorway or "",
    }


def case_test(desk: Desk, jobs: Jobs, case_id: str, version: int) -> HTMLResponse:
    """What the case test found."""
    work = desk.open(case_id)

    def link(fault: Fault) -> str:
        part = {"failed": "tests_of_the_script", "unearned": "checklist"}.get(fault.kind, "facts")
        at = dom((part, fault.place))
        return f"/studio/{case_id}?part={part}#{at}" if fault.place >= 0 else ""

    return page(
        "test.html",
        f"Case test: {work.title}",
        work=work,
        job=jobs.running(case_id),
        result=jobs.result(case_id, version),
        quick=jobs.quick(case_id),
        can_be_quick=jobs.can_be_quick(case_id),
        standing=substance(work.checked.script) if work.checked.script else "",
        kinds=KINDS,
        link=link,
    )


def missed(desk: Desk, store: misses.Turns, case_id: str) -> HTMLResponse:
    """What residents asked in vain."""
    work = desk.open(case_id)
    playable = desk.playable(work)
    groups = misses.find(store, desk.drafts, playable[0]) if playable else []
    facts = Editor(work.checked, desk.services.field.topics).facts
    return page(
        "misses.html",
        f"Misses: {work.title}",
        work=work,
        groups=groups,
        facts=facts,
        flagged=store.flagged(case_id),
        kinds=views.words()["desk"]["fault"]["kinds"],
    )


def compare(desk: Desk, case_id: str, mine: int, theirs: int) -> HTMLResponse:
    """Two versions beside each other."""
    work = desk.open(case_id)
    ours, other = desk.drafts.text_of(case_id, mine), desk.drafts.text_of(case_id, theirs)
    a, b = ours.splitlines(), other.splitlines()
    matcher = difflib.SequenceMatcher(a=a, b=b, autojunk=False)
    differences = [
        ("\n".join(a[i:j]), "\n".join(b[k:m]))
        for tag, i, j, k, m in matcher.get_opcodes()
        if tag != "equal"
    ]
    return page(
        "compare.html",
        f"Two versions: {work.title}",
        work=work,
        mine=mine,
        theirs=theirs,
        mine_text=ours,
        theirs_text=other,
        differences=differences,
        mergeable=mine in (work.draft.aside if work.draft else ())
        and desk.drafts.both(case_id, mine) is not None,
    )


def trouble(message: str, status: int, back: str = "/studio/") -> HTMLResponse:
    """A page that says what did not work."""
    return page("trouble.html", "That did not work", status, message=message, back=back)
