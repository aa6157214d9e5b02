"""From what is kept to what the API shows of it."""

from __future__ import annotations

from datetime import datetime

from simulator.assignments import assignments
from simulator.encounter.listing import Listed
from simulator.encounter.phases import Phase
from simulator.encounter.records import Encounter, Order, Ordered, Turn
from simulator.evaluator.report import Report
from simulator.evaluator.totals import passes
from simulator.scripts.schema import PatientScript
from simulator.web import views
from simulator.web.api.shapes import (
    Case,
    Door,
    Finding,
    Given,
    Item,
    Line,
    OrderedShape,
    Scored,
    Speaker,
    Stop,
    TranscriptShape,
    TurnShape,
    Whole,
    Whose,
)


def case(script: PatientScript) -> Case:
    """What a resident may know of a patient: the doorway, and what stands in the library."""
    known = set(Case.model_fields) - {"doorway", "speaks"}
    door = script.doorway.model_dump(include=set(Door.model_fields))
    other = script.informant
    speaks = Speaker(name=other.name, relation=other.relation) if other else None
    return Case(**script.model_dump(include=known), doorway=Door(**door), speaks=speaks)


def given(found: assignments.Given) -> Given:
    """What was set to somebody, as it stands for them."""
    a = found.assignment
    stations = []
    for station in found.stations:
        values = {k: getattr(station, k) for k in Stop.model_fields}
        none = {k: None for k in ("running", "finished") if not values[k]}
        stations.append(Stop(**values | none))
    return Given(
        **{k: getattr(a, k) for k in ("id", "title", "mode", "order", "opens_at", "attempts")},
        ends_at=found.ends_at,
        held_back=found.held_back,
        over=found.over,
        stations=tuple(stations),
    )


def line(row: Listed, whose: Whose) -> Line:
    """A line of a list."""
    values = {k: getattr(row, k) for k in Line.model_fields if k != "resident"}
    return Line(**values, resident=whose)


def whole(encounter: Encounter, whose: Whose, now: datetime) -> Whole:
    """An encounter with what was said."""
    e = encounter
    deadline = {Phase.INTERVIEW: e.deadline, Phase.NOTE: e.note_deadline}.get(e.phase)
    return Whole(
        id=e.id,
        case=e.script.id,
        title=e.script.title,
        version=e.script.version,
        mode=e.mode,
        phase=e.phase,
        created_at=e.created_at,
        started_at=e.started_at,
        ended_at=e.ended_at,
        assignment=e.assignment,
        branch_of=e.branch_of,
        resident=whose,
        deadline=e.deadline,
        note_deadline=e.note_deadline,
        seconds_left=views.seconds_left(deadline, now),
        turns=tuple(turn(t) for t in e.turns),
        findings=findings(e.orders),
        hints=e.hints,
        note=e.note,
        self_assessment=e.self_assessment if e.phase == Phase.FEEDBACK else None,
    )


def turn(kept: Turn) -> TurnShape:
    """A question and its answer."""
    return TurnShape(
        number=kept.seq, id=kept.client_turn_id, said=kept.said, reply=kept.reply, at=kept.at
    )


def findings(orders: tuple[Order, ...]) -> tuple[Finding, ...]:
    """What was examined and tested."""
    return tuple(
        Finding(kind=o.kind, name=o.name, result=o.result, after_turn=o.after_turn) for o in orders
    )


def ordered(found: Ordered) -> OrderedShape:
    """What came of an order."""
    return OrderedShape(done=findings(found.done), offered=found.offered, missing=found.missing)


def scored(encounter_id: str, report: Report, whose: Whose) -> Scored:
    """The scores of a report."""
    return Scored(
        encounter=encounter_id,
        case=report.script_id,
        version=report.script_version,
        resident=whose,
        rubric=report.rubric,
        judge=report.judge,
        code_version=report.code_version,
        made_at=datetime.fromisoformat(report.made_at),
        passed=passes(report.totals),
        scores=report.scores,
        totals=report.totals,
        domains=report.domains,
        items=tuple(Item.of(i) for i in report.items),
        levels=report.levels,
    )


def transcript(encounter: Encounter) -> TranscriptShape:
    """What was said, in the shape that `score` reads."""
    e = encounter
    said = [((("resident", t.said)), ("patient", t.reply)) for t in e.turns]
    return TranscriptShape(
        encounter=e.id,
        script=e.script.id,
        version=e.script.version,
        mode=e.mode,
        held_at=e.created_at,
        turns=tuple(spoken for pair in said for spoken in pair),
        findings=findings(e.orders),
        note=e.note,
    )
