"""Renders what a course sees, one case in it, and the evidence on one resident."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Response

from simulator.course import borderline, cohort, faculty, heat, items, standard
from simulator.course.acceptance import LEAST, SCALES, Summary
from simulator.course.evidence import Evidence
from simulator.course.talks import STEADY, firsts
from simulator.encounter.course import Judgement
from simulator.evaluator.totals import PASS_PERCENT
from simulator.web import views
from simulator.web.course.pictures import columns, item_map, level_map
from simulator.web.course.seen import MOST, Seen
from simulator.web.opinions.words import words as opinions
from simulator.web.review import pages

WEEKS = 12  # in the picture; the table behind it has all
FIRST = 12  # of what is missed so many are shown whole; the others fold
PIECES = 6  # of the evidence on each side


@dataclass(frozen=True, slots=True)
class Judged:
    """An item as a judge sees it, with the estimate that is in the field."""

    id: str
    text: str
    domain: str
    weight: float
    critical: bool
    given: str


@dataclass(frozen=True, slots=True)
class Standard:
    """What is known of the standard of a case, and the form of whoever judges."""

    may: bool  # whoever asks may judge
    items: tuple[Judged, ...]
    judgements: Sequence[Judgement]  # the last of each judge
    names: Mapping[str, str]

    @property
    def weights(self) -> dict[str, float]:
        """The points of each item."""
        return {i.id: i.weight for i in self.items}


def overview(seen: Seen, said: Sequence[Summary], teaches: bool, root: str) -> Response:
    """All cases, weeks, what is missed, both heat maps, and how teachers found the machine.

    Args:
        seen: the talks. said: what people think of the program. teaches: whether whoever asks has
            a desk. root: the path prefix.
    """
    w, first = views.words()["course"], firsts(seen.talks)
    every = cohort.weeks(seen.talks, 520)
    decided = faculty.decisions(seen.talks)
    return pages.page(
        "course.html",
        w["title"],
        root,
        c=w,
        here="course",
        teaches=teaches,
        seen=seen,
        most=MOST,
        residents=len({t.resident for t in first}),
        first=len(first),
        steady=STEADY,
        cases=cohort.cases(seen.talks),
        weeks=every,
        columns=columns(every[-WEEKS:]),
        missed=cohort.missed(seen.talks),
        shown=FIRST,
        heats=_heats(seen),
        said=said,
        o=opinions(),
        scales=SCALES,
        least_answers=LEAST,
        **_faculty(decided),
    )


def _heats(seen: Seen) -> list[dict[str, Any]]:
    titles = {t.case: t.report.title for t in seen.talks}
    order = list(views.words()["domains"])
    both = (
        ("heat", heat.by_resident(seen.talks, order), seen.names),
        ("case-heat", heat.by_case(seen.talks, order), titles),
    )
    return [
        {"name": name, "of": of, "rows": sorted(of.rows, key=lambda r: (called[r], r)),
         "called": called}
        for name, of, called in both
    ]  # fmt: skip


def _faculty(decided: Sequence[faculty.Decision]) -> dict[str, Any]:
    w = views.words()["course"]["faculty"]
    groups = [(w["all"], faculty.standing(decided))] if decided else []
    groups += [(w["kinds"][k], s) for k, s in faculty.by_kind(decided)]
    groups += [(w["doubts"][d], s) for d, s in faculty.by_doubt(decided)]
    return {"groups": groups, "months": faculty.by_month(decided)}


def case(
    case_id: str, title: str, seen: Seen, held: Standard, teaches: bool, root: str, notice: str = ""
) -> Response:
    """One case: its items, how reliable its points are, its marks and where to draw the line."""
    w = views.words()["course"]
    figures = items.item_figures(seen.talks)
    decided = faculty.decisions(seen.talks)
    cut = standard.cut_score(held.weights, held.judgements)
    rows = cohort.cases(seen.talks)
    return pages.page(
        "course_case.html",
        views.fill(w["of_case"], title=title),
        root,
        c=w,
        here="course",
        teaches=teaches,
        case=case_id,
        name=title,
        row=rows[0] if rows else None,
        steady=STEADY,
        rough=items.ROUGH,
        least=items.LEAST,
        items=figures,
        map=item_map(figures),
        reliability=items.reliability(seen.talks),
        ruled=faculty.by_mark(decided),
        st=held,
        cut=cut,
        reached=standard.reached(seen.talks, cut) if cut else None,
        sums=_sums(held),
        judges=standard.JUDGES,
        pass_percent=PASS_PERCENT,
        notice=notice,
        **_borderline(seen),
        **_faculty(decided),
    )


def _borderline(seen: Seen) -> dict[str, Any]:
    found = borderline.borderline(seen.talks)
    levels = list(views.words()["desk"]["whole"]["levels"])
    line = found.line if not found.why else None
    return {
        "b": found,
        "line": line,
        "b_least": borderline.LEAST,
        "b_steady": borderline.STEADY,
        "weak": line is not None and line.r2 < borderline.WEAK,
        "by_level": borderline.by_level(found.rated),
        "plot": level_map(found, levels),
        "b_reached": standard.reached(seen.talks, line) if line else None,
    }


def _sums(held: Standard) -> list[tuple[str, float | None, Judgement]]:
    """Each judge's sum, or None where another set of items was judged."""
    weights = held.weights
    return [
        (
            held.names[j.judge],
            standard.judges_sum(weights, j) if set(j.estimates) >= set(weights) else None,
            j,
        )
        for j in held.judgements
    ]


def evidence(
    found: Sequence[Evidence], seen: Seen, resident: str, teaches: bool, root: str
) -> Response:
    """The evidence on one resident, for the screen and for paper."""
    w = views.words()["course"]["evidence"]
    whole = [t for t in seen.talks if t.sort != "branch"]
    return pages.page(
        "evidence.html",
        views.fill(w["title"], name=seen.names[resident]),
        root,
        c=views.words()["course"],
        ev=w,
        here="course",
        teaches=teaches,
        found=found,
        resident=resident,
        talks=whole,
        shown=PIECES,
    )
