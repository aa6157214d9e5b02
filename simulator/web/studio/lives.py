"""The pages of a case's life: where it stands, comments, editions, differences, scores anew."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import FastAPI, Form, Request, Response
from fastapi.responses import RedirectResponse

from simulator.accounts.people import Permission
from simulator.errors import NotAllowed, UnknownScript
from simulator.evaluator.agreement import PASS_MARK
from simulator.feedback import Feedback
from simulator.scripts.parsing import read_yaml
from simulator.studio import editions, life, rescoring
from simulator.studio.desk import Desk, Work
from simulator.studio.differences import Difference, differences
from simulator.web.access import MOVES
from simulator.web.opinions.offers import Offers
from simulator.web.opinions.words import words as opinions
from simulator.web.studio.access import may, remember, remembered, signed_in, who
from simulator.web.studio.pages import page

Text = Annotated[str, Form(max_length=4000)]
Number = Annotated[int, Form()]
Which = Literal["draft", "library"]
FORWARD = ("review", "pilot", "released")  # after such a step an author may be asked
NEWEST = "draft"  # what the newest text is called where a number of an edition may stand


@dataclass(frozen=True, slots=True)
class Stand:
    """The draft of a case, or its edition in the library: where it stands, what may follow."""

    of: Which
    work: Work
    standing: life.Standing
    moves: tuple[life.Standing, ...]
    gates: tuple[life.Gate, ...]  # before it may be published
    authors: tuple[str, ...]

    def opens(self, to: str) -> bool:
        """Whether a move can be made now."""
        return to not in life.PUBLISHED or all(g.holds for g in self.gates)


@dataclass(frozen=True, slots=True)
class Edition:
    """A published edition, and how many interviews were held with it."""

    version: str
    status: str
    held: int
    before: str  # the edition before it, if any
    current: bool


def stands(desk: Desk, case_id: str) -> list[Stand]:
    """The draft of a case and its edition in the library, as far as there are any.

    Raises:
        UnknownScript: there is neither.
    """
    works: list[tuple[Which, Work]] = []
    if desk.drafts.has(case_id):
        works.append(("draft", desk.open(case_id)))
    if not works or case_id in desk.services.library.scripts:
        works.append(("library", desk.in_library(case_id)))
    past, found = life.events(desk.drafts, case_id), []
    for of, work in works:
        at = life.standing(work)
        ahead = at in ("draft", "review", "pilot")
        gates = tuple(life.gates(desk, work, "released")) if ahead else ()
        found.append(Stand(of, work, at, life.NEXT[at], gates, life.authors(work, past)))
    return found


def _one(desk: Desk, case_id: str, of: str) -> Stand:
    found = [s for s in stands(desk, case_id) if s.of == of]
    if not found:
        raise NotAllowed("The case stands elsewhere by now. Reload the page.")
    return found[0]


def _editions(desk: Desk, held: rescoring.Held, case_id: str) -> list[Edition]:
    numbers = editions.versions(desk.services, case_id)
    interviews = Counter(e.script.version for e in held.of_case(case_id))
    found: list[Edition] = []
    for place, version in enumerate(numbers):
        data = _data(editions.text_of(desk.services, case_id, version))
        before = numbers[place - 1] if place else ""
        status = str(data.get("status") or "draft")
        last = place == len(numbers) - 1
        found.append(Edition(version, status, interviews.pop(version, 0), before, last))
    gone = [Edition(v, "no file any more", n, "", False) for v, n in interviews.items()]
    return [*reversed(found), *gone]


def _data(text: str) -> dict[str, Any]:
    data = read_yaml(text, "edition").data
    return data if isinstance(data, dict) else {}


def show(
    desk: Desk, held: rescoring.Held, case_id: str, request: Request, offers: Offers | None = None
) -> Response:
    """The life of a case, with what whoever asks may do to it."""
    found = stands(desk, case_id)
    past = life.events(desk.drafts, case_id)
    moved = bool(past) and past[-1].did in FORWARD
    offered = moved and offers is not None and offers.on(request, "authoring")
    return page(
        "life.html",
        f"Life of {found[0].work.title}",
        work=found[0].work,
        stands=found,
        order=life.ORDER_OF_LIFE,
        comments=[(n, e) for n, e in enumerate(past) if e.did == "comment"],
        events=[e for e in reversed(past) if e.did != "comment"],
        editions=_editions(desk, held, case_id),
        name=remembered(request),
        signed_in=signed_in(request),
        may_move=[to for to, permissions in MOVES.items() if may(request, *permissions)],
        may_write=may(request, Permission.WRITE_CASES),
        may_score=may(request, Permission.CORRECT_SCORES),
        same=len(found) == 2,
        offer=opinions()["offer"] if offered else None,
    )


def compared(desk: Desk, case_id: str, before: str, after: str) -> list[Difference]:
    """What differs between two editions, or an edition and the draft.

    Raises:
        UnknownScript: there is no such edition.
    """
    both = []
    for version in (before, after):
        text = (
            desk.drafts.get(case_id).text
            if version == NEWEST
            else editions.text_of(desk.services, case_id, version)
        )
        both.append(_data(text))
    return differences(*both)


def _add_looking(
    app: FastAPI, desk: Desk, held: rescoring.Held, feedback: Feedback, offers: Offers | None
) -> None:
    @app.get("/{case_id}/life")
    def case_life(case_id: str, request: Request) -> Response:
        return show(desk, held, case_id, request, offers)

    @app.get("/{case_id}/differences")
    def what_differs(case_id: str, before: str, after: str) -> Response:
        work = desk.open(case_id)
        found = compared(desk, case_id, before, after)
        title = f"Edition {before} and {'the draft' if after == NEWEST else after}"
        scored = any(d.scored for d in found)
        return page("differences.html", title, work=work, found=found, scored=scored)

    @app.get("/{case_id}/rescore")
    def before_scoring(case_id: str, of: Which = "library") -> Response:
        stand = _one(desk, case_id, of)
        if stand.work.checked.script is None:
            raise NotAllowed("Mend what keeps the case from playing first.")
        told = rescoring.forecast(held, feedback, stand.work.checked.script)
        return page(
            "rescore.html",
            f"Scores by edition {stand.work.edition}",
            work=stand.work,
            stand=stand,
            told=told,
            mark=PASS_MARK,
        )

    @app.get("/{case_id}/editions/{version}.yaml")
    def file(case_id: str, version: str) -> Response:
        text = editions.text_of(desk.services, case_id, version)
        name = f'attachment; filename="{case_id}-{version}.yaml"'
        return Response(text, media_type="application/yaml", headers={"Content-Disposition": name})


def add_routes(
    app: FastAPI, desk: Desk, held: rescoring.Held, feedback: Feedback, offers: Offers | None = None
) -> None:
    """Add the pages of a case's life and what they send."""
    _add_looking(app, desk, held, feedback, offers)

    def back(case_id: str, name: str) -> Response:
        return remember(RedirectResponse(f"/studio/{case_id}/life", 303), name)

    @app.post("/{case_id}/move")
    def move(
        case_id: str, request: Request, to: Text, of: Text, base: Number,
        name: Text = "", remark: Text = "",
    ) -> Response:  # fmt: skip
        by, stand = who(request, name), _one(desk, case_id, of)
        if stand.work.version != base:
            raise NotAllowed("The case was changed meanwhile. Reload the page.")
        found = [m for m in stand.moves if m == to]
        if not found:
            raise NotAllowed("The case stands elsewhere by now. Reload the page.")
        if not may(request, *MOVES[found[0]]):
            raise NotAllowed("Your role may not move a case there. Ask a reviewer or an author.")
        life.move(desk, stand.work, found[0], by, remark)
        return back(case_id, by)

    @app.post("/{case_id}/comments")
    def comment(case_id: str, request: Request, text: Text = "", name: Text = "") -> Response:
        by = who(request, name)
        life.comment(desk, desk.open(case_id), by, text)
        return back(case_id, by)

    @app.post("/{case_id}/settled")
    def settled(case_id: str, request: Request, place: Number, name: Text = "") -> Response:
        by = who(request, name)
        life.settle(desk.drafts, desk.open(case_id).id, place, by)
        return back(case_id, by)

    @app.post("/{case_id}/rescore")
    def score_anew(case_id: str) -> Response:
        script = desk.in_library(case_id).checked.script
        if script is None:
            raise UnknownScript(f"{case_id}: the library's edition cannot be read")
        rescoring.rescore(held, feedback, script)
        return RedirectResponse(f"/studio/{case_id}/rescore", 303)
