"""The report on an encounter: verdicts, totals, teaching; everything a reader can check."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from pydantic import BaseModel, ConfigDict

import simulator
from simulator.encounter.records import (
    Encounter,
    Note,
    Order,
    SelfAssessment,
    minutes_in_room,
)
from simulator.evaluator.checklist import (
    WORTH,
    ItemVerdict,
    Verdict,
    check_quotes,
    judge_checklist,
)
from simulator.evaluator.communication import IndicatorResult, judge_communication
from simulator.evaluator.evidence import Exchange, from_traces
from simulator.evaluator.reasoning import Judges, ReasoningResult, judge_note
from simulator.evaluator.usage import VoiceUse, sum_up_voice
from simulator.knowledge.rubrics import Rubric
from simulator.patient.case import Case
from simulator.scripts.library import content_hash
from simulator.scripts.schema import ChecklistItem
from simulator.services import Services


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ItemReport(_Part):
    """One checklist item with its verdict and what to make of it."""

    id: str
    text: str
    domain: str
    weight: float
    critical: bool
    verdict: Verdict
    quote: str
    turn: int | None
    confidence: float
    reason: str
    why: str
    ask: str
    volunteered: int | None
    unsure: bool


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


class Teaching(_Part):
    """A teaching point and the reading behind it."""

    text: str
    guide: str
    heading: str
    reading: str
    sources: tuple[str, ...]


class Line(_Part):
    """One line of the transcript, with the items that it earned and what it was."""

    turn: int
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


@dataclass(frozen=True, slots=True)
class Held:
    """The circumstances of an encounter that was held here."""

    orders: Sequence[Order] = ()
    hints: Sequence[str] = ()
    mode: str = "practice"
    minutes: float | None = None
    self_assessment: SelfAssessment | None = None
    voice: VoiceUse | None = None


def sum_up(
    items: Sequence[ChecklistItem], verdicts: Sequence[ItemVerdict]
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


def _domain(name: str, counted: Sequence[tuple[ChecklistItem, ItemVerdict]]) -> DomainScore:
    return DomainScore(
        domain=name,
        earned=sum(i.weight * WORTH[v.verdict] for i, v in counted),
        possible=sum(i.weight for i, _ in counted),
        met=sum(v.verdict == "met" for _, v in counted),
        items=len(counted),
    )


def report_on(encounter: Encounter, services: Services, made_at: datetime) -> Report:
    """The report on an encounter that was held with this program."""
    case = services.case(encounter.script)
    exchanges = from_traces((t.said, t.reply, t.trace) for t in encounter.turns)
    minutes = None
    if encounter.started_at and encounter.ended_at:
        minutes = round(minutes_in_room(encounter, encounter.ended_at), 1)
    return compose(
        case,
        services,
        exchanges,
        [line for t in encounter.turns for line in (("resident", t.said), ("patient", t.reply))],
        encounter.note,
        made_at,
        Held(
            encounter.orders,
            encounter.hints,
            encounter.mode,
            minutes,
            encounter.self_assessment,
            sum_up_voice(t.trace for t in encounter.turns),
        ),
    )


def compose(
    case: Case,
    services: Services,
    exchanges: Sequence[Exchange],
    lines: Sequence[tuple[str, str]],
    note: Note,
    made_at: datetime,
    held: Held | None = None,
) -> Report:
    """Judge the exchanges and the note, and put all of it together.

    Args:
        case: the script. services: knowledge and encoder. exchanges: what was asked and told.
        lines: the transcript, (speaker, text) in order. note: the resident's note.
        made_at: when. held: the circumstances, where the encounter was held here.
    """
    held = held or Held()
    script = case.script
    rubric = services.rubric(script.communication.rubric)
    verdicts = check_quotes(judge_checklist(case, exchanges, held.hints), lines)
    totals, domains = sum_up(script.checklist, verdicts)
    communication = judge_communication(case, rubric, exchanges)
    reasoning = judge_note(case, note, Judges.of(services), held.orders)
    return Report(
        script_id=script.id,
        script_version=script.version,
        script_hash=content_hash(script),
        rubric=f"{rubric.id} {rubric.version}",
        code_version=simulator.__version__,
        judge="none",
        title=script.title,
        patient=script.doorway.name,
        made_at=made_at.isoformat(timespec="seconds"),
        diagnosis=script.note_key.diagnosis,
        items=tuple(_item(case, i, v) for i, v in zip(script.checklist, verdicts, strict=True)),
        domains=domains,
        totals=totals,
        communication=tuple(_indicator(r, rubric) for r in communication),
        reasoning=_reasoning(reasoning),
        teaching=_teaching(case, services),
        practise=_practise(case, verdicts, communication, rubric),
        lines=_lines(lines, exchanges, verdicts),
        orders=tuple({"kind": o.kind, "name": o.name, "result": o.result} for o in held.orders),
        hints=len(held.hints),
        mode=held.mode,
        minutes=held.minutes,
        note=note,
        self_assessment=held.self_assessment,
        voice=held.voice,
    )


def _item(case: Case, item: ChecklistItem, verdict: ItemVerdict) -> ItemReport:
    return ItemReport(
        id=item.id,
        text=item.text,
        domain=item.domain,
        weight=item.weight,
        critical=item.critical,
        verdict=verdict.verdict,
        quote=verdict.quote,
        turn=verdict.turn,
        confidence=verdict.confidence,
        reason=verdict.reason,
        why=item.why,
        ask=case.script.debrief.model_questions.get(item.id, ""),
        volunteered=verdict.volunteered,
        unsure=verdict.unsure,
    )


def _indicator(result: IndicatorResult, rubric: Rubric) -> dict[str, Any]:
    known = rubric.indicator(result.id)
    advice = {"good": known.good, "improve": known.improve, "not applicable": ""}
    return {
        **asdict(result),
        "quotes": [asdict(q) for q in result.quotes],
        "title": known.title,
        "advice": advice[result.standing],
        "guide": known.guide,
    }


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
    exchanges: Sequence[Exchange],
    verdicts: Sequence[ItemVerdict],
) -> tuple[Line, ...]:
    by_turn = {e.turn: e for e in exchanges}
    earned: dict[int, list[str]] = {}
    for verdict in verdicts:
        if verdict.turn is not None and verdict.verdict in ("met", "partly"):
            earned.setdefault(verdict.turn, []).append(verdict.id)
    return tuple(
        Line(
            turn=turn,
            speaker=speaker,
            text=text,
            act=by_turn[turn].act if turn in by_turn else "",
            items=tuple(earned.get(turn, ())),
            told=tuple(sorted(by_turn[turn].told)) if turn in by_turn else (),
        )
        for turn, (speaker, text) in enumerate(lines)
    )
