"""A file or pasted text taken in as drafts, with what needs a human, to be gone through."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from simulator.errors import ScriptError
from simulator.exchange import import_cases
from simulator.scripts.formats import Imported, Reads
from simulator.scripts.names import free
from simulator.scripts.schema import PatientScript
from simulator.studio.desk import Desk, Work
from simulator.studio.drafts import Drafts
from simulator.studio.form import ORDER, owner_of
from simulator.studio.splice import Edit, apply

FILE = "intake.json"
MOST_CASES = 20  # of one file
PASTED = "pasted text"
_NAMED = re.compile(r"\b(" + "|".join(PatientScript.model_fields) + r")\b")


class Need(BaseModel):
    """One thing that needs a human, and whether somebody has seen to it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    said: str
    seen: bool = False

    @property
    def part(self) -> str:
        """The part of the form where it is seen to, or nothing."""
        found = _NAMED.search(self.said)
        if found:
            return owner_of((found[1],))
        return "facts" if re.search(r"\bfacts?\b", self.said) else ""


class Intake(BaseModel):
    """What is kept of where a draft came from: what needs a human, and each fact's own words."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    origin: str = ""
    needs: tuple[Need, ...] = ()
    sources: dict[str, str] = {}

    @property
    def to_see(self) -> int:
        """How many things nobody has seen to."""
        return sum(not n.seen for n in self.needs)


@dataclass(frozen=True, slots=True)
class Source:
    """What is taken in: the bytes of a file or of pasted text, its name, and what it is."""

    data: bytes
    name: str = PASTED
    kind: Reads | None = None  # found by itself where not given


def take_in(desk: Desk, source: Source) -> list[Work]:
    """The drafts of a file, each with what needs a human beside it.

    Raises:
        ScriptError: it cannot be read, with the line and what would do, or holds too many cases.
    """
    found = import_cases(source.data, source.name, desk.services, source.kind)
    if len(found) > MOST_CASES:
        raise ScriptError(
            f"{source.name} holds {len(found)} cases; bring {MOST_CASES} or fewer at a time"
        )
    return [_keep(desk, imported, source.name) for imported in found]


def _keep(desk: Desk, imported: Imported, name: str) -> Work:
    taken = {*desk.drafts.ids(), *desk.services.library.scripts}
    case_id = free(imported.script.id, taken)
    edit = Edit(do="set", path=("id",), value=case_id)
    desk.drafts.create(case_id, apply(imported.text, [edit], ORDER))
    needs = tuple(Need(said=_without(n, name)) for n in imported.needs_human)
    held = Intake(origin=name, needs=needs, sources=dict(imported.sources))
    desk.drafts.keep_beside(case_id, FILE, held.model_dump_json())
    return desk.open(case_id)


def _without(said: str, name: str) -> str:
    """What needs a human, with the line of the file and without its name."""
    found = re.match(rf"{re.escape(name)}(?::(\d+))? (.*)", said, re.S)
    if not found:
        return said
    return f"line {found[1]}: {found[2]}" if found[1] else found[2]


def intake_of(drafts: Drafts, case_id: str) -> Intake:
    """What is kept of where a draft came from; nothing where it was not taken in."""
    kept = drafts.kept_beside(case_id, FILE)
    return Intake.model_validate_json(kept) if kept is not None else Intake()


def see(drafts: Drafts, case_id: str, place: int) -> None:
    """Note that somebody has seen to one thing, or take the note back."""
    held = intake_of(drafts, case_id)
    needs = [
        n.model_copy(update={"seen": not n.seen}) if i == place else n
        for i, n in enumerate(held.needs)
    ]
    kept = held.model_copy(update={"needs": tuple(needs)})
    drafts.keep_beside(case_id, FILE, kept.model_dump_json())
