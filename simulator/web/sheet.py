"""A report as people read it: the same parts, words and numbers in the review and in the PDF."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from simulator.evaluator.checklist import Word
from simulator.evaluator.judging import judge_sentences
from simulator.evaluator.report import ItemReport, Report
from simulator.evaluator.totals import Score
from simulator.evaluator.usage import VoiceUse
from simulator.web import views

Part = Literal["checklist", "communication", "reasoning"]
PARTS: tuple[Part, ...] = ("checklist", "communication", "reasoning")


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a report shows, in order: three scores, what was missed, done, and did not count."""

    report: Report
    scores: tuple[tuple[str, str, str], ...]  # title, "17 of 30", what that is of or why it is not
    stats: tuple[tuple[str, str], ...]
    missed: tuple[ItemReport, ...]
    done: tuple[ItemReport, ...]
    uncounted: tuple[ItemReport, ...]
    voice: tuple[str, ...]
    judge: tuple[str, ...]


def sheet(report: Report) -> Sheet:
    """The parts of a report in the order and the words in which they are shown."""
    w = views.words()["feedback"]
    missed = [i for i in report.items if i.verdict in ("not met", "partly")]
    return Sheet(
        report,
        tuple((w["scores"][part], *_score(report, part)) for part in PARTS),
        tuple(_stats(report)),
        tuple(sorted(missed, key=lambda i: (not i.critical, -i.weight))),
        tuple(i for i in report.items if i.verdict == "met"),
        tuple(i for i in report.items if i.verdict in ("not applicable", "unscored")),
        tuple(voiced(report.voice)) if report.voice else (),
        tuple(judge_sentences(report.judged)) if report.judged and report.judged.put else (),
    )


def judged(word: Word | None) -> str:
    """What a language model said of an item beside the rules, as a sentence; nothing where none."""
    if word is None:
        return ""
    w = views.words()
    return views.fill(
        w["feedback"]["judged"][word.verdict],
        model=word.model,
        votes=word.votes,
        samples=word.samples,
        rules=w["verdicts"][word.rules].lower(),
        why=w["feedback"]["judge_why"].get(word.why, ""),
    )


def amount(score: Score) -> str:
    """A score as one says it: '17 of 30'; a dash where there is none."""
    if score.unscored:
        return "–"
    return views.fill(views.words()["feedback"]["of"], n=f"{score.got:g}", all=f"{score.of:g}")


def _score(report: Report, part: Part) -> tuple[str, str]:
    words = views.words()["feedback"]
    score: Score = getattr(report.scores, part)
    return amount(score), score.unscored or words["score_of"][part]


def minutes_spent(minutes: float) -> str:
    """A time in the room as one says it: 'less than a minute', '1 minute', '14 minutes'."""
    w = views.words()["feedback"]
    whole = round(minutes)
    if minutes < 1:
        return str(w["minutes_none"])
    return str(w["minutes_one"]) if whole == 1 else views.fill(w["minutes_many"], n=whole)


def voiced(use: VoiceUse) -> list[str]:
    """How the patient was voiced, in sentences: by whom, what was stopped, what it cost."""
    w = views.words()["feedback"]
    stopped, away = sum(use.stopped.values()), sum(use.away.values())
    lead = w["voice_lead"] if use.by_model else w["voice_none"]
    cost = ""
    if use.cost is not None:
        cost = views.fill(
            w["voice_price"], cost=f"{use.cost:.4f}" if use.cost >= 0.001 else f"{use.cost:.1g}"
        )
    counted = views.fill(
        w["voice_cost"],
        tokens_in=f"{use.tokens_in:,}",
        tokens_cached=f"{use.tokens_cached:,}",
        tokens_out=f"{use.tokens_out:,}",
        calls=_times(use.calls, "call"),
        estimated=w["voice_estimated"] if use.estimated else "",
        cost=cost,
    )
    told = [
        views.fill(lead, models=", ".join(use.models), by_model=use.by_model, turns=use.turns),
        counted if use.calls else "",
        views.fill(w["voice_stopped"], n=_times(stopped, "time")) if stopped else "",
        views.fill(w["voice_completed"], n=_times(use.completed, "turn")) if use.completed else "",
        views.fill(w["voice_away"], n=_times(away, "turn")) if away else "",
    ]
    return [sentence for sentence in told if sentence]


def _times(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _stats(report: Report) -> list[tuple[str, str]]:
    w, totals = views.words()["feedback"], report.totals
    critical = views.fill(w["of"], n=totals.critical_met, all=totals.critical_items)
    rows = [
        ("done", str(totals.met)),
        ("partly", str(totals.partly)),
        ("missed", str(totals.not_met)),
        ("uncounted", str(totals.not_applicable + totals.unscored)),
    ]
    if totals.critical_items:
        rows.append(("critical", critical))
    if report.minutes is not None:
        rows.append(("minutes", minutes_spent(report.minutes)))
    if report.hints:
        rows.append(("hints", str(report.hints)))
    return [(w["stats"][name], value) for name, value in rows]
