"""Checklist verdicts: each with the resident's words, the turn, and a confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulator.evaluator.asking import addressed, judge_asking
from simulator.evaluator.evidence import TELLING, Exchange, Said
from simulator.language.tokens import normalise
from simulator.patient.case import Case
from simulator.scripts.schema import ChecklistItem

Kind = Literal["asked", "elicited", "acknowledged", "explained", "done"]
Verdict = Literal["met", "partly", "not met", "not applicable", "unscored"]
MOST_A_TURN = 4
FRAGMENT = 6
TOO_MANY = "too many things asked in one breath to count"
CUE_WINDOW = 2
EXPLAINING = (*TELLING, "safety_net")
ANSWERING_A_CUE = ("empathy", "praise", "apology", "reassurance", "confidentiality")
WORTH: dict[str, float] = {"met": 1.0, "partly": 0.5, "not met": 0.0}
SURE_FROM = 0.6
ANSWERED_FROM = 0.1  # so faintly heard a question counts where the answer tells what it asked for
DOUBTED_FROM = 0.2  # a turn that asked for the item with this chance makes "not met" doubtful
HINTED = "asked after a hint"
NOT_OUT = "asked, but it did not come out"


class Word(BaseModel):
    """A language model's word on one item, beside what the rules had said of it.

    `votes` of `samples` times it said so; "unscored" is no word, and `why` says how that came.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    verdict: Literal["met", "not met", "unscored"]
    votes: int
    samples: int
    model: str
    prompt: str  # a digest of all that it was told beside the talk and the items
    quote: str = ""
    line: int | None = None
    why: str = ""
    rules: Verdict = "unscored"
    rules_confidence: float = 0.0


@dataclass(frozen=True, slots=True)
class ItemVerdict:
    """The verdict on one item; without a quote from the transcript nothing is credited."""

    id: str
    verdict: Verdict
    quote: str = ""
    turn: int | None = None
    confidence: float = 0.0
    reason: str = ""
    volunteered: int | None = None
    judged: Word | None = None

    @property
    def unsure(self) -> bool:
        """Whether a person should look at it."""
        if self.judged and self.judged.verdict != "unscored":
            return self.judged.votes < self.judged.samples
        if self.verdict in ("met", "partly"):
            return self.confidence < SURE_FROM
        return self.verdict == "not met" and 0 < self.confidence <= 1 - DOUBTED_FROM


def judge_checklist(
    case: Case, exchanges: Sequence[Exchange], hints: Sequence[str] = ()
) -> tuple[ItemVerdict, ...]:
    """A verdict for every item of the script, in its order.

    At most four items are credited to one turn, so that reading the list out earns little; what
    asks nothing earns nothing; what a hint gave away is worth half.
    """
    credited: Counter[int] = Counter()
    final: dict[str, ItemVerdict] = {}
    idle = judge_asking(exchanges, case)
    credited.update(dict.fromkeys(idle, MOST_A_TURN))
    exchanges = addressed(exchanges, case)
    weighty_first = sorted(case.script.checklist, key=lambda i: (not i.critical, -i.weight))
    for item in weighty_first:
        ranked = judge_item(item, case, exchanges)
        free = [v for v in ranked if v.turn is None or credited[v.turn] < MOST_A_TURN]
        verdict = free[0] if free else _unearned(item, ranked, idle)
        if verdict.verdict in ("met", "partly") and verdict.turn is not None:
            credited[verdict.turn] += 1
            if item.text in hints:
                verdict = replace(verdict, verdict="partly", reason=HINTED)
        final[item.id] = verdict
    return tuple(final[item.id] for item in case.script.checklist)


def _unearned(
    item: ChecklistItem, ranked: Sequence[ItemVerdict], idle: Mapping[int, str]
) -> ItemVerdict:
    turn = ranked[0].turn
    reason = idle.get(turn, TOO_MANY) if turn is not None else TOO_MANY
    return ItemVerdict(item.id, "not met", confidence=1.0, reason=reason)


def kind_of(item: ChecklistItem) -> Kind:
    """By which rule an item earns its credit."""
    if item.credit == "acknowledged" and item.cue:
        return "acknowledged"
    if item.credit == "explained":
        return "explained"
    if item.acts:
        return "done"
    return "elicited" if item.credit == "elicited" else "asked"


def judge_item(item: ChecklistItem, case: Case, exchanges: Sequence[Exchange]) -> list[ItemVerdict]:
    """The possible verdicts on one item by the credit rule that it names, the best one first."""
    kind = kind_of(item)
    if kind == "acknowledged":
        return [_acknowledged(item, exchanges)]
    if kind == "explained":
        return [_done(item, exchanges, EXPLAINING)]
    if kind == "done":
        return [_done(item, exchanges, item.acts)]
    found = sorted(_askings(item, case, exchanges), key=_rank, reverse=True)
    return found or [_not_asked(item, case, exchanges)]


def _rank(verdict: ItemVerdict) -> tuple[float, float]:
    return WORTH[verdict.verdict], verdict.confidence


def subjects(item: ChecklistItem, case: Case) -> tuple[frozenset[str], frozenset[str]]:
    """The facts and the topics that an item is about."""
    own = {case.topic_of[f] for f in item.facts if f in case.topic_of}
    return frozenset(item.facts), frozenset(item.topics) | own


def _askings(
    item: ChecklistItem, case: Case, exchanges: Sequence[Exchange]
) -> Iterator[ItemVerdict]:
    wanted, topics = subjects(item, case)
    for exchange in exchanges:
        for said in exchange.clauses:
            # a question that is surely after another fact of the topic is not after this one
            about = frozenset(item.topics) if said.facts - wanted else topics
            if _asks(said, exchange, wanted, about):
                yield _credit(item, said, exchange, wanted)
            elif said.question and (sure := _answered(said, exchange, wanted)):
                yield ItemVerdict(item.id, "met", said.quote, exchange.turn, sure)


def _asks(said: Said, exchange: Exchange, wanted: frozenset[str], topics: frozenset[str]) -> bool:
    if not said.question and len(said.quote.split()) > FRAGMENT:
        return False  # a statement that names a subject asks nothing
    if said.kind in ("facts", "deny", "unknown", "identity", "chief"):
        return bool(said.facts & wanted) or said.topic in topics
    if said.kind == "review":
        return said.topic in topics or bool(exchange.told & wanted)
    return False


def _answered(said: Said, exchange: Exchange, wanted: frozenset[str]) -> float:
    """How surely a question that was only faintly heard asked for what the patient then told.

    The answer of a patient who understood better than the program is evidence of the question.
    """
    told = [c.score for c in said.candidates if c.fact in wanted & exchange.told]
    best = max(told, default=0.0)
    return max(best, SURE_FROM) if best >= ANSWERED_FROM else 0.0


def _credit(
    item: ChecklistItem, said: Said, exchange: Exchange, wanted: frozenset[str]
) -> ItemVerdict:
    sure = said.confidence
    if item.credit == "asked" or not wanted:
        return ItemVerdict(item.id, "met", said.quote, exchange.turn, sure)
    if exchange.told & wanted:
        return ItemVerdict(item.id, "met", said.quote, exchange.turn, sure)
    if wanted & exchange.withheld:
        reason = "asked, but the patient did not trust enough to tell it"
    else:
        reason = NOT_OUT
    return ItemVerdict(item.id, "partly", said.quote, exchange.turn, min(sure, 0.8), reason)


def _not_asked(item: ChecklistItem, case: Case, exchanges: Sequence[Exchange]) -> ItemVerdict:
    """Not met, as surely as no turn came near to asking; what was volunteered is shown."""
    wanted, topics = subjects(item, case)
    near = [
        c.score
        for exchange in exchanges
        for said in exchange.clauses
        if said.question
        for c in said.candidates
        if c.fact in wanted or (c.fact is None and c.topic in topics)
    ]
    sure = round(1.0 - max(near, default=0.0), 3)
    for exchange in exchanges:
        if exchange.told & wanted:
            reason = "the patient told it unasked; it is shown, not credited"
            return ItemVerdict(
                item.id, "not met", "", None, sure, reason, volunteered=exchange.turn
            )
    reason = "not asked" if sure > 1 - DOUBTED_FROM else "perhaps asked, but not plainly enough"
    return ItemVerdict(item.id, "not met", confidence=sure, reason=reason)


def _done(item: ChecklistItem, exchanges: Sequence[Exchange], acts: tuple[str, ...]) -> ItemVerdict:
    for exchange in exchanges:
        for said in exchange.clauses:
            summed_up = said.kind == "summary" and len(said.quote.split()) >= FRAGMENT
            if (said.talk in acts and said.talk != "summary") or ("summary" in acts and summed_up):
                return ItemVerdict(item.id, "met", said.quote, exchange.turn, said.confidence)
    return ItemVerdict(item.id, "not met", confidence=1.0, reason="not heard in the interview")


def _acknowledged(item: ChecklistItem, exchanges: Sequence[Exchange]) -> ItemVerdict:
    for place, exchange in enumerate(exchanges):
        if item.cue not in exchange.cues:
            continue
        for later in exchanges[place + 1 : place + 1 + CUE_WINDOW]:
            for said in later.clauses:
                if said.talk in ANSWERING_A_CUE:
                    sure = said.confidence
                    worth: Verdict = "met" if said.talk in ("empathy", "praise") else "partly"
                    return ItemVerdict(item.id, worth, said.quote, later.turn, sure)
        return ItemVerdict(item.id, "not met", reason="the patient's hint was not taken up")
    return ItemVerdict(item.id, "not applicable", reason="the patient gave no such hint")


def check_quotes(
    verdicts: Sequence[ItemVerdict], lines: Sequence[tuple[str, str]]
) -> tuple[ItemVerdict, ...]:
    """Take the credit from any verdict whose quote does not stand in the turn that it names."""
    checked: list[ItemVerdict] = []
    for verdict in verdicts:
        if verdict.verdict in ("met", "partly"):
            there = verdict.turn is not None and 0 <= verdict.turn < len(lines)
            text = normalise(lines[verdict.turn][1]) if there and verdict.turn is not None else ""
            if not verdict.quote or normalise(verdict.quote) not in text:
                verdict = replace(
                    verdict, verdict="unscored", quote="", turn=None, confidence=0.0,
                    reason="the words could not be found in the transcript",
                )  # fmt: skip
        checked.append(verdict)
    return tuple(checked)
