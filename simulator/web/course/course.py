"""What the course's addresses do for whoever asks."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from simulator.accounts.people import Permission
from simulator.course import faculty, standard
from simulator.course.acceptance import Summary, summaries
from simulator.course.evidence import Evidence, evidence
from simulator.course.items import items_of
from simulator.encounter.course import Judgement
from simulator.errors import NotAllowed, UnknownScript
from simulator.evaluator.report import ItemReport
from simulator.knowledge.competencies import load_competencies
from simulator.scripts.schema import ChecklistItem, PatientScript
from simulator.web import views
from simulator.web.access import person
from simulator.web.course import pages, sheets
from simulator.web.course.files import KINDS, Sheet, download
from simulator.web.course.pages import Judged, Standard
from simulator.web.course.seen import People, Seen, judges, reach, see
from simulator.web.room import Room

FINISHED = ("pilot", "released", "retired")  # cases of which the items may be judged before talks
FIELD = "item-"  # how the judges' form names the field of an item


class Course:
    """The talks of a programme, and what is made of them."""

    def __init__(self, room: Room, people: People) -> None:
        self.store, self.people = room.encounters.store, people
        self.services, self.now = room.encounters.services, room.encounters.now

    def _seen(self, request: Request, case: str = "", resident: str = "") -> Seen:
        return see(request, self.store, self.people, case, resident)

    def overview(self, request: Request, root: str) -> Response:
        """The whole cohort."""
        return pages.overview(self._seen(request), self._said(request), _teaches(request), root)

    def _said(self, request: Request) -> tuple[Summary, ...]:
        """What people said of the program, where enough did; whose it was is not in it."""
        programme, _ = reach(person(request))
        return summaries(self.store.opinions(programme))

    def table(self, name: str, kind: str, request: Request) -> Response:
        """A table of the overview as a file."""
        seen = self._seen(request)
        made: dict[str, Callable[[], Sheet]] = {
            "cases": lambda: sheets.cases(seen.talks),
            "weeks": lambda: sheets.weeks(seen.talks),
            "missed": lambda: sheets.missed(seen.talks),
            "heat": lambda: sheets.residents(seen.talks, seen.names),
            "case-heat": lambda: sheets.case_heat(seen.talks),
            "faculty": lambda: sheets.decided(faculty.decisions(seen.talks)),
            "acceptance": lambda: sheets.acceptance(self._said(request)),
        }
        return _file(made, name, kind)

    def case_table(self, case_id: str, name: str, kind: str, request: Request) -> Response:
        """A table of one case as a file."""
        seen = self._seen(request, case_id)
        self._title(case_id, seen)
        decided = faculty.decisions(seen.talks)
        made: dict[str, Callable[[], Sheet]] = {
            "items": lambda: sheets.item_table(seen.talks, decided),
            "reliability": lambda: sheets.reliability(seen.talks),
            "faculty": lambda: sheets.decided(decided),
            "angoff": lambda: self._judged(case_id, seen, request),
            "borderline": lambda: sheets.line(seen.talks),
            "judged": lambda: sheets.judged_whole(seen.talks, seen.names),
        }
        return _file(made, name, kind)

    def _judged(self, case_id: str, seen: Seen, request: Request) -> Sheet:
        held = self._standard(case_id, seen, request)
        texts = {i.id: i.text for i in held.items}
        return sheets.judged(held.weights, texts, held.judgements, held.names)

    def case(
        self,
        case_id: str,
        request: Request,
        root: str,
        notice: str = "",
        given: Mapping[str, str] | None = None,
    ) -> Response:
        """One case; `given` is what stands in the judges' form when it comes back."""
        seen = self._seen(request, case_id)
        title = self._title(case_id, seen)
        held = self._standard(case_id, seen, request, given)
        return pages.case(case_id, title, seen, held, _teaches(request), root, notice)

    def judge(self, case_id: str, request: Request, root: str, sent: Mapping[str, str]) -> Response:
        """Keep what a judge expects of each item; all of them, or nothing."""
        seen = self._seen(request, case_id)
        self._title(case_id, seen)
        asks, script = person(request), self._script(case_id)
        estimates: dict[str, float] = {}
        for item in self._items(script, seen):
            number = _estimate(sent.get(FIELD + item.id, ""))
            if number is None:
                w = views.words()["course"]["standard"]
                return self.case(case_id, request, root, w["not_all"], sent)
            estimates[item.id] = number
        version = script.version if script else seen.talks[-1].report.script_version
        kept = Judgement(asks.id, version, estimates, self.now())
        self.store.add_judgement(asks.programme, case_id, kept)
        return RedirectResponse(f"{root}/practice/course/{case_id}#h-standard", 303)

    def resident(self, person_id: str, request: Request, root: str) -> Response:
        """The evidence on one resident."""
        found, seen = self.evidence(person_id, request)
        return pages.evidence(found, seen, person_id, _teaches(request), root)

    def evidence(self, person_id: str, request: Request) -> tuple[tuple[Evidence, ...], Seen]:
        """What a resident's talks show, and the talks.

        Raises:
            NotAllowed: whoever asks may see no talk of theirs.
        """
        seen = self._seen(request, resident=person_id)
        if not seen.talks:
            raise NotAllowed(views.words()["course"]["nobody"])
        known = load_competencies(self.services.settings.knowledge_dir)
        scripts = {case: self._script(case) for case in {t.case for t in seen.talks}}
        aims = {
            case: [(o.text, o.competency) for o in script.objectives]
            for case, script in scripts.items()
            if script
        }
        return evidence(seen.talks, known, aims), seen

    def _script(self, case_id: str) -> PatientScript | None:
        """The case as the library has it, where it has ever been played by others."""
        try:
            script = self.services.library.get(case_id)
        except UnknownScript:
            return None
        return script if script.status in FINISHED else None

    def _title(self, case_id: str, seen: Seen) -> str:
        """What a case is called.

        Raises:
            NotAllowed: the library has none such, and no talk was held with it.
        """
        script = self._script(case_id)
        if script is None and not seen.talks:
            raise NotAllowed(views.words()["course"]["nowhere"])
        return script.title if script else seen.talks[-1].report.title

    def _items(
        self, script: PatientScript | None, seen: Seen
    ) -> tuple[ChecklistItem, ...] | tuple[ItemReport, ...]:
        """The items of a case as it is now; of one that is gone, those of its newest talk."""
        return tuple(script.checklist) if script else items_of(seen.talks[-1:])

    def _standard(
        self, case_id: str, seen: Seen, request: Request, given: Mapping[str, str] | None = None
    ) -> Standard:
        asks = person(request)
        programme, own = reach(asks)
        found = self.store.judgements(asks.programme if own else programme, case_id)
        last = standard.newest([j for j in found if not own or j.judge == own])
        mine = next((j.estimates for j in last if j.judge == asks.id), {})
        filled = given or {FIELD + i: f"{n:g}" for i, n in mine.items()}
        return Standard(
            asks.may(Permission.CORRECT_SCORES),
            tuple(
                Judged(i.id, i.text, i.domain, i.weight, i.critical, filled.get(FIELD + i.id, ""))
                for i in self._items(self._script(case_id), seen)
            ),
            last,
            judges(request, self.people, [j.judge for j in last]),
        )


def _teaches(request: Request) -> bool:
    return person(request).may(Permission.CORRECT_SCORES)


def _estimate(text: str) -> float | None:
    """A number from 0 to 100; None for all else."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return number if 0 <= number <= 100 else None


def _file(made: Mapping[str, Callable[[], Sheet]], name: str, kind: str) -> Response:
    if name not in made or kind not in KINDS:
        raise NotAllowed(views.words()["course"]["no_file"])
    return download(made[name](), kind)
