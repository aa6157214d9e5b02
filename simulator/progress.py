"""What a resident has done over time, and what to practise next; worked out, never stored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter
from simulator.evaluator.report import Report
from simulator.evaluator.totals import Score, passes
from simulator.scripts.schema import PatientScript

Sort = Literal["first", "repeat", "branch"]
Why = Literal["critical", "untried", "lowest"]
Kept = Callable[[Encounter], Report | None]
LATEST = 5  # attempts that tell where one stands now
AGAIN_AT_MOST = 3  # tries of one case before another is more use


@dataclass(frozen=True, slots=True)
class Attempt:
    """An encounter that is over, with its report, and whether it is a first try."""

    encounter: Encounter
    report: Report
    sort: Sort
    number: int  # of the tries of this case, from 1; a branch has the number of none


@dataclass(frozen=True, slots=True)
class Area:
    """What was earned of what could be, in one domain over the latest attempts."""

    domain: str
    earned: float
    possible: float

    @property
    def share(self) -> float:
        """Earned of possible, 0 to 1."""
        return self.earned / self.possible


@dataclass(frozen=True, slots=True)
class Next:
    """A case to practise, and why: critical things missing, not met yet, or the lowest marks."""

    script: PatientScript
    why: Why
    area: str = ""  # the weakest domain, where the case trains it
    missing: tuple[str, ...] = ()


def attempts(encounters: Sequence[Encounter], kept: Kept) -> tuple[Attempt, ...]:
    """The attempts that have a report, the oldest first.

    Args:
        encounters: a resident's. kept: the report that is kept on an encounter, if any.
    """
    over = [e for e in encounters if e.phase == Phase.FEEDBACK]
    reports = [(e, kept(e)) for e in sorted(over, key=lambda e: e.created_at)]
    scored = [(e, report) for e, report in reports if report is not None]
    tries = tries_of((e.script.id, e.branch_of) for e, _ in scored)
    return tuple(Attempt(*pair, *sort) for pair, sort in zip(scored, tries, strict=True))


def tries_of(talks: Iterable[tuple[Hashable, str]]) -> Iterator[tuple[Sort, int]]:
    """Which try each talk was: first or repeat with its number, or a branch, which has none.

    Args:
        talks: oldest first; whose try of what it was, and of which talk it is a branch.
    """
    tries: dict[Hashable, int] = defaultdict(int)
    for key, branch_of in talks:
        if branch_of:
            yield "branch", 0
            continue
        tries[key] += 1
        yield "first" if tries[key] == 1 else "repeat", tries[key]


def share(score: Score) -> float | None:
    """A score as a share, 0 to 1; None where there is none."""
    return None if score.unscored or not score.of else score.got / score.of


def areas(held: Sequence[Attempt]) -> tuple[Area, ...]:
    """Where one stands in each domain over the latest attempts, the weakest first."""
    earned: dict[str, float] = defaultdict(float)
    possible: dict[str, float] = defaultdict(float)
    for attempt in [a for a in held if a.sort != "branch"][-LATEST:]:
        for domain in attempt.report.domains:
            earned[domain.domain] += domain.earned
            possible[domain.domain] += domain.possible
    found = [Area(d, earned[d], possible[d]) for d in possible if possible[d]]
    return tuple(sorted(found, key=lambda a: (a.share, a.domain)))


def what_next(held: Sequence[Attempt], scripts: Sequence[PatientScript]) -> tuple[Next, ...]:
    """Up to two cases for tonight: what was left out of the last one, and one that is new.

    Where every case has been met, the one with the lowest marks takes the place of the new one.
    """
    tried = [a for a in held if a.sort != "branch"]
    found: list[Next] = []
    if tried and (last := _once_more(tried, scripts)):
        found.append(last)
    known = {a.encounter.script.id for a in tried} | {n.script.id for n in found}
    weakest = next((a.domain for a in areas(held)), "")
    fresh = [s for s in scripts if s.id not in known]
    if fresh:
        best = max(fresh, key=lambda s: _part_of(weakest, s))
        trained = weakest if _part_of(weakest, best) > 0 else ""
        return (*found, Next(best, "untried", trained))
    return (*found, *_lowest(tried, scripts, {n.script.id for n in found}))


def _once_more(tried: Sequence[Attempt], scripts: Sequence[PatientScript]) -> Next | None:
    """The last case, where it was not passed and has not been tried too often."""
    last = tried[-1]
    script = next((s for s in scripts if s.id == last.encounter.script.id), None)
    if script is None or passes(last.report.totals) or last.number >= AGAIN_AT_MOST:
        return None
    missing = tuple(
        i.text for i in last.report.items if i.critical and i.verdict in ("not met", "partly")
    )
    return Next(script, "critical" if missing else "lowest", missing=missing)


def _lowest(
    tried: Sequence[Attempt], scripts: Sequence[PatientScript], taken: set[str]
) -> list[Next]:
    best: dict[str, float] = {}
    for attempt in tried:
        case = attempt.encounter.script.id
        best[case] = max(best.get(case, 0.0), share(attempt.report.scores.checklist) or 0.0)
    open_ = [s for s in scripts if s.id in best and s.id not in taken]
    return [Next(min(open_, key=lambda s: best[s.id]), "lowest")] if open_ else []


def _part_of(domain: str, script: PatientScript) -> float:
    """How much of a case's marks lies in a domain."""
    whole = sum(i.weight for i in script.checklist)
    return sum(i.weight for i in script.checklist if i.domain == domain) / whole if whole else 0.0
