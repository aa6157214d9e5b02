"""The addresses of the two forms on the program, and of what one said oneself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, get_args

from fastapi import APIRouter, Form, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import RedirectResponse

from simulator.course.acceptance import AFTER_AN_ANSWER
from simulator.encounter.opinions import Form as Sort
from simulator.encounter.opinions import Occasion, Opinion
from simulator.errors import NotAllowed
from simulator.web import views
from simulator.web.access import person
from simulator.web.opinions.offers import Offers, day, may_answer
from simulator.web.opinions.words import statements, words
from simulator.web.review import pages
from simulator.web.review.routes import answered, root

MOST_FIELDS = 40
OURS = ("/practice/", "/studio/")  # where one may be led back to
OCCASIONS: dict[str, Occasion] = {o: o for o in get_args(Occasion)}


class Opinions:
    """What the addresses do for whoever asks."""

    def __init__(self, offers: Offers) -> None:
        self.store, self.now = offers.store, offers.now

    def show(
        self,
        occasion: str,
        request: Request,
        given: Mapping[str, str] | None = None,
        notice: str = "",
    ) -> Response:
        """A form; `given` is what was chosen when it comes back.

        Raises:
            NotAllowed: there is none such for whoever asks.
        """
        o, k = self._allowed(occasion, request), words()
        when = self._again(request)
        if when and not notice:
            notice = when
        return pages.page(
            "opinion.html",
            k["title"][o],
            root(request),
            o=k,
            occasion=o,
            forms=[(f, k["forms"][f], statements(o, f)) for f in get_args(Sort)],
            given=given or {},
            notice=notice,
            closed=bool(when),
        )

    def keep(self, occasion: str, request: Request, sent: Mapping[str, str]) -> Response:
        """Keep the forms that were filled in whole; of one that was begun, nothing."""
        o, k, asks = self._allowed(occasion, request), words(), person(request)
        if self._again(request):
            return self.show(o, request)
        filled: list[Opinion] = []
        for form in get_args(Sort):
            names = statements(o, form)
            chosen = {n: _level(sent.get(f"{form}-{n}", "")) for n in names}
            answers = {n: level for n, level in chosen.items() if level is not None}
            if answers and len(answers) < len(names):
                missing = views.fill(k["missing"], n=len(names) - len(answers))
                return self.show(o, request, sent, missing)
            if answers:
                month = f"{self.now():%Y-%m}"
                filled.append(
                    Opinion(
                        occasion=o, form=form, wording=k["wording"], month=month, answers=answers
                    )
                )
        if not filled:
            return self.show(o, request, sent, k["empty"])
        self.store.add_opinions(asks.id, asks.programme, filled, day(self.now()))
        return RedirectResponse(f"{root(request)}/practice/opinion?did=thanks", 303)

    def mine(self, request: Request, did: str = "") -> Response:
        """What one said oneself, with ways to take it, to delete it, and not to be asked."""
        asks, k = person(request), words()
        return pages.page(
            "opinion_mine.html",
            k["mine"]["title"],
            root(request),
            o=k,
            found=[(f, statements(f.occasion, f.form)) for f in self.store.opinions_of(asks.id)],
            declined=self.store.asked(asks.id).declined,
            notice=k["mine"][did] if did in ("thanks", "erased") else "",
        )

    def as_json(self, request: Request) -> Response:
        """What one said oneself, as data."""
        asks, k = person(request), words()
        found = [
            f.model_dump() | {"statements": statements(f.occasion, f.form), "scale": k["scale"]}
            for f in self.store.opinions_of(asks.id)
        ]
        headers = {
            "Content-Disposition": 'attachment; filename="opinions.json"',
            "Cache-Control": "no-store",
        }
        text = json.dumps(found, ensure_ascii=False, indent=1)
        return Response(text, media_type="application/json", headers=headers)

    def ask(self, request: Request, declined: bool, back: str) -> Response:
        """Keep whether somebody wants to be asked at all."""
        asks = person(request)
        asked = self.store.asked(asks.id)
        self.store.put_asked(asks.id, replace(asked, declined=declined))
        return RedirectResponse(f"{root(request)}{_within(back)}", 303)

    def erase(self, request: Request) -> Response:
        """Delete what one said oneself."""
        self.store.erase_opinions(person(request).id)
        return RedirectResponse(f"{root(request)}/practice/opinion?did=erased", 303)

    def _allowed(self, occasion: str, request: Request) -> Occasion:
        found = OCCASIONS.get(occasion)
        if found is None or not may_answer(person(request), found):
            raise NotAllowed(words()["not_here"])
        return found

    def _again(self, request: Request) -> str:
        """What is said to somebody who answered not long ago; empty to all others."""
        last = self.store.asked(person(request).id).answered_at
        if last is None or self.now() >= last + AFTER_AN_ANSWER:
            return ""
        return views.fill(words()["again"], day=f"{last + AFTER_AN_ANSWER:%-d %B %Y}")


def _level(text: str) -> int | None:
    return int(text) if text in ("1", "2", "3", "4", "5") else None


def _within(path: str) -> str:
    """A page of our own to go back to; what leads elsewhere leads to one's opinions."""
    ours = path.startswith(OURS) and "//" not in path and "\\" not in path
    return path if ours and path.isprintable() else "/practice/opinion"


def router(offers: Offers) -> APIRouter:
    """The forms, and what one said oneself."""
    routes, found = APIRouter(prefix="/opinion"), Opinions(offers)
    _add_mine(routes, found)

    @routes.get("/{occasion}")
    def form(occasion: str, request: Request) -> Response:
        return answered(request, lambda: found.show(occasion, request))

    @routes.post("/{occasion}")
    async def send(occasion: str, request: Request) -> Response:
        form = await request.form(max_files=0, max_fields=MOST_FIELDS)
        sent = {k: v for k, v in form.items() if isinstance(v, str)}
        keep: Callable[[], Response] = lambda: found.keep(occasion, request, sent)  # noqa: E731
        return await run_in_threadpool(answered, request, keep)

    return routes


def _add_mine(routes: APIRouter, found: Opinions) -> None:
    @routes.get("")
    def mine(request: Request, did: str = "") -> Response:
        return answered(request, lambda: found.mine(request, did))

    @routes.get("/mine.json")
    def as_json(request: Request) -> Response:
        return answered(request, lambda: found.as_json(request))

    @routes.post("/erase")
    def erase(request: Request) -> Response:
        return answered(request, lambda: found.erase(request))

    @routes.post("/never")
    def never(request: Request, back: Annotated[str, Form(max_length=300)] = "") -> Response:
        return answered(request, lambda: found.ask(request, True, back))

    @routes.post("/again")
    def again(request: Request) -> Response:
        return answered(request, lambda: found.ask(request, False, ""))
