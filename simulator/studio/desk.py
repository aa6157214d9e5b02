"""The author's desk: cases and drafts, their edits, and the patient who plays them at once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property, lru_cache
from typing import Any

from simulator.errors import NotAllowed, StoreError, UnknownScript
from simulator.knowledge.index import Entry
from simulator.patient.case import Case, script_entries
from simulator.patient.patient import Patient
from simulator.scripts.library import content_hash
from simulator.scripts.lint import Known
from simulator.scripts.names import free, slug
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from simulator.studio import editions, questions, starter
from simulator.studio.drafts import MOST_KEPT, Draft, Drafts
from simulator.studio.findings import Checked, check
from simulator.studio.form import ORDER
from simulator.studio.splice import Edit, apply
from simulator.studio.vectors import Lines
from simulator.validation import known_to

CASES_KEPT = 8


@dataclass(frozen=True, slots=True)
class Work:
    """A case on the desk: a draft that can be changed, or one of the library that cannot."""

    id: str
    text: str
    version: int  # 0 of a case of the library
    checked: Checked
    changed: datetime
    draft: Draft | None = None

    @property
    def editable(self) -> bool:
        """Whether it is a draft."""
        return self.draft is not None

    @property
    def title(self) -> str:
        """Its title, or its id where it has none yet."""
        return str(self.checked.data.get("title") or self.id)

    @property
    def edition(self) -> str:
        """The number of its edition as its text names it."""
        return str(self.checked.data.get("version") or "")


@dataclass(frozen=True, slots=True)
class Row:
    """A case in the list: a draft, or one of the library."""

    work: Work
    name: str
    status: str
    edition: str
    in_library: bool


class Desk:
    """All that an author does with cases; pages show it, and nothing of it needs a server."""

    def __init__(self, services: Services) -> None:
        self.services = services
        self.drafts = Drafts(services.settings.data_dir / "drafts")
        self._cases: OrderedDict[str, Case] = OrderedDict()
        self._learnt: set[str] = set()
        self._lock = threading.RLock()

    @cached_property
    def lines(self) -> Lines:
        """The vectors of all lines that drafts have had."""
        return Lines(self.services.encoder)

    @cached_property
    def known(self) -> Known:
        """What scripts may refer to."""
        return known_to(self.services)

    def rows(self) -> tuple[list[Row], list[str]]:
        """Drafts, the newest first, then the cases of the library by title; and what is broken."""
        library, problems = self.services.library, list(self.services.library.problems)
        drafts: list[Work] = []
        for draft_id in self.drafts.ids():
            try:
                drafts.append(self.open(draft_id))
            except StoreError as error:
                problems.append(str(error))
        drafts.sort(key=lambda w: w.changed, reverse=True)
        rows = [_row(w, w.id in library.scripts) for w in drafts]
        others = sorted(library.scripts.values(), key=lambda s: s.title)
        return rows + [_row(self.in_library(s.id), True) for s in others], problems

    def open(self, case_id: str) -> Work:
        """The draft of that id, or the library's case.

        Raises:
            UnknownScript: there is neither.
        """
        if not self.drafts.has(case_id):
            return self.in_library(case_id)
        draft = self.drafts.get(case_id)
        checked = check(draft.text, self.known)
        if checked.data.get("id", case_id) != case_id:
            checked = checked.noting(("id",), f"this case is {case_id!r}; a copy gets another id")
        return Work(case_id, draft.text, draft.version, checked, draft.changed, draft)

    def in_library(self, case_id: str) -> Work:
        """The library's edition of a case, whether there is a draft of the next or not.

        Raises:
            UnknownScript: the library has no such case.
        """
        self.services.library.get(case_id)
        path = self.services.library.files[case_id]
        try:
            text = path.read_text(encoding="utf-8")
            changed = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except OSError as error:
            raise UnknownScript(f"{path}: cannot be read ({error.strerror})") from None
        return Work(case_id, text, 0, check(text, self.known), changed)

    def create(self, basics: starter.Basics) -> Work:
        """A new draft with what age, sex and complaint fill in, and the likely questions."""
        proposals = starter.propose(basics, self.services.field, self.services.encoder)
        taken = {*self.drafts.ids(), *self.services.library.scripts}
        case_id = starter.new_id(basics, taken)
        self.drafts.create(case_id, starter.template(case_id, basics, proposals))
        questions.keep(self.drafts, case_id, proposals)
        return self.open(case_id)

    def clone(self, case_id: str, title: str) -> Work:
        """A copy under a title and id of its own, which names where it comes from.

        Raises:
            NotAllowed: there is no title, or it is the original's.
        """
        original = self.open(case_id)
        title = " ".join(title.split())
        if not title or title.lower() == original.title.lower():
            raise NotAllowed("Give the copy a title of its own.")
        taken = {*self.drafts.ids(), *self.services.library.scripts}
        copy_id = free(slug(title)[:60] or "case", taken)
        edition = original.checked.data.get("version", "")
        edits = [
            Edit(do="set", path=("id",), value=copy_id),
            Edit(do="set", path=("title",), value=title),
            Edit(do="set", path=("version",), value="0.1.0"),
            Edit(do="set", path=("status",), value="draft"),
            Edit(do="set", path=("reviewers",), value=None),
            Edit(do="set", path=("source",), value=f"Copied from {case_id} {edition}".strip()),
        ]
        self.drafts.create(copy_id, apply(original.text, edits, ORDER))
        return self.open(copy_id)

    def next_edition(self, case_id: str, of: str = "") -> Work:
        """A draft of the next edition of a case of the library, which stays as it is.

        Args:
            case_id: the case. of: the edition to begin with, by default the newest.

        Raises:
            UnknownScript: there is no such case or edition.
        """
        if self.drafts.has(case_id):
            return self.open(case_id)
        newest = self.in_library(case_id).edition
        text = editions.text_of(self.services, case_id, of or newest)
        major, minor, *_ = (newest or "1.0.0").split(".")
        edits = [
            Edit(do="set", path=("version",), value=f"{major}.{int(minor) + 1}.0"),
            Edit(do="set", path=("status",), value="draft"),
            Edit(do="set", path=("reviewers",), value=None),
        ]
        self.drafts.create(case_id, apply(text, edits, ORDER))
        return self.open(case_id)

    def edit(self, case_id: str, base: int, edits: Sequence[Edit]) -> Work:
        """Make edits in version `base` and save what comes of it.

        Raises:
            DraftConflict: the draft stands at another version; what was made is kept beside it.
            NotAllowed: it is a case of the library.
            ScriptError: an edit fits nowhere.
        """
        self._must_be_draft(case_id)
        return self.save(case_id, base, apply(self.drafts.text_of(case_id, base), edits, ORDER))

    def save(self, case_id: str, base: int, text: str) -> Work:
        """Save a text that was made from version `base`; see `edit`."""
        self._must_be_draft(case_id)
        self.drafts.save(case_id, text.replace("\r\n", "\n"), base)
        return self.open(case_id)

    def data_of(self, case_id: str, version: int) -> Any:
        """The plain data of a version, from which a page was made.

        Raises:
            NotAllowed: it is a case of the library.
        """
        self._must_be_draft(case_id)
        return check(self.drafts.text_of(case_id, version), self.known).data

    def discard(self, case_id: str) -> None:
        """Put a draft away; what belongs to a case of the library, such as comments, stays."""
        in_library = case_id in self.services.library.scripts
        (self.drafts.close if in_library else self.drafts.discard)(case_id)

    def _must_be_draft(self, case_id: str) -> None:
        if not self.drafts.has(case_id):
            raise NotAllowed("This case is in the library. Make a draft of its next edition first.")

    def playable(self, work: Work) -> tuple[PatientScript, int] | None:
        """The script that a patient can play, and its version: the newest one without faults."""
        if work.checked.script is not None:
            return work.checked.script, work.version
        for version in self.drafts.older(work.id):
            text = self.drafts.text_of(work.id, version)
            if _plays(text, self.known) and (script := check(text, self.known).script):
                return script, version
        return None

    def patient(self, script: PatientScript) -> Patient:
        """A patient who plays a script in the author's lines."""
        return Patient(self.case(script), self.services.understander)

    def case(self, script: PatientScript) -> Case:
        """A script ready to be asked; of its lines only those are encoded that are new."""
        key = content_hash(script)
        with self._lock:
            if key not in self._cases:
                self._learn(script.id)
                matrix = self.lines.matrix(self._entries(script))
                self._cases[key] = Case(script, matrix, self.services.field)
            self._cases.move_to_end(key)
            while len(self._cases) > CASES_KEPT:
                self._cases.popitem(last=False)
            return self._cases[key]

    def _entries(self, script: PatientScript) -> tuple[Entry, ...]:
        return script_entries(script, self.services.words.pronouns)

    def _learn(self, case_id: str) -> None:
        """Take over the vectors of the library's edition, which lie in the index."""
        script = self.services.library.scripts.get(case_id)
        if script is not None and case_id not in self._learnt:
            self.lines.learn(self._entries(script), self.services.case(script).vectors)
            self._learnt.add(case_id)

    def ready(self, work: Work) -> tuple[PatientScript, int] | None:
        """Prepare what is playable in the background: the first question is answered at once."""
        found = self.playable(work)
        if found is not None:
            threading.Thread(target=self.case, args=(found[0],), daemon=True).start()
        return found


@lru_cache(maxsize=MOST_KEPT)
def _plays(text: str, known: Known) -> bool:
    """Whether a text is a script; asked of every older version after each faulty save."""
    return check(text, known).script is not None


def _row(work: Work, in_library: bool) -> Row:
    data: dict[str, Any] = work.checked.data
    doorway = data.get("doorway")
    name = str(doorway.get("name", "")) if isinstance(doorway, dict) else ""
    return Row(work, name, str(data.get("status") or "draft"), work.edition, in_library)
