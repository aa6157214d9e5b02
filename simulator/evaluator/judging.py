"""A language model is asked about what the rules doubt: a call for a group of items, some times.

Every failure leaves the marks as the rules had them, and says so; none is raised.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from string import Template
from typing import Protocol

from pydantic import BaseModel, ConfigDict

from simulator.errors import ModelOutputInvalid, ModelUnavailable
from simulator.evaluator.asked import MOST_CHARS, groups, prompt_digest, turned, write_messages
from simulator.evaluator.certificate import Basis, certified_kinds
from simulator.evaluator.checklist import ItemVerdict, Kind, Word, kind_of
from simulator.evaluator.judge import (
    Answers,
    Talk,
    Vote,
    believe,
    decide,
    in_doubt,
    said_words,
    settle,
)
from simulator.knowledge.rubrics import Rubric
from simulator.llm import Call, Message, Model
from simulator.llm.certificates import certificates_dir
from simulator.scripts.schema import ChecklistItem
from simulator.services import Services
from simulator.settings import Settings

logger = logging.getLogger(__name__)
Spend = Callable[[Call], None]


class JudgeUse(BaseModel):
    """What a language model had to do with the marks of a report, and what that cost.

    `certified` are the kinds of items that it may settle, `left` those that were in doubt and
    stayed with the rules because it may not. `tokens_one_by_one` is what a call for each item of
    the checklist would have used, asked as often, and `tokens_each_put` one for each that was put.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str
    prompt: str
    rubric: str
    samples: int
    certified: tuple[Kind, ...] = ()
    left: tuple[Kind, ...] = ()
    doubted: int = 0
    put: int = 0
    settled: int = 0
    away: str = ""  # why it could not be asked, or not to the end
    calls: int = 0
    tokens_in: int = 0
    tokens_cached: int = 0
    tokens_out: int = 0
    estimated: bool = False
    tokens_each_put: int = 0
    tokens_one_by_one: int = 0
    cost: float | None = None


class Judge(Protocol):
    """Whatever settles what the rules doubt."""

    def judge(
        self, talk: Talk, verdicts: Sequence[ItemVerdict]
    ) -> tuple[tuple[ItemVerdict, ...], JudgeUse | None]:
        """The verdicts with what it settles, and what it took."""


@dataclass(slots=True)
class _Round:
    """The calls about one talk, while they are made."""

    votes: dict[str, list[Vote | None]] = field(default_factory=dict)
    calls: list[Call] = field(default_factory=list)
    each: float = 0.0  # tokens that calls for single items would have used
    away: str = ""


class LLMJudge:
    """A model that judges, for the kinds of items that it is certified for."""

    def __init__(
        self,
        model: Model,
        basis: Basis,
        kinds: frozenset[Kind],
        spend: Spend | None = None,
        away: str = "",
    ) -> None:
        """Say who judges.

        Args:
            model, basis: the model, and what it is told. kinds: what it may settle.
            spend: told of every call. away: why it may not be asked now, such as a spent budget.
        """
        self.model, self.basis, self.kinds, self.away = model, basis, kinds, away
        self._spend = spend or (lambda _: None)

    def judge(
        self, talk: Talk, verdicts: Sequence[ItemVerdict]
    ) -> tuple[tuple[ItemVerdict, ...], JudgeUse]:
        """The verdicts, with those settled that the rules doubt and that it may settle."""
        doubted = [talk.item(v.id) for v in verdicts if in_doubt(v)]
        put = [i for i in doubted if kind_of(i) in self.kinds]
        words, use = self.ask(talk, put)
        left = {kind_of(i) for i in doubted} - self.kinds
        use = use.model_copy(
            update={
                "certified": tuple(sorted(self.kinds)),
                "left": tuple(sorted(left)),
                "doubted": len(doubted),
                "settled": sum(w.verdict != "unscored" for w in words.values()),
            }
        )
        return settle(verdicts, words, talk), use

    def ask(self, talk: Talk, items: Sequence[ChecklistItem]) -> tuple[dict[str, Word], JudgeUse]:
        """Its word on each of these items, whatever the rules say of them, and what that took."""
        asked = _Round(away=self.away)
        if sum(len(text) for _, text in talk.lines) > MOST_CHARS:
            asked.away = "too_long"
        ordered = sorted(items, key=kind_of)
        for group in groups(ordered):
            for sample in range(self.basis.samples):
                self._put(talk, turned(group, sample, self.basis.samples), asked)
        votes = {i.id: asked.votes.get(i.id, []) for i in items}
        words = {
            name: self._word([*found, *[None] * (self.basis.samples - len(found))], asked.away)
            for name, found in votes.items()
        }
        return words, self._use(talk, items, asked)

    def _word(self, votes: Sequence[Vote | None], away: str) -> Word:
        word = decide(votes, self.model.name, self.basis.prompt)
        gone = away and word.verdict == "unscored" and None in votes
        return word.model_copy(update={"why": "away"}) if gone else word

    def _put(self, talk: Talk, items: Sequence[ChecklistItem], asked: _Round) -> None:
        """Put a group of items once; a model that is away is not asked again about this talk."""
        if asked.away:
            return
        messages = write_messages(talk, items)
        try:
            answers, call = self.model.extract(messages, Answers)
        except ModelUnavailable as error:
            logger.warning("the judge could not be asked: %s", error)
            asked.away, answers, call = error.reason, None, error.call
        except ModelOutputInvalid as error:
            answers, call = None, error.call
        if call is not None:
            asked.calls.append(call)
            asked.each += _each(messages, items, call)
            self._spend(call)
        if answers is not None:
            _count(answers, items, talk, asked)

    def _use(self, talk: Talk, items: Sequence[ChecklistItem], asked: _Round) -> JudgeUse:
        costs = [c.cost for c in asked.calls if c.cost is not None]
        each = asked.each / len(items) if items else 0.0
        return JudgeUse(
            **self.basis.model_dump(),
            put=len(items),
            away=asked.away if items else "",
            calls=len(asked.calls),
            tokens_in=sum(c.tokens_in for c in asked.calls),
            tokens_cached=sum(c.tokens_cached for c in asked.calls),
            tokens_out=sum(c.tokens_out for c in asked.calls),
            estimated=any(c.estimated for c in asked.calls),
            tokens_each_put=round(asked.each),
            tokens_one_by_one=round(each * len(talk.case.script.checklist)),
            cost=round(sum(costs), 6) if costs else None,
        )


def _count(answers: Answers, items: Sequence[ChecklistItem], talk: Talk, asked: _Round) -> None:
    """Take the answers as votes; an item that is answered twice has said nothing."""
    numbers = [a.item for a in answers.answers]
    by_number = {a.item: a for a in answers.answers if numbers.count(a.item) == 1}
    for number, item in enumerate(items, 1):
        answer = by_number.get(number)
        vote = None if answer is None else believe(answer, item, talk)
        asked.votes.setdefault(item.id, []).append(vote)


def _each(messages: Sequence[Message], items: Sequence[ChecklistItem], call: Call) -> float:
    """The tokens that a call for each of these items would have used in place of this one.

    Each would read all but the other items, and write its share of the answer.
    """
    whole = sum(len(text) for _, text in messages)
    lines = sum(len(i.text) for i in items)
    read = call.tokens_in / whole * ((whole - lines) * len(items) + lines)
    return read + call.tokens_out


def judge_sentences(use: JudgeUse | None) -> list[str]:
    """What a judge had to do with marks, in plain words; nothing where none was asked for.

    Raises:
        KnowledgeError: the words for it are missing or malformed.
    """
    if use is None:
        return []
    used = use.tokens_in + use.tokens_out
    values = {
        **use.model_dump(),
        "certified": ", ".join(use.certified),
        "left": ", ".join(use.left),
        "used": used,
        "share": f"1/{use.tokens_one_by_one / used:.1f}" if used else "",
    }
    names = ["settled" if use.certified else "none"]
    names += ["left"] if use.certified and use.left else []
    names += ["away"] if use.away else []
    names += ["tokens"] if used else []
    return [Template(said_words().said[name]).substitute(values) for name in names]


def basis_of(model: str, rubric: Rubric, settings: Settings) -> Basis:
    """What a model is certified by, as the settings have it asked.

    Raises:
        KnowledgeError: a prompt cannot be used.
    """
    return Basis(
        model=model,
        prompt=prompt_digest(),
        rubric=f"{rubric.id} {rubric.version}",
        samples=settings.judge_samples,
    )


def configured_judge(
    services: Services, rubric: Rubric, spend: Spend | None = None, away: str = ""
) -> LLMJudge:
    """The judge that the settings name, for what it is certified for here.

    Raises:
        ModelUnavailable: none is configured.
        KnowledgeError: a prompt cannot be used.
    """
    model, settings = services.judge_model, services.settings
    basis = basis_of(model.name, rubric, settings)
    kinds = certified_kinds(certificates_dir(settings.data_dir), basis)
    return LLMJudge(model, basis, kinds, spend, away)


@dataclass(frozen=True)
class Remembered:
    """Words that a judge said before, of the same talk; nobody is asked again."""

    words: Mapping[str, Word]
    use: JudgeUse | None = None

    def judge(
        self, talk: Talk, verdicts: Sequence[ItemVerdict]
    ) -> tuple[tuple[ItemVerdict, ...], JudgeUse | None]:
        """The verdicts with what was said then, where the rules still say what they said."""
        same = {v.id: v.verdict for v in verdicts}
        words = {i: w for i, w in self.words.items() if same.get(i) == w.rules}
        return settle(verdicts, words, talk), self.use
