"""The teacher's desk: which encounters to look at, and what is decided about their marks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from simulator.accounts.people import Role
from simulator.course.borderline import last_words
from simulator.encounter.records import Encounter, Rating, Ruling
from simulator.errors import NotAllowed
from simulator.evaluator.blame import FAULTS, NONE, fault_mark, faults_in, resting_on
from simulator.evaluator.doubles import DONE, DOUBLE, apart, doubled
from simulator.evaluator.report import Report
from simulator.evaluator.rulings import VERDICTS, item_mark, marks_of, ruled
from simulator.web import views
from simulator.web.access import person, sees
from simulator.web.review import pages
from simulator.web.review.blind import is_blind, note_opened
from simulator.web.review.marks import marks_on
from simulator.web.review.queue import Waiting, waiting
from simulator.web.room import Room
from simulator.web.sheet import PARTS

NEWEST = 60  # so many encounters are looked through for the queue
ALL_THE_REST = "*"
PROVED = ("met", "partly")  # a mark that is raised to these stands on a turn
Named = Callable[[Request, str], str]


@dataclass(frozen=True, slots=True)
class Decided:
    """What the desk sends: a mark, or all the rest; the verdict and what it rests on."""

    mark: str
    verdict: str
    turn: str
    comment: str
    next: str  # the place of the mark to go on with


@dataclass(frozen=True, slots=True)
class Flag:
    """What the desk sends of a reply: its turn, what is wrong with it, an item to excuse."""

    turn: str
    fault: str
    comment: str
    excuse: str


@dataclass(frozen=True, slots=True)
class Seen:
    """A report as one person may see it, with the rulings in it.

    `faults`: what is held against the patient's replies, by turn. `apart`: they are one of two
    who mark it apart. `closed`: two others do, or they are done.
    """

    report: Report
    rulings: tuple[Ruling, ...]
    faults: Mapping[int, Ruling]
    apart: bool
    closed: bool


class TeachersDesk:
    """What the desk's addresses do for whoever asks."""

    def __init__(self, room: Room, named: Named) -> None:
        self.feedback, self.store, self.named = room.feedback, room.encounters.store, named
        self.now = room.encounters.now

    def queue(self, request: Request, root: str) -> Response:
        """The encounters that wait, the most pressing first, and those that were looked at."""
        asks, w = person(request), views.words()["desk"]
        found = [self._waiting(e) for e in self.over(request)]
        rows = [row for row in found if row is not None]
        judged = self.store.ratings([r.encounter.id for r in rows])
        return pages.page(
            "queue.html",
            w["title"],
            root,
            k=w,
            here="desk",
            waiting=sorted((r for r in rows if r.why), key=lambda r: r.rank),
            rest=[r for r in rows if not r.why],
            named={r.encounter.id: self.named(request, r.encounter.resident) for r in rows},
            blind={
                r.encounter.id
                for r in rows
                if is_blind(asks, judged.get(r.encounter.id, []), r.rulings)
            },
            most=NEWEST,
        )

    def over(self, request: Request) -> list[Encounter]:
        """The talks that are over and that whoever asks may decide on, newest first."""
        asks = person(request)
        alone = asks.role == Role.ALONE
        programme, resident = (None, asks.id) if alone else (asks.programme, "")
        found = self.store.finished(programme, resident, NEWEST)
        return [e for e in found if alone or e.resident != asks.id]

    def one(self, encounter_id: str, request: Request, root: str, notice: str = "") -> Response:
        """One encounter, its marks to accept or to put right."""
        encounter = self.taught(encounter_id, request)
        desk, asks = self.as_seen(encounter, request), person(request)
        if desk.closed:
            return RedirectResponse(f"{root}/practice/desk/{encounter_id}/double", 303)
        note_opened(self.store, encounter_id, asks, self.now())
        report, rulings, disputes = desk.report, desk.rulings, self.store.disputes(encounter_id)
        marks = marks_on(report, waiting(encounter, report, disputes, rulings), disputes)
        w, names = views.words()["desk"], views.words()["feedback"]["scores"]
        return pages.page(
            "desk.html",
            views.fill(w["of"], title=report.title),
            root,
            k=w,
            here="desk",
            r=report,
            e=encounter,
            first=[m for m in marks if m.why],
            others=[m for m in marks if not m.why and not m.machine],
            decided=[m for m in marks if not m.why and m.machine],
            name=self.named(request, encounter.resident),
            notice=notice,
            scores=[(names[p], getattr(report.scores, p)) for p in PARTS],
            whole=self._whole(encounter_id, request),
            apart=desk.apart,
            double=asks.role != Role.ALONE,
            faults=desk.faults,
            kinds=FAULTS,
            resting=[resting_on(encounter.script, t) for t in encounter.turns],
        )

    def as_seen(self, encounter: Encounter, request: Request) -> Seen:
        """The report as whoever asks may see it: of the two who mark apart, each the own."""
        report, by = self.feedback.of(encounter), person(request).id
        rulings = self.store.rulings(encounter.id)
        found, faults = doubled(rulings, list(marks_of(report))), faults_in(rulings, by)
        if not found.open:
            return Seen(report, tuple(rulings), faults, False, False)
        own = found.of(by)
        return Seen(ruled(report, own), own, faults, found.marks(by), not found.marks(by))

    def _whole(self, encounter_id: str, request: Request) -> list[tuple[str, Rating]]:
        """How the talk was judged as a whole, one's own first; others' once there is one's own."""
        by = person(request).id
        found = last_words(self.store.ratings([encounter_id]).get(encounter_id, []))
        if all(r.by != by for r in found):
            return []
        own = views.words()["desk"]["whole"]["you"]
        return [
            (own if r.by == by else self.named(request, r.by), r)
            for r in sorted(found, key=lambda r: r.by != by)
        ]

    def decide(self, encounter_id: str, request: Request, root: str, sent: Decided) -> Response:
        """Keep what was decided about one mark, or that all the rest stand as they are."""
        encounter = self.taught(encounter_id, request)
        if sent.mark == ALL_THE_REST:
            return self._accept_rest(encounter, request, root)
        if trouble := self.keep(encounter, request, sent):
            return self.one(encounter_id, request, root, trouble)
        place = sent.next or pages.anchor(sent.mark)
        return RedirectResponse(f"{root}/practice/desk/{encounter_id}#{place}", 303)

    def _accept_rest(self, encounter: Encounter, request: Request, root: str) -> Response:
        desk, by, now = self._open(encounter, request), person(request).id, self.now()
        known = {r.mark for r in desk.rulings}
        standing = marks_of(desk.report)
        stand = {m: v for m, v in standing.items() if m not in known and v in _choices(m)}
        rest = [Ruling(mark, verdict, "", None, by, now) for mark, verdict in stand.items()]
        if desk.apart:
            rest = [*map(apart, rest), Ruling(DOUBLE, DONE, "", None, by, now)]
        self.store.add_rulings(encounter.id, rest)
        where = f"/{encounter.id}/double" if desk.apart else ""
        return RedirectResponse(f"{root}/practice/desk{where}", 303)

    def keep(self, encounter: Encounter, request: Request, sent: Decided) -> str:
        """Keep what was decided about one mark; why nothing was kept, in a sentence, or nothing.

        Raises:
            NotAllowed: two others mark the talk apart.
        """
        desk, w = self._open(encounter, request), views.words()["desk"]
        standing = marks_of(desk.report)
        if sent.mark not in standing or sent.verdict not in _choices(sent.mark):
            return str(w["strange"])
        turn = _turn(sent.turn, encounter)
        raised = sent.verdict in PROVED and sent.verdict != standing[sent.mark]
        if raised and turn is None:
            return str(w["no_proof"])
        comment, by = " ".join(sent.comment.split()), person(request).id
        ruling = Ruling(sent.mark, sent.verdict, comment, turn, by, self.now())
        self.store.add_rulings(encounter.id, [apart(ruling) if desk.apart else ruling])
        return ""

    def flag(self, encounter_id: str, request: Request, root: str, sent: Flag) -> Response:
        """Keep that a reply of the patient's was wrong, and excuse the item that rests on it."""
        encounter = self.taught(encounter_id, request)
        if trouble := self.hold(encounter, request, sent):
            return self.one(encounter_id, request, root, trouble)
        return RedirectResponse(f"{root}/practice/desk/{encounter_id}#turn-{int(sent.turn)}", 303)

    def hold(self, encounter: Encounter, request: Request, sent: Flag) -> str:
        """Hold a reply against the patient; why nothing was kept, in a sentence, or nothing.

        Raises:
            NotAllowed: two others mark the talk apart.
        """
        desk, w = self._open(encounter, request), views.words()["desk"]["fault"]
        turn, excused = _turn(sent.turn, encounter), item_mark(sent.excuse)
        unknown = sent.excuse and excused not in marks_of(desk.report)
        if turn is None or sent.fault not in (*FAULTS, NONE) or unknown:
            return str(w["strange"])
        by, now, comment = person(request).id, self.now(), " ".join(sent.comment.split())
        kept = [Ruling(fault_mark(turn), sent.fault, comment, turn, by, now)]
        if sent.excuse and sent.fault in FAULTS:
            why = views.fill(w["excused"][sent.fault], n=turn)
            kept.append(Ruling(excused, "not applicable", why, turn, by, now))
        self.store.add_rulings(encounter.id, [*map(apart, kept)] if desk.apart else kept)
        return ""

    def _open(self, encounter: Encounter, request: Request) -> Seen:
        """The report as whoever asks may see it, where they may decide on it.

        Raises:
            NotAllowed: two others mark the talk apart.
        """
        desk = self.as_seen(encounter, request)
        if desk.closed:
            raise NotAllowed(views.words()["desk"]["double"]["taken"])
        return desk

    def _waiting(self, encounter: Encounter) -> Waiting | None:
        report = self.feedback.kept(encounter)
        if report is None:  # nobody has opened the review yet, so that there is nothing to look at
            return None
        disputes = self.store.disputes(encounter.id)
        return waiting(encounter, report, disputes, self.store.rulings(encounter.id))

    def taught(self, encounter_id: str, request: Request) -> Encounter:
        """An encounter whose marks whoever asks may decide.

        Raises:
            NotAllowed: it is not there, of another programme, or their own.
        """
        asks = person(request)
        found = self.store.read(encounter_id)
        own = found.resident == asks.id
        if not own and not sees(asks, found.resident, found.programme):
            return self.store.get(encounter_id, asks.id)  # says that there is none of theirs
        if own and asks.role != Role.ALONE:
            raise NotAllowed(views.words()["desk"]["own"])
        return found


def _choices(mark: str) -> tuple[str, ...]:
    return VERDICTS[mark.partition(":")[0]]


def _turn(sent: str, encounter: Encounter) -> int | None:
    """The turn that was named, from 1, if the talk has it."""
    number = int(sent) if sent.isdecimal() else 0
    return number if 1 <= number <= len(encounter.turns) else None
