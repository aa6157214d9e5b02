"""The life of a case: draft, review, pilot, released, retired; who moved it on, and the comments.

What happened to a case is a list of events that only grows, kept beside the case. A case is
published, for a pilot or for good, into the data folder, an edition a file; the folder of scripts
that the program came with is never written to.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError
from pydantic import Field as Limit

from simulator.errors import NotAllowed, StoreError
from simulator.scripts.library import rank, substance
from simulator.scripts.lint import lint
from simulator.scripts.parsing import dotted
from simulator.scripts.schema import PatientScript
from simulator.studio import editions
from simulator.studio.casetest import CaseTest
from simulator.studio.desk import Desk, Work
from simulator.studio.drafts import Drafts, write_whole
from simulator.studio.form import ORDER, owner_of
from simulator.studio.splice import Edit, apply

FILE = "life.json"
Standing = Literal["draft", "review", "pilot", "released", "retired"]
ORDER_OF_LIFE: tuple[Standing, ...] = ("draft", "review", "pilot", "released", "retired")
NEXT: Mapping[str, tuple[Standing, ...]] = {
    "draft": ("review",),
    "review": ("pilot", "released", "draft"),
    "pilot": ("released", "retired"),
    "released": ("retired",),
    "retired": (),
}
PUBLISHED = ("pilot", "released")


class Event(BaseModel):
    """One thing that happened to a case: a move, or a comment, which somebody settles."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    at: datetime
    who: str = Limit(min_length=1, max_length=120)
    did: Literal["comment", "draft", "review", "pilot", "released", "retired"]
    edition: str = ""
    text: str = Limit(default="", max_length=4000)
    settled_by: str = ""

    @property
    def open(self) -> bool:
        """Whether it is a comment that nobody has seen to."""
        return self.did == "comment" and not self.settled_by


_EVENTS: TypeAdapter[tuple[Event, ...]] = TypeAdapter(tuple[Event, ...])


@dataclass(frozen=True, slots=True)
class Gate:
    """One thing that must hold before a case is published, and what is missing where it does not.

    Each thing that is missing names the part of the form in which it is mended, or no part.
    """

    name: str
    missing: tuple[tuple[str, str], ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


def events(drafts: Drafts, case_id: str) -> tuple[Event, ...]:
    """All that happened to a case, the oldest first.

    Raises:
        StoreError: what is kept of it cannot be read.
    """
    kept = drafts.kept_beside(case_id, FILE)
    try:
        return _EVENTS.validate_json(kept) if kept is not None else ()
    except ValidationError:
        raise StoreError(
            f"{drafts.beside(case_id, FILE)}: cannot be read; restore it from a backup"
        ) from None


def add(drafts: Drafts, case_id: str, event: Event) -> None:
    """Write down that something happened."""
    with drafts.alone(case_id):
        _keep(drafts, case_id, (*events(drafts, case_id), event))


def comment(desk: Desk, work: Work, who: str, text: str) -> None:
    """Write a comment beside a case.

    Raises:
        NotAllowed: there is no text.
    """
    if not text.strip():
        raise NotAllowed("Write the comment first.")
    said = Event(at=_now(), who=who, did="comment", edition=work.edition, text=text.strip()[:4000])
    add(desk.drafts, work.id, said)


def settle(drafts: Drafts, case_id: str, place: int, who: str) -> None:
    """Note that a comment was seen to."""
    with drafts.alone(case_id):
        found = list(events(drafts, case_id))
        if not 0 <= place < len(found) or found[place].did != "comment":
            raise NotAllowed("There is no such comment any more. Reload the page.")
        found[place] = found[place].model_copy(update={"settled_by": who})
        _keep(drafts, case_id, found)


def _keep(drafts: Drafts, case_id: str, found: Sequence[Event]) -> None:
    drafts.keep_beside(case_id, FILE, _EVENTS.dump_json(tuple(found), indent=1).decode())


def forget(folder: Path, name: str, instead: str) -> int:
    """Put another name in the place of somebody's in all that happened to cases; how many lines.

    Args:
        folder: where drafts lie, of all programmes and put away. name: as it was signed.
        instead: what stands there from now on; empty to count alone.
    """
    number = 0
    for path in sorted(folder.rglob(FILE)):
        past = _EVENTS.validate_json(path.read_text(encoding="utf-8"))
        theirs = sum(_signed(event, name) for event in past)
        number += theirs
        if theirs and instead:
            left = tuple(_unsigned(e, name, instead) for e in past)
            write_whole(path, _EVENTS.dump_json(left, indent=1).decode())
    return number


def signed_by(folder: Path, name: str) -> list[dict[str, Any]]:
    """What happened to cases by somebody, as plain data with the case's name."""
    return [
        {"case": path.parent.name, **event.model_dump(mode="json")}
        for path in sorted(folder.rglob(FILE))
        for event in _EVENTS.validate_json(path.read_text(encoding="utf-8"))
        if _signed(event, name)
    ]


def _signed(event: Event, name: str) -> bool:
    return same_person(event.who, name) or same_person(event.settled_by, name)


def _unsigned(event: Event, name: str, instead: str) -> Event:
    signed = [f for f in ("who", "settled_by") if same_person(getattr(event, f), name)]
    return event.model_copy(update=dict.fromkeys(signed, instead))


def standing(work: Work) -> Standing:
    """Where a case stands; whatever the text of a draft says, it is published by nobody yet."""
    status = str(work.checked.data.get("status") or "draft")
    if work.editable:
        return "review" if status == "review" else "draft"
    return next((s for s in ORDER_OF_LIFE if s == status), "draft")


def authors(work: Work, past: Sequence[Event]) -> tuple[str, ...]:
    """Who wrote a case: whom it names, and who handed it in since it was last released."""
    named = work.checked.script.authors if work.checked.script else ()
    last = max((n for n, e in enumerate(past) if e.did == "released"), default=-1)
    handed_in = [e.who for e in past[last + 1 :] if e.did == "review"]
    return tuple(dict.fromkeys((*named, *handed_in)))


def same_person(one: str, other: str) -> bool:
    """Whether two names are written alike."""
    return _plain(one) == _plain(other)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def gates(desk: Desk, work: Work, to: Standing) -> list[Gate]:
    """What must hold before a case moves on; only what is published has more than one gate."""
    script, notes = work.checked.script, work.checked.notes
    faults = () if script else tuple((f"{n.place}: {n.message}", n.part) for n in notes)
    if script is not None and script.id != work.id:
        faults = ((f"id: the text names {script.id!r}; this case is {work.id!r}", "yaml"),)
    found = [Gate("It can be played", faults)]
    if script is None or to not in PUBLISHED:
        return found
    return [
        *found,
        _complete(desk, script, to),
        _tested(desk, work, script),
        *([_newer(desk, script)] if work.editable else []),
        _commented(desk, work),
    ]


def _complete(desk: Desk, script: PatientScript, to: Standing) -> Gate:
    named = {"reviewers": script.reviewers or ("whoever releases it",)}
    wanted = lint(script.model_copy(update={"status": to, **named}), desk.known)
    said = tuple((f"{dotted(f.path)}: {f.message}", owner_of(f.path)) for f in wanted)
    return Gate("It is complete, and nothing is to be mended", said)


def _tested(desk: Desk, work: Work, script: PatientScript) -> Gate:
    said = ["this text has not been tested yet"]
    if (result := test_of(desk.drafts, work.id, script)) is not None:
        said = [f"{f.about} {f.message}".strip() for f in result.gating]
    name = "The case test of this very edition found nothing that gates"
    return Gate(name, tuple((s, "") for s in said))


def test_of(drafts: Drafts, case_id: str, script: PatientScript) -> CaseTest | None:
    """The result of the case test of exactly this script, if it was tested."""
    key = substance(script)
    for path in drafts.beside(case_id, "tested").glob("*.json"):
        try:
            result = CaseTest.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            continue
        if result.tested == key and result.since < 0:  # a quick test tells too little
            return result
    return None


def _newer(desk: Desk, script: PatientScript) -> Gate:
    there = editions.versions(desk.services, script.id)
    said = f"edition {there[-1]} is there already; give this one a higher number" if there else ""
    taken = bool(there) and rank(script.version) <= rank(there[-1])
    return Gate("Its edition has a number of its own", ((said, "about"),) if taken else ())


def _commented(desk: Desk, work: Work) -> Gate:
    said = tuple((f"{e.who}: {e.text}", "") for e in events(desk.drafts, work.id) if e.open)
    return Gate("No comment is open", said)


def move(desk: Desk, work: Work, to: Standing, who: str, remark: str = "") -> None:
    """Move a case on.

    Args:
        work: the draft, or the case of the library, as it was shown. to: where to. who: by whom.

    Raises:
        NotAllowed: it cannot go there from where it stands, a gate is shut, or it is to be
            released by who wrote it.
    """
    if to not in NEXT[standing(work)]:
        raise NotAllowed(f"A case goes from {standing(work)!r} to {_either(NEXT[standing(work)])}.")
    shut = [g for g in gates(desk, work, to) if not g.holds]
    if shut and to not in ("draft", "retired"):
        raise NotAllowed(f"Not yet. {shut[0].name}: {shut[0].missing[0][0]}.")
    if to == "released":
        writers = authors(work, events(desk.drafts, work.id))
        if any(same_person(who, name) for name in writers):
            raise NotAllowed(f"{who} wrote this case. A second person must release it.")
    if to in ("draft", "review"):
        desk.edit(work.id, work.version, [Edit(do="set", path=("status",), value=to)])
    else:
        _publish(desk, work, to, who)
    add(
        desk.drafts,
        work.id,
        Event(at=_now(), who=who, did=to, edition=work.edition, text=remark.strip()[:4000]),
    )


def _publish(desk: Desk, work: Work, to: Standing, who: str) -> None:
    edits = [Edit(do="set", path=("status",), value=to)]
    readers = list(work.checked.data.get("reviewers") or [])
    if to == "released" and not any(same_person(who, r) for r in readers):
        edits.append(Edit(do="set", path=("reviewers",), value=[*readers, who]))
    text = apply(work.text, edits, ORDER)
    editions.publish(desk.services, work.id, work.edition, text)
    if work.editable:
        desk.drafts.close(work.id)


def _either(names: Iterable[str]) -> str:
    return " or ".join(map(repr, names)) or "nowhere else; make a draft of its next edition"


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)
