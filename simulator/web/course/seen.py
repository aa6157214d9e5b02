"""Which talks whoever asks may look back on, and how they are told whose each is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fastapi import Request

from simulator.accounts.people import OVER_ALL, Person, Role
from simulator.course.talks import Talk, read_talks
from simulator.encounter.course import CourseStore
from simulator.encounter.records import NAMELESS
from simulator.web import views
from simulator.web.access import person

MOST = 3000  # so many talks, the newest, are looked through
People = Callable[[str], Person | None]


@dataclass(frozen=True, slots=True)
class Seen:
    """The talks, oldest first, with what each resident is called."""

    talks: tuple[Talk, ...]
    names: dict[str, str]
    left_out: int = 0  # talks of people who practise here and are no residents


def reach(asks: Person) -> tuple[str | None, str]:
    """Of which programme, None for all, and of which resident alone, if of one, somebody reads.

    Whoever sits at a computer without accounts sees the own talks; whoever belongs to no programme
    sees all of them only where the role sees to all.
    """
    if asks.role == Role.ALONE:
        return None, asks.id
    return (None if asks.programme == "" and asks.role in OVER_ALL else asks.programme), ""


def see(
    request: Request, store: CourseStore, people: People, case: str = "", resident: str = ""
) -> Seen:
    """The talks that whoever asks may look back on.

    With accounts these are residents' own: authors, reviewers and leads who practise know the
    scripts, and would move every figure.

    Args:
        request: who asks. store, people: where talks and persons are kept.
        case, resident: of one alone, if named.
    """
    asks = person(request)
    programme, own = reach(asks)
    if own and resident not in ("", own):
        return Seen((), {})
    talks = read_talks(store.scored(programme, own or resident, case, MOST))
    if asks.role == Role.ALONE:
        return Seen(talks, {asks.id: views.words()["course"]["you"]})
    known = {r: people(r) for r in {t.resident for t in talks}}
    names = {r: asks.calls(p) for r, p in known.items() if p and p.role == Role.RESIDENT}
    nobody = views.words()["course"]["erased"]  # of whom only marks are left; they were residents
    names |= {r: nobody for r in known if r.startswith(NAMELESS)}
    kept = tuple(t for t in talks if t.resident in names)
    return Seen(kept, names, len(talks) - len(kept))


def judges(request: Request, people: People, ids: Sequence[str]) -> dict[str, str]:
    """How whoever asks is told of the judges of a standard."""
    asks, w = person(request), views.words()["course"]
    found = {i: people(i) for i in ids}
    return {i: w["you"] if i == asks.id else asks.calls(p) if p else "–" for i, p in found.items()}
