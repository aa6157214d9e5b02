"""What a resident's talks show of each competency, for and against, in the resident's own words.

Evidence toward a competency, never a level: no sum is made of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from simulator.course.talks import Talk
from simulator.evaluator.report import ItemReport
from simulator.evaluator.rulings import NOTE_PARTS, note_mark
from simulator.knowledge.competencies import Competencies, Competency
from simulator.progress import Sort

Side = Literal["for", "against"]
Source = Literal["machine", "teacher"]
Objectives = Mapping[str, Sequence[tuple[str, str]]]  # by case: what it trains, and its code
SIDES: dict[str, Side] = {
    "met": "for",
    "partly": "for",
    "good": "for",
    "found": "for",
    "not met": "against",
    "improve": "against",
    "absent": "against",
}


@dataclass(frozen=True, slots=True)
class Quote:
    """The resident's own words; the turn, from 1, or None where they stand in the note."""

    words: str
    turn: int | None


@dataclass(frozen=True, slots=True)
class Piece:
    """One mark as evidence: what it is about, how it was marked, by whom, and the words."""

    talk: str
    case: str
    title: str
    held_at: datetime
    sort: Sort
    number: int
    mark: str
    text: str
    verdict: str
    side: Side
    critical: bool
    source: Source
    unsure: bool
    quotes: tuple[Quote, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What there is toward one competency, what is critical first, then the newest."""

    competency: Competency
    objectives: tuple[tuple[str, str], ...]  # the case, and what of this it sets out to train
    supporting: tuple[Piece, ...]
    against: tuple[Piece, ...]

    @property
    def talks(self) -> int:
        """How many talks it comes from."""
        return len({p.talk for p in (*self.supporting, *self.against)})

    @property
    def by_teachers(self) -> int:
        """How many of these marks a teacher decided on."""
        return sum(p.source == "teacher" for p in (*self.supporting, *self.against))


def evidence(
    talks: Sequence[Talk], known: Competencies, objectives: Objectives
) -> tuple[Evidence, ...]:
    """What a resident's whole tries show, competency by competency.

    A try from a turn knew the review of the first, and is left out.

    Args:
        talks: one resident's. known: which competency a mark speaks to.
        objectives: by case, what it trains and the code of the competency.
    """
    whole = sorted((t for t in talks if t.sort != "branch"), key=lambda t: t.held_at, reverse=True)
    pieces = [pair for talk in whole for pair in _pieces(talk, known)]
    titles = {t.case: t.report.title for t in whole}
    found: list[Evidence] = []
    for competency in known.competencies:
        mine = [p for codes, p in pieces if competency.code in codes]
        aims = tuple(
            (title, text)
            for case, title in titles.items()
            for text, code in objectives.get(case, ())
            if code == competency.code
        )
        found.append(Evidence(competency, aims, _side(mine, "for"), _side(mine, "against")))
    return tuple(found)


def _side(pieces: Sequence[Piece], side: Side) -> tuple[Piece, ...]:
    """Those of one side; what is critical first, the newest talk first in each."""
    mine = [p for p in pieces if p.side == side]
    return tuple(sorted(mine, key=lambda p: (not p.critical, -p.held_at.timestamp())))


def _pieces(talk: Talk, known: Competencies) -> Iterator[tuple[tuple[str, ...], Piece]]:
    """The marks of a talk with the competencies that they speak to."""
    for item in talk.report.items:
        if item.verdict in SIDES:
            yield known.domains.get(item.domain, ()), _of_item(talk, item)
    for manner in talk.report.communication:
        if manner["standing"] in SIDES:
            quotes = tuple(Quote(q["text"], q["turn"]) for q in manner["quotes"])
            mark = f"communication:{manner['id']}"
            yield (
                known.communication,
                _piece(talk, mark, manner["title"], manner["standing"], manner, quotes),
            )
    for part in NOTE_PARTS:
        for noted in talk.report.reasoning[part]:
            quotes = (Quote(noted["quote"], None),) if noted["quote"] else ()
            verdict = "found" if noted["found"] else "absent"
            mark = note_mark(part, noted["name"])
            yield (
                known.note.get(part, ()),
                _piece(talk, mark, noted["name"], verdict, noted, quotes),
            )


def _of_item(talk: Talk, item: ItemReport) -> Piece:
    quotes = (Quote(item.quote, item.turn),) if item.quote else ()
    return Piece(
        talk.id, talk.case, talk.report.title, talk.held_at, talk.sort, talk.number,
        f"checklist:{item.id}", item.text, item.verdict, SIDES[item.verdict], item.critical,
        "teacher" if item.ruled else "machine", item.unsure, quotes,
    )  # fmt: skip


def _piece(
    talk: Talk,
    mark: str,
    text: str,
    verdict: str,
    made: Mapping[str, Any],
    quotes: tuple[Quote, ...],
) -> Piece:
    return Piece(
        talk.id, talk.case, talk.report.title, talk.held_at, talk.sort, talk.number,
        mark, text, verdict, SIDES[verdict], False,
        "teacher" if made.get("ruled") else "machine", False, quotes,
    )  # fmt: skip
