"""Checklist verdicts: each with the resident's words, the turn, and a confidence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from simulator.evaluator.evidence import Exchange, Said
from simulator.language.tokens import normalise
from simulator.patient.case import Case
from simulator.scripts.schema import ChecklistItem

Verdict = Literal["met", "partly", "not met", "not applicable", "unscored"]
MOST_A_TURN = 4
FRAGMENT = 6
TOO_MANY = "too many things asked in one breath to count"
CUE_WINDOW = 2
EXPLAINING = ("explanation", "diagnosis", "result", "plan", "bad_news", "advice", "safety_net")
ANSWERING_A_CUE = ("empathy", "praise", "apology", "reassurance", "confidentiality")
WORTH: dict[str, float] = {"met": 1.0, "partly": 0.5, "not met": 0.0}
SURE_FROM = 0.6


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

    @property
    def unsure(self) -> bool:
        """Whether a person should look at it."""
        return self.verdict in ("met", "partly") and self.confidence < SURE_FROM


def judge_checklist(case: Case, exchanges: Sequence[Exchange]) -> tuple[ItemVerdict, ...]:
    """A verdict for every item of the script, in its order.

    At most four items are credited to one turn, so that reading the list out earns little.
    """
    credited: Counter[int] = Counter()
    final: dict[str, ItemVerdict] = {}
    weighty_first = sorted(case.script.checklist, key=lambda i: (not i.critical, -i.weight))
    for item in weighty_first:
        ranked = judge_item(item, case, exchanges)
        free = [v for v in ranked if v.turn is None or credited[v.turn] < MOST_A_TURN]
        verdict = free[0] if free else ItemVerdict(item.id, "not met", reason=TOO_MANY)
        if verdict.turn is not None:
            credited[verdict.turn] += 1
        final[item.id] = verdict
    return tuple(final[item.id] for item in case.script.checklist)


def judge_item(item: ChecklistItem, case: Case, exchanges: Sequence[Exchange]) -> list[ItemVerdict]:
    """The possible verdicts on one item by the credit rule that it names, the best one first."""
    if item.credit == "acknowledged" and item.cue:
        return [_acknowledged(item, exchanges)]
    if item.credit == "explained":
        return [_done(item, exchanges, EXPLAINING)]
    if item.acts:
        return [_done(item, exchanges, item.acts)]
    found = sorted(_askings(item, case, exchanges), key=_rank, reverse=True)
    return found or [_volunteered(item, exchanges)]


def _rank(verdict: ItemVerdict) -> tuple[float, float]:
    return WORTH[verdict.verdict], verdict.confidence


def _askings(
    item: ChecklistItem, case: Case, exchanges: Sequence[Exchange]
) -> Iterator[ItemVerdict]:
    wanted = frozenset(item.facts)
    topics = frozenset(item.topics) | {case.topic_of[f] for f in item.facts if f in case.topic_of}
    for exchange in exchanges:
        for said in exchange.clauses:
            if not _asks(said, exchange, wanted, topics):
                continue
            yield _credit(item, said, exchange, wanted)


def _asks(said: Said, exchange: Exchange, wanted: frozenset[str], topics: frozenset[str]) -> bool:
    if not said.question and len(said.quote.split()) > FRAGMENT:
        return False  # a statement that names a subject asks nothing
    if said.kind in ("facts", "deny", "unknown", "identity", "chief"):
        return bool(said.facts & wanted) or said.topic in topics
    if said.kind == "review":
        return said.topic in topics or bool(exchange.told & wanted)
    return False


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
        reason = "asked, but it did not come out"
    return ItemVerdict(item.id, "partly", said.quote, exchange.turn, min(sure, 0.8), reason)


def _volunteered(item: ChecklistItem, exchanges: Sequence[Exchange]) -> ItemVerdict:
    for exchange in exchanges:
        if exchange.told & set(item.facts):
            return ItemVerdict(
                item.id,
                "not met",
                reason="the patient told it unasked; it is shown, not credited",
                volunteered=exchange.turn,
            )
    return ItemVerdict(item.id, "not met", reason="not asked")


def _done(item: ChecklistItem, exchanges: Sequence[Exchange], acts: tuple[str, ...]) -> ItemVerdict:
    for exchange in exchanges:
        for said in exchange.clauses:
            summed_up = said.kind == "summary" and len(said.quote.split()) >= FRAGMENT
            if (said.talk in acts and said.talk != "summary") or ("summary" in acts and summed_up):
                return ItemVerdict(item.id, "met", said.quote, exchange.turn, said.confidence)
    return ItemVerdict(item.id, "not met", reason="not heard in the interview")


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
