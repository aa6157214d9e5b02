"""What people think of the program: scores of the two forms, summed up so that nobody is seen.

Brooke, SUS: a "quick and dirty" usability scale, in Usability Evaluation in Industry (1996),
189-194. Davis, Perceived usefulness, perceived ease of use, and user acceptance of information
technology, MIS Quarterly 1989; 13: 319-340.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import fmean, stdev

from simulator.encounter.opinions import Asked, Opinion

LEAST = 5  # answers are counted so many at a time: no change of a figure shows one person's
SUS_ITEMS = 10
AFTER_AN_ANSWER = timedelta(days=90)  # nobody is asked again before
AFTER_AN_OFFER = timedelta(days=60)
SCALES = {"sus": (0, 100), "usefulness": (1, 5), "ease": (1, 5), "intention": (1, 5)}


@dataclass(frozen=True, slots=True)
class Summary:
    """What a measure came to on an occasion, in a month or in all months."""

    occasion: str
    measure: str
    month: str  # 2026-11; empty for all
    n: int
    mean: float | None  # None where there are too few
    spread: float | None


def sus_score(answers: Mapping[str, int]) -> float:
    """The System Usability Scale, from 0 to 100; `answers` by number of the statement, from "1".

    Statements with an odd number praise: an answer counts what it is above one. Those with an even
    number complain: it counts what it is below five. The sum is taken two and a half times.
    """
    praise = sum(answers[str(n)] - 1 for n in range(1, SUS_ITEMS + 1, 2))
    complaint = sum(5 - answers[str(n)] for n in range(2, SUS_ITEMS + 1, 2))
    return 2.5 * (praise + complaint)


def scores(opinion: Opinion) -> dict[str, float]:
    """What a form comes to: the scale of ten, or the mean answer on each side of acceptance.

    Statements on acceptance are named after the side that they speak of: "ease-2".
    """
    if opinion.form == "sus":
        return {"sus": sus_score(opinion.answers)}
    sides: dict[str, list[int]] = {}
    for statement, answer in opinion.answers.items():
        sides.setdefault(statement.rpartition("-")[0], []).append(answer)
    return {side: fmean(each) for side, each in sides.items()}


def summaries(opinions: Iterable[Opinion]) -> tuple[Summary, ...]:
    """Every measure on every occasion: in all, then month by month.

    Answers are counted in the order in which they came, five at a time, in the month in which the
    fifth came; up to four wait. So whoever looks before and after one answer learns nothing of it,
    nor whoever takes the months from the whole.
    """
    given: dict[tuple[str, str], list[tuple[str, float]]] = {}
    for opinion in opinions:
        for measure, value in scores(opinion).items():
            given.setdefault((opinion.occasion, measure), []).append((opinion.month, value))
    found: list[Summary] = []
    order = list(SCALES)
    for (occasion, measure), each in sorted(
        given.items(), key=lambda g: (g[0][0] != "practice", order.index(g[0][1]))
    ):
        counted = each[: len(each) // LEAST * LEAST]
        values = [value for _, value in counted]
        found.append(_summary(occasion, measure, "", values, len(each)))
        for month, of in _months(counted).items():
            found.append(_summary(occasion, measure, month, of, len(of)))
    return tuple(found)


def _months(counted: Sequence[tuple[str, float]]) -> dict[str, list[float]]:
    months: dict[str, list[float]] = {}
    for start in range(0, len(counted), LEAST):
        batch = counted[start : start + LEAST]
        months.setdefault(max(month for month, _ in batch), []).extend(v for _, v in batch)
    return months


def _summary(
    occasion: str, measure: str, month: str, values: Sequence[float], came: int
) -> Summary:
    if not values:
        return Summary(occasion, measure, month, came, None, None)
    return Summary(occasion, measure, month, len(values), fmean(values), stdev(values))


def is_due(asked: Asked, now: datetime) -> bool:
    """Whether somebody may be asked: not for ninety days after an answer, once in sixty days.

    What was offered stays on offer for the rest of that day. Whoever wants never to be asked is
    not.
    """
    if asked.declined:
        return False
    if asked.answered_at is not None and now < asked.answered_at + AFTER_AN_ANSWER:
        return False
    offered = asked.offered_at
    return offered is None or offered.date() == now.date() or now >= offered + AFTER_AN_OFFER
