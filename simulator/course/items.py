"""How the items of a checklist behave: how many meet them, whom they tell apart, how surely."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from simulator.course.talks import Talk, firsts
from simulator.evaluator.agreement import Estimate, wilson
from simulator.evaluator.checklist import WORTH
from simulator.evaluator.report import ItemReport

Why = Literal["", "few", "flat", "one_item"]
Flag = Literal["", "negative", "everyone", "no_one"]
Scores = npt.NDArray[np.float64]  # a row a talk, a column an item
LEAST = 5  # with fewer talks neither a correlation nor alpha is told
ROUGH = 30  # with fewer they may lie far from what a larger cohort would show
MOSTLY = 0.8  # an item that was judged in so many of the talks counts towards alpha
FLAT = 1e-12  # what varies by less does not vary


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, or the reason why there is none."""

    value: float | None
    why: Why = ""


@dataclass(frozen=True, slots=True)
class ItemFigures:
    """How one item did over the first tries in which it was judged."""

    id: str
    text: str
    domain: str
    critical: bool
    weight: float
    n: int
    met: int
    partly: int
    difficulty: Estimate | None  # the share that met it; None where it was never judged
    discrimination: Figure
    flag: Flag


@dataclass(frozen=True, slots=True)
class Reliability:
    """How far the items of a case agree in whom they put first, and what a sum may be out by."""

    alpha: Figure
    error: Figure  # the standard error of measurement, in points
    dichotomous: bool  # no item was partly met: then alpha is also called KR-20
    n: int  # talks in which all counted items were judged
    items: int
    talks: int  # all first tries
    dropped: int  # items that were judged too seldom to count
    possible: float  # the points of the counted items


def item_figures(talks: Sequence[Talk]) -> tuple[ItemFigures, ...]:
    """Difficulty and discrimination of every item of a case, in the order of its checklist."""
    first = firsts(talks)
    return tuple(_figures(item, first) for item in items_of(first))


def items_of(talks: Iterable[Talk]) -> tuple[ItemReport, ...]:
    """The items of all editions, as the newest has them; those it dropped stand last."""
    known: dict[str, ItemReport] = {}
    for talk in sorted(talks, key=lambda t: t.held_at, reverse=True):
        for item in talk.report.items:
            known.setdefault(item.id, item)
    return tuple(known.values())


def _figures(item: ItemReport, talks: Sequence[Talk]) -> ItemFigures:
    worth: list[float] = []
    rest: list[float | None] = []
    for talk in talks:
        judged = {i.id: i for i in talk.report.items if i.verdict in WORTH}
        if item.id in judged:
            worth.append(WORTH[judged[item.id].verdict])
            rest.append(_rest(item.id, judged))
    met, partly, n = worth.count(1.0), worth.count(0.5), len(worth)
    both = [(w, r) for w, r in zip(worth, rest, strict=True) if r is not None]
    discrimination = correlation([w for w, _ in both], [r for _, r in both])
    return ItemFigures(
        item.id, item.text, item.domain, item.critical, item.weight, n, met, partly,
        wilson(met, n), discrimination, _flag(met, sum(w > 0 for w in worth), n, discrimination),
    )  # fmt: skip


def _rest(left_out: str, judged: Mapping[str, ItemReport]) -> float | None:
    """The share of the points that was earned with all other items; None where there are none."""
    others = [i for i in judged.values() if i.id != left_out]
    possible = sum(i.weight for i in others)
    return sum(i.weight * WORTH[i.verdict] for i in others) / possible if possible else None


def _flag(met: int, earning: int, n: int, discrimination: Figure) -> Flag:
    """What should be looked at in an item."""
    if n and met == n:
        return "everyone"
    if n and earning == 0:
        return "no_one"
    return "negative" if round(discrimination.value or 0.0, 2) < 0 else ""


def correlation(item: Sequence[float], rest: Sequence[float]) -> Figure:
    """The corrected item-total correlation: of an item with the points of all other items.

    Pearson's r, which is the point-biserial one where the item is either met or not (Henrysson,
    Psychometrika 1963; 28: 211-218, on leaving the item itself out of the total).
    """
    if len(item) < LEAST:
        return Figure(None, "few")
    x, y = np.asarray(item, float), np.asarray(rest, float)
    dx, dy = x - x.mean(), y - y.mean()
    room = float((dx**2).sum() * (dy**2).sum()) ** 0.5
    if room < FLAT:
        return Figure(None, "flat")
    return Figure(round(float((dx * dy).sum()) / room, 4))


def reliability(talks: Sequence[Talk]) -> Reliability:
    """Cronbach's alpha of a case's points and the standard error of measurement.

    What did not arise in a talk leaves a gap that neither figure can have: items judged in less
    than four fifths of the talks are dropped, then talks in which one of the others was not
    judged.
    """
    first = firsts(talks)
    judged = [{i.id: i for i in t.report.items if i.verdict in WORTH} for t in first]
    every = items_of(first)
    kept = [i for i in every if sum(i.id in j for j in judged) >= MOSTLY * len(first)]
    whole = [j for j in judged if all(i.id in j for i in kept)] if kept else []
    scores = np.array(
        [[i.weight * WORTH[j[i.id].verdict] for i in kept] for j in whole], float
    ).reshape(len(whole), len(kept))
    alpha = cronbach_alpha(scores)
    return Reliability(
        alpha,
        standard_error(scores, alpha),
        all(WORTH[j[i.id].verdict] in (0.0, 1.0) for j in whole for i in kept),
        len(whole),
        len(kept),
        len(first),
        len(every) - len(kept),
        sum(i.weight for i in kept),
    )


def cronbach_alpha(scores: Scores) -> Figure:
    """Cronbach's alpha: k / (k - 1) · (1 - Σ item variances / variance of the sums).

    Cronbach, Psychometrika 1951; 16: 297-334. Of items that are met or not it is formula 20 of
    Kuder and Richardson, Psychometrika 1937; 2: 151-160. It may fall below nought, where items
    go against one another.
    """
    talks, items = scores.shape
    if items < 2:
        return Figure(None, "one_item")
    if talks < LEAST:
        return Figure(None, "few")
    whole = float(scores.sum(axis=1).var(ddof=1))
    if whole < FLAT:
        return Figure(None, "flat")
    parts = float(scores.var(axis=0, ddof=1).sum())
    return Figure(round(items / (items - 1) * (1 - parts / whole), 4))


def standard_error(scores: Scores, alpha: Figure) -> Figure:
    """The standard error of measurement: standard deviation of the sums · √(1 - reliability).

    Classical test theory (Lord and Novick, Statistical Theories of Mental Test Scores, 1968).
    """
    if alpha.value is None:
        return Figure(None, alpha.why)
    spread = float(scores.sum(axis=1).std(ddof=1))
    return Figure(round(spread * max(0.0, 1 - alpha.value) ** 0.5, 4))
