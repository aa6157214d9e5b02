"""Where to draw the line: a cut score from what judges expect of each item (Angoff).

Angoff, in Thorndike (ed.), Educational Measurement, 2nd ed. 1971, 508-600: each judge says how
many of a hundred just able candidates would meet an item; the sum over the items is the judge's
cut score, the mean over judges the cut score. Items count here what they weigh.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Protocol

from simulator.course.talks import Talk, firsts
from simulator.encounter.course import Judgement
from simulator.evaluator.totals import PASS_PERCENT, Totals

JUDGES = 5  # with fewer a cut score hangs on who happened to judge


class Limit(Protocol):
    """A cut score, however it was found."""

    @property
    def percent(self) -> float:
        """In per cent of the points."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A cut score from judges' estimates, in points of the checklist."""

    judges: int
    earlier: int  # judges of another set of items, who do not count
    points: float
    possible: float
    spread: float | None  # the standard deviation of the judges' sums
    error: float | None  # how surely their mean is known: spread / √judges

    @property
    def percent(self) -> float:
        """The cut score in per cent of the points."""
        return 100 * self.points / self.possible


@dataclass(frozen=True, slots=True)
class Reached:
    """How many first tries would do, by the mark in use and by a cut score."""

    n: int
    present: int
    cut: int


def newest(judgements: Sequence[Judgement]) -> tuple[Judgement, ...]:
    """The last word of each judge; given oldest first."""
    return tuple({j.judge: j for j in judgements}.values())


def cut_score(weights: Mapping[str, float], judgements: Sequence[Judgement]) -> Cut | None:
    """The mean of the judges' sums; None where nobody has judged these items.

    Args:
        weights: the points of each item of the case as it now is. judgements: oldest first.
    """
    last = newest(judgements)
    counted = [j for j in last if set(j.estimates) >= set(weights)]
    possible = sum(weights.values())
    if not counted or not possible:
        return None
    sums = [judges_sum(weights, j) for j in counted]
    spread = stdev(sums) if len(sums) > 1 else None
    error = spread / len(sums) ** 0.5 if spread is not None else None
    return Cut(len(sums), len(last) - len(sums), fmean(sums), possible, spread, error)


def judges_sum(weights: Mapping[str, float], judgement: Judgement) -> float:
    """The points that a judge expects of somebody who is just able."""
    return sum(weight * judgement.estimates[item] / 100 for item, weight in weights.items())


def reached(talks: Sequence[Talk], cut: Limit) -> Reached:
    """Who would do; by both marks everything critical has to be done as well."""
    told = [t.report.totals for t in firsts(talks) if t.report.totals.percent is not None]
    return Reached(
        len(told),
        sum(_does(t, PASS_PERCENT) for t in told),
        sum(_does(t, cut.percent) for t in told),
    )


def _does(totals: Totals, percent: float) -> bool:
    return totals.critical_met == totals.critical_items and (totals.percent or 0.0) >= percent
