"""The tables of the course's pages, as they go into files; their heads are in words.yaml."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from simulator.course import borderline, cohort, faculty, heat, items, standard
from simulator.course.acceptance import LEAST, SCALES, Summary
from simulator.course.faculty import Decision, Standing
from simulator.course.talks import Talk
from simulator.encounter.course import Judgement
from simulator.evaluator.agreement import Estimate
from simulator.evaluator.rulings import item_mark
from simulator.web import views
from simulator.web.course.files import Cell, Sheet
from simulator.web.opinions.words import words as opinions

WEEKS = 520  # ten years; a file has all


def _words() -> Any:
    return views.words()["course"]


def _order() -> list[str]:
    """The domains in the order in which pages have them."""
    return list(views.words()["domains"])


def _sheet(name: str, rows: Sequence[tuple[Cell, ...]]) -> Sheet:
    return Sheet(name, tuple(_words()["files"][name]), rows)


def _figure(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


def _share(estimate: Estimate | None) -> tuple[Cell, Cell, Cell]:
    return (estimate.value, estimate.low, estimate.high) if estimate else (None, None, None)


def cases(talks: Sequence[Talk]) -> Sheet:
    """The cases with means and who passed."""
    rows: list[tuple[Cell, ...]] = []
    for row in cohort.cases(talks):
        means = [m for part in cohort.PARTS for m in _mean(row.means[part])]
        counts = row.passed, row.marked, row.repeats, row.branches
        rows.append((row.case, row.title, row.residents, *means, *counts))
    return _sheet("cases", rows)


def _mean(mean: cohort.Mean | None) -> tuple[Cell, Cell]:
    return (round(mean.value, 4), mean.n) if mean else (None, 0)


def weeks(talks: Sequence[Talk]) -> Sheet:
    """Talks a week."""
    found = cohort.weeks(talks, WEEKS)
    return _sheet(
        "weeks",
        [(f"{w.monday}", *(w.talks[s] for s in ("first", "repeat", "branch"))) for w in found],
    )


def missed(talks: Sequence[Talk]) -> Sheet:
    """Critical items and those about safety, the least met first."""
    return _sheet(
        "missed",
        [
            (m.case, m.title, m.item, m.text, int(m.critical), m.met, m.n, *_share(m.share))
            for m in cohort.missed(talks)
        ],
    )


def residents(talks: Sequence[Talk], names: Mapping[str, str]) -> Sheet:
    """The heat map of residents, as shares."""
    return _heat("heat", heat.by_resident(talks, _order()), names)


def case_heat(talks: Sequence[Talk]) -> Sheet:
    """The heat map of cases, as shares."""
    return _heat(
        "case-heat", heat.by_case(talks, _order()), {t.case: t.report.title for t in talks}
    )


def _heat(name: str, found: heat.Heat, names: Mapping[str, str]) -> Sheet:
    titles = views.words()["domains"]
    head = (*_words()["files"][name], *(titles.get(d, d) for d in found.domains))
    rows: list[tuple[Cell, ...]] = []
    for row in sorted(found.rows, key=lambda r: (names[r], r)):
        cells = [found.cell(row, d) for d in found.domains]
        rows.append(
            (names[row], found.talks[row], *(_figure(c.share if c else None) for c in cells))
        )
    return Sheet(name, head, rows)


def decided(decisions: Sequence[Decision]) -> Sheet:
    """How the machine's verdicts fared where teachers decided: in all, by kind, doubt, month."""
    w = _words()["faculty"]
    groups: list[tuple[str, Standing]] = [(w["all"], faculty.standing(decisions))]
    groups += [(w["kinds"][k], s) for k, s in faculty.by_kind(decisions)]
    groups += [(w["doubts"][d], s) for d, s in faculty.by_doubt(decisions)]
    groups += list(faculty.by_month(decisions))
    return _sheet("faculty", [_standing(name, s) for name, s in groups])


def _standing(name: str, s: Standing) -> tuple[Cell, ...]:
    kappa, credit = s.credit.kappa, s.credit.agreement
    return (name, s.n, s.changed, *_share(s.stood), s.credit.n, *_share(credit), *_share(kappa))


def item_table(talks: Sequence[Talk], decisions: Sequence[Decision]) -> Sheet:
    """Every item of a case with its figures."""
    ruled, flags = faculty.by_mark(decisions), _words()["flags"]
    rows: list[tuple[Cell, ...]] = []
    for i in items.item_figures(talks):
        looked, stood = ruled.get(item_mark(i.id), (0, 0))
        rows.append(
            (
                i.id, i.text, i.domain, int(i.critical), i.weight, i.n, i.met, i.partly,
                *_share(i.difficulty), i.discrimination.value, flags[i.flag] if i.flag else "",
                looked, stood,
            )
        )  # fmt: skip
    return _sheet("items", rows)


def reliability(talks: Sequence[Talk]) -> Sheet:
    """Alpha and the standard error of measurement, or why there is none."""
    found, w = items.reliability(talks), _words()
    alpha = w["kr20"] if found.dichotomous else w["alpha"]
    rows: list[tuple[Cell, ...]] = []
    for name, figure in ((alpha, found.alpha), (w["error"], found.error)):
        why = views.fill(w["none_why"][figure.why], least=items.LEAST) if figure.why else ""
        rows.append((name, figure.value, why, found.n, found.items))
    return _sheet("reliability", rows)


def judged(
    weights: Mapping[str, float], texts: Mapping[str, str], judgements: Sequence[Judgement],
    names: Mapping[str, str],
) -> Sheet:  # fmt: skip
    """What each judge expects of each item, a column a judge; the last row is the sum in points."""
    last = [j for j in standard.newest(judgements) if set(j.estimates) >= set(weights)]
    head = (*_words()["files"]["angoff"], *(names[j.judge] for j in last))
    rows: list[tuple[Cell, ...]] = [
        (item, texts[item], weight, *(j.estimates[item] for j in last))
        for item, weight in weights.items()
    ]
    sums = (round(standard.judges_sum(weights, j), 4) for j in last)
    rows.append(("", _words()["standard"]["sum"], sum(weights.values()), *sums))
    return Sheet("angoff", head, rows)


def line(talks: Sequence[Talk]) -> Sheet:
    """The cut score from whole judgements with all its figures, or why there is none."""
    found, w = borderline.borderline(talks), _words()["borderline"]
    rows: list[tuple[Cell, ...]] = [(w["figures"]["n"], len(found.rated), "")]
    rows.append((w["figures"]["seen"], found.seen, ""))
    if found.why or found.line is None:
        why = views.fill(w["why"][found.why], n=len(found.rated), least=borderline.LEAST)
        rows.append((w["figures"]["percent"], None, why))
    else:
        given = {"percent": found.line.percent, "error": found.line.error, "low": found.low,
                 "high": found.high, "r2": found.line.r2, "slope": found.line.slope,
                 "intercept": found.line.intercept, "spread": found.line.spread}  # fmt: skip
        rows += [(w["figures"][name], round(value, 4), "") for name, value in given.items()]
    return _sheet("borderline", rows)


def judged_whole(talks: Sequence[Talk], names: Mapping[str, str]) -> Sheet:
    """Every first try that was judged as a whole, with what the line gives for it."""
    found = borderline.borderline(talks)
    drawn = found.line if not found.why else None
    rows: list[tuple[Cell, ...]] = [
        (
            names[r.resident], round(r.level, 4), r.judges, int(r.blind), r.percent,
            _figure(drawn.at(r.level) if drawn else None),
        )
        for r in found.rated
    ]  # fmt: skip
    return _sheet("judged", rows)


def acceptance(said: Sequence[Summary]) -> Sheet:
    """What people said of the program: in all and by month, or that too few did."""
    w = opinions()["course"]
    rows: list[tuple[Cell, ...]] = [
        (
            w["after"][s.occasion], w["measures"][s.measure], s.month or w["whole"], s.n,
            _figure(s.mean), _figure(s.spread), *SCALES[s.measure],
            "" if s.mean is not None else views.fill(w["few"], n=s.n, least=LEAST),
        )
        for s in said
    ]  # fmt: skip
    return Sheet("acceptance", tuple(w["file"]), rows)
