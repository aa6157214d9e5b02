"""Does the configured language model read better than the learned reader? The command that asks."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

import simulator
from simulator.errors import KnowledgeError, ModelUnavailable
from simulator.evaluator.agreement import wilson
from simulator.patient.case import Case
from simulator.patient.turn import ReadBy, State, Understanding
from simulator.patient.understanding.certificate import TURNS, Figure, ReaderCertificate, Reading
from simulator.scripts.schema import PatientScript
from simulator.services import Services
from simulator.settings import Settings

DOORWAY = {"setting": "Clinic", "name": "N N", "age": 40, "sex": "female", "concern": "Unwell"}
SILENT = ("deny", "unknown", "review", "identity")  # readings of a subject without a fact
UNREAD = ("slow_to_start", "stalled", "too_slow", "cut", "malformed", "empty", "too_long")
Tell = Callable[[str], None]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class LabelledTurn(_Part):
    """A turn, the facts and the silent topics that it asks for, and what the patient answered.

    `optional` facts count neither way. Where it asks for what has no topic, it is `unlabelled`.
    """

    text: str
    asked: tuple[str, ...]
    silent: tuple[str, ...]
    optional: tuple[str, ...]
    unlabelled: bool
    answered: str


class LabelledTalk(_Part):
    """A case, its facts as (id, topic, tell, says), and turns of a talk in order."""

    case: str
    opening: str
    facts: tuple[tuple[str, str, str, str], ...]
    turns: tuple[LabelledTurn, ...]

    @property
    def script(self) -> PatientScript:
        """The case, ready to be asked."""
        facts = [dict(zip(("id", "topic", "tell", "says"), f, strict=True)) for f in self.facts]
        return PatientScript.model_validate(
            {
                "schema": 1,
                "id": f"read-{self.case.removeprefix('own:')}",
                "version": "1.0.0",
                "title": "A labelled case",
                "doorway": DOORWAY,
                "opening": self.opening,
                "facts": facts,
            }
        )


@dataclass(slots=True)
class Count:
    """How many things were asked for, were heard, and were rightly heard."""

    asked: int = 0
    found: int = 0
    heard: int = 0
    right: int = 0

    def add(self, turn: LabelledTurn, understood: Understanding | None, case: Case) -> None:
        """Count a turn; what could not be read was heard as nothing."""
        readings = understood.readings if understood else ()
        facts = {f for r in readings if r.kind == "facts" for f in r.facts}
        topics = {r.topic for r in readings if r.kind in SILENT and r.topic}
        about = {*turn.silent, *(case.topic_of[f] for f in (*turn.asked, *turn.optional))}
        self.asked += len(turn.asked) + len(turn.silent)
        self.found += len(facts & {*turn.asked})
        self.found += sum(_near(t, topics, case) for t in turn.silent)
        self.heard += len(facts - {*turn.optional})
        self.right += len(facts & {*turn.asked})
        if not turn.unlabelled:
            self.heard += len(topics)
            self.right += sum(_near(t, about, case) for t in topics)

    @property
    def reading(self) -> Reading:
        """As shares with their lower bounds."""
        return Reading(
            recall=_figure(self.found, self.asked), precision=_figure(self.right, self.heard)
        )


@dataclass(slots=True)
class _Run:
    model: Count = field(default_factory=Count)
    learned: Count = field(default_factory=Count)
    turns: int = 0
    unread: int = 0
    tokens: int = 0


def read_talks(knowledge: Path) -> list[LabelledTalk]:
    """The labelled turns of the knowledge folder.

    Raises:
        KnowledgeError: they are missing or malformed.
    """
    file = knowledge / TURNS
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        return [LabelledTalk.model_validate_json(line) for line in lines]
    except (OSError, ValidationError) as error:
        raise KnowledgeError(f"{file}: cannot be read ({error!s:.200}); restore it") from None


def certify(
    services: Services, made_at: datetime, tell: Tell = lambda _: None
) -> ReaderCertificate:
    """Put the labelled turns to the configured model and to the learned reader, and count.

    A turn that the model does not answer as asked, or not in time, it has heard nothing of.

    Raises:
        ModelUnavailable: none is configured, or it could not be asked to the end; nothing is
            certified.
        KnowledgeError: the turns cannot be used.
    """
    reader = services.candidate_reader
    learned, run = services.understander, _Run()
    asked = replace(learned, decision=reader)
    for talk in read_talks(services.settings.knowledge_dir):
        case = services.case(talk.script)
        for turn, state in _played(talk, case):
            understood = asked.understand(turn.text, case, state)
            run.turns += 1
            run.unread += _unread(understood.by)
            run.tokens += sum(c["tokens_in"] + c["tokens_out"] for c in understood.by.calls)
            run.model.add(turn, None if understood.by.away else understood, case)
            run.learned.add(turn, learned.understand(turn.text, case, state), case)
        tell(f"{talk.case}: {run.turns} turns put, {run.unread} not answered")
    return ReaderCertificate(
        basis=services.reader_basis(reader.model.name),
        made_at=made_at.isoformat(timespec="seconds"),
        code_version=simulator.__version__,
        turns=run.turns,
        unread=run.unread,
        model=run.model.reading,
        learned=run.learned.reading,
        tokens=run.tokens,
    )


def _unread(by: ReadBy) -> bool:
    if by.away and by.away not in UNREAD:
        raise ModelUnavailable(
            f"The language model {by.model!r} could not be asked to the end ({by.away}), so "
            "nothing was certified; 'doctor' tries it, and a slow one may be given longer with "
            "VSP_READS_S, then certify again",
            reason="refused",
        )
    return bool(by.away)


def _played(talk: LabelledTalk, case: Case) -> Iterator[tuple[LabelledTurn, State]]:
    """Each turn with what the patient remembers before it, as labelled."""
    state = State(opening_said=True, answered=talk.opening)
    for turn in talk.turns:
        yield turn, state
        about = (*(case.topic_of[f] for f in turn.asked), *turn.silent)
        state = state.model_copy(
            update={
                "turns": state.turns + 1,
                "told": {**state.told, **dict.fromkeys(turn.asked, 1)},
                "last_facts": turn.asked if about else state.last_facts,
                "last_topics": about or state.last_topics,
                "said": turn.text,
                "answered": turn.answered,
            }
        )


def _near(topic: str, others: set[str], case: Case) -> bool:
    near, row_of = case.field.near, case.field.row_of
    return any(bool(near[row_of[topic], row_of[other]]) for other in others)


def _figure(right: int, of: int) -> Figure:
    share = wilson(right, of)
    return Figure(right=right, of=of, low=round(share.low, 4) if share else 0.0)


def rows(found: ReaderCertificate) -> Iterator[str]:
    """A certificate for people to read."""
    basis = found.basis
    yield (
        f"{basis.model}, prompt {basis.prompt}, against {basis.learned}; {found.turns} turns "
        f"({basis.turns}), {found.unread} not answered; {found.tokens} tokens"
    )
    low = f"{'share':>7}{'low':>7}"
    yield f"{'':20}{'asked, heard':>14}{low}{'heard, asked':>15}{low}"
    for name, reading in ((basis.model, found.model), ("the learned reader", found.learned)):
        r, p = reading.recall, reading.precision
        yield (
            f"{name[:19]:20}{f'{r.right}/{r.of}':>14}{r.share:>7.2f}{r.low:>7.2f}"
            f"{f'{p.right}/{p.of}':>15}{p.share:>7.2f}{p.low:>7.2f}"
        )
    yield (
        "certified as a reader: VSP_READS=llm lets it read"
        if found.certified
        else "not certified: the learned reader reads, whatever is configured"
    )
    yield (
        "low: the 95 % lower bound (Wilson); both of the model's have to lie above the learned "
        "reader's shares"
    )


def certify_reader(settings: Settings) -> int:
    """Measure the configured model as a reader, and keep what came of it."""
    from simulator.encounter.clock import SteadyClock
    from simulator.llm.certificates import certificates_dir, keep_certificate

    found = certify(Services(settings), SteadyClock()(), partial(print, flush=True))
    file = keep_certificate(certificates_dir(settings.data_dir), found)
    print(*rows(found), f"kept as {file}", sep="\n")
    certified = {"certified": found.certified}
    print(json.dumps({**found.model_dump(), **certified}, ensure_ascii=False))
    return 0 if found.certified else 1
