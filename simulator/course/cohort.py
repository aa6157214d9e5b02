"""What a cohort did: cases, weeks, and what of the weightiest it fails to elicit."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from statistics import fmean

from simulator.course.talks import Talk, firsts
from simulator.evaluator.agreement import Estimate, wilson
from simulator.evaluator.checklist import WORTH
from simulator.evaluator.totals import passes
from simulator.progress import Sort, share

SAFETY = "safety"
WEEK = timedelta(days=7)
PARTS = ("checklist", "communication", "reasoning")


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean share, from 0 to 1, and of how many talks."""

    value: float
    n: int


@dataclass(frozen=True, slots=True)
class CaseRow:
    """A case in the overview; means and who passed are of first tries."""

    case: str
    title: str
    residents: int
    repeats: int
    branches: int
    means: dict[str, Mean | None]  # by part of the scores
    passed: int
    marked: int  # of so many a pass could be told


@dataclass(frozen=True, slots=True)
class Week:
    """The talks of one week, by sort; `monday` is its first day."""

    monday: date
    talks: dict[Sort, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.talks.values())


@dataclass(frozen=True, slots=True)
class Missed:
    """An item that is critical or about safety: how many first tries met it."""

    case: str
    title: str
    item: str
    text: str
    critical: bool
    met: int
    n: int
    share: Estimate


def cases(talks: Sequence[Talk]) -> tuple[CaseRow, ...]:
    """The cases that were held, by title."""
    by_case: dict[str, list[Talk]] = {}
    for talk in talks:
        by_case.setdefault(talk.case, []).append(talk)
    rows = [_case(case, held) for case, held in by_case.items()]
    return tuple(sorted(rows, key=lambda r: (r.title, r.case)))


def _case(case: str, held: Sequence[Talk]) -> CaseRow:
    first = firsts(held)
    told = [passes(t.report.totals) for t in first]
    return CaseRow(
        case,
        held[-1].report.title,
        len(first),
        sum(t.sort == "repeat" for t in held),
        sum(t.sort == "branch" for t in held),
        {part: mean(share(getattr(t.report.scores, part)) for t in first) for part in PARTS},
        sum(p is True for p in told),
        sum(p is not None for p in told),
    )


def mean(values: Iterable[float | None]) -> Mean | None:
    """The mean of those that are there; None where none is."""
    found = [v for v in values if v is not None]
    return Mean(fmean(found), len(found)) if found else None


def weeks(talks: Sequence[Talk], most: int) -> tuple[Week, ...]:
    """Talks a week, oldest first, weeks without any among them; the latest `most` weeks.

    Days are those of UTC, as the store keeps them.
    """
    if not talks:
        return ()
    counts: dict[date, dict[Sort, int]] = {}
    for talk in talks:
        day = talk.held_at.date()
        week = counts.setdefault(day - timedelta(days=day.weekday()), _none())
        week[talk.sort] += 1
    last = max(counts)
    first = max(min(counts), last - WEEK * (most - 1))
    span = range((last - first).days // 7 + 1)
    return tuple(Week(d, counts.get(d) or _none()) for d in (first + WEEK * n for n in span))


def _none() -> dict[Sort, int]:
    return {"first": 0, "repeat": 0, "branch": 0}


def missed(talks: Sequence[Talk]) -> tuple[Missed, ...]:
    """Critical items and those about safety over first tries, the least met first.

    What did not arise or was not scored counts on neither side; done in part is not met.
    """
    found: dict[tuple[str, str], list[bool]] = {}
    known: dict[tuple[str, str], Missed] = {}
    nothing = Estimate(value=0.0, low=0.0, high=1.0, n=0)
    for talk in firsts(talks):
        for item in talk.report.items:
            if item.verdict not in WORTH or not (item.critical or item.domain == SAFETY):
                continue
            key = (talk.case, item.id)
            found.setdefault(key, []).append(item.verdict == "met")
            known[key] = Missed(
                talk.case, talk.report.title, item.id, item.text, item.critical, 0, 0, nothing
            )
    rows = [_missed(known[key], met) for key, met in found.items()]
    return tuple(sorted(rows, key=lambda r: (r.share.value, not r.critical, -r.n, r.title, r.item)))


def _missed(row: Missed, met: Sequence[bool]) -> Missed:
    hits, n = sum(met), len(met)
    share_met = wilson(hits, n) or row.share
    return Missed(row.case, row.title, row.item, row.text, row.critical, hits, n, share_met)
