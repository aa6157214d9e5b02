"""Talks judged as a whole, before their marks are seen: for a standard, and for no mark."""

from __future__ import annotations

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from simulator.course.borderline import last_words
from simulator.encounter.records import Encounter, Rating
from simulator.errors import NotAllowed
from simulator.web import views
from simulator.web.access import person
from simulator.web.review import pages
from simulator.web.review.blind import is_blind
from simulator.web.review.teacher import NEWEST, TeachersDesk


class WholeTalks:
    """What the addresses of whole judgements do for whoever asks."""

    def __init__(self, desk: TeachersDesk) -> None:
        self.desk, self.store = desk, desk.store

    def waiting(self, request: Request, root: str) -> Response:
        """The talks that whoever asks has neither judged nor seen the marks of, newest first."""
        asks, w = person(request), views.words()["desk"]
        over = self.desk.over(request)
        first = {(e.resident, e.script.id): e.id for e in over if not e.branch_of}
        known = self.store.ratings(list(first.values()))
        rows = [
            e
            for e in over
            if first.get((e.resident, e.script.id)) == e.id
            and all(r.by != asks.id for r in known.get(e.id, ()))
            and self.desk.feedback.kept(e) is not None
        ]
        return pages.page(
            "whole_list.html",
            w["whole"]["title"],
            root,
            k=w,
            here="desk",
            rows=rows,
            named={e.id: self.desk.named(request, e.resident) for e in rows},
            most=NEWEST,
        )

    def one(self, encounter_id: str, request: Request, root: str, notice: str = "") -> Response:
        """A talk and its note without any mark, and the levels to choose from.

        Raises:
            NotAllowed: it is not there, not over, or not theirs to judge.
        """
        encounter, asks = self._over(encounter_id, request), person(request)
        w = views.words()["desk"]
        ratings = self.store.ratings([encounter_id]).get(encounter_id, [])
        mine = next((r.level for r in last_words(ratings) if r.by == asks.id), None)
        return pages.page(
            "whole.html",
            views.fill(w["whole"]["of"], title=encounter.script.title),
            root,
            k=w,
            here="desk",
            e=encounter,
            name=self.desk.named(request, encounter.resident),
            mine=mine,
            blind=is_blind(asks, ratings, self.store.rulings(encounter_id)),
            notice=notice,
        )

    def judge(self, encounter_id: str, level: str, request: Request, root: str) -> Response:
        """Keep how a teacher judges a whole talk."""
        self._over(encounter_id, request)
        asks, w = person(request), views.words()["desk"]["whole"]
        if level not in map(str, w["levels"]):
            return self.one(encounter_id, request, root, w["none_chosen"])
        ratings = self.store.ratings([encounter_id]).get(encounter_id, [])
        blind = is_blind(asks, ratings, self.store.rulings(encounter_id))
        kept = Rating(int(level), asks.id, self.desk.now(), blind)
        self.store.add_rating(encounter_id, kept)
        return RedirectResponse(f"{root}/practice/desk/{encounter_id}#h-whole", 303)

    def _over(self, encounter_id: str, request: Request) -> Encounter:
        encounter = self.desk.taught(encounter_id, request)
        if self.desk.feedback.kept(encounter) is None:
            raise NotAllowed(views.words()["desk"]["whole"]["not_over"])
        return encounter
