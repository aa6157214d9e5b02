"""The addresses of the review and of the progress; every one asks again whose it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, Query, Request, Response
from fastapi.responses import RedirectResponse

from simulator.encounter.branching import open_branch
from simulator.encounter.records import Dispute, Encounter
from simulator.errors import NotAllowed
from simulator.evaluator.report import Report
from simulator.web import faults, views
from simulator.web.access import known, person, sees
from simulator.web.assigning.words import words
from simulator.web.opinions.offers import Offers
from simulator.web.opinions.words import words as opinions
from simulator.web.review import pages
from simulator.web.review.blind import note_opened
from simulator.web.review.double import DoubleMarking
from simulator.web.review.items import ItemByItem, Way
from simulator.web.review.teacher import Decided, Flag, Named, TeachersDesk
from simulator.web.review.view import marks_open, review_of
from simulator.web.review.whole import WholeTalks
from simulator.web.room import Room

Who = Callable[[Request], str | None]
MAX_SAID = 1000
ITEM = "/desk/items/{case_id}/{item_id}"
Short = Annotated[str, Query(max_length=1)]
Name = Annotated[str, Query(max_length=80)]


def router(room: Room, who: Who, named: Named, offers: Offers) -> APIRouter:
    """The pages, and what they send.

    Args:
        room: what is reviewed. who: the id of whoever asks. named: how they are told of a resident.
        offers: whether somebody may be asked what they think of the program.
    """
    routes = APIRouter()
    found = Reviews(room, who, offers)
    _add_review(routes, found)
    desk = TeachersDesk(room, named)
    _add_whole(routes, WholeTalks(desk))
    items = ItemByItem(desk)
    _add_items(routes, items)
    _add_item_deeds(routes, items)
    _add_double(routes, DoubleMarking(desk))
    _add_desk(routes, desk)

    @routes.get("/progress")
    def progress(request: Request) -> Response:
        return answered(request, lambda: found.progress(request))

    return routes


def _add_review(routes: APIRouter, found: Reviews) -> None:
    @routes.get("/review/{encounter_id}")
    def review(encounter_id: str, request: Request) -> Response:
        return answered(request, lambda: found.review(encounter_id, request))

    @routes.get("/review/{encounter_id}/compare")
    def compare(encounter_id: str, request: Request) -> Response:
        return answered(request, lambda: found.compare(encounter_id, request))

    @routes.post("/review/{encounter_id}/again")
    def again(encounter_id: str, request: Request, turn: Annotated[int, Form()]) -> Response:
        return answered(request, lambda: found.again(encounter_id, turn, request))

    @routes.post("/review/{encounter_id}/disputes")
    def dispute(
        encounter_id: str,
        request: Request,
        mark: Annotated[str, Form(max_length=200)],
        said: Annotated[str, Form(max_length=MAX_SAID)] = "",
        turn: Annotated[str, Form(max_length=6)] = "",
    ) -> Response:
        return answered(request, lambda: found.dispute(encounter_id, mark, said, turn, request))


def _add_whole(routes: APIRouter, whole: WholeTalks) -> None:
    @routes.get("/desk/whole")
    def waiting(request: Request) -> Response:
        return answered(request, lambda: whole.waiting(request, root(request)))

    @routes.get("/desk/{encounter_id}/whole")
    def one(encounter_id: str, request: Request) -> Response:
        return answered(request, lambda: whole.one(encounter_id, request, root(request)))

    @routes.post("/desk/{encounter_id}/whole")
    def judge(
        encounter_id: str, request: Request, level: Annotated[str, Form(max_length=2)] = ""
    ) -> Response:
        return answered(request, lambda: whole.judge(encounter_id, level, request, root(request)))


def _add_items(routes: APIRouter, items: ItemByItem) -> None:
    @routes.get("/desk/items")
    def cases(request: Request) -> Response:
        return answered(request, lambda: items.cases(request, root(request)))

    @routes.get("/desk/items/{case_id}")
    def of_case(case_id: str, request: Request, blind: Short = "", done: Name = "") -> Response:
        return answered(
            request, lambda: items.items(_way(request, case_id, blind=blind), request, done)
        )

    @routes.get(ITEM)
    def resume(case_id: str, item_id: str, request: Request, blind: Short = "") -> Response:
        return answered(
            request, lambda: items.resume(_way(request, case_id, item_id, blind), request)
        )

    @routes.get(ITEM + "/{encounter_id}")
    def one(
        case_id: str,
        item_id: str,
        encounter_id: str,
        request: Request,
        blind: Short = "",
        before: Name = "",
    ) -> Response:
        on = _way(request, case_id, item_id, blind)
        return answered(request, lambda: items.one(on, encounter_id, request, before))


def _add_item_deeds(routes: APIRouter, items: ItemByItem) -> None:
    @routes.post(ITEM + "/{encounter_id}")
    def decide(
        case_id: str,
        item_id: str,
        encounter_id: str,
        request: Request,
        blind: Short = "",
        verdict: Annotated[str, Form(max_length=20)] = "",
        turn: Annotated[str, Form(max_length=6)] = "",
        comment: Annotated[str, Form(max_length=MAX_SAID)] = "",
    ) -> Response:
        on, sent = _way(request, case_id, item_id, blind), Decided("", verdict, turn, comment, "")
        return answered(request, lambda: items.decide(on, encounter_id, request, sent))

    @routes.post(ITEM + "/{encounter_id}/fault")
    def flag(
        case_id: str,
        item_id: str,
        encounter_id: str,
        request: Request,
        turn: Annotated[str, Form(max_length=6)],
        blind: Short = "",
        fault: Annotated[str, Form(max_length=20)] = "",
        comment: Annotated[str, Form(max_length=MAX_SAID)] = "",
        excuse: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        on, sent = _way(request, case_id, item_id, blind), Flag(turn, fault, comment, excuse)
        return answered(request, lambda: items.flag(on, encounter_id, request, sent))


def _add_double(routes: APIRouter, double: DoubleMarking) -> None:
    @routes.get("/desk/{encounter_id}/double")
    def one(encounter_id: str, request: Request) -> Response:
        return answered(request, lambda: double.one(encounter_id, request, root(request)))

    @routes.post("/desk/{encounter_id}/double")
    def settle(
        encounter_id: str,
        request: Request,
        deed: Annotated[str, Form(max_length=20)] = "",
        mark: Annotated[str, Form(max_length=200)] = "",
        whose: Annotated[str, Form(max_length=2)] = "",
    ) -> Response:
        return answered(
            request,
            lambda: double.settle(encounter_id, request, root(request), deed, mark, whose),
        )


def _add_desk(routes: APIRouter, desk: TeachersDesk) -> None:
    @routes.get("/desk")
    def queue(request: Request) -> Response:
        return answered(request, lambda: desk.queue(request, root(request)))

    @routes.get("/desk/{encounter_id}")
    def one(encounter_id: str, request: Request) -> Response:
        return answered(request, lambda: desk.one(encounter_id, request, root(request)))

    @routes.post("/desk/{encounter_id}")
    def decide(
        encounter_id: str,
        request: Request,
        mark: Annotated[str, Form(max_length=200)],
        verdict: Annotated[str, Form(max_length=20)] = "",
        turn: Annotated[str, Form(max_length=6)] = "",
        comment: Annotated[str, Form(max_length=MAX_SAID)] = "",
        onward: Annotated[str, Form(max_length=300)] = "",
    ) -> Response:
        sent = Decided(mark, verdict, turn, comment, onward)
        return answered(request, lambda: desk.decide(encounter_id, request, root(request), sent))

    @routes.post("/desk/{encounter_id}/fault")
    def flag(
        encounter_id: str,
        request: Request,
        turn: Annotated[str, Form(max_length=6)],
        fault: Annotated[str, Form(max_length=20)] = "",
        comment: Annotated[str, Form(max_length=MAX_SAID)] = "",
        excuse: Annotated[str, Form(max_length=200)] = "",
    ) -> Response:
        sent = Flag(turn, fault, comment, excuse)
        return answered(request, lambda: desk.flag(encounter_id, request, root(request), sent))


class Reviews:
    """What the addresses do for whoever asks."""

    def __init__(self, room: Room, who: Who, offers: Offers) -> None:
        self.encounters, self.feedback, self.who = room.encounters, room.feedback, who
        self.store, self.assignments = room.encounters.store, room.assignments
        self.offers = offers

    def _own(self, encounter_id: str, request: Request) -> Encounter:
        """An encounter of whoever asks, whose feedback is given out.

        Raises:
            NotAllowed: it is somebody else's, is not there, or its feedback is held back.
        """
        found = self.encounters.get(encounter_id, self.who(request) or "")
        if self.assignments.holds_back(found):
            raise NotAllowed(words()["mine"]["held"])
        return found

    def _kept(self, encounter: Encounter) -> Report | None:
        """The report that is kept on an encounter, where its resident may know of it."""
        return None if self.assignments.holds_back(encounter) else self.feedback.kept(encounter)

    def _seen(self, encounter_id: str, request: Request) -> Encounter:
        """An encounter that whoever asks may read: the own, or one of the programme they teach.

        Raises:
            NotAllowed: there is none such.
        """
        found, asks = self.store.read(encounter_id), known(request)
        if found.resident != self.who(request) and sees(asks, found.resident, found.programme):
            return found
        return self._own(encounter_id, request)

    def review(self, encounter_id: str, request: Request, notice: str = "") -> Response:
        """The review, with what was said against its marks."""
        encounter = self._seen(encounter_id, request)
        report = self.feedback.of(encounter)
        mine = self.store.of_resident(encounter.resident)
        said = self.store.disputes(encounter_id), self.store.rulings(encounter_id)
        scripts = self.encounters.services.library.released()
        shown = review_of(encounter, report, mine, self._kept, *said, scripts)
        own = encounter.resident == self.who(request)
        if not own:
            note_opened(self.store, encounter_id, person(request), self.encounters.now())
        offer = opinions() if own and self.offers.on(request, "practice") else None
        return pages.review(shown, root(request), notice, own, offer)

    def compare(self, encounter_id: str, request: Request) -> Response:
        """A try from a turn beside the talk that it goes on from."""
        second = self._seen(encounter_id, request)
        if not second.branch_of:
            raise NotAllowed("This talk goes on from no other, so there is nothing beside it.")
        two = self.feedback.of(second)
        first = self._seen(second.branch_of, request)
        return pages.beside(first, self.feedback.of(first), second, two, root(request))

    def again(self, encounter_id: str, turn: int, request: Request) -> Response:
        """Go on from a turn in another way."""
        self.assignments.check_practice(self._own(encounter_id, request))
        begun = open_branch(self.encounters, encounter_id, self.who(request) or "", turn)
        return RedirectResponse(f"{root(request)}/practice/encounter?id={begun.id}", 303)

    def dispute(
        self, encounter_id: str, mark: str, said: str, turn: str, request: Request
    ) -> Response:
        """Keep what is said against a mark that was not met."""
        encounter = self._own(encounter_id, request)
        w = views.words()["review"]["dispute"]
        text = " ".join(said.split())
        number = int(turn) if turn.isdecimal() and 1 <= int(turn) <= len(encounter.turns) else None
        if mark not in marks_open(self.feedback.of(encounter)):
            return self.review(encounter_id, request, w["strange"])
        if not text and number is None:
            return self.review(encounter_id, request, w["empty"])
        kept = Dispute(mark, text, number, self.encounters.now())
        self.store.add_dispute(encounter_id, kept)
        where = f"{root(request)}/practice/review/{encounter_id}#{pages.anchor(mark)}"
        return RedirectResponse(where, 303)

    def progress(self, request: Request) -> Response:
        """All attempts of whoever asks."""
        resident = self.who(request) or ""
        mine = self.store.of_resident(resident)
        scripts = self.encounters.services.library.released()
        return pages.progress(
            mine,
            self._kept,
            scripts,
            lambda one: self.store.get(one, resident),
            root(request),
        )


def _way(request: Request, case_id: str, item_id: str = "", blind: str = "") -> Way:
    return Way(quote(case_id, safe=""), quote(item_id, safe=""), bool(blind), root(request))


def root(request: Request) -> str:
    """The path prefix under which the program is served."""
    return str(request.scope.get("root_path", ""))


def answered(request: Request, step: Callable[[], Response]) -> Response:
    """The page, or one that says what did not work."""
    w, status = views.words()["review"], 503
    try:
        return step()
    except NotAllowed as error:
        message, status = str(error), 404
    except Exception as error:
        message = faults.sentence(error)
    return pages.page("trouble.html", w["trouble"], root(request), status, message=message)
