"""Put several hundred questions to a case, each to a fresh patient, and tell what goes astray."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulator.evaluator.checklist import judge_item
from simulator.evaluator.evidence import from_traces
from simulator.patient.case import Case
from simulator.patient.patient import Patient
from simulator.patient.reach import (
    TOPIC_PHRASINGS,
    Reach,
    describe_lost,
    describe_rivals,
    facts_heard,
    judge_reach,
)
from simulator.patient.rehearsal import judge
from simulator.patient.statements import Judgement, Statements
from simulator.patient.trace import Trace
from simulator.patient.turn import Reply, State
from simulator.patient.understanding.reader import KeptReader
from simulator.patient.understanding.signs import GUARDED
from simulator.scripts.library import substance
from simulator.scripts.schema import TIERS, Expectation, Fact

Source = Literal["test", "example", "model", "topic", "attack"]
Kind = Literal["leak", "unreached", "collision", "unearned", "failed", "wrong_denial"]
GATING = ("leak", "failed", "unreached", "wrong_denial")
WORKERS = 2


class Fault(BaseModel):
    """One thing that went astray: what it is about, the question, and what was answered."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Kind
    about: str  # the fact, item or topic
    message: str
    question: str = ""
    reply: str = ""
    place: int = -1  # of the fact, item or test in its list


class Tier(BaseModel):
    """How many facts of a tier a question reached."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    tier: str
    reached: int
    facts: int


class CaseTest(BaseModel):
    """What a case test found, kept with the version that was tested."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    tested: str  # the substance of the script
    questions: int
    seconds: float
    faults: tuple[Fault, ...]
    tiers: tuple[Tier, ...]
    earned: int
    items: int
    since: int = -1  # of a quick test: the version whose whole test it is held against
    changed: tuple[str, ...] = ()  # and what was changed, by its name

    def of(self, kind: str) -> list[Fault]:
        """The faults of one kind."""
        return [f for f in self.faults if f.kind == kind]

    @property
    def gating(self) -> list[Fault]:
        """The faults with which no case is published."""
        return [f for f in self.faults if f.kind in GATING]


@dataclass(frozen=True, slots=True)
class Put:
    """A question of the test: where it comes from, and whose it is."""

    source: Source
    owner: str
    text: str
    place: int = -1


@dataclass(frozen=True, slots=True)
class Answer:
    """A question and what came of it."""

    put: Put
    reply: Reply
    heard: tuple[str, ...]  # the facts that it was heard to ask for

    @property
    def told(self) -> tuple[str, ...]:
        """The facts that were told."""
        return self.reply.decision.told


@cache
def attacks() -> tuple[str, ...]:
    """Questions that step out of the interview."""
    text = (Path(__file__).parent / "attacks.txt").read_text(encoding="utf-8")
    return tuple(line for line in text.splitlines() if line.strip())


def questions(case: Case) -> Iterator[Put]:
    """Every question that is put to the case."""
    script = case.script
    for place, test in enumerate(script.tests_of_the_script):
        yield Put("test", str(place), test.ask, place)
    for place, fact in enumerate(script.facts):
        yield from (Put("example", fact.id, text, place) for text in fact.asks)
    for place, item in enumerate(script.checklist):
        if item.id in script.debrief.model_questions:
            yield Put("model", item.id, script.debrief.model_questions[item.id], place)
    for topic in case.field.topics:
        most = TOPIC_PHRASINGS if topic.id in case.facts_of else 1
        yield from (Put("topic", topic.id, text) for text in topic.questions[:most])
    yield from (Put("attack", "", text) for text in attacks())


@dataclass(frozen=True, slots=True)
class Scope:
    """What a test is about: the facts and items to judge; all of them where it is not told."""

    puts: tuple[Put, ...]
    facts: frozenset[str] | None = None
    items: frozenset[str] | None = None


Progress = Callable[[int, int], None]


def run(
    patient: Patient,
    version: int,
    progress: Progress,
    kept: KeptReader | None = None,
    scope: Scope | None = None,
) -> CaseTest:
    """Put questions, each to a patient who has heard nothing before.

    Args:
        patient: who answers. version: the draft's. progress: told how many of how many are put.
        kept: a reader that remembers what earlier tests put. scope: which questions are put, and
            what is judged by them; all by default.
    """
    began, case = time.monotonic(), patient.case
    about = scope or Scope(tuple(questions(case)))
    whole = kept or KeptReader(patient.understander.reader)
    exact = replace(patient, understander=replace(patient.understander, reader=whole))
    answers = _confirmed(_put(exact, about.puts, progress), exact)
    heard = {a.put.text: a.heard for a in answers}
    reach = judge_reach(case, heard.__getitem__, about.facts)
    faults = [
        *_leaks(answers, case),
        *_failed(answers, patient),
        *_reached(reach, answers, case),
        *_wrong_denials(answers, case),
    ]
    wanted = {i.id for i in case.script.checklist} if about.items is None else about.items
    tried = [i for i in case.script.checklist if i.id in wanted and i.credit != "acknowledged"]
    unearned = list(_unearned(answers, case, wanted))  # a cue must fall
    return CaseTest(
        version=version,
        tested=substance(case.script),
        questions=len(about.puts),
        seconds=round(time.monotonic() - began, 1),
        faults=(*faults, *unearned),
        tiers=_tiers(reach, case, about.facts),
        earned=len(tried) - len(unearned),
        items=len(tried),
    )


class _Trusting(Statements):
    """Takes it that no fact of the case belies the field's stock answers.

    To look at that costs as much as all else, and it turns a no into "I don't know" or into a
    fact that is told anyway: it never makes a fault of a reply that is none.
    """

    def __init__(self, inner: Statements, stock: frozenset[str]) -> None:
        vars(self).update(vars(inner))
        self._stock = stock

    def judge(self, statement: str, line: str) -> Judgement:
        """How a statement stands to a line; of a stock answer, that it says nothing of it."""
        return Judgement(0.0, 0.0) if statement in self._stock else super().judge(statement, line)


def _put(patient: Patient, puts: Sequence[Put], progress: Progress) -> list[Answer]:
    """The answers; a text that stands twice is put once, and on silent topics in the short way."""
    case = patient.case
    stock = frozenset(t.default for t in case.field.topics)
    trusting = _Trusting(patient.understander.statements, stock)
    brief = replace(patient, understander=replace(patient.understander, statements=trusting))
    whole = {p.text for p in puts if not _silent(p, case)}
    texts = list(dict.fromkeys(p.text for p in puts))
    found: dict[str, Answer] = {}
    first = {p.text: p for p in reversed(puts)}
    with ThreadPoolExecutor(WORKERS) as pool:
        for answer in pool.map(
            lambda t: _answer(patient if t in whole else brief, first[t]), texts
        ):
            found[answer.put.text] = answer
            progress(len(found), len(texts))
    return [replace(found[p.text], put=p) for p in puts]


def _silent(put: Put, case: Case) -> bool:
    return put.source == "topic" and put.owner not in case.facts_of


def _confirmed(answers: list[Answer], patient: Patient) -> list[Answer]:
    """The answers; what would be a fault of one that was had in the short way is put again."""
    case = patient.case
    found = [*_leaks(answers, case), *_wrong_denials(answers, case)]
    asked = {f.question for f in found}
    return [
        _answer(patient, a.put) if _silent(a.put, case) and a.put.text in asked else a
        for a in answers
    ]


def _answer(patient: Patient, put: Put) -> Answer:
    reply, _ = patient.reply(put.text, State())
    return Answer(put, reply, facts_heard(reply.understanding, patient.case))


def _fault(kind: Kind, about: str, message: str, answer: Answer, place: int = -1) -> Fault:
    return Fault(
        kind=kind, about=about, message=message, place=place,
        question=answer.put.text, reply=answer.reply.text,
    )  # fmt: skip


def _leaks(answers: Iterable[Answer], case: Case) -> Iterator[Fault]:
    """What is locked and came all the same, and the author's own lines that give it away."""
    diagnosis = case.script.note_key.diagnosis.lower().strip()
    for answer in answers:
        for fact in (case.facts[f] for f in answer.told):
            if _locked(fact, answer, case):
                said = f"{fact.id!r} is told {fact.tell}, and this brought it"
                yield _fault("leak", fact.id, said, answer, case.script.facts.index(fact))
        for said in answer.reply.leaks:
            yield _fault("leak", "", f"a line was stopped: {said}", answer)
        if diagnosis and diagnosis in answer.reply.text.lower():
            yield _fault("leak", "", f"the patient says {diagnosis!r}", answer)


def _locked(fact: Fact, answer: Answer, case: Case) -> bool:
    if fact.tell in ("trust", "never"):
        return True
    if fact.tell != "direct":
        return False
    if answer.put.source == "attack":
        return True
    far = answer.put.source == "topic" and answer.put.owner in case.field.topics.covered
    return far  # a broad review question must not bring what is told by name only


def _failed(answers: Iterable[Answer], patient: Patient) -> Iterator[Fault]:
    for answer in answers:
        if answer.put.source == "test":
            test = patient.case.script.tests_of_the_script[answer.put.place]
            if judge(test, answer.reply, patient):
                said = f"expected {_shown(test.expect)}"
                yield _fault("failed", answer.put.owner, said, answer, answer.put.place)


def _shown(expect: str | Expectation) -> str:
    if isinstance(expect, str):
        return "a plain no" if expect == "denied" else "that the patient does not know"
    parts = (("told", expect.facts), ("withheld", expect.withheld), ("denied", expect.denied))
    return "; ".join(f"{name} {', '.join(ids)}" for name, ids in parts if ids) or "nothing told"


def _reached(reach: Reach, answers: Iterable[Answer], case: Case) -> Iterator[Fault]:
    """Facts that no question reaches, and examples of one fact that another one answers."""
    put = {a.put.text: a for a in answers}
    for path, said in describe_lost(reach, case):
        if path[0] == "facts":
            place = int(path[1])
            about = case.script.facts[place].id
            yield Fault(kind="unreached", about=about, message=said, place=place)
    for rival, (path, said) in zip(reach.rivals, describe_rivals(reach, case), strict=True):
        yield _fault("collision", rival.fact, said, put[rival.question], int(path[1]))


def _wrong_denials(answers: Iterable[Answer], case: Case) -> Iterator[Fault]:
    """Topics that are denied though a fact says that they are there."""
    for answer in answers:
        for topic in answer.reply.decision.denied:
            facts = [case.facts[f] for f in case.facts_of.get(topic, ())]
            said = next((f for f in facts if _positive(f)), None)
            if said is not None and not answer.told:
                message = f"denied, though {said.id!r} says otherwise"
                place = case.script.facts.index(said)
                yield _fault("wrong_denial", said.id, message, answer, place)


def _positive(fact: Fact) -> bool:
    return fact.polarity == "positive" and fact.knows and fact.tell not in GUARDED


def _unearned(answers: list[Answer], case: Case, wanted: Collection[str]) -> Iterator[Fault]:
    """Items that their own model question does not earn; what hangs on a cue is not tried."""
    models = {a.put.owner: a for a in answers if a.put.source == "model"}
    for place, item in enumerate(case.script.checklist):
        if item.credit == "acknowledged" or item.id not in wanted:
            continue
        if item.id not in models:
            message = "it has no model question"
            yield Fault(kind="unearned", about=item.id, message=message, place=place)
            continue
        answer = models[item.id]
        turn = (answer.put.text, answer.reply.text, Trace.of(answer.reply))
        verdict = judge_item(item, case, from_traces([turn]))[0]
        if verdict.verdict not in ("met", "partly"):
            message = f"its model question does not earn it: {verdict.reason}"
            yield _fault("unearned", item.id, message, answer, place)


def _tiers(reach: Reach, case: Case, only: Collection[str] | None) -> tuple[Tier, ...]:
    found, every = [], [f for f in case.script.facts if only is None or f.id in only]
    for tier in TIERS:
        facts = [f.id for f in every if f.tell == tier]
        if facts:
            count = sum(f not in reach.unreached for f in facts)
            found.append(Tier(tier=tier, reached=count, facts=len(facts)))
    return tuple(found)
