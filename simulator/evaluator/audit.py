"""Fairness and robustness: each rewritten transcript is scored anew, and what moved is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict

from simulator.evaluator.agreement import RESAMPLES, Estimate, wilson
from simulator.evaluator.report import Report
from simulator.evaluator.rewrites import Rewrites, rewrite
from simulator.evaluator.totals import Score
from simulator.evaluator.transcript import Transcript
from simulator.scripts.schema import PatientScript

Judge = Callable[[Transcript], Report]
SCORES = ("checklist", "communication", "reasoning")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Flip(_Part):
    """A verdict that a rewrite changed, with the words that it rests on now or rested on."""

    transcript: str
    kind: str
    variant: str
    item: str
    before: str
    after: str
    quote: str


class Outcome(_Part):
    """One rewritten transcript beside the original: how many verdicts, which flips, the scores.

    Differences are in percentage points of each score, positive where the rewrite earned more; a
    score that one of the two does not have is left out.
    """

    transcript: str
    kind: str
    variant: str
    verdicts: int
    flips: tuple[Flip, ...]
    differences: dict[str, float]


class KindFigures(_Part):
    """A kind of rewrite over all transcripts and variants."""

    title: str
    rewritten: int
    verdicts: int
    changed: Estimate | None
    better: int
    worse: int
    differences: dict[str, Estimate]


class Audit(_Part):
    """All kinds, and the flips by item and one by one."""

    transcripts: int
    whole: KindFigures
    kinds: dict[str, KindFigures]
    items: dict[str, dict[str, int]]
    flips: tuple[Flip, ...]


def audit(
    transcript: Transcript, script: PatientScript, rewrites: Sequence[Rewrites], judge: Judge
) -> Iterator[Outcome]:
    """Each way of rewriting a transcript that changes it, and what that changed.

    Args:
        transcript, script: what is audited. rewrites: the ways. judge: scores a transcript.
    """
    original = judge(transcript)
    for kind in rewrites:
        for variant in kind.variants:
            changed = rewrite(transcript, variant, script)
            if changed != transcript:
                yield _compared(transcript.name, kind.kind, variant.name, original, judge(changed))


def _compared(name: str, kind: str, variant: str, before: Report, after: Report) -> Outcome:
    flips = [
        Flip(
            transcript=name,
            kind=kind,
            variant=variant,
            item=one.id,
            before=one.verdict,
            after=two.verdict,
            quote=two.quote or one.quote,
        )
        for one, two in zip(before.items, after.items, strict=True)
        if one.verdict != two.verdict
    ]
    scores = {n: (_percent(before, n), _percent(after, n)) for n in SCORES}
    differences = {n: b - a for n, (a, b) in scores.items() if a is not None and b is not None}
    return Outcome(
        transcript=name,
        kind=kind,
        variant=variant,
        verdicts=len(before.items),
        flips=tuple(flips),
        differences=differences,
    )


def _percent(report: Report, name: str) -> float | None:
    score: Score = getattr(report.scores, name)
    return None if score.unscored or not score.of else 100 * score.got / score.of


def sum_up_audit(outcomes: Sequence[Outcome], rewrites: Sequence[Rewrites]) -> Audit:
    """The figures of an audit."""
    flips = tuple(f for o in outcomes for f in o.flips)
    items: dict[str, Counter[str]] = {}
    for flip in flips:
        items.setdefault(flip.item, Counter())[flip.kind] += 1
    return Audit(
        transcripts=len({o.transcript for o in outcomes}),
        whole=_figures("All rewrites", outcomes),
        kinds={
            r.kind: _figures(r.title, [o for o in outcomes if o.kind == r.kind]) for r in rewrites
        },
        items={item: dict(counts) for item, counts in items.items()},
        flips=flips,
    )


def _figures(title: str, outcomes: Sequence[Outcome]) -> KindFigures:
    verdicts = sum(o.verdicts for o in outcomes)
    flips = [f for o in outcomes for f in o.flips]
    rank = {"met": 2, "partly": 1}
    moves = [rank.get(f.after, 0) - rank.get(f.before, 0) for f in flips]
    spreads = {n: [o.differences[n] for o in outcomes if n in o.differences] for n in SCORES}
    return KindFigures(
        title=title,
        rewritten=len(outcomes),
        verdicts=verdicts,
        changed=wilson(len(flips), verdicts),
        better=sum(m > 0 for m in moves),
        worse=sum(m < 0 for m in moves),
        differences={n: _mean(values) for n, values in spreads.items() if values},
    )


def _mean(values: Sequence[float]) -> Estimate:
    """The mean difference with its bootstrap interval over rewritten transcripts."""
    drawn = np.random.default_rng(0).choice(np.asarray(values), (RESAMPLES, len(values)))
    low, high = np.percentile(drawn.mean(axis=1), [2.5, 97.5])
    mean = float(np.mean(values))
    return Estimate(value=round(mean, 2), low=round(low, 2), high=round(high, 2), n=len(values))


def audit_rows(found: Audit) -> Iterator[str]:
    """The audit as a table: a line a kind, then the flips by item and one by one."""
    width = max(len(k.title) for k in (found.whole, *found.kinds.values()))
    yield (
        f"{'':{width}} {'rewritten':>9} {'verdicts':>8} {'changed':24} {'up':>3} {'down':>4}  "
        "checklist, communication, reasoning: points of 100"
    )
    for figures in (found.whole, *found.kinds.values()):
        yield f"{figures.title:{width}} {_cells(figures)}"
    for item, kinds in sorted(found.items.items(), key=lambda pair: -sum(pair[1].values())):
        yield f"item {item}: " + ", ".join(f"{kind} {n}" for kind, n in kinds.items())
    for flip in found.flips:
        yield (
            f"{flip.transcript} {flip.kind} ({flip.variant}) {flip.item}: "
            f"{flip.before} → {flip.after}  “{flip.quote}”"
        )


def _cells(figures: KindFigures) -> str:
    changed, spread = figures.changed, figures.differences
    share = "–"
    if changed:
        share = f"{100 * changed.value:.1f} % [{100 * changed.low:.1f}, {100 * changed.high:.1f}]"
    means = [_mean_cell(spread.get(name)) for name in SCORES]
    return (
        f"{figures.rewritten:9} {figures.verdicts:8} {share:24} {figures.better:3} "
        f"{figures.worse:4}  {', '.join(means)}"
    )


def _mean_cell(mean: Estimate | None) -> str:
    return f"{mean.value:+.1f} [{mean.low:+.1f}, {mean.high:+.1f}]" if mean else "–"
