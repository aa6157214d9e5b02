"""Sums, made in code from the verdicts; three scores, which are never added up into one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from simulator.evaluator.checklist import WORTH, Verdict
from simulator.evaluator.communication import IndicatorResult
from simulator.evaluator.reasoning import ReasoningResult

PASS_PERCENT = 60.0  # of the checklist's points; a mark to practise by, not a standard that was set


class Weighed(Protocol):
    """What an item of a checklist counts, and where."""

    @property
    def domain(self) -> str:
        """The part of the history that it belongs to."""

    @property
    def weight(self) -> float:
        """The points that it can earn."""

    @property
    def critical(self) -> bool:
        """Whether the case cannot be passed without it."""


class Judged(Protocol):
    """What was made of an item."""

    @property
    def verdict(self) -> Verdict:
        """Whether it was done."""

    @property
    def unsure(self) -> bool:
        """Whether a teacher should look at it."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DomainScore(_Part):
    """What was earned of what could be earned in one domain."""

    domain: str
    earned: float
    possible: float
    met: int
    items: int

    @property
    def share(self) -> float | None:
        """Earned of possible, or None where nothing could be earned."""
        return self.earned / self.possible if self.possible else None


class Totals(_Part):
    """Sums, made in code from the verdicts."""

    earned: float
    possible: float
    percent: float | None
    met: int
    partly: int
    not_met: int
    not_applicable: int
    unscored: int
    critical_met: int
    critical_items: int
    to_review: int


class Score(_Part):
    """One of the three scores: so much of so much, or why there is none."""

    got: float
    of: float
    unscored: str = ""


class Scores(_Part):
    """The three scores, side by side; they are never added up into one.

    Points of the checklist, manners that stand well of those that could be judged, and what the
    note holds of what the key asks for.
    """

    checklist: Score
    communication: Score
    reasoning: Score


def sum_up(
    items: Sequence[Weighed], verdicts: Sequence[Judged]
) -> tuple[Totals, tuple[DomainScore, ...]]:
    """Totals and domain scores; what is unscored or not applicable counts on neither side."""
    counted = [(i, v) for i, v in zip(items, verdicts, strict=True) if v.verdict in WORTH]
    earned = sum(i.weight * WORTH[v.verdict] for i, v in counted)
    possible = sum(i.weight for i, _ in counted)

    def number(verdict: str) -> int:
        return sum(v.verdict == verdict for v in verdicts)

    critical = [(i, v) for i, v in counted if i.critical]
    totals = Totals(
        earned=earned,
        possible=possible,
        percent=round(100 * earned / possible, 1) if possible else None,
        met=number("met"),
        partly=number("partly"),
        not_met=number("not met"),
        not_applicable=number("not applicable"),
        unscored=number("unscored"),
        critical_met=sum(v.verdict == "met" for _, v in critical),
        critical_items=len(critical),
        to_review=sum(v.unsure for v in verdicts),
    )
    domains = dict.fromkeys(i.domain for i in items)
    scores = [_domain(d, [(i, v) for i, v in counted if i.domain == d]) for d in domains]
    return totals, tuple(s for s in scores if s.items)


def passes(totals: Totals) -> bool | None:
    """Whether all that is critical was done and points enough; None where nothing was earnable."""
    if totals.percent is None:
        return None
    return totals.critical_met == totals.critical_items and totals.percent >= PASS_PERCENT


def _domain(name: str, counted: Sequence[tuple[Weighed, Judged]]) -> DomainScore:
    return DomainScore(
        domain=name,
        earned=sum(i.weight * WORTH[v.verdict] for i, v in counted),
        possible=sum(i.weight for i, _ in counted),
        met=sum(v.verdict == "met" for _, v in counted),
        items=len(counted),
    )


def side_by_side(
    totals: Totals, communication: Sequence[IndicatorResult], reasoning: ReasoningResult
) -> Scores:
    """The three scores, side by side."""
    arose = [r for r in communication if r.standing != "not applicable"]
    parts = (reasoning.history, reasoning.differential, reasoning.justified, reasoning.workup)
    marks = [m for part in parts for m in part]
    return Scores(
        checklist=Score(
            got=totals.earned,
            of=totals.possible,
            unscored="" if totals.possible else "nothing could be earned",
        ),
        communication=Score(
            got=sum(r.standing == "good" for r in arose),
            of=len(arose),
            unscored="" if arose else "nothing was said",
        ),
        reasoning=Score(got=sum(m.found for m in marks), of=len(marks), unscored=reasoning.reason),
    )
