"""A language model reads a turn: which of a few numbered lines it asks for, and what it does.

The learned reader cuts the candidates down first and stands in where the model fails. The words of
what is not to be told have no way into the prompt: there stands the topic's label.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

import numpy as np
from pydantic import BaseModel, ConfigDict, field_validator

from simulator.errors import ModelOutputInvalid, ModelUnavailable
from simulator.llm import Call, Message, Model
from simulator.llm.prompts import digest
from simulator.patient.case import Case
from simulator.patient.prompting import FOLDER, fill_prompt, one_line, prompt_hash
from simulator.patient.turn import ReadBy
from simulator.patient.understanding.hearing import Heard, Hears, Put
from simulator.patient.understanding.signs import GUARDED, WORKED_OUT
from simulator.patient.understanding.understand import CAREFUL, FAINTLY, MOST, PERHAPS

PROMPTS = ("reads", "reads_turn")
LINES = 12  # of the candidates, so many are put to the model
YES = 0.9  # an act that the model names
UNSAID = PERHAPS / 2  # the most that a line is likely which the model does not name
SPENT = ("resting", "spent", "not_configured")  # nothing was sent


class Asked(BaseModel):
    """A line that a turn asks for, and how surely, 0 to 1."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    line: int
    chance: float

    @field_validator("chance")
    @classmethod
    def _is_one(cls, value: float) -> float:
        if not 0 <= value <= 1:
            raise ValueError("a chance lies between 0 and 1")
        return value


class Answer(BaseModel):
    """What a model hears in a turn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    acts: list[str]
    asked: list[Asked]


def prompt_digest() -> str:
    """A digest of all that the model is told beside the talk, and of its answer's form."""
    return digest(Answer, (FOLDER / f"{name}.md" for name in PROMPTS))


@dataclass(frozen=True, slots=True)
class ModelReader:
    """A language model that reads, and the reader that it leans on."""

    model: Model
    learned: Hears

    def hear(self, put: Put) -> Heard:
        """What the model hears; what the learned reader does where the model fails."""
        learned, began = self.learned.hear(put), time.monotonic()
        lines = lines_of(put, learned)
        messages = compose(put, list(lines))
        by = ReadBy(self.model.name, prompt_hash(messages))
        try:
            answer, call = self.model.extract(messages, Answer)
            heard = believed(answer, list(lines.values()), learned, put)
        except ModelUnavailable as error:
            by = replace(by, away=error.reason, calls=_records(error.call, error.reason))
        except ModelOutputInvalid as error:
            by = replace(by, away="malformed", calls=_records(error.call))
        except ValueError:
            by = replace(by, away="malformed", calls=_records(call))
        else:
            return replace(heard, by=replace(by, calls=_records(call)))
        return replace(learned, by=replace(by, away_s=time.monotonic() - began))


def lines_of(put: Put, learned: Heard) -> dict[str, int]:
    """The likeliest candidates as the model is shown them, each with its place, likeliest first.

    What reads the same is shown once and stands for the likelier: of two guarded facts on one
    topic the model cannot know which is meant.
    """
    found: dict[str, int] = {}
    for i in np.argsort(-learned.chances, kind="stable"):
        if len(found) == LINES:
            break
        found.setdefault(_shown(int(i), put), int(i))
    return found


def _shown(i: int, put: Put) -> str:
    fact = put.case.facts.get(put.candidates.facts[i] or "")
    if fact is not None and fact.knows and fact.tell not in GUARDED:
        return one_line(fact.says)
    return f"({put.case.field.topics[put.candidates.topics[i]].label})"


def compose(put: Put, lines: Sequence[str]) -> list[Message]:
    """What the model is told of a turn; the rules stand first and are the same for all turns."""
    turn = {
        "said": one_line(put.state.said) or "…",
        "answered": one_line(put.state.answered) or "…",
        "lines": "\n".join(f"{n}. {line}" for n, line in enumerate(lines, 1)),
        "turn": one_line(put.text),
        "fence": sha256(put.text.encode()).hexdigest()[:12],
    }
    return [("system", fill_prompt("reads", {})), ("user", fill_prompt("reads_turn", turn))]


def believed(answer: Answer, lines: Sequence[int], learned: Heard, put: Put) -> Heard:
    """The chances as the model has them, as far as it is believed.

    Args:
        answer: the model's. lines: the candidates that were put to it, in order.
        learned: what the learned reader hears. put: the turn.

    Raises:
        ValueError: it names a line or an act that there is not, or more than a turn can ask for.
    """
    named = [a.line for a in answer.asked]
    there = {*range(1, len(lines) + 1)}
    if len({*named}) < len(named) or len(named) > MOST or not {*named} <= there:
        raise ValueError("it names a line twice, one that is not there, or too many")
    chances = np.minimum(learned.chances, UNSAID)
    for asked in answer.asked:
        i = lines[asked.line - 1]
        if not _secret(i, put) or learned.chances[i] >= CAREFUL:
            chances[i] = asked.chance
    return Heard(_acts(answer.acts, learned.acts, put.case), chances)


def _secret(i: int, put: Put) -> bool:
    """A promise: what is guarded or sensitive is brought only by what both readers hear."""
    fact = put.case.facts.get(put.candidates.facts[i] or "")
    return fact is not None and (fact.sensitive or fact.tell in GUARDED)


def _acts(named: Sequence[str], learned: Mapping[str, float], case: Case) -> dict[str, float]:
    """The model's acts, as far as no promise hangs on them.

    What earns trust counts only where the learned reader hears it too; what costs trust, steps out
    of the role or is no English counts also where only that one does.
    """
    if strange := {*named} - (learned.keys() - {*WORKED_OUT}):
        raise ValueError(f"it names acts that there are not: {', '.join(sorted(strange))}")
    talk = case.field.talk
    kept = {*talk.acts.out_of_role, "other_language", "nonsense"}
    found: dict[str, float] = {}
    for act, chance in learned.items():
        said, moves = YES if act in named else 0.0, talk.rapport(act)
        if act in WORKED_OUT or (moves > 0 and chance < FAINTLY):
            said = chance
        found[act] = max(said, chance) if act in kept or moves < 0 else said
    return found


def _records(call: Call | None, reason: str = "") -> tuple[dict[str, object], ...]:
    return () if call is None or reason in SPENT else (call.record(),)
