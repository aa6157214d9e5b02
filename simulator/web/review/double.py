"""Two reviewers mark a talk apart; their differences, side by side, and what a lead chooses."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from simulator.accounts.people import Permission, Person, Role
from simulator.encounter.records import Encounter, Ruling
from simulator.errors import NotAllowed
from simulator.evaluator.doubles import (
    ASKED,
    CALLED_OFF,
    DOUBLE,
    Difference,
    Doubled,
    doubled,
    side_by_side,
)
from simulator.evaluator.report import Report
from simulator.evaluator.rulings import marks_of
from simulator.web import views
from simulator.web.access import person
from simulator.web.review import pages
from simulator.web.review.marks import titles_of
from simulator.web.review.teacher import TeachersDesk

BOTH = "*"  # what both agree on, taken over at once


def chooses(asks: Person) -> bool:
    """Whether somebody may ask for double marking, and choose between two verdicts."""
    return asks.role != Role.ALONE and asks.may(Permission.ASSIGN)


class DoubleMarking:
    """What the addresses of double marking do for whoever asks."""

    def __init__(self, desk: TeachersDesk) -> None:
        self.desk, self.store = desk, desk.store

    def one(self, encounter_id: str, request: Request, root: str, notice: str = "") -> Response:
        """Where it stands; once both are done, what they think differently of, side by side."""
        encounter, report, found, rulings = self._found(encounter_id, request)
        asks, w = person(request), views.words()["desk"]
        unlike, same = side_by_side(found, rulings) if found.over else ((), ())
        return pages.page(
            "double.html",
            views.fill(w["double"]["of"], title=report.title),
            root,
            k=w,
            here="desk",
            e=encounter,
            r=report,
            d=found,
            unlike=unlike,
            same=same,
            titles=titles_of(report),
            machine=marks_of(self.desk.feedback.machine(encounter)),
            named={
                by: w["whole"]["you"] if by == asks.id else self.desk.named(request, by)
                for by in {*found.readings, *(u.chosen.by for u in unlike if u.chosen)}
            },
            may_choose=chooses(asks),
            marks=found.marks(asks.id),
            mine=asks.id in found.done,
            notice=notice,
        )

    def settle(
        self, encounter_id: str, request: Request, root: str, deed: str, mark: str, whose: str
    ) -> Response:
        """Ask for double marking, call it off, or choose between the verdicts of the two.

        Raises:
            NotAllowed: whoever asks may not.
        """
        _, _, found, rulings = self._found(encounter_id, request)
        asks, w = person(request), views.words()["desk"]["double"]
        if not chooses(asks):
            raise NotAllowed(w["not_yours"])
        unlike, same = side_by_side(found, rulings) if found.over else ((), ())
        now = self.desk.now()
        if deed in (ASKED, CALLED_OFF) and found.asked == (deed == CALLED_OFF):
            kept = [Ruling(DOUBLE, deed, "", None, asks.id, now)]
        elif deed == "choose" and mark == BOTH and same:
            kept = [_chosen(r, asks, self) for r in same]
        elif deed == "choose" and (picked := _picked(unlike, mark, whose)):
            kept = [_chosen(picked, asks, self)]
        else:
            return self.one(encounter_id, request, root, w["strange"])
        self.store.add_rulings(encounter_id, kept)
        place = f"#{pages.anchor(mark)}" if deed == "choose" and mark != BOTH else ""
        return RedirectResponse(f"{root}/practice/desk/{encounter_id}/double{place}", 303)

    def _found(
        self, encounter_id: str, request: Request
    ) -> tuple[Encounter, Report, Doubled, list[Ruling]]:
        encounter = self.desk.taught(encounter_id, request)
        report = self.desk.feedback.of(encounter)
        rulings = self.store.rulings(encounter_id)
        return encounter, report, doubled(rulings, list(marks_of(report))), rulings


def _picked(unlike: tuple[Difference, ...], mark: str, whose: str) -> Ruling | None:
    found = next((u for u in unlike if u.mark == mark), None)
    return {"1": found.one, "2": found.two}.get(whose) if found else None


def _chosen(ruling: Ruling, by: Person, marking: DoubleMarking) -> Ruling:
    return Ruling(
        ruling.mark, ruling.verdict, ruling.comment, ruling.turn, by.id, marking.desk.now()
    )
