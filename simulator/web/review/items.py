"""One item of a case, marked in one talk after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from simulator.accounts.people import Role
from simulator.course.sweep import Stop, following, open_to, sweep
from simulator.course.talks import Talk, read_talks
from simulator.encounter.records import NAMELESS, Encounter
from simulator.errors import NotAllowed
from simulator.evaluator.blame import FAULTS, resting_on
from simulator.evaluator.checklist import kind_of
from simulator.evaluator.places import places, spans
from simulator.evaluator.report import ItemReport
from simulator.evaluator.rulings import item_mark
from simulator.scripts.schema import ChecklistItem
from simulator.web import views
from simulator.web.access import person
from simulator.web.review import pages
from simulator.web.review.blind import note_opened
from simulator.web.review.marks import marks_on
from simulator.web.review.queue import waiting
from simulator.web.review.teacher import PROVED, Decided, Flag, Seen, TeachersDesk

NEWEST = 600  # so many talks, the newest, are gone through


@dataclass(frozen=True, slots=True)
class Way:
    """An item on which somebody decides in one talk after the other.

    `blind`: what the machine said is kept back until they have decided themselves.
    """

    case: str
    item: str
    blind: bool
    root: str

    @property
    def here(self) -> str:
        """The address from which one goes on where one was."""
        return f"{self.root}/practice/desk/items/{self.case}/{self.item}"

    def of(self, item: str) -> Way:
        """The same way for another item."""
        return replace(self, item=item)

    def flags(self, talk: str) -> str:
        """Where a fault of the patient's in one talk is sent."""
        return f"{self.here}/{talk}/fault{self.asks()}"

    def at(self, talk: str, **more: str) -> str:
        """The address of one talk on the way."""
        return f"{self.here}/{talk}{self.asks(**more)}"

    def items(self, **more: str) -> str:
        """The address of the items of the case."""
        return f"{self.root}/practice/desk/items/{self.case}{self.asks(**more)}"

    def asks(self, **more: str) -> str:
        """What an address says beside its path."""
        given = {**({"blind": "1"} if self.blind else {}), **more}
        return f"?{urlencode(given)}" if given else ""


@dataclass(frozen=True, slots=True)
class Row:
    """An item in the list: in how many talks it is decided, of how many."""

    item: ItemReport
    done: int
    all: int


class ItemByItem:
    """What the addresses do by which a teacher goes through one item of all talks."""

    def __init__(self, desk: TeachersDesk) -> None:
        self.desk, self.store = desk, desk.store

    def cases(self, request: Request, root: str) -> Response:
        """The cases of which there are talks to go through, by title, and how many."""
        w, found = views.words()["desk"], dict[str, list[Talk]]()
        for talk in self._talks(request):
            found.setdefault(talk.case, []).append(talk)
        rows = sorted((talks[-1].report.title, case, len(talks)) for case, talks in found.items())
        return pages.page(
            "items_cases.html", w["items"]["title"], root, k=w, here="desk", rows=rows
        )

    def items(self, way: Way, request: Request, done: str = "") -> Response:
        """The items of a case, and how far one is with each.

        Args:
            way: the case. done: the item that one has just come to the end of.
        """
        asks, w = person(request), views.words()["desk"]
        talks = self._talks(request, way.case)
        known = {i.id: i for talk in talks for i in talk.report.items}
        newest = [i.id for i in talks[-1].report.items] if talks else []
        order = [*newest, *(i for i in known if i not in newest)]
        opened = open_to(talks, asks.id)
        rows = [_row(known[i], sweep(opened, i, asks.id)) for i in order]
        if not talks:
            raise NotAllowed(w["items"]["no_talks"])
        return pages.page(
            "items.html",
            views.fill(w["items"]["of"], title=talks[-1].report.title),
            way.root,
            k=w,
            here="desk",
            case_title=talks[-1].report.title,
            rows=[row for row in rows if row.all],
            way=way,
            other=replace(way, blind=not way.blind),
            finished=known.get(done),
        )

    def resume(self, way: Way, request: Request) -> Response:
        """Where one was: the next talk that waits, or the first where none does."""
        stops = self._stops(way, request)
        return RedirectResponse(way.at((following(stops) or stops[0]).id), 303)

    def one(
        self,
        way: Way,
        encounter_id: str,
        request: Request,
        before: str = "",
        notice: str = "",
        sent: Decided | None = None,
    ) -> Response:
        """One item in one talk, with the words around it.

        Args:
            way, encounter_id: which. before: the talk that was decided just now. notice: what did
                not work. sent: what was chosen when it did not.
        """
        encounter, asks = self.desk.taught(encounter_id, request), person(request)
        seen, stops = self.desk.as_seen(encounter, request), self._stops(way, request)
        if seen.closed:
            return RedirectResponse(f"{way.root}/practice/desk/{encounter_id}/double", 303)
        at = next((n for n, s in enumerate(stops) if s.id == encounter_id), None)
        item = next((i for i in encounter.script.checklist if i.id == way.item), None)
        w = views.words()["desk"]
        if at is None or item is None:
            raise NotAllowed(w["items"]["not_there"])
        hidden = way.blind and stops[at].own(asks.id) is None
        if not hidden:
            note_opened(self.store, encounter_id, asks, self.desk.now())
        return pages.page(
            "item.html",
            f"{item.text} ({at + 1}/{len(stops)})",
            way.root,
            k=w,
            here="desk",
            way=way,
            other=replace(way, blind=not way.blind),
            hidden=hidden,
            number=at + 1,
            done=sum(s.done for s in stops),
            all=len(stops),
            earlier=stops[at - 1].id if at else "",
            later=stops[at + 1].id if at + 1 < len(stops) else "",
            just=_decided(stops, before, asks.id),
            name="" if way.blind else self.desk.named(request, encounter.resident),
            notice=notice,
            sent=sent,
            **self._of(encounter, seen, item),
        )

    def _of(self, encounter: Encounter, seen: Seen, item: ChecklistItem) -> dict[str, Any]:
        """What the page shows of the talk: the mark, what earns it, and the words around it."""
        disputes = self.store.disputes(encounter.id)
        found = waiting(encounter, seen.report, disputes, seen.rulings)
        marks = {m.name: m for m in marks_on(seen.report, found, disputes)}
        mark = marks[item_mark(item.id)]
        near = places(item, encounter.turns, mark.turn)
        return {
            "e": encounter,
            "r": seen.report,
            "m": mark,
            "item": item,
            "earns": views.words()["desk"]["items"]["earns"][kind_of(item)],
            "tells": [f.says for f in encounter.script.facts if f.id in item.facts],
            "near": near,
            "stretches": spans(near, len(encounter.turns)),
            "apart": seen.apart,
            "faults": seen.faults,
            "kinds": FAULTS,
            "resting": [resting_on(encounter.script, t) for t in encounter.turns],
        }

    def decide(self, way: Way, encounter_id: str, request: Request, sent: Decided) -> Response:
        """Keep what was decided, as the desk does, and go on to the next talk that waits."""
        encounter, w = self.desk.taught(encounter_id, request), views.words()["desk"]
        sent = replace(sent, mark=item_mark(way.item))
        # Blind, every mark that is given stands on a turn: to ask for one only where the machine
        # gave none would tell what it had said.
        unproved = way.blind and sent.verdict in PROVED and not sent.turn
        trouble = w["items"]["no_turn"] if unproved else self.desk.keep(encounter, request, sent)
        if trouble:
            return self.one(way, encounter_id, request, notice=trouble, sent=sent)
        to = following(self._stops(way, request), encounter_id)
        where = way.at(to.id, before=encounter_id) if to else way.items(done=way.item)
        return RedirectResponse(where, 303)

    def flag(self, way: Way, encounter_id: str, request: Request, sent: Flag) -> Response:
        """Hold a reply against the patient, as the desk does."""
        encounter = self.desk.taught(encounter_id, request)
        if trouble := self.desk.hold(encounter, request, sent):
            return self.one(way, encounter_id, request, notice=trouble)
        return RedirectResponse(f"{way.at(encounter_id)}#turn-{int(sent.turn)}", 303)

    def _stops(self, way: Way, request: Request) -> tuple[Stop, ...]:
        by = person(request).id
        found = sweep(open_to(self._talks(request, way.case), by), way.item, by)
        if not found:
            raise NotAllowed(views.words()["desk"]["items"]["no_talks"])
        return found

    def _talks(self, request: Request, case: str = "") -> tuple[Talk, ...]:
        """The talks whose marks whoever asks may decide, oldest first; of one case, if named."""
        asks = person(request)
        alone = asks.role == Role.ALONE
        programme, resident = (None, asks.id) if alone else (asks.programme, "")
        found = read_talks(self.store.scored(programme, resident, case, NEWEST))
        barred = () if alone else (asks.id,)
        return tuple(
            t for t in found if t.resident not in barred and not t.resident.startswith(NAMELESS)
        )


def _row(item: ItemReport, stops: Sequence[Stop]) -> Row:
    return Row(item, sum(s.done for s in stops), len(stops))


def _decided(stops: Sequence[Stop], talk: str, by: str) -> tuple[str, str, str] | None:
    """What was decided just now: the talk, the verdict, and what the machine had said."""
    stop = next((s for s in stops if s.id == talk), None)
    own = stop.own(by) if stop else None
    return (stop.id, own.verdict, stop.machine) if stop and own else None
