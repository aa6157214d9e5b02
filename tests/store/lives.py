"""Somebody of whom everything is kept that can be: what is erased, handed out, or expires."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from simulator.accounts.ledger import Deed
from simulator.accounts.people import Person
from simulator.assignments.records import Cohort
from simulator.encounter.course import Judgement
from simulator.encounter.phases import Phase
from simulator.encounter.records import (
    Dispute,
    Encounter,
    Note,
    NoteDiagnosis,
    Notice,
    Order,
    Rating,
    Ruling,
    SelfAssessment,
)
from simulator.platforms.grades import Line
from simulator.platforms.outbox import Parcel
from simulator.store.assignments import AssignmentStore
from simulator.store.identities import IdentityStore
from simulator.store.outbox import OutboxStore
from simulator.store.people import PeopleStore
from simulator.store.repository import Repository
from simulator.store.tables import Base
from tests.accounts.conftest import Office
from tests.course.making import manner, report_of
from tests.encounter.conftest import Clock
from tests.store.records import ENCOUNTER, NOON, TRACE, turn
from tests.store.test_opinions import opinion

WORD = "zebra"  # stands in all that somebody typed
NOTE = Note(history=WORD, diagnoses=(NoteDiagnosis(name=WORD, support=WORD),), workup=WORD)
CALL = {"tokens_in": 3, "tokens_out": 4, "purpose": "patient"}


@dataclass(frozen=True)
class Life:
    """Somebody, or a browser, with all that is kept of them."""

    engine: Engine
    person: Person | None
    id: str
    email: str


def lived(engine: Engine, name: str, at: datetime = NOON, account: bool = True) -> Life:
    """Put all kinds of rows in a database that somebody's life there leaves."""
    clock = Clock()
    clock.time = at
    office, store = Office(PeopleStore(engine), now=clock), Repository(engine)
    email = f"{name}@x.edu" if account else ""
    person = office.hire(email, "resident", "im") if account else None
    who = person.id if person else f"browser of {name}"
    programme = "im" if person else ""
    held = replace(ENCOUNTER, resident=who, created_at=at, programme=programme)
    for number, changes in enumerate(({"phase": Phase.FEEDBACK}, {"phase": Phase.INTERVIEW}, {
        "phase": Phase.FEEDBACK, "branch_of": f"{name}-0"
    })):  # fmt: skip
        _held(store, replace(held, id=f"{name}-{number}", **changes), who)
    cohort = Cohort(
        f"cohort of {name}", programme, who, "First years", {who: 25, "other": 0},
        {who: "2026-03-01", "other": ""},
    )  # fmt: skip
    AssignmentStore(engine).put_cohort(cohort)
    store.add_judgement(programme, "sore-knee", Judgement(who, "1.0.0", {"onset": 0.5}, at))
    store.add_opinions(who, programme, [opinion(3).model_copy(update={"month": f"{at:%Y-%m}"})], at)
    if person:
        office.begin(person)
        office.tokens.make(None, person, "Night script", ["cases:read"], 30)
        office.new_link(None, person.id)
        identities, box = IdentityStore(engine), OutboxStore(engine)
        identities.link(who, "https://a.edu", f"subject of {name}", Deed(who, "was linked"), at)
        box.put_launch(Line("a1", who, "https://a.edu", "c", f"subject of {name}", "line"), at)
        sent = {"actor": person.pseudonym}
        box.put([Parcel(f"{e}:{name}-0", "xapi", sent) for e in ("launched", "scored")], at)
        box.sent(f"launched:{name}-0", at)
        office.new_link(None, person.id)
    return Life(engine, person, who, email)


def _held(store: Repository, encounter: Encounter, who: str) -> None:
    typed = SelfAssessment(went_well=WORD, to_change=WORD)
    at = encounter.created_at
    order = Order("test", "CRP", "4 mg/L", 1, at)
    store.add(
        replace(
            encounter, pad=WORD, unsent=WORD, note=NOTE, self_assessment=typed, started_at=at,
            ended_at=at + timedelta(minutes=9), added_percent=25, hints=("onset",),
            turns=(replace(turn(1), said=WORD, trace=TRACE),), orders=(order,),
        )
    )  # fmt: skip
    made = report_of("mn", manners=[manner("empathy", "good", WORD)], found={"asthma": True})
    item = made.items[0].model_copy(update={"quote": WORD, "reason": WORD})
    found = [{"name": "asthma", "found": True, "quote": WORD, "wrong": False}]
    reasoning = {**made.reasoning, "differential": found, "beyond_key": [WORD]}
    told = {
        "items": (item, made.items[1]), "note": NOTE, "self_assessment": typed,
        "reasoning": reasoning,
    }  # fmt: skip
    report = made.model_copy(update=told)
    store.add_report(encounter.id, report.model_dump(mode="json"), at)
    store.add_dispute(encounter.id, Dispute("checklist:a", WORD, 1, at))
    store.add_rulings(encounter.id, [Ruling("checklist:b", "met", WORD, 1, who, at)])
    store.add_rating(encounter.id, Rating(3, who, at))
    store.add_notice(encounter.id, Notice("pasted", 4, 1, at))
    store.add_calls(encounter.id, who, [CALL], at)


def everything(engine: Engine) -> dict[str, list[dict[str, Any]]]:
    """All rows of a database, by table."""
    with Session(engine) as session:
        return {
            table.name: [dict(r) for r in session.execute(select(table)).mappings()]
            for table in Base.metadata.sorted_tables
        }
