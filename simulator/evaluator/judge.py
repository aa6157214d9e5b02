"""What a language model may settle of a checklist, how it is believed, and what comes of it; pure.

The rules mark first. What they doubt is put to the model; its word counts only with words of the
resident's own that stand in the turn it names and were said to the patient. It cannot lower a
verdict that the rules have proved, and where it says nothing that can be used, the rules' verdict
stays as it was, still marked as doubtful.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict

from simulator.evaluator.asking import claims_a_mark, judge_asking
from simulator.evaluator.checklist import (
    CUE_WINDOW,
    HINTED,
    MOST_A_TURN,
    NOT_OUT,
    TOO_MANY,
    WORTH,
    ItemVerdict,
    Kind,
    Word,
    kind_of,
    subjects,
)
from simulator.evaluator.evidence import Exchange
from simulator.knowledge.topics import read_model
from simulator.language.tokens import normalise, words_of
from simulator.patient.case import Case
from simulator.scripts.schema import ChecklistItem

Why = Literal["split", "void", "silent", "away"]
FOLDER = Path(__file__).parent / "prompts"
LEAST_CHANCE = 0.1  # that words ask for the item, as the reader has it
LEAST_WORDS = 2  # a single word stands in many a turn and proves little


class KindWords(BaseModel):
    """What a model is told of each kind of item."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: int
    kinds: dict[Kind, str]
    hint: str


class SaidWords(BaseModel):
    """How a model's word, and what it had to do with marks, are told to people."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    not_found: str
    said: dict[str, str]


class Answer(BaseModel):
    """What a model says of one item: the turn, the words in it that do it, and whether it is done.

    The words come before the verdict, so that it is found before it is given.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    item: int
    turn: int
    quote: str
    done: bool


class Answers(BaseModel):
    """A model's typed answer to a group of items."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answers: tuple[Answer, ...]


@dataclass(frozen=True)
class Talk:
    """A talk that is judged: the case, what was asked, the lines as they were said, the hints."""

    case: Case
    exchanges: Sequence[Exchange]
    lines: Sequence[tuple[str, str]]
    hints: Sequence[str] = ()

    @cached_property
    def idle(self) -> Mapping[int, str]:
        """The turns that ask nothing, by their place, and why."""
        return judge_asking(self.exchanges, self.case)

    def item(self, item_id: str) -> ChecklistItem:
        """The item of that id."""
        return next(i for i in self.case.script.checklist if i.id == item_id)


@dataclass(frozen=True, slots=True)
class Vote:
    """One answer as it is believed: met with words that were found, not met, or void."""

    verdict: Literal["met", "not met", "void"]
    quote: str = ""
    exchange: Exchange | None = None


@cache
def kind_words() -> KindWords:
    """The words of prompts/kinds.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(FOLDER / "kinds.yaml", KindWords)


@cache
def said_words() -> SaidWords:
    """The words of prompts/said.yaml.

    Raises:
        KnowledgeError: the file is missing or malformed.
    """
    return read_model(FOLDER / "said.yaml", SaidWords)


def in_doubt(verdict: ItemVerdict) -> bool:
    """Whether the rules leave an item open, so that a model may settle it."""
    return verdict.unsure or verdict.verdict == "unscored"


def believe(answer: Answer, item: ChecklistItem, talk: Talk) -> Vote:
    """What one answer is worth: void where its words do not bear it out."""
    if not answer.done:
        return Vote("not met")
    exchange = _at(answer.turn, talk)
    if exchange is None or exchange.turn in talk.idle:
        return Vote("void")
    quote, said = normalise(answer.quote), normalise(exchange.said)
    if quote not in said or not words_of(quote) or claims_a_mark(quote, said, talk.case):
        return Vote("void")
    kind, few = kind_of(item), len(words_of(quote)) < LEAST_WORDS
    if kind in ("asked", "elicited"):
        asks = _question(quote, said, item, exchange, talk.case)
        return Vote("met", asks if few else quote, exchange) if asks else Vote("void")
    if few or (kind == "acknowledged" and not _in_time(item, exchange, talk.exchanges)):
        return Vote("void")
    return Vote("met", quote, exchange)


def _at(turn: int, talk: Talk) -> Exchange | None:
    """The exchange that the resident's turn of that number began; numbers go from 1."""
    return talk.exchanges[turn - 1] if 1 <= turn <= len(talk.exchanges) else None


def _question(quote: str, said: str, item: ChecklistItem, exchange: Exchange, case: Case) -> str:
    """The question that the quoted words belong to, where it may be one for the item.

    The reader need not be sure that it is: a small chance is enough. But what it
    takes for a statement, or for anything but this, no model makes into a question for it, so that
    whoever talks a model round gains nothing.
    """
    start = said.index(quote)
    end = start + len(quote)
    wanted, topics = subjects(item, case)
    for clause in exchange.clauses:
        words = normalise(clause.quote)
        place = said.find(words)
        if not clause.question or place >= end or start >= place + len(words):
            continue
        if clause.facts & wanted or clause.topic in topics:
            return words
        if any(
            c.score >= LEAST_CHANCE and (c.fact in wanted or (c.fact is None and c.topic in topics))
            for c in clause.candidates
        ):
            return words
    return ""


def _in_time(item: ChecklistItem, exchange: Exchange, exchanges: Sequence[Exchange]) -> bool:
    """Whether a turn comes soon enough after the patient's hint to answer it."""
    for place, hinting in enumerate(exchanges):
        if item.cue in hinting.cues:
            return exchange in exchanges[place + 1 : place + 1 + CUE_WINDOW]
    return False


def decide(votes: Sequence[Vote | None], model: str, prompt: str) -> Word:
    """The model's word on one item, from all times that it was asked.

    A verdict is its word where more than half of all times say it; None is a time without an
    answer. Where none has so many, it has said nothing, which is no zero: "unscored".
    """
    asked = len(votes)
    found = [v for v in votes if v is not None]
    counts = Counter(v.verdict for v in found)
    made_with = {"samples": asked, "model": model, "prompt": prompt}
    for verdict in ("met", "not met"):
        if 2 * counts[verdict] > asked:
            quoted = next((v for v in found if v.verdict == verdict), Vote("void"))
            line = quoted.exchange.turn if quoted.exchange else None
            return Word(
                verdict=verdict, votes=counts[verdict], quote=quoted.quote, line=line, **made_with
            )
    why: Why = "silent" if not found else "void" if 2 * counts["void"] > asked else "split"
    votes_ = max(counts["met"], counts["not met"])
    return Word(verdict="unscored", votes=votes_, why=why, **made_with)


def settle(
    verdicts: Sequence[ItemVerdict], words: Mapping[str, Word], talk: Talk
) -> tuple[ItemVerdict, ...]:
    """The verdicts with what the model's words settle of them; only doubtful ones move."""
    credited = Counter(
        v.turn for v in verdicts if v.verdict in ("met", "partly") and v.turn is not None
    )
    settled: list[ItemVerdict] = []
    for rule in verdicts:
        word = words.get(rule.id)
        if word is None or not in_doubt(rule):
            settled.append(rule)
            continue
        word = word.model_copy(update={"rules": rule.verdict, "rules_confidence": rule.confidence})
        new = _settled(rule, word, talk, credited)
        if new.turn != rule.turn and new.turn is not None:
            credited[new.turn] += 1
        settled.append(new)
    return tuple(settled)


def _settled(rule: ItemVerdict, word: Word, talk: Talk, credited: Counter[int]) -> ItemVerdict:
    if word.verdict == "unscored":
        return replace(rule, judged=word)
    sure = round(word.votes / word.samples, 3)
    if word.verdict == "not met":
        reason = rule.reason if rule.verdict == "not met" else said_words().not_found
        return replace(
            rule, verdict="not met", quote="", turn=None, confidence=sure, reason=reason,
            judged=word,
        )  # fmt: skip
    exchange = next((e for e in talk.exchanges if e.turn == word.line), None)
    if exchange is None:  # of another talk
        return rule
    if exchange.turn != rule.turn and credited[exchange.turn] >= MOST_A_TURN:
        return replace(rule, reason=TOO_MANY, judged=word)
    new = _credited(rule, talk.item(rule.id), exchange, talk)
    return replace(new, quote=word.quote, turn=exchange.turn, confidence=sure, judged=word)


def _credited(
    rule: ItemVerdict, item: ChecklistItem, exchange: Exchange, talk: Talk
) -> ItemVerdict:
    """What is done is worth, by the item's rule: never less than it was worth before."""
    wanted = frozenset(item.facts)
    out = kind_of(item) != "elicited" or not wanted or bool(exchange.told & wanted)
    if item.text in talk.hints:
        return replace(rule, verdict="partly", reason=HINTED)
    if out:
        return replace(rule, verdict="met", reason="")
    if WORTH.get(rule.verdict, 0.0) >= WORTH["partly"]:
        return rule
    return replace(rule, verdict="partly", reason=NOT_OUT)
