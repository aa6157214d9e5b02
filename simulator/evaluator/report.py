"""The report on an encounter: verdicts, totals, teaching; everything a reader can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import accumulate
from typing import Any

from pydantic import BaseModel, ConfigDict

import simulator
from simulator.encounter.records import Note, Order, SelfAssessment
from simulator.evaluator.checklist import (
    ItemVerdict,
    Verdict,
    Word,
    check_quotes,
    judge_checklist,
)
from simulator.evaluator.communication import IndicatorResult, judge_communication
from simulator.evaluator.evidence import Exchange
from simulator.evaluator.judge import Talk
from simulator.evaluator.judging import Judge, JudgeUse
from simulator.evaluator.levels import Level, TakenStep, judge_levels
from simulator.evaluator.reasoning import Judges, ReasoningResult, judge_note
from simulator.evaluator.totals import DomainScore, Scores, Totals, side_by_side, sum_up
from simulator.evaluator.usage import VoiceUse
from simulator.knowledge.rubrics import Rubric
from simulator.patient.case import Case
from simulator.patient.replay import is_resident
from simulator.scripts.library import content_hash
from simulator.scripts.schema import ChecklistItem
from simulator.services import Services


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Ruled(_Part):
    """What a teacher decided about a mark, beside what the machine had said; `by` is their id."""

    machine: str
    comment: str
    by: str
    at: str


class ItemReport(_Part):
    """One checklist item with its verdict and what to make of it.

    Here and in all of a report, `line` is a place in the transcript, from 0, and `turn` the
    resident's turn as pages and documents number it, from 1.
    """

    id: str
    text: str
    domain: str
    weight: float
    critical: bool
    verdict: Verdict
    quote: str
    line: int | None
    turn: int | None
    confidence: float
    reason: str
    why: str
    ask: str
    volunteered: int | None
    unsure: bool
    judged: Word | None = None  # what a language model said, where it was asked
    ruled: Ruled | None = None


class StepReport(_Part):
    """A step of a dimension, whether it was taken, and where one can see it."""

    text: str
    taken: bool
    quote: str = ""
    line: int | None = None
    turn: int | None = None


class LevelReport(_Part):
    """The level of a dimension, 1 to 5 or None where there was no talk, with its steps.

    `certified`: whether such levels agreed well enough with readers' when the report was made.
    """

    id: str
    title: str
    level: int | None
    certified: bool
    steps: tuple[StepReport, ...]


class Teaching(_Part):
    """A teaching point and the reading behind it."""

    text: str
    guide: str
    heading: str
    reading: str
    sources: tuple[str, ...]


class Line(_Part):
    """One line of the transcript, with the items that it earned and what it was.

    What the patient says belongs to the resident's turn before it; before the first, to turn 0.
    """

    line: int
    turn: int
    mine: bool
    speaker: str
    text: str
    act: str
    items: tuple[str, ...]
    told: tuple[str, ...]


class Report(_Part):
    """A whole report; a new scoring makes a new one."""

    script_id: str
    script_version: str
    script_hash: str
    rubric: str
    code_version: str
    judge: str
    title: str
    patient: str
    made_at: str
    diagnosis: str
    items: tuple[ItemReport, ...]
    domains: tuple[DomainScore, ...]
    totals: Totals
    scores: Scores
    communication: tuple[dict[str, Any], ...]
    reasoning: dict[str, Any]
    teaching: tuple[Teaching, ...]
    practise: tuple[str, ...]
    lines: tuple[Line, ...]
    orders: tuple[dict[str, str], ...]
    hints: int
    mode: str
    minutes: float | None
    note: Note
    self_assessment: SelfAssessment | None
    voice: VoiceUse | None = None
    judged: JudgeUse | None = None
    ruled: int = 0  # on so many marks a teacher has decided
    levels: tuple[LevelReport, ...] = ()  # none in a report that was made before there were any


@dataclass(frozen=True, slots=True)
class Held:
    """The circumstances of an encounter that was held here."""

    orders: Sequence[Order] = ()
    hints: Sequence[str] = ()
    mode: str = "practice"
    minutes: float | None = None
    self_assessment: SelfAssessment | None = None
    voice: VoiceUse | None = None


def compose(
    case: Case,
    services: Services,
    exchanges: Sequence[Exchange],
    lines: Sequence[tuple[str, str]],
    note: Note,
    made_at: datetime,
    held: Held | None = None,
    judge: Judge | None = None,
) -> Report:
    """Judge the exchanges and the note, and put all of it together.

    Args:
        case, services, exchanges: what was asked and told, and what it is judged with.
        lines: the transcript, (speaker, text). held: the circumstances, of an encounter held here.
        judge: settles what the rules doubt of the checklist.
    """
    held, script = held or Held(), case.script
    rubric = services.rubric(script.communication.rubric)
    verdicts, use = _verdicts(Talk(case, exchanges, lines, held.hints), judge)
    totals, domains = sum_up(script.checklist, verdicts)
    communication = judge_communication(case, rubric, exchanges)
    levels = judge_levels(case, rubric, exchanges, communication)
    reasoning = judge_note(case, note, Judges.of(services), held.orders)
    turns = number_turns(lines)
    return Report(
        script_id=script.id,
        script_version=script.version,
        script_hash=content_hash(script),
        rubric=rubric.name,
        code_version=simulator.__version__,
        judge=use.model if use and use.certified else "none",
        title=script.title,
        patient=script.speaker.name,
        made_at=made_at.isoformat(timespec="seconds"),
        diagnosis=script.note_key.diagnosis,
        items=_items(case, verdicts, turns),
        domains=domains,
        totals=totals,
        scores=side_by_side(totals, communication, reasoning),
        communication=tuple(_indicator(r, rubric, turns) for r in communication),
        levels=_levels(services, rubric, levels, turns),
        reasoning=_reasoning(reasoning),
        teaching=_teaching(case, services),
        practise=_practise(case, verdicts, communication, rubric),
        lines=_lines(lines, turns, exchanges, verdicts),
        note=note,
        judged=use,
        **_circumstances(held),
    )


def _circumstances(held: Held) -> dict[str, Any]:
    return {
        "orders": tuple({"kind": o.kind, "name": o.name, "result": o.result} for o in held.orders),
        "hints": len(held.hints),
        "mode": held.mode,
        "minutes": held.minutes,
        "self_assessment": held.self_assessment,
        "voice": held.voice,
    }


def _verdicts(talk: Talk, judge: Judge | None) -> tuple[tuple[ItemVerdict, ...], JudgeUse | None]:
    """What the rules say of each item, and what a judge settles; every quote is looked up."""
    by_rules = judge_checklist(talk.case, talk.exchanges, talk.hints)
    verdicts = check_quotes(by_rules, talk.lines)
    if judge is None:
        return verdicts, None
    settled, use = judge.judge(talk, verdicts)
    return check_quotes(settled, talk.lines), use


def number_turns(lines: Sequence[tuple[str, str]]) -> tuple[int, ...]:
    """The resident's turn, from 1, that each line is or answers; 0 before the first."""
    return tuple(accumulate(int(is_resident(speaker)) for speaker, _ in lines))


def _items(
    case: Case, verdicts: Sequence[ItemVerdict], turns: Sequence[int]
) -> tuple[ItemReport, ...]:
    both = zip(case.script.checklist, verdicts, strict=True)
    return tuple(_item(case, item, verdict, turns) for item, verdict in both)


def _item(
    case: Case, item: ChecklistItem, verdict: ItemVerdict, turns: Sequence[int]
) -> ItemReport:
    return ItemReport(
        id=item.id,
        text=item.text,
        domain=item.domain,
        weight=item.weight,
        critical=item.critical,
        verdict=verdict.verdict,
        quote=verdict.quote,
        line=verdict.turn,
        turn=None if verdict.turn is None else turns[verdict.turn],
        confidence=verdict.confidence,
        reason=verdict.reason,
        why=item.why,
        ask=case.script.debrief.model_questions.get(item.id, ""),
        volunteered=None if verdict.volunteered is None else turns[verdict.volunteered],
        unsure=verdict.unsure,
        judged=verdict.judged,
    )


def _indicator(result: IndicatorResult, rubric: Rubric, turns: Sequence[int]) -> dict[str, Any]:
    known = rubric.indicator(result.id)
    advice = {"good": known.good, "improve": known.improve, "not applicable": ""}
    return {
        **asdict(result),
        "quotes": [{"line": q.turn, "turn": turns[q.turn], "text": q.text} for q in result.quotes],
        "title": known.title,
        "advice": advice[result.standing],
        "guide": known.guide,
    }


def _levels(
    services: Services, rubric: Rubric, found: Sequence[Level], turns: Sequence[int]
) -> tuple[LevelReport, ...]:
    certified = services.certified(rubric)
    return tuple(
        LevelReport(
            id=level.id,
            title=level.title,
            level=level.level,
            certified=level.id in certified,
            steps=tuple(_step(step, turns) for step in level.steps),
        )
        for level in found
    )


def _step(step: TakenStep, turns: Sequence[int]) -> StepReport:
    if step.quote is None:
        return StepReport(text=step.text, taken=step.taken)
    line = step.quote.turn
    return StepReport(
        text=step.text, taken=step.taken, quote=step.quote.text, line=line, turn=turns[line]
    )


def _reasoning(result: ReasoningResult) -> dict[str, Any]:
    data = asdict(result)
    for name in ("history", "differential", "justified", "workup", "beyond_key"):
        data[name] = list(data[name])
    return {**data, "shares": result.shares()}


def _teaching(case: Case, services: Services) -> tuple[Teaching, ...]:
    points: list[Teaching] = []
    for point in case.script.debrief.teaching_points:
        section = services.guides.get(point.guide)
        points.append(
            Teaching(
                text=point.text,
                guide=section.title if section else "",
                heading=section.heading if section else "",
                reading=section.text if section else "",
                sources=section.sources if section else (),
            )
        )
    return tuple(points)


def _practise(
    case: Case,
    verdicts: Sequence[ItemVerdict],
    communication: Sequence[IndicatorResult],
    rubric: Rubric,
) -> tuple[str, ...]:
    """Up to three things to practise: missed critical items first, then how it was asked."""
    missed = [
        item
        for item, verdict in zip(case.script.checklist, verdicts, strict=True)
        if verdict.verdict in ("not met", "partly")
    ]
    missed.sort(key=lambda i: (not i.critical, -i.weight))
    asks = case.script.debrief.model_questions
    steps = [f"{i.text}: “{asks[i.id]}”" if i.id in asks else i.text for i in missed[:2]]
    weak = [r for r in communication if r.standing == "improve"]
    steps += [rubric.indicator(r.id).improve for r in weak[:1]]
    return tuple(steps)


def _lines(
    lines: Sequence[tuple[str, str]],
    turns: Sequence[int],
    exchanges: Sequence[Exchange],
    verdicts: Sequence[ItemVerdict],
) -> tuple[Line, ...]:
    by_place = {e.turn: e for e in exchanges}
    earned: dict[int, list[str]] = {}
    for verdict in verdicts:
        if verdict.turn is not None and verdict.verdict in ("met", "partly"):
            earned.setdefault(verdict.turn, []).append(verdict.id)
    return tuple(
        Line(
            line=place,
            turn=turns[place],
            mine=is_resident(speaker),
            speaker=speaker,
            text=text,
            act=by_place[place].act if place in by_place else "",
            items=tuple(earned.get(place, ())),
            told=tuple(sorted(by_place[place].told)) if place in by_place else (),
        )
        for place, (speaker, text) in enumerate(lines)
    )
