"""The addresses of assignments: what one was set, and what a course lead sets and gives out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from starlette.datastructures import FormData

from simulator.accounts.people import Permission, Person, Role
from simulator.assignments.assignments import Assignments, Given
from simulator.assignments.records import Assignment, Cohort
from simulator.encounter.records import Encounter, Notice
from simulator.errors import NotAllowed, PlatformUnavailable
from simulator.platforms.rosters import Rosters
from simulator.web.access import person
from simulator.web.assigning import forms
from simulator.web.assigning.words import words
from simulator.web.review import pages
from simulator.web.review.routes import answered, root
from simulator.web.review.teacher import Named

logger = logging.getLogger(__name__)
WEEK = timedelta(days=7)
People = Callable[[Request], list[Person]]


async def sent(request: Request) -> FormData:
    """The form that was sent."""
    return await request.form()


Sent = Annotated[FormData, Depends(sent)]


@dataclass(frozen=True, slots=True)
class Row:
    """One resident of the cohort: how each station stands, in the order of the assignment."""

    id: str
    name: str
    given: Given
    talks: dict[str, Encounter]  # the newest at each station, by case
    notices: dict[str, list[Notice]]  # what was noticed in it

    def station(self, case: str) -> str:
        """How a station stands."""
        return next(s.state for s in self.given.stations if s.case == case)


class Assigning:
    """What the addresses do for whoever asks."""

    def __init__(
        self, assignments: Assignments, people: People, named: Named, rosters: Rosters | None
    ) -> None:
        self.assignments, self.people, self.named = assignments, people, named
        self.rosters = rosters if rosters is not None and rosters.is_on else None
        self.store = assignments.encounters.store
        self.library = assignments.encounters.services.library

    def titles(self) -> dict[str, str]:
        """What the cases are called."""
        return {s.id: s.title for s in self.library.scripts.values()}

    def mine(self, request: Request) -> Response:
        """What whoever asks was set."""
        asks, k = person(request), words()
        return pages.page(
            "assigned.html",
            k["mine"]["title"],
            root(request),
            k=k,
            m=k["mine"],
            here="assigned",
            alone=asks.role == Role.ALONE,
            given=self.assignments.given_to(asks),
            titles=self.titles(),
            now=self.assignments.encounters.now(),
        )

    def all(self, request: Request, problem: str = "", typed: FormData | None = None) -> Response:
        """What was set, and, for those who may, the form to set more."""
        asks, k, now = person(request), words(), self.assignments.encounters.now()
        cohorts = {c.id: c for c in self.assignments.cohorts(asks)}
        rows = [
            (a, cohorts.get(a.cohort), self._done(a, cohorts.get(a.cohort)))
            for a in self.assignments.of(asks)
        ]
        return pages.page(
            "assignments.html",
            k["lead"]["title"],
            root(request),
            422 if problem else 200,
            k=k,
            m=k["lead"],
            here="assignments",
            alone=asks.role == Role.ALONE,
            sets=asks.may(Permission.ASSIGN),
            rows=rows,
            cohorts=list(cohorts.values()),
            scripts=self.library.released(),
            problem=problem,
            typed=typed or FormData(),
            opens=now.replace(second=0, microsecond=0, tzinfo=None),
            closes=(now + WEEK).replace(second=0, microsecond=0, tzinfo=None),
        )

    def _done(self, assignment: Assignment, cohort: Cohort | None) -> tuple[int, int]:
        """How many stations are over, and how many there are, over all residents."""
        held = self.assignments.ledger.held_for(assignment.id)
        over = {(e.resident, e.script.id) for e in held if e.phase == "feedback"}
        members = cohort.members.keys() - cohort.left if cohort else set[str]()
        counted = [(r, s) for r, s in over if r in members and s in assignment.stations]
        return len(counted), len(members) * len(assignment.stations)

    def add(self, request: Request, form: FormData) -> Response:
        """Set what the form says."""
        try:
            made = self.assignments.add(person(request), forms.wanted(form))
        except NotAllowed as error:
            return self.all(request, str(error), form)
        return RedirectResponse(f"{root(request)}/practice/assignments/{made.id}", 303)

    def one(self, assignment_id: str, request: Request) -> Response:
        """How an assignment stands, resident by resident."""
        asks, k = person(request), words()
        assignment, cohort = self.assignments.one(asks, assignment_id)
        held = self.assignments.ledger.held_for(assignment.id)
        rows = [self._row(request, assignment, cohort, r, held) for r in cohort.members]
        given = rows[0].given if rows else Given(assignment, (), assignment.closes_at, False)
        return pages.page(
            "assignment.html",
            assignment.title,
            root(request),
            k=k,
            m=k["one"],
            here="assignments",
            a=assignment,
            cohort=cohort,
            given=given,
            rows=sorted(rows, key=lambda row: row.name),
            titles=self.titles(),
        )

    def _row(
        self, request: Request, a: Assignment, cohort: Cohort, resident: str, held: list[Encounter]
    ) -> Row:
        mine = [e for e in held if e.resident == resident]
        talks = {e.script.id: e for e in reversed(mine)}
        noticed = {case: self.store.notices(e.id) for case, e in talks.items()}
        name = self.named(request, resident) or words()["one"]["you"]
        return Row(
            resident, name, self.assignments.given(a, cohort, resident, mine), talks, noticed
        )

    def release(self, assignment_id: str, request: Request) -> Response:
        """Give the feedback out."""
        self.assignments.release(person(request), assignment_id)
        return RedirectResponse(f"{root(request)}/practice/assignments/{assignment_id}", 303)

    def withdraw(self, assignment_id: str, request: Request) -> Response:
        """Call an assignment off."""
        self.assignments.withdraw(person(request), assignment_id)
        return RedirectResponse(f"{root(request)}/practice/assignments/{assignment_id}", 303)

    def cohorts(
        self,
        request: Request,
        chosen: str = "",
        problem: str = "",
        filled: str = "",
        status: int = 422,
    ) -> Response:
        """The cohorts, and the form for a new one or for one that is changed.

        Args:
            request: who asks. chosen: the cohort that is changed. problem: what did not work, with
            its status. filled: the cohort that was read from a platform just now.
        """
        asks, k = person(request), words()
        known = self.assignments.cohorts(asks)
        residents = [p for p in self.people(request) if p.active and p.role == Role.RESIDENT]
        return pages.page(
            "cohorts.html",
            k["cohorts"]["title"],
            root(request),
            status if problem else 200,
            k=k,
            m=k["cohorts"],
            here="assignments",
            cohorts=known,
            changed=next((c for c in known if c.id == chosen), None),
            residents=residents,
            problem=problem,
            filled=next((c for c in known if c.id == filled), None),
            reads=self.rosters is not None,
            rosters=self.rosters.of(asks) if self.rosters else [],
        )

    def fill(self, roster_id: str, request: Request, form: FormData) -> Response:
        """Read the members of a platform's course into a cohort."""
        if self.rosters is None:
            raise NotAllowed(words()["cohorts"]["no_lists"])
        try:
            made = self.rosters.fill(person(request), roster_id, str(form.get("cohort", "")))
        except NotAllowed as error:
            return self.cohorts(request, problem=str(error))
        except PlatformUnavailable as error:
            logger.warning("the members of a course were not read: %s", error.why)
            return self.cohorts(request, problem=words()["cohorts"]["no_answer"], status=503)
        return RedirectResponse(f"{root(request)}/practice/cohorts?filled={made.id}", 303)

    def put_cohort(self, request: Request, form: FormData) -> Response:
        """Keep what the form says."""
        old, known = str(form.get("cohort", "")), self.people(request)
        try:
            asks, name = person(request), str(form.get("name", ""))
            self.assignments.put_cohort(asks, name, forms.members(form), known, old)
        except NotAllowed as error:
            return self.cohorts(request, old, str(error))
        return RedirectResponse(f"{root(request)}/practice/cohorts", 303)


def router(
    assignments: Assignments, people: People, named: Named, rosters: Rosters | None = None
) -> APIRouter:
    """The pages, and what they send.

    Args:
        assignments: what is set. people: whom whoever asks may see to.
        named: how whoever asks is told of a resident.
        rosters: the lists of courses that learning platforms let be read, where there are some.
    """
    routes = APIRouter()
    found = Assigning(assignments, people, named, rosters)

    @routes.get("/assigned")
    def mine(request: Request) -> Response:
        return answered(request, lambda: found.mine(request))

    @routes.get("/assignments")
    def all_of_them(request: Request) -> Response:
        return answered(request, lambda: found.all(request))

    @routes.post("/assignments")
    def add(request: Request, form: Sent) -> Response:
        return answered(request, lambda: found.add(request, form))

    @routes.get("/assignments/{assignment_id}")
    def one(assignment_id: str, request: Request) -> Response:
        return answered(request, lambda: found.one(assignment_id, request))

    @routes.post("/assignments/{assignment_id}/release")
    def release(assignment_id: str, request: Request) -> Response:
        return answered(request, lambda: found.release(assignment_id, request))

    @routes.post("/assignments/{assignment_id}/withdraw")
    def withdraw(assignment_id: str, request: Request) -> Response:
        return answered(request, lambda: found.withdraw(assignment_id, request))

    _add_cohorts(routes, found)
    return routes


def _add_cohorts(routes: APIRouter, found: Assigning) -> None:
    @routes.get("/cohorts")
    def cohorts(request: Request, change: str = "", filled: str = "") -> Response:
        return answered(request, lambda: found.cohorts(request, change, filled=filled))

    @routes.post("/cohorts")
    def put_cohort(request: Request, form: Sent) -> Response:
        return answered(request, lambda: found.put_cohort(request, form))

    @routes.post("/cohorts/from/{roster_id}")
    def fill(roster_id: str, request: Request, form: Sent) -> Response:
        return answered(request, lambda: found.fill(roster_id, request, form))
